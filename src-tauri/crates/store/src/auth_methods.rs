//! Auth methods: the form as it was typed, and what is asked without reading it.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, named_params};

use crate::row::{Columns, json, millis};
use crate::store::noting;
use crate::{ActivityLine, Store, StoreError};

const TABLE: &str = "auth_methods";
const COLUMNS: &[&str] = &[
    "access_id",
    "name",
    "draft",
    "enabled",
    "protected",
    "expires_at",
    "notified_days",
    "created_at",
    "updated_at",
];

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT access_id, name, draft, enabled, protected, expires_at, notified_days, ",
            "created_at, updated_at FROM auth_methods ",
            $rest
        )
    };
}

const ALL: &str = select!("ORDER BY name");
const FIND: &str = select!("WHERE access_id = :text OR name = :text");
const INSERT: &str = "INSERT INTO auth_methods \
    (access_id, name, draft, enabled, protected, expires_at, notified_days, created_at, updated_at) \
    VALUES (:access_id, :name, :draft, :enabled, :protected, :expires_at, :notified_days, \
     :created_at, :updated_at)";
/// The form, if it still is the one that the change was made from. Notices of another end were of none.
const UPDATE: &str = "UPDATE auth_methods SET name = :name, draft = :draft, protected = :protected, \
    notified_days = CASE WHEN expires_at IS :expires_at THEN notified_days ELSE '[]' END, \
    expires_at = :expires_at, updated_at = :updated_at \
    WHERE access_id = :access_id AND draft = :seen";
const IS_THERE: &str = "SELECT 1 FROM auth_methods WHERE access_id = :access_id";
const ENABLE: &str = "UPDATE auth_methods SET enabled = :enabled, updated_at = :updated_at \
    WHERE access_id = :access_id AND enabled <> :enabled";
const NOTIFIED: &str = "UPDATE auth_methods SET notified_days = :days \
    WHERE access_id = :access_id AND expires_at IS :expires_at AND notified_days = :seen";
const REMOVE: &str = "DELETE FROM auth_methods WHERE access_id = :access_id AND protected = 0";
const END_SESSIONS: &str = "DELETE FROM sessions WHERE access_id = :access_id";

/// An auth method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthMethodRow {
    /// Unique for ever; what callers name it by.
    pub access_id: String,
    /// Folder and name, unique without regard to case.
    pub name: String,
    /// The form, as JSON.
    pub draft: String,
    /// It is switched on.
    pub enabled: bool,
    /// It cannot be deleted.
    pub protected: bool,
    /// When it stops working by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// Notices of that which were given: days before.
    pub notified_days: Vec<u32>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// Access to the auth methods.
#[derive(Debug)]
pub struct AuthMethods<'s> {
    pub(crate) store: &'s Store,
    pub(crate) line: Option<&'s ActivityLine>,
}

noting!(AuthMethods);

fn read(row: &rusqlite::Row<'_>) -> Result<AuthMethodRow, StoreError> {
    let mut columns = Columns::new(TABLE, COLUMNS, row);
    Ok(AuthMethodRow {
        access_id: columns.text()?,
        name: columns.text()?,
        draft: columns.text()?,
        enabled: columns.flag()?,
        protected: columns.flag()?,
        expires_at: columns.moment_or_null()?,
        notified_days: columns.json()?,
        created_at: columns.moment()?,
        updated_at: columns.moment()?,
    })
}

impl AuthMethods<'_> {
    /// All of them, by name.
    pub fn all(&self) -> Result<Vec<AuthMethodRow>, StoreError> {
        self.store
            .read(|db| db.prepare_cached(ALL)?.query_and_then([], read)?.collect())
    }

    /// The one with this access id or name.
    pub fn find(&self, text: &str) -> Result<Option<AuthMethodRow>, StoreError> {
        self.store.read(|db| {
            db.prepare_cached(FIND)?
                .query_row(named_params! {":text": text}, |row| Ok(read(row)))
                .optional()?
                .transpose()
        })
    }

    /// Adds one.
    pub fn insert(&self, row: &AuthMethodRow) -> Result<(), StoreError> {
        self.write(|db| put(db, INSERT, row).map(drop))
    }

    /// Writes name, form, protection and end anew; whether it is on and what was told of its end are
    /// not touched. With `end_sessions` every token that it gave is dead from the same moment on.
    ///
    /// # Errors
    /// [`StoreError::Outdated`] when the form is not `seen` any more: somebody else has changed it since.
    pub fn update(
        &self,
        row: &AuthMethodRow,
        seen: &str,
        end_sessions: bool,
    ) -> Result<(), StoreError> {
        self.write(|db| {
            let changed = db
                .prepare_cached(UPDATE)?
                .execute(named_params! {
                    ":access_id": row.access_id,
                    ":name": row.name,
                    ":draft": row.draft,
                    ":protected": row.protected,
                    ":expires_at": row.expires_at.map(millis),
                    ":updated_at": millis(row.updated_at),
                    ":seen": seen,
                })
                .map_err(|error| named(error, row))?;
            if changed == 0 {
                return Err(match is_there(db, &row.access_id)? {
                    true => StoreError::Outdated {
                        name: row.name.clone(),
                    },
                    false => missing(&row.access_id),
                });
            }
            match end_sessions {
                true => end_all(db, &row.access_id),
                false => Ok(()),
            }
        })
    }

    /// Switches one on. False, and no line, when it is so already. It is switched off by [`Store::shut`].
    pub fn enable(&self, access_id: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.store
            .write_if_noting(self.line, |db| switch(db, access_id, true, now))
    }

    /// Notes which notices of its end were given. False, and no line, when somebody else has noted some
    /// since the row was read, or the end is another one now.
    pub fn set_notified(&self, row: &AuthMethodRow, days: &[u32]) -> Result<bool, StoreError> {
        self.store.write_if_noting(self.line, |db| {
            let changed = db.prepare_cached(NOTIFIED)?.execute(named_params! {
                ":access_id": row.access_id,
                ":expires_at": row.expires_at.map(millis),
                ":seen": json(&row.notified_days)?,
                ":days": json(days)?,
            })?;
            Ok(changed == 1)
        })
    }
}

/// Whether it was not so before.
fn switch(
    db: &rusqlite::Transaction<'_>,
    access_id: &str,
    on: bool,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let changed = db.prepare_cached(ENABLE)?.execute(named_params! {
        ":access_id": access_id, ":enabled": on, ":updated_at": millis(now),
    })?;
    if changed == 0 && !is_there(db, access_id)? {
        return Err(missing(access_id));
    }
    Ok(changed == 1)
}

/// Switches one off, with its sessions.
pub(crate) fn switch_off(
    db: &rusqlite::Transaction<'_>,
    access_id: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let changed = switch(db, access_id, false, now)?;
    end_all(db, access_id)?;
    Ok(changed)
}

/// Removes one that is not protected; what hangs on it goes with it.
pub(crate) fn remove(db: &rusqlite::Transaction<'_>, access_id: &str) -> Result<(), StoreError> {
    let removed = db
        .prepare_cached(REMOVE)?
        .execute(named_params! {":access_id": access_id})?;
    match removed {
        0 => Err(missing(access_id)),
        _ => Ok(()),
    }
}

fn put(
    db: &rusqlite::Transaction<'_>,
    statement: &str,
    row: &AuthMethodRow,
) -> Result<usize, StoreError> {
    db.prepare_cached(statement)?
        .execute(named_params! {
            ":access_id": row.access_id,
            ":name": row.name,
            ":draft": row.draft,
            ":enabled": row.enabled,
            ":protected": row.protected,
            ":expires_at": row.expires_at.map(millis),
            ":notified_days": json(&row.notified_days)?,
            ":created_at": millis(row.created_at),
            ":updated_at": millis(row.updated_at),
        })
        .map_err(|error| named(error, row))
}

fn named(error: rusqlite::Error, row: &AuthMethodRow) -> StoreError {
    match StoreError::is_duplicate(&error) {
        true => StoreError::NameTaken {
            what: "an auth method",
            name: row.name.clone(),
        },
        false => error.into(),
    }
}

fn is_there(db: &rusqlite::Transaction<'_>, access_id: &str) -> Result<bool, StoreError> {
    Ok(db
        .prepare_cached(IS_THERE)?
        .exists(named_params! {":access_id": access_id})?)
}

fn end_all(db: &rusqlite::Transaction<'_>, access_id: &str) -> Result<(), StoreError> {
    db.prepare_cached(END_SESSIONS)?
        .execute(named_params! {":access_id": access_id})?;
    Ok(())
}

fn missing(access_id: &str) -> StoreError {
    StoreError::NotFound {
        what: "auth method",
        id: access_id.to_owned(),
    }
}
