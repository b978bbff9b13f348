//! Where cases are played: an emulator, the proxy in front of it, and a home in which a connection and a secret are ready.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_sdk_iam::types::User;
use chrono::Utc;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use tempfile::TempDir;

use super::AFTER_A_CRASH;
use crate::cli::Cli;
use crate::emulator::{Account, Emulator, allow};
use crate::process::Process;
use crate::proxy::Proxy;
use crate::{keys::Keys, program_folder, until};

/// The path of every leased user here.
pub const LEASES: &str = "/leases/app/";
/// The secret's name.
pub const SECRET: &str = "app";
/// The secret of sessions of [`ROLE`], which last as long as its leases do.
pub const SESSIONS: &str = "reports";
/// Their role.
pub const ROLE: &str = "reports";
/// What it lends for, and at the most.
pub const TTL: Duration = Duration::from_secs(3600);
/// What it lends for at the most.
pub const MAX_TTL: Duration = Duration::from_secs(3 * 3600);

/// A ground; one case after the other.
pub struct Ground {
    /// The emulator.
    pub emulator: Emulator,
    /// What is in it.
    pub account: Account,
    /// The way there from every home.
    pub proxy: Proxy,
    /// Whether `activity verify` can be asked.
    pub has_activity: bool,
    /// A moved computer's clock needs a moved AWS, or it would be corrected by it.
    moves_aws: bool,
    template: TempDir,
}

/// One case's home.
pub struct Home {
    /// The command in it.
    pub cli: Cli,
    _folder: TempDir,
}

impl Ground {
    /// Makes one ready; about a second.
    ///
    /// # Errors
    /// When the emulator or the command is missing.
    pub async fn start() -> Result<Self> {
        let emulator = Emulator::start().await?;
        let account = emulator.prepare().await?;
        let proxy = Proxy::start(emulator.url(), Duration::ZERO)?;
        let template = folder()?;
        let cli = Cli::without_session(&template.path().join("home"))?;
        let add = [
            "connection",
            "add",
            "dev",
            "--access-key-id",
            &account.manager.id,
            "--secret-access-key-stdin",
            "--endpoint-url",
            &proxy.url(),
        ];
        cli.json_with_input(&add, &account.manager.secret).await?;
        let document = template.path().join("document.json");
        std::fs::write(&document, allow(&["iam:ListPolicies"]))?;
        let add = [
            "secret",
            "add",
            SECRET,
            "--connection",
            "dev",
            "--default-ttl",
            "1h",
            "--max-ttl",
            "3h",
            "--iam-path",
            LEASES,
            "--permission-boundary",
            &account.boundary,
            "--policy-arn",
            &account.policies[0],
            "--group",
            &account.group,
            "--policy-document",
            &document.to_string_lossy(),
        ];
        cli.json(&add).await?;
        let rights = ["iam:ListUsers"];
        let role = emulator.role(&account.admin, ROLE, &rights).await?;
        let add = [
            "secret",
            "add",
            SESSIONS,
            "--connection",
            "dev",
            "--role-arn",
            &role,
            "--default-ttl",
            "1h",
            "--max-ttl",
            "1h",
        ];
        cli.json(&add).await?;
        let verify = cli.run(&["activity", "verify", "--json"]).await?;
        let mut ground = Self {
            emulator,
            account,
            proxy,
            has_activity: verify.code == 0,
            moves_aws: false,
            template,
        };
        // A command that signs by its moved clock takes AWS's for behind by as much.
        let check = ["connection", "check", "dev"];
        let checked = ground.home()?.cli.ahead(TTL * 2).json(&check).await?;
        let offset = checked.pointer("/connection/clock_offset_ms");
        let offset = offset.or(checked.get("clock_offset_ms"));
        let offset = offset.and_then(Value::as_i64).unwrap_or_default();
        ground.moves_aws = offset < -3_600_000;
        drop(ground.proxy.take());
        Ok(ground)
    }

    /// The world is so far ahead: the moment policies are judged at, AWS's dates, and its clock where programs go by it.
    ///
    /// # Errors
    /// When the emulator's folder is gone.
    pub fn move_to(&self, ahead: Duration) -> Result<()> {
        self.proxy.set_ahead(ahead);
        if self.moves_aws {
            self.proxy.set_date_ahead(ahead);
        }
        self.emulator.judge_at(ahead)
    }

    /// A home of its own for one case.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn home(&self) -> Result<Home> {
        let folder = folder()?;
        let home = folder.path().join("home");
        std::fs::create_dir(&home)?;
        for entry in std::fs::read_dir(self.template.path().join("home"))? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                std::fs::copy(entry.path(), home.join(entry.file_name()))?;
            }
        }
        Ok(Home {
            cli: Cli::without_session(&home)?,
            _folder: folder,
        })
    }

    /// The administrator, past the proxy.
    #[must_use]
    pub fn admin(&self) -> aws_sdk_iam::Client {
        self.account.admin.iam(self.emulator.url())
    }

    /// The leased users that AWS has.
    ///
    /// # Errors
    /// When the emulator does not answer.
    pub async fn users(&self) -> Result<Vec<User>> {
        let list = self.admin().list_users().path_prefix(LEASES).send().await?;
        Ok(list.users().to_vec())
    }

    /// Names of Leasehold's policies that are on the role of the sessions.
    ///
    /// # Errors
    /// When the emulator does not answer.
    pub async fn cuts(&self) -> Result<Vec<String>> {
        let admin = self.admin();
        let listed = admin.list_role_policies().role_name(ROLE).send().await?;
        let names = listed.policy_names().iter();
        let ours = names.filter(|name| name.starts_with("leasehold-"));
        Ok(ours.cloned().collect())
    }

    /// Whether AWS knows this key now.
    ///
    /// # Errors
    /// When the emulator does not answer.
    pub async fn knows(&self, keys: &Keys) -> Result<bool> {
        let answer = keys.sts(self.emulator.url()).get_caller_identity().send();
        match answer.await {
            Ok(_) => Ok(true),
            answer => {
                let code = crate::keys::refused(answer)?;
                ensure!(code == "InvalidClientTokenId", "refused with {code}");
                Ok(false)
            }
        }
    }

    /// Whether this key may do at that time what its lease grants.
    ///
    /// # Errors
    /// When the emulator does not answer.
    pub async fn works_at(&self, keys: &Keys, ahead: Duration) -> Result<bool> {
        self.emulator.judge_at(ahead)?;
        let answer = keys.iam(self.emulator.url()).list_users().send().await;
        match answer {
            Ok(_) => Ok(true),
            answer => {
                crate::keys::refused(answer)?;
                Ok(false)
            }
        }
    }
}

impl Home {
    /// The command on this computer after a crash.
    #[must_use]
    pub fn later(&self) -> Cli {
        self.cli.ahead(AFTER_A_CRASH)
    }

    /// The one lease that is there before most cases, with its key.
    ///
    /// # Errors
    /// When it cannot be issued.
    pub async fn lease(&self) -> Result<(Value, Keys)> {
        self.lease_of(SECRET).await
    }

    /// The same of a named secret.
    ///
    /// # Errors
    /// As for [`Home::lease`].
    pub async fn lease_of(&self, secret: &str) -> Result<(Value, Keys)> {
        let made = self
            .cli
            .json(&["lease", "create", secret, "--no-wait"])
            .await?;
        let keys = shown(&made).context("no key was printed")?;
        Ok((made["lease"].clone(), keys))
    }

    /// All leases, as the command lists them to somebody whose clock is ahead by that much.
    ///
    /// # Errors
    /// When it fails.
    pub async fn rows(&self, ahead: Duration) -> Result<Vec<Value>> {
        let list = ["lease", "list", "--all"];
        let listed = self.cli.ahead(ahead).json(&list).await?;
        let rows = listed["leases"].as_array().cloned();
        rows.context("no list of leases")
    }

    /// Runs `lease watch` for as long as something is left to be done, at most `limit`. Says whether all was done.
    ///
    /// # Errors
    /// When it cannot be started or does not end when it is asked to.
    pub async fn watch(&self, ahead: Duration, limit: Duration) -> Result<bool> {
        let mut watch = self.start_watch(ahead).await?;
        let settled = self.settles(ahead, limit).await?;
        watch.terminate()?;
        let status = watch.ended_within(Duration::from_secs(90)).await?;
        ensure!(
            status.success(),
            "the watch ended badly: {}",
            watch.output()
        );
        Ok(settled)
    }

    /// Starts `lease watch` and waits until it watches.
    ///
    /// # Errors
    /// When it ends instead.
    pub async fn start_watch(&self, ahead: Duration) -> Result<Process> {
        let watch = self.cli.ahead(ahead).start(&["lease", "watch"])?;
        // It says nothing when nobody looks. By the time it can be asked to end, it is at work.
        until("the watch to listen for signals", async || {
            ensure!(watch.handles_termination()?, "it does not listen yet");
            Ok(())
        })
        .await
        .with_context(|| watch.output())?;
        Ok(watch)
    }

    /// Waits until nothing is left to be done at a time so far ahead. Says whether that came.
    ///
    /// # Errors
    /// When the state file cannot be read.
    pub async fn settles(&self, ahead: Duration, limit: Duration) -> Result<bool> {
        let ahead = i64::try_from(ahead.as_millis())?;
        let now = (Utc::now().timestamp_millis() + ahead).to_string();
        self.waits_for(&PENDING.replace("NOW", &now), limit).await
    }

    /// Waits until every lease is at rest. Says whether that came.
    ///
    /// # Errors
    /// As for [`Home::settles`].
    pub async fn rests(&self, limit: Duration) -> Result<bool> {
        self.waits_for(OPEN, limit).await
    }

    /// Reads while Leasehold runs, until a count is zero.
    async fn waits_for(&self, count: &str, limit: Duration) -> Result<bool> {
        let began = std::time::Instant::now();
        loop {
            let db = open(&self.cli.home().join("leasehold.db"))?;
            if db.query_row(count, [], |row| row.get::<_, i64>(0))? == 0 {
                return Ok(true);
            }
            if began.elapsed() > limit {
                return Ok(false);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What SQLite itself says of the state file.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn integrity(&self) -> Result<String> {
        let db = open(&self.cli.home().join("leasehold.db"))?;
        Ok(db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?)
    }
}

/// At rest means at rest, active means that nothing of it is pending; a session that is ending may wait for its end.
const PENDING: &str = "SELECT (SELECT COUNT(*) FROM secrets WHERE deleting = 1) + (SELECT COUNT(*) FROM leases \
    WHERE at_rest = 0 AND NOT (state = 'active' AND pending_expires_at IS NULL AND claimed_by IS NULL \
        AND (recheck_at IS NULL OR recheck_at > NOW) AND NOT (user_name LIKE 'lh-reports-%' AND expires_at < NOW)) \
    AND NOT (state IN ('revoking', 'access-cut') AND user_name LIKE 'lh-reports-%' AND next_attempt_at > NOW))";
const OPEN: &str = "SELECT (SELECT COUNT(*) FROM secrets WHERE deleting = 1) + (SELECT COUNT(*) FROM leases \
    WHERE at_rest = 0 OR claimed_by IS NOT NULL)";

fn open(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(Duration::from_secs(5))?;
    Ok(db)
}

/// The key in what `lease create --json` printed, once it printed all of it.
#[must_use]
pub fn shown(printed: &Value) -> Option<Keys> {
    let part = |name| printed["credentials"][name].as_str();
    let keys = Keys::new(part("access_key_id")?, part("secret_access_key")?);
    Some(keys.with_token(part("session_token")))
}

fn folder() -> Result<TempDir> {
    // Beside the programs: the system's folder for such things may be memory, where a sync costs nothing.
    let place = program_folder()?.join("fault-homes");
    std::fs::create_dir_all(&place)?;
    Ok(tempfile::Builder::new().prefix("case-").tempdir_in(place)?)
}
