//! The gateway in the window's own process: a stranger's program waits, a button of a notification lets it in, and
//! it gets a lease that its owner sees.

use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use leasehold_tests::emulator::{ACCOUNT_ID, Account, Emulator, python};
use leasehold_tests::notifications::{Notification, Notifications};
use leasehold_tests::process::Process;
use leasehold_tests::session::Session;
use leasehold_tests::until;
use leasehold_tests::window::Window;
use serde_json::{Value, json};

use crate::steps::{ask, cli, open, session, text};

/// An account with the dynamic secret `app`, before any window is open.
pub(crate) async fn prepared(session: &Session) -> Result<(Emulator, Account)> {
    let emulator = Emulator::start().await?;
    let account = emulator.prepare().await?;
    let cli = cli(session)?;
    let add = [
        "connection",
        "add",
        "dev",
        "--access-key-id",
        &account.manager.id,
        "--secret-access-key-stdin",
        "--endpoint-url",
        emulator.url(),
    ];
    cli.json_with_input(&add, &account.manager.secret).await?;
    let add = "secret add app --connection dev --default-ttl 1h --max-ttl 3h --iam-path /leases/";
    let add: Vec<&str> = add.split(' ').collect();
    cli.json(&add).await?;
    Ok((emulator, account))
}

/// A method that asks first, with a role; its access id.
pub(crate) async fn method(window: &Window, emulator: &Emulator) -> Result<String> {
    let draft = json!({
        "name": "/boxes/dev", "bound_aws_account_id": [ACCOUNT_ID], "sts_url": emulator.url(),
        "insecure_dev_sts": true, "ask_first": true
    });
    let made = ask(window, "auth_method_create", json!({"draft": draft})).await?;
    assert!(
        text(&made, "banner")?.contains("not by AWS"),
        "who asserts is said: {made}"
    );
    let id = text(&made, "access_id")?.to_owned();
    ask(
        window,
        "role_create",
        json!({"name": "boxes", "description": ""}),
    )
    .await?;
    let rule = json!({"name": "boxes", "path": "/development/*", "capabilities": ["read"]});
    ask(window, "role_set_rule", rule).await?;
    let way = json!({
        "name": "boxes", "authMethod": id, "subClaims": {}, "caseSensitive": true
    });
    ask(window, "role_associate", way).await?;
    Ok(id)
}

pub(crate) async fn switch(window: &Window, on: bool, listen: &str) -> Result<Value> {
    let settings = json!({"on": on, "listen": [listen], "socket": "usual"});
    ask(window, "gateway_set", json!({"settings": settings})).await
}

/// Waits until the gateway is as named, and answers how it is.
pub(crate) async fn is(window: &Window, state: &str) -> Result<Value> {
    until(&format!("the gateway to be {state}"), || async {
        let view = ask(window, "gateway_get", json!({})).await?;
        ensure!(view["state"]["state"] == state, "{view}");
        Ok(view["state"].clone())
    })
    .await
}

/// A program with nothing but an AWS identity, which tries until it is let in.
pub(crate) async fn waiting(
    session: &Session,
    emulator: &Emulator,
    account: &Account,
    (url, access_id): (&str, &str),
) -> Result<Process> {
    let sts = account.admin.sts(emulator.url());
    let given = sts.get_session_token().send().await?;
    let key = given.credentials.context("credentials")?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/waiting_client.py");
    let mut command = Command::new(python()?);
    command
        .env_clear()
        .env("HOME", session.home())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("GATEWAY", url)
        .env("ACCESS_ID", access_id)
        .env("ITEM", "/development/app")
        .env("AWS_ACCESS_KEY_ID", key.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", key.secret_access_key)
        .env("AWS_SESSION_TOKEN", key.session_token)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .arg(script);
    let program = Process::start(command)?;
    program
        .line("that it waits", |line| {
            (line.trim() == "WAITING").then_some(())
        })
        .await?;
    Ok(program)
}

fn button(note: &Notification, label: &str) -> Result<String> {
    let found = note.actions.chunks(2).find(|pair| pair[1] == label);
    Ok(found.with_context(|| format!("{label} in {note:?}"))?[0].clone())
}

#[tokio::test]
async fn a_program_that_waits_is_let_in_by_a_button_and_its_lease_says_who_it_is() -> Result<()> {
    let session = session().await?;
    let notifications = Notifications::start(&session).await?;
    let (emulator, account) = prepared(&session).await?;
    let window = open(&session).await?;
    let access_id = method(&window, &emulator).await?;
    assert_eq!(is(&window, "off").await?, json!({"state": "off"}));
    switch(&window, true, "127.0.0.1:0").await?;
    let state = is(&window, "listening").await?;
    let url = state["urls"][0].as_str().context("a url")?.to_owned();

    let program = waiting(&session, &emulator, &account, (&url, &access_id)).await?;
    let note = notifications
        .wait(|one| one.summary.contains("user/admin asks to log in"))
        .await?;
    assert!(note.body.contains("/boxes/dev"), "{note:?}");
    assert!(note.body.contains("not AWS"), "who says so: {note:?}");
    for label in ["Always", "Deny"] {
        button(&note, label)?;
    }
    notifications
        .press(note.id, &button(&note, "Allow once")?)
        .await?;
    let lease = program
        .line("the lease", |line| serde_json::from_str::<Value>(line).ok())
        .await?;
    let id = text(&lease, "lease")?.to_owned();
    let shown = ask(&window, "lease_show", json!({"id": id})).await?;
    assert!(text(&shown["lease"], "requested_by")?.ends_with(":user/admin"));
    let sessions = ask(&window, "session_list", json!({})).await?;
    assert_eq!(sessions[0]["open_leases"], 1, "{sessions}");
    let approvals = ask(&window, "approval_list", json!({})).await?;
    assert_eq!(
        approvals[0]["standing"], "used",
        "once is once: {approvals}"
    );

    // The next one is asked about anew, and answered by a command elsewhere.
    let program = waiting(&session, &emulator, &account, (&url, &access_id)).await?;
    let asked = |one: &Notification| one.summary.contains("asks to log in") && !one.closed;
    let again = notifications
        .wait(|one| asked(one) && one.id != note.id)
        .await?;
    let approval = text(&approvals[0], "id")?;
    cli(&session)?
        .json(&["approval", "allow", approval, "--always"])
        .await?;
    notifications
        .wait(|one| one.id == again.id && one.closed)
        .await?;
    program
        .line("the lease", |line| serde_json::from_str::<Value>(line).ok())
        .await?;

    let at = url.trim_start_matches("http://").to_owned();
    ensure!(TcpStream::connect(&at).is_ok());
    let revoke = json!({"id": approval, "revokeLeases": true});
    let denied = ask(&window, "approval_deny", revoke).await?;
    let revoked = denied["leases"]["revoked"].as_array().context("a list")?;
    assert_eq!(revoked.len(), 2, "{denied}");
    switch(&window, false, "127.0.0.1:0").await?;
    is(&window, "off").await?;
    assert!(TcpStream::connect(&at).is_err(), "nobody listens any more");
    window.close().await
}

#[tokio::test]
async fn a_gateway_in_the_way_is_said_and_the_window_serves_once_it_is_gone() -> Result<()> {
    let session = session().await?;
    let cli = cli(&session)?;
    let mut serving = cli.start(&["gateway", "serve", "--listen", "127.0.0.1:0"])?;
    let url = serving
        .line("where the command listens", |line| {
            line.starts_with("http://").then(|| line.trim().to_owned())
        })
        .await?;
    let window = open(&session).await?;
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.to_string();
    switch(&window, true, &port).await?;
    let state = is(&window, "elsewhere").await?;
    assert_eq!(state["serving"]["urls"], json!([url]));
    assert_eq!(state["serving"]["pid"], serving.id());
    serving.terminate()?;
    ensure!(serving.ended().await?.success());
    ask(&window, "gateway_retry", json!({})).await?;
    let state = is(&window, "failed").await?;
    assert!(
        text(&state["problem"], "message")?.contains(&port),
        "{state}"
    );
    drop(taken);
    ask(&window, "gateway_retry", json!({})).await?;
    is(&window, "listening").await?;
    let refused = cli.run(&["gateway", "serve", "--json"]).await?;
    assert!(
        refused.stderr.contains("The window (process"),
        "{}",
        refused.stderr
    );
    window.close().await
}
