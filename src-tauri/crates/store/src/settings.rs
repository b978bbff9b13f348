//! Settings: text by key, meaning left to whoever sets it.

use rusqlite::{OptionalExtension, named_params};

use crate::store::noting;
use crate::{ActivityLine, Store, StoreError};

const GET: &str = "SELECT value FROM settings WHERE key = :key";
const SET: &str = "INSERT INTO settings (key, value) VALUES (:key, :value) \
                   ON CONFLICT (key) DO UPDATE SET value = excluded.value";
const REMOVE: &str = "DELETE FROM settings WHERE key = :key";

/// Access to the settings.
#[derive(Debug)]
pub struct Settings<'s> {
    pub(crate) store: &'s Store,
    pub(crate) line: Option<&'s ActivityLine>,
}

noting!(Settings);

impl Settings<'_> {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.store.read(|db| {
            Ok(db
                .prepare_cached(GET)?
                .query_row(named_params! {":key": key}, |row| row.get(0))
                .optional()?)
        })
    }

    /// Sets a key.
    pub fn set(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.write(|db| {
            db.prepare_cached(SET)?
                .execute(named_params! {":key": key, ":value": value})?;
            Ok(())
        })
    }

    /// Takes a key away; an unknown key is fine.
    pub fn remove(&self, key: &str) -> Result<(), StoreError> {
        self.write(|db| {
            db.prepare_cached(REMOVE)?
                .execute(named_params! {":key": key})?;
            Ok(())
        })
    }
}
