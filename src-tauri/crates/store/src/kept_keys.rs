//! Keys of leases that are kept for re-use, sealed by the engine; the store never sees them open.

use rusqlite::{OptionalExtension, Transaction, named_params};

use crate::store::noting;
use crate::{ActivityLine, Store, StoreError, activity};

const PUT: &str = "INSERT INTO kept_keys (lease_id, sealed) VALUES (:lease_id, :sealed) \
                   ON CONFLICT (lease_id) DO UPDATE SET sealed = excluded.sealed";
const GET: &str = "SELECT sealed FROM kept_keys WHERE lease_id = :lease_id";
const ANY: &str = "SELECT EXISTS (SELECT 1 FROM kept_keys)";
const REMOVE: &str = "DELETE FROM kept_keys WHERE lease_id = :lease_id";
/// What may be handed out: nobody asked for its end, and nothing about it is to be looked at.
const IS_SOUND: &str = "SELECT EXISTS (SELECT 1 FROM leases WHERE id = :id \
                        AND state = 'active' AND end_asked_at IS NULL AND alarm IS NULL)";
const FIND: &str = "SELECT l.id, l.requested_by FROM leases AS l \
                    JOIN kept_keys AS k ON k.lease_id = l.id \
                    WHERE l.secret_id = :secret_id AND l.state = 'active' \
                    AND l.end_asked_at IS NULL AND l.alarm IS NULL ORDER BY l.expires_at DESC";

/// Access to the sealed keys.
#[derive(Debug)]
pub struct KeptKeys<'s> {
    pub(crate) store: &'s Store,
    pub(crate) line: Option<&'s ActivityLine>,
}

noting!(KeptKeys);

impl KeptKeys<'_> {
    /// Keeps the sealed key of a lease.
    pub fn put(&self, lease_id: &str, sealed: &[u8]) -> Result<(), StoreError> {
        self.write(|db| put(db, lease_id, sealed))
    }

    /// The sealed key of a lease.
    pub fn get(&self, lease_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.read(|db| {
            Ok(db
                .prepare_cached(GET)?
                .query_row(named_params! {":lease_id": lease_id}, |row| row.get(0))
                .optional()?)
        })
    }

    /// Whether there is one.
    pub fn any(&self) -> Result<bool, StoreError> {
        self.store
            .read(|db| Ok(db.prepare_cached(ANY)?.query_row([], |row| row.get(0))?))
    }

    /// Forgets the sealed key of a lease; none is fine.
    pub fn remove(&self, lease_id: &str) -> Result<(), StoreError> {
        self.write(|db| {
            db.prepare_cached(REMOVE)?
                .execute(named_params! {":lease_id": lease_id})?;
            Ok(())
        })
    }

    /// Leases of a dynamic secret whose kept key may be handed out to one of these requesters,
    /// latest expiry first: active, no end asked for, no alarm.
    pub fn find_for(
        &self,
        secret_id: &str,
        requesters: &[&str],
    ) -> Result<Vec<String>, StoreError> {
        self.store.read(|db| {
            let mut statement = db.prepare_cached(FIND)?;
            let mut rows = statement.query(named_params! {":secret_id": secret_id})?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let requested_by: String = row.get(1)?;
                if requesters.contains(&requested_by.as_str()) {
                    found.push(row.get(0)?);
                }
            }
            Ok(found)
        })
    }

    /// Writes the line that tells of a hand-out. False, and nothing is written, when the lease may
    /// not be handed out any more: somebody has asked for its end or found something meanwhile.
    pub fn hand_out(&self, lease_id: &str, line: &ActivityLine) -> Result<bool, StoreError> {
        self.store.write_quietly(|db| {
            let sound = db
                .prepare_cached(IS_SOUND)?
                .query_row(named_params! {":id": lease_id}, |row| row.get(0))?;
            if sound {
                activity::append(db, line)?;
            }
            Ok(sound)
        })
    }
}

/// Keeps the sealed key of a lease, within a transaction.
pub(crate) fn put(db: &Transaction<'_>, lease_id: &str, sealed: &[u8]) -> Result<(), StoreError> {
    db.prepare_cached(PUT)?
        .execute(named_params! {":lease_id": lease_id, ":sealed": sealed})
        .map_err(|error| match StoreError::is_reference(&error) {
            true => StoreError::NotFound {
                what: "lease",
                id: lease_id.to_owned(),
            },
            false => error.into(),
        })?;
    Ok(())
}
