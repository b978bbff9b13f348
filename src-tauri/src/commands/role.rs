//! Access roles: what identities that are let in may do where.

use std::collections::BTreeMap;

use leasehold_access::desk::view::{ReachView, RoleView, WhoView};
use tauri::State;

use super::access::{changed, desk};
use super::{Answer, filled};
use crate::state::Shell;

/// All of them, by name.
#[tauri::command]
pub(crate) async fn role_list(shell: State<'_, Shell>) -> Answer<Vec<RoleView>> {
    desk(&shell.engine().await?).roles().list()
}

/// The one of this name.
#[tauri::command]
pub(crate) async fn role_show(shell: State<'_, Shell>, name: String) -> Answer<RoleView> {
    desk(&shell.engine().await?).roles().show(&name)
}

/// Makes one, which allows nothing yet.
#[tauri::command]
pub(crate) async fn role_create(
    shell: State<'_, Shell>,
    name: String,
    description: String,
) -> Answer<RoleView> {
    let engine = shell.engine().await?;
    changed(&engine, desk(&engine).roles().create(&name, &description))
}

/// Deletes one, with its rules and the ways to it.
#[tauri::command]
pub(crate) async fn role_delete(shell: State<'_, Shell>, name: String) -> Answer<()> {
    let engine = shell.engine().await?;
    changed(&engine, desk(&engine).roles().delete(&name)).map(drop)
}

/// Sets what one allows at a path.
#[tauri::command]
pub(crate) async fn role_set_rule(
    shell: State<'_, Shell>,
    name: String,
    path: String,
    capabilities: Vec<String>,
) -> Answer<RoleView> {
    let engine = shell.engine().await?;
    let done = desk(&engine).roles().set_rule(&name, &path, &capabilities);
    changed(&engine, done)
}

/// Takes the rule at a path away.
#[tauri::command]
pub(crate) async fn role_delete_rule(
    shell: State<'_, Shell>,
    name: String,
    path: String,
) -> Answer<RoleView> {
    let engine = shell.engine().await?;
    changed(&engine, desk(&engine).roles().delete_rule(&name, &path))
}

/// Gives one to identities of an auth method.
#[tauri::command]
pub(crate) async fn role_associate(
    shell: State<'_, Shell>,
    name: String,
    auth_method: String,
    sub_claims: BTreeMap<String, String>,
    case_sensitive: bool,
) -> Answer<RoleView> {
    let engine = shell.engine().await?;
    let sub_claims: Vec<(String, String)> = sub_claims.into_iter().collect();
    let desk = desk(&engine);
    let done = desk
        .roles()
        .associate(&name, &auth_method, &sub_claims, !case_sensitive);
    changed(&engine, done)
}

/// Takes one away from an auth method.
#[tauri::command]
pub(crate) async fn role_dissociate(
    shell: State<'_, Shell>,
    name: String,
    auth_method: String,
) -> Answer<RoleView> {
    let engine = shell.engine().await?;
    let done = desk(&engine).roles().dissociate(&name, &auth_method);
    changed(&engine, done)
}

/// Who can do what at the path of a dynamic secret.
#[tauri::command]
pub(crate) async fn role_who(shell: State<'_, Shell>, path: String) -> Answer<Vec<WhoView>> {
    desk(&shell.engine().await?).roles().who_can(&path)
}

/// The other way round: which of today's dynamic secrets a role, the identities of a method, or all of
/// both come to.
#[tauri::command]
pub(crate) async fn role_reach(
    shell: State<'_, Shell>,
    name: Option<String>,
    auth_method: Option<String>,
) -> Answer<Vec<ReachView>> {
    let engine = shell.engine().await?;
    let secrets = leasehold_gateway::paths(&engine)?;
    let (role, method) = (filled(name), filled(auth_method));
    desk(&engine)
        .roles()
        .reach(&secrets, role.as_deref(), method.as_deref())
}
