//! Connections: how an AWS account is reached. The secret key is in the keychain, never here.

use rusqlite::{OptionalExtension, named_params};

use chrono::{DateTime, Utc};

use crate::row::{Columns, millis};
use crate::store::noting;
use crate::{ActivityLine, Store, StoreError};

const TABLE: &str = "connections";
const COLUMNS: &[&str] = &[
    "id",
    "name",
    "kind",
    "state",
    "access_key_id",
    "region",
    "endpoint_url",
    "account_id",
    "partition",
    "caller_arn",
    "verified_at",
    "created_at",
    "clock_offset_ms",
    "problem_json",
];

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, kind, state, access_key_id, region, endpoint_url, account_id, ",
            "partition, caller_arn, verified_at, created_at, clock_offset_ms, problem_json ",
            "FROM connections ",
            $rest
        )
    };
}

const ALL: &str = select!("ORDER BY name COLLATE NOCASE");
const BY_ID: &str = select!("WHERE id = :key");
const BY_NAME: &str = select!("WHERE name = :key");
const INSERT: &str = "INSERT INTO connections \
    (id, name, kind, state, access_key_id, region, endpoint_url, account_id, partition, \
     caller_arn, verified_at, created_at, clock_offset_ms, problem_json) \
    VALUES (:id, :name, :kind, :state, :access_key_id, :region, :endpoint_url, :account_id, \
     :partition, :caller_arn, :verified_at, :created_at, :clock_offset_ms, :problem_json)";
const UPDATE: &str = "UPDATE connections SET name = :name, kind = :kind, state = :state, \
    access_key_id = :access_key_id, region = :region, endpoint_url = :endpoint_url, \
    account_id = :account_id, partition = :partition, caller_arn = :caller_arn, \
    verified_at = :verified_at, created_at = :created_at, clock_offset_ms = :clock_offset_ms, \
    problem_json = :problem_json WHERE id = :id";
const REMOVE: &str = "DELETE FROM connections WHERE id = :id";

/// What stands behind a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectionKind {
    /// A managing access key, its secret in the keychain.
    AccessKey,
    /// The practice account inside the application.
    Practice,
}

impl ConnectionKind {
    /// The stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessKey => "access_key",
            Self::Practice => "practice",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::AccessKey, Self::Practice]
            .into_iter()
            .find(|k| k.as_str() == word)
    }
}

/// Where a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectionState {
    /// Recorded; its key may not be in the keychain yet.
    Pending,
    /// In use.
    Ready,
    /// Being removed; its key may still be in the keychain.
    Removing,
}

impl ConnectionState {
    /// The stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Ready => "ready",
            Self::Removing => "removing",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Pending, Self::Ready, Self::Removing]
            .into_iter()
            .find(|s| s.as_str() == word)
    }
}

/// A connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionRow {
    /// Unique for ever.
    pub id: String,
    /// Unique without regard to case.
    pub name: String,
    /// What stands behind it.
    pub kind: ConnectionKind,
    /// Where it stands.
    pub state: ConnectionState,
    /// The managing key's id.
    pub access_key_id: Option<String>,
    /// Region of the endpoint.
    pub region: String,
    /// Set when it is not AWS's own.
    pub endpoint_url: Option<String>,
    /// From `sts:GetCallerIdentity`.
    pub account_id: String,
    /// `aws`, `aws-cn`, …
    pub partition: String,
    /// From `sts:GetCallerIdentity`.
    pub caller_arn: String,
    /// When the caller was last seen.
    pub verified_at: DateTime<Utc>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// AWS's clock minus this computer's.
    pub clock_offset_ms: i64,
    /// What the last check found, in wire form.
    pub problem_json: Option<String>,
}

/// Access to the connections.
#[derive(Debug)]
pub struct Connections<'s> {
    pub(crate) store: &'s Store,
    pub(crate) line: Option<&'s ActivityLine>,
}

noting!(Connections);

fn read(row: &rusqlite::Row<'_>) -> Result<ConnectionRow, StoreError> {
    let mut columns = Columns::new(TABLE, COLUMNS, row);
    Ok(ConnectionRow {
        id: columns.text()?,
        name: columns.text()?,
        kind: columns.word(ConnectionKind::parse)?,
        state: columns.word(ConnectionState::parse)?,
        access_key_id: columns.text_or_null()?,
        region: columns.text()?,
        endpoint_url: columns.text_or_null()?,
        account_id: columns.text()?,
        partition: columns.text()?,
        caller_arn: columns.text()?,
        verified_at: columns.moment()?,
        created_at: columns.moment()?,
        clock_offset_ms: columns.number()?,
        problem_json: columns.text_or_null()?,
    })
}

impl Connections<'_> {
    /// All of them, by name.
    pub fn all(&self) -> Result<Vec<ConnectionRow>, StoreError> {
        self.store
            .read(|db| db.prepare_cached(ALL)?.query_and_then([], read)?.collect())
    }

    /// The one with this id.
    pub fn by_id(&self, id: &str) -> Result<Option<ConnectionRow>, StoreError> {
        self.one(BY_ID, id)
    }

    /// The one of this name, without regard to case.
    pub fn by_name(&self, name: &str) -> Result<Option<ConnectionRow>, StoreError> {
        self.one(BY_NAME, name)
    }

    fn one(&self, sql: &str, key: &str) -> Result<Option<ConnectionRow>, StoreError> {
        self.store.read(|db| {
            let mut statement = db.prepare_cached(sql)?;
            let mut rows = statement.query(named_params! {":key": key})?;
            rows.next()?.map(read).transpose()
        })
    }

    /// Records a new connection.
    pub fn insert(&self, row: &ConnectionRow) -> Result<(), StoreError> {
        self.put(INSERT, row).map(drop)
    }

    /// Writes everything but the id.
    pub fn update(&self, row: &ConnectionRow) -> Result<(), StoreError> {
        match self.put(UPDATE, row)? {
            0 => Err(StoreError::NotFound {
                what: "connection",
                id: row.id.clone(),
            }),
            _ => Ok(()),
        }
    }

    fn put(&self, sql: &str, row: &ConnectionRow) -> Result<usize, StoreError> {
        self.write(|db| {
            db.prepare_cached(sql)?
                .execute(named_params! {
                    ":id": row.id,
                    ":name": row.name,
                    ":kind": row.kind.as_str(),
                    ":state": row.state.as_str(),
                    ":access_key_id": row.access_key_id,
                    ":region": row.region,
                    ":endpoint_url": row.endpoint_url,
                    ":account_id": row.account_id,
                    ":partition": row.partition,
                    ":caller_arn": row.caller_arn,
                    ":verified_at": millis(row.verified_at),
                    ":created_at": millis(row.created_at),
                    ":clock_offset_ms": row.clock_offset_ms,
                    ":problem_json": row.problem_json,
                })
                .map_err(|error| match StoreError::is_duplicate(&error) {
                    true => StoreError::NameTaken {
                        what: "a connection",
                        name: row.name.clone(),
                    },
                    false => error.into(),
                })
        })
    }

    /// Removes one that no dynamic secret uses; an unknown id is fine.
    pub fn remove(&self, id: &str) -> Result<(), StoreError> {
        self.write(|db| {
            db.prepare_cached(REMOVE)?
                .execute(named_params! {":id": id})
                .map_err(|error| match StoreError::is_reference(&error) {
                    true => StoreError::Refused {
                        message: "Dynamic secrets still use this connection.".to_owned(),
                    },
                    false => error.into(),
                })?;
            Ok(())
        })
    }
}

const RECONCILE: &str = "SELECT result FROM reconciles WHERE connection_id = :id";
const SET_RECONCILE: &str = "INSERT INTO reconciles (connection_id, result) VALUES (:id, :result) \
    ON CONFLICT (connection_id) DO UPDATE SET result = excluded.result";

impl Connections<'_> {
    /// What was written of the last look over a connection at what its account holds.
    pub fn reconcile(&self, id: &str) -> Result<Option<String>, StoreError> {
        self.store.read(|db| {
            Ok(db
                .prepare_cached(RECONCILE)?
                .query_row(named_params! {":id": id}, |row| row.get(0))
                .optional()?)
        })
    }

    /// Writes down the last look over a connection at what its account holds.
    pub fn set_reconcile(&self, id: &str, result: &str) -> Result<(), StoreError> {
        self.write(|db| {
            db.prepare_cached(SET_RECONCILE)?
                .execute(named_params! {":id": id, ":result": result})?;
            Ok(())
        })
    }
}
