//! Sessions: who is logged in at the gateway, and an end to that.

use leasehold_access::desk::Leases;
use leasehold_access::desk::view::SessionView;
use tauri::State;

use super::Answer;
use super::access::{LeasesEnded, changed, desk, end_leases};
use crate::state::Shell;

/// Those that are not over, latest first.
#[tauri::command]
pub(crate) async fn session_list(shell: State<'_, Shell>) -> Answer<Vec<SessionView>> {
    desk(&shell.engine().await?).sessions().list()
}

/// Ends one and, where that is wanted, the leases of its identity.
#[tauri::command]
pub(crate) async fn session_revoke(
    shell: State<'_, Shell>,
    id: String,
    revoke_leases: bool,
) -> Answer<LeasesEnded> {
    let engine = shell.engine().await?;
    let wanted = Leases::ending(revoke_leases);
    let ended = changed(&engine, desk(&engine).sessions().revoke(&id, wanted))?;
    let leases = end_leases(&engine, wanted, &ended.leases).await?;
    Ok(LeasesEnded { leases })
}
