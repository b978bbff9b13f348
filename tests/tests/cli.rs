//! The command as a process: the managing key in a real keyring, the account in an emulator nobody here wrote.

use anyhow::{Context, Result};
use leasehold_tests::cli::Cli;
use leasehold_tests::emulator::{Account, Emulator};
use leasehold_tests::files_with;
use leasehold_tests::keys::{Keys, refused};
use leasehold_tests::session::{Display, Keyring, Session};
use serde_json::Value;

async fn connected(session: &Session, emulator: &Emulator) -> Result<(Cli, Account)> {
    let account = emulator.prepare().await?;
    let cli = Cli::new(session, &session.home().join("leasehold"))?;
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
    let made = cli.json_with_input(&add, &account.manager.secret).await?;
    assert_eq!(
        made["connection"]["account_id"],
        leasehold_tests::emulator::ACCOUNT_ID
    );
    let boundary = account.boundary.as_str();
    let secret = [
        "secret",
        "add",
        "app",
        "--connection",
        "dev",
        "--default-ttl",
        "1h",
        "--max-ttl",
        "3h",
        "--iam-path",
        "/leases/",
        "--permission-boundary",
        boundary,
        "--policy-arn",
        &account.policies[0],
        "--group",
        &account.group,
    ];
    cli.json(&secret).await?;
    Ok((cli, account))
}

fn text<'a>(value: &'a Value, path: &str) -> Result<&'a str> {
    value
        .pointer(path)
        .and_then(Value::as_str)
        .with_context(|| format!("{path} in {value}"))
}

#[tokio::test]
async fn the_main_job_runs_from_connection_to_revoke() -> Result<()> {
    let session = Session::start(Display::None, Keyring::Unlocked).await?;
    let emulator = Emulator::start().await?;
    let (cli, account) = connected(&session, &emulator).await?;

    let made = cli
        .json(&[
            "lease", "create", "app", "--ttl", "30m", "--label", "trying",
        ])
        .await?;
    let (id, user) = (text(&made, "/lease/id")?, text(&made, "/lease/user_name")?);
    assert!(made["usable_after_ms"].is_number(), "{made}");
    assert_eq!(text(&made, "/lease/label")?, "trying");
    let leased = Keys::new(
        text(&made, "/credentials/access_key_id")?,
        text(&made, "/credentials/secret_access_key")?,
    );
    leased.iam(emulator.url()).list_users().send().await?;

    let renewed = cli.json(&["lease", "renew", id, "--ttl", "15m"]).await?;
    assert!(text(&renewed, "/lease/expires_at")? > text(&made, "/lease/expires_at")?);
    let listed = cli.json(&["lease", "list"]).await?;
    assert_eq!(listed["leases"][0]["id"], id);
    let refused_renewal = cli.run(&["lease", "renew", id, "--ttl", "9h"]).await?;
    assert_eq!(refused_renewal.code, 3);

    let done = cli.json(&["lease", "revoke", id]).await?;
    assert_eq!(done["revoked"][0], id);
    let admin = account.admin.iam(emulator.url());
    assert_eq!(
        refused(admin.get_user().user_name(user).send().await)?,
        "NoSuchEntity"
    );
    let shown = cli.json(&["lease", "show", id]).await?;
    assert_eq!(shown["lease"]["state"], "revoked");
    Ok(())
}

#[tokio::test]
async fn the_managing_key_is_in_the_keyring_and_in_no_file() -> Result<()> {
    let session = Session::start(Display::None, Keyring::Unlocked).await?;
    let emulator = Emulator::start().await?;
    let (cli, account) = connected(&session, &emulator).await?;
    let shown = cli.json(&["connection", "show", "dev"]).await?;
    let entry = format!("connection/{}", text(&shown, "/connection/id")?);
    let kept = session
        .secret(&["service", "dev.leasehold", "username", &entry])
        .await?;
    assert_eq!(kept, account.manager.secret);

    let made = cli.json(&["credentials", "app"]).await?;
    let leased = text(&made, "/secret_access_key")?;
    assert_eq!(
        files_with(session.home(), &account.manager.secret)?,
        Vec::<std::path::PathBuf>::new()
    );
    assert_eq!(
        files_with(session.home(), leased)?,
        Vec::<std::path::PathBuf>::new()
    );
    // The kept key is handed out again.
    let again = cli.json(&["credentials", "app"]).await?;
    assert_eq!(text(&again, "/secret_access_key")?, leased);

    cli.json(&["lease", "revoke", "--all"]).await?;
    cli.json(&["secret", "remove", "app"]).await?;
    cli.json(&["connection", "remove", "dev"]).await?;
    assert!(
        session
            .secret(&["service", "dev.leasehold", "username", &entry])
            .await
            .is_err()
    );
    Ok(())
}

#[tokio::test]
async fn keys_move_from_one_keyring_to_a_file_and_on_to_another_keyring() -> Result<()> {
    let session = Session::start(Display::None, Keyring::Unlocked).await?;
    let emulator = Emulator::start().await?;
    let (cli, account) = connected(&session, &emulator).await?;
    let kept = cli.json(&["credentials", "app"]).await?;
    let file = session.home().join("keys.enc");
    let file = file.to_str().context("a path that is text")?;
    let on_its_way = |cli: Cli| cli.env("LEASEHOLD_EXPORT_PASSPHRASE", "on its way");
    let states = |moved: &Value| {
        [text(moved, "/keys/0/state"), text(moved, "/keys/1/state")]
            .map(|state| state.map(str::to_owned).unwrap_or_default())
    };

    let moved = on_its_way(cli.clone())
        .json(&["keychain", "export", file])
        .await?;
    assert_eq!(states(&moved), ["exported", "exported"]);
    let in_file = cli
        .clone()
        .env("LEASEHOLD_KEYCHAIN", "file")
        .env("LEASEHOLD_PASSPHRASE", "of the file");
    let moved = on_its_way(in_file.clone())
        .json(&["keychain", "import", file])
        .await?;
    assert_eq!(states(&moved), ["imported", "imported"]);
    in_file.json(&["connection", "check", "dev"]).await?;
    assert_eq!(in_file.json(&["credentials", "app"]).await?, kept);

    // Another machine's keyring, on the same home.
    let other = Session::start(Display::None, Keyring::Unlocked).await?;
    let elsewhere = Cli::new(&other, cli.home())?;
    assert_eq!(elsewhere.run(&["keychain", "status"]).await?.code, 6);
    let back = session.home().join("back.enc");
    let back = back.to_str().context("a path that is text")?;
    on_its_way(in_file)
        .json(&["keychain", "export", back])
        .await?;
    on_its_way(elsewhere.clone())
        .json(&["keychain", "import", back])
        .await?;
    elsewhere.json(&["connection", "check", "dev"]).await?;
    assert_eq!(elsewhere.json(&["credentials", "app"]).await?, kept);
    let found = files_with(session.home(), &account.manager.secret)?;
    assert!(found.is_empty(), "{found:?}");
    Ok(())
}

#[tokio::test]
async fn without_a_keyring_the_error_says_so_and_names_the_file_and_nothing_is_added() -> Result<()>
{
    let session = Session::start(Display::None, Keyring::Absent).await?;
    let emulator = Emulator::start().await?;
    let account = emulator.prepare().await?;
    let cli = Cli::new(&session, &session.home().join("leasehold"))?;
    let add = [
        "--json",
        "connection",
        "add",
        "dev",
        "--access-key-id",
        &account.manager.id,
        "--secret-access-key-stdin",
        "--endpoint-url",
        emulator.url(),
    ];
    let said = cli.run_with_input(&add, &account.manager.secret).await?;
    assert_eq!(said.code, 6);
    let error = said.error()?;
    assert_eq!(error["code"], "keychain_missing", "{error}");
    assert!(
        text(&error, "/hint")?.contains("--keychain file"),
        "{error}"
    );
    let listed = cli.json(&["connection", "list"]).await?;
    assert_eq!(listed["connections"], Value::Array(Vec::new()));
    // The practice account needs no key.
    cli.json(&["connection", "add", "practice", "--practice"])
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_locked_keyring_is_another_error_and_unlocking_it_helps() -> Result<()> {
    let session = Session::start(Display::None, Keyring::Unlocked).await?;
    let emulator = Emulator::start().await?;
    let (cli, _) = connected(&session, &emulator).await?;
    session.lock_keyring().await?;
    let said = cli.run(&["--json", "lease", "create", "app"]).await?;
    assert_eq!(said.code, 6, "{}", said.stderr);
    assert_eq!(said.error()?["code"], "keychain_locked");
    assert_eq!(
        cli.json(&["lease", "list", "--all"]).await?["leases"],
        Value::Array(Vec::new())
    );
    session
        .unlock_keyring(leasehold_tests::session::KEYRING_PASSWORD)
        .await?;
    cli.json(&["lease", "create", "app"]).await?;
    Ok(())
}
