//! What a person chose.

use leasehold_engine::wire::Settings;
use tauri::State;

use super::Answer;
use crate::state::Shell;

/// What is chosen.
#[tauri::command]
pub(crate) async fn settings_get(shell: State<'_, Shell>) -> Answer<Settings> {
    shell.engine().await?.settings().get()
}

/// Keeps a choice.
#[tauri::command]
pub(crate) async fn settings_set(shell: State<'_, Shell>, settings: Settings) -> Answer<()> {
    shell.engine().await?.settings().set(settings).map(drop)
}
