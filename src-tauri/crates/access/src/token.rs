//! Tokens: what a login gives, what is kept of it, and whether it is still good.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use leasehold_domain::{Moment, Problem, random_bytes};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::identity::Identity;
use crate::method::{AccessId, AuthMethod, Judgement, State};
use crate::reason::{Reason, Refusal};
use crate::verify::Proven;

const PREFIX: &str = "t-";
/// 32 bytes in base64.
const WORD: usize = 43;
/// A clock that is put right goes back no farther. One that goes back farther lengthens no session.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(2);

/// A token in clear: `t-` and 256 random bits. It is given once, and never kept.
pub struct Token(Zeroizing<String>);

/// What is kept of a token: enough to know it again, not enough to make it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

/// What a token stands for. It is judged again on every call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// The auth method.
    pub access_id: AccessId,
    /// Who logged in.
    pub identity: Identity,
    /// Region in which the identity was proved.
    pub region: String,
    /// The pinned endpoint that asserted it, if not AWS.
    pub asserted_by: Option<String>,
    /// Whether it was proved for this vault.
    pub has_audience: bool,
    /// When.
    pub issued_at: DateTime<Utc>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

impl Token {
    /// A new one.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn generate() -> Result<Self, Problem> {
        let mut bytes = Zeroizing::new([0; 32]);
        random_bytes(&mut *bytes)?;
        let word = Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes));
        Ok(Self(Zeroizing::new(format!("{PREFIX}{}", word.as_str()))))
    }

    /// The token that somebody presents; `None` for what never was one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let word = text.strip_prefix(PREFIX)?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let is_one = word.len() == WORD && word.bytes().all(plain);
        is_one.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The text, to be handed to the caller and to nobody else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it. With 256 random bits inside, one round of a plain hash is enough.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        let mut hash = Sha256::new();
        hash.update("leasehold token 1\n");
        hash.update(self.0.as_bytes());
        TokenHash(hash.finalize().into())
    }
}

impl TokenHash {
    /// The bytes, to be stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A short name for the audit and for lists: it finds the session, and is no secret.
    #[must_use]
    pub fn id(&self) -> String {
        self.0
            .iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

impl Session {
    /// The session of an accepted login. It ends with the method at the latest.
    #[must_use]
    pub fn of(
        access_id: AccessId,
        method: &AuthMethod,
        proven: &Proven,
        now: DateTime<Utc>,
    ) -> Self {
        let by_ttl = now + TimeDelta::minutes(i64::from(method.token_minutes));
        let by_method = method.access_expires.map(Moment::datetime);
        Self {
            access_id,
            identity: proven.identity.clone(),
            region: proven.region.clone(),
            asserted_by: proven.asserted_by.clone(),
            has_audience: proven.has_audience,
            issued_at: now,
            expires_at: by_method.map_or(by_ttl, |end| end.min(by_ttl)),
        }
    }

    /// Whether the session is good for this call: its time, the method as it is now, every bound.
    ///
    /// # Errors
    /// Why not. A method whose endpoint was changed, or that has come to ask for an audience, ends
    /// the sessions from before.
    pub fn check(
        &self,
        method: Option<&AuthMethod>,
        state: State<'_>,
    ) -> Result<Judgement, Refusal> {
        if state.now >= self.expires_at {
            return Err(Reason::TokenExpired.into());
        }
        if state.now < self.issued_at - CLOCKS_DIFFER {
            return Err(Reason::TokenOutdated.because("the clock was turned back since"));
        }
        let Some(method) = method else {
            return Err(Reason::TokenUnknown.because("the auth method is gone"));
        };
        if self.asserted_by != method.endpoint.namespace() {
            return Err(Reason::TokenOutdated.because("the STS endpoint was changed"));
        }
        if method.audience_required && !self.has_audience {
            return Err(Reason::TokenOutdated.because("the method asks for an audience now"));
        }
        let judgement = method.judge(&self.identity, &self.region, state);
        match judgement.reason {
            None => Ok(judgement),
            Some(reason) => Err(reason.into()),
        }
    }

    /// Seconds that are left.
    #[must_use]
    pub fn seconds_left(&self, now: DateTime<Utc>) -> i64 {
        self.expires_at
            .signed_duration_since(now)
            .num_seconds()
            .max(0)
    }
}
