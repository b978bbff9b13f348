//! The break-glass kit, run by AWS's own command line against an AWS emulator nobody here wrote.

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use leasehold_engine::wire::{LeaseView, SecretDraft};
use leasehold_engine::{AddAccessKey, Engine, IssueRequest, KeychainChoice, Options};
use leasehold_tests::aws_cli::Machine;
use leasehold_tests::clock::Clock;
use leasehold_tests::emulator::{Account, Emulator, allow};
use leasehold_tests::keys::{Keys, refused};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The role of the sessions here.
const ROLE: &str = "reports";

struct Rig {
    emulator: Emulator,
    account: Account,
    engine: Engine,
    machine: Machine,
    home: tempfile::TempDir,
}

impl Rig {
    async fn start() -> Result<Self> {
        Self::on(Machine::new()?, Emulator::start().await?).await
    }

    async fn on(machine: Machine, emulator: Emulator) -> Result<Self> {
        let account = emulator.prepare().await?;
        let home = tempfile::tempdir()?;
        let engine = Engine::open(Options::new(
            home.path().join("home"),
            KeychainChoice::Memory,
            "test",
        ))?;
        engine
            .connections()
            .add_access_key(AddAccessKey {
                name: "dev".into(),
                access_key_id: account.manager.id.clone(),
                secret_access_key: SecretString::from(account.manager.secret.as_str()),
                region: None,
                endpoint_url: Some(emulator.url().to_owned()),
            })
            .await?;
        engine.secrets().add(&SecretDraft {
            name: "app".into(),
            environment: "development".into(),
            folder: "/".into(),
            connection: "dev".into(),
            default_ttl: "1h".into(),
            max_ttl: "3h".into(),
            region: "us-east-1".into(),
            iam_path: "/leases/app/".into(),
            permission_boundary: account.boundary.clone(),
            groups: vec![account.group.clone()],
            policy_arns: account.policies.to_vec(),
            policy_documents: vec![allow(&["iam:ListPolicies"])],
            ..SecretDraft::default()
        })?;
        Ok(Self {
            emulator,
            account,
            engine,
            machine,
            home,
        })
    }

    async fn issue(&self) -> Result<(LeaseView, String)> {
        let request = IssueRequest {
            secret: "app".into(),
            ..IssueRequest::default()
        };
        let issued = self.engine.leases().issue(&request).await?;
        let secret = issued.credentials.secret_access_key.expose_secret();
        Ok((issued.lease.clone(), secret.to_owned()))
    }

    /// Adds two dynamic secrets of sessions: `reports` of a role that may list users, and `upload` of federated users.
    async fn add_sessions(&self) -> Result<()> {
        let (emulator, admin) = (&self.emulator, &self.account.admin);
        let role = emulator.role(admin, ROLE, &["iam:ListUsers"]).await?;
        let draft = |name: &str, credential_type: &str| SecretDraft {
            name: name.into(),
            environment: "development".into(),
            folder: "/".into(),
            connection: "dev".into(),
            default_ttl: "1h".into(),
            max_ttl: "1h".into(),
            credential_type: credential_type.into(),
            ..SecretDraft::default()
        };
        let secrets = self.engine.secrets();
        secrets.add(&SecretDraft {
            role_arn: role,
            ..draft("reports", "assumed_role")
        })?;
        secrets.add(&SecretDraft {
            policy_documents: vec![allow(&["iam:GetUser"])],
            ..draft("upload", "federation_token")
        })?;
        Ok(())
    }

    async fn session(&self, secret: &str) -> Result<(LeaseView, Keys)> {
        let request = IssueRequest {
            secret: secret.into(),
            ..IssueRequest::default()
        };
        let issued = self.engine.leases().issue(&request).await?;
        let key = &issued.credentials;
        let token = key
            .session_token
            .as_ref()
            .map(|token| token.expose_secret());
        let keys = Keys::new(&key.access_key_id, key.secret_access_key.expose_secret());
        Ok((issued.lease.clone(), keys.with_token(token)))
    }

    /// Whether a session may do what its role may.
    async fn works(&self, session: &Keys) -> Result<bool> {
        let url = self.emulator.url();
        match session.iam(url).list_users().send().await {
            Ok(_) => Ok(true),
            answer => {
                assert_eq!(refused(answer)?, "AccessDenied");
                Ok(false)
            }
        }
    }

    /// Names of the inline policies of the role.
    async fn policies(&self) -> Result<Vec<String>> {
        let admin = self.account.admin.iam(self.emulator.url());
        let listed = admin.list_role_policies().role_name(ROLE).send().await?;
        let mut names = listed.policy_names().to_vec();
        names.sort();
        Ok(names)
    }

    /// The script as an administrator runs it.
    async fn run(&self, script: &str, words: &[&str]) -> Result<(i32, String)> {
        let admin = &self.account.admin;
        let url = self.emulator.url();
        said(self.machine.sh(script, words, admin, url).await?)
    }

    async fn user_id(&self, name: &str) -> Result<Option<String>> {
        let admin = self.account.admin.iam(self.emulator.url());
        match admin.get_user().user_name(name).send().await {
            Ok(found) => Ok(found.user().map(|user| user.user_id().to_owned())),
            answer => {
                assert_eq!(refused(answer)?, "NoSuchEntity");
                Ok(None)
            }
        }
    }
}

fn said(output: Output) -> Result<(i32, String)> {
    let text = [output.stdout, output.stderr].concat();
    let code = output.status.code().context("no exit code")?;
    Ok((code, String::from_utf8(text)?))
}

#[tokio::test]
async fn every_lease_ends_and_somebody_elses_user_of_the_same_name_is_left_alone() -> Result<()> {
    let rig = Rig::start().await?;
    let (one, secret) = rig.issue().await?;
    let (two, _) = rig.issue().await?;
    let (three, _) = rig.issue().await?;
    let kit = rig.engine.break_glass().kit()?;
    assert_eq!(kit.leases, 3);
    for text in [&kit.script, &kit.list] {
        assert!(!text.contains(&secret) && !text.contains(&rig.account.manager.secret));
        for lease in [&one, &two, &three] {
            assert!(text.contains(&lease.user_name) && text.contains(&rig.account_of(lease)));
        }
    }
    let admin = rig.account.admin.iam(rig.emulator.url());
    // A key that Leasehold does not know.
    admin
        .create_access_key()
        .user_name(&two.user_name)
        .send()
        .await?;
    // The third ends, and somebody makes a user of its name.
    let done = rig.engine.leases().revoke(&[three.id]).await?;
    ensure!(done.pending.is_empty(), "{done:?}");
    let foreign = &three.user_name;
    admin
        .create_user()
        .user_name(foreign)
        .path("/leases/app/")
        .send()
        .await?;
    admin.create_access_key().user_name(foreign).send().await?;

    let (code, text) = rig.run(&kit.script, &["--yes"]).await?;
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("Ended now: 2."), "{text}");
    assert!(text.contains("NOT TOUCHED: 1,"), "{text}");
    assert!(!text.contains("FAILED"), "{text}");
    assert_eq!(rig.user_id(&one.user_name).await?, None);
    assert_eq!(rig.user_id(&two.user_name).await?, None);
    assert_ne!(rig.user_id(foreign).await?, None);
    let keys = admin.list_access_keys().user_name(foreign).send().await?;
    assert_eq!(keys.access_key_metadata().len(), 1);

    let (code, text) = rig.run(&kit.script, &["--yes"]).await?;
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("Ended now: 0. Gone already: 2."), "{text}");
    let key = keys.access_key_metadata()[0].access_key_id();
    let key = key.context("a key id")?;
    admin
        .delete_access_key()
        .user_name(foreign)
        .access_key_id(key)
        .send()
        .await?;
    admin.delete_user().user_name(foreign).send().await?;
    let (code, text) = rig.run(&kit.script, &["--yes"]).await?;
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("Ended now: 0. Gone already: 3."), "{text}");
    Ok(())
}

#[tokio::test]
async fn a_session_is_denied_alone_a_token_ends_by_itself_and_no_policy_stays() -> Result<()> {
    let clock = Clock::new()?;
    let machine = Machine::new()?.by(&clock);
    let rig = Rig::on(machine, Emulator::start_by(&clock).await?).await?;
    rig.add_sessions().await?;
    let (lease, session) = rig.session("reports").await?;
    let (token_lease, token) = rig.session("upload").await?;
    let kit = rig.engine.break_glass().kit()?;
    assert_eq!(kit.leases, 2);
    for text in [&kit.script, &kit.list] {
        for keys in [&session, &token] {
            let secret_token = keys.token.as_ref().context("a token")?;
            assert!(!text.contains(&keys.secret) && !text.contains(secret_token));
        }
    }
    // A session that the kit does not know.
    let (_, other) = rig.session("reports").await?;

    let (_, text) = rig.run(&kit.script, &["--dry-run"]).await?;
    assert!(
        text.contains("would run: aws iam put-role-policy"),
        "{text}"
    );
    assert!(rig.works(&session).await?, "nothing was done");
    assert_eq!(rig.policies().await?, ["rights"]);

    for round in ["first", "again"] {
        let (code, text) = rig.run(&kit.script, &["--yes"]).await?;
        assert_eq!(code, 1, "{round}: {text}");
        assert!(text.contains("Ended now: 1. Gone already: 0."), "{text}");
        assert!(text.contains("NOT ENDED: 1."), "{text}");
        let by_itself = format!("{}, which ends by itself at", token_lease.user_name);
        assert!(text.contains(&by_itself), "{text}");
        assert!(!text.contains("FAILED"), "{text}");
        assert!(!rig.works(&session).await?, "{round}");
        assert!(rig.works(&other).await?, "{round}: another session of it");
        assert_eq!(rig.policies().await?.len(), 2, "{round}");
    }
    // It is the policy that Leasehold itself puts and takes off.
    let done = rig.engine.leases().revoke(&[lease.id]).await?;
    ensure!(done.pending.is_empty(), "{done:?}");
    assert_eq!(rig.policies().await?.len(), 2);

    clock.move_to(Duration::from_secs(2 * 3600))?;
    let (code, text) = rig.run(&kit.script, &["--yes"]).await?;
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("Ended now: 0. Gone already: 2."), "{text}");
    clock.move_to(Duration::ZERO)?;
    assert_eq!(rig.policies().await?, ["rights"]);
    Ok(())
}

impl Rig {
    fn account_of(&self, lease: &LeaseView) -> String {
        format!("{}:user{}", lease.account_id, lease.iam_path)
    }
}

/// Answers every request with one document, like an STS of another account, and counts them.
async fn another_account() -> Result<(String, tokio::sync::watch::Receiver<Vec<String>>)> {
    const ANSWER: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
        <GetCallerIdentityResult><Arn>arn:aws:iam::999999999999:user/admin</Arn><UserId>AIDAOTHER</UserId>\
        <Account>999999999999</Account></GetCallerIdentityResult>\
        <ResponseMetadata><RequestId>x</RequestId></ResponseMetadata></GetCallerIdentityResponse>";
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let (tell, asked) = tokio::sync::watch::channel(Vec::new());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            // The body of these requests is one line that begins with the action.
            while !String::from_utf8_lossy(&request).contains("Action=") {
                let mut part = [0; 4096];
                match stream.read(&mut part).await {
                    Ok(read @ 1..) => request.extend_from_slice(&part[..read]),
                    _ => break,
                }
            }
            let text = String::from_utf8_lossy(&request).into_owned();
            let action = text.split("Action=").nth(1).unwrap_or_default();
            let action = action.split('&').next().unwrap_or_default().to_owned();
            tell.send_modify(|asked| asked.push(action));
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                ANSWER.len()
            );
            let _ = stream.write_all(format!("{head}{ANSWER}").as_bytes()).await;
        }
    });
    Ok((url, asked))
}

#[tokio::test]
async fn credentials_of_another_account_end_nothing_and_the_script_says_so() -> Result<()> {
    let rig = Rig::start().await?;
    let (one, _) = rig.issue().await?;
    let kit = rig.engine.break_glass().kit()?;
    let (url, asked) = another_account().await?;
    let admin = &rig.account.admin;
    let output = rig.machine.sh(&kit.script, &["--yes"], admin, &url).await?;
    let (code, text) = said(output)?;
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("in account 999999999999"), "{text}");
    let skipped = format!("Skipped: 1 in account {}.", one.account_id);
    assert!(text.contains(&skipped), "{text}");
    assert_eq!(*asked.borrow(), ["GetCallerIdentity"]);
    assert_ne!(rig.user_id(&one.user_name).await?, None);

    Ok(())
}

#[tokio::test]
async fn the_script_is_plain_posix_shell() -> Result<()> {
    let rig = Rig::start().await?;
    rig.issue().await?;
    let script = rig.home.path().join("kit.sh");
    std::fs::write(&script, rig.engine.break_glass().kit()?.script)?;
    for judge in [
        &["sh", "-n"][..],
        &["dash", "-n"],
        &["bash", "--posix", "-n"],
        &["shellcheck", "--shell=sh", "--severity=style"],
    ] {
        let output = Command::new(judge[0])
            .args(&judge[1..])
            .arg(&script)
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("{judge:?}: `cargo xtask setup --tests` installs it"))?;
        let (code, text) = said(output)?;
        assert_eq!((code, text.as_str()), (0, ""), "{judge:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_folder_that_was_chosen_always_has_the_kit_of_the_open_leases() -> Result<()> {
    let rig = Rig::start().await?;
    let folder = rig.home.path().join("usb stick");
    std::fs::create_dir(&folder)?;
    rig.engine.break_glass().keep_in(&folder)?;
    let script = || std::fs::read_to_string(folder.join("leasehold-break-glass.sh"));
    assert!(script()?.contains("ends 0 leases"));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let engine = rig.engine.clone();
    let timer = tokio::spawn(async move { engine.run(stopped).await });
    let (lease, _) = rig.issue().await?;
    let shows = |text: &'static str| {
        let script = &script;
        leasehold_tests::until(text, move || async move {
            ensure!(script()?.contains(text), "not yet");
            Ok(())
        })
    };
    shows("ends 1 lease").await?;
    assert!(script()?.contains(&lease.user_name));
    rig.engine.leases().revoke(&[lease.id]).await?;
    shows("ends 0 leases").await?;
    stop.send(true)?;
    tokio::time::timeout(Duration::from_secs(30), timer).await??;
    Ok(())
}
