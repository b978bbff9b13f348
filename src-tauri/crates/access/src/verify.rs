//! The verification of a cloud identity from the first byte to the verdict.

use std::fmt;
use std::future::Future;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_domain::{Claims, ClientAddress};

use crate::answer::StsAnswer;
use crate::cloud_identity::CloudIdentity;
use crate::endpoint::StsEndpoint;
use crate::hosts::{Hosts, partition_of};
use crate::identity::Identity;
use crate::method::{AuthMethod, Judgement, State};
use crate::reason::{Reason, Refusal};
use crate::request::{Audience, Expected, SignedRequest, StsRequest};
use crate::seen::{Seen, SeenFault};

/// How long AWS itself takes a signature ("Signing AWS API requests": within 15 minutes).
const AWS_LIFE: TimeDelta = TimeDelta::minutes(15);
/// How long something is remembered beyond that, in case a clock is wrong.
const SPARE: TimeDelta = TimeDelta::minutes(15);

/// Sends a request to STS.
///
/// The connection is https to the request's host (or to the pinned one, whose addresses are checked
/// with [`crate::Pinned::check_addresses`]), without redirects and cookies, with a limit of ten seconds
/// and of [`crate::MAX_ANSWER`] bytes. A proxy of the system may be used, never one that the request names.
pub trait Relay {
    /// Sends it and reads the answer.
    fn send(
        &self,
        request: &StsRequest,
    ) -> impl Future<Output = Result<StsAnswer, RelayFault>> + Send;
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelayFault {
    /// No connection, or no answer in time.
    Unreachable,
    /// The certificate, or an address, could not be trusted.
    Untrusted,
    /// The answer is longer than it may be, or breaks HTTP.
    Invalid,
}

/// How fresh a cloud identity must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    max_age: TimeDelta,
    max_ahead: TimeDelta,
}

impl Default for Freshness {
    /// Five minutes old, two minutes ahead.
    fn default() -> Self {
        Self::of_seconds(300)
    }
}

impl Freshness {
    /// At most this old, within 1 to 900 seconds: AWS takes nothing older.
    #[must_use]
    pub fn of_seconds(max_age: u32) -> Self {
        Self {
            max_age: TimeDelta::seconds(i64::from(max_age.clamp(1, 900))),
            max_ahead: TimeDelta::seconds(120),
        }
    }

    fn check(self, request: &SignedRequest, now: DateTime<Utc>) -> Result<(), Refusal> {
        let age = now.signed_duration_since(request.signed_at.datetime());
        let seconds = age.num_seconds();
        if age > self.max_age {
            return Err(Reason::TooOld.because(format!("{seconds} seconds")));
        }
        if -age > self.max_ahead {
            return Err(Reason::FromTheFuture.because(format!("{} seconds", -seconds)));
        }
        Ok(())
    }
}

/// Everything a login is judged by.
#[derive(Clone, Copy)]
pub struct Login<'a> {
    /// The cloud identity as it came.
    pub cloud_identity: &'a str,
    /// The auth method that the access id names, if there is one.
    pub method: Option<&'a AuthMethod>,
    /// Whether it is on, where the call came from, and the moment by AWS's clock.
    pub state: State<'a>,
    /// Hosts of STS.
    pub hosts: &'a Hosts,
    /// This vault.
    pub audience: &'a Audience,
    /// How fresh it must be.
    pub freshness: Freshness,
}

impl fmt::Debug for Login<'_> {
    /// Without the cloud identity, which is as good as a login.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("method", &self.method.map(AuthMethod::path))
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// How a login ended, for the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Why not, if not.
    pub refusal: Option<Refusal>,
    /// Who it is, once STS said so; also of who is refused.
    pub proven: Option<Proven>,
    /// Every bound, once it is known who it is.
    pub judgement: Option<Judgement>,
}

/// A verified identity and how it was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// Who.
    pub identity: Identity,
    /// With which access key.
    pub access_key_id: String,
    /// The host that the request was signed for.
    pub host: String,
    /// The region of the signature.
    pub region: String,
    /// The pinned host that asserted it; `None` when AWS did. Identities of different ones are never
    /// the same, whatever they are called.
    pub asserted_by: Option<String>,
    /// AWS's id of the request.
    pub request_id: Option<String>,
    /// True when it was signed for this vault.
    pub has_audience: bool,
}

impl Proven {
    /// Its sub-claims.
    #[must_use]
    pub fn claims(&self, client: Option<&ClientAddress>) -> Claims {
        self.identity.claims(client)
    }
}

impl Verdict {
    /// The identity, if nothing speaks against it.
    #[must_use]
    pub fn accepted(&self) -> Option<&Proven> {
        self.proven.as_ref().filter(|_| self.refusal.is_none())
    }

    fn refused(refusal: impl Into<Refusal>) -> Self {
        Self {
            refusal: Some(refusal.into()),
            proven: None,
            judgement: None,
        }
    }
}

/// Verifies a login. Nothing is sent anywhere before everything that can be seen here is right.
///
/// A wrong access id goes the same way as a right one up to where STS would be asked, so that its form's
/// faults look the same.
pub async fn verify<R: Relay + Sync, S: Seen + Sync>(
    login: Login<'_>,
    relay: &R,
    seen: &S,
) -> Verdict {
    let request = match read(&login) {
        Ok(request) => request,
        Err(refusal) => return Verdict::refused(refusal),
    };
    let Some(method) = login.method else {
        return Verdict::refused(Reason::UnknownAccessId);
    };
    if let Some(reason) = method.judge_call(login.state).reason {
        return Verdict::refused(reason);
    }
    if let Err(refusal) = reserve(&request, seen) {
        return Verdict::refused(refusal);
    }
    let fingerprint = request.fingerprint;
    let proven = match prove(request, &method.endpoint, relay).await {
        Ok(proven) => proven,
        Err(refusal) => {
            // STS said nothing about it, so that it may come again. If even that fails it stays taken.
            if refusal.reason.is_passing() {
                let _stays_taken = seen.release(&fingerprint);
            }
            return Verdict::refused(refusal);
        }
    };
    let judgement = method.judge(&proven.identity, &proven.region, login.state);
    Verdict {
        refusal: judgement.reason.map(Refusal::from),
        judgement: Some(judgement),
        proven: Some(proven),
    }
}

/// Who a cloud identity is, without any auth method and without using it up: what its maker is shown
/// before it is handed to somebody, and what the owner tests bounds with.
///
/// # Errors
/// What is wrong with it, or what STS says against it.
pub async fn identify<R: Relay + Sync>(
    cloud_identity: &str,
    expected: Expected<'_>,
    relay: &R,
) -> Result<Proven, Refusal> {
    let identity = CloudIdentity::decode(cloud_identity)?;
    let request = SignedRequest::read(identity, expected)?;
    prove(request, expected.endpoint, relay).await
}

/// The same for one that must be as fresh as for a login at this moment.
///
/// # Errors
/// As [`identify`], and when it is too old or from the future.
pub async fn identify_fresh<R: Relay + Sync>(
    cloud_identity: &str,
    expected: Expected<'_>,
    (freshness, now): (Freshness, DateTime<Utc>),
    relay: &R,
) -> Result<Proven, Refusal> {
    let identity = CloudIdentity::decode(cloud_identity)?;
    let request = SignedRequest::read(identity, expected)?;
    freshness.check(&request, now)?;
    prove(request, expected.endpoint, relay).await
}

/// What can be seen without STS and without a store.
fn read(login: &Login<'_>) -> Result<SignedRequest, Refusal> {
    let endpoint = login
        .method
        .map_or(&StsEndpoint::Aws, |method| &method.endpoint);
    let identity = CloudIdentity::decode(login.cloud_identity)?;
    let request = SignedRequest::read(
        identity,
        Expected {
            hosts: login.hosts,
            endpoint,
            audience: login.audience,
            audience_required: login.method.is_some_and(|method| method.audience_required),
        },
    )?;
    login.freshness.check(&request, login.state.now)?;
    Ok(request)
}

fn reserve<S: Seen>(request: &SignedRequest, seen: &S) -> Result<(), Refusal> {
    let forget_after = request.signed_at.datetime() + AWS_LIFE + SPARE;
    match seen.reserve(&request.fingerprint, forget_after) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Reason::Replayed.into()),
        Err(SeenFault) => Err(Reason::SeenUnavailable.into()),
    }
}

async fn prove<R: Relay + Sync>(
    request: SignedRequest,
    endpoint: &StsEndpoint,
    relay: &R,
) -> Result<Proven, Refusal> {
    let answer = relay
        .send(request.relay())
        .await
        .map_err(|fault| match fault {
            RelayFault::Unreachable => Reason::StsUnreachable,
            RelayFault::Untrusted => Reason::StsUntrusted,
            RelayFault::Invalid => Reason::StsAnswerInvalid,
        })?;
    let words = answer.read()?;
    let partition = partition_of(&request.region).ok_or(Reason::IdentityInconsistent)?;
    Ok(Proven {
        identity: Identity::of_answer(&words, &partition)?,
        access_key_id: request.access_key_id,
        host: request.host,
        region: request.region,
        asserted_by: endpoint.namespace(),
        request_id: words.request_id,
        has_audience: request.has_audience,
    })
}
