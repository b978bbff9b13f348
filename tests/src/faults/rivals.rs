//! Several processes on one home: each lease is worked on by one of them, and everybody tells the truth.

use std::time::Duration;

use anyhow::{Context, Result};
use futures::future::join_all;
use serde_json::Value;

use super::case::Rivalry;
use super::ground::{Ground, Home, SECRET, TTL, shown};
use super::judge::{self, finding, text};
use super::{AFTER_A_CRASH, Column, Finding};

/// Plays it and judges what is left.
///
/// # Errors
/// When the harness itself fails.
pub async fn play(ground: &Ground, rivalry: Rivalry) -> Result<Vec<Finding>> {
    let home = ground.home()?;
    ground.move_to(Duration::ZERO)?;
    drop(ground.proxy.take_keys());
    let mut findings = match rivalry {
        Rivalry::TwoWatchesExpire => two_watches_expire(ground, &home).await?,
        Rivalry::RevokeTwice => {
            let second = |id: &str| vec!["lease".into(), "revoke".into(), id.to_owned()];
            beside(ground, &home, second).await?
        }
        Rivalry::RenewAndRevoke => {
            let second = |id: &str| vec!["lease".into(), "renew".into(), id.to_owned()];
            beside(ground, &home, second).await?
        }
        Rivalry::TenCreates => ten_creates(ground, &home).await?,
    };
    findings.extend(judge::in_the_end(ground, &home, TTL + AFTER_A_CRASH).await?);
    for made in ground.proxy.take_keys() {
        if ground.knows(&made.keys).await? {
            let text = format!("{} still works", made.keys.id);
            findings.push(finding(Column::Key, text));
        }
    }
    Ok(findings)
}

async fn two_watches_expire(ground: &Ground, home: &Home) -> Result<Vec<Finding>> {
    const LEASES: usize = 4;
    for _ in 0..LEASES {
        home.lease().await?;
    }
    drop(ground.proxy.take());
    let later = TTL + AFTER_A_CRASH;
    ground.move_to(later)?;
    let mut watches = [
        home.start_watch(later).await?,
        home.start_watch(later).await?,
    ];
    let settled = home.settles(later, Duration::from_secs(60)).await?;
    for watch in &mut watches {
        watch.terminate()?;
        watch.ended_within(Duration::from_secs(90)).await?;
    }
    let mut findings = Vec::new();
    if !settled {
        findings.push(finding(Column::Lost, "two watches do not end the leases"));
    }
    let calls = ground.proxy.take();
    let count = |action: &str| calls.iter().filter(|call| call.action == action).count();
    for action in ["DeleteUser", "DeleteAccessKey"] {
        if count(action) != LEASES {
            let text = format!("{} {action} for {LEASES} leases", count(action));
            findings.push(finding(Column::State, text));
        }
    }
    for row in home.rows(later).await? {
        if text(&row, "end_reason") != "expired" {
            findings.push(finding(Column::State, format!("not expired: {row:#}")));
        }
        findings.extend(told_once(home, &row, later).await?);
    }
    Ok(findings)
}

/// A revoke and something else of the same lease at once, while two watches run.
async fn beside(
    ground: &Ground,
    home: &Home,
    second: impl Fn(&str) -> Vec<String>,
) -> Result<Vec<Finding>> {
    let (lease, _) = home.lease().await?;
    let id = text(&lease, "id");
    drop(ground.proxy.take());
    let mut watches = [
        home.start_watch(Duration::ZERO).await?,
        home.start_watch(Duration::ZERO).await?,
    ];
    let second = second(&id);
    let second: Vec<&str> = second
        .iter()
        .map(String::as_str)
        .chain(["--json"])
        .collect();
    let first = ["lease", "revoke", &id, "--json"];
    let (first, second) = tokio::join!(home.cli.run(&first), home.cli.run(&second));
    let (first, second) = (first?, second?);
    let settled = home
        .settles(Duration::ZERO, Duration::from_secs(60))
        .await?;
    for watch in &mut watches {
        watch.terminate()?;
        watch.ended_within(Duration::from_secs(90)).await?;
    }
    let mut findings = Vec::new();
    let rows = home.rows(Duration::ZERO).await?;
    let row = rows.first().context("no row")?;
    let both = format!("{row:#}\n{first:?}\n{second:?}");
    if !settled {
        findings.push(finding(Column::Lost, format!("it is not settled: {both}")));
    }
    let is_revoked = text(row, "state") == "revoked";
    if first.code == 0 && !is_revoked {
        findings.push(finding(Column::State, format!("not revoked: {both}")));
    }
    for said in [&first, &second] {
        // Busy is said as what it is, and nothing was done then.
        if ![0, 3, 4, 7].contains(&said.code) {
            findings.push(finding(Column::State, format!("exit code: {both}")));
        }
    }
    let calls = ground.proxy.take();
    let deleted = calls.iter().filter(|call| call.action == "DeleteUser");
    if is_revoked && deleted.count() != 1 {
        findings.push(finding(Column::State, format!("deleted twice: {both}")));
    }
    findings.extend(told_once(home, row, Duration::ZERO).await?);
    findings.extend(judge::no_user_without_a_row(ground, &rows).await?);
    Ok(findings)
}

async fn ten_creates(ground: &Ground, home: &Home) -> Result<Vec<Finding>> {
    let create = ["lease", "create", SECRET, "--no-wait", "--json"];
    let said = join_all((0..10).map(|_| home.cli.run(&create))).await;
    let mut findings = Vec::new();
    let mut printed = Vec::new();
    for said in said {
        let said = said?;
        let document: Option<Value> = said.json().ok();
        match document.as_ref().and_then(shown) {
            Some(keys) if said.code == 0 => printed.push(keys),
            _ => findings.push(finding(Column::Lost, format!("one failed: {said:?}"))),
        }
    }
    for keys in &printed {
        if !ground.works_at(keys, Duration::ZERO).await? {
            findings.push(finding(Column::Lost, format!("{} does not work", keys.id)));
        }
    }
    let rows = home.rows(Duration::ZERO).await?;
    let users = ground.users().await?.len();
    if rows.len() != printed.len() || users != printed.len() {
        let text = format!("{} rows, {users} users, {} keys", rows.len(), printed.len());
        findings.push(finding(Column::Orphan, text));
    }
    for row in &rows {
        findings.extend(told_once(home, row, Duration::ZERO).await?);
    }
    Ok(findings)
}

/// Nothing is told twice in a lease's history.
async fn told_once(home: &Home, row: &Value, ahead: Duration) -> Result<Vec<Finding>> {
    let show = ["lease", "show", &text(row, "id")];
    let shown = home.cli.ahead(ahead).json(&show).await?;
    let events = shown["events"].as_array().context("no history")?;
    let twice = ["recorded", "active", "revoking", "cut", "ended"]
        .iter()
        .filter(|kind| {
            events
                .iter()
                .filter(|event| event["kind"] == **kind)
                .count()
                > 1
        });
    Ok(twice
        .map(|kind| finding(Column::State, format!("{kind} twice: {events:#?}")))
        .collect())
}
