//! Work on one lease: a claim that is looked at again before every AWS call, and the client of
//! its account.

use std::future::{Future, poll_fn};
use std::ops::{Deref, DerefMut};
use std::pin::pin;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_aws::{Aws, AwsError};
use leasehold_domain::{Code, Problem};
use leasehold_store::{ConnectionRow, LeaseRow};
use tokio::time::{Instant, interval_at};

use super::fault::Fault;
use super::held::Held;
use super::patience::Patience;
use crate::core::Core;

/// A call that takes longer (it waits for its turn, or is tried again) extends the claim so often.
const BEAT: Duration = Duration::from_secs(15);
/// A process that stood still for so long makes sure of its claim before it goes on.
const STOOD_STILL: TimeDelta = TimeDelta::seconds(5);

/// One lease, claimed, and the way to its account.
pub(super) struct Work<'a> {
    held: Held<'a>,
    pub(super) aws: Aws,
    pub(super) connection: ConnectionRow,
}

impl<'a> Deref for Work<'a> {
    type Target = Held<'a>;

    fn deref(&self) -> &Self::Target {
        &self.held
    }
}

impl DerefMut for Work<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.held
    }
}

impl<'a> Work<'a> {
    pub(super) fn with(held: Held<'a>, aws: Aws, connection: ConnectionRow) -> Self {
        let aws = aws.noted_in(held.log.clone());
        Self {
            held,
            aws,
            connection,
        }
    }

    /// Finds the way to the account of a claimed lease. Where there is none, a lease that waits
    /// for something says so and is tried again later; the claim is given back.
    pub(super) async fn connect(mut held: Held<'a>) -> Result<Self, Fault> {
        match reach(held.core, &held.row).await {
            Ok((aws, connection)) => Ok(Self::with(held, aws, connection)),
            Err(problem) => {
                let noted = match held.is_waiting() {
                    true => held.put_off(&problem),
                    false => Ok(()),
                };
                held.release();
                noted?;
                Err(problem.into())
            }
        }
    }

    /// AWS's time for this lease's account.
    pub(super) fn aws_now(&self) -> DateTime<Utc> {
        self.core.aws_now(&self.connection)
    }

    /// Lets go of the lease, and of what was measured on the way.
    pub(super) fn release(&self) {
        self.held.release();
        self.core.share_offset(&self.connection);
    }

    /// One AWS call, made only while the lease is ours.
    ///
    /// The claim is looked at before the call, again each time the process stood still meanwhile,
    /// and extended while the call waits for its turn. A request leaves only from within a poll, so
    /// that nothing is sent for a lease that somebody else has taken over.
    pub(super) async fn call<T>(
        &self,
        call: impl Future<Output = Result<T, AwsError>>,
    ) -> Result<T, Fault> {
        self.hold()?;
        let mut looked = self.core.clock.now();
        let mut beat = interval_at(Instant::now() + BEAT, BEAT);
        let mut call = pin!(call);
        poll_fn(|context| {
            let now = self.core.clock.now();
            let mut look = (now - looked).abs() > STOOD_STILL;
            while beat.poll_tick(context).is_ready() {
                look = true;
            }
            if look {
                self.hold()?;
                looked = now;
            }
            call.as_mut().poll(context).map_err(Fault::Aws)
        })
        .await
    }

    /// A call that is repeated while AWS throttles or does not see the new user yet. Only for
    /// calls that may be made twice.
    pub(super) async fn patient<T, F, R>(&self, call: F) -> Result<T, Fault>
    where
        F: Fn() -> R,
        R: Future<Output = Result<T, AwsError>>,
    {
        repeat(Fault::passes, || self.call(call())).await
    }

    /// A call that is repeated while AWS throttles or something else changes the user. Only for
    /// calls that may be made twice.
    pub(super) async fn steady<T, F, R>(&self, call: F) -> Result<T, Fault>
    where
        F: Fn() -> R,
        R: Future<Output = Result<T, AwsError>>,
    {
        repeat(Fault::settles, || self.call(call())).await
    }
}

/// Repeats what met `ConcurrentModification`, alone this time.
pub(super) async fn one_by_one<T, F, R>(act: F) -> Result<T, Fault>
where
    F: Fn() -> R,
    R: Future<Output = Result<T, Fault>>,
{
    repeat(Fault::is_concurrent, act).await
}

async fn repeat<T, F, R>(passes: fn(&Fault) -> bool, act: F) -> Result<T, Fault>
where
    F: Fn() -> R,
    R: Future<Output = Result<T, Fault>>,
{
    let mut patience = Patience::new();
    loop {
        match act().await {
            Err(fault) if passes(&fault) && patience.left() => patience.pause().await,
            answer => return answer,
        }
    }
}

/// The way to the account of a lease.
pub(super) async fn reach(core: &Core, row: &LeaseRow) -> Result<(Aws, ConnectionRow), Problem> {
    let connection = core.store.connections().by_id(&row.connection_id)?;
    let connection = connection.ok_or_else(|| {
        Problem::new(
            Code::NotFound,
            format!(
                "The connection `{}` of this lease is gone.",
                row.connection_name
            ),
        )
        .with_hint(match row.credential.is_session() {
            true => "AWS ends the session by itself all the same.",
            false => {
                "Delete the user in the AWS console; AWS denies its key after the expiry all the same."
            }
        })
    })?;
    let reached = core.reach(&connection).await?;
    Ok((reached.aws, connection))
}
