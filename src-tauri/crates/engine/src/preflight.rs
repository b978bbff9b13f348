//! Whether the leases of a secret could be made, renewed and ended, known before one is needed.

use leasehold_domain::{Code, Problem};

use crate::core::Core;
use crate::wire::Preflight;

#[expect(clippy::unused_async, reason = "not built yet")]
pub(crate) async fn run(
    _core: &Core,
    _reference: &str,
    _canary: bool,
) -> Result<Preflight, Problem> {
    Err(Problem::new(Code::Internal, "This is not built yet."))
}
