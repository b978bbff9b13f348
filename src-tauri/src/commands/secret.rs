//! Dynamic secrets: the recipes that leases are made from.

use leasehold_engine::wire::{DraftCheck, Preflight, RevokeReport, SecretDraft, SecretView};
use tauri::State;

use super::Answer;
use crate::state::Shell;

/// All of them.
#[tauri::command]
pub(crate) async fn secret_list(shell: State<'_, Shell>) -> Answer<Vec<SecretView>> {
    shell.engine().await?.secrets().list()
}

/// What would be refused, warned of, and made. `id` is the secret being edited, if one is.
#[tauri::command]
pub(crate) async fn secret_check(
    shell: State<'_, Shell>,
    draft: SecretDraft,
    id: Option<String>,
) -> Answer<DraftCheck> {
    shell.engine().await?.secrets().check(&draft, id.as_deref())
}

/// Adds one.
#[tauri::command]
pub(crate) async fn secret_add(shell: State<'_, Shell>, draft: SecretDraft) -> Answer<SecretView> {
    shell.engine().await?.secrets().add(&draft)
}

/// Changes one; leases that exist keep what they were made with.
#[tauri::command]
pub(crate) async fn secret_edit(
    shell: State<'_, Shell>,
    id: String,
    draft: SecretDraft,
) -> Answer<SecretView> {
    shell.engine().await?.secrets().edit(&id, &draft)
}

/// Pins one, or takes the pin off.
#[tauri::command]
pub(crate) async fn secret_pin(
    shell: State<'_, Shell>,
    id: String,
    pinned: bool,
) -> Answer<SecretView> {
    shell.engine().await?.secrets().pin(&id, pinned)
}

/// Removes one; its open leases are revoked first where that was asked for.
#[tauri::command]
pub(crate) async fn secret_remove(
    shell: State<'_, Shell>,
    id: String,
    revoke_leases: bool,
) -> Answer<RevokeReport> {
    let engine = shell.engine().await?;
    engine
        .in_person(engine.secrets().remove(&id, revoke_leases))
        .await
}

/// Whether its leases could be made, renewed and ended; with the canary, by making one.
#[tauri::command]
pub(crate) async fn secret_preflight(
    shell: State<'_, Shell>,
    reference: String,
    canary: bool,
) -> Answer<Preflight> {
    let engine = shell.engine().await?;
    engine
        .in_person(engine.secrets().preflight(&reference, canary))
        .await
}
