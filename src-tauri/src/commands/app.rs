//! The application itself: its status, its window, its clipboard.

use leasehold_engine::wire::StatusView;
use tauri::{AppHandle, Runtime, State};

use super::Answer;
use crate::place::Spot;
use crate::state::Shell;
use crate::{life, window};

/// One screen of everything. A desktop that shows no notifications is said here, once that is
/// known and nothing graver is to be said.
#[tauri::command]
pub(crate) async fn app_status(shell: State<'_, Shell>) -> Answer<StatusView> {
    let mut status = shell.engine().await?.status().await?;
    status.notice = status.notice.or_else(|| shell.notifications.problem());
    Ok(status)
}

/// The pages are up: they are sent where they were before, or where a notification or the tray
/// wanted them meanwhile.
#[tauri::command]
pub(crate) fn window_ready<R: Runtime>(app: AppHandle<R>) -> Answer<()> {
    window::ready(&app);
    Ok(())
}

/// Nothing in the hidden window would be lost: it is given up.
#[tauri::command]
pub(crate) fn window_unload<R: Runtime>(app: AppHandle<R>) -> Answer<()> {
    window::unload(&app)
}

/// Where the pages are, for the next time they are opened. What they tell before they were sent to
/// where they belong is no choice of a person.
#[tauri::command]
pub(crate) fn place_remember(
    shell: State<'_, Shell>,
    route: String,
    environment: String,
) -> Answer<()> {
    if !shell.page.is_placed() {
        return Ok(());
    }
    shell.place.went(Spot { route, environment })
}

/// Leaves the application running without its window.
#[tauri::command]
pub(crate) fn app_hide<R: Runtime>(app: AppHandle<R>) -> Answer<()> {
    window::hide(&app);
    Ok(())
}

/// Ends the application; leases end on their own.
#[tauri::command]
pub(crate) fn app_quit<R: Runtime>(app: AppHandle<R>) -> Answer<()> {
    life::quit(&app);
    Ok(())
}

/// Copies what is no secret: a policy, an ARN, a command line.
#[tauri::command]
pub(crate) async fn text_copy(shell: State<'_, Shell>, text: String) -> Answer<()> {
    shell.clipboard.copy_plain(text).await
}
