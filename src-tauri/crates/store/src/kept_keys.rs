//! Keys of leases that are kept for re-use, sealed by the engine; the store never sees them open.

use rusqlite::{OptionalExtension, named_params};

use crate::store::noting;
use crate::{ActivityLine, Store, StoreError};

const PUT: &str = "INSERT INTO kept_keys (lease_id, sealed) VALUES (:lease_id, :sealed) \
                   ON CONFLICT (lease_id) DO UPDATE SET sealed = excluded.sealed";
const GET: &str = "SELECT sealed FROM kept_keys WHERE lease_id = :lease_id";
const REMOVE: &str = "DELETE FROM kept_keys WHERE lease_id = :lease_id";
const FIND: &str = "SELECT l.id FROM leases AS l JOIN kept_keys AS k ON k.lease_id = l.id \
                    WHERE l.secret_id = :secret_id AND l.requested_by = :requested_by \
                    AND l.state = 'active' ORDER BY l.expires_at DESC";

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
        self.write(|db| {
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
        })
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

    /// Forgets the sealed key of a lease; none is fine.
    pub fn remove(&self, lease_id: &str) -> Result<(), StoreError> {
        self.write(|db| {
            db.prepare_cached(REMOVE)?
                .execute(named_params! {":lease_id": lease_id})?;
            Ok(())
        })
    }

    /// Active leases of a dynamic secret that this requester can re-use, latest expiry first.
    pub fn find_for(&self, secret_id: &str, requested_by: &str) -> Result<Vec<String>, StoreError> {
        self.store.read(|db| {
            Ok(db
                .prepare_cached(FIND)?
                .query_map(
                    named_params! {":secret_id": secret_id, ":requested_by": requested_by},
                    |row| row.get(0),
                )?
                .collect::<Result<_, _>>()?)
        })
    }
}
