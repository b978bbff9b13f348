//! Ending many leases at once: recorded first, then done through the account's one queue.

use leasehold_domain::Problem;
use tokio::sync::watch;

use crate::core::Core;
use crate::wire::RevokeReport;

/// How a revoke of many leases is followed and called off.
#[derive(Debug, Clone, Default)]
pub struct Bulk {
    /// Comes back in progress events.
    pub request_id: Option<String>,
    /// Turns true when the rest is to be left as it is.
    pub stop: Option<watch::Receiver<bool>>,
}

pub(super) async fn revoke(
    core: &Core,
    ids: &[String],
    _bulk: Bulk,
) -> Result<RevokeReport, Problem> {
    // Progress and calling it off are not built yet.
    super::Leases(core).revoke(ids).await
}
