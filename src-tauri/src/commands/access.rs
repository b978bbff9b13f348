//! What the commands of access control share: the owner's desk, and leases that end together with a way in.

use leasehold_access::desk::{Leases, Refused};
use leasehold_domain::Problem;
use leasehold_engine::Engine;
use leasehold_engine::wire::RevokeReport;
use serde::Serialize;

use super::Answer;

pub(crate) use leasehold_gateway::desk;

/// What became of leases that were to end too; nothing where that was not asked for.
#[derive(Debug, Serialize)]
pub(crate) struct LeasesEnded {
    pub(crate) leases: Option<RevokeReport>,
}

/// Hands on what a change answers, and tells everybody of it.
pub(crate) fn changed<T>(engine: &Engine, done: Result<T, impl Into<Refused>>) -> Answer<T> {
    let done = done.map_err(|refused| refused.into().first())?;
    engine.access_changed();
    Ok(done)
}

/// Goes on with the end of leases that was recorded with a way in that was shut, where that was wanted.
pub(crate) async fn end_leases(
    engine: &Engine,
    wanted: Leases,
    ids: &[String],
) -> Result<Option<RevokeReport>, Problem> {
    match wanted {
        Leases::Stay => Ok(None),
        Leases::End => {
            let leases = engine.leases();
            engine.in_person(leases.revoke(ids)).await.map(Some)
        }
    }
}
