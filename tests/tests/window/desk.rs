//! The window among other things on a desktop: the tray, notifications, the clipboard, the keyring, a second start.

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use leasehold_tests::emulator::Emulator;
use leasehold_tests::notifications::Notifications;
use leasehold_tests::process::finish;
use leasehold_tests::session::{KEYRING_PASSWORD, Session};
use leasehold_tests::tray::Tray;
use leasehold_tests::window::Window;
use leasehold_tests::{desktop, program, until};
use serde_json::{Value, json};

use crate::steps::{
    ask, close_credentials, connect, describe, generate, hide, history, newest, open, practise,
    session, settings, text,
};

#[tokio::test]
async fn the_tray_shows_leases_and_brings_the_window_back() -> Result<()> {
    let session = session().await?;
    let tray = Tray::start(&session).await?;
    let _manager = desktop::start_window_manager(&session).await?;
    let window = open(&session).await?;
    practise(&window).await?;
    let icon = tray.icon().await?;
    icon.entry("try-me").await?;
    hide(&session).await?;
    icon.click("Open").await?;
    desktop::wait_for_window(&session, "Leasehold", true).await?;
    window.close().await
}

#[tokio::test]
async fn a_second_start_shows_the_window_of_the_first_and_ends() -> Result<()> {
    let session = session().await?;
    let _tray = Tray::start(&session).await?;
    let _manager = desktop::start_window_manager(&session).await?;
    let window = open(&session).await?;
    window.wait("firstrun-practice").await?;
    hide(&session).await?;
    let mut second = session.command(program("leasehold-desktop")?);
    second.env("LEASEHOLD_HOME", session.home().join("leasehold"));
    let second = finish(second, b"").await?;
    assert!(second.status.success(), "{second:?}");
    desktop::wait_for_window(&session, "Leasehold", true).await?;
    window.close().await
}

#[tokio::test]
async fn a_notification_renews_its_lease_and_another_opens_it() -> Result<()> {
    let session = session().await?;
    let notifications = Notifications::start(&session).await?;
    let window = open(&session).await?;
    settings(&window, &[("lead_minutes", json!([5]))]).await?;
    let lease = practise(&window).await?;
    skip(&window, "6m").await?;
    let note = notifications
        .wait(|one| one.body.contains("try-me"))
        .await?;
    notifications
        .press(note.id, &action(&note.actions, "Renew")?)
        .await?;
    until("the renewal", || async {
        let renewed = newest(&window).await?;
        ensure!(text(&renewed, "expires_at")? > text(&lease, "expires_at")?);
        Ok(())
    })
    .await?;

    // The new end comes near, and is told anew.
    skip(&window, "10m").await?;
    let note = notifications
        .wait(|one| one.body.contains("try-me") && one.id != note.id && !one.closed)
        .await?;
    notifications
        .press(note.id, &action(&note.actions, "Open")?)
        .await?;
    window
        .wait_text("lease-sheet", text(&lease, "user_name")?)
        .await?;
    window.close().await
}

#[tokio::test]
async fn the_clipboard_is_cleared_of_our_key_and_of_nothing_else() -> Result<()> {
    let session = session().await?;
    let window = open(&session).await?;
    settings(&window, &[("clipboard_seconds", json!(5))]).await?;
    window.click("firstrun-practice").await?;
    window.click("submit-secret").await?;
    let leased = generate(&window, "try-me", "10m").await?;
    window.click("copy-secret_access_key").await?;
    holds(&session, &leased.secret).await?;
    // Nothing at all, or an empty text: both are no key.
    until("the clipboard to be cleared", || async {
        let text = desktop::clipboard(&session).await.unwrap_or_default();
        ensure!(text.trim().is_empty(), "it still holds something");
        Ok(())
    })
    .await?;

    window.click("copy-secret_access_key").await?;
    holds(&session, &leased.secret).await?;
    desktop::copy(&session, "a note of my own").await?;
    close_credentials(&window).await?;
    let lease = newest(&window).await?;
    ask(
        &window,
        "lease_revoke",
        json!({"ids": [text(&lease, "id")?]}),
    )
    .await?;
    assert_eq!(
        desktop::clipboard(&session).await?.trim(),
        "a note of my own"
    );
    window.close().await
}

#[tokio::test]
async fn a_keyring_that_is_locked_meanwhile_is_said_and_unlocking_it_is_enough() -> Result<()> {
    let session = session().await?;
    let emulator = Emulator::start().await?;
    let account = emulator.prepare().await?;
    let window = open(&session).await?;
    connect(&window, &emulator, &account).await?;
    describe(&window, &account).await?;
    window.close().await?;

    session.lock_keyring().await?;
    let window = open(&session).await?;
    until("the lock to be known", || async {
        let status = ask(&window, "app_status", json!({})).await?;
        let code = &status["keychain"]["problem"]["code"];
        ensure!(code == "keychain_locked", "{status}");
        Ok(())
    })
    .await?;
    window.wait_text("problem", "locked").await?;
    session.unlock_keyring(KEYRING_PASSWORD).await?;
    // What the banner's button is called.
    let again = fantoccini::Locator::XPath("//button[contains(., 'Look again')]");
    window.client().find(again).await?.click().await?;
    window.wait_gone("problem").await?;
    let leased = generate(&window, "app", "30m").await?;
    leased.iam(emulator.url()).list_users().send().await?;
    window.close().await
}

#[tokio::test]
async fn what_was_there_is_there_again_after_a_crash_and_a_start() -> Result<()> {
    let session = session().await?;
    let window = open(&session).await?;
    settings(&window, &[("theme", json!("dark"))]).await?;
    let lease = practise(&window).await?;
    window.kill();

    let window = open(&session).await?;
    window.wait("secret-row-try-me").await?;
    let theme = "return document.documentElement.dataset.theme";
    until("the theme", || async {
        ensure!(window.script(theme, Vec::new()).await? == json!("dark"));
        Ok(())
    })
    .await?;
    let again = newest(&window).await?;
    assert_eq!(
        (&again["id"], &again["state"]),
        (&lease["id"], &json!("active"))
    );
    window.close().await
}

#[tokio::test]
async fn a_lease_is_generated_again_with_three_strokes_of_the_keyboard() -> Result<()> {
    let session = session().await?;
    let window = open(&session).await?;
    practise(&window).await?;
    // One for the palette, one for what stands first in it, one for the sheet.
    window.press(&[Key::Control.into(), 'k']).await?;
    window.wait("palette-input").await?;
    window.press(&[Key::Enter.into()]).await?;
    window.wait("generate-sheet").await?;
    window.press(&[Key::Enter.into()]).await?;
    window.to_key().await?;
    window.wait("credential-access-key-id").await?;
    window.to_main().await?;
    let leases = history(&window).await?;
    assert_eq!(leases.as_array().map(Vec::len), Some(2), "{leases}");
    window.close().await
}

#[tokio::test]
async fn the_page_leads_nowhere_else_and_opens_nothing() -> Result<()> {
    let session = session().await?;
    let window = open(&session).await?;
    window.wait("firstrun-practice").await?;
    let here = window.client().current_url().await?;
    let stranger = Emulator::start().await?;
    for way in [
        "location.href = arguments[0]",
        "window.open(arguments[0])",
        "const a = document.createElement('a'); a.href = arguments[0]; document.body.append(a); a.click()",
        "const f = document.createElement('iframe'); f.src = arguments[0]; document.body.append(f)",
    ] {
        // A way that is refused at once may throw.
        let _ = window.script(way, vec![json!(stranger.url())]).await;
    }
    let fetched = "return fetch(arguments[0]).then(() => 'reached', () => 'refused')";
    let fetched = window.script(fetched, vec![json!(stranger.url())]).await?;
    assert_eq!(fetched, json!("refused"));
    window.settle().await?;
    assert_eq!(window.client().current_url().await?, here);
    assert_eq!(window.client().windows().await?.len(), 1);
    window.wait("firstrun-practice").await?;
    window.close().await
}

async fn skip(window: &Window, ttl: &str) -> Result<Value> {
    ask(
        window,
        "practice_skip",
        json!({"connection": "practice", "ttl": ttl}),
    )
    .await
}

async fn holds(session: &Session, secret: &str) -> Result<()> {
    until("the clipboard", || async {
        ensure!(desktop::clipboard(session).await?.trim() == secret);
        Ok(())
    })
    .await
}

/// The key of a notification's button with this text.
fn action(actions: &[String], label: &str) -> Result<String> {
    let mut pairs = actions.chunks_exact(2);
    let found = pairs.find(|pair| pair[1].contains(label));
    Ok(found.with_context(|| format!("{actions:?}"))?[0].clone())
}
