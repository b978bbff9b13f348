//! Work on one lease: a claim that is looked at again before every AWS call, the row as it is
//! stored, and the client of its account.

use std::future::Future;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_aws::{Aws, AwsError, AwsErrorKind, Entity};
use leasehold_domain::{Code, EndReason, LeaseState, Problem};
use leasehold_store::{Claim, ConnectionRow, LeaseRow, StoreError};

use crate::core::Core;
use crate::wire::Event;

/// How long a claim lasts unless it is extended; a dead worker's lease is taken over after it.
pub(super) const CLAIM: TimeDelta = TimeDelta::seconds(60);
/// A claim with less left than this is extended before the next AWS call.
const CLAIM_LOW: TimeDelta = TimeDelta::seconds(30);
/// For so long "no such user" right after `CreateUser`, and throttling, are waited out. IAM is
/// eventually consistent (IAM User Guide, "Changes that I make are not always immediately
/// visible").
const PATIENCE: Duration = Duration::from_secs(20);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// Why work on a lease stopped.
#[derive(Debug)]
pub(super) enum Fault {
    /// Another process has taken the lease over; nothing more may be done here.
    Lost,
    /// AWS refused or could not be reached.
    Aws(AwsError),
    /// Anything else.
    Other(Problem),
}

impl From<AwsError> for Fault {
    fn from(error: AwsError) -> Self {
        Self::Aws(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Lost { .. } => Self::Lost,
            other => Self::Other(other.into()),
        }
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self::Other(problem)
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Lost => busy(),
            Fault::Aws(error) => error.into(),
            Fault::Other(problem) => problem,
        }
    }
}

impl Fault {
    pub(super) fn is_concurrent(&self) -> bool {
        matches!(self, Self::Aws(error) if error.kind == AwsErrorKind::Concurrent)
    }

    pub(super) fn not_there(&self) -> Option<Entity> {
        match self {
            Self::Aws(error) => match error.kind {
                AwsErrorKind::NotThere(entity) => Some(entity),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Another process works on the lease right now.
pub(super) fn busy() -> Problem {
    Problem::new(
        Code::Busy,
        "Another Leasehold process is at work on this lease.",
    )
    .with_hint("Try again in a minute.")
}

/// One lease, claimed.
pub(super) struct Work<'a> {
    pub(super) core: &'a Core,
    pub(super) aws: Aws,
    pub(super) connection: ConnectionRow,
    pub(super) row: LeaseRow,
    claim: std::sync::Mutex<(Claim, DateTime<Utc>)>,
}

impl<'a> Work<'a> {
    /// Takes a lease for this process.
    pub(super) async fn take(core: &'a Core, lease_id: &str) -> Result<Work<'a>, Fault> {
        let now = core.clock.now();
        let leases = core.store.leases();
        let Some(claim) = leases.claim(lease_id, &core.worker, now, now + CLAIM)? else {
            return Err(Fault::Other(busy()));
        };
        // Read after the claim: what another process wrote before it is seen.
        let row = match leases.by_id(lease_id) {
            Ok(Some(row)) => row,
            Ok(None) => return Err(Fault::Other(super::no_such_lease(lease_id))),
            Err(error) => return Err(error.into()),
        };
        let prepared = Self::prepare(core, &row).await;
        match prepared {
            Ok((aws, connection)) => Ok(Self::with(core, aws, connection, row, claim)),
            Err(problem) => {
                let mut row = row;
                if row.state.is_rest() || matches!(row.state, LeaseState::Active) {
                    leases.release(&claim)?;
                } else {
                    put_off(core, &mut row, &problem);
                    leases.save(&claim, &row)?;
                    leases.release(&claim)?;
                    core.ring();
                }
                Err(Fault::Other(problem))
            }
        }
    }

    pub(super) fn with(
        core: &'a Core,
        aws: Aws,
        connection: ConnectionRow,
        row: LeaseRow,
        claim: Claim,
    ) -> Self {
        let until = core.clock.now() + CLAIM;
        Self {
            core,
            aws,
            connection,
            row,
            claim: std::sync::Mutex::new((claim, until)),
        }
    }

    async fn prepare(core: &Core, row: &LeaseRow) -> Result<(Aws, ConnectionRow), Problem> {
        let connection = core
            .store
            .connections()
            .by_id(&row.connection_id)?
            .ok_or_else(|| {
                Problem::new(
                    Code::NotFound,
                    format!(
                        "The connection `{}` of this lease is gone.",
                        row.connection_name
                    ),
                )
                .with_hint(
                    "Add a connection to the same account and revoke by hand; AWS denies the \
                        key after its expiry all the same.",
                )
            })?;
        let reached = core.reach(&connection).await?;
        Ok((reached.aws, connection))
    }

    /// AWS's time for this lease's account.
    pub(super) fn aws_now(&self) -> DateTime<Utc> {
        self.core.aws_now(&self.connection)
    }

    fn claim(&self) -> (Claim, DateTime<Utc>) {
        self.claim
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }

    /// Makes sure that the lease is still ours.
    fn hold(&self) -> Result<(), Fault> {
        let (claim, until) = self.claim();
        let now = self.core.clock.now();
        let leases = self.core.store.leases();
        if until - now < CLAIM_LOW {
            leases.extend(&claim, now + CLAIM)?;
            self.claim
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .1 = now + CLAIM;
            return Ok(());
        }
        if leases.holds(&claim, now)? {
            Ok(())
        } else {
            Err(Fault::Lost)
        }
    }

    /// One AWS call, made only while the lease is ours.
    pub(super) async fn call<T>(
        &self,
        call: impl Future<Output = Result<T, AwsError>>,
    ) -> Result<T, Fault> {
        self.hold()?;
        call.await.map_err(Fault::Aws)
    }

    /// A call that is repeated while AWS throttles or does not see the new user yet. Only for
    /// calls that may be made twice.
    pub(super) async fn patient<T, F, R>(&self, call: F) -> Result<T, Fault>
    where
        F: Fn() -> R,
        R: Future<Output = Result<T, AwsError>>,
    {
        let mut patience = Patience::new();
        loop {
            match self.call(call()).await {
                Err(fault) if passes(&fault) && patience.left() => {
                    patience.pause(self.core).await;
                }
                answer => return answer,
            }
        }
    }

    /// Writes the row as it now stands, with a line of history, and tells the listeners.
    pub(super) fn save(&self, kind: &str, text: &str) -> Result<(), Fault> {
        let at = self.core.clock.now();
        self.core
            .store
            .leases()
            .save_with_event(&self.claim().0, &self.row, at, kind, text)?;
        self.tell();
        Ok(())
    }

    /// Writes the row without a line of history.
    pub(super) fn save_quietly(&self) -> Result<(), Fault> {
        self.core.store.leases().save(&self.claim().0, &self.row)?;
        self.tell();
        Ok(())
    }

    fn tell(&self) {
        let lease = Box::new(super::view::lease(self.core, &self.row));
        self.core.events.tell(Event::LeaseChanged { lease });
    }

    /// Lets go of the lease; the timer looks at it again.
    pub(super) fn release(&self) {
        if let Err(error) = self.core.store.leases().release(&self.claim().0) {
            tracing::warn!(lease = %self.row.id, %error, "a claim runs out by itself");
        }
        self.core.ring();
    }

    /// Records a failed try: why, what would help, and when the next one is due.
    pub(super) fn put_off(&mut self, problem: &Problem) -> Result<(), Fault> {
        let news = self.row.reason.as_deref() != Some(&problem.message);
        put_off(self.core, &mut self.row, problem);
        if news {
            self.save("retry", &problem.message)?;
            if !self.row.state.is_rest() {
                let lease = Box::new(super::view::lease(self.core, &self.row));
                self.core.events.tell(Event::RevokeFailed { lease });
            }
        } else {
            self.save_quietly()?;
        }
        Ok(())
    }

    /// Marks the lease as ending for `reason`; a reason that is there already stays.
    pub(super) fn begin_end(&mut self, reason: EndReason, text: &str) -> Result<(), Fault> {
        if matches!(self.row.state, LeaseState::Issuing | LeaseState::Active) {
            self.row.state = LeaseState::Revoking;
            self.row.end_reason = Some(reason);
            self.row.pending_expires_at = None;
            self.row.recheck_at = None;
            self.row.attempts = 0;
            self.row.next_attempt_at = None;
            self.save("revoking", text)?;
        }
        Ok(())
    }
}

/// Things that pass by themselves.
pub(super) fn passes(fault: &Fault) -> bool {
    let Fault::Aws(error) = fault else {
        return false;
    };
    matches!(
        error.kind,
        AwsErrorKind::NotThere(Entity::User) | AwsErrorKind::Throttled
    )
}

fn put_off(core: &Core, row: &mut LeaseRow, problem: &Problem) {
    row.attempts = row.attempts.saturating_add(1);
    row.reason = Some(problem.message.clone());
    row.hint.clone_from(&problem.hint);
    row.next_attempt_at = Some(core.clock.now() + backoff(row.attempts));
}

/// Longest time between two tries.
const LONGEST_BACKOFF_S: u64 = 15 * 60;

/// 5 s, 10 s, 20 s, … up to 15 minutes, each between half and the whole of it, so that many
/// leases do not knock together.
fn backoff(attempts: u32) -> TimeDelta {
    let whole = (5_u64 << attempts.saturating_sub(1).min(16)).min(LONGEST_BACKOFF_S) * 1000;
    let spread = whole / 2;
    let mut random = [0_u8; 8];
    let random = getrandom::fill(&mut random).map_or(0, |()| u64::from_le_bytes(random));
    let chosen = whole - random % (spread + 1);
    TimeDelta::try_milliseconds(i64::try_from(chosen).unwrap_or(i64::MAX)).unwrap_or(TimeDelta::MAX)
}

/// Bounded waiting with growing pauses.
pub(super) struct Patience {
    until: tokio::time::Instant,
    next: Duration,
}

impl Patience {
    pub(super) fn new() -> Self {
        Self {
            until: tokio::time::Instant::now() + PATIENCE,
            next: FIRST_PAUSE,
        }
    }

    pub(super) fn left(&self) -> bool {
        tokio::time::Instant::now() + self.next < self.until
    }

    pub(super) async fn pause(&mut self, core: &Core) {
        core.pause(self.next).await;
        self.next = (self.next * 2).min(LONGEST_PAUSE);
    }
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
