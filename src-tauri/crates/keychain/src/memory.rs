//! Keys in this process's memory: for tests, and for whoever wants nothing to stay.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;

use crate::KeychainError;

#[derive(Debug, Default)]
pub(crate) struct Memory {
    entries: Mutex<HashMap<String, SecretString>>,
}

impl Memory {
    fn entries(&self) -> MutexGuard<'_, HashMap<String, SecretString>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_used(&self) -> bool {
        !self.entries().is_empty()
    }

    pub(crate) fn get(&self, name: &str) -> Result<SecretString, KeychainError> {
        self.entries()
            .get(name)
            .cloned()
            .ok_or(KeychainError::NoEntry)
    }

    pub(crate) fn set(&self, name: &str, secret: &SecretString) {
        self.entries().insert(name.to_owned(), secret.clone());
    }

    pub(crate) fn remove(&self, name: &str) {
        self.entries().remove(name);
    }
}
