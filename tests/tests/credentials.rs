//! `leasehold credentials` with a real keyring and an account that nobody here wrote: one issuer, and no question ever.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures::future::try_join_all;
use leasehold_tests::cli::{Cli, Said};
use leasehold_tests::emulator::{Account, Emulator};
use leasehold_tests::keys::Keys;
use leasehold_tests::proxy::Proxy;
use leasehold_tests::session::{Display, KEYRING_PASSWORD, Keyring, Session};
use serde_json::Value;

/// A keyring that asked somebody would be waited for a minute.
const AT_ONCE: Duration = Duration::from_secs(15);

async fn connected(session: &Session, account: &Account, url: &str) -> Result<Cli> {
    let cli = Cli::new(session, &session.home().join("leasehold"))?;
    let add = [
        "connection",
        "add",
        "dev",
        "--access-key-id",
        &account.manager.id,
        "--secret-access-key-stdin",
        "--endpoint-url",
        url,
    ];
    cli.json_with_input(&add, &account.manager.secret).await?;
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
        account.boundary.as_str(),
        "--policy-arn",
        &account.policies[0],
    ];
    cli.json(&secret).await?;
    Ok(cli)
}

/// How many users there are under the path of the leases.
async fn users(account: &Account, emulator: &Emulator) -> Result<usize> {
    let admin = account.admin.iam(emulator.url());
    let all = admin.list_users().path_prefix("/leases/").send().await?;
    Ok(all.users().len())
}

fn key(said: &Said) -> Result<String> {
    anyhow::ensure!(said.code == 0, "{said:?}");
    let document: Value = said.json()?;
    let secret = document["SecretAccessKey"].as_str();
    Ok(secret.context("no key")?.to_owned())
}

#[tokio::test]
async fn ten_processes_at_once_over_a_slow_network_make_one_user_and_get_its_key() -> Result<()> {
    let session = Session::start(Display::None, Keyring::Unlocked).await?;
    let emulator = Emulator::start().await?;
    let account = emulator.prepare().await?;
    let proxy = Proxy::start(emulator.url(), Duration::from_millis(120))?;
    let cli = connected(&session, &account, &proxy.url()).await?;
    let said = try_join_all((0..10).map(|_| cli.run(&["credentials", "app"]))).await?;
    let keys: Vec<String> = said.iter().map(key).collect::<Result<_>>()?;
    assert!(keys.iter().all(|one| *one == keys[0]));
    assert_eq!(users(&account, &emulator).await?, 1);
    let document = said[0].json()?;
    let id = document["AccessKeyId"].as_str().context("no id")?;
    let leased = Keys::new(id, &keys[0]);
    leased.iam(emulator.url()).list_users().send().await?;
    Ok(())
}

#[tokio::test]
async fn a_locked_keyring_is_an_error_at_once_and_nobody_is_asked() -> Result<()> {
    let session = Session::start(Display::None, Keyring::Unlocked).await?;
    let emulator = Emulator::start().await?;
    let account = emulator.prepare().await?;
    let cli = connected(&session, &account, emulator.url()).await?;
    let kept = key(&cli.run(&["credentials", "app"]).await?)?;
    let prompter = session.start_silent_prompter().await?;
    session.lock_keyring().await?;
    let cases: [&[&str]; 2] = [
        &["credentials", "app", "--json"],
        // Nothing is kept that would be enough: it would have to be issued.
        &[
            "credentials",
            "app",
            "--json",
            "--ttl",
            "3h",
            "--reuse-share",
            "90",
        ],
    ];
    for words in cases {
        let since = Instant::now();
        let said = cli.run(words).await?;
        assert!(since.elapsed() < AT_ONCE, "{:?}", since.elapsed());
        assert_eq!(said.code, 6, "{said:?}");
        assert_eq!(said.stdout, "");
        assert_eq!(said.error()?["code"], "keychain_locked");
    }
    assert!(!prompter.was_asked(), "somebody was asked");
    assert_eq!(users(&account, &emulator).await?, 1);
    // A command for people asks, which shows that the prompter hears it.
    let mut other = cli.start(&["connection", "check", "dev"])?;
    prompter.asked().await?;
    other.kill();
    drop(prompter);
    session.unlock_keyring(KEYRING_PASSWORD).await?;
    assert_eq!(key(&cli.run(&["credentials", "app"]).await?)?, kept);
    Ok(())
}
