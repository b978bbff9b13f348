//! Sessions of STS: when what is done with them is done, and what must be so of them after a crash.
//!
//! AWS lists no sessions. What was opened is known from the requests that passed the proxy; what was denied, from the
//! policies on the role, and from asking with the session itself.

use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{TimeDelta, Utc};
use serde_json::Value;

use super::case::Operation;
use super::ground::{Ground, Home, TTL};
use super::judge::{self, Played, finding, moment, text};
use super::{AFTER_A_CRASH, Column, Finding};

/// Past the end of a session, and past the five minutes for which a policy stays on its role.
const OVER: Duration = Duration::from_secs(TTL.as_secs() + 400);
/// How long the start after a crash may take to finish what was left.
const FINISHES: Duration = Duration::from_secs(45);

/// How far the clock is ahead when an operation is done.
#[must_use]
pub fn done_at(operation: Operation) -> Duration {
    match operation {
        Operation::Lapse | Operation::Clear => OVER,
        _ => Duration::ZERO,
    }
}

/// Starts Leasehold again after the crash and judges what it makes of what is left, then and in the end.
///
/// # Errors
/// When the harness itself fails.
pub async fn judge(
    ground: &Ground,
    home: &Home,
    played: &mut Played,
    at: Duration,
) -> Result<Vec<Finding>> {
    // Whatever AWS opened, it opened before this.
    let opened_before = Utc::now();
    let now = at + AFTER_A_CRASH;
    ground.move_to(now)?;
    let settled = home.watch(now, FINISHES).await?;
    played.made.extend(ground.proxy.take_keys());
    let rows = home.rows(now).await?;
    let mut findings = Vec::new();
    if !settled {
        let text = format!("after {FINISHES:?} something is left to be done: {rows:#?}");
        findings.push(finding(Column::Lost, text));
    }
    findings.extend(nothing_without_a_row(ground, &rows, played).await?);
    for row in &rows {
        findings.extend(one(ground, home, row, played, now).await?);
        if text(row, "state") == "revoking" && moment(row, "expires_at")? < opened_before + ttl()? {
            let text = format!("what AWS opened may last longer: {row:#}");
            findings.push(finding(Column::Key, text));
        }
        findings.extend(judge::one_history(home, row, now).await?);
    }
    findings.extend(outcome(&rows, played));
    let made = played.made.iter().map(|made| &made.keys);
    for keys in made {
        findings.extend(judge::no_file_has_it(home, keys)?);
    }
    findings.extend(judge::home_is_whole(ground, home).await?);
    findings.extend(judge::in_the_end(ground, home, now).await?);
    Ok(findings)
}

/// Every session that AWS opened, and every policy on the role, stands for a row.
async fn nothing_without_a_row(
    ground: &Ground,
    rows: &[Value],
    played: &Played,
) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for made in &played.made {
        if !rows.iter().any(|row| text(row, "user_name") == made.user) {
            let text = format!("AWS opened {}, and no row knows it", made.user);
            findings.push(finding(Column::Orphan, text));
        }
    }
    for policy in ground.cuts().await? {
        let is_of = |row: &&Value| policy.ends_with(&text(row, "id").replace('-', ""));
        let state = rows.iter().find(is_of).map(|row| text(row, "state"));
        if state.as_deref() != Some("access-cut") {
            let text = format!("{policy} is on the role; its row: {state:?}");
            findings.push(finding(Column::Orphan, text));
        }
    }
    Ok(findings)
}

/// A row says what is so.
async fn one(
    ground: &Ground,
    home: &Home,
    row: &Value,
    played: &Played,
    now: Duration,
) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut wrong = |column, text: String| findings.push(finding(column, text));
    let name = text(row, "user_name");
    let state = text(row, "state");
    let (expires, ahead) = (moment(row, "expires_at")?, TimeDelta::from_std(now)?);
    let is_over = expires <= Utc::now() + ahead;
    let sessions = played.made.iter().filter(|made| made.user == name);
    for made in sessions {
        let works = ground.works_at(&made.keys, now).await?;
        match state.as_str() {
            "active" if !works => wrong(Column::Lost, format!("{name} does not work: {row:#}")),
            "access-cut" if works => wrong(Column::Key, format!("{name} works: {row:#}")),
            _ => {}
        }
    }
    let says_when = text(row, "reason").contains("ends by itself at");
    match state.as_str() {
        "active" | "access-cut" | "revoking" if is_over => {
            wrong(Column::Lost, format!("it is over: {row:#}"));
        }
        "revoking" if text(row, "end_reason") != "issue_failed" || !says_when => {
            wrong(Column::State, format!("it could be cut: {row:#}"));
        }
        "expired" if !is_over || !row["cut_at"].is_null() => {
            wrong(Column::State, format!("it did not end by itself: {row:#}"));
        }
        "active" | "access-cut" | "revoking" | "revoked" | "expired" => {}
        other => wrong(Column::Lost, format!("a session is {other}: {row:#}")),
    }
    if state == "access-cut" || state == "revoked" {
        let show = ["lease", "show", &text(row, "id")];
        let shown = home.cli.ahead(now).json(&show).await?;
        let events = shown["events"].as_array().context("no history")?;
        if !events.iter().any(|event| event["kind"] == "cut") {
            wrong(Column::State, format!("AWS never said so: {shown:#}"));
        }
    }
    Ok(findings)
}

fn ttl() -> Result<TimeDelta> {
    Ok(TimeDelta::from_std(TTL)?)
}

/// What was asked for came about, or verifiably did not.
fn outcome(rows: &[Value], played: &Played) -> Vec<Finding> {
    let states: Vec<String> = rows.iter().map(|row| text(row, "state")).collect();
    let states: Vec<&str> = states.iter().map(String::as_str).collect();
    let is_right = match (played.operation, states.as_slice()) {
        (Operation::Open, []) => played.was_killed && played.shown.is_none(),
        (Operation::Open, ["active"]) => played.was_killed || played.shown.is_some(),
        (Operation::Open, ["revoking"]) => played.shown.is_none(),
        // Before its intent was written nothing was asked for.
        (Operation::Deny, ["active"]) => played.was_killed,
        (Operation::Deny, ["access-cut"])
        | (Operation::Lapse, ["expired"])
        | (Operation::Clear, ["revoked"]) => true,
        _ => false,
    };
    if is_right {
        return Vec::new();
    }
    let text = format!("{:?} left {rows:#?}", played.operation);
    vec![finding(Column::State, text)]
}
