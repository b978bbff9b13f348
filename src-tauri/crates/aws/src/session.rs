//! What a client signs with: a key that was given once, or one that a source renews before it ends.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, error::CredentialsError, future};
use aws_smithy_async::time::TimeSource;
use chrono::{DateTime, TimeDelta, Utc};
use leasehold_domain::{Code, Problem};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use crate::clock::{AwsTime, ClockOffset};

/// Temporary keys are renewed so long before they end, so that a call that waits its turn and is
/// repeated still has one that works.
const EARLY: TimeDelta = TimeDelta::minutes(5);
/// A source that fails is left alone for so long: hundreds of leases must not knock at a log-in
/// that has ended.
const LEFT_ALONE: Duration = Duration::from_secs(20);
/// No source takes longer than this, unless it waits for a person.
const LONGEST_FETCH: Duration = Duration::from_secs(60);

/// A key to sign with, and until when.
///
/// `Debug` shows the id and the end, never the secret or the token.
#[derive(Debug, Clone)]
pub struct KeySet {
    /// `AKIA…`, or `ASIA…` of temporary credentials.
    pub access_key_id: String,
    /// The secret access key.
    pub secret: SecretString,
    /// Set with temporary credentials.
    pub session_token: Option<SecretString>,
    /// When AWS stops taking it, by AWS's time; nothing where it lasts.
    pub ends_at: Option<DateTime<Utc>>,
}

/// Why a source is asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Want<'a> {
    /// What a person has just read off an MFA device.
    pub code: Option<&'a str>,
    /// The id of a key that AWS does not take any more.
    pub refused: Option<&'a str>,
}

/// What a source answers with.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<KeySet, Problem>> + Send + 'a>>;

/// Where keys come from. It never asks a person: what needs one answers
/// [`Code::LoginNeeded`].
pub trait Source: fmt::Debug + Send + Sync {
    /// A key that works now.
    fn fetch<'a>(&'a self, want: Want<'a>) -> Fetching<'a>;

    /// The MFA device whose code is needed each time, where one is.
    fn mfa_serial(&self) -> Option<&str> {
        None
    }
}

/// What a client signs with. Clones share it: when it is renewed, all of them sign with the new key
/// from their next call on.
#[derive(Clone)]
pub struct Session(Arc<Inner>);

struct Inner {
    key: Mutex<Option<KeySet>>,
    source: Option<Box<dyn Source>>,
    /// One asks the source, the others wait for what it says.
    turn: tokio::sync::Mutex<Option<LeftAlone>>,
    clock: ClockOffset,
}

/// Since when the source is not asked again, and why it failed if it did.
struct LeftAlone {
    since: Instant,
    problem: Option<Problem>,
}

impl LeftAlone {
    fn after(problem: Option<Problem>) -> Option<Self> {
        let since = Instant::now();
        Some(Self { since, problem })
    }

    fn is_over(&self) -> bool {
        self.since.elapsed() >= LEFT_ALONE
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("key", &*self.key())
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// A key that was given and stays.
    #[must_use]
    pub fn fixed(key: KeySet) -> Self {
        Self::of(Some(key), None, ClockOffset::default())
    }

    /// Keys that are fetched when they are needed. `clock` says when one has ended.
    #[must_use]
    pub fn from_source(source: impl Source + 'static, clock: ClockOffset) -> Self {
        Self::of(None, Some(Box::new(source)), clock)
    }

    /// The same with a first key, which is at hand.
    #[must_use]
    pub fn renewed_by(key: KeySet, source: impl Source + 'static, clock: ClockOffset) -> Self {
        Self::of(Some(key), Some(Box::new(source)), clock)
    }

    fn of(key: Option<KeySet>, source: Option<Box<dyn Source>>, clock: ClockOffset) -> Self {
        Self(Arc::new(Inner {
            key: Mutex::new(key),
            source,
            turn: tokio::sync::Mutex::default(),
            clock,
        }))
    }

    /// The id of the key that is signed with now.
    #[must_use]
    pub fn key_id(&self) -> Option<String> {
        self.key().as_ref().map(|key| key.access_key_id.clone())
    }

    /// Whether what is signed with now are temporary credentials.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.key()
            .as_ref()
            .is_some_and(|key| key.session_token.is_some())
    }

    /// Whether what is signed with now is not about to end.
    #[must_use]
    pub fn is_good(&self) -> bool {
        let asks = self
            .0
            .source
            .as_ref()
            .is_some_and(|s| s.mfa_serial().is_some());
        self.is_good_for(if asks { TimeDelta::zero() } else { EARLY })
    }

    /// When what is signed with now ends, by AWS's time.
    #[must_use]
    pub fn ends_at(&self) -> Option<DateTime<Utc>> {
        self.key().as_ref().and_then(|key| key.ends_at)
    }

    /// The MFA device whose code a person must type before the next key can be fetched; nothing
    /// while the present one is good.
    #[must_use]
    pub fn wants_code(&self) -> Option<&str> {
        let serial = self.0.source.as_ref()?.mfa_serial()?;
        (!self.is_good_for(TimeDelta::zero())).then_some(serial)
    }

    /// From now on everybody signs with this key.
    pub fn set(&self, key: KeySet) {
        *self.key() = Some(key);
    }

    /// Makes sure that there is a key that works for the next minutes.
    ///
    /// # Errors
    /// The source has none: its problem, with [`Code::LoginNeeded`] where a person must see to it.
    pub async fn ready(&self) -> Result<(), Problem> {
        self.see_to_it(None).await
    }

    /// The same for a person, who may have mended what failed a moment ago. Whoever waits together with
    /// others gets the answer that they get.
    ///
    /// # Errors
    /// As [`Session::ready`].
    pub async fn ready_anew(&self) -> Result<(), Problem> {
        self.see_to_it(Some(Instant::now())).await
    }

    /// What failed before `asked_at` does not count.
    async fn see_to_it(&self, asked_at: Option<Instant>) -> Result<(), Problem> {
        let Some(source) = &self.0.source else {
            return Ok(());
        };
        // A person is not asked early.
        if self.is_good() {
            return Ok(());
        }
        let mut turn = self.0.turn.lock().await;
        if self.is_good_for(EARLY) {
            return Ok(());
        }
        let is_mended = |turn: &LeftAlone| {
            turn.problem.is_some() && asked_at.is_some_and(|asked_at| turn.since < asked_at)
        };
        let left_alone = turn.as_ref();
        let left_alone = left_alone.filter(|turn| !turn.is_over() && !is_mended(turn));
        match left_alone.map(|turn| turn.problem.clone()) {
            Some(Some(problem)) => return self.or_go_on(problem),
            // Some sources only give what lasts a few minutes.
            Some(None) if self.is_good_for(TimeDelta::zero()) => return Ok(()),
            _ => {}
        }
        match fetch(source.as_ref(), Want::default()).await {
            Ok(key) => {
                *turn = LeftAlone::after(None);
                self.set(key);
                Ok(())
            }
            Err(problem) => {
                *turn = LeftAlone::after(Some(problem.clone()));
                self.or_go_on(problem)
            }
        }
    }

    /// Opens the session with what a person has just read off the MFA device.
    ///
    /// # Errors
    /// As [`Session::ready`]; a wrong code is AWS's to refuse.
    pub async fn open(&self, code: &str) -> Result<(), Problem> {
        let Some(source) = &self.0.source else {
            return Ok(());
        };
        let want = Want {
            code: Some(code),
            refused: None,
        };
        let mut turn = self.0.turn.lock().await;
        let key = fetch(source.as_ref(), want).await?;
        *turn = None;
        self.set(key);
        Ok(())
    }

    /// AWS does not take this key: whether there is another one to try. A key may have been
    /// rotated by another process, and a session ended before its time.
    pub(crate) async fn has_other_than(&self, refused: &str) -> bool {
        let Some(source) = &self.0.source else {
            return false;
        };
        let mut turn = self.0.turn.lock().await;
        if self.key_id().is_some_and(|id| id != refused) {
            return true;
        }
        let is_left_alone = turn
            .as_ref()
            .is_some_and(|turn| turn.problem.is_some() && !turn.is_over());
        if is_left_alone || source.mfa_serial().is_some() {
            return false;
        }
        let want = Want {
            code: None,
            refused: Some(refused),
        };
        let problem = match fetch(source.as_ref(), want).await {
            Ok(key) if key.access_key_id != refused => {
                self.set(key);
                *turn = None;
                return true;
            }
            Ok(_) => Problem::new(Code::AwsWrongKey, "AWS does not take this key."),
            Err(problem) => problem,
        };
        *turn = LeftAlone::after(Some(problem));
        false
    }

    /// A key that ends soon is still a key.
    fn or_go_on(&self, problem: Problem) -> Result<(), Problem> {
        if self.is_good_for(TimeDelta::zero()) {
            tracing::warn!(%problem, "temporary credentials could not be renewed yet");
            return Ok(());
        }
        Err(problem)
    }

    fn is_good_for(&self, time: TimeDelta) -> bool {
        let now: DateTime<Utc> = AwsTime(self.0.clock.clone()).now().into();
        match &*self.key() {
            Some(key) => key.ends_at.is_none_or(|end| end - time > now),
            None => false,
        }
    }

    fn key(&self) -> MutexGuard<'_, Option<KeySet>> {
        self.0.key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn fetch(source: &dyn Source, want: Want<'_>) -> Result<KeySet, Problem> {
    match tokio::time::timeout(LONGEST_FETCH, source.fetch(want)).await {
        Ok(answer) => answer,
        Err(_) => Err(Problem::new(
            Code::SourceFailed,
            "What stands behind the connection gave no credentials within a minute.",
        )
        .with_hint("Run its log-in or its `credential_process` by hand to see what it waits for.")),
    }
}

impl ProvideCredentials for Session {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let key = self.key().clone();
        future::ProvideCredentials::ready(match key {
            Some(key) => Ok(Credentials::new(
                key.access_key_id,
                key.secret.expose_secret(),
                key.session_token
                    .map(|token| token.expose_secret().to_owned()),
                None,
                "leasehold",
            )),
            None => Err(CredentialsError::not_loaded("nothing was fetched yet")),
        })
    }
}
