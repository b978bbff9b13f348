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

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
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
    /// Gives the next turn where only time is missing.
    timer: Option<JoinHandle<()>>,
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
        self.queue().pace.width()
    }

    /// How many calls may start in a second; `None` while AWS has not throttled.
    #[must_use]
    pub fn per_second(&self) -> Option<f64> {
        self.queue().pace.per_second()
    }

    /// Waits until a call may start.
    pub(crate) async fn turn(&self, lane: Lane) -> Turn {
        let (giver, turn) = oneshot::channel();
        self.queue().waiting[lane as usize].push_back(giver);
        self.pass_on();
        match turn.await {
            Ok(turn) => turn,
            // Cannot be: waiters are forgotten only by giving them a turn. If it were, an
            // unlimited queue beats a stuck one.
            Err(_) => self.out_of_turn(),
        }
    }

    /// AWS throttled a try.
    pub(crate) fn throttled(&self) {
        let mut queue = self.queue();
        queue.pace.throttled(Instant::now());
        tracing::debug!(
            width = queue.pace.width(),
            per_second = queue.pace.per_second(),
            "AWS throttles"
        );
    }

    /// A call went well.
    pub(crate) fn went_well(&self) {
        self.queue().pace.went_well(Instant::now());
        self.pass_on();
    }

    /// Gives turns now, and the next one when its time has come.
    fn pass_on(&self) {
        let Some(later) = self.give() else {
            return;
        };
        let mut queue = self.queue();
        // A timer that went down with its runtime is none.
        if queue
            .timer
            .as_ref()
            .is_some_and(|timer| !timer.is_finished())
        {
            return;
        }
        // Outside of a runtime nobody can wait either; the next one who does sets the timer.
        queue.timer = Handle::try_current().ok().map(|runtime| {
            let limiter = self.clone();
            runtime.spawn(async move {
                tokio::time::sleep_until(later).await;
                limiter.queue().timer = None;
                limiter.pass_on();
            })
        });
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        lock(&self.0)
    }

    fn out_of_turn(&self) -> Turn {
        self.queue().out += 1;
        Turn(self.clone())
    }

    /// Gives turns to those who wait, as far as the pace admits. The answer is when it will admit
    /// the next one, where time is all that is missing.
    fn give(&self) -> Option<Instant> {
        loop {
            let mut queue = self.queue();
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

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.queue().out -= 1;
        self.0.pass_on();
    }
}

/// The state stays sound when a holder panics: every change is a few plain assignments.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
