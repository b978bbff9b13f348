//! `exec` with a lease of a gateway: revoked there when the command ends.
//!
//! A gateway does not know that we were killed, so the lease begins short and is renewed while the command
//! lives, up to the end that it would have had at once. Where the identity may not renew, the lease has that
//! end from the beginning.

use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use leasehold_domain::{Problem, Ttl};
use tokio::process::Child;
use tokio::time::{Instant, sleep, timeout};

use super::child::{self, Ending};
use super::program;
use super::{PATIENCE, Whole, start, whole};
use crate::args::ExecArgs;
use crate::commands::relay::{Relay, Signal};
use crate::print::Printer;
use crate::remote::login::Session;
use crate::remote::{Item, credentials, issue_of, item, renew_one, revoke_one};

/// So long a lease outlives a command that was killed together with us, at most.
const SHORT: Duration = Duration::from_mins(10);
/// A renewal that failed is tried again after this, while there is time left.
const AGAIN: Duration = Duration::from_secs(30);

pub async fn run(
    session: &mut Session,
    asked: ExecArgs,
    printer: Printer,
) -> Result<ExitCode, Problem> {
    let mut command = match program::command(&asked.command) {
        Ok(command) => command,
        Err(unrunnable) => return Ok(unrunnable.told(printer)),
    };
    let mut relay = Relay::new()?;
    let label = program::label(&asked.command);
    let issue = async {
        let item = item(session, &asked.secret).await?;
        let by_and_by = ByAndBy::of(&item, asked.ttl.as_deref());
        let first = by_and_by.as_ref().map(|_| seconds(SHORT));
        let ttl = first.as_deref().or(asked.ttl.as_deref());
        let issued = issue_of(session, &item.path, ttl, label.as_deref()).await?;
        Ok::<_, Problem>((issued, by_and_by))
    };
    let (issued, signal) = match whole(issue, &mut relay).await {
        Whole::Done(issued, signal) => (issued, signal),
        Whole::Left(signal) => return Ok(Ending::Signalled(signal).take_over_after(|| ())),
    };
    let (issued, by_and_by) = issued?;
    let id = issued["id"].as_str().unwrap_or_default().to_owned();
    let key = credentials(&issued);
    drop(issued);
    let outcome = match (signal, key) {
        (Some(signal), _) => Ok(Ending::Signalled(signal)),
        (None, Err(problem)) => Err(problem),
        (None, Ok(key)) => match start(&mut command, &key) {
            Ok(child) => {
                drop(key);
                let renewals = renewals(session, &id, by_and_by, printer);
                watch(child, &mut relay, renewals).await
            }
            Err(outcome) => outcome,
        },
    };
    let ended = tokio::select! {
        ended = timeout(PATIENCE, revoke_one(session, &id)) => matches!(ended, Ok(Ok(()))),
        _ = relay.next_stop() => false,
    };
    if !ended {
        printer.note(&format!(
            "The gateway did not confirm the end of lease {id}; it ends by itself when its time is over. \
             `leasehold lease revoke {id} --profile …` tries again."
        ));
    }
    match outcome? {
        Ending::Unrunnable(unrunnable) => Ok(unrunnable.told(printer)),
        ending => Ok(ending.take_over_after(|| ())),
    }
}

/// Until the command has ended: passes signals on, and renews beside it.
async fn watch(
    mut child: Child,
    relay: &mut Relay,
    renewals: impl Future<Output = ()>,
) -> Result<Ending, Problem> {
    let pid = child.id();
    let mut renewals = pin!(renewals);
    let mut is_done = false;
    loop {
        tokio::select! {
            ended = child.wait() => return child::ending(ended),
            signal = relay.next() => {
                let signal: Signal = signal;
                relay.pass_on(signal, pid);
            }
            () = &mut renewals, if !is_done => is_done = true,
        }
    }
}

/// What is left to be added to a lease that began short.
#[derive(Debug, PartialEq, Eq)]
struct ByAndBy {
    left: Duration,
}

impl ByAndBy {
    /// Nothing where the lease is as short as that anyway, where it may not be renewed, and where what was
    /// asked for is to be refused as it is.
    fn of(item: &Item, asked: Option<&str>) -> Option<Self> {
        let total = Ttl::parse(asked.or(item.default_ttl.as_deref())?).ok()?;
        let max = Ttl::parse(item.max_ttl.as_deref()?).ok()?;
        let total_s = Duration::from_secs(total.secs());
        let is_longer = total_s > SHORT && total.secs() <= max.secs();
        (item.may_renew && is_longer).then(|| Self {
            left: total_s - SHORT,
        })
    }

    /// What is added next; nothing at the end.
    fn step(&self) -> Option<Duration> {
        let step = self.left.min(SHORT / 2);
        (!step.is_zero()).then_some(step)
    }
}

/// Renews half of the short time before each end, until there is nothing left to add.
async fn renewals(session: &mut Session, id: &str, by_and_by: Option<ByAndBy>, printer: Printer) {
    let Some(mut by_and_by) = by_and_by else {
        return;
    };
    let mut end = Instant::now() + SHORT;
    while let Some(step) = by_and_by.step() {
        sleep(pause(end)).await;
        match renew_one(session, id, &seconds(step)).await {
            Ok(()) => {
                end += step;
                by_and_by.left -= step;
            }
            Err(_) if Instant::now() + AGAIN < end => sleep(AGAIN).await,
            Err(problem) => {
                return printer.note(&format!(
                    "The lease could not be renewed and ends now: {}",
                    problem.message
                ));
            }
        }
    }
}

fn pause(end: Instant) -> Duration {
    if let Some(soon) = test_pause() {
        return soon;
    }
    end.saturating_duration_since(Instant::now())
        .saturating_sub(SHORT / 2)
}

/// How soon to renew where a test cannot wait for minutes.
fn test_pause() -> Option<Duration> {
    let millis = std::env::var("LEASEHOLD_TEST_RENEW_MS").ok();
    let millis = millis.filter(|_| cfg!(debug_assertions))?;
    millis.parse().ok().map(Duration::from_millis)
}

fn seconds(span: Duration) -> String {
    format!("{}s", span.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(default_ttl: &str, may_renew: bool) -> Item {
        Item {
            path: "/development/app".into(),
            default_ttl: Some(default_ttl.into()),
            max_ttl: Some("8h".into()),
            may_renew,
        }
    }

    #[test]
    fn a_lease_begins_short_and_ends_when_it_would_have() {
        let mut plan = ByAndBy::of(&item("32m", true), None).unwrap();
        let mut steps = Vec::new();
        while let Some(step) = plan.step() {
            plan.left -= step;
            steps.push(step.as_secs() / 60);
        }
        assert_eq!(steps, [5, 5, 5, 5, 2]);
    }

    #[test]
    fn what_is_asked_for_counts_before_what_is_usual() {
        let plan = ByAndBy::of(&item("8h", true), Some("15m")).unwrap();
        assert_eq!(plan.left, Duration::from_mins(5));
    }

    #[test]
    fn a_lease_that_is_short_or_cannot_be_renewed_or_is_too_long_is_asked_for_as_it_is() {
        assert_eq!(ByAndBy::of(&item("10m", true), None), None);
        assert_eq!(ByAndBy::of(&item("1h", false), None), None);
        assert_eq!(ByAndBy::of(&item("1h", true), Some("9h")), None);
        assert_eq!(ByAndBy::of(&item("1h", true), Some("soon")), None);
    }
}
