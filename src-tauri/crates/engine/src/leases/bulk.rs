//! Ending leases: recorded first, then done through the account's one queue.
//!
//! Of many leases all keys end first, one round trip each, and the users are taken down after
//! that: ending access must not wait for the clean-up of others. Whatever happens in between, the
//! intent is in the ledger, and the timer of any process of this home goes on with it.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::time::Duration;

use futures::StreamExt;
use leasehold_aws::Lane;
use leasehold_domain::{Code, EndReason, LeaseState, Problem};
use leasehold_store::LeaseRow;
use tokio::sync::watch;
use tokio::time::Instant;

use super::held::Held;
use super::work::Work;
use super::{AT_ONCE, end, no_such_lease, session};
use crate::core::{Core, lock};
use crate::note::Note;
use crate::wire::{ActivityKind, Event, PendingRevoke, RevokeReport};

/// Progress is told so often at most.
const BETWEEN_NEWS: Duration = Duration::from_millis(250);
/// What AWS throttled in spite of everything is tried again within the same revoke so often; then
/// the timer goes on with it.
const ROUNDS: usize = 5;

const ASKED: &str = "Its end was asked for, among others'; it comes when its turn does.";
const CALLED_OFF: &str = "That its end was asked for was taken back before its turn came.";

/// How a revoke of many leases is followed and called off.
#[derive(Debug, Clone, Default)]
pub struct Bulk {
    /// Comes back in progress events.
    pub request_id: Option<String>,
    /// Turns true when the rest is to be left as it is.
    pub stop: Option<watch::Receiver<bool>>,
}

impl Bulk {
    fn is_stopped(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| *stop.borrow())
    }
}

/// How far a lease is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    Key,
    End,
}

pub(super) async fn revoke(
    core: &Core,
    ids: &[String],
    bulk: Bulk,
) -> Result<RevokeReport, Problem> {
    let ids = known(core, ids)?;
    if ids.len() > 1 {
        let line = core.line(Note::new(ActivityKind::RevokeAsked, ASKED));
        let leases = core.store.leases();
        leases.noting(&line).ask_end(&ids, core.clock.now())?;
    } else {
        core.store.leases().ask_end(&ids, core.clock.now())?;
    }
    let course = Course::new(core, &bulk, &ids);
    if ids.len() > AT_ONCE {
        course.take(&ids, Until::Key).await;
    }
    let mut left = ids.clone();
    // Whoever ends a few waits for one try of each; the timer has the rest.
    let rounds = if ids.len() > AT_ONCE { ROUNDS } else { 1 };
    for _ in 0..rounds {
        course.take(&left, Until::End).await;
        left.retain(|id| course.was_throttled(id));
        if left.is_empty() {
            break;
        }
    }
    let report = course.report(&ids)?;
    crate::secrets::Secrets(core).finish_removals()?;
    Ok(report)
}

/// Each id once.
fn known(core: &Core, ids: &[String]) -> Result<Vec<String>, Problem> {
    let mut seen = HashSet::new();
    let once: Vec<String> = ids.iter().filter(|id| seen.insert(*id)).cloned().collect();
    let rows = core.store.leases().by_ids(&once)?;
    if rows.len() < once.len() {
        let found: HashSet<_> = rows.iter().map(|row| row.id.as_str()).collect();
        let missing = once.iter().find(|id| !found.contains(id.as_str()));
        return Err(no_such_lease(missing.map_or("", String::as_str)));
    }
    Ok(once)
}

/// One revoke that is under way.
struct Course<'a> {
    core: &'a Core,
    bulk: &'a Bulk,
    lane: Lane,
    inside: Mutex<Inside>,
}

struct Inside {
    /// What became of those on which work has begun.
    outcomes: HashMap<String, Option<Problem>>,
    revoked: HashSet<String>,
    total: usize,
    told: Option<Instant>,
}

impl<'a> Course<'a> {
    fn new(core: &'a Core, bulk: &'a Bulk, ids: &[String]) -> Self {
        let lane = match ids.len() {
            ..=1 => Lane::Person,
            _ => Lane::Rest,
        };
        Self {
            core,
            bulk,
            lane,
            inside: Mutex::new(Inside {
                outcomes: HashMap::new(),
                revoked: HashSet::new(),
                total: ids.len(),
                told: None,
            }),
        }
    }

    /// Takes leases so far, a few at once. Once it is called off no work is begun, and of what was
    /// begun only what is under way is finished.
    async fn take(&self, ids: &[String], until: Until) {
        let all = futures::stream::iter(ids.to_vec()).map(|id| async move {
            if self.bulk.is_stopped() {
                return;
            }
            let ended = self.end_one(&id, until).await;
            self.note(&id, ended);
        });
        all.buffer_unordered(AT_ONCE).collect::<()>().await;
    }

    fn note(&self, id: &str, ended: Result<bool, Problem>) {
        let mut inside = lock(&self.inside);
        if let Ok(true) = ended {
            inside.revoked.insert(id.to_owned());
        }
        inside.outcomes.insert(id.to_owned(), ended.err());
        let now = Instant::now();
        if inside.told.is_none_or(|told| now - told >= BETWEEN_NEWS) {
            inside.told = Some(now);
            let begun = inside.outcomes.len();
            self.tell(inside.total, inside.revoked.len(), begun, 0);
        }
    }

    fn tell(&self, total: usize, revoked: usize, begun: usize, untouched: usize) {
        let Some(request_id) = self.bulk.request_id.clone() else {
            return;
        };
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.core.events.tell(Event::BulkProgress {
            request_id,
            total: count(total),
            revoked: count(revoked),
            pending: count(begun.saturating_sub(revoked)),
            untouched: count(untouched),
        });
    }

    fn was_throttled(&self, id: &str) -> bool {
        let inside = lock(&self.inside);
        let problem = inside.outcomes.get(id).and_then(Option::as_ref);
        problem.is_some_and(|problem| problem.code == Code::AwsThrottled)
    }

    /// Ends one lease, or goes on ending it. One that is at rest stays as it is. That it ends is
    /// recorded before the keychain or AWS is asked. The answer is whether it is at rest.
    async fn end_one(&self, id: &str, until: Until) -> Result<bool, Problem> {
        let mut held = match Held::take_soon(self.core, id).await {
            Ok(held) => held,
            Err(fault) => {
                let problem = Problem::from(fault);
                let desk = super::Leases(self.core);
                desk.note_refusal(ActivityKind::RevokeRefused, id, &problem);
                return Err(problem);
            }
        };
        if held.row.state.is_rest() {
            held.release();
            return Ok(true);
        }
        let is_ours = lock(&self.inside).outcomes.contains_key(id);
        let begun = match held.is_ending() {
            true if is_ours => Ok(()),
            true => held.save(ActivityKind::RetryAsked, "Asked to try again now."),
            false => held.begin_end(EndReason::ByUs, "Revoked here."),
        };
        match begun.and_then(|()| session::settle(&mut held)) {
            Ok(false) => {}
            Ok(true) => {
                held.release();
                return Ok(is_done(&held.row));
            }
            Err(fault) => {
                held.release();
                return Err(fault.into());
            }
        }
        let mut work = Work::connect(held).await?;
        work.aws = work.aws.in_lane(self.lane);
        let ended = match until {
            Until::Key => end::run_key(&mut work).await,
            Until::End => end::run(&mut work).await,
        };
        work.release();
        ended?;
        Ok(is_done(&work.row))
    }

    /// What AWS confirmed, what is pending and why, and what is as it was.
    fn report(&self, ids: &[String]) -> Result<RevokeReport, Problem> {
        let inside = lock(&self.inside);
        let mut report = RevokeReport::default();
        if self.bulk.is_stopped() {
            let begun = |id: &&String| inside.outcomes.contains_key(*id);
            let not_begun: Vec<_> = ids.iter().filter(|id| !begun(id)).cloned().collect();
            let leases = self.core.store.leases();
            let line = self
                .core
                .line(Note::new(ActivityKind::RevokeCalledOff, CALLED_OFF));
            let leases = leases.noting(&line);
            report.untouched = leases.unask_end(&not_begun, self.core.clock.now())?;
        }
        let untouched: HashSet<_> = report.untouched.iter().cloned().collect();
        for row in self.core.store.leases().by_ids(ids)? {
            if untouched.contains(&row.id) {
                continue;
            }
            if row.state == LeaseState::Expired {
                report.ended.push(row.id);
                continue;
            }
            if is_done(&row) {
                report.revoked.push(row.id);
                continue;
            }
            let outcome = inside.outcomes.get(&row.id).and_then(Option::as_ref);
            report.pending.push(pending(row, outcome));
        }
        let (revoked, untouched) = (report.revoked.len(), report.untouched.len());
        let begun = revoked + report.pending.len() + report.ended.len();
        self.tell(inside.total, revoked, begun, untouched);
        Ok(report)
    }
}

/// Whether AWS confirmed that access has ended and nothing is left that is in anybody's way: a session that
/// was denied everything waits only for our policy to go from its role.
fn is_done(row: &LeaseRow) -> bool {
    match row.state {
        LeaseState::Revoked | LeaseState::Failed => true,
        LeaseState::AccessCut => row.credential.is_session(),
        _ => false,
    }
}

fn pending(row: LeaseRow, outcome: Option<&Problem>) -> PendingRevoke {
    let reason = match row.state {
        // Another process has it, and its timer or ours finds what was asked.
        LeaseState::Issuing | LeaseState::Active if row.end_asked_at.is_some() => Some(
            "Another Leasehold process is at work on this lease; its end is recorded and follows."
                .to_owned(),
        ),
        LeaseState::AccessCut if outcome.is_none() && row.reason.is_none() => {
            Some("Its key has ended; the clean-up goes on by itself.".to_owned())
        }
        _ => outcome
            .map(|problem| problem.message.clone())
            .or_else(|| row.reason.clone()),
    };
    PendingRevoke {
        id: row.id,
        state: row.state.into(),
        reason,
        next_attempt_at: row.next_attempt_at,
    }
}
