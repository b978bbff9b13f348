//! An AWS IAM auth method: which identities may log in, from where, until when.

mod bounds;
mod draft;
mod judge;
mod notices;

use chrono::TimeDelta;
use leasehold_domain::{
    ClaimKey, Claims, Code, Folder, IpBounds, Moment, Problem, Slug, random_bytes,
};
use serde::{Deserialize, Serialize};

use crate::endpoint::StsEndpoint;

pub use bounds::Bounds;
pub use draft::{AuthMethodDraft, Limits, Saved, reload, validate};
pub use judge::{Bound, BoundCheck, Judgement, Outcome, State};
#[cfg(feature = "desk")]
pub(crate) use notices::notices;

/// A valid auth method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthMethod {
    /// Folder that it is in.
    pub folder: Folder,
    /// Its name there.
    pub name: Slug,
    /// A note.
    pub description: String,
    /// When it stops working.
    pub access_expires: Option<Moment>,
    /// Days before that at which the owner is told.
    pub expiration_event_in: Vec<u32>,
    /// Where calls may come from.
    pub client_ips: IpBounds,
    /// Gateways that are believed about where a call came from.
    pub gateway_ips: IpBounds,
    /// Sub-claims that go into the audit.
    pub audit_claims: Vec<ClaimKey>,
    /// Which identities.
    pub bounds: Bounds,
    /// Where they are verified.
    pub endpoint: StsEndpoint,
    /// Sub-claim that tells one client from another.
    pub unique_identifier: Option<ClaimKey>,
    /// Roles are only reached by associations that ask for sub-claims.
    pub force_sub_claims: bool,
    /// Minutes that a token lives.
    pub token_minutes: u32,
    /// It cannot be deleted before this is taken away.
    pub delete_protection: bool,
    /// Only cloud identities that were signed for this vault.
    pub audience_required: bool,
    /// The owner is asked about every identity that nobody has allowed yet: who comes for the first time, and
    /// who came before this was switched on.
    pub ask_first: bool,
}

impl AuthMethod {
    /// Whether it may be deleted; a bulk delete asks this for each.
    ///
    /// # Errors
    /// [`Code::Refused`] while delete protection is on.
    pub fn check_delete(&self) -> Result<(), Problem> {
        if !self.delete_protection {
            return Ok(());
        }
        Err(protected(&self.path()))
    }

    /// When the owner is to be told that it expires, earliest first, with the days that are left then.
    #[must_use]
    pub fn expiry_notices(&self) -> Vec<(Moment, u32)> {
        let Some(end) = self.access_expires else {
            return Vec::new();
        };
        let mut days = self.expiration_event_in.clone();
        days.sort_unstable_by(|a, b| b.cmp(a));
        days.dedup();
        days.into_iter()
            .map(|days| {
                let before = TimeDelta::days(i64::from(days));
                (Moment::from(end.datetime() - before), days)
            })
            .collect()
    }

    /// The sub-claims that go into the audit, of those that an identity has.
    #[must_use]
    pub fn audited(&self, claims: &Claims) -> Claims {
        let keys = self.audit_claims.iter();
        keys.filter_map(|key| Some((*key, claims.get(key)?.clone())))
            .collect()
    }

    /// What tells one client of this method from another: the sub-claim that the owner chose, or else the
    /// ARN.
    #[must_use]
    pub fn client_unique_id<'a>(&self, claims: &'a Claims) -> Option<&'a str> {
        self.unique_identifier
            .and_then(|key| claims.get(&key))
            .or_else(|| claims.get(&ClaimKey::Arn))
            .map(String::as_str)
    }

    /// The same wherever it stands and whatever it is called: to compare what it lets in.
    #[cfg(feature = "desk")]
    pub(crate) fn at_no_place(mut self) -> Self {
        if let (Ok(folder), Ok(name)) = (Folder::parse("name", "/"), Slug::parse("name", "x")) {
            self.folder = folder;
            self.name = name;
        }
        self
    }

    /// Folder and name: `/ci/aws`.
    #[must_use]
    pub fn path(&self) -> String {
        format!(
            "{}/{}",
            self.folder.as_str().trim_end_matches('/'),
            self.name
        )
    }
}

/// A method of this name is protected.
pub(crate) fn protected(name: &str) -> Problem {
    Problem::new(
        Code::Refused,
        format!("The auth method {name} is protected from being deleted."),
    )
    .with_hint("Take its delete protection away first.")
}

/// The public name of an auth method: `p-` and 14 letters and digits. Not a secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccessId(String);

impl AccessId {
    /// A new one.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn generate() -> Result<Self, Problem> {
        const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut bytes = [0; 14];
        random_bytes(&mut bytes)?;
        let word = bytes
            .iter()
            .filter_map(|byte| ALPHABET.get(usize::from(byte % 32)))
            .map(|byte| char::from(*byte));
        Ok(Self("p-".chars().chain(word).collect()))
    }

    /// Reads one; white space around it does not count.
    ///
    /// # Errors
    /// The named field, with the rule and a fix.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let is_one = text
            .strip_prefix("p-")
            .is_some_and(|word| word.len() == 14 && word.bytes().all(plain));
        if is_one {
            return Ok(Self(text.to_owned()));
        }
        Err(Problem::refused_input(
            field,
            "An access id is p- and 14 letters and digits.",
            "Copy it from the auth method.",
        ))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AccessId {
    type Error = Problem;

    fn try_from(text: String) -> Result<Self, Problem> {
        Self::parse("access_id", &text)
    }
}

impl From<AccessId> for String {
    fn from(id: AccessId) -> Self {
        id.0
    }
}
