//! `leasehold exec`: a command with a key of its own, which ends when the command does.

mod child;
mod program;
mod remote;

use std::future::Future;
use std::pin::{Pin, pin};
use std::process::ExitCode;
use std::time::Duration;

use leasehold_domain::Problem;
use leasehold_engine::wire::LeaseView;
use leasehold_engine::{Credentials, Engine, IssueRequest, OURS, Owned};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use self::child::Ending;
pub use self::remote::run as at_gateway;
use super::relay::{Relay, Signal};
use crate::args::ExecArgs;
use crate::print::Printer;

/// So long the end of the lease is waited for; then others go on with it.
const PATIENCE: Duration = Duration::from_secs(30);
/// Timers stand still while a computer sleeps, so the clock is looked at this often.
const LOOK: Duration = Duration::from_secs(60);

pub async fn run(engine: &Engine, asked: ExecArgs, printer: Printer) -> Result<ExitCode, Problem> {
    // A slip of the finger makes no IAM user.
    let mut command = match program::command(&asked.command) {
        Ok(command) => command,
        Err(unrunnable) => return Ok(unrunnable.told(printer)),
    };
    let mut relay = Relay::new()?;
    let label = program::label(&asked.command);
    let request = IssueRequest {
        secret: asked.secret,
        ttl: asked.ttl,
        label,
        ..IssueRequest::default()
    };
    let desk = engine.leases();
    let (issued, mut signal) = match whole(desk.issue_owned(&request), &mut relay).await {
        Whole::Done(issued, signal) => (issued, signal),
        // What is there of the lease by now belongs to nobody, and is taken down by others.
        Whole::Left(signal) => return Ok(Ending::Signalled(signal).take_over(engine)),
    };
    let (mut issued, owned) = issued?;
    if signal.is_none() {
        let usable = desk.wait_usable(&issued.lease.id, &issued.credentials, None);
        tokio::select! {
            lease = usable => issued.lease = lease?,
            stop = relay.next_stop() => signal = Some(stop),
        }
    }
    let (lease, credentials) = (issued.lease, issued.credentials);
    if lease.practice {
        printer.note("This is a key of the practice account; AWS does not know it.");
    }
    let work = async {
        let outcome = match signal {
            // Asked to stop before the command began.
            Some(signal) => Ok(Ending::Signalled(signal)),
            None => match start(&mut command, &credentials) {
                Ok(child) => {
                    drop(credentials);
                    watch(engine, child, &lease, &owned, &mut relay, printer).await
                }
                Err(outcome) => outcome,
            },
        };
        end(&owned, &lease, &mut relay, printer).await;
        outcome
    };
    // What others left ends while the command runs.
    let mut others = pin!(super::look_after_others(engine));
    let (outcome, are_done) = beside(work, others.as_mut()).await;
    if !are_done {
        // That it is to end is recorded by now: whoever is in a hurry need not wait for it.
        tokio::select! {
            () = others => {}
            _ = relay.next_stop() => {}
        }
    }
    drop(owned);
    match outcome {
        Ok(Ending::Unrunnable(unrunnable)) => Ok(unrunnable.told(printer)),
        Ok(ending) => Ok(ending.take_over(engine)),
        Err(problem) => Err(problem),
    }
}

/// Until the work is done, and whether the other was done before it.
async fn beside<T>(
    work: impl Future<Output = T>,
    mut other: Pin<&mut impl Future<Output = ()>>,
) -> (T, bool) {
    let mut work = pin!(work);
    let mut is_done = false;
    loop {
        tokio::select! {
            done = &mut work => return (done, is_done),
            () = &mut other, if !is_done => is_done = true,
        }
    }
}

/// What became of work that is not to be broken off half-way.
enum Whole<T> {
    /// It is done, and perhaps a signal asked to stop meanwhile.
    Done(T, Option<Signal>),
    /// A second signal was in more of a hurry.
    Left(Signal),
}

async fn whole<T>(work: impl Future<Output = T>, relay: &mut Relay) -> Whole<T> {
    let mut work = pin!(work);
    let mut asked = None;
    loop {
        tokio::select! {
            done = &mut work => return Whole::Done(done, asked),
            stop = relay.next_stop() => match asked {
                Some(_) => return Whole::Left(stop),
                None => asked = Some(stop),
            },
        }
    }
}

/// Starts the command with the key in its environment and nothing of ours.
fn start(
    command: &mut Command,
    credentials: &Credentials,
) -> Result<Child, Result<Ending, Problem>> {
    let variables = credentials.variables().map_err(Err)?;
    for name in variables.cleared.iter().chain(OURS) {
        command.env_remove(name);
    }
    for (name, value) in &variables.set {
        command.env(name, value.as_str());
    }
    command
        .spawn()
        .map_err(|error| Ok(Ending::Unrunnable(program::Unrunnable::of(command, &error))))
}

/// Until the command has ended: passes signals on, and ends the lease when its time is over.
async fn watch(
    engine: &Engine,
    mut child: Child,
    lease: &LeaseView,
    owned: &Owned<'_>,
    relay: &mut Relay,
    printer: Printer,
) -> Result<Ending, Problem> {
    let pid = child.id();
    let mut expiry = pin!(expiry(engine, lease, owned, printer));
    let mut is_over = false;
    loop {
        tokio::select! {
            ended = child.wait() => return child::ending(ended),
            signal = relay.next() => relay.pass_on(signal, pid),
            () = &mut expiry, if !is_over => is_over = true,
        }
    }
}

/// Waits for the lease's time to be over, and ends it then.
async fn expiry(engine: &Engine, lease: &LeaseView, owned: &Owned<'_>, printer: Printer) {
    loop {
        // It may have been renewed, or revoked by somebody.
        let Ok(now) = engine.leases().show(&lease.id) else {
            return;
        };
        let Some(left) = engine.left_of(&now.lease) else {
            printer.note("The lease has ended; AWS denies what the command asks from now on.");
            if let Err(problem) = owned.end().await {
                tracing::info!(code = ?problem.code, "the end of the lease is put off");
            }
            return;
        };
        tokio::time::sleep(left.min(LOOK)).await;
    }
}

/// Ends the lease. Another signal leaves it to others, and so does AWS's silence.
async fn end(owned: &Owned<'_>, lease: &LeaseView, relay: &mut Relay, printer: Printer) {
    let reason = tokio::select! {
        ended = timeout(PATIENCE, owned.end()) => match ended {
            Ok(Ok(())) => return,
            Ok(Err(problem)) => problem.message,
            Err(_) => "AWS takes its time.".to_owned(),
        },
        _ = relay.next_stop() => "It was not waited for.".to_owned(),
    };
    let user = &lease.user_name;
    printer.note(&format!(
        "{user} has not ended yet: {reason} That it ends is recorded; the next leasehold that asks \
         AWS, `leasehold lease watch` or the window goes on with it. AWS denies its key after {}.",
        crate::print::moment(lease.expires_at)
    ));
}
