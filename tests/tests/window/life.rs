//! The main job as a person does it, seen from outside by AWS, by the keyring and by the notification daemon.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use leasehold_tests::emulator::Emulator;
use leasehold_tests::keys::refused;
use leasehold_tests::notifications::Notifications;
use leasehold_tests::{desktop, files_with, until};
use serde_json::json;

use crate::steps::{
    ask, close_credentials, connect, describe, generate, history, newest, open, session, settings,
    text,
};

#[tokio::test]
async fn a_lease_lives_its_life_in_the_window() -> Result<()> {
    let session = session().await?;
    let notifications = Notifications::start(&session).await?;
    let emulator = Emulator::start().await?;
    let account = emulator.prepare().await?;
    let window = open(&session).await?;

    connect(&window, &emulator, &account).await?;
    describe(&window, &account).await?;
    let connection = ask(&window, "connection_list", json!({})).await?;
    let entry = format!("connection/{}", text(&connection[0], "id")?);
    let kept = session
        .secret(&["service", "dev.leasehold", "username", &entry])
        .await?;
    assert_eq!(
        kept, account.manager.secret,
        "the managing key is in the keyring"
    );

    let leased = generate(&window, "app", "30m").await?;
    leased.iam(emulator.url()).list_users().send().await?;
    window.wait_text("usable", "usable").await?;
    window.click("copy-secret_access_key").await?;
    until("the clipboard", || async {
        ensure!(desktop::clipboard(&session).await?.trim() == leased.secret);
        Ok(())
    })
    .await?;
    close_credentials(&window).await?;
    let page = window
        .script("return document.documentElement.outerHTML", Vec::new())
        .await?;
    assert!(
        !page.to_string().contains(&leased.secret),
        "the page has forgotten the secret"
    );
    for secret in [&account.manager.secret, &leased.secret] {
        assert_eq!(
            files_with(session.home(), secret)?,
            Vec::<std::path::PathBuf>::new()
        );
    }

    let lease = newest(&window).await?;
    let (id, user) = (text(&lease, "id")?, text(&lease, "user_name")?);
    window.click("nav-leases").await?;
    window.wait(&format!("lease-row-{user}")).await?;
    window.click(&format!("renew-{id}")).await?;
    window.click("renew-submit").await?;
    until("the renewal", || async {
        let renewed = newest(&window).await?;
        ensure!(text(&renewed, "expires_at")? > text(&lease, "expires_at")?);
        Ok(())
    })
    .await?;
    if window.count("lease-sheet").await? > 0 {
        window.click("close-sheet").await?;
    }
    window.click(&format!("revoke-{id}")).await?;
    window.click("revoke-confirm").await?;
    until("the revoke", || async {
        ensure!(newest(&window).await?["state"] == "revoked");
        Ok(())
    })
    .await?;
    let admin = account.admin.iam(emulator.url());
    assert_eq!(
        refused(admin.get_user().user_name(user).send().await)?,
        "NoSuchEntity"
    );
    let answer = leased.iam(emulator.url()).list_users().send().await;
    assert_eq!(refused(answer)?, "InvalidClientTokenId");

    // A lease of a little more than its lead time: the notification comes at once, the end a minute later.
    settings(&window, &[("lead_minutes", json!([1]))]).await?;
    window.click("nav-overview").await?;
    let short = generate(&window, "app", "63s").await?;
    close_credentials(&window).await?;
    let user = text(&newest(&window).await?, "user_name")?.to_owned();
    notifications
        .wait(|one| one.summary.contains("app") || one.body.contains("app"))
        .await?;
    let ended = async {
        loop {
            if newest(&window).await?["state"] == "revoked" {
                return anyhow::Ok(());
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), ended)
        .await
        .context("it did not end")??;
    assert_eq!(newest(&window).await?["end_reason"], "expired");
    assert_eq!(
        refused(admin.get_user().user_name(&user).send().await)?,
        "NoSuchEntity"
    );
    let answer = short.iam(emulator.url()).list_users().send().await;
    assert_eq!(refused(answer)?, "InvalidClientTokenId");
    window.close().await
}

#[tokio::test]
async fn leases_are_compared_with_their_account_and_revoked_together() -> Result<()> {
    let session = session().await?;
    let window = open(&session).await?;
    window.click("firstrun-practice").await?;
    window.click("submit-secret").await?;
    for ttl in ["20m", "30m", "40m"] {
        generate(&window, "try-me", ttl).await?;
        window.wait("usable").await?;
        close_credentials(&window).await?;
    }

    window.click("nav-connections").await?;
    window.click("compare-practice").await?;
    window
        .wait_text("reconcile-report", "3 leases compared: 3 as recorded")
        .await?;
    window.click("reconcile-close").await?;

    window.click("nav-leases").await?;
    window.click("select-all").await?;
    window.wait_text("selection", "3 selected").await?;
    window.click("revoke-selected").await?;
    window.click("revoke-confirm").await?;
    window.wait_text("bulk-title", "3 revoked").await?;
    let leases = history(&window).await?;
    let leases = leases.as_array().context("a list")?;
    assert_eq!(leases.len(), 3);
    for lease in leases {
        assert_eq!(lease["state"], "revoked", "{lease}");
        assert_eq!(lease["end_reason"], "by_us", "{lease}");
    }
    window.click("bulk-close").await?;
    window.wait_gone("bulk").await?;

    window.click("nav-connections").await?;
    window.click("compare-practice").await?;
    window
        .wait_text("reconcile-report", "No open lease to compare")
        .await?;
    window.close().await
}
