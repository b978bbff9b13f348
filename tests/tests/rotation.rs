//! A managing key that is replaced while the real command is killed at every request and on both sides of every commit, and
//! while each permission is taken away in the middle. What was broken is counted in a table; zeros are the aim.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use leasehold_tests::cli::Cli;
use leasehold_tests::emulator::{Account, Emulator, allow};
use leasehold_tests::files_with;
use leasehold_tests::proxy::{Fault, Moment, Proxy, Rule, Then};
use serde_json::Value;
use tempfile::TempDir;

/// Longer than any single call may take with all its tries.
const LONGEST: Duration = Duration::from_secs(200);
/// Both sign with the same key.
const CONNECTIONS: [&str; 2] = ["dev", "twin"];
const USER: &str = "leasehold-manager";
const ROTATE: [&str; 4] = ["--json", "connection", "rotate", "dev"];

/// An account, and a home with two connections by one key of its managing user.
struct Ground {
    folder: TempDir,
    emulator: Emulator,
    account: Account,
    proxy: Proxy,
    cli: Cli,
}

/// What goes wrong.
#[derive(Debug, Clone)]
enum Trouble {
    /// Death at the `n`-th request of this kind.
    Request(String, usize, Moment),
    /// Death before or after the `n`-th commit.
    Commit(usize, &'static str),
    /// From the `n`-th request of this kind on AWS denies them.
    Denied(String, usize),
}

impl Trouble {
    /// The row of the table.
    fn kind(&self) -> &'static str {
        match self {
            Self::Request(_, _, Moment::Before) => "killed, request sent",
            Self::Request(_, _, Moment::Acted) => "killed, request acted on",
            Self::Request(_, _, Moment::Answered) => "killed, request answered",
            Self::Commit(_, "before") => "killed before a commit",
            Self::Commit(..) => "killed after a commit",
            Self::Denied(..) => "denied from a request on",
        }
    }
}

/// What was broken, of how many.
#[derive(Default)]
struct Row {
    points: usize,
    /// Keys in AWS that no connection has.
    stray: usize,
    /// Connections that cannot sign.
    lost: usize,
    /// Something that is not as it is said.
    wrong: usize,
}

#[derive(Default)]
struct Table {
    rows: BTreeMap<&'static str, Row>,
    found: Vec<String>,
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["trouble", "points", "stray keys", "lost", "wrong"];
        writeln!(
            f,
            "{:<28}{:>7}{:>12}{:>6}{:>7}",
            head[0], head[1], head[2], head[3], head[4]
        )?;
        for (kind, row) in &self.rows {
            let Row {
                points,
                stray,
                lost,
                wrong,
            } = row;
            writeln!(f, "{kind:<28}{points:>7}{stray:>12}{lost:>6}{wrong:>7}")?;
        }
        self.found
            .iter()
            .try_for_each(|found| writeln!(f, "{found}"))
    }
}

impl Ground {
    async fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let emulator = Emulator::start().await?;
        let account = emulator.prepare().await?;
        let put = account.admin.iam(emulator.url());
        let put = put.put_user_policy().user_name(USER).policy_name("own");
        put.policy_document(allow(&["iam:UpdateAccessKey"]))
            .send()
            .await?;
        let proxy = Proxy::start(emulator.url(), Duration::ZERO)?;
        let cli = Cli::without_session(&folder.path().join("home"))?;
        for name in CONNECTIONS {
            let url = proxy.url();
            let add = ["connection", "add", name, "--endpoint-url", &url];
            let key = [
                "--access-key-id",
                &account.manager.id,
                "--secret-access-key-stdin",
            ];
            cli.json_with_input(&[&add[..], &key].concat(), &account.manager.secret)
                .await?;
        }
        drop(proxy.take());
        Ok(Self {
            folder,
            emulator,
            account,
            proxy,
            cli,
        })
    }

    /// Every request and every commit of a replacement without trouble.
    async fn troubles(&self) -> Result<Vec<Trouble>> {
        let commits = self.folder.path().join("commits");
        let counted = self.cli.clone().env("LEASEHOLD_TEST_COMMITS", &commits);
        counted.json(&["connection", "rotate", "dev"]).await?;
        let commits = std::fs::read_to_string(&commits)?.lines().count();
        let mut exchanges = self.proxy.take();
        exchanges.sort_by_key(|exchange| exchange.started);
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut troubles = Vec::new();
        for exchange in exchanges {
            let call = exchange.call.label();
            let n = seen.entry(call.clone()).or_default();
            *n += 1;
            for moment in [Moment::Before, Moment::Acted, Moment::Answered] {
                troubles.push(Trouble::Request(call.clone(), *n, moment));
            }
            if call != "GetCallerIdentity" {
                troubles.push(Trouble::Denied(call, *n));
            }
        }
        for n in 1..=commits {
            troubles.extend(["before", "after"].map(|side| Trouble::Commit(n, side)));
        }
        Ok(troubles)
    }

    /// Replaces the key with this trouble; the exit code, none of a killed process.
    async fn rotate(&self, trouble: &Trouble) -> Result<Option<i32>> {
        let mut cli = self.cli.clone();
        match trouble {
            Trouble::Request(call, n, moment) => self.proxy.freeze_at(call, *n, *moment),
            Trouble::Commit(n, side) => {
                cli = cli.env("LEASEHOLD_TEST_KILL_AT_COMMIT", format!("{n}:{side}"));
            }
            Trouble::Denied(call, n) => {
                self.proxy
                    .rule(Rule::nth(*n, call, Fault::DENIED).for_ever());
            }
        }
        let mut process = cli.start(&ROTATE)?;
        process.close_input();
        if matches!(trouble, Trouble::Request(..)) {
            while !self.proxy.is_frozen() {
                ensure!(process.is_running(), "{trouble:?} was never reached");
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            process.kill();
            self.proxy.thaw(Then::Drop)?;
        }
        let status = process.ended_within(LONGEST).await?;
        process.drained().await;
        self.proxy.quiet().await?;
        self.proxy.heal();
        if let (Trouble::Denied(call, _), Some(code)) = (trouble, status.code()) {
            let said = process.output();
            ensure!(
                code != 0 && said.contains(call),
                "{trouble:?}: {code} {said}"
            );
        }
        Ok(status.code())
    }

    /// The keys that AWS has of the managing user.
    async fn keys(&self) -> Result<Vec<String>> {
        let iam = self.account.admin.iam(self.emulator.url());
        let listed = iam.list_access_keys().user_name(USER).send().await?;
        let listed = listed.access_key_metadata().iter();
        Ok(listed
            .filter_map(|key| Some(key.access_key_id()?.to_owned()))
            .collect())
    }

    /// Those of the connections that AWS does not take the key of.
    async fn lost(&self, names: &[&str]) -> Result<Vec<String>> {
        let mut lost = Vec::new();
        for name in names {
            let said = self
                .cli
                .run(&["--json", "connection", "check", name])
                .await?;
            if said.code != 0 {
                lost.push(format!("{name} cannot sign: {said:?}"));
            }
        }
        Ok(lost)
    }

    /// What is not as it should be once the next command has finished what was left.
    async fn wrong(&self) -> Result<(usize, Vec<String>)> {
        let mut found = Vec::new();
        let said = self.cli.run(&ROTATE).await?;
        if said.code != 0 || said.json()?["pending"] != Value::Null {
            found.push(format!("it does not go on: {said:?}"));
        }
        let keys = self.keys().await?;
        let listed = self.cli.json(&["connection", "list"]).await?;
        for connection in listed["connections"].as_array().context("a list")? {
            let id = connection["access_key_id"].as_str().unwrap_or_default();
            if !keys.iter().any(|key| key == id) || connection["rotation"] != Value::Null {
                found.push(format!("a connection is not as it is in AWS: {connection}"));
            }
        }
        Ok((keys.len().saturating_sub(1), found))
    }

    async fn play(&self, trouble: &Trouble, table: &mut Table) -> Result<()> {
        let code = self.rotate(trouble).await?;
        if let Trouble::Commit(..) = trouble {
            ensure!(code.is_none(), "{trouble:?} was never reached: {code:?}");
        }
        // At no moment is there a connection without a key that works.
        let mut lost = self.lost(&CONNECTIONS).await?;
        let (stray, wrong) = self.wrong().await?;
        // The other one has just signed.
        lost.extend(self.lost(&CONNECTIONS[1..]).await?);
        let row = table.rows.entry(trouble.kind()).or_default();
        row.points += 1;
        row.stray += stray;
        row.lost += lost.len();
        row.wrong += wrong.len();
        if stray > 0 || !lost.is_empty() || !wrong.is_empty() {
            let mut text = format!("{trouble:?}: {stray} stray keys");
            for found in lost.iter().chain(&wrong) {
                let _ = write!(text, "\n  {found}");
            }
            table.found.push(text);
        }
        Ok(())
    }
}

/// Plays all of these troubles; there must be so many at least, or the recording missed some.
async fn nothing_breaks(wanted: impl Fn(&Trouble) -> bool, least: usize) -> Result<()> {
    let ground = Ground::new().await?;
    let mut troubles = ground.troubles().await?;
    troubles.retain(wanted);
    let mut table = Table::default();
    for trouble in &troubles {
        ground.play(trouble, &mut table).await?;
    }
    ensure!(table.found.is_empty(), "\n{table}");
    ensure!(troubles.len() >= least, "\n{table}");
    let verified = ground.cli.json(&["activity", "verify"]).await?;
    ensure!(verified["fault"] == Value::Null, "{verified}");
    let secret = &ground.account.manager.secret;
    ensure!(files_with(ground.cli.home(), secret)?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_key_is_replaced_whatever_dies_in_the_middle_of_it() -> Result<()> {
    nothing_breaks(|trouble| !matches!(trouble, Trouble::Denied(..)), 50).await
}

#[tokio::test]
async fn a_key_is_replaced_whatever_is_denied_in_the_middle_of_it() -> Result<()> {
    nothing_breaks(|trouble| matches!(trouble, Trouble::Denied(..)), 8).await
}
