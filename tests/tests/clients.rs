//! Programs that nobody here wrote use leases without knowing of it, and get another key when the first one's time is over.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use leasehold_tests::aws_cli::Machine;
use leasehold_tests::cli::Cli;
use leasehold_tests::clients::Person;
use leasehold_tests::emulator::Emulator;
use leasehold_tests::files_with;
use leasehold_tests::session::{Display, Keyring, Session};
use serde_json::Value;

/// A home whose managing key is in a real keyring, a dynamic secret `app`, and a profile `app` for it.
struct Ground {
    session: Session,
    emulator: Emulator,
    cli: Cli,
}

impl Ground {
    async fn new(ttl: &str) -> Result<Self> {
        let session = Session::start(Display::None, Keyring::Unlocked).await?;
        let emulator = Emulator::start().await?;
        let account = emulator.prepare().await?;
        // A name that has to be quoted on the way through every client.
        let cli = Cli::new(&session, &session.home().join("lease's $HOME hold"))?;
        let cli = cli.env("AWS_ENDPOINT_URL", emulator.url());
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
        let add = [
            "secret",
            "add",
            "app",
            "--connection",
            "dev",
            "--default-ttl",
            ttl,
            "--max-ttl",
            "3h",
            "--iam-path",
            "/leases/",
            "--policy-arn",
            &account.policies[0],
        ];
        cli.json(&add).await?;
        cli.json(&["profile", "install", "app"]).await?;
        Ok(Self {
            session,
            emulator,
            cli,
        })
    }

    fn person(&self) -> Person<'_> {
        Person::new(&self.session, &self.emulator, "app")
    }

    /// The users that leases were made for, oldest first, as ARNs end.
    async fn users(&self) -> Result<Vec<String>> {
        let listed = self.cli.json(&["lease", "list", "--all"]).await?;
        let leases = listed["leases"].as_array().context("leases")?;
        let name = |lease: &Value| lease["user_name"].as_str().map(str::to_owned);
        Ok(leases.iter().rev().filter_map(name).collect())
    }
}

fn aws() -> Result<PathBuf> {
    Ok(Machine::new()?.aws().to_owned())
}

#[tokio::test]
async fn the_aws_cli_boto3_and_the_rust_sdk_share_one_lease_through_a_profile() -> Result<()> {
    let ground = Ground::new("1h").await?;
    let person = ground.person();
    let aws = aws()?;
    let asked = [
        "sts",
        "get-caller-identity",
        "--query",
        "Arn",
        "--output",
        "text",
    ];
    let said = person.aws(&aws, &asked).await?;
    assert_eq!(said.code, 0, "{}", said.stderr);
    let arn = said.stdout.trim();
    let users = ground.users().await?;
    assert_eq!(users.len(), 1);
    assert!(arn.ends_with(&format!("user/leases/{}", users[0])), "{arn}");
    // What the secret's recipe allows, and no more.
    let said = person.aws(&aws, &["iam", "list-users"]).await?;
    assert_eq!(said.code, 0, "{}", said.stderr);
    let said = person.aws(&aws, &["iam", "list-roles"]).await?;
    assert!(said.stderr.contains("AccessDenied"), "{said:?}");

    let (mut boto3, mut rust) = (person.boto3().await?, person.rust_sdk().await?);
    assert_eq!(boto3.who().await?, arn);
    assert_eq!(rust.who().await?, arn);
    assert_eq!(ground.users().await?, users, "one lease for all");

    let key = ground.cli.json(&["credentials", "app"]).await?;
    let secret = key["secret_access_key"].as_str().context("a secret")?;
    assert!(files_with(ground.session.home(), secret)?.is_empty());
    let config = std::fs::read_to_string(person.config())?;
    assert!(config.contains("credential_process = "), "{config}");
    Ok(())
}

#[tokio::test]
async fn when_its_time_is_over_the_same_client_object_gets_another_key() -> Result<()> {
    // The clients believe their own clocks, so this waits out a real lease of the shortest kind.
    let ground = Ground::new("1m").await?;
    let person = ground.person();
    let (mut boto3, mut rust) = (person.boto3().await?, person.rust_sdk().await?);
    let first = boto3.who().await?;
    assert_eq!(rust.who().await?, first);
    let listed = ground.cli.json(&["lease", "list"]).await?;
    let expires_at = listed["leases"][0]["expires_at"]
        .as_str()
        .context("an expiry")?;
    let expires_at: chrono::DateTime<chrono::Utc> = expires_at.parse()?;
    let left = (expires_at - chrono::Utc::now())
        .to_std()
        .unwrap_or_default();
    tokio::time::sleep(left + Duration::from_secs(1)).await;

    let (from_boto3, from_rust) = (boto3.who().await?, rust.who().await?);
    assert!(from_boto3.contains(":user/leases/"), "{from_boto3}");
    assert_ne!(from_boto3, first);
    assert_eq!(from_rust, from_boto3);
    assert_eq!(ground.users().await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_command_of_aws_runs_with_a_key_of_its_own() -> Result<()> {
    let ground = Ground::new("1h").await?;
    let aws = aws()?;
    let aws = aws.to_str().context("a path")?;
    let url = ground.emulator.url();
    let words = [
        "exec",
        "app",
        "--",
        aws,
        "--endpoint-url",
        url,
        "sts",
        "get-caller-identity",
        "--query",
        "Arn",
        "--output",
        "text",
    ];
    // A session token and a profile of something else must not get in its way.
    let stale = ground
        .cli
        .clone()
        .env("AWS_SESSION_TOKEN", "stale")
        .env("AWS_PROFILE", "none");
    let said = stale.run(&words).await?;
    assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{said:?}");
    let users = ground.users().await?;
    assert!(
        said.stdout.trim().ends_with(&users[0]),
        "{said:?} {users:?}"
    );
    let shown = ground.cli.json(&["lease", "list", "--all"]).await?;
    assert_eq!(shown["leases"][0]["state"], "revoked");
    // What AWS refuses comes out as the command's own exit code.
    let denied = ["--endpoint-url", url, "iam", "list-roles"];
    let words = [&["exec", "app", "--", aws][..], &denied].concat();
    let said = stale.run(&words).await?;
    assert!(said.stderr.contains("AccessDenied"), "{said:?}");
    assert_eq!(said.code, 254, "{said:?}");
    Ok(())
}

#[tokio::test]
async fn a_locked_keyring_reaches_whoever_uses_the_profile_as_an_error_that_says_so() -> Result<()>
{
    let ground = Ground::new("1h").await?;
    let person = ground.person();
    let (mut boto3, mut rust) = (person.boto3().await?, person.rust_sdk().await?);
    ground.session.lock_keyring().await?;
    let said = person.aws(&aws()?, &["sts", "get-caller-identity"]).await?;
    assert_ne!(said.code, 0);
    assert!(said.stderr.contains("keychain_locked"), "{}", said.stderr);
    let said = boto3.who().await?;
    assert!(
        said.starts_with("ERROR") && said.contains("keychain_locked"),
        "{said}"
    );
    let said = rust.who().await?;
    assert!(
        said.starts_with("ERROR") && said.contains("keychain_locked"),
        "{said}"
    );
    assert!(ground.users().await?.is_empty());
    Ok(())
}
