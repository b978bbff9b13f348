//! Waiting: for what passes by itself within seconds, and until the next try of what does not.

use std::time::Duration;

use chrono::TimeDelta;

/// For so long "no such user" right after `CreateUser`, and throttling, are waited out. IAM is
/// eventually consistent (IAM User Guide, "Changes that I make are not always immediately
/// visible").
const PATIENCE: Duration = Duration::from_secs(20);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// Longest time between two tries.
const LONGEST_BACKOFF_S: u64 = 15 * 60;

/// Bounded waiting with growing pauses.
pub(crate) struct Patience {
    until: tokio::time::Instant,
    next: Duration,
}

impl Patience {
    pub(crate) fn new() -> Self {
        Self::lasting(PATIENCE)
    }

    pub(crate) fn lasting(duration: Duration) -> Self {
        Self {
            until: tokio::time::Instant::now() + duration,
            next: FIRST_PAUSE,
        }
    }

    /// Whether there is time for another pause.
    pub(crate) fn left(&self) -> bool {
        tokio::time::Instant::now() + self.next < self.until
    }

    pub(crate) async fn pause(&mut self) {
        tokio::time::sleep(self.next).await;
        self.next = (self.next * 2).min(LONGEST_PAUSE);
    }
}

/// 5 s, 10 s, 20 s, … up to 15 minutes, each between half and the whole of it, so that many
/// leases do not knock together.
pub(crate) fn backoff(attempts: u32) -> TimeDelta {
    let whole = (5_u64 << attempts.saturating_sub(1).min(16)).min(LONGEST_BACKOFF_S) * 1000;
    let spread = whole / 2;
    milliseconds(whole - random() % (spread + 1))
}

/// As long, or up to a tenth less.
pub(super) fn spread(pause: TimeDelta) -> TimeDelta {
    let whole = u64::try_from(pause.num_milliseconds()).unwrap_or_default();
    milliseconds(whole - random() % (whole / 10 + 1))
}

fn random() -> u64 {
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random).map_or(0, |()| u64::from_le_bytes(random))
}

fn milliseconds(ms: u64) -> TimeDelta {
    TimeDelta::try_milliseconds(i64::try_from(ms).unwrap_or(i64::MAX)).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_grows_to_fifteen_minutes_and_is_never_nothing() {
        for attempts in 1..200 {
            let pause = backoff(attempts);
            assert!(
                pause >= TimeDelta::milliseconds(2500),
                "{attempts}: {pause}"
            );
            assert!(pause <= TimeDelta::minutes(15), "{attempts}: {pause}");
        }
        assert!(backoff(1) <= TimeDelta::seconds(5));
        assert!(backoff(40) >= TimeDelta::seconds(450));
    }
}
