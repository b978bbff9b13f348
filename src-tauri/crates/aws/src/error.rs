//! What can go wrong at AWS, sorted by what one can do about it.

use std::ops::Deref;

use leasehold_domain::Problem;

/// The kind of thing AWS says does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Entity {
    /// The IAM user.
    User,
    /// The access key.
    Key,
    /// A managed policy, a permission boundary, or an inline policy of the user.
    Policy,
    /// The group.
    Group,
    /// AWS did not say, or something else.
    Other,
}

/// Errors by what one can do about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AwsErrorKind {
    /// The key may not do this.
    Denied {
        /// The action AWS names, else the one that was called (`iam:CreateUser`).
        action: String,
        /// The ARN AWS names, else what is known of the resource.
        resource: Option<String>,
    },
    /// Something named in the call does not exist.
    NotThere(Entity),
    /// The name is taken. With [`FailedCall::maybe_done`] it may be taken by our own earlier try.
    AlreadyThere,
    /// The thing is in a state that does not allow this.
    Conflict,
    /// Something else is changing the same user (`ConcurrentModification`,
    /// `EntityTemporarilyUnmodifiable`): do one after another, try again later.
    Concurrent,
    /// The user still has something attached.
    DeleteConflict,
    /// A quota is used up.
    Limit,
    /// AWS cannot read the request: a policy document, a name, an ARN.
    Malformed,
    /// AWS throttles. The refused try was definitely not executed.
    Throttled,
    /// No answer, or none that came from AWS's own logic (time-out, reset, 5xx, a web page).
    Unreachable,
    /// The access key is unknown, inactive, or its secret is wrong.
    WrongKey,
    /// What stands behind the connection (a profile, a role, a log-in) gives no key to sign with:
    /// nothing was sent.
    NoKey(Problem),
    /// This computer's clock is too far from AWS's.
    Clock,
    /// An answer that makes no sense here.
    Unexpected,
}

/// A call that AWS did not confirm; reads as the [`FailedCall`] it holds.
///
/// Holds no secret: texts come from AWS's error element only, shortened and without control
/// characters, never from a request or from the body of a successful answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} failed ({}): {}", .0.action, .0.code, .0.message)]
pub struct AwsError(Box<FailedCall>);

/// What is known of a call that AWS did not confirm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedCall {
    /// What to do about it.
    pub kind: AwsErrorKind,
    /// The action that was called (`iam:CreateUser`).
    pub action: &'static str,
    /// What it was called on, as far as it is known here (`user/name`, an ARN).
    pub resource: Option<String>,
    /// AWS's error code, or a short word for what happened when there is none.
    pub code: String,
    /// What AWS said, or a sentence of ours when it said nothing (at most 300 characters).
    pub message: String,
    /// AWS's request id, for its support.
    pub request_id: Option<String>,
    /// Whether AWS may have done it all the same: true after a time-out, a broken connection, a
    /// 5xx or an unreadable answer of *any* try, false when every try was provably refused or
    /// never arrived.
    pub maybe_done: bool,
}

impl From<FailedCall> for AwsError {
    fn from(failed: FailedCall) -> Self {
        Self(Box::new(failed))
    }
}

impl AwsError {
    /// The same, where AWS may have done it at an earlier try.
    pub(crate) fn after(mut self, maybe_done: bool) -> Self {
        self.0.maybe_done |= maybe_done;
        self
    }
}

impl Deref for AwsError {
    type Target = FailedCall;

    fn deref(&self) -> &FailedCall {
        &self.0
    }
}
