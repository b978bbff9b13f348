//! Errors as people and programs meet them: one closed list of codes, one wire form.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The closed list of error codes. Scripts match on these; a code is never renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Code {
    /// The command line breaks the grammar; nothing was done.
    Usage,
    /// A field breaks a rule; nothing was done.
    InvalidInput,
    /// There is no such thing here.
    NotFound,
    /// More than one thing answers to this name.
    Ambiguous,
    /// The name is taken.
    NameTaken,
    /// The thing is in a state that does not allow this.
    Refused,
    /// Somebody else is at work on it; try again in a moment.
    Busy,
    /// The keyring service is not there.
    KeychainMissing,
    /// The keyring is there and locked.
    KeychainLocked,
    /// There is no session bus to reach the keyring over.
    KeychainNoBus,
    /// The keyring answers but does not hold this key.
    KeychainNoEntry,
    /// The keyring failed in another way.
    KeychainFailed,
    /// AWS denied the action.
    AwsDenied,
    /// AWS says the entity does not exist.
    AwsNotThere,
    /// AWS says the entity exists already.
    AwsAlreadyThere,
    /// AWS says something else is changing or still attached.
    AwsConflict,
    /// An AWS quota is used up.
    AwsLimit,
    /// AWS calls the request malformed.
    AwsMalformed,
    /// AWS throttles.
    AwsThrottled,
    /// AWS could not be reached or did not answer in time.
    AwsUnreachable,
    /// The managing key is unknown, inactive or wrong.
    AwsWrongKey,
    /// This computer's clock is too far from AWS's.
    AwsClock,
    /// AWS answered something unforeseen.
    AwsUnexpected,
    /// A person must log in first: a single sign-on has ended, an MFA code is needed.
    LoginNeeded,
    /// What stands behind the connection (a profile, a process, a role) gave no credentials.
    SourceFailed,
    /// A lease was asked for another account than the one recorded.
    AwsForeign,
    /// Part of the work is done; the rest is pending and will be retried.
    Pending,
    /// The state file is damaged.
    StoreDamaged,
    /// The state file is from a newer Leasehold.
    StoreTooNew,
    /// The state file could not be read or written.
    StoreFailed,
    /// A defect of ours.
    Internal,
}

impl Code {
    /// The exit code of `leasehold` for this error, as `--help` documents it.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Usage => 2,
            Self::InvalidInput | Self::Ambiguous | Self::NameTaken | Self::Refused | Self::Busy => {
                3
            }
            Self::AwsDenied
            | Self::AwsNotThere
            | Self::AwsAlreadyThere
            | Self::AwsConflict
            | Self::AwsLimit
            | Self::AwsMalformed
            | Self::AwsThrottled
            | Self::AwsUnreachable
            | Self::AwsWrongKey
            | Self::AwsClock
            | Self::AwsUnexpected
            | Self::LoginNeeded
            | Self::SourceFailed
            | Self::AwsForeign => 4,
            Self::NotFound => 5,
            Self::KeychainMissing
            | Self::KeychainLocked
            | Self::KeychainNoBus
            | Self::KeychainNoEntry
            | Self::KeychainFailed => 6,
            Self::Pending => 7,
            Self::StoreDamaged | Self::StoreTooNew | Self::StoreFailed | Self::Internal => 1,
        }
    }
}

/// An error as it leaves Leasehold: a code, a sentence, what to do, and which field it is about.
///
/// It never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// One of the closed list.
    pub code: Code,
    /// A full sentence that says what happened and to what.
    pub message: String,
    /// What to do about it, where there is something to do.
    pub hint: Option<String>,
    /// The input field it is about, by its wire name.
    pub field: Option<String>,
}

impl Problem {
    /// A problem with a sentence and nothing else.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: None,
            field: None,
        }
    }

    /// A refused input: the field, the rule it breaks, and the fix.
    pub fn refused_input(
        field: impl Into<String>,
        rule: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self::new(Code::InvalidInput, rule).with_hint(fix).at(field)
    }

    /// The same problem with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same problem, about this field.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}
