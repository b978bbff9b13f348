//! Replacing a managing key by a new one, so that nothing is lost wherever it is interrupted.
//!
//! What is intended is committed before AWS is asked, and what AWS did before anything depends on
//! it. The new key goes into the keychain beside the old one; one commit makes the connection, and
//! every other one with the same key, sign with the new key; only then is the old one switched off
//! and deleted. Work that is under way with the old key goes on with the new one
//! ([`leasehold_aws::Session`]).

mod first_look;
mod list;
mod steps;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_domain::{Arn, Code, Problem};
use leasehold_store::{ConnectionKind, ConnectionRow, RotationRow, RotationStep};

use crate::connections::Connections;
use crate::core::{Core, keychain_name, keychain_name_of};
use crate::note::{Note, TIMER};
use crate::turn::Turn;
use crate::wire::{ActivityKind, Rotated, RotationView};

/// When somebody else is at work, it is looked at again after this.
const LOOK_AGAIN: TimeDelta = TimeDelta::minutes(1);

/// How the steps ended.
enum Outcome {
    /// The old key is gone.
    Done,
    /// Nothing came of it, and nothing is left of it.
    Undone(Problem),
    /// More is to be done; it is tried again.
    Pending(Problem),
}

impl Connections<'_> {
    /// Replaces the managing key of a connection by a new one and deletes the old one; or goes on
    /// with a replacement that was interrupted.
    ///
    /// An IAM user has two keys at most. Where there are two, `remove_key` names the one to give up
    /// first; it is never the connection's own.
    ///
    /// # Errors
    /// The connection has no key of its own, the user has two keys and none was named to be given
    /// up, a permission is missing (named), or AWS or the keychain cannot be asked. Nothing is
    /// left of a replacement that fails before the connection uses the new key.
    pub async fn rotate(&self, name: &str, remove_key: Option<&str>) -> Result<Rotated, Problem> {
        let core = self.0;
        let connection = core.connection(name)?;
        let user_name = managing_user(&connection)?;
        let worker = worker(core);
        let _turn = turn(core, &connection.id)
            .await?
            .ok_or_else(|| busy(name))?;
        let row = match core.store.rotations().of(&connection.id)? {
            Some(row) => taken_up(core, row, &worker, remove_key)?.ok_or_else(|| busy(name))?,
            None => begin(core, &connection, user_name, &worker, remove_key).await?,
        };
        let (old, new) = (row.old_key_id.clone(), row.new_key_id.clone());
        let also = sharing(core, &connection.id, &[Some(old.as_str()), new.as_deref()])?;
        let outcome = carry_on(core, row, &core.requester).await?;
        let row = core.connection(&connection.id)?;
        let pending = match outcome {
            Outcome::Done => None,
            Outcome::Undone(problem) => return Err(problem),
            Outcome::Pending(problem) if row.access_key_id.as_deref() == Some(&old) => {
                return Err(problem);
            }
            Outcome::Pending(problem) => Some(problem),
        };
        Ok(Rotated {
            old_access_key_id: old,
            new_access_key_id: row.access_key_id.clone(),
            also,
            connection: self.view(row)?,
            pending,
        })
    }
}

/// Finishes what was interrupted, as long as the process lives.
pub(crate) async fn run(core: &Core) {
    loop {
        let next = match take_up(core).await {
            Ok(next) => next,
            Err(problem) => {
                tracing::warn!(code = ?problem.code, "an interrupted rotation waits");
                Some(core.clock.now() + LOOK_AGAIN)
            }
        };
        let Some(next) = next else {
            core.rotation_bell.notified().await;
            continue;
        };
        let wait = (next - core.clock.now()).to_std().unwrap_or_default();
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = core.rotation_bell.notified() => {}
        }
    }
}

/// Goes on with all that nobody is at work on and that are due; answers when to look again.
async fn take_up(core: &Core) -> Result<Option<DateTime<Utc>>, Problem> {
    let mut next = None;
    for row in core.store.rotations().all()? {
        let due = row.next_attempt_at.unwrap_or(row.started_at);
        if due > core.clock.now() {
            next = earlier(next, due);
            continue;
        }
        let id = row.connection_id.clone();
        let Some(_turn) = turn(core, &id).await? else {
            next = earlier(next, core.clock.now() + LOOK_AGAIN);
            continue;
        };
        if let Some(row) = taken_up(core, row, &worker(core), None)?
            && let Err(problem) = carry_on(core, row, TIMER).await
        {
            tracing::warn!(connection = id, code = ?problem.code, "a rotation waits");
        }
        if let Some(row) = core.store.rotations().of(&id)? {
            let due = row.next_attempt_at.unwrap_or(core.clock.now() + LOOK_AGAIN);
            next = earlier(next, due);
        }
    }
    Ok(next)
}

fn earlier(one: Option<DateTime<Utc>>, other: DateTime<Utc>) -> Option<DateTime<Utc>> {
    Some(one.map_or(other, |one| one.min(other)))
}

/// Takes an interrupted rotation over, by whoever has the turn. Nothing where it is finished.
fn taken_up(
    core: &Core,
    mut row: RotationRow,
    worker: &str,
    remove_key: Option<&str>,
) -> Result<Option<RotationRow>, Problem> {
    let rotations = core.store.rotations();
    if !rotations.claim(&row.connection_id, worker)? {
        return Ok(None);
    }
    row = rotations.of(&row.connection_id)?.unwrap_or(row);
    let chosen = remove_key.filter(|id| {
        let is_ours = row.old_key_id == *id || row.new_key_id.as_deref() == Some(id);
        !is_ours && row.step == RotationStep::Creating
    });
    if let Some(id) = chosen {
        row.remove_key_id = Some(id.to_owned());
        row.step = RotationStep::Clearing;
        if !rotations.save(&row)? {
            return Ok(None);
        }
    }
    Ok(Some(row))
}

async fn begin(
    core: &Core,
    connection: &ConnectionRow,
    user_name: String,
    worker: &str,
    remove_key: Option<&str>,
) -> Result<RotationRow, Problem> {
    let looked = first_look::look(core, connection, &user_name, remove_key).await;
    let looked = looked.inspect_err(|problem| {
        core.note_after(
            Note::refusal(ActivityKind::ConnectionRotateFailed, problem).over(connection),
        );
    })?;
    let mut old_entries = Vec::new();
    for row in with_key(core, &looked.key_id)? {
        old_entries.push(keychain_name(&row));
    }
    let now = core.clock.now();
    let row = RotationRow {
        connection_id: connection.id.clone(),
        step: match looked.remove {
            Some(_) => RotationStep::Clearing,
            None => RotationStep::Creating,
        },
        user_name,
        old_key_id: looked.key_id,
        new_key_id: None,
        remove_key_id: looked.remove,
        known_keys: Vec::new(),
        asked_at: None,
        old_entries,
        started_by: core.requester.clone(),
        started_at: now,
        attempts: 0,
        next_attempt_at: None,
        problem_json: None,
        claimed_by: worker.to_owned(),
    };
    let text = format!(
        "The key {} of connection `{}` is to be replaced.",
        row.old_key_id, connection.name
    );
    let note = Note::new(ActivityKind::ConnectionRotating, text).over(connection);
    let line = core.line(note.calls(looked.log.take()));
    if !core.store.rotations().noting(&line).begin(&row)? {
        return Err(busy(&connection.name));
    }
    changed(core);
    Ok(row)
}

/// Does the steps that are left, and writes down how far it came.
async fn carry_on(core: &Core, row: RotationRow, actor: &str) -> Result<Outcome, Problem> {
    let connection = core.store.connections().by_id(&row.connection_id)?;
    let Some(connection) = connection else {
        return Err(busy("of this key"));
    };
    let mut work = steps::Work::new(core, row, connection, actor);
    let outcome = work.run().await;
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(steps::Stop::Lost) => return Err(busy(work.name())),
        Err(steps::Stop::Failed(problem)) => {
            work.put_off(&problem)?;
            core.rotation_bell.notify_one();
            Outcome::Pending(problem)
        }
    };
    changed(core);
    Ok(outcome)
}

/// The turn at a connection's key; nothing where somebody has it.
async fn turn(core: &Core, connection_id: &str) -> Result<Option<Turn>, Problem> {
    let what = format!("rotation-{connection_id}");
    match Turn::take(&core.home, &what, Duration::ZERO).await {
        Ok(turn) => Ok(Some(turn)),
        Err(problem) if problem.code == Code::Busy => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// Whether somebody is at work on a connection's key.
pub(crate) async fn is_at_work(core: &Core, connection_id: &str) -> Result<bool, Problem> {
    Ok(turn(core, connection_id).await?.is_none())
}

/// Takes what an unfinished replacement put into the keychain out of it, because the connection
/// goes. Answers what is left in AWS.
pub(crate) async fn forget(core: &Core, connection: &ConnectionRow) -> Result<String, Problem> {
    let Some(row) = core.store.rotations().of(&connection.id)? else {
        return Ok(String::new());
    };
    for entry in &row.old_entries {
        if entry.starts_with(&format!("connection/{}", connection.id)) {
            core.keychain_remove(entry).await?;
        }
    }
    let left = match &row.new_key_id {
        Some(new) => {
            let entry = keychain_name_of(&connection.id, new);
            core.keychain_remove(&entry).await?;
            format!("{} or {new}", row.old_key_id)
        }
        None => "a key that Leasehold does not use".to_owned(),
    };
    Ok(format!(
        " The replacement of its key was not finished: look in AWS whether the user {} still has \
         {left}.",
        row.user_name
    ))
}

/// How far a replacement is.
pub(crate) fn view(core: &Core, connection_id: &str) -> Result<Option<RotationView>, Problem> {
    let row = core.store.rotations().of(connection_id)?;
    Ok(row.map(|row| RotationView {
        step: row.step.as_str().to_owned(),
        old_access_key_id: row.old_key_id,
        new_access_key_id: row.new_key_id,
        started_at: row.started_at,
        next_attempt_at: row.next_attempt_at,
        problem: row
            .problem_json
            .and_then(|text| serde_json::from_str(&text).ok()),
    }))
}

/// Somebody else is at work on it.
pub(crate) fn busy(name: &str) -> Problem {
    Problem::new(
        Code::Busy,
        format!("The key of connection `{name}` is being replaced right now."),
    )
    .with_hint("Try again in some minutes.")
}

/// The IAM user whose key the connection has.
fn managing_user(connection: &ConnectionRow) -> Result<String, Problem> {
    let why_not = match connection.kind {
        ConnectionKind::AccessKey => None,
        ConnectionKind::Practice => Some("the practice account's key never leaves it"),
        ConnectionKind::Profile => Some("its keys come from a profile of the AWS configuration"),
        ConnectionKind::Role => Some("a role has no key, only sessions that end by themselves"),
    };
    if let Some(why) = why_not {
        return Err(Problem::new(
            Code::Refused,
            format!(
                "Connection `{}` has no key to replace: {why}.",
                connection.name
            ),
        )
        .with_hint("Only connections with an access key of their own have one.")
        .at("connection"));
    }
    let arn = Arn::parse("caller_arn", &connection.caller_arn)?;
    let name = arn
        .resource
        .strip_prefix("user/")
        .filter(|_| arn.service == "iam")
        .and_then(|path| path.rsplit('/').next())
        .filter(|name| !name.is_empty());
    name.map(str::to_owned).ok_or_else(|| {
        Problem::new(
            Code::Refused,
            format!(
                "The key of connection `{}` belongs to {}, which is no IAM user.",
                connection.name, connection.caller_arn
            ),
        )
        .with_hint("Make an IAM user for Leasehold, add its key, and delete this one in AWS.")
        .at("connection")
    })
}

/// The connections of this home that have this key.
fn with_key(core: &Core, key_id: &str) -> Result<Vec<ConnectionRow>, Problem> {
    let mut all = core.store.connections().all()?;
    all.retain(|row| {
        row.kind == ConnectionKind::AccessKey && row.access_key_id.as_deref() == Some(key_id)
    });
    Ok(all)
}

/// Names of the others that have one of these keys.
fn sharing(core: &Core, id: &str, keys: &[Option<&str>]) -> Result<Vec<String>, Problem> {
    let mut names = Vec::new();
    for key in keys.iter().flatten() {
        let others = with_key(core, key)?;
        names.extend(
            others
                .into_iter()
                .filter(|row| row.id != id)
                .map(|row| row.name),
        );
    }
    Ok(names)
}

/// One piece of work of one process.
fn worker(core: &Core) -> String {
    format!("{}:{}", core.worker, uuid::Uuid::new_v4())
}

fn changed(core: &Core) {
    core.activity_grew();
    core.catalog_changed();
}
