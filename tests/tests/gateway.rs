//! Clients that nobody here wrote log in at a gateway, and somebody with nothing but an AWS identity uses it over a socket.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use leasehold_tests::cli::Cli;
use leasehold_tests::emulator::{ACCOUNT_ID, Account, Emulator, python};
use leasehold_tests::files_with;
use leasehold_tests::process::{Process, finish};
use serde_json::{Value, json};

const ITEM: &str = "/development/app";

/// An owner's home with a dynamic secret of the emulator's account, a method that trusts its STS, and a gateway that serves.
struct Ground {
    folder: tempfile::TempDir,
    emulator: Emulator,
    account: Account,
    owner: Cli,
    access_id: String,
    gateway: Process,
    url: String,
}

impl Ground {
    async fn new(serve: &[&str]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let emulator = Emulator::start().await?;
        let account = emulator.prepare().await?;
        let owner = Cli::without_session(&folder.path().join("owner"))?;
        let endpoint = emulator.url();
        let add = [
            "connection",
            "add",
            "dev",
            "--access-key-id",
            &account.manager.id,
            "--secret-access-key-stdin",
            "--endpoint-url",
            endpoint,
        ];
        owner.json_with_input(&add, &account.manager.secret).await?;
        let add =
            "secret add app --connection dev --default-ttl 1h --max-ttl 3h --iam-path /leases/";
        owner.json(&words(add)).await?;
        let create = [
            "auth-method",
            "create",
            "aws-iam",
            "--name",
            "/boxes/dev",
            "--bound-aws-account-id",
            ACCOUNT_ID,
            "--sts-url",
            endpoint,
            "--insecure-dev-sts",
            "--audit-logs-claims",
            "user_name",
        ];
        let made = owner.json(&create).await?;
        for line in [
            "role create boxes",
            "role set-rule boxes --path /development/* --capability read --capability update",
            "role associate boxes --auth-method /boxes/dev",
        ] {
            owner.json(&words(line)).await?;
        }
        let gateway = owner.start(&[&["gateway", "serve"], serve].concat())?;
        let url = gateway
            .line("where the gateway listens", |line| {
                let is_one = line.starts_with("http://") || line.starts_with("unix:");
                is_one.then(|| line.trim().to_owned())
            })
            .await?;
        Ok(Self {
            access_id: text(&made, "/auth_method/access_id")?,
            folder,
            emulator,
            account,
            owner,
            gateway,
            url,
        })
    }

    /// A session of the account's administrator: what a computer in AWS has.
    async fn session(&self) -> Result<Vec<(String, OsString)>> {
        let sts = self.account.admin.sts(self.emulator.url());
        let given = sts.get_session_token().send().await?;
        let session = given.credentials.context("credentials")?;
        Ok([
            ("AWS_ACCESS_KEY_ID", session.access_key_id.as_str()),
            ("AWS_SECRET_ACCESS_KEY", session.secret_access_key.as_str()),
            ("AWS_SESSION_TOKEN", session.session_token.as_str()),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
        .map(|(name, value)| (name.to_owned(), value.into()))
        .into())
    }

    /// Akeyless's own client, through the whole life of a lease.
    async fn akeyless(&self, signer: &str) -> Result<Value> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/akeyless_client.py");
        let mut command = Command::new(python()?);
        command
            .env_clear()
            .env("HOME", self.folder.path())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("GATEWAY", &self.url)
            .env("ACCESS_ID", &self.access_id)
            .env("ITEM", ITEM)
            .env("SIGNER", signer)
            .envs(self.session().await?)
            .arg(script);
        let output = finish(command, b"").await?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{said}");
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

#[tokio::test]
async fn akeylesss_own_client_goes_through_the_whole_life_of_a_lease() -> Result<()> {
    let mut ground = Ground::new(&["--listen", "127.0.0.1:0"]).await?;
    for signer in ["akeyless", "botocore"] {
        let seen = ground.akeyless(signer).await?;
        assert_eq!(seen["again"][0], 401, "{signer}: one login each: {seen}");
        assert_eq!(seen["claims"]["user_name"], json!(["admin"]), "{signer}");
        assert_eq!(seen["claims"]["account_id"], json!([ACCOUNT_ID]));
        assert_eq!(seen["valid"], true);
        assert_eq!(seen["items"], json!([ITEM]));
        assert_eq!(seen["nowhere"][0], 404);
        assert_eq!(seen["has_secret"], true);
        assert_eq!(seen["own"], json!([seen["lease"]]));
        let ttl = seen["ttl"][0].as_i64().context("ttl")?;
        assert!((19..=20).contains(&ttl), "{signer}: {ttl} minutes");
        assert_eq!(seen["left"], json!([]));
        assert_eq!(seen["after"][0], 401);
        let lease = text(&seen, "/lease")?;
        let shown = ground.owner.json(&["lease", "show", &lease]).await?;
        assert!(text(&shown, "/lease/requested_by")?.ends_with(":user/admin"));
        assert_eq!(shown["lease"]["state"], "revoked");
    }
    ground.gateway.terminate()?;
    ensure!(ground.gateway.ended().await?.success());
    Ok(())
}

#[tokio::test]
async fn a_process_with_only_its_identity_uses_a_forwarded_socket() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let near = folder.path().join("run/gateway.sock");
    let near = near.to_str().context("a path in UTF-8")?.to_owned();
    let ground = Ground::new(&["--socket", &near]).await?;
    // What `ssh -R` does: another socket elsewhere, whose bytes come out here.
    let far = folder.path().join("far.sock");
    let listener = tokio::net::UnixListener::bind(&far)?;
    tokio::spawn(async move {
        while let Ok((mut from, _)) = listener.accept().await {
            let near = near.clone();
            tokio::spawn(async move {
                if let Ok(mut to) = tokio::net::UnixStream::connect(near).await {
                    let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
                }
            });
        }
    });
    // A home with nothing in it but a profile; an identity and no key of the owner's.
    let mut remote = Cli::without_session(&folder.path().join("remote"))?;
    for (name, value) in ground.session().await? {
        remote = remote.env(&name, value);
    }
    let url = format!("unix:{}", far.display());
    let configure = [
        "configure",
        "--profile",
        "default",
        "--access-id",
        &ground.access_id,
        "--access-type",
        "aws_iam",
        "--gateway-url",
        &url,
        "--sts-url",
        ground.emulator.url(),
    ];
    remote.json(&configure).await?;
    let remote = remote.env("LEASEHOLD_PROFILE", "default");
    let made = remote.json(&words("lease create app --ttl 10m")).await?;
    let id = text(&made, "/lease/id")?;
    let key = leasehold_tests::keys::Keys::new(
        text(&made, "/credentials/access_key_id")?,
        text(&made, "/credentials/secret_access_key")?,
    );
    let who = key
        .sts(ground.emulator.url())
        .get_caller_identity()
        .send()
        .await?;
    let user = text(&made, "/lease/user_name")?;
    ensure!(
        who.arn().is_some_and(|arn| arn.ends_with(&user)),
        "the key works"
    );
    remote.json(&["lease", "renew", &id, "--ttl", "5m"]).await?;

    let shown = ground.owner.json(&["lease", "show", &id]).await?;
    let history = shown["events"].to_string();
    for part in [
        ":user/admin",
        &ground.access_id,
        "from unix",
        "user_name=admin",
    ] {
        assert!(history.contains(part), "{part}: {history}");
    }
    let revoked = remote.json(&["lease", "revoke", &id]).await?;
    assert_eq!(revoked["revoked"], json!([id]));
    let ran = remote
        .run(&[
            "exec",
            "app",
            "--",
            "sh",
            "-c",
            "echo $AWS_ACCESS_KEY_ID; exit 7",
        ])
        .await?;
    assert_eq!(ran.code, 7, "{}", ran.stderr);
    assert!(ran.stdout.starts_with("AKIA"), "{}", ran.stdout);
    let open = ground.owner.json(&["lease", "list"]).await?;
    assert_eq!(open["leases"], json!([]), "ended with the command");
    let activity = ground.owner.json(&["activity", "list"]).await?.to_string();
    assert!(activity.contains("login.accepted"), "{activity}");
    let secret = text(&made, "/credentials/secret_access_key")?;
    assert!(!activity.contains(&secret));
    assert!(files_with(ground.owner.home(), &secret)?.is_empty());
    assert!(files_with(&folder.path().join("remote"), &secret)?.is_empty());
    Ok(())
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

fn text(document: &Value, pointer: &str) -> Result<String> {
    let found = document.pointer(pointer).and_then(Value::as_str);
    Ok(found
        .with_context(|| format!("{pointer} of {document}"))?
        .to_owned())
}
