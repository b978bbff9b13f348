//! The AWS emulator nobody here wrote: signatures checked, policies enforced, one process per test on a port of its own.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use tempfile::TempDir;

use crate::clock::Clock;
use crate::keys::Keys;
use crate::process::Process;
use crate::{program_folder, session};

/// The permissions the dynamic-secret documentation asks for the managing user, to the letter: 15 actions on every resource.
pub const MINIMUM_POLICY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "iam:AttachUserPolicy",
        "iam:CreateAccessKey",
        "iam:CreateUser",
        "iam:DeleteAccessKey",
        "iam:DeleteUser",
        "iam:DeleteUserPolicy",
        "iam:DetachUserPolicy",
        "iam:GetUser",
        "iam:ListAccessKeys",
        "iam:ListAttachedUserPolicies",
        "iam:ListGroupsForUser",
        "iam:ListUserPolicies",
        "iam:PutUserPolicy",
        "iam:AddUserToGroup",
        "iam:RemoveUserFromGroup"
      ],
      "Resource": ["*"]
    }
  ]
}"#;
/// The account number of the emulator's one account.
pub const ACCOUNT_ID: &str = "000000000000";

/// A running emulator; it ends when it is dropped.
pub struct Emulator {
    process: Process,
    url: String,
    folder: TempDir,
}

/// An account made ready for leases. [`Emulator::prepare`] says what is in it.
#[derive(Clone, Debug)]
pub struct Account {
    /// `admin`: may do everything. For looking at what is there, never for what is being tested.
    pub admin: Keys,
    /// `leasehold-manager`: holds [`MINIMUM_POLICY`] and nothing else.
    pub manager: Keys,
    /// A group `deployers` that may list groups and create them.
    pub group: String,
    /// Two customer managed policies: the first allows listing users, the second listing and creating roles.
    pub policies: [String; 2],
    /// A permission boundary that leaves only reading IAM and asking STS.
    pub boundary: String,
}

impl Emulator {
    /// Starts an emulator with the real time; about 0.6 s.
    ///
    /// # Errors
    /// When its Python environment is missing (`cargo xtask setup --tests` makes it) or it does not come up.
    pub async fn start() -> Result<Self> {
        Self::launch(None, Vec::new()).await
    }

    /// Starts an emulator that goes by this clock in everything: what is in time, when a session is over, its dates.
    ///
    /// # Errors
    /// As for [`Emulator::start`].
    pub async fn start_by(clock: &Clock) -> Result<Self> {
        Self::launch(None, clock.environment()).await
    }

    /// Starts an emulator whose clock is `ahead` of ours, as AWS's is for a computer with a slow clock. Needs `faketime`.
    ///
    /// # Errors
    /// As for [`Emulator::start`].
    pub async fn start_ahead(ahead: Duration) -> Result<Self> {
        Self::launch(Some(ahead), Vec::new()).await
    }

    /// Where to send requests: `http://127.0.0.1:<port>`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The emulator's root key: it skips every check, so it is for setting things up only.
    #[must_use]
    pub fn root(&self) -> Keys {
        Keys::new("test", "test")
    }

    /// Moves the moment that policies are judged at: 0 is the real time. What was signed now stays valid, and what is signed
    /// at that moment is valid as well.
    ///
    /// # Errors
    /// When its folder is gone.
    pub fn judge_at(&self, ahead: Duration) -> Result<()> {
        // Renamed into place: the emulator never reads half a number.
        let next = self.folder.path().join("clock.next");
        std::fs::write(&next, ahead.as_secs().to_string())?;
        std::fs::rename(next, clock_file(self.folder.path())).context("moving the clock")
    }

    /// Makes an [`Account`]: an administrator, a managing user with the minimum policy, a group, two managed policies, a boundary.
    ///
    /// # Errors
    /// When the emulator refuses anything of it.
    pub async fn prepare(&self) -> Result<Account> {
        let admin = self.root().iam(&self.url);
        let admin = make_user(&admin, "admin", "/", &allow(&["*"])).await?;
        let iam = admin.iam(&self.url);
        let manager = make_user(&iam, "leasehold-manager", "/", MINIMUM_POLICY).await?;
        let policies = [
            make_policy(&iam, "list-users", &allow(&["iam:ListUsers"])).await?,
            make_policy(
                &iam,
                "make-roles",
                &allow(&["iam:ListRoles", "iam:CreateRole"]),
            )
            .await?,
        ];
        let boundary = allow(&["iam:Get*", "iam:List*", "sts:*"]);
        let boundary = make_policy(&iam, "lease-boundary", &boundary).await?;
        let group = "deployers";
        iam.create_group().group_name(group).send().await?;
        iam.put_group_policy()
            .group_name(group)
            .policy_name("groups")
            .policy_document(allow(&["iam:ListGroups", "iam:CreateGroup"]))
            .send()
            .await?;
        Ok(Account {
            admin,
            manager,
            group: group.to_owned(),
            policies,
            boundary,
        })
    }

    /// Makes a user with one inline policy and a key, with an administrator's key.
    ///
    /// # Errors
    /// When the emulator refuses.
    pub async fn user(&self, admin: &Keys, name: &str, path: &str, policy: &str) -> Result<Keys> {
        make_user(&admin.iam(&self.url), name, path, policy).await
    }

    /// Makes a role that may do this, and lets the managing user assume it and cut its sessions. Answers its ARN.
    ///
    /// # Errors
    /// When the emulator refuses.
    pub async fn role(&self, admin: &Keys, name: &str, actions: &[&str]) -> Result<String> {
        let iam = admin.iam(&self.url);
        let trust = serde_json::json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT_ID}:root")}, "Action": "sts:AssumeRole"}]});
        let made = iam
            .create_role()
            .role_name(name)
            .assume_role_policy_document(trust.to_string())
            .send()
            .await?;
        iam.put_role_policy()
            .role_name(name)
            .policy_name("rights")
            .policy_document(allow(actions))
            .send()
            .await?;
        let more = [
            "sts:AssumeRole",
            "sts:GetFederationToken",
            "iam:PutRolePolicy",
            "iam:DeleteRolePolicy",
        ];
        iam.put_user_policy()
            .user_name("leasehold-manager")
            .policy_name("sessions")
            .policy_document(allow(&more))
            .send()
            .await?;
        let role = made.role().context("no role was made")?;
        Ok(role.arn().to_owned())
    }

    /// Forgets everything in the account, and brings policies back to the real time.
    ///
    /// # Errors
    /// When the emulator does not answer.
    pub async fn reset(&self) -> Result<()> {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        self.judge_at(Duration::ZERO)?;
        let host = self.url.trim_start_matches("http://");
        let mut stream = tokio::net::TcpStream::connect(host).await?;
        let request = format!(
            "POST /_ministack/reset HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        ensure!(answer.starts_with("HTTP/1.1 200"), "reset: {answer}");
        Ok(())
    }

    /// What it printed: warnings and errors of its own.
    #[must_use]
    pub fn output(&self) -> String {
        self.process.output()
    }

    async fn launch(ahead: Option<Duration>, more: Vec<(&str, OsString)>) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("leasehold-aws-")
            .tempdir()?;
        let launcher = Path::new(env!("CARGO_MANIFEST_DIR")).join("emulator/launcher.py");
        let python = python()?;
        let mut environment: Vec<(OsString, OsString)> = vec![
            ("PATH".into(), std::env::var_os("PATH").unwrap_or_default()),
            ("HOME".into(), folder.path().into()),
            ("TMPDIR".into(), folder.path().into()),
            ("LANG".into(), "C.UTF-8".into()),
            ("PYTHONDONTWRITEBYTECODE".into(), "1".into()),
            ("EMULATOR_CLOCK".into(), clock_file(folder.path()).into()),
            ("FAKETIME_DONT_FAKE_MONOTONIC".into(), "1".into()),
        ];
        environment.extend(more.into_iter().map(|(name, value)| (name.into(), value)));
        let program = if ahead.is_some() {
            Path::new("faketime")
        } else {
            python.as_path()
        };
        let mut command: Command = session::command_in(&environment, program, folder.path());
        if let Some(ahead) = ahead {
            command
                .args(["-f", &format!("+{}s", ahead.as_secs())])
                .arg(&python);
        }
        command.arg(launcher);
        let process = Process::start(command)?;
        let port = process.line("its port", |line| {
            line.strip_prefix("PORT ")?.parse::<u16>().ok()
        });
        let url = format!("http://127.0.0.1:{}", port.await?);
        Ok(Self {
            process,
            url,
            folder,
        })
    }
}

/// A policy document that allows these actions on every resource.
#[must_use]
pub fn allow(actions: &[&str]) -> String {
    let statement = serde_json::json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
    serde_json::json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

async fn make_user(
    iam: &aws_sdk_iam::Client,
    name: &str,
    path: &str,
    policy: &str,
) -> Result<Keys> {
    iam.create_user().user_name(name).path(path).send().await?;
    iam.put_user_policy()
        .user_name(name)
        .policy_name("permissions")
        .policy_document(policy)
        .send()
        .await?;
    let made = iam.create_access_key().user_name(name).send().await?;
    let key = made
        .access_key()
        .ok_or_else(|| anyhow!("no key for {name}"))?;
    Ok(Keys::new(key.access_key_id(), key.secret_access_key()))
}

async fn make_policy(iam: &aws_sdk_iam::Client, name: &str, document: &str) -> Result<String> {
    let made = iam
        .create_policy()
        .policy_name(name)
        .policy_document(document)
        .send()
        .await?;
    let arn = made.policy().and_then(|policy| policy.arn());
    Ok(arn.ok_or_else(|| anyhow!("no ARN for {name}"))?.to_owned())
}

fn clock_file(folder: &Path) -> PathBuf {
    folder.join("clock")
}

/// The Python that has the emulator and boto3.
///
/// # Errors
/// When it is not there; the message says how it gets there.
pub fn python() -> Result<PathBuf> {
    let beside_programs = program_folder()?.join("../xtask/venv/bin/python");
    let in_the_tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/xtask/venv/bin/python");
    let found = [beside_programs, in_the_tree]
        .into_iter()
        .find(|path| path.exists());
    found.ok_or_else(|| anyhow!("the emulator is not installed; run `cargo xtask setup --tests`"))
}
