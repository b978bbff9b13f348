//! Cloud identities that were used: each is good for one login, in every process of a home.

use chrono::{DateTime, Utc};
use rusqlite::named_params;

use crate::row::millis;
use crate::{Store, StoreError};

const TAKE: &str = "INSERT INTO used_identities (fingerprint, forget_after) \
                    VALUES (:fingerprint, :forget_after) ON CONFLICT (fingerprint) DO NOTHING";
const GIVE_BACK: &str = "DELETE FROM used_identities WHERE fingerprint = :fingerprint";
const NEWEST: &str = "SELECT COALESCE(MAX(seq), 0) FROM used_identities";
const COUNT: &str = "SELECT count(*) FROM used_identities";
const FORGET: &str = "DELETE FROM used_identities WHERE seq <= :up_to AND forget_after < :now";

/// Access to the cloud identities that were used.
#[derive(Debug)]
pub struct UsedIdentities<'s> {
    pub(crate) store: &'s Store,
}

impl UsedIdentities<'_> {
    /// Takes one for a login, and has that on the disk. False when it is taken already.
    pub fn take(
        &self,
        fingerprint: &[u8; 32],
        forget_after: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.store.write(|db| {
            let taken = db.prepare_cached(TAKE)?.execute(named_params! {
                ":fingerprint": fingerprint,
                ":forget_after": millis(forget_after),
            })?;
            Ok(taken == 1)
        })
    }

    /// Gives one back that nobody judged.
    pub fn give_back(&self, fingerprint: &[u8; 32]) -> Result<(), StoreError> {
        self.store.write(|db| {
            db.prepare_cached(GIVE_BACK)?
                .execute(named_params! {":fingerprint": fingerprint})?;
            Ok(())
        })
    }

    /// Number of the newest. Who keeps it can say later of all up to it how long it has known them, by
    /// a clock that nobody turns.
    pub fn newest(&self) -> Result<i64, StoreError> {
        self.store
            .read(|db| Ok(db.prepare_cached(NEWEST)?.query_row([], |row| row.get(0))?))
    }

    /// How many are kept.
    pub fn count(&self) -> Result<u32, StoreError> {
        self.store
            .read(|db| Ok(db.prepare_cached(COUNT)?.query_row([], |row| row.get(0))?))
    }

    /// Forgets those up to a number whose time is over. The answer is how many they were.
    pub fn forget(&self, up_to: i64, now: DateTime<Utc>) -> Result<usize, StoreError> {
        self.store.write(|db| {
            Ok(db
                .prepare_cached(FORGET)?
                .execute(named_params! {":up_to": up_to, ":now": millis(now)})?)
        })
    }
}
