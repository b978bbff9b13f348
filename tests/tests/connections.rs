//! Accounts reached the way people reach them: a real `~/.aws` in a temporary home, with profiles, programs, roles and
//! log-ins; and a managing key that is replaced by a process that may be killed.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use leasehold_tests::cli::{Cli, Said};
use leasehold_tests::emulator::{ACCOUNT_ID, Account, Emulator, MINIMUM_POLICY, allow};
use leasehold_tests::files_with;
use leasehold_tests::keys::Keys;
use secrecy::ExposeSecret;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A person's computer: a home with an `.aws` in it, Leasehold's state, and an account.
struct Desk {
    home: TempDir,
    emulator: Emulator,
    account: Account,
    cli: Cli,
}

impl Desk {
    async fn new() -> Result<Self> {
        let home = tempfile::tempdir()?;
        let emulator = Emulator::start().await?;
        let account = emulator.prepare().await?;
        let cli = Cli::without_session(&home.path().join("leasehold"))?
            .env("HOME", home.path())
            .env("AWS_ENDPOINT_URL", emulator.url());
        std::fs::create_dir_all(home.path().join(".aws"))?;
        let desk = Self {
            home,
            emulator,
            account,
            cli,
        };
        let manager = &desk.account.manager;
        desk.file(
            ".aws/credentials",
            &format!(
                "[manager]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
                manager.id, manager.secret
            ),
        )?;
        Ok(desk)
    }

    fn file(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.home.path().join(name);
        std::fs::create_dir_all(path.parent().context("a folder")?)?;
        std::fs::write(&path, text)?;
        Ok(path)
    }

    /// A role with these rights, which the manager may assume with this external id.
    async fn role(&self, name: &str, external_id: Option<&str>, policy: &str) -> Result<String> {
        let iam = self.account.admin.iam(self.emulator.url());
        let mut trust = serde_json::json!({
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT_ID}:root")},
            "Action": "sts:AssumeRole",
        });
        if let Some(id) = external_id {
            trust["Condition"] = serde_json::json!({"StringEquals": {"sts:ExternalId": id}});
        }
        let document = serde_json::json!({"Version": "2012-10-17", "Statement": [trust]});
        let made = iam.create_role().role_name(name);
        let made = made.assume_role_policy_document(document.to_string());
        let made = made.send().await?;
        let put = iam.put_role_policy().role_name(name).policy_name("rights");
        put.policy_document(policy).send().await?;
        let put = iam.put_user_policy().user_name("leasehold-manager");
        let put = put
            .policy_name("roles")
            .policy_document(allow(&["sts:AssumeRole"]));
        put.send().await?;
        Ok(made.role().context("a role")?.arn().to_owned())
    }

    async fn add(&self, name: &str, more: &[&str]) -> Result<Said> {
        let url = self.emulator.url();
        let add = ["--json", "connection", "add", name, "--endpoint-url", url];
        self.cli.run(&[&add, more].concat()).await
    }

    async fn added(&self, name: &str, more: &[&str]) -> Result<Value> {
        let said = self.add(name, more).await?;
        ensure!(said.code == 0, "{more:?}: {said:?}");
        Ok(said.json()?["connection"].clone())
    }

    async fn refused(&self, code: i32, more: &[&str]) -> Result<Value> {
        let said = self.add("refused", more).await?;
        ensure!(said.code == code, "{more:?}: {said:?}");
        let listed = self.cli.json(&["connection", "list"]).await?;
        let names = listed["connections"].as_array().context("a list")?;
        ensure!(names.iter().all(|one| one["name"] != "refused"), "{listed}");
        said.error()
    }

    /// A lease over this connection is made and ended.
    async fn leases(&self, connection: &str) -> Result<()> {
        let secret = format!("over-{connection}");
        let add = ["secret", "add", &secret, "--connection", connection];
        let ttl = [
            "--default-ttl",
            "1h",
            "--max-ttl",
            "3h",
            "--iam-path",
            "/leases/",
        ];
        self.cli.json(&[&add[..], &ttl].concat()).await?;
        let made = self
            .cli
            .json(&["lease", "create", &secret, "--no-wait"])
            .await?;
        let id = made["lease"]["id"].as_str().context("an id")?;
        let done = self.cli.json(&["lease", "revoke", id]).await?;
        ensure!(done["revoked"][0] == *id, "{done}");
        Ok(())
    }

    /// Runs it at a terminal, where this is typed.
    async fn at_terminal(&self, words: &[&str], typed: &str) -> Result<(i32, String)> {
        let mut command = tokio::process::Command::new("script");
        let program = leasehold_tests::program("leasehold")?;
        let line = [&[program.to_str().context("a path")?][..], words].concat();
        command.args(["-qec", &line.join(" "), "/dev/null"]);
        command.env_clear();
        command.envs(self.cli.environment().iter().cloned());
        command.stdin(std::process::Stdio::piped());
        command.stdout(std::process::Stdio::piped());
        let mut child = command.spawn()?;
        let mut input = child.stdin.take().context("its input")?;
        let mut output = child.stdout.take().context("its output")?;
        let mut said = Vec::new();
        let mut piece = [0_u8; 4096];
        loop {
            let read = tokio::time::timeout(Duration::from_secs(60), output.read(&mut piece));
            let count = read.await.context("it says nothing")??;
            if count == 0 {
                break;
            }
            let asked = String::from_utf8_lossy(&said).contains("MFA code of");
            said.extend_from_slice(&piece[..count]);
            if !asked && String::from_utf8_lossy(&said).contains("MFA code of") {
                input.write_all(typed.as_bytes()).await?;
                input.flush().await?;
            }
        }
        let status = child.wait().await?;
        let said = String::from_utf8_lossy(&said).into_owned();
        Ok((status.code().unwrap_or(-1), said))
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str> {
    value[name]
        .as_str()
        .with_context(|| format!("{name} in {value}"))
}

#[tokio::test]
async fn a_profile_with_a_role_chain_manages_leases_and_leaves_no_credentials_behind() -> Result<()>
{
    let desk = Desk::new().await?;
    let role = desk
        .role("leases", Some("house-4711"), MINIMUM_POLICY)
        .await?;
    let config = |id: &str| {
        format!(
            "[profile chained]\nrole_arn = {role}\nsource_profile = manager\nexternal_id = {id}\n\
             region = eu-west-1\n"
        )
    };
    desk.file(".aws/config", &config("wrong"))?;
    let error = desk.refused(4, &["--profile", "chained"]).await?;
    assert_eq!(error["code"], "aws_denied", "{error}");

    desk.file(".aws/config", &config("house-4711"))?;
    let made = desk.added("dev", &["--profile", "chained"]).await?;
    assert_eq!(made["kind"], "profile");
    assert_eq!(made["region"], "eu-west-1");
    assert!(
        text(&made, "caller_arn")?.contains("assumed-role/leases/"),
        "{made}"
    );
    desk.leases("dev").await?;
    let secret = &desk.account.manager.secret;
    assert_eq!(files_with(desk.cli.home(), secret)?, Vec::<PathBuf>::new());

    // Somebody renames the profile.
    let error = desk.refused(5, &["--profile", "no-such"]).await?;
    assert!(text(&error, "hint")?.contains("chained"), "{error}");
    desk.file(".aws/config", "[profile other]\nregion = us-east-1\n")?;
    let said = desk
        .cli
        .run(&["--json", "lease", "create", "over-dev"])
        .await?;
    assert_eq!(said.code, 4, "{said:?}");
    assert_eq!(said.error()?["code"], "source_failed");
    Ok(())
}

#[tokio::test]
async fn another_config_file_and_a_credential_process_are_honoured() -> Result<()> {
    let mut desk = Desk::new().await?;
    let manager = desk.account.manager.clone();
    let document = serde_json::json!({
        "Version": 1, "AccessKeyId": manager.id, "SecretAccessKey": manager.secret,
    });
    let given = desk.file("given.json", &document.to_string())?;
    let config = |line: &str| format!("[profile tool]\ncredential_process = {line}\n");
    let path = desk.file(
        "elsewhere/config",
        &config(&format!("cat {}", given.display())),
    )?;
    desk.cli = desk.cli.env("AWS_CONFIG_FILE", &path);
    let made = desk.added("tool", &["--profile", "tool"]).await?;
    assert!(
        text(&made, "caller_arn")?.ends_with("user/leasehold-manager"),
        "{made}"
    );
    desk.leases("tool").await?;

    std::fs::write(
        &path,
        config("sh -c 'echo the vault is sealed >&2; exit 3'"),
    )?;
    let error = desk.refused(4, &["--profile", "tool"]).await?;
    assert_eq!(error["code"], "source_failed", "{error}");
    assert!(
        text(&error, "message")?.contains("the vault is sealed"),
        "{error}"
    );
    std::fs::write(&path, config("/usr/bin/leasehold credentials app"))?;
    let error = desk.refused(3, &["--profile", "tool"]).await?;
    assert!(
        text(&error, "message")?.contains("lease of Leasehold's own"),
        "{error}"
    );

    // Whoever may write the configuration sends nobody anywhere unseen.
    let process = config(&format!("cat {}", given.display()));
    let url = desk.emulator.url();
    std::fs::write(&path, format!("{process}endpoint_url = {url}\n"))?;
    let add = ["--json", "connection", "add", "local", "--profile", "tool"];
    let said = desk.cli.run(&add).await?;
    assert_eq!(said.code, 3, "{said:?}");
    let error = said.error()?;
    assert_eq!(error["field"], "endpoint_url", "{error}");
    assert!(text(&error, "message")?.contains(url), "{error}");
    desk.added("local", &["--profile", "tool"]).await?;
    Ok(())
}

#[tokio::test]
async fn a_web_identity_token_in_a_file_opens_its_role() -> Result<()> {
    let desk = Desk::new().await?;
    let iam = desk.account.admin.iam(desk.emulator.url());
    let provider = format!("arn:aws:iam::{ACCOUNT_ID}:oidc-provider/token.example");
    let trust = serde_json::json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
    }]});
    let made = iam.create_role().role_name("runner");
    let made = made.assume_role_policy_document(trust.to_string());
    let made = made.send().await?;
    let role = made.role().context("a role")?.arn();
    let put = iam.put_role_policy().role_name("runner");
    let put = put.policy_name("rights").policy_document(MINIMUM_POLICY);
    put.send().await?;

    let token = desk.file("token", TOKEN_OF_ANOTHER)?;
    desk.file(
        ".aws/config",
        &format!(
            "[profile runner]\nrole_arn = {role}\nweb_identity_token_file = {}\n\
             role_session_name = job\n",
            token.display()
        ),
    )?;
    let error = desk.refused(4, &["--profile", "runner"]).await?;
    assert_eq!(error["code"], "aws_denied", "{error}");

    desk.file("token", TOKEN)?;
    let listed = desk.cli.json(&["connection", "profiles"]).await?;
    let listed = listed.to_string();
    assert!(listed.contains("from a web identity token"), "{listed}");
    let made = desk.added("runner", &["--profile", "runner"]).await?;
    assert!(
        text(&made, "caller_arn")?.ends_with("assumed-role/runner/job"),
        "{made}"
    );
    desk.leases("runner").await?;
    assert_eq!(files_with(desk.cli.home(), TOKEN)?, Vec::<PathBuf>::new());
    Ok(())
}

/// `{"iss":"https://token.example","sub":"job"}`, and the same of `elsewhere.example`; `alg` is `none`.
const TOKEN: &str =
    "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL3Rva2VuLmV4YW1wbGUiLCJzdWIiOiJqb2IifQ.c2lnbmVk";
const TOKEN_OF_ANOTHER: &str =
    "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2Vsc2V3aGVyZS5leGFtcGxlIiwic3ViIjoiam9iIn0.c2lnbmVk";

#[tokio::test]
async fn a_role_is_assumed_from_a_connection_or_a_profile_with_its_external_id() -> Result<()> {
    let desk = Desk::new().await?;
    let role = desk
        .role("leases", Some("house-4711"), MINIMUM_POLICY)
        .await?;
    desk.added("base", &["--profile", "manager"]).await?;
    let from = ["--role-arn", &role, "--from", "base"];
    let error = desk.refused(4, &from).await?;
    assert_eq!(error["code"], "aws_denied", "{error}");
    assert!(text(&error, "hint")?.contains("--external-id"), "{error}");

    let id = ["--external-id", "house-4711"];
    let made = desk
        .added(
            "ops",
            &[&from[..], &id, &["--session-name", "alice"]].concat(),
        )
        .await?;
    assert_eq!(made["kind"], "role");
    assert_eq!(made["from"], "base");
    assert!(
        text(&made, "caller_arn")?.ends_with("assumed-role/leases/alice"),
        "{made}"
    );
    desk.leases("ops").await?;
    let said = desk
        .cli
        .run(&["--json", "connection", "remove", "base"])
        .await?;
    assert_eq!(
        (said.code, said.error()?["code"].as_str()),
        (3, Some("refused"))
    );

    let from = ["--role-arn", &role, "--from", "profile:manager"];
    desk.added("direct", &[&from[..], &id].concat()).await?;
    for (field, more) in [
        (
            "role_arn",
            &["--role-arn", "arn:aws:iam::000000000000:user/x"][..],
        ),
        (
            "external_id",
            &["--role-arn", &role, "--external-id", "a b"],
        ),
        (
            "role_arn",
            &[&from[..], &["--region", "cn-north-1"]].concat(),
        ),
        (
            "duration",
            &["--role-arn", &role, "--from", "base", "--duration", "5m"],
        ),
    ] {
        assert_eq!(desk.refused(3, more).await?["field"], field);
    }
    Ok(())
}

#[tokio::test]
async fn an_mfa_code_is_asked_for_at_a_terminal_and_nowhere_else() -> Result<()> {
    let desk = Desk::new().await?;
    let role = desk.role("leases", None, MINIMUM_POLICY).await?;
    let serial = format!("arn:aws:iam::{ACCOUNT_ID}:mfa/alice");
    let url = desk.emulator.url();
    let role = [
        "--role-arn",
        &role,
        "--from",
        "profile:manager",
        "--mfa-serial",
        &serial,
    ];
    let error = desk.refused(4, &role).await?;
    assert_eq!(error["code"], "login_needed", "{error}");

    let add = ["connection", "add", "ops", "--endpoint-url", url];
    let (code, said) = desk.at_terminal(&[&add[..], &role].concat(), "\n").await?;
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("login_needed"), "{said}");
    let (code, said) = desk
        .at_terminal(&[&add[..], &role].concat(), "123456\n")
        .await?;
    assert_eq!(code, 0, "{said}");

    let ttl = [
        "--default-ttl",
        "1h",
        "--max-ttl",
        "3h",
        "--iam-path",
        "/leases/",
    ];
    let add = ["secret", "add", "app", "--connection", "ops"];
    desk.cli.json(&[&add[..], &ttl].concat()).await?;
    let (code, said) = desk
        .at_terminal(&["lease", "create", "app"], "123456\n")
        .await?;
    assert_eq!(code, 0, "{said}");
    let (code, said) = desk
        .at_terminal(&["exec", "app", "--", "env"], "123456\n")
        .await?;
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("AWS_ACCESS_KEY_ID=AKIA"), "{said}");
    // What programs run never asks, also at a terminal.
    let (code, said) = desk
        .at_terminal(&["credentials", "app"], "123456\n")
        .await?;
    assert_eq!((code, said.contains("MFA code of")), (4, false), "{said}");

    let shown = desk.cli.json(&["connection", "show", "ops"]).await?;
    assert_eq!(
        shown["connection"]["problem"]["code"], "login_needed",
        "{shown}"
    );
    Ok(())
}

/// Answers what single sign-on's portal and its token endpoint are asked, on loopback.
async fn portal(keys: Keys) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0_u8; 16 * 1024];
            let count = stream.read(&mut request).await.unwrap_or_default();
            let request = String::from_utf8_lossy(&request[..count]).to_lowercase();
            let (status, body) = if request.starts_with("post /token") {
                let token = serde_json::json!({
                    "accessToken": "renewed", "tokenType": "Bearer", "expiresIn": 28_800,
                });
                (200, token)
            } else if request.contains("x-amz-sso_bearer_token: renewed") {
                let until = chrono::Utc::now() + chrono::TimeDelta::hours(1);
                let role = serde_json::json!({
                    "accessKeyId": keys.id, "secretAccessKey": keys.secret,
                    "expiration": until.timestamp_millis(),
                });
                (200, serde_json::json!({"roleCredentials": role}))
            } else {
                let message = "Session token not found or invalid";
                (401, serde_json::json!({"message": message}))
            };
            let body = body.to_string();
            let kind = match status {
                200 => "",
                _ => "x-amzn-errortype: UnauthorizedException\r\n",
            };
            let answer = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{kind}content-length: {}\r\n\
                 connection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    Ok(url)
}

#[tokio::test]
async fn single_sign_on_is_used_while_it_lasts_and_the_log_in_is_named_when_it_has_ended()
-> Result<()> {
    let mut desk = Desk::new().await?;
    let url = portal(desk.account.manager.clone()).await?;
    desk.cli = desk
        .cli
        .env("AWS_ENDPOINT_URL_SSO", &url)
        .env("AWS_ENDPOINT_URL_SSO_OIDC", &url);
    desk.file(
        ".aws/config",
        "[sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = us-east-1\n\
         sso_registration_scopes = sso:account:access\n\
         [profile sso]\nsso_session = corp\nsso_account_id = 000000000000\nsso_role_name = Admin\n",
    )?;
    let error = desk.refused(4, &["--profile", "sso"]).await?;
    assert_eq!(error["code"], "login_needed", "{error}");
    assert!(
        text(&error, "hint")?.contains("aws sso login --profile sso"),
        "{error}"
    );

    let token = |expires: &str, refresh: bool| {
        let mut token = serde_json::json!({
            "accessToken": "old", "expiresAt": expires, "region": "us-east-1",
            "startUrl": "https://corp.example/start",
        });
        if refresh {
            token["clientId"] = "c".into();
            token["clientSecret"] = "s".into();
            token["refreshToken"] = "r".into();
            token["registrationExpiresAt"] = "2100-01-01T00:00:00Z".into();
        }
        token.to_string()
    };
    let cache = format!(".aws/sso/cache/{SHA1_OF_CORP}.json");
    desk.file(&cache, &token("2020-01-01T00:00:00Z", false))?;
    let error = desk.refused(4, &["--profile", "sso"]).await?;
    assert_eq!(error["code"], "login_needed", "{error}");

    desk.file(&cache, &token("2020-01-01T00:00:00Z", true))?;
    let made = desk.added("sso", &["--profile", "sso"]).await?;
    assert_eq!(made["account_id"], ACCOUNT_ID);
    desk.leases("sso").await?;

    // Logged out meanwhile.
    desk.file(&cache, &token("2020-01-01T00:00:00Z", false))?;
    let said = desk
        .cli
        .run(&["--json", "lease", "create", "over-sso"])
        .await?;
    assert_eq!(said.code, 4, "{said:?}");
    assert_eq!(said.error()?["code"], "login_needed");
    let shown = desk.cli.json(&["connection", "show", "sso"]).await?;
    assert_eq!(
        shown["connection"]["problem"]["code"], "login_needed",
        "{shown}"
    );
    Ok(())
}

/// `printf corp | sha1sum`
const SHA1_OF_CORP: &str = "ee0bfd2552fbd840c02cc48b6e823320543c450f";

#[tokio::test]
async fn sessions_that_iam_is_shut_to_are_refused_with_the_reason() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let practice = leasehold_practice::Practice::open(&folder.path().join("account"))
        .map_err(|problem| anyhow::anyhow!("{problem}"))?;
    let (id, secret) =
        leasehold_practice::add_admin(&practice).map_err(|problem| anyhow::anyhow!("{problem}"))?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(leasehold_practice::serve(practice, listener));
    let sts = Keys::new(id, secret.expose_secret()).sts(&url);
    let session = sts.get_session_token().send().await?;
    let session = session.credentials().context("a session")?.clone();
    let federated = sts
        .get_federation_token()
        .name("alice")
        .policy(allow(&["*"]));
    let federated = federated.send().await?;
    let federated = federated.credentials().context("a session")?.clone();
    let mut credentials = String::new();
    for (name, made) in [("session", session), ("federated", federated)] {
        credentials += &format!(
            "[{name}]\naws_access_key_id = {}\naws_secret_access_key = {}\naws_session_token = {}\n",
            made.access_key_id(),
            made.secret_access_key(),
            made.session_token()
        );
    }
    let file = folder.path().join("credentials");
    std::fs::write(&file, credentials)?;
    let cli = Cli::without_session(&folder.path().join("leasehold"))?
        .env("AWS_SHARED_CREDENTIALS_FILE", &file);
    for (profile, why) in [("session", "with MFA"), ("federated", "GetFederationToken")] {
        let add = ["--json", "connection", "add", "x", "--endpoint-url", &url];
        let said = cli
            .run(&[&add[..], &["--profile", profile]].concat())
            .await?;
        assert_eq!(said.code, 3, "{said:?}");
        let error = said.error()?;
        assert_eq!(error["code"], "refused", "{error}");
        assert!(text(&error, "message")?.contains(why), "{error}");
    }
    Ok(())
}

/// A sign-in for the console that takes every session, and what it was asked.
async fn sign_in() -> Result<(String, std::sync::Arc<std::sync::Mutex<Vec<String>>>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let asked = std::sync::Arc::<std::sync::Mutex<Vec<String>>>::default();
    let heard = std::sync::Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0_u8; 16 * 1024];
            let count = stream.read(&mut request).await.unwrap_or_default();
            let request = String::from_utf8_lossy(&request[..count]).into_owned();
            let line = request.lines().next().unwrap_or_default().to_owned();
            if let Ok(mut all) = heard.lock() {
                all.push(line);
            }
            let body = format!(r#"{{"SigninToken":"{SIGN_IN_TOKEN}"}}"#);
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    Ok((url, asked))
}

const SIGN_IN_TOKEN: &str = "VCQgs5qZZt3Q6fn8Tr5EXAMPLETOKENwLB7fC5kP";

#[tokio::test]
async fn the_console_is_opened_by_a_browser_whose_command_line_holds_no_link() -> Result<()> {
    let mut desk = Desk::new().await?;
    let (url, asked) = sign_in().await?;
    desk.cli = desk.cli.env("LEASEHOLD_SIGNIN_URL", &url);
    desk.added("dev", &["--profile", "manager"]).await?;
    let add = ["secret", "add", "web", "--connection", "dev"];
    let ttl = ["--default-ttl", "1h", "--max-ttl", "3h"];
    let document = desk.file("federated.json", &allow(&["sts:GetFederationToken"]))?;
    let document = document.to_str().context("a path")?;
    let more = ["--iam-path", "/leases/", "--policy-document", document];
    desk.cli.json(&[&add[..], &ttl, &more].concat()).await?;

    let said = desk
        .cli
        .run(&["console", "web", "--service", "s3", "--url"])
        .await?;
    assert_eq!(said.code, 0, "{said:?}");
    let link = said.stdout.trim().to_owned();
    assert!(
        link.starts_with(&format!("{url}/federation?Action=login&")),
        "{link}"
    );
    assert!(link.contains(SIGN_IN_TOKEN), "{link}");
    let line = asked.lock().map_err(|_| anyhow::anyhow!("poisoned"))?[0].clone();
    assert!(
        line.starts_with("GET /federation?Action=getSigninToken&Session="),
        "{line}"
    );
    assert_eq!(
        files_with(desk.cli.home(), SIGN_IN_TOKEN)?,
        Vec::<PathBuf>::new()
    );

    // A browser that writes down what it was started with, and what it came to.
    let (seen, came) = (desk.home.path().join("seen"), desk.home.path().join("came"));
    let browser = format!(
        "sh -c 'echo {{}} > {}; curl -sD {} {{}}'",
        seen.display(),
        came.display()
    );
    let said = desk
        .cli
        .run(&["--json", "console", "web", "--browser", &browser])
        .await?;
    assert_eq!(said.code, 0, "{said:?}");
    let answer = said.json()?;
    assert_eq!(answer["url"], Value::Null, "{answer}");
    let seen = std::fs::read_to_string(seen)?;
    assert!(seen.starts_with("http://127.0.0.1:"), "{seen}");
    assert!(!seen.contains(SIGN_IN_TOKEN), "{seen}");
    leasehold_tests::until("the browser to be sent on", || async {
        let came = std::fs::read_to_string(&came)?;
        ensure!(
            came.contains("303 See Other") && came.contains(SIGN_IN_TOKEN),
            "{came}"
        );
        Ok(())
    })
    .await?;

    // It went into the log of what was done, without the link.
    let log = desk.cli.json(&["activity", "list"]).await?;
    let log = log.to_string();
    assert!(
        log.contains("lease.console") && !log.contains(SIGN_IN_TOKEN),
        "{log}"
    );
    let error = desk.cli.run(&["--json", "console", "no-such"]).await?;
    assert_eq!(error.code, 5, "{error:?}");
    Ok(())
}
