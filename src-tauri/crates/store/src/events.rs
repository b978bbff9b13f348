//! The history of a lease: what happened when, in sentences.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, named_params};

use crate::row::{Columns, millis};
use crate::{Leases, StoreError};

const TABLE: &str = "lease_events";
const COLUMNS: &[&str] = &["id", "lease_id", "at", "kind", "text"];
const ADD: &str = "INSERT INTO lease_events (lease_id, at, kind, text) \
                   VALUES (:lease_id, :at, :kind, :text)";
const OF_LEASE: &str = "SELECT id, lease_id, at, kind, text FROM lease_events \
                        WHERE lease_id = :lease_id ORDER BY id";

/// One line of a lease's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Rises with every event.
    pub id: i64,
    /// The lease.
    pub lease_id: String,
    /// When.
    pub at: DateTime<Utc>,
    /// A word of the engine's list.
    pub kind: String,
    /// A sentence.
    pub text: String,
}

fn read(row: &rusqlite::Row<'_>) -> Result<EventRow, StoreError> {
    let mut columns = Columns::new(TABLE, COLUMNS, row);
    Ok(EventRow {
        id: columns.number()?,
        lease_id: columns.text()?,
        at: columns.moment()?,
        kind: columns.text()?,
        text: columns.text()?,
    })
}

pub(crate) fn add(
    db: &Connection,
    lease_id: &str,
    at: DateTime<Utc>,
    kind: &str,
    text: &str,
) -> Result<(), StoreError> {
    db.prepare_cached(ADD)?
        .execute(named_params! {
            ":lease_id": lease_id, ":at": millis(at), ":kind": kind, ":text": text,
        })
        .map_err(|error| match StoreError::is_reference(&error) {
            true => StoreError::NotFound {
                what: "lease",
                id: lease_id.to_owned(),
            },
            false => error.into(),
        })?;
    Ok(())
}

impl Leases<'_> {
    /// Adds a line to a lease's history.
    pub fn add_event(
        &self,
        lease_id: &str,
        at: DateTime<Utc>,
        kind: &str,
        text: &str,
    ) -> Result<(), StoreError> {
        self.store.write(|db| add(db, lease_id, at, kind, text))
    }

    /// A lease's history, oldest first.
    pub fn events(&self, lease_id: &str) -> Result<Vec<EventRow>, StoreError> {
        self.store.read(|db| {
            db.prepare_cached(OF_LEASE)?
                .query_and_then(named_params! {":lease_id": lease_id}, read)?
                .collect()
        })
    }
}
