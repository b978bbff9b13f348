//! Pictures of a desk in use: many dynamic secrets, open and ended leases, every screen and sheet.

use anyhow::Result;
use fantoccini::key::Key;
use leasehold_tests::notifications::Notifications;
use leasehold_tests::session::Session;
use leasehold_tests::tray::Tray;
use leasehold_tests::window::Window;

use crate::camera::Camera;
use crate::steps::{newest, open, pick, recipe, secret_id, session, text};

/// Name, folder, environment, how long, and how it is granted.
const SECRETS: &[(&str, &str, &str, &str, &str)] = &[
    (
        "s3-upload",
        "/payments",
        "development",
        "1h",
        "AmazonS3ReadOnlyAccess",
    ),
    (
        "ledger-read",
        "/payments",
        "development",
        "8h",
        "AmazonDynamoDBFullAccess",
    ),
    (
        "deploy-lambda",
        "/ci",
        "development",
        "30m",
        "AWSLambda_ReadOnlyAccess",
    ),
    (
        "queue-replay",
        "/ci",
        "development",
        "2h",
        "AmazonSQSFullAccess",
    ),
    (
        "log-reader",
        "/",
        "staging",
        "4h",
        "CloudWatchReadOnlyAccess",
    ),
    ("audit", "/security", "production", "15m", "SecurityAudit"),
];

#[tokio::test]
async fn tour_of_dynamic_secrets_in_use() -> Result<()> {
    let session = session().await?;
    let _notifications = Notifications::start(&session).await?;
    let _tray = Tray::start(&session).await?;
    furnish(&session).await?;
    let window = open(&session).await?;
    window.wait("secret-row-try-me").await?;
    let camera = Camera::before(&window).await?;
    overview(&camera, &window).await?;
    form(&camera, &window).await?;
    secret(&camera, &window).await?;
    window.close().await
}

#[tokio::test]
async fn tour_of_leases_in_use() -> Result<()> {
    let session = session().await?;
    let _notifications = Notifications::start(&session).await?;
    let _tray = Tray::start(&session).await?;
    furnish(&session).await?;
    let window = open(&session).await?;
    window.wait("secret-row-try-me").await?;
    let camera = Camera::before(&window).await?;
    leases(&camera, &window).await?;
    activity(&camera, &window).await?;
    rest(&camera, &window).await?;
    window.close().await
}

/// A few weeks of work, as far as a machine can do them in a moment.
async fn furnish(session: &Session) -> Result<()> {
    let cli = recipe(session).await?;
    for (name, folder, environment, ttl, policy) in SECRETS {
        let policy = format!("arn:aws:iam::aws:policy/{policy}");
        let add = ["secret", "add", name, "--connection", "practice"];
        let place = ["--folder", folder, "--environment", environment];
        let recipe = [
            "--default-ttl",
            ttl,
            "--max-ttl",
            "12h",
            "--iam-path",
            "/leases/",
        ];
        let granted = ["--policy-arn", &policy];
        cli.json(&[&add[..], &place, &recipe, &granted].concat())
            .await?;
    }
    for (secret, ttl, label) in [
        ("payments/ledger-read", "2h", "monthly report"),
        ("ci/deploy-lambda", "25m", "rollout of 14:00"),
        (
            "ci/queue-replay",
            "1h",
            "ticket 4711: replay of the dead letters",
        ),
    ] {
        let create = ["lease", "create", secret, "--ttl", ttl, "--label", label];
        cli.json(&create).await?;
    }
    cli.json(&["lease", "revoke", "--secret", "ci/queue-replay"])
        .await?;
    // The first of them comes near its end, another ends.
    cli.json(&["lease", "create", "try-me", "--ttl", "10m"])
        .await?;
    cli.json(&["practice", "skip", "12m"]).await?;
    for (secret, label) in [
        ("try-me", "a first look"),
        ("payments/s3-upload", "invoices"),
    ] {
        cli.json(&["lease", "create", secret, "--label", label])
            .await?;
    }
    Ok(())
}

async fn overview(camera: &Camera<'_>, window: &Window) -> Result<()> {
    camera
        .visit("desk-overview", "/", "secret-row-try-me")
        .await?;
    camera.take_small("desk-overview").await?;
    window.click("menu-try-me").await?;
    camera.take("desk-overview-menu").await?;
    window.press(&[Key::Escape.into()]).await?;
    window.fill("filter-secrets", "audit").await?;
    window.wait("found-in-production").await?;
    camera.take("desk-overview-search").await?;
    window
        .fill("filter-secrets", "nothing of this name")
        .await?;
    window.wait_gone("found-in-production").await?;
    camera.take("desk-overview-found-nothing").await?;
    window.fill("filter-secrets", " ").await?;
    window.click("environment-menu").await?;
    window.click("environment-add").await?;
    window.wait("question").await?;
    camera.take("desk-environment").await?;
    window.press(&[Key::Escape.into()]).await?;
    window.wait_gone("question").await?;
    window.press(&[Key::Control.into(), 'k']).await?;
    window.wait("palette-input").await?;
    camera.take("desk-palette").await?;
    camera.take_small("desk-palette").await?;
    window.keys("palette-input", "rev").await?;
    camera.take("desk-palette-search").await?;
    window.press(&[Key::Escape.into()]).await?;
    window.wait_gone("palette-input").await?;
    window.press(&['?']).await?;
    window.wait("keys-sheet").await?;
    camera.take("desk-keys").await?;
    window.press(&[Key::Escape.into()]).await?;
    window.wait_gone("keys-sheet").await
}

async fn form(camera: &Camera<'_>, window: &Window) -> Result<()> {
    camera
        .visit("desk-providers", "/new", "provider-aws-iam")
        .await?;
    window.click("provider-aws-iam").await?;
    window.fill("field-name", "billing-export").await?;
    window.choose("field-connection", "practice").await?;
    window.fill("field-folder", "/payments").await?;
    window.fill("field-default_ttl", "1h").await?;
    window.fill("field-max_ttl", "8h").await?;
    window.fill("field-iam_path", "/leases/billing/").await?;
    let policy = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess ";
    window.fill("field-policy_arns", policy).await?;
    camera.take("desk-form").await?;
    camera.take_small("desk-form").await?;
    let risky = "const field = document.querySelector(`[data-testid='field-policy_documents']`);\
        const text = `{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}`;\
        field.scrollIntoView({block: 'center'}); field.focus();\
        document.execCommand('selectAll'); document.execCommand('insertText', false, text)";
    window.script(risky, Vec::new()).await?;
    window.wait("marks").await?;
    camera.take("desk-form-findings").await?;
    window.fill("field-max_ttl", "5m").await?;
    window.fill("field-iam_path", "leases").await?;
    window.click("submit-secret").await?;
    window.find("[aria-invalid=true]").await?;
    camera.take("desk-form-refused").await?;
    window.click("cancel-secret").await?;
    window.wait("question").await?;
    camera.take("desk-form-leave").await?;
    window.click("discard-confirm").await
}

async fn secret(camera: &Camera<'_>, window: &Window) -> Result<()> {
    let page = format!("/secrets/{}", secret_id(window, "ledger-read").await?);
    camera
        .visit("desk-secret", &page, "generate-ledger-read")
        .await?;
    camera.take_small("desk-secret").await?;
    let tab = |name: &str| format!("{page}/{name}");
    camera.go(&tab("preflight"), "preflight-check").await?;
    camera.take("desk-preflight-never").await?;
    window.click("preflight-check").await?;
    window.wait("preflight-actions").await?;
    camera.take("desk-preflight").await?;
    window.click("preflight-canary").await?;
    window.wait("canary-confirm").await?;
    camera.take("desk-canary-question").await?;
    window.click("canary-confirm").await?;
    window.wait("canary-passed").await?;
    camera.take("desk-canary").await?;
    camera
        .visit("desk-secret-activity", &tab("activity"), "secret-activity")
        .await?;
    camera
        .visit(
            "desk-secret-settings",
            &tab("settings"),
            "generate-ledger-read",
        )
        .await?;
    camera
        .visit("desk-edit", &tab("edit"), "field-max_ttl")
        .await?;
    camera
        .visit("desk-generate", &tab("generate"), "generate-sheet")
        .await?;
    camera.take_small("desk-generate").await?;
    window.fill("generate-ttl", "13h").await?;
    window.find("[aria-invalid=true]").await?;
    camera.take("desk-generate-refused").await?;
    camera.go("/", "secret-row-try-me").await
}

async fn leases(camera: &Camera<'_>, window: &Window) -> Result<()> {
    camera.visit("desk-leases", "/leases", "select-all").await?;
    camera.take_small("desk-leases").await?;
    pick(window, "leases-all").await?;
    camera.take("desk-leases-all").await?;
    pick(window, "leases-timeline").await?;
    camera.take("desk-timeline").await?;
    camera.take_small("desk-timeline").await?;
    pick(window, "leases-table").await?;
    pick(window, "leases-open").await?;
    window.fill("filter-leases", "nobody").await?;
    camera.take("desk-leases-found-nothing").await?;
    window.fill("filter-leases", " ").await?;
    let lease = newest(window).await?;
    let (id, user) = (text(&lease, "id")?, text(&lease, "user_name")?);
    window.wait(&format!("lease-row-{user}")).await?;
    let sheet = format!("/leases/{id}");
    camera.visit("desk-lease", &sheet, "lease-sheet").await?;
    camera.take_small("desk-lease").await?;
    camera
        .visit("desk-renew", &format!("{sheet}/renew"), "renew-submit")
        .await?;
    camera.go("/leases", &format!("revoke-{id}")).await?;
    window.click(&format!("revoke-{id}")).await?;
    window.wait("revoke-confirm").await?;
    camera.take("desk-revoke").await?;
    window.press(&[Key::Escape.into()]).await?;
    window.wait_gone("revoke-confirm").await?;
    window.click("select-all").await?;
    window.wait("selection").await?;
    camera.take("desk-selection").await?;
    window.click("revoke-selected").await?;
    window.wait("revoke-confirm").await?;
    camera.take("desk-revoke-many").await?;
    window.click("revoke-confirm").await?;
    window.wait_text("bulk-title", "revoked").await?;
    camera.take("desk-bulk").await?;
    window.click("bulk-close").await?;
    window.wait_gone("bulk").await?;
    camera
        .visit("desk-leases-none", "/leases", "leases-all")
        .await
}

async fn activity(camera: &Camera<'_>, window: &Window) -> Result<()> {
    camera
        .visit("desk-activity", "/activity", "activity-search")
        .await?;
    window.find("[data-testid^='line-']").await?;
    camera.take("desk-activity").await?;
    camera.take_small("desk-activity").await?;
    let line = "document.querySelector(`[data-testid^='line-'] button, button[data-testid^='line-']`)?.click()";
    window.script(line, Vec::new()).await?;
    camera.take("desk-activity-line").await?;
    window.click("activity-verify").await?;
    window.wait("activity-head").await?;
    camera.take("desk-activity-verified").await?;
    window.fill("activity-search", "deploy-lambda").await?;
    window.wait("activity-clear").await?;
    camera.take("desk-activity-filtered").await?;
    window.fill("activity-search", "no such thing").await?;
    window.wait("activity-clear-empty").await?;
    camera.take("desk-activity-found-nothing").await?;
    window.click("activity-clear-empty").await
}

async fn rest(camera: &Camera<'_>, window: &Window) -> Result<()> {
    camera
        .visit("desk-connections", "/connections", "compare-practice")
        .await?;
    camera.take_small("desk-connections").await?;
    window.click("compare-practice").await?;
    window.wait("reconcile-report").await?;
    camera.take("desk-compared").await?;
    window.click("reconcile-close").await?;
    window.click("policy-practice").await?;
    window.wait("policy-document").await?;
    camera.take("desk-policy").await?;
    window.press(&[Key::Escape.into()]).await?;
    window.wait_gone("policy-document").await?;
    window.click("connection-add-key").await?;
    window.wait("add-key-sheet").await?;
    camera.take("desk-add-key").await?;
    window.press(&[Key::Escape.into()]).await?;
    window.wait_gone("add-key-sheet").await?;
    camera
        .visit("desk-settings", "/settings", "field-clipboard_seconds")
        .await?;
    camera.take_small("desk-settings").await?;
    let lower = "document.querySelector('main').scrollTo(0, 1e6);\
        for (const one of document.querySelectorAll('main *')) if (one.scrollHeight > one.clientHeight + 20) one.scrollTo(0, 1e6)";
    window.script(lower, Vec::new()).await?;
    camera.take("desk-settings-below").await?;
    camera
        .visit(
            "desk-break-glass",
            "/settings/break-glass",
            "break-glass-write",
        )
        .await?;
    window.click("break-glass-write").await?;
    window.wait("break-glass-files").await?;
    camera.take("desk-break-glass-written").await?;
    camera.go("/", "secret-row-try-me").await?;
    // What is told in passing, and can be taken back.
    window.press(&[Key::Control.into(), 'k']).await?;
    window
        .keys("palette-input", "notify when a revoke fails")
        .await?;
    window.press(&[Key::Enter.into()]).await?;
    window.wait("toast").await?;
    camera.take("desk-toast").await
}
