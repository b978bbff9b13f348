//! The practice account's own clock and contents. A home has one practice account, so none of these
//! needs its connection's name.

use tauri::State;

use super::Answer;
use crate::state::Shell;

/// Moves the practice account's clock ahead.
#[tauri::command]
pub(crate) async fn practice_skip(shell: State<'_, Shell>, ttl: String) -> Answer<()> {
    shell.engine().await?.practice().skip(&ttl).map(drop)
}

/// Empties the practice account.
#[tauri::command]
pub(crate) async fn practice_reset(shell: State<'_, Shell>) -> Answer<()> {
    shell.engine().await?.practice().reset().await
}
