//! Giving a lease up without AWS, by a person's explicit word.

use leasehold_domain::{Code, Problem};

use crate::core::Core;
use crate::wire::LeaseView;

#[expect(clippy::unused_async, reason = "not built yet")]
pub(super) async fn forget(_core: &Core, _id: &str) -> Result<LeaseView, Problem> {
    Err(Problem::new(Code::Internal, "This is not built yet."))
}
