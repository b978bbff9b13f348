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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::TimeDelta;

    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    struct Time {
        used: UsedInStore,
        uptime: Arc<Mutex<Duration>>,
        now: DateTime<Utc>,
        _folder: tempfile::TempDir,
    }

    impl Time {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(&folder.path().join("state.db")).unwrap().store;
            let uptime = Arc::new(Mutex::new(Duration::ZERO));
            let clock = Arc::clone(&uptime);
            let clock: Uptime = Arc::new(move || *clock.lock().unwrap());
            Self {
                used: UsedInStore::new(store, clock),
                uptime,
                now: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
                _folder: folder,
            }
        }

        /// Both clocks go on, and what may be forgotten is.
        fn pass(&mut self, minutes: u32) {
            *self.uptime.lock().unwrap() += MINUTE * minutes;
            self.now += TimeDelta::minutes(i64::from(minutes));
            self.used.tidy(self.now);
        }

        fn take(&self, word: u8) -> bool {
            let until = self.now + TimeDelta::minutes(15);
            self.used.reserve(&[word; 32], until).unwrap()
        }
    }

    #[test]
    fn what_was_used_is_forgotten_once_nobody_could_use_it_again() {
        let mut time = Time::new();
        assert!(time.take(1));
        time.pass(0);
        time.pass(20);
        assert!(!time.take(1), "its time is over, but not known for long");
        time.pass(11);
        assert!(time.take(1), "forgotten");
    }

    #[test]
    fn a_clock_that_is_turned_ahead_makes_nothing_forgotten() {
        let mut time = Time::new();
        assert!(time.take(1));
        time.pass(0);
        time.now += TimeDelta::days(400);
        time.pass(6);
        assert!(!time.take(1));
    }

    #[test]
    fn years_of_logins_keep_no_more_notes_than_a_few() {
        let mut time = Time::new();
        for word in 0..=255 {
            assert!(time.take(word), "{word}");
            time.pass(6);
        }
        assert!(time.used.known.lock().unwrap().len() <= MOST);
        let left = time.used.store.used_identities().count().unwrap();
        assert!(left < 16, "{left} of 256 are still kept");
    }
}
