//! Sessions: what tokens stand for. A token itself is never here, only its hash.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction, named_params};

use crate::row::{Columns, millis};
use crate::store::noting;
use crate::{ActivityLine, Store, StoreError};

const TABLE: &str = "sessions";
const COLUMNS: &[&str] = &[
    "id",
    "token_hash",
    "access_id",
    "session",
    "client",
    "gateway",
    "issued_at",
    "expires_at",
];

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, token_hash, access_id, session, client, gateway, issued_at, expires_at ",
            "FROM sessions ",
            $rest
        )
    };
}

const LIVE: &str = select!("WHERE expires_at > :now ORDER BY issued_at DESC, id");
const GET: &str = select!("WHERE token_hash = :token_hash");
const BY_ID: &str = select!("WHERE id = :id");
const INSERT: &str = "INSERT INTO sessions \
    (token_hash, id, access_id, session, client, gateway, issued_at, expires_at) \
    VALUES (:token_hash, :id, :access_id, :session, :client, :gateway, :issued_at, :expires_at)";
const REMOVE: &str = "DELETE FROM sessions WHERE id = :id";
const FORGET: &str = "DELETE FROM sessions WHERE expires_at <= :now";

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// A short name that is no secret.
    pub id: String,
    /// Hash of its token.
    pub token_hash: [u8; 32],
    /// The auth method.
    pub access_id: String,
    /// Who, as JSON.
    pub session: String,
    /// Where the login came from.
    pub client: String,
    /// The gateway that was believed about that.
    pub gateway: Option<String>,
    /// When it began.
    pub issued_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

/// Access to the sessions.
#[derive(Debug)]
pub struct Sessions<'s> {
    pub(crate) store: &'s Store,
    pub(crate) line: Option<&'s ActivityLine>,
}

noting!(Sessions);

fn read(row: &rusqlite::Row<'_>) -> Result<SessionRow, StoreError> {
    let mut columns = Columns::new(TABLE, COLUMNS, row);
    Ok(SessionRow {
        id: columns.text()?,
        token_hash: columns.bytes()?,
        access_id: columns.text()?,
        session: columns.text()?,
        client: columns.text()?,
        gateway: columns.text_or_null()?,
        issued_at: columns.moment()?,
        expires_at: columns.moment()?,
    })
}

impl Sessions<'_> {
    /// Those that are not over, latest first.
    pub fn live(&self, now: DateTime<Utc>) -> Result<Vec<SessionRow>, StoreError> {
        self.store.read(|db| {
            db.prepare_cached(LIVE)?
                .query_and_then(named_params! {":now": millis(now)}, read)?
                .collect()
        })
    }

    /// The one of the token with this hash.
    pub fn get(&self, token_hash: &[u8; 32]) -> Result<Option<SessionRow>, StoreError> {
        self.store.read(|db| {
            db.prepare_cached(GET)?
                .query_row(named_params! {":token_hash": token_hash}, |row| {
                    Ok(read(row))
                })
                .optional()?
                .transpose()
        })
    }

    /// The one with this id.
    pub fn by_id(&self, id: &str) -> Result<Option<SessionRow>, StoreError> {
        self.store.read(|db| {
            db.prepare_cached(BY_ID)?
                .query_row(named_params! {":id": id}, |row| Ok(read(row)))
                .optional()?
                .transpose()
        })
    }

    /// Begins one. Those that are over by then are forgotten.
    pub fn insert(&self, row: &SessionRow) -> Result<(), StoreError> {
        self.write(|db| {
            db.prepare_cached(FORGET)?
                .execute(named_params! {":now": millis(row.issued_at)})?;
            db.prepare_cached(INSERT)?
                .execute(named_params! {
                    ":token_hash": row.token_hash,
                    ":id": row.id,
                    ":access_id": row.access_id,
                    ":session": row.session,
                    ":client": row.client,
                    ":gateway": row.gateway,
                    ":issued_at": millis(row.issued_at),
                    ":expires_at": millis(row.expires_at),
                })
                .map_err(|error| match StoreError::is_reference(&error) {
                    true => StoreError::NotFound {
                        what: "auth method",
                        id: row.access_id.clone(),
                    },
                    false => error.into(),
                })?;
            Ok(())
        })
    }

    /// Ends one.
    pub fn remove(&self, id: &str) -> Result<(), StoreError> {
        self.write(|db| remove(db, id))
    }
}

pub(crate) fn remove(db: &Transaction<'_>, id: &str) -> Result<(), StoreError> {
    let removed = db
        .prepare_cached(REMOVE)?
        .execute(named_params! {":id": id})?;
    match removed {
        0 => Err(missing(id)),
        _ => Ok(()),
    }
}

pub(crate) fn missing(id: &str) -> StoreError {
    StoreError::NotFound {
        what: "session",
        id: id.to_owned(),
    }
}
