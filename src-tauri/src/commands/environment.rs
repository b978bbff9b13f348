//! Environments: the tabs of the overview.

use leasehold_engine::wire::EnvironmentView;
use tauri::State;

use super::Answer;
use crate::state::Shell;

/// All, in their order.
#[tauri::command]
pub(crate) async fn environment_list(shell: State<'_, Shell>) -> Answer<Vec<EnvironmentView>> {
    shell.engine().await?.environments().list()
}

/// Adds one at the end.
#[tauri::command]
pub(crate) async fn environment_add(shell: State<'_, Shell>, name: String) -> Answer<()> {
    shell.engine().await?.environments().add(&name).map(drop)
}

/// Gives one another name.
#[tauri::command]
pub(crate) async fn environment_rename(
    shell: State<'_, Shell>,
    old: String,
    new: String,
) -> Answer<()> {
    shell
        .engine()
        .await?
        .environments()
        .rename(&old, &new)
        .map(drop)
}

/// Removes an empty one.
#[tauri::command]
pub(crate) async fn environment_remove(shell: State<'_, Shell>, name: String) -> Answer<()> {
    shell.engine().await?.environments().remove(&name)
}

/// Puts all of them in this order.
#[tauri::command]
pub(crate) async fn environment_reorder(shell: State<'_, Shell>, names: Vec<String>) -> Answer<()> {
    shell
        .engine()
        .await?
        .environments()
        .reorder(&names)
        .map(drop)
}
