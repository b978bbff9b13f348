//! Pictures of how accounts are reached, and of leases that are sessions of AWS STS.

use anyhow::{Context, Result};
use fantoccini::key::Key;
use leasehold_tests::emulator::{ACCOUNT_ID, Account, Emulator, allow};
use leasehold_tests::notifications::Notifications;
use leasehold_tests::session::Session;
use leasehold_tests::window::Window;

use crate::camera::Camera;
use crate::sources::{CODE, fill, role};
use crate::steps::{close_credentials, connect, generate, newest, open, pick, session, text};

#[tokio::test]
async fn tour_of_connections_and_sessions() -> Result<()> {
    let session = session().await?;
    let _notifications = Notifications::start(&session).await?;
    let emulator = Emulator::start().await?;
    let account = emulator.prepare().await?;
    let role_arn = role(&session, &emulator, &account).await?;
    profiles(&session)?;
    let window = open(&session).await?;
    let camera = Camera::before(&window).await?;
    connect(&window, &emulator, &account).await?;
    add(&camera, &window).await?;
    asked(&camera, &window, &role_arn, emulator.url()).await?;
    rotate(&camera, &window, (&emulator, &account)).await?;
    sts(&camera, &window, &role_arn).await?;
    window.close().await
}

/// Beside the profile of the manager: a single sign-on, a role with a code, and one that is broken.
fn profiles(session: &Session) -> Result<()> {
    let config = format!(
        "[profile acme-admin]\nsso_session = acme\nsso_account_id = {ACCOUNT_ID}\nsso_role_name = Admin\n\
         region = eu-central-1\n[sso-session acme]\nsso_region = eu-central-1\n\
         sso_start_url = https://acme.awsapps.com/start\n\
         [profile ops]\nrole_arn = arn:aws:iam::{ACCOUNT_ID}:role/leases\nsource_profile = manager\n\
         mfa_serial = arn:aws:iam::{ACCOUNT_ID}:mfa/ada\n\
         [profile broken]\nrole_arn = arn:aws:iam::{ACCOUNT_ID}:role/leases\nsource_profile = nobody\n"
    );
    std::fs::write(session.home().join(".aws/config"), config).context("~/.aws/config")
}

async fn add(camera: &Camera<'_>, window: &Window) -> Result<()> {
    window.click("connection-add-key").await?;
    window.wait("add-key-sheet").await?;
    pick(window, "add-by-profile").await?;
    window.find("[data-testid='profile-role-ops']").await?;
    camera.take("connections-profile").await?;
    camera.take_small("connections-profile").await?;
    pick(window, "add-by-role").await?;
    window.wait("field-role_arn").await?;
    camera.take("connections-role").await?;
    window.press(&[Key::Escape.into()]).await?;
    window.wait_gone("add-key-sheet").await
}

async fn asked(camera: &Camera<'_>, window: &Window, role_arn: &str, url: &str) -> Result<()> {
    fill(window, "ops", role_arn, "p:manager", Some(url)).await?;
    camera.take("connections-role-filled").await?;
    window.click("connection-submit").await?;
    window.wait("code-question").await?;
    camera.take("connections-code").await?;
    camera.take_small("connections-code").await?;
    window.click("code-cancel").await?;
    window.wait("login-retry").await?;
    camera.take("connections-code-given-up").await?;
    window.click("login-retry").await?;
    window.fill("code-field", CODE).await?;
    window.click("code-submit").await?;
    window.wait_text("connection-ops", "Works").await?;
    camera.take("connections-of-all-kinds").await
}

async fn rotate(
    camera: &Camera<'_>,
    window: &Window,
    (emulator, account): (&Emulator, &Account),
) -> Result<()> {
    window.click("rotate-dev").await?;
    window
        .wait_text("rotate-sheet", "iam:UpdateAccessKey")
        .await?;
    camera.take("connections-rotate-denied").await?;
    window.click("close-sheet").await?;
    let put = account.admin.iam(emulator.url()).put_user_policy();
    let put = put.user_name("leasehold-manager").policy_name("own");
    put.policy_document(allow(&["iam:UpdateAccessKey"]))
        .send()
        .await?;
    window.click("rotate-dev").await?;
    window.wait(&format!("key-{}", account.manager.id)).await?;
    camera.take("connections-rotate").await?;
    camera.take_small("connections-rotate").await?;
    window.click("rotate-submit").await?;
    window.wait("rotate-done").await?;
    camera.take("connections-rotated").await?;
    window.click("close-sheet").await
}

async fn sts(camera: &Camera<'_>, window: &Window, role_arn: &str) -> Result<()> {
    camera.go("/new", "provider-aws-sts-role").await?;
    camera.take("sessions-kinds").await?;
    window.click("provider-aws-sts-role").await?;
    window.fill("field-name", "reports").await?;
    window.choose("field-connection", "dev").await?;
    window.fill("field-role_arn", role_arn).await?;
    camera.take("sessions-form").await?;
    camera.take_small("sessions-form").await?;
    window.click("submit-secret").await?;
    generate(window, "reports", "1h").await?;
    // The window of a key is of its own size.
    camera.take_key("sessions-credentials").await?;
    close_credentials(window).await?;
    let lease = newest(window).await?;
    let sheet = format!("/leases/{}", text(&lease, "id")?);
    camera
        .visit("sessions-lease", &sheet, "revoke-note")
        .await?;
    camera.take_small("sessions-lease").await?;
    window.click("sheet-revoke").await?;
    window.wait("revoke-confirm").await?;
    camera.take("sessions-revoke").await
}
