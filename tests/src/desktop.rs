//! A user's hands outside the window: a window manager, keys pressed, the clipboard.

use anyhow::{Result, ensure};

use crate::process::Process;
use crate::session::Session;
use crate::until;

/// Starts a window manager (openbox), so that windows have a frame and can be closed as a user does.
///
/// # Errors
/// When it does not come up.
pub async fn start_window_manager(session: &Session) -> Result<Process> {
    let mut manager = Process::start(session.command("openbox"))?;
    until("the window manager", || async {
        session.run("xdotool", &["get_desktop"]).await?;
        Ok(())
    })
    .await?;
    ensure!(manager.is_running(), "openbox ended:\n{}", manager.output());
    Ok(manager)
}

/// The titles of the windows that can be seen now.
///
/// # Errors
/// When the display is gone.
pub async fn visible_windows(session: &Session) -> Result<Vec<String>> {
    let search = ["search", "--onlyvisible", "--name", "."];
    // With nothing found the tool fails without a word.
    let Ok(found) = session.run("xdotool", &search).await else {
        return Ok(Vec::new());
    };
    let mut titles = Vec::new();
    for id in found.lines() {
        let title = session.run("xdotool", &["getwindowname", id]).await?;
        titles.push(title.trim().to_owned());
    }
    Ok(titles)
}

/// Waits until a window whose title contains `title` can be seen, or cannot any more.
///
/// # Errors
/// When that does not happen; the message lists the windows.
pub async fn wait_for_window(session: &Session, title: &str, visible: bool) -> Result<()> {
    until(
        &format!("a window {title:?} to be visible: {visible}"),
        || async {
            let windows = visible_windows(session).await?;
            ensure!(
                windows.iter().any(|window| window.contains(title)) == visible,
                "{windows:?}"
            );
            Ok(())
        },
    )
    .await
}

/// Asks the window to close, as its close button does. Needs the window manager.
///
/// # Errors
/// When there is no such window.
pub async fn close_window(session: &Session, title: &str) -> Result<()> {
    let find = [
        "search",
        "--onlyvisible",
        "--name",
        title,
        "windowactivate",
        "--sync",
    ];
    session.run("xdotool", &find).await?;
    session
        .run("xdotool", &["key", "--clearmodifiers", "alt+F4"])
        .await?;
    Ok(())
}

/// Copies a text, as another program does.
///
/// # Errors
/// When there is no display.
pub async fn copy(session: &Session, text: &str) -> Result<()> {
    // It stays in the background for as long as its text is the clipboard's.
    let script = "printf %s \"$1\" | xclip -selection clipboard -in >/dev/null 2>&1";
    session.run("sh", &["-c", script, "sh", text]).await?;
    Ok(())
}

/// What the clipboard holds.
///
/// # Errors
/// When nothing is there.
pub async fn clipboard(session: &Session) -> Result<String> {
    session
        .run("xclip", &["-selection", "clipboard", "-out"])
        .await
}
