//! One-time use: what was seen, and when it may be forgotten.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

/// What was used before; must outlive the process.
pub trait Seen {
    /// Takes a cloud identity for one login. `Ok(false)`: it is taken already. Of two at the same time
    /// exactly one gets `Ok(true)`.
    ///
    /// # Errors
    /// When that could not be looked up or written down.
    fn reserve(
        &self,
        fingerprint: &[u8; 32],
        forget_after: DateTime<Utc>,
    ) -> Result<bool, SeenFault>;

    /// Gives it back: STS never judged it.
    ///
    /// # Errors
    /// When that could not be written down; it then stays taken.
    fn release(&self, fingerprint: &[u8; 32]) -> Result<(), SeenFault>;
}

/// What was used before is not at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenFault;

/// Whether an entry may go: the clock says so, and a process has held it for as long as AWS could take
/// the signature by a clock that nobody can set. Somebody who turns the clock ahead and back
/// again makes nothing forgotten.
#[must_use]
pub fn may_forget(forget_after: DateTime<Utc>, now: DateTime<Utc>, held_for: Duration) -> bool {
    const LEAST: Duration = Duration::from_mins(30);
    now > forget_after && held_for >= LEAST
}

/// What was seen, in memory: for tests, and for a vault that is given up with its process.
#[derive(Debug, Default)]
pub struct SeenInMemory {
    entries: Mutex<HashMap<[u8; 32], Entry>>,
    uptime: Duration,
}

#[derive(Debug)]
struct Entry {
    forget_after: DateTime<Utc>,
    since: Duration,
}

impl SeenInMemory {
    /// Forgets what may be forgotten, and goes on at this moment of a clock that only goes forward.
    pub fn forget(&mut self, now: DateTime<Utc>, uptime: Duration) {
        self.uptime = uptime;
        let entries = self
            .entries
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        entries.retain(|_, entry| {
            let held_for = uptime.saturating_sub(entry.since);
            !may_forget(entry.forget_after, now, held_for)
        });
    }

    /// How many are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// True when nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Seen for SeenInMemory {
    fn reserve(
        &self,
        fingerprint: &[u8; 32],
        forget_after: DateTime<Utc>,
    ) -> Result<bool, SeenFault> {
        let mut entries = self.entries.lock().map_err(|_| SeenFault)?;
        if entries.contains_key(fingerprint) {
            return Ok(false);
        }
        let since = self.uptime;
        entries.insert(
            *fingerprint,
            Entry {
                forget_after,
                since,
            },
        );
        Ok(true)
    }

    fn release(&self, fingerprint: &[u8; 32]) -> Result<(), SeenFault> {
        self.entries
            .lock()
            .map_err(|_| SeenFault)?
            .remove(fingerprint);
        Ok(())
    }
}
