//! The invariants, seen with an administrator's eyes and through the command: nothing is taken from the inside.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::case::Operation;
use super::ground::{Ground, Home, LEASES, MAX_TTL, SECRET, TTL};
use super::play::keys_of;
use super::{AFTER_A_CRASH, Column, Finding};
use crate::files_with;
use crate::keys::Keys;
use crate::proxy::Made;

/// AWS counts whole seconds, and so does the guard.
const MARGIN: Duration = Duration::from_secs(60);

/// What was done, and what is known of it.
pub struct Played {
    /// What.
    pub operation: Operation,
    /// It had no chance to say how it ended.
    pub was_killed: bool,
    /// Its exit code.
    pub code: Option<i32>,
    /// The document it printed.
    pub printed: Option<Value>,
    /// The key in it: somebody has it.
    pub shown: Option<Keys>,
    /// All it printed.
    pub output: String,
    /// The lease that was there before, and its key.
    pub prior: Option<(Value, Keys)>,
    /// Every key AWS made.
    pub made: Vec<Made>,
}

/// One broken promise.
#[must_use]
pub fn finding(column: Column, text: impl Into<String>) -> Finding {
    let text = text.into();
    Finding { column, text }
}

/// Exit code and words are true, right after the command ended and before anything else ran.
///
/// # Errors
/// When the harness fails.
pub async fn words(ground: &Ground, home: &Home, played: &Played) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    if played.was_killed {
        return Ok(findings);
    }
    let code = played.code.unwrap_or(-1);
    let mut wrong = |text: String| {
        let text = format!("exit code {code}: {text}\n{}", played.output);
        findings.push(finding(Column::State, text));
    };
    if !matches!(code, 0 | 4 | 7) {
        wrong("AWS's troubles are 4 or 7".into());
    }
    if code != 0 && played.shown.is_some() {
        wrong("a key was printed all the same".into());
    }
    if code != 0 && !says_why(played) {
        wrong("no message and hint, and nothing pending".into());
    }
    let rows = home.rows(Duration::ZERO).await?;
    let id = played.prior.as_ref().map(|(lease, _)| lease["id"].clone());
    let row = match &id {
        Some(id) => rows.iter().find(|row| row["id"] == *id),
        None => rows.first(),
    };
    let state = row.map(|row| text(row, "state")).unwrap_or_default();
    let user = row.map(|row| text(row, "user_name")).unwrap_or_default();
    let is_there = ground
        .users()
        .await?
        .iter()
        .any(|one| one.user_name() == user);
    match (played.operation, code) {
        (Operation::Issue, 0) if state != "active" || !is_there || played.shown.is_none() => {
            wrong(format!("the lease is {state}, its user there: {is_there}"));
        }
        (Operation::Issue, 1..) if state == "active" => wrong("the lease is active".into()),
        (Operation::Issue, 1..) if state == "failed" && is_there => {
            findings.push(finding(
                Column::Orphan,
                "the row says failed, the user is there",
            ));
        }
        (Operation::Revoke | Operation::Remove, 0) if is_there || state != "revoked" => {
            wrong(format!("the lease is {state}, its user there: {is_there}"));
        }
        (Operation::Revoke | Operation::Remove, 7) => {
            let pending = played.printed.as_ref().map(|said| &said["pending"][0]);
            let said = pending.map(|pending| text(pending, "state"));
            if said.as_deref() != Some(&state) || !["revoking", "access-cut"].contains(&&*state) {
                wrong(format!("it says {said:?}, the lease is {state}"));
            }
        }
        (Operation::Renew, 0) if gained(played, row) != Some(TimeDelta::hours(1)) => {
            wrong("the lease did not gain an hour".into());
        }
        (Operation::Renew, 4) if gained(played, row) != Some(TimeDelta::zero()) => {
            wrong("the lease does not end when it would have".into());
        }
        _ => {}
    }
    if state == "access-cut" || state == "revoked" {
        let prior = played.prior.iter().map(|(_, keys)| keys);
        for keys in prior.chain(keys_of(&played.made, &user).iter().map(|made| &made.keys)) {
            if ground.works_at(keys, Duration::ZERO).await? {
                let text = format!("the lease is {state}, and {} works", keys.id);
                findings.push(finding(Column::Key, text));
            }
        }
    }
    Ok(findings)
}

fn says_why(played: &Played) -> bool {
    let said = |line: &str| serde_json::from_str::<Value>(line).ok();
    let errors = played.output.lines().filter_map(said);
    let mut errors = errors.chain(said(&played.output));
    let full = |error: Value| {
        let part = |name: &str| error["error"][name].as_str().is_some_and(|t| t.len() > 10);
        part("message") && part("hint")
    };
    let pending = played.printed.as_ref().map(|said| &said["pending"]);
    errors.any(full)
        || pending
            .and_then(Value::as_array)
            .is_some_and(|pending| pending.iter().all(|one| text(one, "reason").len() > 10))
}

/// AWS alone ends every key that somebody has, with no Leasehold running.
///
/// # Errors
/// When the harness fails.
pub async fn nobody_runs(ground: &Ground, played: &Played) -> Result<Vec<Finding>> {
    let longest = match played.operation {
        Operation::Renew => TTL * 2,
        _ => TTL,
    };
    let mut findings = Vec::new();
    let prior = played.prior.as_ref().map(|(_, keys)| keys);
    for keys in prior.into_iter().chain(&played.shown) {
        if ground.works_at(keys, longest + MARGIN).await? {
            let text = format!("{} works past its moment while nobody runs", keys.id);
            findings.push(finding(Column::Key, text));
        }
    }
    ground.emulator.judge_at(Duration::ZERO)?;
    Ok(findings)
}

/// What is there after the next start has finished what it found.
///
/// # Errors
/// When the harness fails.
pub async fn judge(ground: &Ground, home: &Home, played: &Played) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let rows = home.rows(AFTER_A_CRASH).await?;
    findings.extend(no_user_without_a_row(ground, &rows).await?);
    for row in &rows {
        let user = text(row, "user_name");
        let mut keys: Vec<&Keys> = keys_of(&played.made, &user)
            .iter()
            .map(|made| &made.keys)
            .collect();
        let prior = played.prior.iter().map(|(_, keys)| keys);
        keys.extend(prior.filter(|_| is_prior(played, row)));
        match text(row, "state").as_str() {
            "active" => findings.extend(whole(ground, row, &keys, played).await?),
            "revoked" | "failed" => {
                for keys in &keys {
                    if ground.knows(keys).await? {
                        let text = format!("{} works after its end", keys.id);
                        findings.push(finding(Column::Key, text));
                    }
                }
            }
            other => {
                let text = format!("a lease is left {other}: {row:#}");
                findings.push(finding(Column::Lost, text));
            }
        }
        findings.extend(one_history(home, row, AFTER_A_CRASH).await?);
        for keys in keys {
            findings.extend(no_file_has_it(home, keys)?);
        }
    }
    findings.extend(outcome(home, &rows, played).await?);
    findings.extend(home_is_whole(ground, home).await?);
    Ok(findings)
}

/// The secret of this key, and its token, are in no file of the home.
///
/// # Errors
/// When the harness fails.
pub fn no_file_has_it(home: &Home, keys: &Keys) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for secret in [Some(&keys.secret), keys.token.as_ref()]
        .into_iter()
        .flatten()
    {
        let files = files_with(home.cli.home(), secret)?;
        if !files.is_empty() {
            findings.push(finding(Column::Key, format!("a secret is in {files:?}")));
        }
    }
    Ok(findings)
}

/// The log holds, and so does the file that it is in.
///
/// # Errors
/// When the harness fails.
pub async fn home_is_whole(ground: &Ground, home: &Home) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    if ground.has_activity {
        let verify = home.later().run(&["activity", "verify", "--json"]).await?;
        if verify.code != 0 {
            let text = format!("the activity log does not hold: {verify:?}");
            findings.push(finding(Column::State, text));
        }
    }
    let integrity = home.integrity()?;
    if integrity != "ok" {
        findings.push(finding(Column::State, integrity));
    }
    Ok(findings)
}

/// Every user stands for an open row.
///
/// # Errors
/// When the harness fails.
pub async fn no_user_without_a_row(ground: &Ground, rows: &[Value]) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for user in ground.users().await? {
        let row = rows
            .iter()
            .find(|row| text(row, "user_name") == user.user_name());
        let state = row.map(|row| text(row, "state"));
        match state.as_deref() {
            Some("revoked" | "failed") | None => {
                let text = format!("{} is in AWS; its row: {state:?}", user.user_name());
                findings.push(finding(Column::Orphan, text));
            }
            Some(_) => {}
        }
    }
    Ok(findings)
}

/// An active lease is exactly what it says: its user, one key, one dated guard of its moment, everything the secret gives.
async fn whole(
    ground: &Ground,
    row: &Value,
    keys: &[&Keys],
    played: &Played,
) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut wrong = |column, text: String| findings.push(finding(column, text));
    let user = text(row, "user_name");
    let iam = ground.admin();
    let Ok(found) = iam.get_user().user_name(&user).send().await else {
        wrong(
            Column::Lost,
            format!("active, and AWS has no user: {row:#}"),
        );
        return Ok(findings);
    };
    let id = found.user().map(|user| user.user_id().to_owned());
    if id != row["user_id"].as_str().map(str::to_owned) {
        wrong(Column::State, format!("another user: {id:?}, {row:#}"));
    }
    let listed = iam.list_access_keys().user_name(&user).send().await?;
    let ids: Vec<_> = listed
        .access_key_metadata()
        .iter()
        .filter_map(|key| key.access_key_id())
        .collect();
    if ids != [text(row, "access_key_id").as_str()] {
        wrong(Column::State, format!("keys {ids:?}, {row:#}"));
    }
    let inline = iam.list_user_policies().user_name(&user).send().await?;
    let names = inline.policy_names();
    let expires = moment(row, "expires_at")?;
    let guard = expires
        .format("leasehold-until-%Y%m%dT%H%M%SZ-")
        .to_string();
    let dated = names
        .iter()
        .filter(|name| name.starts_with("leasehold-until-"));
    let dated: Vec<_> = dated.collect();
    if dated.len() != 1 || !dated[0].starts_with(&guard) {
        wrong(Column::State, format!("guards {dated:?}, expiry {expires}"));
    }
    let has = |start: &str| names.iter().any(|name| name.starts_with(start));
    if !has("leasehold-self-") || !has("leasehold-doc-1") || names.len() != 3 {
        wrong(Column::State, format!("inline policies {names:?}"));
    }
    let managed = iam.list_attached_user_policies().user_name(&user);
    let managed = managed.send().await?.attached_policies().len();
    let groups = iam.list_groups_for_user().user_name(&user).send().await?;
    if (managed, groups.groups().len()) != (1, 1) {
        wrong(Column::State, format!("{managed} policies, {groups:?}"));
    }
    let left = (expires - Utc::now()).to_std().unwrap_or_default();
    if left > MAX_TTL {
        wrong(Column::Key, format!("expires past the maximum: {row:#}"));
    }
    for keys in keys {
        let is_the_key = keys.id == text(row, "access_key_id");
        let is_held = played.shown.as_ref() == Some(*keys) || is_prior(played, row);
        if ground.works_at(keys, left + MARGIN).await? {
            wrong(Column::Key, format!("{} works past {expires}", keys.id));
        }
        let works = ground.works_at(keys, AFTER_A_CRASH).await?;
        if is_the_key && is_held && !works {
            wrong(Column::Lost, format!("{} does not work", keys.id));
        }
        if !is_the_key && works {
            wrong(Column::Key, format!("{} is nobody's and works", keys.id));
        }
    }
    ground.emulator.judge_at(AFTER_A_CRASH)?;
    Ok(findings)
}

/// What happens to a lease, each at most once and in this order.
const ORDER: [&str; 6] = [
    "recorded",
    "user_created",
    "active",
    "revoking",
    "cut",
    "ended",
];

/// One history, in an order that makes sense.
///
/// # Errors
/// When the harness fails.
pub async fn one_history(home: &Home, row: &Value, now: Duration) -> Result<Vec<Finding>> {
    let id = text(row, "id");
    let shown = home.cli.ahead(now).json(&["lease", "show", &id]).await?;
    let events = shown["events"].as_array().context("no history")?;
    let kinds: Vec<String> = events.iter().map(|event| text(event, "kind")).collect();
    let mut findings = Vec::new();
    let mut wrong = |text: &str| {
        let text = format!("{text}: {events:#?}");
        findings.push(finding(Column::State, text));
    };
    if kinds.first().map(String::as_str) != Some("recorded") {
        wrong("the history does not begin with the intent");
    }
    let at = |kind: &str| kinds.iter().position(|one| one == kind);
    for kind in ORDER {
        if kinds.iter().filter(|one| *one == kind).count() > 1 {
            wrong("something happened twice");
        }
    }
    let order: Vec<usize> = ORDER.iter().filter_map(|kind| at(kind)).collect();
    if !order.is_sorted() {
        wrong("the history is out of order");
    }
    let is_at_rest = ["revoked", "expired", "failed"].contains(&text(row, "state").as_str());
    if is_at_rest != at("ended").is_some() {
        wrong("the history does not tell the end, or tells of one that was not");
    }
    let times = events.iter().map(|event| moment(event, "at"));
    let times: Vec<DateTime<Utc>> = times.collect::<Result<_>>()?;
    if !times.is_sorted() {
        wrong("time runs backwards");
    }
    Ok(findings)
}

/// What was asked for came about, or verifiably did not.
async fn outcome(home: &Home, rows: &[Value], played: &Played) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut wrong = |column, text: String| findings.push(finding(column, text));
    let Some((prior, _)) = &played.prior else {
        let states: Vec<String> = rows.iter().map(|row| text(row, "state")).collect();
        match (states.as_slice(), &played.shown) {
            ([], None) if played.was_killed => {}
            ([state], None) if state == "failed" => {
                if text(&rows[0], "end_reason") != "issue_failed" {
                    wrong(
                        Column::State,
                        format!("failed for another reason: {rows:#?}"),
                    );
                }
            }
            // Visible, and ended by AWS and by the timer like any other.
            ([state], None) if state == "active" && played.was_killed => {}
            ([state], Some(_)) if state == "active" => {}
            (_, Some(_)) => wrong(Column::Lost, format!("its key was shown: {rows:#?}")),
            _ => wrong(Column::State, format!("rows {rows:#?}")),
        }
        return Ok(findings);
    };
    let Some(row) = rows.iter().find(|row| is_prior(played, row)) else {
        wrong(Column::Lost, format!("its row is gone: {rows:#?}"));
        return Ok(findings);
    };
    let show = ["lease", "show", &text(prior, "id")];
    let shown = home.later().json(&show).await?;
    let events = shown["events"].as_array().context("no history")?;
    let intended = |kind: &str| events.iter().any(|event| event["kind"] == kind);
    let state = text(row, "state");
    match played.operation {
        Operation::Renew => {
            let gained = gained(played, Some(row)).unwrap_or_default();
            let is_renewed = gained == TimeDelta::hours(1);
            let gave_up = intended("renewal_failed");
            if state != "active" {
                wrong(Column::Lost, format!("a renewal ended it: {shown:#}"));
            } else if is_renewed == gave_up && intended("renewing") {
                wrong(Column::State, format!("gained {gained}: {shown:#}"));
            }
        }
        Operation::Edit => {
            if state != "active" || row["expires_at"] != prior["expires_at"] {
                wrong(Column::Lost, format!("an edit changed a lease: {shown:#}"));
            }
        }
        Operation::Revoke | Operation::Remove => {
            let is_meant = intended("revoking") || !played.was_killed;
            if is_meant && (state != "revoked" || text(row, "end_reason") != "by_us") {
                wrong(Column::State, format!("not revoked by us: {shown:#}"));
            }
            if !is_meant && state != "active" {
                wrong(Column::Lost, format!("ended without intent: {shown:#}"));
            }
        }
        Operation::Issue
        | Operation::Open
        | Operation::Deny
        | Operation::Lapse
        | Operation::Clear => {}
    }
    if played.operation == Operation::Remove {
        let left = home.later().json(&["secret", "list"]).await?;
        let is_there = left.to_string().contains(&format!("\"{SECRET}\""));
        if is_there && state == "revoked" {
            wrong(Column::State, format!("the secret is left: {left:#}"));
        }
    }
    Ok(findings)
}

/// When every lease's time is over nothing is left, and every row says so.
///
/// # Errors
/// When the harness fails.
pub async fn in_the_end(ground: &Ground, home: &Home, now: Duration) -> Result<Vec<Finding>> {
    let after = now + MAX_TTL + AFTER_A_CRASH;
    let mut findings = Vec::new();
    let mut rows = home.rows(now).await?;
    if rows.iter().any(|row| row["ended_at"].is_null()) {
        ground.move_to(after)?;
        let mut watch = home.start_watch(after).await?;
        home.rests(Duration::from_secs(60)).await?;
        watch.terminate()?;
        let status = watch.ended_within(Duration::from_secs(90)).await?;
        ensure!(
            status.success(),
            "the watch ended badly: {}",
            watch.output()
        );
        rows = home.rows(after).await?;
    }
    for row in &rows {
        let ended = ["revoked", "expired", "failed"].contains(&text(row, "state").as_str());
        if !ended || text(row, "end_reason") == "gone_outside" {
            let text = format!("in the end a lease is not ended by us: {row:#}");
            findings.push(finding(Column::Lost, text));
        }
    }
    for user in ground.users().await? {
        let text = format!("{LEASES}{} is left in the end", user.user_name());
        findings.push(finding(Column::Orphan, text));
    }
    for policy in ground.cuts().await? {
        let text = format!("{policy} is left on its role in the end");
        findings.push(finding(Column::Orphan, text));
    }
    ground.move_to(Duration::ZERO)?;
    drop(ground.proxy.take());
    Ok(findings)
}

fn is_prior(played: &Played, row: &Value) -> bool {
    let prior = played.prior.as_ref();
    prior.is_some_and(|(lease, _)| lease["id"] == row["id"])
}

fn gained(played: &Played, row: Option<&Value>) -> Option<TimeDelta> {
    let (prior, _) = played.prior.as_ref()?;
    let before = moment(prior, "expires_at").ok()?;
    Some(moment(row?, "expires_at").ok()? - before)
}

/// A field that holds text; nothing when it holds none.
#[must_use]
pub fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

/// How long a lease has left at a time so far ahead; nothing when it is over.
///
/// # Errors
/// When the row says no expiry.
pub fn time_left(row: &Value, now: Duration) -> Result<Duration> {
    let left = moment(row, "expires_at")? - Utc::now();
    Ok(left.to_std().unwrap_or_default().saturating_sub(now))
}

pub(super) fn moment(value: &Value, field: &str) -> Result<DateTime<Utc>> {
    let text = text(value, field);
    let parsed = DateTime::parse_from_rfc3339(&text);
    Ok(parsed
        .with_context(|| format!("{field} in {value}"))?
        .to_utc())
}
