//! The timer: sleeps until the next deadline, does what is due, and finishes what a crash left.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_aws::Lane;
use leasehold_domain::{Code, EndReason, LeaseState, Problem};
use leasehold_store::LeaseRow;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::fault::Fault;
use super::held::Held;
use super::look::FARTHEST;
use super::looks::Looks;
use super::reconcile::{self, Looked};
use super::work::Work;
use super::{AT_ONCE, NOBODY_HAS_IT, end, owned, remind, renew, session};
use crate::core::Core;
use crate::note::TIMER;
use crate::wire::Event;

/// While a lease is open the wall clock is looked at so often, since timers stand still while a
/// computer sleeps.
const LOOK: TimeDelta = TimeDelta::seconds(60);
/// A lease that another process holds is looked at again after this.
const HELD: Duration = Duration::from_secs(5);
/// So many leases of one connection are worked on at once, and so many of them only looked at: a
/// connection that cannot be reached holds up no other, and looks hold up no ending.
const LOOKS_AT_ONCE: usize = 4;
/// So many open leases are read again only so often while work goes on: each of a thousand endings
/// rings the bell, and reading all of them each time would cost their square.
const MANY: usize = 64;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);
/// No try is put off for longer; a later moment was written under a wrong clock.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(16);

/// What is to be done with an open lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Job {
    /// An issue that nobody works on any more: its secret is lost, so it is taken down.
    Undo,
    /// Its end was asked for by somebody who could not begin with it, or died.
    End,
    /// Its time is over.
    Expire,
    /// An ending that is not finished.
    GoOn,
    /// A renewal that is not finished.
    FinishRenewal,
    /// It is compared with its account.
    Look,
}

/// What a row waits for: something to do at a moment of this computer's clock.
fn due(row: &LeaseRow, offset: TimeDelta, now: DateTime<Utc>) -> Option<(DateTime<Utc>, Job)> {
    let longest = match row.credential.is_session() {
        true => session::longest_wait(),
        false => LONGEST_WAIT,
    };
    let next_try = believed(row.next_attempt_at.unwrap_or(now), now, longest);
    match row.state {
        LeaseState::Issuing => Some((now, Job::Undo)),
        LeaseState::Revoking | LeaseState::AccessCut => {
            if row.blocked_by.as_deref() == Some(end::FOREIGN_USER) {
                return None; // A person must look first.
            }
            Some((next_try, Job::GoOn))
        }
        LeaseState::Active => {
            if row.end_asked_at.is_some() {
                return Some((now, Job::End));
            }
            let expiry = (row.expires_at - offset, Job::Expire);
            let renewal = row
                .pending_expires_at
                .map(|_| (next_try, Job::FinishRenewal));
            [Some(expiry), renewal]
                .into_iter()
                .flatten()
                .min_by_key(|(at, _)| *at)
        }
        LeaseState::Revoked | LeaseState::Expired | LeaseState::Failed | LeaseState::Forgotten => {
            None
        }
    }
}

/// A moment that lies farther ahead than anything is ever put off was written while this
/// computer's clock was wrong; it is now.
fn believed(at: DateTime<Utc>, now: DateTime<Utc>, farthest: TimeDelta) -> DateTime<Utc> {
    if at - now > farthest { now } else { at }
}

/// Runs until `stop` turns true. Work that is under way is finished first.
pub(crate) async fn run_timer(core: &Arc<Core>, mut stop: watch::Receiver<bool>) {
    let mut jobs = Jobs::default();
    let mut told = remind::Told::default();
    let (mut next, mut looked, mut is_told) = (None, None, false);
    loop {
        let now = core.clock.now();
        // Rung, or a job done: soon again, but not at once again.
        let soon = looked
            .map(|at: Instant| at + BETWEEN_LOOKS)
            .filter(|again| is_told && jobs.open >= MANY && Instant::now() < *again);
        if soon.is_none() {
            next = look(core, now, &mut jobs, &mut told).unwrap_or_else(|problem| {
                tracing::error!(%problem, "the open leases cannot be read");
                Some(now + LOOK)
            });
            looked = Some(Instant::now());
        }
        let sleep = next.map(|at| (at - now).min(LOOK).to_std().unwrap_or_default());
        is_told = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            () = core.bell.notified() => true,
            () = jobs.done(core), if !jobs.under_way.is_empty() => true,
            () = sleep_or_never(soon.map(|at| at - Instant::now())) => false,
            () = sleep_or_never(sleep) => false,
        };
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
    let (mut rows, broken) = core.store.leases().open_readable()?;
    told.broken(core, broken);
    let asked = owned::ask_for_abandoned(core, &rows)?;
    for row in rows.iter_mut().filter(|row| asked.contains(&row.id)) {
        row.end_asked_at = Some(now);
    }
    let settings = crate::settings::SettingsDesk(core).get()?;
    told.forget_all_but(&rows);
    jobs.open = rows.len();
    jobs.held.retain(|_, until| *until > core.clock.passed());
    jobs.looks
        .pass(core, &rows, LOOK.to_std().unwrap_or_default());
    let mut next = (!rows.is_empty()).then_some(now + LOOK);
    // Where access is open comes first: of many that are to end, the keys go before the clean-up.
    let (open, cut): (Vec<_>, Vec<_>) = rows
        .iter()
        .partition(|row| row.state != LeaseState::AccessCut);
    for row in open.into_iter().chain(cut) {
        let offset = offsets.of(&row.connection_id);
        let connection = connections.iter().find(|c| c.id == row.connection_id);
        let is_clock_sure = connection.is_none_or(|connection| core.is_clock_sure(connection));
        let started = jobs.start(core, row, offset, is_clock_sure, now);
        // A clock that was set since makes reminders wrong; a look sees to it first.
        let is_known = is_clock_sure || jobs.looks.is_put_off(&row.connection_id);
        let reminder = is_known.then(|| remind::remind(core, row, &settings, now, offset, told));
        next = [next, started, reminder.flatten()]
            .into_iter()
            .flatten()
            .min();
    }
    Ok(next)
}

/// What the timer is at work on.
#[derive(Default)]
struct Jobs {
    under_way: JoinSet<Done>,
    /// The lease of each task.
    busy: HashMap<tokio::task::Id, Busy>,
    /// Leases that are due though work on them failed just now, because another process holds them
    /// or they could not be written, and until when, by the monotonic clock, they are left alone.
    held: HashMap<String, Duration>,
    looks: Looks,
    /// Leases that the last look found open.
    open: usize,
    /// Leases whose last try did not reach AWS, with their connection: the first answer over that
    /// connection makes them due, whatever their wait.
    offline: HashMap<String, String>,
    online_again: HashSet<String>,
}

struct Busy {
    lease: String,
    connection: String,
    is_look: bool,
}

/// What came of a job.
enum Done {
    Well,
    /// Another process holds the lease, or it could not be written.
    NotNow,
    /// AWS could not be reached; the row says when the next try is due.
    Offline,
    Looked,
    /// The connection could not be asked; or this lease could not be looked at.
    ConnectionFailed,
    LookFailed,
}

impl Jobs {
    /// Starts what is due with a lease. Else answers when it will be.
    fn start(
        &mut self,
        core: &Arc<Core>,
        row: &LeaseRow,
        offset: TimeDelta,
        is_clock_sure: bool,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        if self.busy.values().any(|busy| busy.lease == row.id) {
            return None;
        }
        let is_sure = is_clock_sure && core.is_confirmed(row);
        let (at, job) = self.next(core, row, offset, is_sure, now)?;
        if at > now && !self.online_again.contains(&row.id) {
            self.held.remove(&row.id);
            return Some(at);
        }
        if let Some(until) = self.held.get(&row.id) {
            let left = until.saturating_sub(core.clock.passed());
            return Some(now + TimeDelta::from_std(left).unwrap_or_default());
        }
        let is_look = job == Job::Look;
        let beside = self
            .busy
            .values()
            .filter(|busy| busy.connection == row.connection_id && busy.is_look == is_look);
        let most = if is_look { LOOKS_AT_ONCE } else { AT_ONCE };
        // Else: when one of them is done.
        if beside.count() < most {
            self.online_again.remove(&row.id);
            let work = perform(Arc::clone(core), row.id.clone(), job);
            let task = self.under_way.spawn(work).id();
            let busy = Busy {
                lease: row.id.clone(),
                connection: row.connection_id.clone(),
                is_look,
            };
            self.busy.insert(task, busy);
        }
        None
    }

    /// What comes next for a lease. Where neither its row nor the clock is proven, it is looked at
    /// before its time is called over: it may have been renewed after this copy of the ledger was
    /// made, or this computer's clock may be wrong.
    fn next(
        &self,
        core: &Core,
        row: &LeaseRow,
        offset: TimeDelta,
        is_sure: bool,
        now: DateTime<Utc>,
    ) -> Option<(DateTime<Utc>, Job)> {
        let by_row = due(row, offset, now);
        if row.state != LeaseState::Active {
            return by_row;
        }
        if let Some((at, _)) = by_row
            && at <= now
            && !is_sure
            && row.end_asked_at.is_none()
        {
            let next_try = believed(row.next_attempt_at.unwrap_or(now), now, LONGEST_WAIT);
            return Some((next_try, Job::Look));
        }
        let recorded = row.recheck_at.map(|at| believed(at, now, FARTHEST));
        let look = if self.looks.wants(&row.id) {
            Some(now)
        } else {
            recorded
        };
        let wait = self
            .looks
            .wait(core, row)
            .and_then(|wait| TimeDelta::from_std(wait).ok());
        let look = look.map(|at| (at.max(now + wait.unwrap_or_default()), Job::Look));
        [by_row, look]
            .into_iter()
            .flatten()
            .min_by_key(|(at, _)| *at)
    }

    /// Waits for one of them to be done.
    async fn done(&mut self, core: &Core) {
        let Some(done) = self.under_way.join_next_with_id().await else {
            return;
        };
        let (task, done) = match done {
            Ok(done) => done,
            Err(defect) => {
                tracing::error!(%defect, "work on a lease broke off");
                (defect.id(), Done::NotNow)
            }
        };
        let Some(busy) = self.busy.remove(&task) else {
            return;
        };
        let row = core.store.leases().by_id(&busy.lease).ok().flatten();
        let now = core.clock.now();
        let is_put_off = row
            .as_ref()
            .is_some_and(|row| row.next_attempt_at.is_some_and(|at| at > now));
        if matches!(done, Done::NotNow | Done::Offline) && !is_put_off {
            let until = core.clock.passed() + HELD;
            self.held.insert(busy.lease.clone(), until);
        }
        match done {
            Done::NotNow => {}
            Done::Offline => {
                let connection = busy.connection.clone();
                self.offline.insert(busy.lease.clone(), connection);
            }
            Done::Well | Done::Looked => {
                self.is_online(&busy);
                self.looked(core, &busy);
            }
            Done::ConnectionFailed => self.looks.failed(core, &busy.connection),
            Done::LookFailed => {
                self.looked(core, &busy);
                self.looks.failed(core, &busy.lease);
            }
        }
        if let Err(problem) = finish_removal(core, row) {
            tracing::error!(%problem, "removals wait");
        }
    }

    fn is_online(&mut self, busy: &Busy) {
        self.offline.remove(&busy.lease);
        let online_again = &mut self.online_again;
        self.offline.retain(|lease, connection| {
            let stays = *connection != busy.connection;
            if !stays {
                online_again.insert(lease.clone());
            }
            stays
        });
        for lease in &self.online_again {
            self.held.remove(lease);
        }
    }

    fn looked(&mut self, core: &Core, busy: &Busy) {
        if !self.looks.wants(&busy.lease) {
            self.looks.done(&busy.lease, &busy.connection, &[]);
            return;
        }
        let (rows, _) = core.store.leases().open_readable().unwrap_or_default();
        if self.looks.done(&busy.lease, &busy.connection, &rows)
            && let Ok(Some(connection)) = core.store.connections().by_id(&busy.connection)
        {
            let connection = connection.name;
            core.events.tell(Event::Reconciled { connection });
        }
    }
}

/// A secret that waits for its last lease goes with it.
fn finish_removal(core: &Core, row: Option<LeaseRow>) -> Result<(), Problem> {
    match row
        .filter(|row| row.state.is_rest())
        .and_then(|row| row.secret_id)
    {
        Some(id) => crate::secrets::Secrets(core).finish_removal_by(&id, TIMER),
        None => Ok(()),
    }
}

async fn sleep_or_never(duration: Option<Duration>) {
    match duration {
        Some(duration) => tokio::time::sleep(duration).await,
        None => std::future::pending().await,
    }
}

/// Does one job.
async fn perform(core: Arc<Core>, id: String, job: Job) -> Done {
    let done = match Held::take(&core, &id) {
        Ok(held) if job == Job::Look => look_at(held.by(TIMER)).await,
        Ok(held) => act(held.by(TIMER), job).await,
        Err(fault) => Err(fault),
    };
    done.unwrap_or_else(|fault| {
        let problem = Problem::from(fault);
        tracing::info!(lease = %id, ?job, code = ?problem.code, "put off");
        match problem.code {
            Code::AwsUnreachable => Done::Offline,
            _ => Done::NotNow,
        }
    })
}

async fn look_at(held: Held<'_>) -> Result<Done, Fault> {
    Ok(match reconcile::one(held).await? {
        Looked::As(_) => Done::Looked,
        Looked::Unreachable(_) => Done::ConnectionFailed,
        Looked::Refused(_) => Done::LookFailed,
    })
}

/// Looks again at what the claimed row says: it may have changed since the timer read it. That a
/// lease ends is recorded before the keychain or AWS is asked.
async fn act(mut held: Held<'_>, job: Job) -> Result<Done, Fault> {
    let begun = match held.row.state {
        LeaseState::Issuing if job == Job::Undo => {
            if held.row.credential.is_session() {
                session::may_last_from_now(&mut held);
            }
            held.begin_end(EndReason::IssueFailed, NOBODY_HAS_IT)
        }
        // Nothing has to be asked of AWS for a session to be over.
        LeaseState::Active if held.row.credential.is_session() && held.is_over() => Ok(()),
        LeaseState::Active if held.is_over() && held.core.is_sure(&held.row) => {
            held.begin_end(EndReason::Expired, "Its time is over.")
        }
        LeaseState::Active if held.row.end_asked_at.is_some() => {
            let text = match held.row.owner {
                Some(_) => "It ends, as the command that it was made for has.",
                None => "Revoked here.",
            };
            held.begin_end(EndReason::ByUs, text)
        }
        _ => Ok(()),
    };
    let settled = begun.and_then(|()| session::settle(&mut held));
    let waits = held.is_ending() || held.row.pending_expires_at.is_some();
    if !matches!(settled, Ok(false)) || !waits {
        held.release();
        return settled.map(|_| Done::Well);
    }
    let mut work = Work::connect(held).await?;
    work.aws = work.aws.in_lane(Lane::Rest);
    let done = match work.row.pending_expires_at {
        // The clean-up is due at once, after the keys of all others.
        _ if job == Job::End && work.is_ending() => end::run_key(&mut work).await,
        _ if work.is_ending() => end::run(&mut work).await,
        Some(to) => renew::finish(&mut work, to).await,
        None => Ok(()),
    };
    work.release();
    done.map(|()| Done::Well)
}
