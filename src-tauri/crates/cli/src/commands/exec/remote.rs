//! `exec` with a lease of a gateway: revoked there when the command ends.
//!
//! A gateway does not know that a command was killed together with us: its lease then lives as long as it
//! was asked for, so `--ttl` is worth saying here.

use std::process::ExitCode;

use leasehold_domain::Problem;
use tokio::time::timeout;

use super::child::{self, Ending};
use super::program;
use super::{PATIENCE, Whole, start, whole};
use crate::args::ExecArgs;
use crate::commands::relay::Relay;
use crate::print::Printer;
use crate::remote::login::Session;
use crate::remote::{credentials, issue_of, revoke_one};

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
    let issue = issue_of(
        session,
        &asked.secret,
        asked.ttl.as_deref(),
        label.as_deref(),
    );
    let (issued, signal) = match whole(issue, &mut relay).await {
        Whole::Done(issued, signal) => (issued?, signal),
        Whole::Left(signal) => return Ok(Ending::Signalled(signal).take_over_after(|| ())),
    };
    let id = issued["id"].as_str().unwrap_or_default().to_owned();
    let key = credentials(&issued);
    drop(issued);
    let outcome = match (signal, key) {
        (Some(signal), _) => Ok(Ending::Signalled(signal)),
        (None, Err(problem)) => Err(problem),
        (None, Ok(key)) => match start(&mut command, &key) {
            Ok(mut child) => {
                drop(key);
                let pid = child.id();
                loop {
                    tokio::select! {
                        ended = child.wait() => break child::ending(ended),
                        signal = relay.next() => relay.pass_on(signal, pid),
                    }
                }
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
