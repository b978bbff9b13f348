//! Who from outside a lease was made for: written with the lease, and never changed.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Transaction, named_params};

use crate::row::{Columns, json};
use crate::{Store, StoreError, sessions};

const TABLE: &str = "lease_callers";
const COLUMNS: &[&str] = &[
    "lease_id",
    "access_id",
    "asserted_by",
    "stable_id",
    "arn",
    "claims",
    "client",
    "gateway",
];

const GET: &str = "SELECT lease_id, access_id, asserted_by, stable_id, arn, claims, client, gateway \
    FROM lease_callers WHERE lease_id = :lease_id";
/// Leases that are not at rest, of one method or of one identity of it.
const OPEN: &str = "SELECT c.lease_id FROM lease_callers AS c \
    JOIN leases AS l ON l.id = c.lease_id \
    WHERE c.access_id = :access_id AND (:stable_id IS NULL \
     OR (c.stable_id = :stable_id AND c.asserted_by = :asserted_by)) \
    AND l.at_rest = 0 ORDER BY l.seq";
/// What one session of a role, or one user, got: also what has ended.
const NEWEST: &str = "SELECT c.lease_id FROM lease_callers AS c \
    JOIN leases AS l ON l.id = c.lease_id \
    WHERE c.access_id = :access_id AND c.stable_id = :stable_id AND c.arn = :arn \
    ORDER BY l.seq DESC LIMIT :most";
const INSERT: &str = "INSERT INTO lease_callers \
    (lease_id, access_id, asserted_by, stable_id, arn, claims, client, gateway) \
    VALUES (:lease_id, :access_id, :asserted_by, :stable_id, :arn, :claims, :client, :gateway)";
/// The session is not over, and nobody keeps its identity out.
const IS_IN: &str = "SELECT 1 FROM sessions AS s WHERE s.id = :session_id AND NOT EXISTS \
    (SELECT 1 FROM principals AS p WHERE p.access_id = :access_id \
     AND p.asserted_by = :asserted_by AND p.stable_id = :stable_id AND p.standing = 'denied')";

/// Who a lease was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseCallerRow {
    /// The lease.
    pub lease_id: String,
    /// The auth method.
    pub access_id: String,
    /// The pinned endpoint that asserted it; empty for AWS itself.
    pub asserted_by: String,
    /// What stays with a role or user.
    pub stable_id: String,
    /// The verified ARN.
    pub arn: String,
    /// The sub-claims that the owner chose for the activity.
    pub claims: BTreeMap<String, String>,
    /// Where the call came from.
    pub client: String,
    /// The gateway that was believed about that.
    pub gateway: Option<String>,
}

/// Access to who leases were made for.
#[derive(Debug)]
pub struct LeaseCallers<'s> {
    pub(crate) store: &'s Store,
}

fn read(row: &rusqlite::Row<'_>) -> Result<LeaseCallerRow, StoreError> {
    let mut columns = Columns::new(TABLE, COLUMNS, row);
    Ok(LeaseCallerRow {
        lease_id: columns.text()?,
        access_id: columns.text()?,
        asserted_by: columns.text()?,
        stable_id: columns.text()?,
        arn: columns.text()?,
        claims: columns.json()?,
        client: columns.text()?,
        gateway: columns.text_or_null()?,
    })
}

/// Writes down who a lease is made for, if the session that it is asked for in is good at this moment: what
/// ends a session and its leases misses none that is on its way.
pub(crate) fn insert(
    db: &Transaction<'_>,
    row: &LeaseCallerRow,
    session_id: &str,
) -> Result<(), StoreError> {
    let is_in = db.prepare_cached(IS_IN)?.exists(named_params! {
        ":session_id": session_id,
        ":access_id": row.access_id,
        ":asserted_by": row.asserted_by,
        ":stable_id": row.stable_id,
    })?;
    if !is_in {
        return Err(sessions::missing(session_id));
    }
    db.prepare_cached(INSERT)?.execute(named_params! {
        ":lease_id": row.lease_id,
        ":access_id": row.access_id,
        ":asserted_by": row.asserted_by,
        ":stable_id": row.stable_id,
        ":arn": row.arn,
        ":claims": json(&row.claims)?,
        ":client": row.client,
        ":gateway": row.gateway,
    })?;
    Ok(())
}

/// Leases that are not at rest and were made for identities of a method: all of them, or those of one, by
/// what asserts it and its stable id.
pub(crate) fn open_of(
    db: &Connection,
    access_id: &str,
    identity: Option<(&str, &str)>,
) -> Result<Vec<String>, StoreError> {
    let (asserted_by, stable_id) = identity.unzip();
    let mut statement = db.prepare_cached(OPEN)?;
    let rows = statement.query_map(
        named_params! {
            ":access_id": access_id, ":asserted_by": asserted_by, ":stable_id": stable_id,
        },
        |row| row.get(0),
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl LeaseCallers<'_> {
    /// Who a lease was made for, if for somebody from outside.
    pub fn get(&self, lease_id: &str) -> Result<Option<LeaseCallerRow>, StoreError> {
        self.store.read(|db| {
            db.prepare_cached(GET)?
                .query_row(named_params! {":lease_id": lease_id}, |row| Ok(read(row)))
                .optional()?
                .transpose()
        })
    }

    /// The newest leases of one identity by a method, newest first, also those that have ended.
    pub fn newest_of(
        &self,
        access_id: &str,
        stable_id: &str,
        arn: &str,
        most: u32,
    ) -> Result<Vec<String>, StoreError> {
        self.store.read(|db| {
            let mut statement = db.prepare_cached(NEWEST)?;
            let rows = statement.query_map(
                named_params! {
                    ":access_id": access_id, ":stable_id": stable_id, ":arn": arn, ":most": most,
                },
                |row| row.get(0),
            )?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Leases that are not at rest and were made for identities of a method: all of them, or those of one, by
    /// what asserts it and its stable id.
    pub fn open_of(
        &self,
        access_id: &str,
        identity: Option<(&str, &str)>,
    ) -> Result<Vec<String>, StoreError> {
        self.store.read(|db| open_of(db, access_id, identity))
    }
}
