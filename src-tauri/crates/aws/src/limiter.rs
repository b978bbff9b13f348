//! One queue per account, because every caller in an account shares AWS's unpublished buckets.
//!
//! AWS re:Post "Troubleshoot IAM or STS API throttling": `Throttling: Rate exceeded`, not raisable.
//! At most 16 calls are under way; an answer that throttles halves that and pauses the queue, and
//! calls that go well widen it again, one by one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

/// Calls under way at once, at most.
const WIDEST: usize = 16;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(16);

/// Who goes first where calls wait for their turn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// A person waits for it.
    #[default]
    Person,
    /// It ends access.
    Access,
    /// Everything else: clean-up, a second look.
    Rest,
}

/// The queues of one engine: one for each account behind an endpoint.
#[derive(Debug, Default)]
pub struct Limiters(Mutex<HashMap<(String, String), Limiter>>);

impl Limiters {
    /// The one queue for an account behind an endpoint (`None`: AWS itself).
    #[must_use]
    pub fn for_account(&self, account_id: &str, endpoint_url: Option<&str>) -> Limiter {
        let place = (
            account_id.to_owned(),
            endpoint_url.unwrap_or_default().to_owned(),
        );
        lock(&self.0)
            .entry(place)
            .or_insert_with(Limiter::unshared)
            .clone()
    }
}

/// The queue of one account; shared by clones.
#[derive(Debug, Clone)]
pub struct Limiter(Arc<Queue>);

#[derive(Debug)]
struct Queue {
    turns: Semaphore,
    pace: Mutex<Pace>,
}

#[derive(Debug)]
struct Pace {
    /// How many calls may be under way.
    width: usize,
    /// Turns that are still out and must not come back.
    surplus: usize,
    /// Calls that went well since the width last changed.
    went_well: usize,
    /// Nothing starts before this moment.
    paused_until: Option<Instant>,
    /// The length of the last pause.
    pause: Duration,
}

/// The right to have one call under way, until dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a>(&'a Queue);

impl Limiter {
    /// A queue of its own, for a key whose account is not known yet.
    #[must_use]
    pub fn unshared() -> Self {
        let pace = Pace {
            width: WIDEST,
            surplus: 0,
            went_well: 0,
            paused_until: None,
            pause: Duration::ZERO,
        };
        Self(Arc::new(Queue {
            turns: Semaphore::new(WIDEST),
            pace: Mutex::new(pace),
        }))
    }

    /// How many calls may be under way at this moment.
    #[must_use]
    pub fn width(&self) -> usize {
        lock(&self.0.pace).width
    }

    /// Waits, first come first served, until a call may start.
    pub(crate) async fn turn(&self) -> Turn<'_> {
        let turn = match self.0.turns.acquire().await {
            Ok(permit) => {
                permit.forget();
                Turn(&self.0)
            }
            // The semaphore is never closed; if it were, an unlimited queue beats a stuck one.
            Err(_) => Turn(&self.0),
        };
        loop {
            let paused_until = lock(&self.0.pace).paused_until;
            match paused_until {
                Some(end) if Instant::now() < end => tokio::time::sleep_until(end).await,
                _ => return turn,
            }
        }
    }

    /// AWS throttled a try: half as many calls, after a pause that doubles each time.
    ///
    /// Answers that arrive during the pause were asked before it and change nothing.
    pub(crate) fn throttled(&self) {
        let mut pace = lock(&self.0.pace);
        let now = Instant::now();
        if pace.paused_until.is_some_and(|end| now < end) {
            return;
        }
        pace.pause = (pace.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        pace.paused_until = Some(now + pace.pause);
        pace.went_well = 0;
        let narrower = (pace.width / 2).max(1);
        let too_many = pace.width - narrower;
        pace.width = narrower;
        let withdrawn = self.0.turns.forget_permits(too_many);
        pace.surplus += too_many - withdrawn;
        tracing::debug!(
            width = narrower,
            pause_ms = pace.pause.as_millis(),
            "AWS throttles"
        );
    }

    /// A call went well: after a whole width of those, one more may be under way.
    pub(crate) fn went_well(&self) {
        let mut pace = lock(&self.0.pace);
        if pace.paused_until.is_some_and(|end| Instant::now() < end) {
            return;
        }
        pace.went_well += 1;
        if pace.went_well < pace.width {
            return;
        }
        pace.went_well = 0;
        pace.pause /= 2;
        if pace.width == WIDEST {
            return;
        }
        pace.width += 1;
        if pace.surplus > 0 {
            pace.surplus -= 1;
        } else {
            self.0.turns.add_permits(1);
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut pace = lock(&self.0.pace);
        if pace.surplus > 0 {
            pace.surplus -= 1;
        } else {
            self.0.turns.add_permits(1);
        }
    }
}

/// The state stays sound when a holder panics: every change is a few plain assignments.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn one_account_behind_one_endpoint_has_one_queue() {
        let limiters = Limiters::default();
        let first = limiters.for_account("111122223333", None);
        let same = limiters.for_account("111122223333", None);
        let other_place = limiters.for_account("111122223333", Some("http://127.0.0.1:1"));
        let other_account = limiters.for_account("444455556666", None);
        assert!(Arc::ptr_eq(&first.0, &same.0));
        assert!(!Arc::ptr_eq(&first.0, &other_place.0));
        assert!(!Arc::ptr_eq(&first.0, &other_account.0));
    }

    #[tokio::test(start_paused = true)]
    async fn at_most_sixteen_calls_are_under_way() {
        let limiter = Limiter::unshared();
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let calls = (0..40).map(|_| {
            let (limiter, now, most) = (limiter.clone(), now.clone(), most.clone());
            tokio::spawn(async move {
                let _turn = limiter.turn().await;
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(10)).await;
                now.fetch_sub(1, Ordering::SeqCst);
            })
        });
        for call in calls.collect::<Vec<_>>() {
            call.await.unwrap();
        }
        assert_eq!(most.load(Ordering::SeqCst), 16);
    }

    #[tokio::test(start_paused = true)]
    async fn throttling_halves_the_queue_and_pauses_it() {
        let limiter = Limiter::unshared();
        limiter.throttled();
        limiter.throttled();
        assert_eq!(limiter.width(), 8, "answers during one pause count once");
        let start = Instant::now();
        let turns = [limiter.turn().await, limiter.turn().await];
        assert_eq!(start.elapsed(), FIRST_PAUSE);
        drop(turns);
        limiter.throttled();
        assert_eq!(limiter.width(), 4);
        let again = Instant::now();
        drop(limiter.turn().await);
        assert_eq!(again.elapsed(), FIRST_PAUSE * 2);
    }

    #[tokio::test(start_paused = true)]
    async fn the_queue_never_closes_and_the_pause_never_passes_sixteen_seconds() {
        let limiter = Limiter::unshared();
        for _ in 0..20 {
            limiter.throttled();
            drop(limiter.turn().await);
        }
        assert_eq!(limiter.width(), 1);
        limiter.throttled();
        let start = Instant::now();
        drop(limiter.turn().await);
        assert_eq!(start.elapsed(), LONGEST_PAUSE);
    }

    #[tokio::test(start_paused = true)]
    async fn turns_that_are_out_while_it_narrows_do_not_come_back() {
        let limiter = Limiter::unshared();
        let mut out = Vec::new();
        for _ in 0..16 {
            out.push(limiter.turn().await);
        }
        limiter.throttled();
        tokio::time::advance(LONGEST_PAUSE).await;
        out.truncate(8);
        let wait = tokio::time::timeout(Duration::from_secs(1), limiter.turn());
        assert!(
            wait.await.is_err(),
            "eight are still out and eight is the width"
        );
        out.clear();
        assert_eq!(limiter.0.turns.available_permits(), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn it_recovers_one_by_one_to_the_full_width() {
        let limiter = Limiter::unshared();
        limiter.throttled();
        limiter.went_well();
        assert_eq!(limiter.width(), 8, "nothing recovers during the pause");
        tokio::time::advance(FIRST_PAUSE).await;
        for _ in 0..8 {
            limiter.went_well();
        }
        assert_eq!(limiter.width(), 9);
        for _ in 0..1_000 {
            limiter.went_well();
        }
        assert_eq!(limiter.width(), 16);
        assert_eq!(limiter.0.turns.available_permits(), 16);
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiter_that_gives_up_takes_no_turn_with_it() {
        let limiter = Limiter::unshared();
        limiter.throttled();
        let wait = tokio::time::timeout(Duration::from_millis(1), limiter.turn());
        assert!(wait.await.is_err());
        assert_eq!(limiter.0.turns.available_permits(), 8);
    }
}
