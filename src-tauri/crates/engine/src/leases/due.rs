//! The timer: sleeps until the next deadline, does what is due, and finishes what a crash left.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_domain::{EndReason, LeaseState, Problem};
use leasehold_store::LeaseRow;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::fault::Fault;
use super::held::Held;
use super::work::Work;
use super::{end, recheck, remind, renew};
use crate::core::Core;

/// While a lease is open the wall clock is looked at so often, since timers stand still while a
/// computer sleeps.
const LOOK: TimeDelta = TimeDelta::seconds(60);
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
    let mut jobs = Jobs::default();
    let mut told = remind::Told::default();
    loop {
        let now = core.clock.now();
        let longest = match look(core, now, &mut jobs, &mut told) {
            Ok(next) => next,
            Err(problem) => {
                tracing::error!(%problem, "the open leases cannot be read");
                Some(now + LOOK)
            }
        };
        let sleep = longest.map(|at| (at - now).min(LOOK).to_std().unwrap_or_default());
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            () = core.bell.notified() => {}
            () = jobs.done(core), if !jobs.under_way.is_empty() => {}
            () = sleep_or_never(sleep) => {}
        }
    }
    while !jobs.under_way.is_empty() {
        jobs.done(core).await;
    }
}

/// Starts what is due and answers when to look again at the latest. With no open lease, and nothing
/// under way, that is never.
fn look(
    core: &Arc<Core>,
    now: DateTime<Utc>,
    jobs: &mut Jobs,
    told: &mut remind::Told,
) -> Result<Option<DateTime<Utc>>, Problem> {
    let connections = core.store.connections().all()?;
    for connection in &connections {
        core.share_offset(connection);
    }
    let offsets = core.offsets()?;
    let rows = core.store.leases().open()?;
    let settings = crate::settings::SettingsDesk(core).get()?;
    told.forget_all_but(&rows);
    jobs.held.retain(|_, until| *until > now);
    let mut next = (!rows.is_empty()).then_some(now + LOOK);
    for row in &rows {
        let offset = offsets.of(&row.connection_id);
        let started = jobs.start(core, row, offset, now);
        let reminder = remind::remind(core, row, &settings, now, offset, told);
        next = [next, started, reminder].into_iter().flatten().min();
    }
    Ok(next)
}

/// What the timer is at work on.
#[derive(Default)]
struct Jobs {
    under_way: JoinSet<bool>,
    /// The lease of each task.
    busy: HashMap<tokio::task::Id, String>,
    /// Leases that are due though work on them failed just now, because another process holds them
    /// or they could not be written, and until when they are left alone.
    held: HashMap<String, DateTime<Utc>>,
}

impl Jobs {
    /// Starts what is due with a lease. Else answers when it will be.
    fn start(
        &mut self,
        core: &Arc<Core>,
        row: &LeaseRow,
        offset: TimeDelta,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        if self.busy.values().any(|id| *id == row.id) {
            return None;
        }
        let (at, job) = due(row, offset)?;
        if at > now {
            self.held.remove(&row.id);
            return Some(at);
        }
        if let Some(until) = self.held.get(&row.id) {
            return Some(*until);
        }
        // Else: when one of them is done.
        if self.under_way.len() < AT_ONCE {
            let work = perform(Arc::clone(core), row.id.clone(), job);
            let task = self.under_way.spawn(work).id();
            self.busy.insert(task, row.id.clone());
        }
        None
    }

    /// Waits for one of them to be done.
    async fn done(&mut self, core: &Core) {
        let Some(done) = self.under_way.join_next_with_id().await else {
            return;
        };
        let (task, went_well) = match done {
            Ok((task, went_well)) => (task, went_well),
            Err(defect) => {
                tracing::error!(%defect, "work on a lease broke off");
                (defect.id(), false)
            }
        };
        if let Some(lease) = self.busy.remove(&task)
            && !went_well
        {
            self.held.insert(lease, core.clock.now() + HELD);
        }
        if let Err(problem) = crate::secrets::Secrets(core).finish_removals() {
            tracing::error!(%problem, "removals wait");
        }
    }
}

async fn sleep_or_never(duration: Option<Duration>) {
    match duration {
        Some(duration) => tokio::time::sleep(duration).await,
        None => std::future::pending().await,
    }
}

/// Does one job. The answer says whether it went well.
async fn perform(core: Arc<Core>, id: String, job: Job) -> bool {
    let done = match Held::take(&core, &id) {
        Ok(held) => act(held, job).await,
        Err(fault) => Err(fault),
    };
    if let Err(fault) = done {
        let problem = Problem::from(fault);
        tracing::info!(lease = %id, ?job, code = ?problem.code, "put off");
        return false;
    }
    true
}

/// Looks again at what the claimed row says: it may have changed since the timer read it. That a
/// lease ends is recorded before the keychain or AWS is asked.
async fn act(mut held: Held<'_>, job: Job) -> Result<(), Fault> {
    let aws_now = held.core.clock.now() + held.core.offset_over(&held.row.connection_id);
    let begun = match held.row.state {
        LeaseState::Issuing if job == Job::Undo => held.begin_end(
            EndReason::IssueFailed,
            "The process that issued it is gone, and with it the only copy of the key.",
        ),
        LeaseState::Active if aws_now >= held.row.expires_at => {
            held.begin_end(EndReason::Expired, "Its time is over.")
        }
        _ => Ok(()),
    };
    let waits = held.is_waiting();
    if begun.is_err() || !waits {
        held.release();
        return begun;
    }
    let mut work = Work::connect(held).await?;
    let done = go_on(&mut work).await;
    work.release();
    done
}

async fn go_on(work: &mut Work<'_>) -> Result<(), Fault> {
    if work.is_ending() {
        return end::run(work).await;
    }
    if let Some(to) = work.row.pending_expires_at {
        return renew::finish(work, to).await;
    }
    match recheck::run(work).await {
        Err(Fault::Lost) => Err(Fault::Lost),
        Err(fault) => work.put_off(&Problem::from(fault)),
        Ok(()) => Ok(()),
    }
}
