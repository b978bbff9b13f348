//! Pictures of every screen of the real window.

use anyhow::{Result, ensure};
use leasehold_tests::notifications::Notifications;
use leasehold_tests::{pictures, until};
use serde_json::json;

use crate::steps::{ask, close_credentials, generate, newest, open, pick, session, settings, text};

/// Every screen of the main job, light and dark, into the folder for pictures.
#[tokio::test]
async fn tour() -> Result<()> {
    let session = session().await?;
    let _notifications = Notifications::start(&session).await?;
    let window = open(&session).await?;
    let folder = pictures()?;
    let take = async |name: &str| -> Result<()> {
        let of_a_key = name.contains("credentials");
        for theme in ["light", "dark"] {
            if of_a_key {
                window.to_main().await?;
            }
            settings(&window, &[("theme", json!(theme))]).await?;
            if of_a_key {
                window.to_key().await?;
            }
            let source = "return document.documentElement.dataset.theme";
            until("the theme", || async {
                ensure!(window.script(source, Vec::new()).await? == json!(theme));
                Ok(())
            })
            .await?;
            window
                .picture(&folder.join(format!("{name}-{theme}.png")))
                .await?;
        }
        Ok(())
    };
    window.wait("firstrun-practice").await?;
    let beside = "const [nav, main] = ['nav', 'main'].map(one => document.querySelector(one).getBoundingClientRect());\
        return nav.right <= main.left && nav.top === main.top && main.right <= innerWidth";
    assert_eq!(
        window.script(beside, Vec::new()).await?,
        json!(true),
        "the screen stands beside its ways"
    );
    take("1-first-run").await?;
    window.click("firstrun-practice").await?;
    window.wait("submit-secret").await?;
    take("2-form").await?;
    window.click("submit-secret").await?;
    window.click("generate-try-me").await?;
    window.wait("generate-sheet").await?;
    take("3-generate").await?;
    window.click("generate-submit").await?;
    window.to_key().await?;
    window.wait("usable").await?;
    take("4-credentials").await?;
    close_credentials(&window).await?;
    for ttl in ["20m", "45m"] {
        generate(&window, "try-me", ttl).await?;
        close_credentials(&window).await?;
    }
    window.click("nav-overview").await?;
    window.wait("secret-row-try-me").await?;
    take("5-overview").await?;
    window.click("nav-leases").await?;
    let lease = newest(&window).await?;
    window
        .wait(&format!("lease-row-{}", text(&lease, "user_name")?))
        .await?;
    take("6-leases").await?;
    pick(&window, "leases-timeline").await?;
    take("6-leases-timeline").await?;
    pick(&window, "leases-table").await?;
    window
        .click(&format!("renew-{}", text(&lease, "id")?))
        .await?;
    window.wait("renew-submit").await?;
    take("7-renew").await?;
    window.click("renew-submit").await?;
    window.click("close-sheet").await?;
    window.click("nav-connections").await?;
    window.wait("connection-practice").await?;
    take("8-connections").await?;
    window.click("policy-practice").await?;
    window.wait("policy-document").await?;
    take("9-managing-policy").await?;
    window.click("close-sheet").await?;
    window.click("nav-settings").await?;
    window.wait("field-clipboard_seconds").await?;
    take("10-settings").await?;
    ask(
        &window,
        "practice_skip",
        json!({"connection": "practice", "ttl": "1h"}),
    )
    .await?;
    until("every lease to end", || async {
        let open = ask(&window, "lease_list", json!({})).await?;
        ensure!(open == json!([]), "{open}");
        Ok(())
    })
    .await?;
    window.click("nav-leases").await?;
    pick(&window, "leases-all").await?;
    let row = format!("lease-row-{}", text(&lease, "user_name")?);
    window.wait(&row).await?;
    take("11-skipped-ahead").await?;
    window.close().await
}
