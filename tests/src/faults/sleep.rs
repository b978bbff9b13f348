//! A process that is stopped in the middle (SIGSTOP) and goes on an hour later, when another one has finished its work.

use std::time::Duration;

use anyhow::Result;
use serde_json::Value;

use super::case::{Operation, Point};
use super::ground::{Ground, shown};
use super::judge::{self, finding, text};
use super::play::{keys_of, words};
use super::{Column, Finding};
use crate::proxy::{Fault, Rule};

/// The hour, and a little.
const AN_HOUR: Duration = Duration::from_secs(3700);
const FINISHES: Duration = Duration::from_secs(45);

/// Plays it and judges what is left.
///
/// # Errors
/// When the harness itself fails.
pub async fn play(ground: &Ground, operation: Operation, point: &Point) -> Result<Vec<Finding>> {
    let home = ground.home()?;
    ground.move_to(Duration::ZERO)?;
    drop(ground.proxy.take_keys());
    let prior = match operation {
        Operation::Issue => None,
        _ => Some(home.lease().await?),
    };
    let id = prior.as_ref().and_then(|(lease, _)| lease["id"].as_str());
    let words = words(operation, id);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    ground
        .proxy
        .rule(Rule::nth(point.n, &point.call, Fault::OnItsWay));
    let mut sleeper = home.cli.start(&words)?;
    sleeper.close_input();
    let mut findings = Vec::new();
    if !on_its_way(ground, &mut sleeper).await? {
        let text = format!("the point was never reached: {}", sleeper.output());
        return Ok(vec![finding(Column::State, text)]);
    }
    // What else it sent at the same time has arrived: only the one request is held up.
    tokio::time::sleep(Duration::from_millis(60)).await;
    sleeper.pause()?;

    ground.move_to(AN_HOUR)?;
    let mut rescuer = home.start_watch(AN_HOUR).await?;
    let settled = home.rests(FINISHES).await?;
    rescuer.terminate()?;
    rescuer.ended_within(Duration::from_secs(90)).await?;
    let before = home.rows(AN_HOUR).await?;
    if !settled {
        let text = format!("another process did not take it over: {before:#?}");
        findings.push(finding(Column::Lost, text));
    }
    drop(ground.proxy.take());

    // The request that was on its way when the lid closed arrives now, and its sender wakes.
    ground.proxy.let_through();
    sleeper.go_on()?;
    let status = sleeper.ended_within(Duration::from_secs(200)).await?;
    sleeper.drained().await;
    let acts = ground.proxy.take();
    let acts = acts.iter().filter(|act| act.fault.is_none());
    let acts = acts.filter(|act| act.call.changes() && !act.call.user.is_empty());
    for act in acts {
        // The one thing it has to do: take back what AWS made of a request that came too late.
        if act.action != "DeleteUser" || point.call != "CreateUser" {
            let text = format!("the woken process went on: {:?}", act.call);
            findings.push(finding(Column::State, text));
        }
    }
    let after = home.rows(AN_HOUR).await?;
    // Its own clock did not move with the world's; what it learns of AWS's is not the lease's.
    let of_the_lease = |rows: &[Value]| {
        let mut rows = rows.to_vec();
        for row in &mut rows {
            row["clock_offset_ms"] = Value::Null;
        }
        rows
    };
    if of_the_lease(&before) != of_the_lease(&after) {
        let text = format!("the woken process changed the row: {before:#?} {after:#?}");
        findings.push(finding(Column::State, text));
    }
    let printed: Option<Value> = serde_json::from_str(&sleeper.stdout()).ok();
    if let Some(keys) = printed.as_ref().and_then(shown) {
        let text = format!("it printed {} of a lease that was ended", keys.id);
        findings.push(finding(Column::State, text));
    }
    let claims_success = status.success();
    if claims_success && matches!(operation, Operation::Issue | Operation::Renew) {
        let text = format!("it says that all went well: {}", sleeper.output());
        findings.push(finding(Column::State, text));
    }
    for row in &after {
        let state = text(row, "state");
        let expected = match operation {
            Operation::Issue => "failed",
            _ => "revoked",
        };
        if state != expected {
            findings.push(finding(Column::Lost, format!("{expected}, not {row:#}")));
        }
        let made = ground.proxy.take_keys();
        let prior = prior.iter().map(|(_, keys)| keys);
        let made = keys_of(&made, &text(row, "user_name"));
        for keys in prior.chain(made.iter().map(|made| &made.keys)) {
            if ground.knows(keys).await? {
                findings.push(finding(Column::Key, format!("{} still works", keys.id)));
            }
        }
    }
    findings.extend(judge::no_user_without_a_row(ground, &after).await?);
    findings.extend(judge::in_the_end(ground, &home, AN_HOUR).await?);
    Ok(findings)
}

async fn on_its_way(ground: &Ground, sleeper: &mut crate::process::Process) -> Result<bool> {
    for _ in 0..15_000 {
        if ground.proxy.on_their_way() > 0 {
            return Ok(true);
        }
        if !sleeper.is_running() {
            return Ok(false);
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(false)
}
