//! Access in the real window, from an auth method that is typed to a session that is ended: by hand on one side, by a
//! program on the other that nobody here wrote.

use std::net::TcpStream;

use anyhow::{Context, Result, ensure};
use leasehold_tests::emulator::{ACCOUNT_ID, Account, Emulator};
use leasehold_tests::session::Session;
use leasehold_tests::window::Window;
use leasehold_tests::{files_with, until};
use serde_json::{Value, json};

use crate::gateway::{is, prepared, waiting};
use crate::steps::{ask, cli, history, open, pick, secret_id, session, text, to};

/// Types an auth method with an ARN as a manual of another product has it, and takes the form that was meant; its access id.
async fn add_method(window: &Window, emulator: &Emulator) -> Result<String> {
    window.click("nav-access").await?;
    window.wait("methods-empty").await?;
    window.click("add-method").await?;
    window.fill("field-name", "/boxes/dev").await?;
    let account = format!("{ACCOUNT_ID} ");
    window.fill("field-bound_aws_account_id", &account).await?;
    let malformed = format!("arn:aws:iam:us-east-?:{ACCOUNT_ID}:user/* ");
    window.fill("field-bound_arn", &malformed).await?;
    window.fill("field-bound_user_name", "admin ").await?;
    window.fill("field-sts_url", emulator.url()).await?;
    window.click("field-insecure_dev_sts").await?;
    window.wait_text("sts-danger", "instead of AWS").await?;
    window.click("submit-method").await?;
    let meant = format!("arn:aws:iam::{ACCOUNT_ID}:user/*");
    window.wait_text("fix-arn", &meant).await?;
    let methods = ask(window, "auth_method_list", json!({})).await?;
    assert_eq!(methods, json!([]), "nothing is made of what is refused");
    window.click("fix-arn").await?;
    window.wait_gone("fix-arn").await?;
    window.wait_text("form-sts-banner", "not by AWS").await?;
    window.click("submit-method").await?;
    window.wait("method-no-role").await?;
    let methods = ask(window, "auth_method_list", json!({})).await?;
    let draft = &methods[0]["method"];
    assert_eq!(draft["bound_arn"], json!([meant]));
    assert_eq!(
        draft["bound_sts_region"],
        json!(["us-east-?"]),
        "the region that was named stands where regions go"
    );
    Ok(text(&methods[0], "access_id")?.to_owned())
}

/// Types a role with a rule and gives it to one user of the method; says who gets at the secret then.
async fn add_role(window: &Window, access_id: &str) -> Result<()> {
    to(window, "/access/roles").await?;
    window.click("add-role").await?;
    window.fill("field-role-name", "boxes").await?;
    window.click("role-submit").await?;
    window.fill("field-rule-path", "/development/*").await?;
    window.click("rule-submit").await?;
    window.wait("rule-/development/*").await?;
    window
        .wait_text("reach-/development/app", "get a lease")
        .await?;

    window.choose("associate-method", access_id).await?;
    window.click("claim-add").await?;
    window.choose("claim-key-0", "user_name").await?;
    window.click("associate-submit").await?;
    window
        .find("[data-testid=claim-value-0][aria-invalid=true]")
        .await?;
    window.fill("claim-value-0", "admin").await?;
    window.click("associate-submit").await?;
    window.wait(&format!("dissociate-{access_id}")).await?;

    to(window, "/access/roles").await?;
    pick(window, "roles-by-secret").await?;
    window.wait_text("who-boxes", "/boxes/dev").await?;
    window.wait_text("who-boxes", "get a lease").await?;
    Ok(())
}

/// Chooses a free port of this computer and switches the gateway on; its URL.
async fn switch_on(window: &Window) -> Result<String> {
    to(window, "/access/gateway").await?;
    window.wait_text("gateway-state", "Off").await?;
    let remove = "[aria-label='Remove 127.0.0.1:8732']";
    window.find(remove).await?.click().await?;
    window.fill("field-listen", "127.0.0.1:0 ").await?;
    window.click("gateway-save").await?;
    until("the settings to be saved", || async {
        let view = ask(window, "gateway_get", json!({})).await?;
        ensure!(
            view["settings"]["listen"] == json!(["127.0.0.1:0"]),
            "{view}"
        );
        Ok(())
    })
    .await?;
    window.click("gateway-switch").await?;
    window.wait_text("gateway-state", "Listening").await?;
    let state = is(window, "listening").await?;
    Ok(state["urls"][0].as_str().context("a url")?.to_owned())
}

/// The program waits, is let in for once by the note in the corner, and gets a lease.
async fn let_in(
    window: &Window,
    session: &Session,
    (emulator, account): (&Emulator, &Account),
    at: (&str, &str),
) -> Result<String> {
    let program = waiting(session, emulator, account, at).await?;
    window.wait_text("prompt", "admin").await?;
    let approvals = ask(window, "approval_list", json!({})).await?;
    assert_eq!(approvals[0]["standing"], "asked", "{approvals}");
    let id = text(&approvals[0], "id")?;
    window.click(&format!("prompt-allow-once-{id}")).await?;
    window.wait_gone("prompt").await?;
    let lease = program
        .line("the lease", |line| serde_json::from_str::<Value>(line).ok())
        .await?;
    Ok(text(&lease, "lease")?.to_owned())
}

/// Tries the same user with an identity of its own, and somebody else who is only imagined.
async fn test_identities(
    window: &Window,
    session: &Session,
    (emulator, account): (&Emulator, &Account),
    access_id: &str,
) -> Result<()> {
    let sts = account.admin.sts(emulator.url());
    let given = sts.get_session_token().send().await?;
    let key = given.credentials.context("credentials")?;
    let cli = cli(session)?
        .env("AWS_ACCESS_KEY_ID", key.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", key.secret_access_key)
        .env("AWS_SESSION_TOKEN", key.session_token)
        .env("AWS_EC2_METADATA_DISABLED", "true");
    let make = "get-cloud-identity --cloud-provider aws_iam --region us-east-1";
    let made = cli.json(&make.split(' ').collect::<Vec<_>>()).await?;
    let identity = text(&made, "cloud_identity")?;

    to(window, &format!("/access/test/{access_id}")).await?;
    pick(window, "test-pasted").await?;
    window.fill("test-identity", identity).await?;
    let app = secret_id(window, "app").await?;
    window.choose("test-path", &app).await?;
    window.click("test-run").await?;
    window.wait_text("test-result", "would be let in").await?;
    for bound in [
        "bound_aws_account_id",
        "bound_arn",
        "bound_sts_region",
        "bound_user_name",
    ] {
        window.wait_text(&format!("bound-{bound}"), "Pass").await?;
    }
    window.wait_text("role-test-boxes", "Gets it").await?;
    window.wait_text("decision-issue", "Allowed").await?;
    window.wait_text("decision-renew", "Denied").await?;
    assert_eq!(window.value("test-identity").await?, "", "it is not kept");
    // What is as good as a password for some minutes is in no file and no log.
    let begin = identity.get(..80).context("a long text")?;
    assert!(!window.output().contains(begin));
    assert!(files_with(&session.home().join("leasehold"), begin)?.is_empty());

    pick(window, "test-described").await?;
    let other = format!("arn:aws:iam::{ACCOUNT_ID}:user/eve");
    window.fill("test-arn", &other).await?;
    window.click("test-run").await?;
    window.wait_text("test-result", "would be refused").await?;
    window.wait_text("bound-bound_arn", "Pass").await?;
    window.wait_text("bound-bound_user_name", "Fail").await?;
    window.wait_text("role-test-boxes", "Not given").await?;
    Ok(())
}

/// Ends the session with what it holds.
async fn end_session(window: &Window, lease: &str) -> Result<()> {
    to(window, "/access/sessions").await?;
    let sessions = ask(window, "session_list", json!({})).await?;
    let id = text(&sessions[0], "id")?;
    let row = window.wait_text(&format!("session-{id}"), "1 open").await?;
    assert!(row.contains("admin") && row.contains("/boxes/dev"), "{row}");
    window.click(&format!("end-session-{id}")).await?;
    window.click("question-option").await?;
    window.click("session-end-confirm").await?;
    window.wait("sessions-empty").await?;
    until("its lease to be revoked", || async {
        let leases = history(window).await?;
        let mut all = leases.as_array().context("a list")?.iter();
        let one = all.find(|one| one["id"] == lease).context("the lease")?;
        ensure!(one["state"] == "revoked", "{one}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn somebody_is_described_let_in_tried_and_shut_out_by_hand() -> Result<()> {
    let session = session().await?;
    let (emulator, account) = prepared(&session).await?;
    let window = open(&session).await?;
    let access_id = add_method(&window, &emulator).await?;
    add_role(&window, &access_id).await?;
    let url = switch_on(&window).await?;
    let aws = (&emulator, &account);
    let lease = let_in(&window, &session, aws, (&url, &access_id)).await?;
    test_identities(&window, &session, aws, &access_id).await?;
    end_session(&window, &lease).await?;

    to(&window, "/access/gateway").await?;
    window.click("gateway-switch").await?;
    window.wait_text("gateway-state", "Off").await?;
    let at = url.trim_start_matches("http://");
    assert!(TcpStream::connect(at).is_err(), "nobody listens any more");
    window.close().await
}
