//! AWS's command line and SDKs, which nobody here wrote, use sessions of STS without knowing of it: by a profile, by the
//! environment, and by the container credentials of a gateway, and get another session by themselves.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use leasehold_tests::aws_cli::Machine;
use leasehold_tests::cli::Cli;
use leasehold_tests::clients::Client;
use leasehold_tests::clock::Clock;
use leasehold_tests::emulator::{ACCOUNT_ID, Account, Emulator, python};
use leasehold_tests::files_with;
use leasehold_tests::process::{Process, finish};
use leasehold_tests::{program, until};
use serde_json::Value;

/// A little longer than a session of `reports` lasts.
const PAST_ITS_END: Duration = Duration::from_secs(3_700);

/// The command, which goes by this clock.
fn by(clock: &Clock, cli: Cli) -> Cli {
    let variables = clock.environment().into_iter();
    variables.fold(cli, |cli, (name, value)| cli.env(name, value))
}

/// A home with two dynamic secrets of sessions of one role: `reports` for an hour, `short` for the least that STS gives.
struct Ground {
    folder: tempfile::TempDir,
    /// What the emulator, Leasehold and its clients all take for the time.
    clock: Clock,
    emulator: Emulator,
    account: Account,
    cli: Cli,
    role: String,
}

impl Ground {
    async fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let clock = Clock::new()?;
        let emulator = Emulator::start_by(&clock).await?;
        let account = emulator.prepare().await?;
        let rights = ["iam:ListUsers", "sts:GetCallerIdentity"];
        let role = emulator.role(&account.admin, "reports", &rights).await?;
        let cli = by(&clock, Cli::without_session(&folder.path().join("owner"))?)
            .env("AWS_CONFIG_FILE", folder.path().join("config"));
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
        for (name, ttl) in [("reports", "1h"), ("short", "15m")] {
            let add = [
                "secret",
                "add",
                name,
                "--connection",
                "dev",
                "--provider",
                "aws-sts",
                "--role-arn",
                &role,
                "--default-ttl",
                ttl,
                "--max-ttl",
                "1h",
            ];
            cli.json(&add).await?;
        }
        Ok(Self {
            folder,
            clock,
            emulator,
            account,
            cli,
            role,
        })
    }

    /// A program in the environment of somebody who has nothing but these variables.
    fn command(&self, program: &Path, variables: &[(&str, OsString)]) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("LEASEHOLD_PASSPHRASE", "correct horse")
            .env("AWS_ENDPOINT_URL", self.emulator.url())
            .env("AWS_REGION", "us-east-1")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .envs(self.clock.environment())
            .envs(variables.iter().map(|(name, value)| (name, value)));
        command
    }

    async fn boto3(&self, variables: &[(&str, OsString)]) -> Result<Client> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/boto3_client.py");
        let mut command = self.command(&python()?, variables);
        command.arg(script);
        Client::start(command).await
    }

    async fn rust_sdk(&self, variables: &[(&str, OsString)]) -> Result<Client> {
        let command = self.command(&program("leasehold-sdk-client")?, variables);
        Client::start(command).await
    }

    /// Who AWS's own command line is.
    async fn aws(&self, variables: &[(&str, OsString)]) -> Result<String> {
        let mut command = self.command(Machine::new()?.aws(), variables);
        command.args(["--endpoint-url", self.emulator.url(), "--output", "text"]);
        command.args(["sts", "get-caller-identity", "--query", "Arn"]);
        let output = finish(command, b"").await?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.success(), "{said}");
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    async fn leases(&self) -> Result<Vec<Value>> {
        let listed = self.cli.json(&["lease", "list", "--all"]).await?;
        Ok(listed["leases"].as_array().context("leases")?.clone())
    }

    /// Ends all leases; the emulator lets the managing user put a policy on the role.
    async fn revoke_all(&self) -> Result<()> {
        let done = self.cli.json(&["lease", "revoke", "--all"]).await?;
        ensure!(done["pending"] == serde_json::json!([]), "{done}");
        Ok(())
    }
}

#[tokio::test]
async fn the_aws_cli_boto3_and_the_rust_sdk_share_one_session_through_a_profile() -> Result<()> {
    let ground = Ground::new().await?;
    ground.cli.json(&["profile", "install", "reports"]).await?;
    let config = ground.folder.path().join("config");
    let profile = [
        ("AWS_PROFILE", "reports".into()),
        ("AWS_CONFIG_FILE", config.clone().into_os_string()),
    ];
    let arn = ground.aws(&profile).await?;
    let leases = ground.leases().await?;
    let name = leases[0]["user_name"].as_str().context("a name")?;
    assert_eq!(
        arn,
        format!("arn:aws:sts::{ACCOUNT_ID}:assumed-role/reports/{name}")
    );
    assert_eq!(leases[0]["credential"]["role_arn"], ground.role.as_str());
    let mut boto3 = ground.boto3(&profile).await?;
    let mut rust = ground.rust_sdk(&profile).await?;
    assert_eq!(boto3.who().await?, arn);
    assert_eq!(rust.who().await?, arn);
    assert_eq!(ground.leases().await?.len(), 1, "one session for all");
    // The token is as secret as the key.
    let key = ground.cli.json(&["credentials", "reports"]).await?;
    for part in ["secret_access_key", "session_token"] {
        let secret = key[part].as_str().context("a secret")?;
        assert!(
            files_with(ground.folder.path(), secret)?.is_empty(),
            "{part}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_same_client_object_gets_another_session_when_the_first_is_over() -> Result<()> {
    let ground = Ground::new().await?;
    ground.cli.json(&["profile", "install", "reports"]).await?;
    let config = ground.folder.path().join("config");
    let profile = [
        ("AWS_PROFILE", "reports".into()),
        ("AWS_CONFIG_FILE", config.into_os_string()),
    ];
    let mut boto3 = ground.boto3(&profile).await?;
    let mut rust = ground.rust_sdk(&profile).await?;
    let first = boto3.who().await?;
    assert!(
        first.contains(":assumed-role/reports/lh-reports-"),
        "{first}"
    );
    assert_eq!(rust.who().await?, first);
    assert_eq!(boto3.who().await?, first, "enough of it is left");

    ground.clock.move_to(PAST_ITS_END)?;
    let second = boto3.who().await?;
    assert!(
        second.contains(":assumed-role/reports/lh-reports-"),
        "{second}"
    );
    assert_ne!(second, first);
    assert_eq!(rust.who().await?, second);
    assert_eq!(ground.aws(&profile).await?, second);
    assert_eq!(ground.leases().await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_session_that_was_revoked_is_not_asked_for_again() -> Result<()> {
    // boto3 asks again within the last fifteen minutes, which are all that this one lasts.
    let ground = Ground::new().await?;
    ground.cli.json(&["profile", "install", "short"]).await?;
    let config = ground.folder.path().join("config");
    let profile = [
        ("AWS_PROFILE", "short".into()),
        ("AWS_CONFIG_FILE", config.into_os_string()),
    ];
    let mut boto3 = ground.boto3(&profile).await?;
    let first = boto3.who().await?;
    assert!(first.contains(":assumed-role/reports/lh-short-"), "{first}");
    assert_eq!(boto3.who().await?, first, "enough of it is left");
    ground.revoke_all().await?;
    let second = boto3.who().await?;
    assert!(
        second.contains(":assumed-role/reports/lh-short-"),
        "{second}"
    );
    assert_ne!(second, first);
    Ok(())
}

#[tokio::test]
async fn a_command_runs_with_a_session_of_its_own() -> Result<()> {
    let ground = Ground::new().await?;
    let aws = Machine::new()?.aws().to_owned();
    let aws = aws.to_str().context("a path")?;
    let url = ground.emulator.url();
    let words = [
        "exec",
        "reports",
        "--",
        aws,
        "--endpoint-url",
        url,
        "--output",
        "text",
        "sts",
        "get-caller-identity",
        "--query",
        "Arn",
    ];
    let said = ground.cli.run(&words).await?;
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.stdout.contains(":assumed-role/reports/lh-reports-"),
        "{said:?}"
    );
    let leases = ground.leases().await?;
    assert_eq!(leases[0]["state"], "access-cut");
    Ok(())
}

/// A gateway that serves, and the variables of a program that asks it for the sessions of `reports`.
struct Served {
    _gateway: Process,
    /// Writes another token before one ends.
    _stays: Process,
    url: String,
    token: PathBuf,
}

impl Served {
    async fn by(ground: &Ground) -> Result<Self> {
        let create = [
            "auth-method",
            "create",
            "aws-iam",
            "--name",
            "/boxes/dev",
            "--bound-aws-account-id",
            ACCOUNT_ID,
            "--sts-url",
            ground.emulator.url(),
            "--insecure-dev-sts",
        ];
        let made = ground.cli.json(&create).await?;
        let id = made["auth_method"]["access_id"].as_str();
        let id = id.context("an access id")?;
        for line in [
            "role create boxes",
            "role set-rule boxes --path /development/* --capability read",
            "role associate boxes --auth-method /boxes/dev",
        ] {
            ground
                .cli
                .json(&line.split(' ').collect::<Vec<_>>())
                .await?;
        }
        let gateway = ground
            .cli
            .start(&["gateway", "serve", "--listen", "127.0.0.1:0"])?;
        let url = gateway
            .line("where the gateway listens", |line| {
                line.starts_with("http://").then(|| line.trim().to_owned())
            })
            .await?;
        let token = ground.folder.path().join("token");
        let machine = Cli::without_session(&ground.folder.path().join("box"))?;
        let machine = by(&ground.clock, machine)
            .env("LEASEHOLD_TEST_LOOK_MS", "50")
            .env("AWS_ACCESS_KEY_ID", &ground.account.admin.id)
            .env("AWS_SECRET_ACCESS_KEY", &ground.account.admin.secret);
        let configure = [
            "configure",
            "--access-id",
            id,
            "--access-type",
            "aws_iam",
            "--gateway-url",
            &url,
            "--sts-url",
            ground.emulator.url(),
        ];
        machine.json(&configure).await?;
        let file = token.to_str().context("a path")?;
        let stays = machine.start(&["auth", "--token-file", file, "--stay"])?;
        stays
            .line("the token to be written", |line| {
                line.contains("until").then_some(())
            })
            .await?;
        Ok(Self {
            _gateway: gateway,
            _stays: stays,
            url,
            token,
        })
    }

    fn variables(&self, secret: &str) -> Vec<(&'static str, OsString)> {
        let url = format!("{}/container-credentials/development/{secret}", self.url);
        vec![
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.into()),
            (
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                self.token.clone().into_os_string(),
            ),
        ]
    }
}

#[tokio::test]
async fn container_credentials_serve_awss_own_clients_and_are_renewed_by_them() -> Result<()> {
    let ground = Ground::new().await?;
    let served = Served::by(&ground).await?;
    let token = || std::fs::read_to_string(&served.token);
    let before = token()?;
    let variables = served.variables("reports");
    let mut inline = served.variables("reports");
    inline[1] = ("AWS_CONTAINER_AUTHORIZATION_TOKEN", before.clone().into());

    let mut boto3 = ground.boto3(&variables).await?;
    let mut rust = ground.rust_sdk(&variables).await?;
    let first = boto3.who().await?;
    assert!(
        first.contains(":assumed-role/reports/lh-reports-"),
        "{first}"
    );
    assert_eq!(rust.who().await?, first);
    assert_eq!(
        ground.aws(&inline).await?,
        first,
        "the token itself in a variable"
    );
    assert_eq!(
        ground.leases().await?.len(),
        1,
        "one session for all of a caller"
    );

    // The session is over, and so is the token, as after a night with the lid closed.
    ground.clock.move_to(PAST_ITS_END)?;
    until("another token", || async {
        ensure!(token()? != before, "it is the same");
        Ok(())
    })
    .await?;
    let mode = std::fs::metadata(&served.token)?.permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let second = boto3.who().await?;
    assert!(
        second.contains(":assumed-role/reports/lh-reports-"),
        "{second}"
    );
    assert_ne!(second, first);
    assert_eq!(rust.who().await?, second);
    assert!(ground.aws(&inline).await.is_err(), "the token of before");
    // Nobody took the first away, and nothing says so.
    until("the first lease to be over", || async {
        let states = ground.leases().await?;
        let states: Vec<_> = states.iter().map(|lease| lease["state"].clone()).collect();
        ensure!(states.contains(&"expired".into()), "{states:?}");
        ensure!(states.contains(&"active".into()), "{states:?}");
        assert_eq!(states.len(), 2);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_key_of_an_iam_user_is_no_container_credential() -> Result<()> {
    let ground = Ground::new().await?;
    let add = "secret add app --connection dev --default-ttl 1h --max-ttl 3h --iam-path /leases/";
    ground.cli.json(&add.split(' ').collect::<Vec<_>>()).await?;
    let served = Served::by(&ground).await?;
    let mut variables = served.variables("app");
    // boto3 tries again after a pause, and Python cannot pause by a clock that is moved.
    variables.push(("LD_PRELOAD", OsString::new()));
    let mut boto3 = ground.boto3(&variables).await?;
    let said = boto3.who().await?;
    assert!(said.starts_with("ERROR"), "{said}");
    assert!(
        said.contains("not_a_session") && said.contains("credential_process"),
        "{said}"
    );
    Ok(())
}
