//! The activity log: lines that are written once, each chained to the one before.

mod chain;
mod check;
mod list;
mod take_over;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, ToSql, named_params};

pub use chain::{Hash, hash_of};
pub use check::{Chain, ChainFault, Verdict};
pub use list::ActivityFilter;
pub(crate) use take_over::take_over;

use crate::row::{Columns, json, millis};
use crate::{Store, StoreError};

const TABLE: &str = "activity";
const COLUMNS: &[&str] = &[
    "seq",
    "at",
    "kind",
    "actor",
    "outcome",
    "lease_id",
    "secret",
    "connection",
    "account_id",
    "text",
    "calls",
    "secret_id",
    "hash",
    "previous",
];

/// `SELECT` of all columns of `activity` in the order that [`read`] expects.
macro_rules! select_activity {
    ($rest:literal) => {
        concat!(
            "SELECT seq, at, kind, actor, outcome, lease_id, secret, connection, account_id, ",
            "text, calls, secret_id, hash, ",
            "(SELECT before.hash FROM activity AS before WHERE before.seq = activity.seq - 1) ",
            "FROM activity ",
            $rest
        )
    };
}
use select_activity;

const OF_LEASE: &str = select_activity!("WHERE lease_id = :lease_id ORDER BY seq");
const HEAD: &str = "SELECT entries, hash FROM activity_head WHERE one = 1";
const ADD: &str = "INSERT INTO activity \
    (seq, at, kind, actor, outcome, lease_id, secret, connection, account_id, text, calls, hash) \
    VALUES (:seq, :at, :kind, :actor, :outcome, :lease_id, :secret, :connection, :account_id, \
     :text, :calls, :hash)";
/// Apart from the other: a migration adds lines to a table that has no such column yet.
const ADD_WITH_ID: &str = "INSERT INTO activity \
    (seq, at, kind, actor, outcome, lease_id, secret, connection, account_id, text, calls, hash, \
     secret_id) \
    VALUES (:seq, :at, :kind, :actor, :outcome, :lease_id, :secret, :connection, :account_id, \
     :text, :calls, :hash, :secret_id)";
const MOVE_HEAD: &str = "UPDATE activity_head SET entries = :entries, hash = :hash WHERE one = 1";

/// One AWS call in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityCall {
    /// `iam:CreateUser`
    pub action: String,
    /// `user/name`, an ARN, …
    pub resource: Option<String>,
    /// AWS's error code; `None` when AWS did it.
    pub code: Option<String>,
    /// AWS's request id.
    pub request_id: Option<String>,
}

/// What a line says. Moments are stored to the millisecond.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityLine {
    /// When it is written.
    pub at: DateTime<Utc>,
    /// A word of the engine's list.
    pub kind: String,
    /// Who did it.
    pub actor: String,
    /// How it went, in a word of the engine's list.
    pub outcome: String,
    /// The lease, where it is about one.
    pub lease_id: Option<String>,
    /// Name of the dynamic secret, where it is about one.
    pub secret: Option<String>,
    /// Id of the dynamic secret. Lines from before schema 7 have none.
    pub secret_id: Option<String>,
    /// Name of the connection, where it is about one.
    pub connection: Option<String>,
    /// The AWS account, where it is about one.
    pub account_id: Option<String>,
    /// A sentence.
    pub text: String,
    /// What was asked of AWS since the line before of the same work.
    pub calls: Vec<ActivityCall>,
}

/// A line as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityRow {
    /// Its place, from 1, without gaps.
    pub seq: i64,
    /// What it says.
    pub line: ActivityLine,
    /// Over the hash before and all of the above.
    pub hash: Hash,
    /// The hash of the line before, as that line has it now; [`Hash::START`] where there is none.
    pub previous: Hash,
}

/// Where the log ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActivityHead {
    /// How many lines there are.
    pub entries: i64,
    /// The hash of the newest.
    pub hash: Hash,
}

/// Access to the activity log.
#[derive(Debug)]
pub struct Activity<'s> {
    pub(crate) store: &'s Store,
}

type StoredCall = (String, Option<String>, Option<String>, Option<String>);

fn calls_text(calls: &[ActivityCall]) -> Result<String, StoreError> {
    let calls: Vec<_> = calls
        .iter()
        .map(|call| (&call.action, &call.resource, &call.code, &call.request_id))
        .collect();
    json(&calls)
}

fn read(row: &rusqlite::Row<'_>) -> Result<ActivityRow, StoreError> {
    let mut columns = Columns::new(TABLE, COLUMNS, row);
    let seq = columns.number()?;
    let mut line = ActivityLine {
        at: columns.moment()?,
        kind: columns.text()?,
        actor: columns.text()?,
        outcome: columns.text()?,
        lease_id: columns.text_or_null()?,
        secret: columns.text_or_null()?,
        secret_id: None,
        connection: columns.text_or_null()?,
        account_id: columns.text_or_null()?,
        text: columns.text()?,
        calls: columns
            .json::<Vec<StoredCall>>()?
            .into_iter()
            .map(|(action, resource, code, request_id)| ActivityCall {
                action,
                resource,
                code,
                request_id,
            })
            .collect(),
    };
    line.secret_id = columns.text_or_null()?;
    Ok(ActivityRow {
        seq,
        line,
        hash: Hash(columns.bytes()?),
        previous: columns.bytes_or_null()?.map_or(Hash::START, Hash),
    })
}

fn head(db: &Connection) -> Result<ActivityHead, StoreError> {
    let head = db
        .prepare_cached(HEAD)?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (entries, hash) = head.ok_or_else(|| StoreError::BrokenRow {
        table: "activity_head",
        id: "1".to_owned(),
        what: "it is missing".to_owned(),
    })?;
    Ok(ActivityHead {
        entries,
        hash: Hash(hash),
    })
}

/// Adds a line at the end: three statements, each one row by its key, within the transaction of
/// whatever the line tells of.
pub(crate) fn append(db: &Connection, line: &ActivityLine) -> Result<i64, StoreError> {
    let head = head(db)?;
    let seq = head.entries + 1;
    let hash = hash_of(&head.hash, seq, line);
    let calls = calls_text(&line.calls)?;
    let at = millis(line.at);
    let mut values: Vec<(&str, &dyn ToSql)> = vec![
        (":seq", &seq),
        (":at", &at),
        (":kind", &line.kind),
        (":actor", &line.actor),
        (":outcome", &line.outcome),
        (":lease_id", &line.lease_id),
        (":secret", &line.secret),
        (":connection", &line.connection),
        (":account_id", &line.account_id),
        (":text", &line.text),
        (":calls", &calls),
        (":hash", &hash.0),
    ];
    let sql = match &line.secret_id {
        None => ADD,
        Some(id) => {
            values.push((":secret_id", id));
            ADD_WITH_ID
        }
    };
    db.prepare_cached(sql)?.execute(values.as_slice())?;
    db.prepare_cached(MOVE_HEAD)?
        .execute(named_params! {":entries": seq, ":hash": hash.0})?;
    Ok(seq)
}

/// Every line about a lease, oldest first.
pub(crate) fn of_lease(
    db: &Connection,
    lease_id: &str,
    tell: &mut dyn FnMut(ActivityRow),
) -> Result<(), StoreError> {
    let mut statement = db.prepare_cached(OF_LEASE)?;
    let mut rows = statement.query(named_params! {":lease_id": lease_id})?;
    while let Some(row) = rows.next()? {
        tell(read(row)?);
    }
    Ok(())
}

impl Activity<'_> {
    /// Adds a line that tells of something that is not in the state file. What is in it is told in
    /// the transaction that changes it: see `noting` of the tables. The answer is its place.
    pub fn add(&self, line: &ActivityLine) -> Result<i64, StoreError> {
        self.store.write(|db| append(db, line))
    }

    /// Where the log ends.
    pub fn head(&self) -> Result<ActivityHead, StoreError> {
        self.store.read(head)
    }
}
