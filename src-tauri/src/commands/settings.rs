//! What a person chose.

use leasehold_domain::Problem;
use leasehold_engine::wire::Settings;
use tauri::State;

use super::Answer;
use crate::state::Shell;

/// What is chosen.
#[tauri::command]
pub(crate) async fn settings_get(shell: State<'_, Shell>) -> Answer<Settings> {
    shell.engine().await?.settings().get()
}

/// Keeps a choice. The browser's command can be given up here and not chosen: whatever a page could be made
/// to ask for must not become a program that is run.
#[tauri::command]
pub(crate) async fn settings_set(shell: State<'_, Shell>, settings: Settings) -> Answer<()> {
    let engine = shell.engine().await?;
    let desk = engine.settings();
    let browser = settings.console_browser.trim();
    if !browser.is_empty() && browser != desk.get()?.console_browser {
        return Err(Problem::refused_input(
            "console_browser",
            "The command that opens the console is chosen in a terminal, not in the window.",
            "Run for example `leasehold settings set console-browser 'firefox --private-window'`.",
        ));
    }
    desk.set(settings).map(drop)
}
