//! The window of a key: what the main window cannot reach, the close button, and the tray with nothing else in sight.

use anyhow::{Result, ensure};
use leasehold_tests::tray::Tray;
use leasehold_tests::window::Start;
use leasehold_tests::{desktop, until};
use serde_json::json;

use crate::steps::{ask, close_credentials, generate, newest, open, practise, session, text};

const OF_A_KEY: &str = "Credentials of";

#[tokio::test]
async fn the_main_window_cannot_read_a_key_and_the_window_of_one_nothing_else() -> Result<()> {
    let session = session().await?;
    let window = open(&session).await?;
    window.click("firstrun-practice").await?;
    window.click("submit-secret").await?;
    let leased = generate(&window, "try-me", "10m").await?;
    let refused = window.invoke("lease_list", json!({})).await?;
    assert!(refused.is_err(), "{refused:?}");

    window.to_main().await?;
    let lease = newest(&window).await?;
    let id = text(&lease, "id")?;
    for (command, arguments) in [
        ("credentials_get", json!({"leaseId": id})),
        ("credentials_reveal", json!({"leaseId": id})),
        (
            "credentials_preview",
            json!({"leaseId": id, "format": "bash"}),
        ),
        ("credentials_copy", json!({"leaseId": id, "format": "bash"})),
        ("credentials_keep", json!({"leaseId": id, "keep": true})),
        ("credentials_close", json!({"leaseId": id, "anyway": true})),
    ] {
        let refused = window.invoke(command, arguments).await?;
        let said = refused.err().unwrap_or_default().to_string();
        assert!(said.contains("not allowed"), "{command}: {said}");
    }
    let page = "return document.documentElement.outerHTML";
    let page = window.script(page, Vec::new()).await?.to_string();
    assert!(!page.contains(leased.secret.as_str()));

    // Its end takes the key from the window, which says so.
    ask(&window, "lease_revoke", json!({"ids": [id]})).await?;
    window.to_key().await?;
    window.wait_text("key-over", "Revoked").await?;
    let page = "return document.documentElement.outerHTML";
    let page = window.script(page, Vec::new()).await?.to_string();
    assert!(!page.contains(leased.secret.as_str()));
    close_credentials(&window).await?;
    window.close().await
}

#[tokio::test]
async fn the_close_button_asks_before_a_key_is_lost() -> Result<()> {
    let session = session().await?;
    let _manager = desktop::start_window_manager(&session).await?;
    let window = open(&session).await?;
    for click in [
        "firstrun-practice",
        "submit-secret",
        "generate-try-me",
        "generate-submit",
    ] {
        window.click(click).await?;
    }
    window.to_key().await?;
    window.wait("credential-access-key-id").await?;
    desktop::wait_for_window(&session, OF_A_KEY, true).await?;
    desktop::close_window(&session, OF_A_KEY).await?;
    window.wait("close-credentials-anyway").await?;
    window.click("close-credentials-back").await?;
    window.click("copy-bash").await?;
    window.wait_text("clipboard-state", "Clipboard").await?;
    desktop::close_window(&session, OF_A_KEY).await?;
    desktop::wait_for_window(&session, OF_A_KEY, false).await?;
    window.to_main().await?;
    window.wait("nav-leases").await?;
    window.close().await
}

#[tokio::test]
async fn a_key_on_show_stays_when_the_main_window_is_given_up_and_takes_nothing_with_it()
-> Result<()> {
    let session = session().await?;
    let tray = Tray::start(&session).await?;
    let _manager = desktop::start_window_manager(&session).await?;
    let window = Start::new(&session, &session.home().join("leasehold"))
        .env("LEASEHOLD_TEST_UNLOAD_SECONDS", "1")
        .open()
        .await?;
    window.click("firstrun-practice").await?;
    window.click("submit-secret").await?;
    generate(&window, "try-me", "10m").await?;
    desktop::close_window(&session, "Leasehold").await?;
    desktop::wait_for_window(&session, "Leasehold", false).await?;
    until("the main window to be given up", || async {
        let left = window.client().windows().await?;
        ensure!(left.len() == 1, "{left:?}");
        Ok(())
    })
    .await?;
    desktop::wait_for_window(&session, OF_A_KEY, true).await?;
    window.click("copy-bash").await?;
    window.wait_text("clipboard-state", "Clipboard").await?;
    desktop::close_window(&session, OF_A_KEY).await?;
    desktop::wait_for_window(&session, OF_A_KEY, false).await?;
    // With no window at all it goes on.
    tray.icon().await?.click("Open Leasehold").await?;
    desktop::wait_for_window(&session, "Leasehold", true).await?;
    window.to_main().await?;
    window.wait("nav-leases").await?;
    window.close().await
}

#[tokio::test]
async fn the_tray_shows_a_key_while_the_main_window_is_hidden() -> Result<()> {
    let session = session().await?;
    let tray = Tray::start(&session).await?;
    let _manager = desktop::start_window_manager(&session).await?;
    let window = open(&session).await?;
    practise(&window).await?;
    desktop::close_window(&session, "Leasehold").await?;
    desktop::wait_for_window(&session, "Leasehold", false).await?;
    let icon = tray.icon().await?;
    icon.click("try-me (development), 10m").await?;
    desktop::wait_for_window(&session, OF_A_KEY, true).await?;
    desktop::wait_for_window(&session, "Leasehold", false).await?;
    window.to_key().await?;
    window.click("keep-credentials").await?;
    window.wait("key-kept").await?;
    close_credentials(&window).await?;
    desktop::wait_for_window(&session, OF_A_KEY, false).await?;
    until("the tray to know of the kept key", || async {
        icon.click("Show key").await
    })
    .await?;
    desktop::wait_for_window(&session, OF_A_KEY, true).await?;
    let shown = desktop::visible_windows(&session).await?;
    ensure!(!shown.iter().any(|title| title == "Leasehold"), "{shown:?}");
    window.to_main().await?;
    window.close().await
}
