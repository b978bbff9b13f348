//! The real window under WebDriver: the main job as a person does it, seen from outside by AWS, by the keyring, by the
//! notification daemon and by the tray.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use leasehold_tests::emulator::{Account, Emulator};
use leasehold_tests::keys::{Keys, refused};
use leasehold_tests::notifications::Notifications;
use leasehold_tests::session::{Display, Keyring, Session};
use leasehold_tests::tray::Tray;
use leasehold_tests::window::{Start, Window};
use leasehold_tests::{desktop, files_with, pictures, until};
use serde_json::{Value, json};

async fn session() -> Result<Session> {
    Session::start(Display::Virtual, Keyring::Unlocked).await
}

async fn open(session: &Session) -> Result<Window> {
    Start::new(session, &session.home().join("leasehold"))
        .open()
        .await
}

/// A command's answer, where it must not refuse.
async fn ask(window: &Window, command: &str, arguments: Value) -> Result<Value> {
    let answer = window.invoke(command, arguments).await?;
    answer.map_err(|problem| anyhow::anyhow!("{command}: {problem}"))
}

/// The newest lease as the page gets it.
async fn newest(window: &Window) -> Result<Value> {
    let leases = ask(window, "lease_list", json!({"all": true})).await?;
    leases.get(0).cloned().context("no lease")
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    value[key]
        .as_str()
        .with_context(|| format!("{key} in {value}"))
}

async fn settings(window: &Window, change: &[(&str, Value)]) -> Result<()> {
    let mut settings = ask(window, "settings_get", json!({})).await?;
    for (key, value) in change {
        settings[*key] = value.clone();
    }
    ask(window, "settings_set", json!({"settings": settings})).await?;
    Ok(())
}

async fn connect(window: &Window, emulator: &Emulator, account: &Account) -> Result<()> {
    window.click("nav-connections").await?;
    window.click("connection-add-key").await?;
    window.wait("add-key-sheet").await?;
    window.fill("field-name", "dev").await?;
    window
        .fill("field-access_key_id", &account.manager.id)
        .await?;
    window
        .fill("field-secret_access_key", &account.manager.secret)
        .await?;
    window.fill("field-endpoint_url", emulator.url()).await?;
    window.click("connection-submit").await?;
    window.wait("connection-dev").await?;
    Ok(())
}

async fn describe(window: &Window, account: &Account) -> Result<()> {
    window.click("nav-overview").await?;
    window.click("add-secret").await?;
    window.click("provider-aws-iam").await?;
    window.fill("field-name", "app").await?;
    window.choose("field-connection", "dev").await?;
    window.fill("field-default_ttl", "1h").await?;
    window.fill("field-max_ttl", "3h").await?;
    window.fill("field-iam_path", "/leases/app/").await?;
    window
        .fill("field-permission_boundary", &account.boundary)
        .await?;
    window
        .fill("field-policy_arns", &format!("{} ", account.policies[0]))
        .await?;
    window
        .fill("field-groups", &format!("{} ", account.group))
        .await?;
    window.click("submit-secret").await?;
    window.wait("secret-row-app").await?;
    Ok(())
}

/// Generates from the row and gives the key as the screen shows it. The sheet stays open.
async fn generate(window: &Window, secret: &str, ttl: &str) -> Result<Keys> {
    // The button shows itself on hover and on focus.
    window.wait(&format!("secret-row-{secret}")).await?;
    let focus = "document.querySelector(`[data-testid='${arguments[0]}']`).focus()";
    window
        .script(focus, vec![json!(format!("generate-{secret}"))])
        .await?;
    window.click(&format!("generate-{secret}")).await?;
    window.fill("generate-ttl", ttl).await?;
    window.click("generate-submit").await?;
    let id = window.text("credential-access-key-id").await?;
    let masked = window.text("credential-secret").await?;
    window.click("reveal-secret").await?;
    let shown = until("the secret to be revealed", || async {
        let shown = window.text("credential-secret").await?;
        ensure!(shown != masked, "it is still masked");
        Ok(shown)
    })
    .await?;
    Ok(Keys::new(id, shown))
}

/// Chooses one of a row of segments; its input is there for readers and not for the eye.
async fn pick(window: &Window, test_id: &str) -> Result<()> {
    let pick = "document.querySelector(`[data-testid='${arguments[0]}']`).click()";
    window.script(pick, vec![json!(test_id)]).await?;
    window.settle().await
}

async fn close_credentials(window: &Window) -> Result<()> {
    window.click("close-credentials").await?;
    if window.count("close-credentials-anyway").await? > 0 {
        window.click("close-credentials-anyway").await?;
    }
    window.wait_gone("credentials-sheet").await
}

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

#[tokio::test]
async fn the_tray_shows_leases_and_brings_the_window_back() -> Result<()> {
    let session = session().await?;
    let tray = Tray::start(&session).await?;
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
    window.wait("credential-access-key-id").await?;
    close_credentials(&window).await?;
    let icon = tray.icon().await?;
    until("the lease in the tray", || async {
        let menu = icon.menu().await?;
        ensure!(
            menu.iter().any(|entry| entry.label.contains("try-me")),
            "{menu:#?}"
        );
        Ok(())
    })
    .await?;
    desktop::close_window(&session, "Leasehold").await?;
    desktop::wait_for_window(&session, "Leasehold", false).await?;
    let open = icon
        .menu()
        .await?
        .into_iter()
        .find(|entry| entry.label.contains("Open"));
    icon.click(&open.context("no way back")?.label).await?;
    desktop::wait_for_window(&session, "Leasehold", true).await?;
    window.close().await
}

/// Every screen of the main job, light and dark, into the folder for pictures.
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
    let leases = ask(&window, "lease_list", json!({"all": true})).await?;
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

/// Every screen of the main job, light and dark, into the folder for pictures.
#[tokio::test]
async fn tour() -> Result<()> {
    let session = session().await?;
    let _notifications = Notifications::start(&session).await?;
    let window = open(&session).await?;
    let folder = pictures()?;
    let take = async |name: &str| -> Result<()> {
        for theme in ["light", "dark"] {
            settings(&window, &[("theme", json!(theme))]).await?;
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
        let open = ask(&window, "lease_list", json!({"all": false})).await?;
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
