//! A keyring that is locked while the window is open.

use anyhow::{Result, ensure};
use leasehold_tests::emulator::Emulator;
use leasehold_tests::session::KEYRING_PASSWORD;
use leasehold_tests::until;
use serde_json::json;

use crate::steps::{ask, connect, describe, open, open_leases, secret_id, session};

#[tokio::test]
async fn a_keyring_that_is_locked_meanwhile_is_told_where_it_is_needed_and_nothing_is_lost()
-> Result<()> {
    let session = session().await?;
    let emulator = Emulator::start().await?;
    let account = emulator.prepare().await?;
    let window = open(&session).await?;
    connect(&window, &emulator, &account).await?;
    describe(&window, &account).await?;
    session.lock_keyring().await?;

    let app = secret_id(&window, "app").await?;
    let sheet = json!(format!("#/secrets/{app}/generate"));
    window
        .script("location.hash = arguments[0]", vec![sheet])
        .await?;
    window.fill("generate-ttl", "45m").await?;
    window.click("generate-submit").await?;
    window.wait_text("problem", "locked").await?;
    assert_eq!(open_leases(&window).await?.len(), 0);

    session.unlock_keyring(KEYRING_PASSWORD).await?;
    assert_eq!(
        window.value("generate-ttl").await?,
        "45m",
        "what was typed is still there"
    );
    window.click("generate-submit").await?;
    until("the lease", || async {
        let open = open_leases(&window).await?;
        ensure!(open.len() == 1 && open[0]["state"] == "active", "{open:?}");
        Ok(())
    })
    .await?;
    let status = ask(&window, "app_status", json!({})).await?;
    assert_eq!(status["keychain"]["problem"], json!(null), "{status}");
    window.close().await
}
