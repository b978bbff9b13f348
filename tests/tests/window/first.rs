//! The first minutes: the practice account, a refusal, a computer without a keyring.

use anyhow::{Result, ensure};
use leasehold_tests::notifications::Notifications;
use leasehold_tests::session::{Display, Keyring, Session};
use leasehold_tests::until;
use serde_json::json;

use crate::steps::{ask, close_credentials, newest, open, session};

#[tokio::test]
async fn the_first_run_leads_to_a_practice_lease_in_at_most_six_clicks() -> Result<()> {
    let session = session().await?;
    let notifications = Notifications::start(&session).await?;
    let window = open(&session).await?;
    let clicks = [
        "firstrun-practice",
        "submit-secret",
        "generate-try-me",
        "generate-submit",
    ];
    assert!(clicks.len() <= 6);
    for click in clicks {
        window.click(click).await?;
    }
    window.to_key().await?;
    window.wait("credential-access-key-id").await?;
    close_credentials(&window).await?;
    // Its own clock, ahead by most of the ten minutes, and then past them.
    ask(
        &window,
        "practice_skip",
        json!({"connection": "practice", "ttl": "6m"}),
    )
    .await?;
    notifications
        .wait(|one| one.body.contains("try-me") || one.summary.contains("try-me"))
        .await?;
    ask(
        &window,
        "practice_skip",
        json!({"connection": "practice", "ttl": "5m"}),
    )
    .await?;
    until("the lease to end", || async {
        let lease = newest(&window).await?;
        ensure!(lease["state"] == "revoked", "{lease}");
        Ok(())
    })
    .await?;
    window.close().await
}

#[tokio::test]
async fn a_refusal_is_shown_at_its_field_and_nothing_is_lost() -> Result<()> {
    let session = session().await?;
    let window = open(&session).await?;
    window.click("firstrun-practice").await?;
    window.fill("field-iam_path", "leases").await?;
    window.fill("field-max_ttl", "5m").await?;
    window.click("submit-secret").await?;
    until("each refusal with its rule and its fix", || async {
        let page = window
            .script("return document.body.innerText", Vec::new())
            .await?;
        let page = page.as_str().unwrap_or_default();
        for part in [
            "begins and ends with a slash",
            "/leases/",
            "is more than the Max TTL",
        ] {
            ensure!(page.contains(part), "{part:?} is not in {page}");
        }
        Ok(())
    })
    .await?;
    let invalid = fantoccini::Locator::Css("[aria-invalid=true]");
    assert!(window.client().find_all(invalid).await?.len() >= 2);
    assert_eq!(window.value("field-iam_path").await?, "leases");
    assert_eq!(ask(&window, "secret_list", json!({})).await?, json!([]));
    window.close().await
}

#[tokio::test]
async fn without_a_keyring_the_window_opens_and_says_so() -> Result<()> {
    let session = Session::start(Display::Virtual, Keyring::Absent).await?;
    let window = open(&session).await?;
    let status = ask(&window, "app_status", json!({})).await?;
    assert_eq!(
        status["keychain"]["problem"]["code"], "keychain_missing",
        "{status}"
    );
    window.click("firstrun-practice").await?;
    window.click("submit-secret").await?;
    window.wait("secret-row-try-me").await?;
    window.close().await
}
