//! One-time use over the store: it outlives the process, and is shared by every process of a home.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use leasehold_store::Store;

use super::Uptime;
use crate::seen::{Seen, SeenFault, may_forget};

/// What was used is looked through at most so often.
const EVERY: Duration = Duration::from_mins(5);
/// Notes of what was there when: enough for every half hour that counts.
const MOST: usize = 16;

/// Cloud identities that were used, in the store.
pub struct UsedInStore {
    store: Store,
    uptime: Uptime,
    /// Up to which number they were there at which moment of this process: what is forgotten was known
    /// for long enough by a clock that nobody turns.
    known: Mutex<Vec<(i64, Duration)>>,
}

impl fmt::Debug for UsedInStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UsedInStore").finish_non_exhaustive()
    }
}

impl UsedInStore {
    pub(super) fn new(store: Store, uptime: Uptime) -> Self {
        Self {
            store,
            uptime,
            known: Mutex::default(),
        }
    }

    /// Forgets what may be forgotten. A failure keeps everything, which is safe.
    pub(super) fn tidy(&self, now: DateTime<Utc>) {
        let uptime = (self.uptime)();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = known
            .last()
            .is_none_or(|(_, at)| uptime.saturating_sub(*at) >= EVERY);
        if !is_due {
            return;
        }
        if let Ok(newest) = self.store.used_identities().newest() {
            known.push((newest, uptime));
        }
        let old = known.iter().rposition(|(_, at)| {
            may_forget(DateTime::<Utc>::MIN_UTC, now, uptime.saturating_sub(*at))
        });
        if let Some((up_to, _)) = old.and_then(|at| known.get(at).copied()) {
            match self.store.used_identities().forget(up_to, now) {
                Ok(_) => {
                    known.drain(..=old.unwrap_or_default());
                }
                Err(error) => tracing::warn!(%error, "what was used is kept for longer"),
            }
        }
        if known.len() > MOST {
            known.remove(1);
        }
    }
}

impl Seen for UsedInStore {
    fn reserve(
        &self,
        fingerprint: &[u8; 32],
        forget_after: DateTime<Utc>,
    ) -> Result<bool, SeenFault> {
        let used = self.store.used_identities();
        used.take(fingerprint, forget_after).map_err(|_| SeenFault)
    }

    fn release(&self, fingerprint: &[u8; 32]) -> Result<(), SeenFault> {
        let used = self.store.used_identities();
        used.give_back(fingerprint).map_err(|_| SeenFault)
    }
}
