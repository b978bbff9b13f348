//! One lease, claimed: the row as it is stored, and the proof that nobody took it over meanwhile.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_aws::{CallLog, CallRecord};
use leasehold_domain::{Code, EndReason, LeaseState, Problem};
use leasehold_store::{ActivityCall, Claim, LeaseRow, StoreError};

use super::fault::{Fault, busy};
use super::patience::{Patience, backoff};
use super::view;
use crate::core::{Core, lock};
use crate::note::{Note, stored};
use crate::wire::{ActivityKind, Event};

/// How long a claim lasts unless it is extended; a dead worker's lease is taken over after it.
pub(super) const CLAIM: TimeDelta = TimeDelta::seconds(60);
/// A claim with less left than this is extended before the next AWS call.
const CLAIM_LOW: TimeDelta = TimeDelta::seconds(30);
/// A person's request waits so long for another worker on the same lease.
const WAIT: Duration = Duration::from_secs(5);

/// One lease, claimed for this process.
pub(super) struct Held<'a> {
    pub(super) core: &'a Core,
    pub(super) row: LeaseRow,
    claim: Claim,
    until: Mutex<DateTime<Utc>>,
    /// The alarm that was told of last.
    alarm: Mutex<Option<String>>,
    /// Whose work this is, where it is not whoever opened the engine.
    actor: Option<&'static str>,
    /// What is asked of AWS on the way.
    pub(super) log: CallLog,
    /// What was asked of AWS and is in no line yet.
    unwritten: Mutex<Vec<ActivityCall>>,
    /// What cannot be written for the disk's sake is done all the same.
    goes_on_unwritten: bool,
}

impl<'a> Held<'a> {
    /// Takes a lease for this process.
    pub(super) fn take(core: &'a Core, lease_id: &str) -> Result<Self, Fault> {
        let until = core.clock.now() + CLAIM;
        let leases = core.store.leases();
        let claim = leases.claim(lease_id, &core.worker, core.clock.now(), until)?;
        let Some(claim) = claim else {
            super::row(core, lease_id)?;
            return Err(Fault::Other(busy()));
        };
        // Read after the claim: what another process wrote before it is seen.
        match super::row(core, lease_id) {
            Ok(row) => Ok(Self::of_new(core, row, claim, until)),
            Err(problem) => {
                leases.release(&claim)?;
                Err(problem.into())
            }
        }
    }

    /// The same, but waits a little for another worker to let go of it.
    pub(super) async fn take_soon(core: &'a Core, lease_id: &str) -> Result<Self, Fault> {
        let mut patience = Patience::lasting(WAIT);
        loop {
            match Self::take(core, lease_id) {
                Err(Fault::Other(problem)) if problem == busy() && patience.left() => {
                    patience.pause().await;
                }
                answer => return answer,
            }
        }
    }

    /// A lease that was recorded with its claim.
    pub(super) fn of_new(
        core: &'a Core,
        row: LeaseRow,
        claim: Claim,
        until: DateTime<Utc>,
    ) -> Self {
        Self {
            core,
            alarm: Mutex::new(row.alarm.clone()),
            row,
            claim,
            until: Mutex::new(until),
            actor: None,
            log: CallLog::listening(),
            unwritten: Mutex::default(),
            goes_on_unwritten: false,
        }
    }

    /// From here on a full disk, or one that went away, stops nothing: only for taking down what
    /// must not stay. The row in memory has all the facts, and each later write brings them all.
    pub(super) fn go_on_unwritten(&mut self) {
        self.goes_on_unwritten = true;
    }

    /// The outcome of a write, which may be wanting where it is gone on without.
    pub(super) fn written(&self, outcome: Result<(), StoreError>) -> Result<(), Fault> {
        match outcome {
            Err(error) if self.goes_on_unwritten && error.is_about_the_disk() => {
                tracing::error!(lease = %self.row.id, %error, "not written down");
                Ok(())
            }
            outcome => Ok(outcome?),
        }
    }

    /// The same as somebody else's work.
    pub(super) fn by(mut self, actor: &'static str) -> Self {
        self.actor = Some(actor);
        self
    }

    /// Makes sure that the lease is still ours.
    pub(super) fn hold(&self) -> Result<(), Fault> {
        let now = self.core.clock.now();
        let leases = self.core.store.leases();
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if *until - now < CLAIM_LOW {
            match leases.extend(&self.claim, now + CLAIM) {
                Ok(()) => {
                    *until = now + CLAIM;
                    return Ok(());
                }
                // It is ours until its time is over, also when that cannot be moved now.
                Err(error) if error.is_about_the_disk() => {}
                Err(error) => return Err(error.into()),
            }
        }
        if leases.holds(&self.claim, now)? {
            Ok(())
        } else {
            Err(Fault::Lost)
        }
    }

    /// Writes the row as it now stands, with a line that tells of it and of every AWS call since the
    /// line before, and tells the listeners.
    pub(super) fn save(&self, kind: ActivityKind, text: &str) -> Result<(), Fault> {
        self.write(Some(Note::new(kind, text)))
    }

    /// The same for a lease that is active from here on, with its sealed key: there is never one
    /// without the other.
    pub(super) fn save_with_key(
        &self,
        kind: ActivityKind,
        text: &str,
        sealed: &[u8],
    ) -> Result<(), Fault> {
        let mut unwritten = lock(&self.unwritten);
        unwritten.extend(self.log.take().into_iter().map(stored));
        let note = self.mine(Note::new(kind, text)).stored_calls(&unwritten);
        let line = self.core.line(note);
        let kept = Note::new(ActivityKind::KeyKept, "Its key is kept, sealed.");
        let kept = self.core.line(self.mine(kept));
        let leases = self.core.store.leases();
        leases
            .noting(&line)
            .save_with_key(&self.claim, &self.row, sealed, &kept)?;
        unwritten.clear();
        drop(unwritten);
        self.core.activity_grew();
        self.tell();
        Ok(())
    }

    /// Writes the row; AWS calls that no line tells of yet get one that the lease's own history does
    /// not show.
    pub(super) fn save_quietly(&self) -> Result<(), Fault> {
        self.write(None)
    }

    fn write(&self, note: Option<Note>) -> Result<(), Fault> {
        let leases = self.core.store.leases();
        let mut unwritten = lock(&self.unwritten);
        unwritten.extend(self.log.take().into_iter().map(stored));
        let note = note.or_else(|| self.about_calls(&unwritten));
        match note {
            Some(note) => {
                let line = self.core.line(self.mine(note).stored_calls(&unwritten));
                match leases.noting(&line).save(&self.claim, &self.row) {
                    Ok(()) => {
                        unwritten.clear();
                        self.core.activity_grew();
                    }
                    failed => self.written(failed)?,
                }
            }
            None => self.written(leases.save(&self.claim, &self.row))?,
        }
        drop(unwritten);
        self.tell();
        Ok(())
    }

    /// The line as one about this lease, by whoever works on it.
    pub(super) fn mine(&self, note: Note) -> Note {
        let note = note.of_lease(&self.row);
        match self.actor {
            Some(actor) => note.by(actor),
            None => note,
        }
    }

    /// The next line tells of these calls too.
    pub(super) fn add_calls(&self, calls: Vec<CallRecord>) {
        lock(&self.unwritten).extend(calls.into_iter().map(stored));
    }

    fn about_calls(&self, calls: &[ActivityCall]) -> Option<Note> {
        let text = match self.is_ending() {
            _ if calls.is_empty() => return None,
            true => format!(
                "Clean-up: {} of {} steps are done.",
                self.row.step, self.row.total_steps
            ),
            false => "Asked AWS on the way.".to_owned(),
        };
        Some(Note::new(ActivityKind::Calls, text))
    }

    /// What was asked of AWS and not written down until now.
    fn write_rest(&self) {
        let mut unwritten = lock(&self.unwritten);
        unwritten.extend(self.log.take().into_iter().map(stored));
        if let Some(note) = self.about_calls(&unwritten) {
            self.core
                .note_after(self.mine(note).stored_calls(&unwritten));
            unwritten.clear();
        }
    }

    /// Tells that the lease changed, and of an alarm that is new.
    fn tell(&self) {
        let lease = Box::new(view::lease(self.core, &self.row));
        let mut told = self.alarm.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = self.row.alarm.is_some() && *told != self.row.alarm;
        told.clone_from(&self.row.alarm);
        drop(told);
        if is_news {
            let lease = lease.clone();
            self.core.events.tell(Event::Alarm { lease });
        }
        self.core.events.tell(Event::LeaseChanged { lease });
    }

    /// Lets go of the lease; the timer looks at it again.
    pub(super) fn release(&self) {
        self.write_rest();
        if let Err(error) = self.core.store.leases().release(&self.claim) {
            tracing::warn!(lease = %self.row.id, %error, "a claim runs out by itself");
        }
        self.core.ring();
    }

    /// Records a failed try: why, what would help, and when the next one is due.
    pub(super) fn put_off(&mut self, problem: &Problem) -> Result<(), Fault> {
        let row = &mut self.row;
        let news = row.reason.as_deref() != Some(&problem.message);
        row.attempts = row.attempts.saturating_add(1);
        row.reason = Some(problem.message.clone());
        row.hint.clone_from(&problem.hint);
        let mut next = self.core.clock.now() + backoff(row.attempts);
        if row.credential.is_session() && row.state == LeaseState::Revoking {
            // By then it is over by itself.
            let over = row.expires_at - self.core.offset_over(&row.connection_id);
            next = next.min(over.max(self.core.clock.now()));
        }
        row.next_attempt_at = Some(next);
        self.save(ActivityKind::Retry, &problem.message)?;
        // The connection says once that somebody must log in; not every lease that waits for it.
        if news && self.is_ending() && problem.code != Code::LoginNeeded {
            let lease = Box::new(view::lease(self.core, &self.row));
            self.core.events.tell(Event::RevokeFailed { lease });
        }
        Ok(())
    }

    /// Marks the lease as ending for `reason`; a reason that is there already stays.
    pub(super) fn begin_end(&mut self, reason: EndReason, text: &str) -> Result<(), Fault> {
        if !matches!(self.row.state, LeaseState::Issuing | LeaseState::Active) {
            return Ok(());
        }
        let failed = reason == EndReason::IssueFailed;
        self.row.state = LeaseState::Revoking;
        self.row.end_reason = Some(reason);
        self.row.pending_expires_at = None;
        self.row.recheck_at = None;
        self.row.attempts = 0;
        self.row.next_attempt_at = None;
        self.row.reason = failed.then(|| text.to_owned());
        self.row.hint = self.row.hint.take().filter(|_| failed);
        self.save(ActivityKind::Revoking, text)
    }

    pub(super) fn is_ending(&self) -> bool {
        matches!(self.row.state, LeaseState::Revoking | LeaseState::AccessCut)
    }

    /// Whether its time is over, as far as is known of AWS's time.
    pub(super) fn is_over(&self) -> bool {
        let offset = self.core.offset_over(&self.row.connection_id);
        self.row.state == LeaseState::Active
            && self.core.clock.now() + offset >= self.row.expires_at
    }

    /// Whether something is to be done with it now that a failure puts off.
    pub(super) fn is_waiting(&self) -> bool {
        self.is_ending() || self.row.pending_expires_at.is_some() || self.is_over()
    }
}
