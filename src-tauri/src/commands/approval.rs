//! Ask me first: who waits to be let in, and the answers.

use leasehold_access::desk::Leases;
use leasehold_access::desk::view::ApprovalView;
use leasehold_engine::wire::RevokeReport;
use serde::Serialize;
use tauri::State;

use super::Answer;
use super::access::{changed, desk, end_leases};
use crate::state::Shell;

/// Somebody who is kept out, and what became of the leases that were to end too.
#[derive(Debug, Serialize)]
pub(crate) struct ApprovalChanged {
    approval: ApprovalView,
    leases: Option<RevokeReport>,
}

/// Everybody who came, those that wait for an answer first.
#[tauri::command]
pub(crate) async fn approval_list(shell: State<'_, Shell>) -> Answer<Vec<ApprovalView>> {
    desk(&shell.engine().await?).approvals().list()
}

/// Lets somebody in: for one login, or always.
#[tauri::command]
pub(crate) async fn approval_allow(
    shell: State<'_, Shell>,
    id: String,
    always: bool,
) -> Answer<ApprovalView> {
    let engine = shell.engine().await?;
    changed(&engine, desk(&engine).approvals().allow(&id, always))
}

/// Keeps somebody out and ends the sessions and, where that is wanted, the leases.
#[tauri::command]
pub(crate) async fn approval_deny(
    shell: State<'_, Shell>,
    id: String,
    revoke_leases: bool,
) -> Answer<ApprovalChanged> {
    let engine = shell.engine().await?;
    let wanted = Leases::ending(revoke_leases);
    let denied = changed(&engine, desk(&engine).approvals().deny(&id, wanted))?;
    let leases = end_leases(&engine, wanted, &denied.leases).await?;
    let approval = denied.way;
    Ok(ApprovalChanged { approval, leases })
}
