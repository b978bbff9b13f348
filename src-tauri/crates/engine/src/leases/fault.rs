//! Why work on a lease stopped.

use leasehold_aws::{AwsError, AwsErrorKind, Entity};
use leasehold_domain::{Code, Problem};
use leasehold_store::StoreError;

/// Why work on a lease stopped.
#[derive(Debug)]
pub(super) enum Fault {
    /// Another process has taken the lease over; nothing more may be done here.
    Lost,
    /// AWS refused or could not be reached.
    Aws(AwsError),
    /// Anything else.
    Other(Problem),
}

impl From<AwsError> for Fault {
    fn from(error: AwsError) -> Self {
        Self::Aws(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Lost { .. } => Self::Lost,
            other => Self::Other(other.into()),
        }
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self::Other(problem)
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Lost => busy(),
            Fault::Aws(error) => error.into(),
            Fault::Other(problem) => problem,
        }
    }
}

impl Fault {
    /// Something else is changing the same user.
    pub(super) fn is_concurrent(&self) -> bool {
        matches!(self, Self::Aws(error) if error.kind == AwsErrorKind::Concurrent)
    }

    /// What AWS says does not exist.
    pub(super) fn not_there(&self) -> Option<Entity> {
        match self {
            Self::Aws(error) => match error.kind {
                AwsErrorKind::NotThere(entity) => Some(entity),
                _ => None,
            },
            _ => None,
        }
    }

    /// Something on the user does not exist, though the user does.
    pub(super) fn is_gone_from_user(&self) -> bool {
        self.not_there()
            .is_some_and(|entity| entity != Entity::User)
    }

    /// The action that AWS denies.
    pub(super) fn denied(&self) -> Option<&str> {
        match self {
            Self::Aws(error) => match &error.kind {
                AwsErrorKind::Denied { action, .. } => Some(action),
                _ => None,
            },
            _ => None,
        }
    }

    /// Throttling, or something else is changing the same user: a moment later it is fine.
    pub(super) fn settles(&self) -> bool {
        self.is_concurrent()
            || matches!(self, Self::Aws(error) if error.kind == AwsErrorKind::Throttled)
    }

    /// AWS refused the time a request was signed at. Its answer said the right one, so that the
    /// next request is fine.
    pub(super) fn is_clock(&self) -> bool {
        matches!(self, Self::Aws(error) if error.kind == AwsErrorKind::Clock)
    }

    /// Things that pass by themselves: throttling, "no such user" right after `CreateUser`, and a
    /// clock that was wrong until the answer came. None of these calls was executed.
    pub(super) fn passes(&self) -> bool {
        matches!(
            self,
            Self::Aws(error) if matches!(
                error.kind,
                AwsErrorKind::NotThere(Entity::User)
                    | AwsErrorKind::Throttled
                    | AwsErrorKind::Clock
            )
        )
    }

    /// AWS could not be reached or asked at all: it is no use to ask about another lease now.
    pub(super) fn is_of_the_connection(&self) -> bool {
        matches!(
            self,
            Self::Aws(error) if matches!(
                error.kind,
                AwsErrorKind::Unreachable
                    | AwsErrorKind::WrongKey
                    | AwsErrorKind::NoKey(_)
                    | AwsErrorKind::Clock
                    | AwsErrorKind::Throttled
            )
        )
    }
}

/// Another worker has the lease right now.
pub(super) fn busy() -> Problem {
    Problem::new(
        Code::Busy,
        "Another Leasehold process is at work on this lease.",
    )
    .with_hint("Try again in a minute.")
}
