//! Pictures of what goes wrong: no keyring, a locked one, an AWS that refuses or cannot be reached, users that no lease knows.

use anyhow::Result;
use leasehold_tests::emulator::{Emulator, allow};
use leasehold_tests::session::{Display, Keyring, Session};
use leasehold_tests::window::Window;

use crate::camera::Camera;
use crate::steps::{cli, connect, describe, open, recipe, secret_id, session};

#[tokio::test]
async fn tour_of_a_desktop_without_a_keyring() -> Result<()> {
    let session = Session::start(Display::Virtual, Keyring::Absent).await?;
    let window = open(&session).await?;
    let camera = Camera::before(&window).await?;
    window.wait_text("problem", "keyring").await?;
    camera.take("trouble-no-keyring-first-run").await?;
    camera.take_small("trouble-no-keyring-first-run").await?;
    window.click("firstrun-key").await?;
    window.wait("add-key-sheet").await?;
    camera.take("trouble-no-keyring-add-key").await?;
    window.close().await
}

#[tokio::test]
async fn tour_of_a_locked_keyring() -> Result<()> {
    let session = session().await?;
    recipe(&session).await?;
    session.lock_keyring().await?;
    let window = open(&session).await?;
    let camera = Camera::before(&window).await?;
    window.wait_text("problem", "locked").await?;
    camera.take("trouble-locked").await?;
    camera.take_small("trouble-locked").await?;
    window.close().await
}

#[tokio::test]
async fn tour_of_an_aws_that_refuses() -> Result<()> {
    let session = session().await?;
    let emulator = Emulator::start().await?;
    let account = emulator.prepare().await?;
    let window = open(&session).await?;
    let camera = Camera::before(&window).await?;
    wrong_key(&camera, &window, emulator.url()).await?;
    connect(&window, &emulator, &account).await?;
    describe(&window, &account).await?;
    let cli = cli(&session)?;

    // A manager that may make users and nothing else.
    let may = allow(&["iam:CreateUser", "iam:GetUser", "sts:GetCallerIdentity"]);
    let poor = emulator.user(&account.admin, "poor", "/", &may).await?;
    let add = [
        "connection",
        "add",
        "poor",
        "--access-key-id",
        &poor.id,
        "--secret-access-key-stdin",
    ];
    let at = ["--endpoint-url", emulator.url()];
    cli.json_with_input(&[&add[..], &at].concat(), &poor.secret)
        .await?;
    let secret = [
        "secret",
        "add",
        "denied",
        "--connection",
        "poor",
        "--iam-path",
        "/leases/",
    ];
    let ttls = ["--default-ttl", "30m", "--max-ttl", "1h"];
    cli.json(&[&secret[..], &ttls].concat()).await?;
    let denied = format!("/secrets/{}", secret_id(&window, "denied").await?);
    camera
        .go(&format!("{denied}/preflight"), "preflight-check")
        .await?;
    window.click("preflight-check").await?;
    window.wait("preflight-actions").await?;
    camera.take("trouble-preflight-denied").await?;
    camera.take_small("trouble-preflight-denied").await?;
    camera
        .visit("trouble-secret-denied", &denied, "generate-denied")
        .await?;
    camera
        .visit("trouble-overview-denied", "/", "secret-row-denied")
        .await?;

    // A user under our path that nobody here made.
    let stranger = emulator
        .user(&account.admin, "somebody-else", "/leases/app/", &may)
        .await;
    if stranger.is_ok() {
        camera.go("/connections", "compare-dev").await?;
        window.click("compare-dev").await?;
        window.wait("reconcile-report").await?;
        camera.take("trouble-orphans-not-looked-for").await?;
        window.click("reconcile-close").await?;
    }

    let app = format!("/secrets/{}", secret_id(&window, "app").await?);
    drop(emulator);
    camera
        .go(&format!("{app}/generate"), "generate-sheet")
        .await?;
    window.click("generate-submit").await?;
    window.wait("problem").await?;
    camera.take("trouble-unreachable").await?;
    window.close().await
}

/// A managing key that AWS does not know.
async fn wrong_key(camera: &Camera<'_>, window: &Window, endpoint: &str) -> Result<()> {
    window.click("firstrun-key").await?;
    window.wait("add-key-sheet").await?;
    camera.take("first-run-key").await?;
    window.fill("field-name", "dev").await?;
    window
        .fill("field-access_key_id", "AKIAIOSFODNN7EXAMPLE")
        .await?;
    window
        .fill(
            "field-secret_access_key",
            "not/a/real/secret/access/key/of/anybody0",
        )
        .await?;
    window.fill("field-endpoint_url", endpoint).await?;
    window.click("connection-submit").await?;
    window.wait("problem").await?;
    camera.take("trouble-wrong-key").await?;
    window.click("close-sheet").await?;
    if window.count("question-confirm").await? > 0 {
        window.click("question-confirm").await?;
    }
    window.wait_gone("add-key-sheet").await
}
