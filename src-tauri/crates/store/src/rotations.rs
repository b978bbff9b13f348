//! Rotations of managing keys: what is under way, who is at it, and how far it has come.

use chrono::{DateTime, Utc};
use rusqlite::named_params;

use crate::row::{Columns, integer, json, millis};
use crate::store::noting;
use crate::{ActivityLine, Store, StoreError};

const TABLE: &str = "rotations";
const COLUMNS: &[&str] = &[
    "connection_id",
    "step",
    "user_name",
    "old_key_id",
    "new_key_id",
    "remove_key_id",
    "known_keys",
    "asked_at",
    "old_entries",
    "started_by",
    "started_at",
    "attempts",
    "next_attempt_at",
    "problem_json",
    "claimed_by",
];

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT connection_id, step, user_name, old_key_id, new_key_id, remove_key_id, ",
            "known_keys, asked_at, old_entries, started_by, started_at, attempts, ",
            "next_attempt_at, problem_json, claimed_by FROM rotations ",
            $rest
        )
    };
}

const ALL: &str = select!("ORDER BY started_at");
const BY_CONNECTION: &str = select!("WHERE connection_id = :id");
const INSERT: &str = "INSERT INTO rotations (connection_id, step, user_name, old_key_id, \
    new_key_id, remove_key_id, known_keys, asked_at, old_entries, started_by, started_at, \
    attempts, next_attempt_at, problem_json, claimed_by) \
    VALUES (:connection_id, :step, :user_name, :old_key_id, :new_key_id, :remove_key_id, \
    :known_keys, :asked_at, :old_entries, :started_by, :started_at, :attempts, \
    :next_attempt_at, :problem_json, :claimed_by)";
/// Only whoever holds it writes it.
const UPDATE: &str = "UPDATE rotations SET step = :step, user_name = :user_name, \
    old_key_id = :old_key_id, new_key_id = :new_key_id, remove_key_id = :remove_key_id, \
    known_keys = :known_keys, asked_at = :asked_at, old_entries = :old_entries, \
    started_by = :started_by, started_at = :started_at, attempts = :attempts, \
    next_attempt_at = :next_attempt_at, problem_json = :problem_json \
    WHERE connection_id = :connection_id AND claimed_by = :claimed_by";
const CLAIM: &str = "UPDATE rotations SET claimed_by = :claimer WHERE connection_id = :id";
const REMOVE: &str = "DELETE FROM rotations WHERE connection_id = :id AND claimed_by = :claimer";
const SWITCH: &str = "UPDATE connections SET access_key_id = :key_id, key_entry = :entry, \
    key_at = :at, problem_json = NULL WHERE id = :id AND access_key_id = :old_key_id";

/// How far a rotation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RotationStep {
    /// A key that a person chose is being removed to make room.
    Clearing,
    /// AWS is being asked for the new key.
    Creating,
    /// AWS made it; the keychain may not have it.
    Made,
    /// The keychain has it; it is tried until it works.
    Kept,
    /// The connection uses it; the old one is being switched off and deleted.
    Switched,
    /// The new key is being removed again.
    Undoing,
}

impl RotationStep {
    const EVERY: [Self; 6] = [
        Self::Clearing,
        Self::Creating,
        Self::Made,
        Self::Kept,
        Self::Switched,
        Self::Undoing,
    ];

    /// The stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clearing => "clearing",
            Self::Creating => "creating",
            Self::Made => "made",
            Self::Kept => "kept",
            Self::Switched => "switched",
            Self::Undoing => "undoing",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|step| step.as_str() == word)
    }
}

/// A rotation that is not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotationRow {
    /// The connection that it was asked for.
    pub connection_id: String,
    /// How far it has come.
    pub step: RotationStep,
    /// The managing user.
    pub user_name: String,
    /// The key that goes.
    pub old_key_id: String,
    /// The key that comes, once AWS has named it.
    pub new_key_id: Option<String>,
    /// Another key that goes first, because a person chose it.
    pub remove_key_id: Option<String>,
    /// The user's keys just before the new one was asked for.
    pub known_keys: Vec<String>,
    /// When it was asked for, by AWS's time.
    pub asked_at: Option<DateTime<Utc>>,
    /// Where the keychain has the old key.
    pub old_entries: Vec<String>,
    /// Who asked for it.
    pub started_by: String,
    /// When it was asked for.
    pub started_at: DateTime<Utc>,
    /// Tries that failed.
    pub attempts: u32,
    /// When it is tried again.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// Why the last try failed, in wire form.
    pub problem_json: Option<String>,
    /// The process at work on it.
    pub claimed_by: String,
}

/// A connection that takes on a new key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySwitch {
    /// The connection.
    pub connection_id: String,
    /// Where the keychain has its new key.
    pub entry: String,
}

/// Access to the rotations.
#[derive(Debug)]
pub struct Rotations<'s> {
    pub(crate) store: &'s Store,
    pub(crate) line: Option<&'s ActivityLine>,
}

noting!(Rotations);

fn read(row: &rusqlite::Row<'_>) -> Result<RotationRow, StoreError> {
    let mut columns = Columns::new(TABLE, COLUMNS, row);
    Ok(RotationRow {
        connection_id: columns.text()?,
        step: columns.word(RotationStep::parse)?,
        user_name: columns.text()?,
        old_key_id: columns.text()?,
        new_key_id: columns.text_or_null()?,
        remove_key_id: columns.text_or_null()?,
        known_keys: columns.json()?,
        asked_at: columns.moment_or_null()?,
        old_entries: columns.json()?,
        started_by: columns.text()?,
        started_at: columns.moment()?,
        attempts: columns.count()?,
        next_attempt_at: columns.moment_or_null()?,
        problem_json: columns.text_or_null()?,
        claimed_by: columns.text()?,
    })
}

impl Rotations<'_> {
    /// All that are under way, oldest first.
    pub fn all(&self) -> Result<Vec<RotationRow>, StoreError> {
        self.store
            .read(|db| db.prepare_cached(ALL)?.query_and_then([], read)?.collect())
    }

    /// The one of a connection.
    pub fn of(&self, connection_id: &str) -> Result<Option<RotationRow>, StoreError> {
        self.store.read(|db| {
            let mut statement = db.prepare_cached(BY_CONNECTION)?;
            let mut rows = statement.query(named_params! {":id": connection_id})?;
            rows.next()?.map(read).transpose()
        })
    }

    /// Records a rotation, held by whoever it names. False when there is one of this connection.
    pub fn begin(&self, row: &RotationRow) -> Result<bool, StoreError> {
        match self.put(INSERT, row) {
            Ok(_) => Ok(true),
            Err(StoreError::Failed(error)) if StoreError::is_duplicate(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Takes it over: from here on nobody else's writes count. False when there is none.
    pub fn claim(&self, connection_id: &str, claimer: &str) -> Result<bool, StoreError> {
        self.write(|db| {
            let taken = db
                .prepare_cached(CLAIM)?
                .execute(named_params! {":id": connection_id, ":claimer": claimer})?;
            Ok(taken > 0)
        })
    }

    /// Writes all of it. False when somebody else has taken it over.
    pub fn save(&self, row: &RotationRow) -> Result<bool, StoreError> {
        Ok(self.put(UPDATE, row)? > 0)
    }

    /// The connections sign with the new key from here on, and the row says so. False, with nothing
    /// changed, when somebody else has taken it over.
    pub fn switch(
        &self,
        row: &RotationRow,
        to: &[KeySwitch],
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.write(|db| {
            if put(db, UPDATE, row)? == 0 {
                return Ok(false);
            }
            for one in to {
                db.prepare_cached(SWITCH)?.execute(named_params! {
                    ":id": one.connection_id,
                    ":key_id": row.new_key_id,
                    ":entry": one.entry,
                    ":at": millis(at),
                    ":old_key_id": row.old_key_id,
                })?;
            }
            Ok(true)
        })
    }

    /// It is over. False when somebody else has taken it over.
    pub fn end(&self, row: &RotationRow) -> Result<bool, StoreError> {
        self.write(|db| {
            let gone = db.prepare_cached(REMOVE)?.execute(named_params! {
                ":id": row.connection_id, ":claimer": row.claimed_by,
            })?;
            Ok(gone > 0)
        })
    }

    fn put(&self, sql: &str, row: &RotationRow) -> Result<usize, StoreError> {
        self.write(|db| put(db, sql, row))
    }
}

fn put(db: &rusqlite::Transaction<'_>, sql: &str, row: &RotationRow) -> Result<usize, StoreError> {
    let changed = db.prepare_cached(sql)?.execute(named_params! {
        ":connection_id": row.connection_id,
        ":step": row.step.as_str(),
        ":user_name": row.user_name,
        ":old_key_id": row.old_key_id,
        ":new_key_id": row.new_key_id,
        ":remove_key_id": row.remove_key_id,
        ":known_keys": json(&row.known_keys)?,
        ":asked_at": row.asked_at.map(millis),
        ":old_entries": json(&row.old_entries)?,
        ":started_by": row.started_by,
        ":started_at": millis(row.started_at),
        ":attempts": integer(row.attempts.into())?,
        ":next_attempt_at": row.next_attempt_at.map(millis),
        ":problem_json": row.problem_json,
        ":claimed_by": row.claimed_by,
    })?;
    Ok(changed)
}
