//! IAM users under our paths that no lease knows.

use leasehold_engine::wire::{LeaseView, OrphanList};
use tauri::State;

use super::Answer;
use crate::state::Shell;

/// Asks one account, or all, where listing users is allowed.
#[tauri::command]
pub(crate) async fn orphan_list(
    shell: State<'_, Shell>,
    connection: Option<String>,
) -> Answer<OrphanList> {
    let engine = shell.engine().await?;
    engine
        .in_person(engine.orphans().list(connection.as_deref()))
        .await
}

/// Makes one of ours a lease again.
#[tauri::command]
pub(crate) async fn orphan_adopt(
    shell: State<'_, Shell>,
    connection: String,
    user: String,
) -> Answer<LeaseView> {
    let engine = shell.engine().await?;
    engine
        .in_person(engine.orphans().adopt(Some(&connection), &user))
        .await
}

/// Takes one of ours down.
#[tauri::command]
pub(crate) async fn orphan_remove(
    shell: State<'_, Shell>,
    connection: String,
    user: String,
) -> Answer<LeaseView> {
    let engine = shell.engine().await?;
    engine
        .in_person(engine.orphans().remove(Some(&connection), &user))
        .await
}
