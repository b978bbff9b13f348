//! Gives the web view and its memory back when nobody has looked at the window for a while. The
//! window is made again, where it was, by whatever shows it.

use std::time::Duration;

use leasehold_domain::{Code, Problem};
use leasehold_engine::Engine;
use tauri::{AppHandle, Emitter, Manager, Runtime};
use tokio::sync::watch;

use super::MAIN;
use crate::life::stopped;
use crate::start;
use crate::state::Shell;

/// Waits for the window to be hidden for as long as was chosen, then asks the pages: they know of a
/// form that is half filled in. Nothing wakes up while the window is shown or gone.
pub(crate) async fn unload_when_left<R: Runtime>(
    app: &AppHandle<R>,
    engine: &Engine,
    mut stop: watch::Receiver<bool>,
) {
    let shell = app.state::<Shell>();
    let mut hidden = shell.page.hidden();
    loop {
        tokio::select! {
            () = stopped(&mut stop) => return,
            _ = hidden.wait_for(|hidden| *hidden) => {}
        }
        let pause = pause(engine).filter(|_| app.get_webview_window(MAIN).is_some());
        tokio::select! {
            () = stopped(&mut stop) => return,
            _ = hidden.wait_for(|hidden| !*hidden) => {}
            () = sleep_or_never(pause) => ask(app),
        }
    }
}

/// How long a hidden window is kept; none when for good.
fn pause(engine: &Engine) -> Option<Duration> {
    if let Some(seconds) = start::unload_seconds() {
        return Some(Duration::from_secs(seconds));
    }
    let minutes = engine.settings().get().ok()?.unload_after_minutes;
    (minutes > 0).then(|| Duration::from_secs(u64::from(minutes) * 60))
}

async fn sleep_or_never(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}

/// Asks the pages whether they can be given up. Those that are not up have nothing to lose.
fn ask<R: Runtime>(app: &AppHandle<R>) {
    let shell = app.state::<Shell>();
    if is_needed(&shell) {
        return;
    }
    if !shell.page.is_ready() {
        if let Err(problem) = unload(app) {
            tracing::debug!(%problem, "the window is kept");
        }
    } else if let Err(error) = app.emit_to(MAIN, "unload_asked", ()) {
        tracing::warn!(%error, "the window could not be asked whether it is needed");
    }
}

/// A revoke of many is called off by its page only. Keys on show have windows of their own.
fn is_needed(shell: &Shell) -> bool {
    shell.stops.any()
}

/// Gives the window up. The application goes on.
///
/// # Errors
/// It is shown, or something in it would be lost.
pub(crate) fn unload<R: Runtime>(app: &AppHandle<R>) -> Result<(), Problem> {
    let shell = app.state::<Shell>();
    if !shell.page.is_hidden() || is_needed(&shell) {
        return Err(Problem::new(Code::Refused, "The window is in use."));
    }
    let Some(window) = app.get_webview_window(MAIN) else {
        return Ok(());
    };
    shell.page.set_going(true);
    window.destroy().map_err(|error| {
        shell.page.set_going(false);
        Problem::new(
            Code::Internal,
            format!("The window could not be given up: {error}."),
        )
    })
}

/// Whether the window that goes now was given up here.
pub(super) fn is_going<R: Runtime>(app: &AppHandle<R>) -> bool {
    app.state::<Shell>().page.is_going()
}

/// There is a window again.
pub(super) fn is_over<R: Runtime>(app: &AppHandle<R>) {
    app.state::<Shell>().page.set_going(false);
}
