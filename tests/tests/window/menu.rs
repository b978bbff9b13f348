//! The tray's menu as a panel shows it: every line of it does what it says, also while the window is hidden.

use std::time::Duration;

use anyhow::{Result, ensure};
use leasehold_tests::tray::{Icon, Tray};
use leasehold_tests::{desktop, until};
use serde_json::json;
use tokio::time::timeout;

use crate::steps::{ended, hide, newest, open, open_leases, recipe, session, text};

/// A menu is drawn anew after a change, and a click on a line that was there before is lost, as it is for a person.
const CLICK_AGAIN: Duration = Duration::from_secs(5);

#[tokio::test]
async fn leases_are_copied_renewed_revoked_and_generated_from_the_menu() -> Result<()> {
    let session = session().await?;
    let tray = Tray::start(&session).await?;
    let _manager = desktop::start_window_manager(&session).await?;
    let cli = recipe(&session).await?;
    // Its key is kept, and so can be copied.
    let kept = cli.json(&["credentials", "try-me"]).await?;
    let window = open(&session).await?;
    window.wait("secret-row-try-me").await?;
    let icon = tray.icon().await?;
    hide(&session).await?;

    choose(&icon, "Copy as bash", async || {
        let copied = desktop::clipboard(&session).await?;
        ensure!(copied.contains("export AWS_SECRET_ACCESS_KEY="));
        ensure!(copied.contains(text(&kept, "access_key_id")?));
        Ok(())
    })
    .await?;

    let lease = newest(&window).await?;
    choose(&icon, "Renew to", async || {
        let renewed = newest(&window).await?;
        ensure!(text(&renewed, "expires_at")? > text(&lease, "expires_at")?);
        Ok(())
    })
    .await?;

    // What cannot be taken back is asked about first, in the window.
    choose(&icon, "Revoke…", async || {
        desktop::wait_for_window(&session, "Leasehold", true).await
    })
    .await?;
    window.click("revoke-confirm").await?;
    until("the revoke", || async {
        ensure!(newest(&window).await?["state"] == "revoked");
        Ok(())
    })
    .await?;
    let none = icon.entry("No active lease").await?;
    assert!(!none.enabled, "{none:?}");

    hide(&session).await?;
    choose(&icon, "try-me (development), ", async || {
        desktop::wait_for_window(&session, "Credentials of", true).await
    })
    .await?;
    until("the lease", || async {
        ensure!(open_leases(&window).await?.len() == 1);
        Ok(())
    })
    .await?;
    icon.entry("try-me (development) ·").await?;
    window.close().await
}

#[tokio::test]
async fn all_leases_are_revoked_and_notifications_paused_from_the_menu() -> Result<()> {
    let session = session().await?;
    let tray = Tray::start(&session).await?;
    let _manager = desktop::start_window_manager(&session).await?;
    let cli = recipe(&session).await?;
    for _ in 0..3 {
        cli.json(&["lease", "create", "try-me"]).await?;
    }
    let window = open(&session).await?;
    window.wait("secret-row-try-me").await?;
    let icon = tray.icon().await?;
    hide(&session).await?;

    choose(&icon, "For 1 hour", async || paused(&icon, true).await).await?;
    choose(&icon, "Resume", async || paused(&icon, false).await).await?;

    choose(&icon, "Revoke all…", async || {
        desktop::wait_for_window(&session, "Leasehold", true).await
    })
    .await?;
    window.wait_text("question", "3 leases").await?;
    window.click("revoke-confirm").await?;
    until("every lease to end", || async {
        let left = open_leases(&window).await?;
        ensure!(left.is_empty(), "{left:?}");
        Ok(())
    })
    .await?;
    until("nothing to revoke any more", || async {
        ensure!(!icon.entry("Revoke all…").await?.enabled);
        Ok(())
    })
    .await?;
    window.close().await
}

#[tokio::test]
async fn quitting_asks_what_becomes_of_open_leases() -> Result<()> {
    let session = session().await?;
    let tray = Tray::start(&session).await?;
    let _manager = desktop::start_window_manager(&session).await?;
    let cli = recipe(&session).await?;
    for _ in 0..2 {
        cli.json(&["lease", "create", "try-me"]).await?;
    }
    let window = open(&session).await?;
    window.wait("secret-row-try-me").await?;
    let icon = tray.icon().await?;
    hide(&session).await?;
    choose(&icon, "Quit…", async || {
        desktop::wait_for_window(&session, "Leasehold", true).await
    })
    .await?;
    window
        .wait_text("quit-question", "2 leases are active")
        .await?;
    window.click("quit-cancel").await?;
    window.wait_gone("quit-question").await?;
    assert_eq!(
        open_leases(&window).await?.len(),
        2,
        "staying changes nothing"
    );

    icon.click("Quit…").await?;
    window.click_to_end("quit-keep").await?;
    ended(&window).await?;
    drop((window, icon));
    let kept = cli.json(&["lease", "list"]).await?;
    assert_eq!(kept["leases"].as_array().map(Vec::len), Some(2), "{kept}");

    let tray = again(tray, &session).await?;
    let window = open(&session).await?;
    window.wait("secret-row-try-me").await?;
    let icon = tray.icon().await?;
    choose(&icon, "Quit…", async || {
        window.wait("quit-question").await?;
        Ok(())
    })
    .await?;
    window.click_to_end("quit-revoke").await?;
    ended(&window).await?;
    drop(window);
    let left = cli.json(&["lease", "list"]).await?;
    assert_eq!(left, json!({"leases": []}));
    Ok(())
}

/// A panel that knows of no icon yet.
async fn again(tray: Tray, session: &leasehold_tests::session::Session) -> Result<Tray> {
    drop(tray);
    session
        .wait_for_name("org.kde.StatusNotifierWatcher", false)
        .await?;
    Tray::start(session).await
}

/// Chooses a line of the menu, and sees what comes of it.
async fn choose(icon: &Icon, line: &str, effect: impl AsyncFn() -> Result<()>) -> Result<()> {
    until(&format!("what {line:?} does"), || async {
        icon.click(line).await?;
        timeout(CLICK_AGAIN, until(line, || effect())).await?
    })
    .await
}

async fn paused(icon: &Icon, paused: bool) -> Result<()> {
    let says = match paused {
        true => "Notifications paused until",
        false => "Pause notifications",
    };
    let menu = icon.menu().await?;
    ensure!(
        menu.iter().any(|line| line.label.contains(says)),
        "{menu:#?}"
    );
    Ok(())
}
