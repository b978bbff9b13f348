//! Connections: how an AWS account is reached. The secret key is in the keychain, never here.

use rusqlite::{OptionalExtension, ToSql, named_params};

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
    "profile",
    "role_arn",
    "source_id",
    "external_id",
    "mfa_serial",
    "session_name",
    "session_s",
    "key_entry",
    "key_at",
];

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, kind, state, access_key_id, region, endpoint_url, account_id, ",
            "partition, caller_arn, verified_at, created_at, clock_offset_ms, problem_json, ",
            "profile, role_arn, source_id, external_id, mfa_serial, session_name, session_s, ",
            "key_entry, key_at FROM connections ",
            $rest
        )
    };
}

const ALL: &str = select!("ORDER BY name COLLATE NOCASE");
const BY_ID: &str = select!("WHERE id = :key");
const BY_NAME: &str = select!("WHERE name = :key");
const INSERT: &str = "INSERT INTO connections \
    (id, name, kind, state, access_key_id, region, endpoint_url, account_id, partition, \
     caller_arn, verified_at, created_at, clock_offset_ms, problem_json, profile, role_arn, \
     source_id, external_id, mfa_serial, session_name, session_s, key_entry, key_at) \
    VALUES (:id, :name, :kind, :state, :access_key_id, :region, :endpoint_url, :account_id, \
     :partition, :caller_arn, :verified_at, :created_at, :clock_offset_ms, :problem_json, \
     :profile, :role_arn, :source_id, :external_id, :mfa_serial, :session_name, :session_s, \
     :key_entry, :key_at)";
/// The key is not written: a row that was read before a rotation switched it would bring the old one
/// back.
const UPDATE: &str = "UPDATE connections SET name = :name, kind = :kind, state = :state, \
    region = :region, endpoint_url = :endpoint_url, account_id = :account_id, \
    partition = :partition, caller_arn = :caller_arn, verified_at = :verified_at, \
    created_at = :created_at, clock_offset_ms = :clock_offset_ms, problem_json = :problem_json, \
    profile = :profile, role_arn = :role_arn, source_id = :source_id, \
    external_id = :external_id, mfa_serial = :mfa_serial, session_name = :session_name, \
    session_s = :session_s WHERE id = :id";
const REMOVE: &str = "DELETE FROM connections WHERE id = :id";

/// What stands behind a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectionKind {
    /// A managing access key, its secret in the keychain.
    AccessKey,
    /// A named profile of the AWS configuration.
    Profile,
    /// A role, assumed from another connection or from a profile.
    Role,
    /// The practice account inside the application.
    Practice,
}

impl ConnectionKind {
    /// The stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessKey => "access_key",
            Self::Profile => "profile",
            Self::Role => "role",
            Self::Practice => "practice",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::AccessKey, Self::Profile, Self::Role, Self::Practice]
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

/// What stands behind a connection that holds no key of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceRow {
    /// The profile of the AWS configuration, or the one that a role is assumed from.
    pub profile: Option<String>,
    /// The role.
    pub role_arn: Option<String>,
    /// The connection that the role is assumed from.
    pub connection_id: Option<String>,
    /// What the role's trust policy asks for.
    pub external_id: Option<String>,
    /// The MFA device whose code opens a session.
    pub mfa_serial: Option<String>,
    /// What the session is called in CloudTrail.
    pub session_name: Option<String>,
    /// How long a session lasts.
    pub session_s: Option<i32>,
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
    /// The managing key's id, and where and since when it is here. Written when the connection is
    /// added and by [`crate::Rotations::switch`], never by [`Connections::update`].
    pub access_key_id: Option<String>,
    /// Where the keychain has its secret; nothing: under the connection's id.
    pub key_entry: Option<String>,
    /// When the present key was put in; nothing: when the connection was added.
    pub key_at: Option<DateTime<Utc>>,
    /// What stands behind a profile or a role.
    pub source: SourceRow,
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
    let row = ConnectionRow {
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
        source: SourceRow {
            profile: columns.text_or_null()?,
            role_arn: columns.text_or_null()?,
            connection_id: columns.text_or_null()?,
            external_id: columns.text_or_null()?,
            mfa_serial: columns.text_or_null()?,
            session_name: columns.text_or_null()?,
            session_s: columns.count_or_null()?,
        },
        key_entry: columns.text_or_null()?,
        key_at: columns.moment_or_null()?,
    };
    Ok(row)
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
        let key = (&row.access_key_id, &row.key_entry, row.key_at.map(millis));
        let key: [(&str, &dyn ToSql); 3] = [
            (":access_key_id", &key.0),
            (":key_entry", &key.1),
            (":key_at", &key.2),
        ];
        self.put(INSERT, row, &key).map(drop)
    }

    /// Writes everything but the id and the key.
    pub fn update(&self, row: &ConnectionRow) -> Result<(), StoreError> {
        match self.put(UPDATE, row, &[])? {
            0 => Err(StoreError::NotFound {
                what: "connection",
                id: row.id.clone(),
            }),
            _ => Ok(()),
        }
    }

    fn put(
        &self,
        sql: &str,
        row: &ConnectionRow,
        key: &[(&str, &dyn ToSql)],
    ) -> Result<usize, StoreError> {
        let source = &row.source;
        let (verified_at, created_at) = (millis(row.verified_at), millis(row.created_at));
        let (kind, state) = (row.kind.as_str(), row.state.as_str());
        let rest = named_params! {
            ":id": row.id,
            ":name": row.name,
            ":kind": kind,
            ":state": state,
            ":region": row.region,
            ":endpoint_url": row.endpoint_url,
            ":account_id": row.account_id,
            ":partition": row.partition,
            ":caller_arn": row.caller_arn,
            ":verified_at": verified_at,
            ":created_at": created_at,
            ":clock_offset_ms": row.clock_offset_ms,
            ":problem_json": row.problem_json,
            ":profile": source.profile,
            ":role_arn": source.role_arn,
            ":source_id": source.connection_id,
            ":external_id": source.external_id,
            ":mfa_serial": source.mfa_serial,
            ":session_name": source.session_name,
            ":session_s": source.session_s,
        };
        let values: Vec<(&str, &dyn ToSql)> = rest.iter().chain(key).copied().collect();
        self.write(|db| {
            db.prepare_cached(sql)?
                .execute(values.as_slice())
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
                        message: "Dynamic secrets or other connections still use this connection."
                            .to_owned(),
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
