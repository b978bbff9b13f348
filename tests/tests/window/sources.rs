//! How accounts are reached, in the real window: a code that is typed, given up, or asked of a page that goes;
//! and a managing key that is replaced.

use anyhow::{Context, Result, ensure};
use leasehold_tests::emulator::{ACCOUNT_ID, Account, Emulator, MINIMUM_POLICY, allow};
use leasehold_tests::session::Session;
use leasehold_tests::until;
use leasehold_tests::window::Window;
use serde_json::{Value, json};

use crate::steps::{ask, connect, open, pick, session};

pub(crate) const CODE: &str = "271828";

/// A role that the manager may assume, and an `.aws` with the manager's key in this session's home.
pub(crate) async fn role(
    session: &Session,
    emulator: &Emulator,
    account: &Account,
) -> Result<String> {
    let folder = session.home().join(".aws");
    std::fs::create_dir_all(&folder)?;
    let manager = &account.manager;
    std::fs::write(
        folder.join("credentials"),
        format!(
            "[manager]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            manager.id, manager.secret
        ),
    )?;
    let iam = account.admin.iam(emulator.url());
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT_ID}:root")},
    }]});
    let made = iam.create_role().role_name("leases");
    let made = made.assume_role_policy_document(trust.to_string());
    let made = made.send().await?;
    let put = iam.put_role_policy().role_name("leases");
    let put = put.policy_name("rights").policy_document(MINIMUM_POLICY);
    put.send().await?;
    let put = iam.put_user_policy().user_name("leasehold-manager");
    let put = put.policy_name("roles");
    put.policy_document(allow(&["sts:AssumeRole"]))
        .send()
        .await?;
    Ok(made.role().context("a role")?.arn().to_owned())
}

/// The form of a role that asks for a code, filled in and not yet sent.
pub(crate) async fn fill(
    window: &Window,
    name: &str,
    role_arn: &str,
    from: &str,
    url: Option<&str>,
) -> Result<()> {
    window.click("nav-connections").await?;
    window.click("connection-add-key").await?;
    window.wait("add-key-sheet").await?;
    pick(window, "add-by-role").await?;
    window.fill("field-name", name).await?;
    window.fill("field-role_arn", role_arn).await?;
    window.wait("field-from").await?;
    until("where it is assumed from to be listed", || async {
        window.choose("field-from", from).await
    })
    .await?;
    let serial = format!("arn:aws:iam::{ACCOUNT_ID}:mfa/ada");
    window.fill("field-mfa_serial", &serial).await?;
    match url {
        Some(url) => window.fill("field-endpoint_url", url).await,
        // As what it is assumed from has it.
        None => Ok(()),
    }
}

#[tokio::test]
async fn a_code_is_asked_for_in_the_window_and_what_was_begun_goes_on_after_it() -> Result<()> {
    let session = session().await?;
    let emulator = Emulator::start().await?;
    let account = emulator.prepare().await?;
    let role_arn = role(&session, &emulator, &account).await?;
    let window = open(&session).await?;
    fill(&window, "ops", &role_arn, "p:manager", Some(emulator.url())).await?;

    // Given up: nothing is added, and it can be tried again.
    window.click("connection-submit").await?;
    window.wait_text("code-question", "mfa/ada").await?;
    window.click("code-cancel").await?;
    window.wait_gone("code-question").await?;
    window.wait("login-retry").await?;
    assert_eq!(ask(&window, "connection_list", json!({})).await?, json!([]));

    // The page is loaded anew: nobody waits for an answer that cannot come.
    window.click("login-retry").await?;
    window.wait("code-question").await?;
    window.script("location.reload()", Vec::new()).await?;
    until("the question to go with its page", || async {
        let standing = ask(&window, "code_question", json!({})).await?;
        ensure!(standing == Value::Null, "{standing}");
        Ok(())
    })
    .await?;

    // Typed: the connection is there, and no file and no log has the code.
    fill(&window, "ops", &role_arn, "p:manager", Some(emulator.url())).await?;
    window.click("connection-submit").await?;
    let typed = format!("{CODE}{}", char::from(fantoccini::key::Key::Enter));
    window.keys("code-field", &typed).await?;
    window.wait("connection-ops").await?;
    let shown = ask(&window, "connection_list", json!({})).await?;
    assert_eq!(shown[0]["kind"], "role", "{shown}");
    assert!(!window.output().contains(CODE));
    assert_eq!(
        leasehold_tests::files_with(&session.home().join("leasehold"), CODE)?,
        Vec::<std::path::PathBuf>::new()
    );

    // The session lasts: nobody is asked again.
    window.click("check-ops").await?;
    until("the check to be done", || async {
        let log = ask(&window, "activity_list", json!({"query": {}})).await?;
        ensure!(log["entries"][0]["kind"] == "connection.checked", "{log}");
        Ok(())
    })
    .await?;
    assert_eq!(window.count("code-question").await?, 0);
    window.close().await
}

#[tokio::test]
async fn a_profile_becomes_a_connection_and_another_is_a_role_taken_from_it() -> Result<()> {
    let session = session().await?;
    let emulator = Emulator::start().await?;
    let account = emulator.prepare().await?;
    let role_arn = role(&session, &emulator, &account).await?;
    let window = open(&session).await?;
    window.click("nav-connections").await?;
    window.click("connection-add-key").await?;
    window.wait("add-key-sheet").await?;
    pick(&window, "add-by-profile").await?;
    until("the profiles to be listed", || async {
        ensure!(window.count("profile-manager").await? == 1);
        Ok(())
    })
    .await?;
    pick(&window, "profile-manager").await?;
    assert_eq!(window.value("field-name").await?, "manager");
    window.fill("field-endpoint_url", emulator.url()).await?;
    window.click("connection-submit").await?;
    window.wait_text("connection-manager", "Works").await?;

    fill(&window, "ops", &role_arn, "c:manager", None).await?;
    window.click("connection-submit").await?;
    window.wait("code-question").await?;
    window.click("code-cancel").await?;
    window.wait_gone("code-question").await?;
    let shown = ask(&window, "connection_list", json!({})).await?;
    assert_eq!(shown[1], Value::Null, "given up is not added: {shown}");
    window.click("login-retry").await?;
    window.fill("code-field", CODE).await?;
    window.click("code-submit").await?;
    window.wait_text("connection-ops", "Works").await?;
    let card = window.text("connection-ops").await?;
    ensure!(
        card.contains(&role_arn) && card.contains("open, ends"),
        "{card}"
    );
    // What is assumed from it would lose its source.
    window.click("remove-manager").await?;
    window.wait_text("question", "ops").await?;
    window.click("remove-confirm").await?;
    window.wait_text("question", "is assumed from").await?;
    window.close().await
}

#[tokio::test]
async fn a_managing_key_is_replaced_from_the_window_and_the_pasted_one_is_dead() -> Result<()> {
    let session = session().await?;
    let emulator = Emulator::start().await?;
    let account = emulator.prepare().await?;
    let iam = account.admin.iam(emulator.url());
    let window = open(&session).await?;
    connect(&window, &emulator, &account).await?;

    // What is missing is named before anything is done.
    window.click("rotate-dev").await?;
    window
        .wait_text("rotate-sheet", "iam:UpdateAccessKey")
        .await?;
    window.click("close-sheet").await?;
    let put = iam.put_user_policy().user_name("leasehold-manager");
    let put = put.policy_name("own");
    put.policy_document(allow(&["iam:UpdateAccessKey"]))
        .send()
        .await?;

    // A second key is in the way, and is given up by choice.
    let other = iam.create_access_key().user_name("leasehold-manager");
    let other = other.send().await?;
    let other = other.access_key().context("a key")?.access_key_id();
    window.click("rotate-dev").await?;
    window.click(&format!("rotate-remove-{other}")).await?;
    window.click("rotate-submit").await?;
    window.wait_text("rotate-done", &account.manager.id).await?;

    let keys = iam.list_access_keys().user_name("leasehold-manager");
    let keys = keys.send().await?;
    let ids: Vec<_> = keys
        .access_key_metadata()
        .iter()
        .filter_map(|key| key.access_key_id())
        .collect();
    let shown = ask(&window, "connection_list", json!({})).await?;
    let own = shown[0]["access_key_id"].as_str().context("an id")?;
    assert_eq!(ids, [own]);
    assert_ne!(own, account.manager.id);
    assert!(shown[0]["key_rotated_at"].is_string(), "{shown}");
    ask(&window, "connection_check", json!({"name": "dev"})).await?;
    window.close().await
}
