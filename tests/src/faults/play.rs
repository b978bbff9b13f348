//! Plays one case: the operation as a process of its own, the trouble, a start afterwards, and the judgement.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use super::case::{Case, Often, Operation, Side, Trouble};
use super::ground::{Ground, Home, SECRET, SESSIONS, shown};
use super::judge::{self, Played, finding};
use super::{AFTER_A_CRASH, Column, Finding, sessions};
use crate::cli::Cli;
use crate::keys::Keys;
use crate::process::Process;
use crate::proxy::{Made, Rule, Then};

/// Longer than any single call may take with all its tries.
const LONGEST: Duration = Duration::from_secs(200);
/// How long the start after a crash may take to finish what was left.
const FINISHES: Duration = Duration::from_secs(45);

/// Plays it and judges what is left.
///
/// # Errors
/// When the harness itself fails.
pub async fn play(ground: &Ground, case: &Case) -> Result<Vec<Finding>> {
    let Scene { home, prior, at } = scene(ground, case.operation).await?;
    let id = prior.as_ref().and_then(|(lease, _)| lease["id"].as_str());
    let ended = act(ground, &at_time(&home, at), case, id).await?;
    ground.proxy.heal();
    let mut findings = Vec::new();
    if !ended.reached {
        let text = format!("the point was never reached:\n{}", ended.output);
        findings.push(finding(Column::State, text));
    }
    let printed: Option<Value> = serde_json::from_str(&ended.stdout).ok();
    let mut played = Played {
        operation: case.operation,
        was_killed: ended.was_killed,
        code: ended.code,
        shown: printed.as_ref().and_then(shown),
        printed,
        output: ended.output,
        prior,
        made: ground.proxy.take_keys(),
    };
    if case.operation.is_of_sessions() {
        findings.extend(sessions::judge(ground, &home, &mut played, at).await?);
        return Ok(findings);
    }
    findings.extend(judge::words(ground, &home, &played).await?);
    findings.extend(judge::nobody_runs(ground, &played).await?);
    ground.move_to(AFTER_A_CRASH)?;
    let settled = home.watch(AFTER_A_CRASH, FINISHES).await?;
    played.made.extend(ground.proxy.take_keys());
    if !settled {
        let rows = home.rows(AFTER_A_CRASH).await?;
        let text = format!("after {FINISHES:?} something is left to be done: {rows:#?}");
        findings.push(finding(Column::Lost, text));
    }
    findings.extend(judge::judge(ground, &home, &played).await?);
    findings.extend(judge::in_the_end(ground, &home, AFTER_A_CRASH).await?);
    Ok(findings)
}

/// What is there before an operation.
pub(super) struct Scene {
    pub(super) home: Home,
    pub(super) prior: Option<(Value, Keys)>,
    /// How far the clock is ahead when it is done.
    pub(super) at: Duration,
}

async fn scene(ground: &Ground, operation: Operation) -> Result<Scene> {
    let home = ground.home()?;
    ground.move_to(Duration::ZERO)?;
    drop(ground.proxy.take_keys());
    let prior = match operation {
        Operation::Issue | Operation::Open => None,
        _ if operation.is_of_sessions() => Some(home.lease_of(SESSIONS).await?),
        _ => Some(home.lease().await?),
    };
    if let (Operation::Clear, Some((lease, _))) = (operation, &prior) {
        let id = judge::text(lease, "id");
        home.cli.json(&["lease", "revoke", &id]).await?;
    }
    let at = sessions::done_at(operation);
    ground.move_to(at)?;
    drop(ground.proxy.take());
    Ok(Scene { home, prior, at })
}

/// The command in a home so much later.
fn at_time(home: &Home, at: Duration) -> Cli {
    match at.is_zero() {
        true => home.cli.clone(),
        false => home.cli.ahead(at),
    }
}

/// The operation's words on the command line.
#[must_use]
pub fn words(operation: Operation, id: Option<&str>) -> Vec<String> {
    let id = id.unwrap_or_default();
    let words: &[&str] = match operation {
        Operation::Issue => &["lease", "create", SECRET],
        Operation::Renew => &["lease", "renew", id],
        Operation::Revoke => &["lease", "revoke", id],
        Operation::Edit => &["secret", "edit", SECRET, "--default-ttl", "2h"],
        Operation::Remove => &["secret", "remove", SECRET, "--revoke-leases"],
        Operation::Open => &["lease", "create", SESSIONS],
        Operation::Deny => &["lease", "revoke", id],
        Operation::Lapse | Operation::Clear => &["lease", "reconcile"],
    };
    let words = words.iter().chain(&["--json"]);
    words.map(|word| (*word).to_owned()).collect()
}

/// How a process ended.
pub(super) struct Ended {
    reached: bool,
    was_killed: bool,
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    output: String,
}

/// Does what the case says with this command, and with that trouble.
pub(super) async fn act(
    ground: &Ground,
    cli: &Cli,
    case: &Case,
    id: Option<&str>,
) -> Result<Ended> {
    let words = words(case.operation, id);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut cli = cli.clone();
    match &case.trouble {
        Trouble::Kill(point, moment) => ground.proxy.freeze_at(&point.call, point.n, *moment),
        Trouble::Commit(n, side) => {
            let side = match side {
                Side::Before => "before",
                Side::After => "after",
            };
            cli = cli.env("LEASEHOLD_TEST_KILL_AT_COMMIT", format!("{n}:{side}"));
        }
        Trouble::Fault(point, fault, often) => {
            let mut rule = Rule::nth(point.n, &point.call, fault.clone());
            if *often == Often::Always {
                rule = rule.for_ever();
            }
            ground.proxy.rule(rule);
        }
        Trouble::World(name) => {
            for rule in super::plan::world(name) {
                ground.proxy.rule(rule);
            }
        }
        _ => {}
    }
    let mut process = cli.start(&words)?;
    process.close_input();
    let mut reached = match &case.trouble {
        Trouble::Kill(..) => frozen(ground, &mut process).await?,
        _ => true,
    };
    let is_killed_by_us = matches!(case.trouble, Trouble::Kill(..)) && reached;
    if is_killed_by_us {
        process.kill();
        ground.proxy.thaw(Then::Drop)?;
    }
    let status = process.ended_within(LONGEST).await?;
    process.drained().await;
    ground.proxy.quiet().await?;
    let died = status.code().is_none();
    match case.trouble {
        Trouble::Commit(..) => reached = died,
        Trouble::Fault(..) => reached = ground.proxy.has_met(),
        _ => {}
    }
    Ok(Ended {
        reached,
        was_killed: died,
        code: status.code(),
        stdout: process.stdout(),
        output: process.output(),
    })
}

/// Waits until the world stands still around the process. False when it ended before.
async fn frozen(ground: &Ground, process: &mut Process) -> Result<bool> {
    for _ in 0..LONGEST.as_millis() / 2 {
        if ground.proxy.is_frozen() {
            return Ok(true);
        }
        if !process.is_running() {
            ground.proxy.thaw(Then::GoOn)?;
            return Ok(false);
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    None::<bool>.context("neither the request nor the end came")
}

/// The requests of an operation without trouble, in their order, and how many commits it makes.
///
/// # Errors
/// When it fails.
pub async fn record(
    ground: &Ground,
    operation: Operation,
) -> Result<(Vec<super::case::Point>, u64)> {
    let Scene { home, prior, at } = scene(ground, operation).await?;
    let id = prior.as_ref().and_then(|(lease, _)| lease["id"].as_str());
    let commits = home.cli.home().join("commits");
    let cli = at_time(&home, at).env("LEASEHOLD_TEST_COMMITS", &commits);
    let words = words(operation, id);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let said = cli.run(&words).await?;
    anyhow::ensure!(said.code == 0, "{operation:?} without trouble: {said:?}");
    let mut exchanges = ground.proxy.take();
    exchanges.sort_by_key(|exchange| exchange.started);
    let mut points: Vec<super::case::Point> = Vec::new();
    for exchange in exchanges {
        let call = exchange.call.label();
        let n = points.iter().filter(|point| point.call == call).count() + 1;
        points.push(super::case::Point { call, n });
    }
    let commits = std::fs::read_to_string(&commits).unwrap_or_default();
    judge::in_the_end(ground, &home, at + AFTER_A_CRASH).await?;
    Ok((points, commits.lines().count() as u64))
}

/// The keys of everybody in `made` that are of this user.
#[must_use]
pub fn keys_of<'a>(made: &'a [Made], user: &str) -> Vec<&'a Made> {
    made.iter().filter(|made| made.user == user).collect()
}
