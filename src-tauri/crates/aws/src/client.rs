//! One managing key's, or session's, way to IAM and STS.

use std::future::Future;
use std::sync::LazyLock;
use std::time::Duration;

use aws_sdk_iam::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_iam::config::timeout::TimeoutConfig;
use aws_sdk_iam::config::{BehaviorVersion, Region};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use secrecy::SecretString;

use crate::attempt::{BackToTheQueue, SignAgain, Watch};
use crate::clock::{AwsTime, ClockOffset};
use crate::error::{AwsError, AwsErrorKind, Entity};
use crate::limiter::{Lane, Limiter};
use crate::log::CallLog;
use crate::session::{KeySet, Session};
use crate::sort;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TRY_TIMEOUT: Duration = Duration::from_secs(15);
const CALL_TIMEOUT: Duration = Duration::from_secs(45);
const TRIES: u32 = 3;

/// One pool of connections and one reading of the system's certificates for the whole process.
pub(crate) static HTTP: LazyLock<SharedHttpClient> = LazyLock::new(|| {
    aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .build_https()
});

/// Where a key is used.
#[derive(Debug, Clone, Default)]
pub struct Endpoint {
    /// The region whose STS is asked and whose partition's IAM is used (`us-east-1`).
    pub region: String,
    /// Another URL for both services; `None` is AWS itself.
    pub url: Option<String>,
    /// Another way to send: the practice account, or a decorator that makes faults.
    pub http: Option<SharedHttpClient>,
}

/// IAM and STS for one access key. Cheap to clone; clones share connections, offset and queue.
///
/// Every function is one call (lists: one per page) and returns an [`AwsError`] that says whether
/// AWS may have done it all the same. Calls to IAM wait their turn in the [`Limiter`]; STS, which
/// has quotas of its own, does not. The SDK tries three times (5 s to connect, 15 s a try, 45 s in
/// all), except for [`Aws::create_access_key`], which is sent once. A throttled try takes another
/// turn instead, three in all.
#[derive(Debug, Clone)]
pub struct Aws {
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) sts: aws_sdk_sts::Client,
    session: Session,
    clock: ClockOffset,
    limiter: Limiter,
    lane: Lane,
    log: CallLog,
}

/// What is being called, for errors.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// `iam:CreateUser`.
    pub(crate) action: &'static str,
    /// What is known of the resource (`user/name`).
    pub(crate) resource: Option<String>,
    /// What is missing when AWS says `NoSuchEntity` without saying which.
    pub(crate) missing: Entity,
}

impl Aws {
    /// A client for one key. Nothing is sent.
    ///
    /// `clock` is added to this computer's time to sign, and moved by the `Date` of every answer.
    #[must_use]
    pub fn new(
        access_key_id: &str,
        secret: &SecretString,
        session_token: Option<&SecretString>,
        endpoint: &Endpoint,
        clock: ClockOffset,
        limiter: Limiter,
    ) -> Self {
        let key = KeySet {
            access_key_id: access_key_id.to_owned(),
            secret: secret.clone(),
            session_token: session_token.cloned(),
            ends_at: None,
        };
        Self::over(Session::fixed(key), endpoint, clock, limiter)
    }

    /// The same for whatever key the session has at each call.
    #[must_use]
    pub fn over(
        session: Session,
        endpoint: &Endpoint,
        clock: ClockOffset,
        limiter: Limiter,
    ) -> Self {
        let http = endpoint.http.clone().unwrap_or_else(|| HTTP.clone());
        // Retries are paid from a purse: failures of one connection must not use up another's.
        let purse = RetryPartition::custom("leasehold")
            .token_bucket(TokenBucket::default())
            .build();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(TRY_TIMEOUT)
            .operation_timeout(CALL_TIMEOUT)
            .build();
        macro_rules! client {
            ($service:ident, $region:expr) => {{
                let mut config = $service::Config::builder()
                    .behavior_version(BehaviorVersion::latest())
                    .credentials_provider(session.clone())
                    // The session keeps them, and knows when they change.
                    .identity_cache($service::config::IdentityCache::no_cache())
                    .region(Region::new($region))
                    .http_client(http.clone())
                    .timeout_config(timeouts.clone())
                    .retry_config(RetryConfig::standard().with_max_attempts(TRIES))
                    .retry_partition(purse.clone())
                    .retry_classifier(SignAgain)
                    .retry_classifier(BackToTheQueue)
                    .time_source(AwsTime(clock.clone()))
                    // It counts, second by second, the time that passed while a body is read: a
                    // `Date` that sets a clock right by years would keep it at that for hours.
                    // Our time-outs and the limit on an answer's size do its work.
                    .stalled_stream_protection(
                        $service::config::StalledStreamProtectionConfig::disabled(),
                    )
                    // Ours also serves expiry and outlives the client; both would correct twice.
                    .disable_clock_skew_correction(true);
                config.set_endpoint_url(endpoint.url.clone());
                $service::Client::from_conf(config.build())
            }};
        }
        Self {
            iam: client!(aws_sdk_iam, iam_region(endpoint)),
            sts: client!(aws_sdk_sts, endpoint.region.clone()),
            session,
            clock,
            limiter,
            lane: Lane::default(),
            log: CallLog::default(),
        }
    }

    /// The same client, whose calls are noted in `log` and nowhere else.
    #[must_use]
    pub fn noted_in(&self, log: CallLog) -> Self {
        Self {
            log,
            ..self.clone()
        }
    }

    /// The same client, whose calls wait in this lane.
    #[must_use]
    pub fn in_lane(&self, lane: Lane) -> Self {
        Self {
            lane,
            ..self.clone()
        }
    }

    /// The same client for ending access: ahead of everything that nobody waits for.
    #[must_use]
    pub fn for_keys(&self) -> Self {
        self.in_lane(self.lane.min(Lane::Access))
    }

    /// What this client signs with.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The offset this client signs with and learns.
    #[must_use]
    pub fn clock(&self) -> &ClockOffset {
        &self.clock
    }

    /// Makes one call to IAM in its turn. A try that AWS throttles goes back into the queue: it was
    /// not executed.
    pub(crate) async fn in_turn<T, E, F>(
        &self,
        call: &Call,
        send: impl Fn(Watch) -> F,
    ) -> Result<T, AwsError>
    where
        E: ProvideErrorMetadata,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let mut maybe_done = false;
        for _ in 1..TRIES {
            match self.once_in_turn(call, &send).await {
                Err(error) if error.kind == AwsErrorKind::Throttled => {
                    maybe_done |= error.maybe_done;
                }
                answer => return answer.map_err(|error| error.after(maybe_done)),
            }
        }
        let answer = self.once_in_turn(call, &send).await;
        answer.map_err(|error| error.after(maybe_done))
    }

    /// The same, but a throttled try is the caller's to repeat.
    pub(crate) async fn once_in_turn<T, E, F>(
        &self,
        call: &Call,
        send: impl Fn(Watch) -> F,
    ) -> Result<T, AwsError>
    where
        E: ProvideErrorMetadata,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        // Not while others wait for the turn.
        self.ready(call).await?;
        let _turn = self.limiter.turn(self.lane).await;
        let result = self.at_once(call, send).await;
        if result.is_ok() {
            self.limiter.went_well();
        }
        result
    }

    /// Makes one call without waiting for a turn. A key that AWS does not take any more is renewed
    /// where that can be done: the refused call was not executed.
    pub(crate) async fn at_once<T, E, F>(
        &self,
        call: &Call,
        send: impl Fn(Watch) -> F,
    ) -> Result<T, AwsError>
    where
        E: ProvideErrorMetadata,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        self.ready(call).await?;
        let signed_with = self.session.key_id();
        let answer = self.one_try(call, &send).await;
        let Err(refused) = &answer else { return answer };
        if refused.kind != AwsErrorKind::WrongKey {
            return answer;
        }
        let maybe_done = refused.maybe_done;
        match signed_with {
            Some(id) if self.session.has_other_than(&id).await => {
                let answer = self.one_try(call, &send).await;
                answer.map_err(|error| error.after(maybe_done))
            }
            _ => answer,
        }
    }

    async fn one_try<T, E, F>(&self, call: &Call, send: &impl Fn(Watch) -> F) -> Result<T, AwsError>
    where
        E: ProvideErrorMetadata,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let watch = Watch::new(call.operation(), self.clock.clone(), self.limiter.clone());
        let answer = send(watch.clone())
            .await
            .map_err(|error| sort::sort(call, &error, &watch));
        self.log.note(call, &answer, &watch);
        answer
    }

    async fn ready(&self, call: &Call) -> Result<(), AwsError> {
        let ready = self.session.ready().await;
        ready.map_err(|problem| sort::without_key(call, problem))
    }
}

/// The region IAM requests are signed for. AWS's own endpoint brings it along; behind another URL
/// it is the one region of the partition that has IAM's control plane (AWS General Reference, "IAM
/// endpoints and quotas").
fn iam_region(endpoint: &Endpoint) -> String {
    let region = endpoint.region.as_str();
    match region {
        _ if endpoint.url.is_none() => region,
        _ if region.starts_with("cn-") => "cn-north-1",
        _ if region.starts_with("us-gov-") => "us-gov-west-1",
        _ if region.starts_with("eusc-") => "eusc-de-east-1",
        _ => "us-east-1",
    }
    .to_owned()
}

impl Call {
    /// A call about one user.
    pub(crate) fn on_user(action: &'static str, user: &str, missing: Entity) -> Self {
        Self {
            action,
            resource: Some(format!("user/{user}")),
            missing,
        }
    }

    /// `CreateUser` of `iam:CreateUser`.
    fn operation(&self) -> &'static str {
        self.action
            .split_once(':')
            .map_or(self.action, |(_, operation)| operation)
    }
}
