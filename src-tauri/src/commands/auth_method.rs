//! Auth methods: which AWS identities may log in, from where, until when.

use leasehold_access::AuthMethodDraft;
use leasehold_access::desk::Leases;
use leasehold_access::desk::view::{AuthMethodCheck, AuthMethodView};
use leasehold_engine::wire::RevokeReport;
use serde::Serialize;
use tauri::State;

use super::Answer;
use super::access::{LeasesEnded, changed, desk, end_leases};
use crate::state::Shell;

/// A method that was switched, and what became of the leases that were to end too.
#[derive(Debug, Serialize)]
pub(crate) struct MethodChanged {
    method: AuthMethodView,
    leases: Option<RevokeReport>,
}

/// All of them, by folder and name.
#[tauri::command]
pub(crate) async fn auth_method_list(shell: State<'_, Shell>) -> Answer<Vec<AuthMethodView>> {
    desk(&shell.engine().await?).methods().list()
}

/// The one with this access id or name.
#[tauri::command]
pub(crate) async fn auth_method_show(
    shell: State<'_, Shell>,
    id: String,
) -> Answer<AuthMethodView> {
    desk(&shell.engine().await?).methods().show(&id)
}

/// What would be refused, and what may surprise. `id` is the method being edited, if one is.
#[tauri::command]
pub(crate) async fn auth_method_check(
    shell: State<'_, Shell>,
    draft: AuthMethodDraft,
    id: Option<String>,
) -> Answer<AuthMethodCheck> {
    let desk = desk(&shell.engine().await?);
    desk.methods().check(&draft, id.as_deref())
}

/// Makes one.
#[tauri::command]
pub(crate) async fn auth_method_create(
    shell: State<'_, Shell>,
    draft: AuthMethodDraft,
) -> Answer<AuthMethodView> {
    let engine = shell.engine().await?;
    changed(&engine, desk(&engine).methods().create(&draft))
}

/// Changes one from the form that was seen, so that nobody's change is lost.
#[tauri::command]
pub(crate) async fn auth_method_update(
    shell: State<'_, Shell>,
    id: String,
    seen: AuthMethodDraft,
    draft: AuthMethodDraft,
) -> Answer<AuthMethodView> {
    let engine = shell.engine().await?;
    changed(&engine, desk(&engine).methods().update(&id, &seen, &draft))
}

/// Switches one on, or off with its sessions and, where that is wanted, its leases.
#[tauri::command]
pub(crate) async fn auth_method_enable(
    shell: State<'_, Shell>,
    id: String,
    on: bool,
    revoke_leases: bool,
) -> Answer<MethodChanged> {
    let engine = shell.engine().await?;
    let desk = desk(&engine);
    if on {
        let method = changed(&engine, desk.methods().enable(&id))?;
        let leases = None;
        return Ok(MethodChanged { method, leases });
    }
    let wanted = Leases::ending(revoke_leases);
    let off = changed(&engine, desk.methods().disable(&id, wanted))?;
    let leases = end_leases(&engine, wanted, &off.leases).await?;
    let method = off.way;
    Ok(MethodChanged { method, leases })
}

/// Deletes one with its sessions and, where that is wanted, its leases.
#[tauri::command]
pub(crate) async fn auth_method_delete(
    shell: State<'_, Shell>,
    id: String,
    revoke_leases: bool,
) -> Answer<LeasesEnded> {
    let engine = shell.engine().await?;
    let wanted = Leases::ending(revoke_leases);
    let gone = changed(&engine, desk(&engine).methods().delete(&id, wanted))?;
    let leases = end_leases(&engine, wanted, &gone.leases).await?;
    Ok(LeasesEnded { leases })
}
