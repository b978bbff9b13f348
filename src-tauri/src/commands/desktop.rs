//! How Leasehold lives on this desktop: its tray, its start with the session, and notifications that are paused.

use std::ffi::OsString;

use chrono::{DateTime, Utc};
use leasehold_domain::{Code, Problem};
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Emitter, Runtime, State};

use super::Answer;
use crate::autostart::{Autostart, Hidden, Start, folder};
use crate::notify::{self, PauseFor, Tested, pause};
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
    /// Whether the session starts it.
    autostart: Autostart,
    /// What a start had to say; said once.
    word: Option<Problem>,
    /// Keys on show that nobody has taken: they are lost with the application.
    untaken_keys: usize,
}

/// What the session is to start.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StartWith {
    /// Nothing.
    Nothing,
    /// The window.
    Window,
    /// The tray.
    Tray,
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
        autostart: match start(&shell) {
            Some(start) => start.state(folder(environment).as_deref()),
            None => Autostart::Missing,
        },
        word: shell.take_word(),
        untaken_keys: shell.keys.nowhere_else(),
    })
}

/// Has the session start Leasehold, or not.
#[tauri::command]
pub(crate) async fn autostart_set<R: Runtime>(
    app: AppHandle<R>,
    shell: State<'_, Shell>,
    with: StartWith,
) -> Answer<()> {
    shell.engine().await?;
    if matches!(with, StartWith::Tray) && !tray::is_shown(&app).await {
        return Err(Problem::new(
            Code::Refused,
            "This desktop shows no tray icon, so a hidden Leasehold could not be found.",
        )
        .with_hint("Have it start with its window."));
    }
    let start = start(&shell).ok_or_else(|| {
        Problem::new(
            Code::Refused,
            "This system does not say where Leasehold is.",
        )
        .with_hint("Add it yourself in the system's settings.")
    })?;
    let wanted = match with {
        StartWith::Nothing => None,
        StartWith::Window => Some(Hidden(false)),
        StartWith::Tray => Some(Hidden(true)),
    };
    start.set(folder(environment).as_deref(), wanted)?;
    changed(&app);
    Ok(())
}

fn start(shell: &Shell) -> Option<Start> {
    Start::of_this(shell.named_home(), environment)
}

fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Shows a notification now, whatever is paused, and says what the desktop makes of it.
#[tauri::command]
pub(crate) async fn notification_test(shell: State<'_, Shell>) -> Answer<Tested> {
    shell.engine().await?;
    notify::test(&shell.notifications).await
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
