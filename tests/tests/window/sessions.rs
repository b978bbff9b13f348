//! Dynamic secrets of AWS STS in the real window: their key has a session token, and their leases end by themselves.

use anyhow::{Result, ensure};
use leasehold_tests::window::Window;
use leasehold_tests::{files_with, until};
use serde_json::json;

use crate::steps::{
    ask, close_credentials, generate, newest, open, pick, recipe, session, text, to,
};

/// A role of the practice account whose sessions nobody can cut, and what its trust policy asks for.
const PARTNER: &str = "arn:aws:iam::000000000000:role/practice/practice-partner";
const EXTERNAL_ID: &str = "practice";

/// Describes the dynamic secret `orders`, whose leases are sessions of the partner's role.
async fn describe(window: &Window) -> Result<()> {
    window.click("add-secret").await?;
    window.click("provider-aws-sts-role").await?;
    window.fill("field-name", "orders").await?;
    window.choose("field-connection", "practice").await?;
    window.fill("field-default_ttl", "15m").await?;
    window.fill("field-max_ttl", "1h").await?;
    window.fill("field-role_arn", PARTNER).await?;
    window.fill("field-external_id", EXTERNAL_ID).await?;
    window.click("submit-secret").await?;
    window.wait("secret-row-orders").await?;
    Ok(())
}

#[tokio::test]
async fn a_session_shows_its_token_once_and_ends_by_itself() -> Result<()> {
    let session = session().await?;
    recipe(&session).await?;
    let window = open(&session).await?;
    window.wait("secret-row-try-me").await?;
    describe(&window).await?;

    let key = generate(&window, "orders", "15m").await?;
    assert!(key.id.starts_with("ASIA"), "{}", key.id);
    let token = until("the session token to be revealed", || async {
        let shown = window.text("credential-token").await?;
        ensure!(shown.len() > 40, "it is still masked");
        Ok(shown)
    })
    .await?;
    pick(&window, "format-dotenv").await?;
    let preview = until("the format to be shown", || async {
        let text = window.find("pre").await?.text().await?;
        ensure!(text.contains("AWS_SESSION_TOKEN="), "{text}");
        Ok(text)
    })
    .await?;
    assert!(!preview.contains(&token), "a preview is masked: {preview}");
    close_credentials(&window).await?;
    // The practice account is AWS itself, and knows it.
    let mut kept = files_with(&session.home().join("leasehold"), &token)?;
    kept.retain(|file| !file.ends_with("practice/practice.json"));
    assert_eq!(kept, Vec::<std::path::PathBuf>::new());

    let lease = newest(&window).await?;
    to(&window, &format!("/leases/{}", text(&lease, "id")?)).await?;
    window.wait_text("revoke-note", "by itself").await?;
    assert_eq!(window.count("sheet-renew").await?, 0, "STS renews nothing");
    let skip = json!({"connection": "practice", "ttl": "20m"});
    ask(&window, "practice_skip", skip).await?;
    window.wait_text("lease-rest", "Ended by itself").await?;
    let lease = newest(&window).await?;
    assert_eq!(lease["state"], "expired", "it was not revoked: {lease}");
    window.close().await
}
