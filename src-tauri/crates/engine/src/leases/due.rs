//! The timer: sleeps until the next deadline, does what is due, and finishes what a crash left.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_domain::{EndReason, LeaseState, Problem};
use leasehold_store::LeaseRow;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::work::{Fault, Work};
use super::{end, recheck, renew, view};
use crate::core::Core;
use crate::wire::{Event, Settings};

/// While a lease is open the wall clock is looked at so often, since timers stand still while a
/// computer sleeps.
const LOOK: Duration = Duration::from_secs(60);
/// A lease that another process holds is looked at again after this.
const HELD: TimeDelta = TimeDelta::seconds(5);
const AT_ONCE: usize = 8;

/// What is to be done with an open lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Job {
    /// An issue that nobody works on any more: its secret is lost, so it is taken down.
    Undo,
    /// Its time is over.
    Expire,
    /// An ending that is not finished.
    GoOn,
    /// A renewal that is not finished.
    FinishRenewal,
    /// Keys and policies are listed once more.
    Recheck,
}

/// What a row waits for: something to do at a moment of this computer's clock.
fn due(row: &LeaseRow, offset: TimeDelta) -> Option<(DateTime<Utc>, Job)> {
    match row.state {
        LeaseState::Issuing => Some((row.created_at, Job::Undo)),
        LeaseState::Revoking | LeaseState::AccessCut => {
            if row.blocked_by.as_deref() == Some(end::FOREIGN_USER) {
                return None; // A person must look first.
            }
            Some((row.next_attempt_at.unwrap_or(row.created_at), Job::GoOn))
        }
        LeaseState::Active => {
            let expiry = (row.expires_at - offset, Job::Expire);
            let renewal = row.pending_expires_at.map(|_| {
                (
                    row.next_attempt_at.unwrap_or(row.created_at),
                    Job::FinishRenewal,
                )
            });
            let recheck = row.recheck_at.map(|at| {
                (
                    row.next_attempt_at.map_or(at, |next| next.max(at)),
                    Job::Recheck,
                )
            });
            [Some(expiry), renewal, recheck]
                .into_iter()
                .flatten()
                .min_by_key(|(at, _)| *at)
        }
        LeaseState::Revoked | LeaseState::Failed | LeaseState::Forgotten => None,
    }
}

/// Runs until `stop` turns true. Work that is under way is finished first.
pub(crate) async fn run_timer(core: &Arc<Core>, mut stop: watch::Receiver<bool>) {
    let mut under_way: JoinSet<(String, bool)> = JoinSet::new();
    let mut busy: HashSet<String> = HashSet::new();
    let mut held: HashMap<String, DateTime<Utc>> = HashMap::new();
    let mut told: HashSet<(String, DateTime<Utc>, u32)> = HashSet::new();
    loop {
        let now = core.clock.now();
        let rows = core.store.leases().open().unwrap_or_else(|error| {
            tracing::error!(%error, "the open leases cannot be read");
            Vec::new()
        });
        let settings = crate::settings::SettingsDesk(core)
            .get()
            .unwrap_or_default();
        held.retain(|_, until| *until > now);
        told.retain(|(id, expiry, _)| rows.iter().any(|r| r.id == *id && r.expires_at == *expiry));
        let mut next: Option<DateTime<Utc>> = None;
        let mut sooner =
            |at: DateTime<Utc>| next = Some(next.map_or(at, |n: DateTime<Utc>| n.min(at)));
        for row in &rows {
            if busy.contains(&row.id) {
                continue;
            }
            let offset = offset(core, row);
            if let Some((at, job)) = due(row, offset) {
                let at = held.get(&row.id).map_or(at, |until| at.max(*until));
                if at > now {
                    sooner(at);
                } else if under_way.len() < AT_ONCE {
                    busy.insert(row.id.clone());
                    under_way.spawn(perform(Arc::clone(core), row.id.clone(), job));
                } // Else: when one of them is done.
            }
            if let Some(at) = remind(core, row, &settings, now, offset, &mut told) {
                sooner(at);
            }
        }
        let longest = if rows.is_empty() { None } else { Some(LOOK) };
        let sleep = next
            .map(|at| (at - now).to_std().unwrap_or_default())
            .map_or(longest, |until| {
                Some(longest.map_or(until, |look| look.min(until)))
            });
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            () = core.bell.notified() => {}
            Some(done) = under_way.join_next(), if !under_way.is_empty() => {
                if let Ok((id, was_held)) = done {
                    busy.remove(&id);
                    if was_held {
                        held.insert(id, core.clock.now() + HELD);
                    }
                }
                if let Err(problem) = crate::secrets::Secrets(core).finish_removals() {
                    tracing::error!(%problem, "removals wait");
                }
            }
            () = sleep_or_never(sleep) => {}
        }
    }
    while under_way.join_next().await.is_some() {}
}

async fn sleep_or_never(duration: Option<Duration>) {
    match duration {
        Some(duration) => tokio::time::sleep(duration).await,
        None => std::future::pending().await,
    }
}

fn offset(core: &Core, row: &LeaseRow) -> TimeDelta {
    let connection = core
        .store
        .connections()
        .by_id(&row.connection_id)
        .ok()
        .flatten();
    let last = connection.map_or(0, |connection| connection.clock_offset_ms);
    core.offset(&row.connection_id, last)
}

/// Does one job. The answer says whether another process held the lease.
async fn perform(core: Arc<Core>, id: String, job: Job) -> (String, bool) {
    let done = match Work::take(&core, &id).await {
        Ok(mut work) => {
            let done = act(&mut work, job).await;
            work.release();
            done
        }
        Err(fault) => Err(fault),
    };
    match done {
        Ok(()) => (id, false),
        Err(fault) => {
            let problem = Problem::from(fault);
            tracing::info!(lease = %id, ?job, code = ?problem.code, "put off");
            (id, true)
        }
    }
}

/// Looks again at what the claimed row says: it may have changed since the timer read it.
async fn act(work: &mut Work<'_>, job: Job) -> Result<(), Fault> {
    let over = work.aws_now() >= work.row.expires_at;
    match (job, work.row.state) {
        (Job::Undo, LeaseState::Issuing) => {
            work.begin_end(
                EndReason::IssueFailed,
                "The process that issued it is gone, and with it the only copy of the key.",
            )?;
            end::run(work).await
        }
        (_, LeaseState::Active) if over => {
            work.begin_end(EndReason::Expired, "Its time is over.")?;
            end::run(work).await
        }
        (Job::GoOn, LeaseState::Revoking | LeaseState::AccessCut) => end::run(work).await,
        (Job::FinishRenewal, LeaseState::Active) => match work.row.pending_expires_at {
            Some(to) => renew::finish(work, to).await,
            None => Ok(()),
        },
        (Job::Recheck, LeaseState::Active) => {
            let checked = recheck::run(work).await;
            if let Err(fault) = checked {
                if matches!(fault, Fault::Lost) {
                    return Err(fault);
                }
                work.put_off(&Problem::from(fault))?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Tells once, for the shortest lead time reached, that a lease will end. The answer is the moment
/// of the next reminder.
fn remind(
    core: &Core,
    row: &LeaseRow,
    settings: &Settings,
    now: DateTime<Utc>,
    offset: TimeDelta,
    told: &mut HashSet<(String, DateTime<Utc>, u32)>,
) -> Option<DateTime<Utc>> {
    if row.state != LeaseState::Active || !settings.notify_expiry {
        return None;
    }
    let expires = row.expires_at - offset;
    let ttl = row.expires_at - row.issued_at?;
    let mut next = None;
    let mut reached = None;
    let mut leads = settings.lead_minutes.clone();
    leads.sort_unstable_by(|a, b| b.cmp(a));
    for minutes in leads {
        let lead = TimeDelta::minutes(i64::from(minutes));
        if lead >= ttl {
            continue; // It was shorter than that from the start.
        }
        let at = expires - lead;
        if at <= now && now < expires {
            reached = Some(minutes);
        } else if at > now {
            next = Some(next.map_or(at, |n: DateTime<Utc>| n.min(at)));
        }
    }
    if let Some(minutes) = reached
        && told.insert((row.id.clone(), row.expires_at, minutes))
    {
        let lease = Box::new(view::lease(core, row));
        core.events.tell(Event::LeaseExpiring { lease, minutes });
    }
    next
}
