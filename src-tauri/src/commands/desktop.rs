//! How Leasehold lives on this desktop: its tray, and notifications that are paused.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tauri::{AppHandle, Emitter, Runtime, State};

use super::Answer;
use crate::notify::{PauseFor, pause};
use crate::state::Shell;
use crate::tray::{self, Tray};
use crate::window;

/// What of the desktop a person is told.
#[derive(Debug, Serialize)]
pub(crate) struct DesktopView {
    /// Whether somebody shows the icon.
    tray: Tray,
    /// Notifications are paused until then.
    paused_until: Option<DateTime<Utc>>,
}

/// How things are now. [`changed`] tells when to ask again.
#[tauri::command]
pub(crate) async fn desktop_get<R: Runtime>(
    app: AppHandle<R>,
    shell: State<'_, Shell>,
) -> Answer<DesktopView> {
    shell.engine().await?;
    Ok(DesktopView {
        tray: tray::state(&app).await,
        paused_until: shell.pause.until(shell.clock.now()),
    })
}

/// Begins or ends a pause of notifications.
#[tauri::command]
pub(crate) async fn notifications_pause<R: Runtime>(
    app: AppHandle<R>,
    span: PauseFor,
) -> Answer<()> {
    pause(&app, span).await
}

/// Tells the pages that something of it is otherwise now.
pub(crate) fn changed<R: Runtime>(app: &AppHandle<R>) {
    if let Err(error) = app.emit_to(window::MAIN, "desktop_changed", ()) {
        tracing::debug!(%error, "the pages were not told of the desktop");
    }
}
