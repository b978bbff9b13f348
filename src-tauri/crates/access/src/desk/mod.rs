//! The owner's desk: auth methods, access roles and sessions as they are kept, shown and changed.
//!
//! Every change is one transaction with the line that tells of it in the activity log.

mod approvals;
mod methods;
mod news;
pub(crate) mod note;
mod roles;
mod sessions;
mod shut;
mod test;
pub mod view;
mod who;

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use leasehold_domain::Problem;
use leasehold_store::Store;

use crate::hosts::Hosts;
use crate::method::Limits;
use shut::Whose;

pub use approvals::Approvals;
pub use methods::AuthMethods;
pub use news::Known;
pub use roles::Roles;
pub use sessions::Sessions;
pub use shut::{Closed, Leases};
pub use test::TestOf;

/// What a change can be refused for: one problem or more, in the order of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub Vec<Problem>);

impl Refused {
    /// The first problem, and all of them.
    #[must_use]
    pub fn first(&self) -> Problem {
        self.0.first().cloned().unwrap_or_else(|| {
            Problem::new(
                leasehold_domain::Code::Internal,
                "It was refused without a reason.",
            )
        })
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl From<Vec<Problem>> for Refused {
    fn from(problems: Vec<Problem>) -> Self {
        Self(problems)
    }
}

impl From<leasehold_store::StoreError> for Refused {
    fn from(error: leasehold_store::StoreError) -> Self {
        Problem::from(error).into()
    }
}

/// The desk of one home. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    pub(crate) store: Store,
    clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    actor: String,
    pub(crate) hosts: Arc<Hosts>,
    limits: Limits,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("actor", &self.actor)
            .finish_non_exhaustive()
    }
}

impl Desk {
    /// The desk over an open store, for whoever `actor` is: `window`, `cli`, …
    pub fn new(
        store: Store,
        clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
        actor: impl Into<String>,
    ) -> Self {
        Self {
            store,
            clock,
            actor: actor.into(),
            hosts: Hosts::of_this_computer(),
            limits: Limits::default(),
        }
    }

    /// The auth methods.
    #[must_use]
    pub fn methods(&self) -> AuthMethods<'_> {
        AuthMethods(self)
    }

    /// The access roles.
    #[must_use]
    pub fn roles(&self) -> Roles<'_> {
        Roles(self)
    }

    /// Who waits to be let in, and who was.
    #[must_use]
    pub fn approvals(&self) -> Approvals<'_> {
        Approvals(self)
    }

    /// The sessions.
    #[must_use]
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions(self)
    }

    /// Leases that are not at rest and were made for identities of a method, or for one of them.
    fn open_leases(&self, whose: Whose<'_>) -> Result<u32, Problem> {
        let callers = self.store.lease_callers();
        let open = callers.open_of(whose.access_id, whose.identity)?;
        Ok(u32::try_from(open.len()).unwrap_or(u32::MAX))
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }
}
