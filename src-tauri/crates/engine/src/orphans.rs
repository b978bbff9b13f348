//! IAM users under our paths that no lease knows: shown, adopted or removed when they are ours.

use leasehold_domain::{Code, Problem};

use crate::core::Core;
use crate::wire::{LeaseView, OrphanList};

/// The orphans of this home's connections.
#[derive(Debug, Clone, Copy)]
pub struct Orphans<'a>(pub(crate) &'a Core);

impl Orphans<'_> {
    /// Asks the accounts, where `iam:ListUsers` is allowed.
    ///
    /// # Errors
    /// There is no such connection. What could not be asked is in the answer.
    #[expect(clippy::unused_async, reason = "not built yet")]
    pub async fn list(&self, _connection: Option<&str>) -> Result<OrphanList, Problem> {
        Err(Problem::new(Code::Internal, "This is not built yet."))
    }

    /// Takes one that carries this installation's guards into the ledger: a lease again, with the
    /// expiry that AWS enforces.
    ///
    /// # Errors
    /// There is none of that name, more than one, or it is not ours (nothing is done).
    #[expect(clippy::unused_async, reason = "not built yet")]
    pub async fn adopt(
        &self,
        _connection: Option<&str>,
        _user: &str,
    ) -> Result<LeaseView, Problem> {
        Err(Problem::new(Code::Internal, "This is not built yet."))
    }

    /// Takes one that carries this installation's guards into the ledger and ends it. The answer
    /// says how far that got.
    ///
    /// # Errors
    /// As [`Self::adopt`].
    #[expect(clippy::unused_async, reason = "not built yet")]
    pub async fn remove(
        &self,
        _connection: Option<&str>,
        _user: &str,
    ) -> Result<LeaseView, Problem> {
        Err(Problem::new(Code::Internal, "This is not built yet."))
    }
}
