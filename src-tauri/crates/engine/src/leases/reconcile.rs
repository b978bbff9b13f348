//! Comparing the ledger with the accounts.

use leasehold_domain::{Code, Problem};

use crate::core::Core;
use crate::wire::{LeaseView, ReconcileReport};

#[expect(clippy::unused_async, reason = "not built yet")]
pub(super) async fn run(
    _core: &Core,
    _connection: Option<&str>,
) -> Result<ReconcileReport, Problem> {
    Err(Problem::new(Code::Internal, "This is not built yet."))
}

#[expect(clippy::unused_async, reason = "not built yet")]
pub(super) async fn acknowledge(_core: &Core, _id: &str) -> Result<LeaseView, Problem> {
    Err(Problem::new(Code::Internal, "This is not built yet."))
}
