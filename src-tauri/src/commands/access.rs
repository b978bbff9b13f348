//! What the commands of access control share: the owner's desk, and leases that end together with a way in.

use std::sync::Arc;

use leasehold_access::desk::{Desk, Refused};
use leasehold_domain::Problem;
use leasehold_engine::Engine;
use leasehold_engine::wire::RevokeReport;
use serde::Serialize;

use super::Answer;

/// What became of leases that were to end too; nothing where that was not asked for.
#[derive(Debug, Serialize)]
pub(crate) struct LeasesEnded {
    pub(crate) leases: Option<RevokeReport>,
}

/// The owner's desk over the engine's store.
pub(crate) fn desk(engine: &Engine) -> Desk {
    let shared = engine.shared();
    let clock = shared.clock;
    Desk::new(
        shared.store,
        Arc::new(move || clock.now()),
        shared.requester,
    )
}

/// Hands on what a change answers, and tells everybody of it.
pub(crate) fn changed<T>(engine: &Engine, done: Result<T, impl Into<Refused>>) -> Answer<T> {
    let done = done.map_err(|refused| refused.into().first())?;
    engine.access_changed();
    Ok(done)
}

/// Ends what identities of a method got, or one of them, where that is wanted.
pub(crate) async fn end_leases(
    engine: &Engine,
    wanted: bool,
    access_id: &str,
    stable_id: Option<&str>,
) -> Result<Option<RevokeReport>, Problem> {
    if !wanted {
        return Ok(None);
    }
    let leases = engine.leases();
    let open = leases.open_for(access_id, stable_id)?;
    leases.revoke(&open).await.map(Some)
}
