//! One queue per account, because every caller in an account shares AWS's unpublished buckets.
//!
//! AWS re:Post "Troubleshoot IAM or STS API throttling": `Throttling: Rate exceeded`, not raisable.
//! At most 16 calls are under way. An answer that throttles pauses the queue, halves how many may
//! be under way *and* how many may start in a second; calls that go well give both back slowly. A
//! width alone would not settle: sixteen or one, quick answers come as fast as one asks.
//!
//! Calls wait in lanes: what a person waits for, then what ends access, then the rest. Every
//! eighth turn goes to the hindmost lane that waits, so that none of them stands still.
//!
//! Several processes, and everything else in the account, share the bucket without knowing of one
//! another: each slows down by what AWS tells it, and what one leaves the others find.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::pace::Pace;

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

const LANES: usize = 3;
/// So many turns in a row go by lane; the next one goes to the hindmost that waits.
const BY_LANE: u32 = 7;

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
#[derive(Debug, Clone, Default)]
pub struct Limiter(Arc<Mutex<Queue>>);

#[derive(Debug, Default)]
struct Queue {
    pace: Pace,
    /// Calls under way.
    out: usize,
    /// First come first served, by lane.
    waiting: [VecDeque<oneshot::Sender<Turn>>; LANES],
    /// Turns since the hindmost lane had one out of its order.
    by_lane: u32,
}

/// The right to have one call under way, until dropped.
#[derive(Debug)]
pub(crate) struct Turn(Limiter);

impl Limiter {
    /// A queue of its own, for a key whose account is not known yet.
    #[must_use]
    pub fn unshared() -> Self {
        Self::default()
    }

    /// How many calls may be under way at this moment.
    #[must_use]
    pub fn width(&self) -> usize {
        lock(&self.0).pace.width()
    }

    /// How many calls may start in a second; `None` while AWS has not throttled.
    #[must_use]
    pub fn per_second(&self) -> Option<f64> {
        lock(&self.0).pace.per_second()
    }

    /// Waits until a call may start.
    pub(crate) async fn turn(&self, lane: Lane) -> Turn {
        let (giver, mut turn) = oneshot::channel();
        lock(&self.0).waiting[lane as usize].push_back(giver);
        loop {
            // Nobody else may be there to give turns when the pause is over.
            let next = self.give();
            tokio::select! {
                biased;
                turn = &mut turn => match turn {
                    Ok(turn) => return turn,
                    // Cannot be: waiters are forgotten only by giving them a turn. If it were, an
                    // unlimited queue beats a stuck one.
                    Err(_) => return self.out_of_turn(),
                },
                () = until(next) => {}
            }
        }
    }

    /// AWS throttled a try.
    pub(crate) fn throttled(&self) {
        let mut queue = lock(&self.0);
        queue.pace.throttled(Instant::now());
        tracing::debug!(
            width = queue.pace.width(),
            per_second = queue.pace.per_second(),
            "AWS throttles"
        );
    }

    /// A call went well.
    pub(crate) fn went_well(&self) {
        lock(&self.0).pace.went_well(Instant::now());
        self.give();
    }

    fn out_of_turn(&self) -> Turn {
        lock(&self.0).out += 1;
        Turn(self.clone())
    }

    /// Gives turns to those who wait, as far as the pace admits. The answer is when it will admit
    /// the next one, where time is all that is missing.
    fn give(&self) -> Option<Instant> {
        loop {
            let mut queue = lock(&self.0);
            let now = Instant::now();
            if queue.out >= queue.pace.width() {
                return None;
            }
            let lane = queue.next_lane()?;
            if let Some(later) = queue.pace.next_start(now) {
                return Some(later);
            }
            let waiter = queue.waiting[lane].pop_front()?;
            if waiter.is_closed() {
                continue;
            }
            queue.count(lane);
            queue.pace.starts(now);
            queue.out += 1;
            // A turn that is dropped gives the queue another go, and locks it for that.
            drop(queue);
            drop(waiter.send(Turn(self.clone())));
        }
    }
}

impl Queue {
    /// The lane whose turn it is.
    fn next_lane(&self) -> Option<usize> {
        let waits = |lane: &usize| !self.waiting[*lane].is_empty();
        if self.by_lane >= BY_LANE {
            return (0..LANES).rev().find(waits);
        }
        (0..LANES).find(waits)
    }

    fn count(&mut self, lane: usize) {
        let overtook = (lane + 1..LANES).any(|lane| !self.waiting[lane].is_empty());
        self.by_lane = if overtook { self.by_lane + 1 } else { 0 };
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock(&self.0.0).out -= 1;
        self.0.give();
    }
}

/// The state stays sound when a holder panics: every change is a few plain assignments.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
