//! How often somebody may try: a bucket for every address and every access id.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

/// Keys that are remembered at once.
const MAX_KEYS: usize = 4096;

/// Buckets that fill again with time. Time is what has passed on a clock that only goes forward.
#[derive(Debug)]
pub struct Pace<K> {
    burst: u32,
    every: Duration,
    buckets: HashMap<K, Bucket>,
    /// For keys beyond the limit, which share one bucket: many addresses are no way around it.
    overflow: Bucket,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// When it is full again.
    full_at: Duration,
}

impl<K: Eq + Hash> Pace<K> {
    /// `burst` at once, then one `every` so often.
    #[must_use]
    pub fn new(burst: u32, every: Duration) -> Self {
        Self {
            burst: burst.max(1),
            every,
            buckets: HashMap::new(),
            overflow: Bucket {
                full_at: Duration::ZERO,
            },
        }
    }

    /// Takes one.
    ///
    /// # Errors
    /// How long to wait for the next.
    pub fn take(&mut self, key: K, now: Duration) -> Result<(), Duration> {
        if self.buckets.len() >= MAX_KEYS && !self.buckets.contains_key(&key) {
            self.buckets.retain(|_, bucket| bucket.full_at > now);
        }
        let room = self.every * (self.burst - 1);
        let is_full = self.buckets.len() >= MAX_KEYS && !self.buckets.contains_key(&key);
        let bucket = if is_full {
            &mut self.overflow
        } else {
            self.buckets.entry(key).or_insert(Bucket { full_at: now })
        };
        let owed = bucket.full_at.saturating_sub(now);
        if owed > room {
            return Err(owed - room);
        }
        bucket.full_at = now + owed + self.every;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_burst_then_one_at_a_time() {
        let mut pace = Pace::new(3, SECOND);
        for _ in 0..3 {
            assert_eq!(pace.take("a", Duration::ZERO), Ok(()));
        }
        assert_eq!(pace.take("a", Duration::ZERO), Err(SECOND));
        assert_eq!(
            pace.take("b", Duration::ZERO),
            Ok(()),
            "others are not concerned"
        );
        assert_eq!(pace.take("a", SECOND), Ok(()));
        assert_eq!(pace.take("a", SECOND), Err(SECOND));
        assert_eq!(pace.take("a", SECOND * 100), Ok(()));
    }

    #[test]
    fn more_keys_than_fit_share_one_bucket_and_no_memory() {
        let mut pace = Pace::new(1, SECOND);
        for key in 0..MAX_KEYS {
            assert_eq!(pace.take(key, Duration::ZERO), Ok(()));
        }
        assert_eq!(pace.take(MAX_KEYS + 1, Duration::ZERO), Ok(()));
        assert_eq!(pace.take(MAX_KEYS + 2, Duration::ZERO), Err(SECOND));
        assert_eq!(pace.buckets.len(), MAX_KEYS);
        assert_eq!(pace.take(MAX_KEYS + 2, SECOND * 2), Ok(()));
        assert_eq!(pace.buckets.len(), 1, "full buckets are forgotten");
    }

    proptest! {
        #[test]
        fn never_more_than_the_burst_and_one_for_each_interval(gaps in prop::collection::vec(0u64..3000, 1..60), burst in 1u32..5) {
            let mut pace = Pace::new(burst, SECOND);
            let (mut now, mut passed) = (Duration::ZERO, 0u64);
            for gap in gaps {
                now += Duration::from_millis(gap);
                passed += u64::from(pace.take((), now).is_ok());
            }
            prop_assert!(passed <= u64::from(burst) + now.as_secs());
        }
    }
}
