//! The readiness gate: a new key is tried until it works. IAM is eventually consistent, so a key
//! that was made is not yet a key that works.

use std::time::Duration;

use leasehold_aws::{CallLog, CallRecord};
use leasehold_domain::{Code, LeaseState, Problem};
use leasehold_store::LeaseRow;
use tokio::time::{Instant, timeout_at};

use super::fault::{Fault, busy};
use super::held::Held;
use crate::core::Core;
use crate::credentials::Credentials;
use crate::note::Note;
use crate::wire::{ActivityKind, Event, IssueStep, LeaseView, TRIED_SECONDS};

/// So many answers in a row, since AWS answers from many places.
const IN_A_ROW: u32 = 3;
const PAUSE: Duration = Duration::from_millis(150);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// After so long the key is reported as it is; the lease goes on.
const GIVE_UP: Duration = Duration::from_secs(TRIED_SECONDS as u64);

/// Tries the key with `sts:GetCallerIdentity`. That call works even for a user that may do
/// nothing, so it says nothing about policies, and expiry is looked at first.
pub(super) async fn wait(
    core: &Core,
    lease_id: &str,
    credentials: &Credentials,
    request_id: Option<String>,
) -> Result<LeaseView, Problem> {
    let row = super::row(core, lease_id)?;
    let connection = core.connection(&row.connection_id)?;
    let endpoint = core.endpoint(&connection)?;
    let offset = core.offset(&connection);
    let leased = core.client(
        &credentials.access_key_id,
        &credentials.secret_access_key,
        credentials.session_token.as_ref(),
        &endpoint,
        offset.num_milliseconds(),
        leasehold_aws::Limiter::unshared(),
    );
    let log = CallLog::listening();
    let aws = leased.aws.noted_in(log.clone());
    let started = Instant::now();
    let mut tries = Vec::new();
    let (mut good, mut pause) = (0, PAUSE);
    while good < IN_A_ROW {
        let row = super::row(core, lease_id)?;
        let over = core.aws_now(&connection) >= row.expires_at;
        if over || row.state != LeaseState::Active {
            // It will never work (again).
            let text = "The key was not seen to work before the lease ended";
            let hint = "Generate a new lease with a longer time to live.";
            return Ok(not_usable(core, &row, text, hint, tries));
        }
        let answer = timeout_at(started + GIVE_UP, aws.caller_identity()).await;
        tries.extend(log.take());
        match answer {
            Ok(Ok(_)) => good += 1,
            Ok(Err(_)) if started.elapsed() < GIVE_UP => {
                good = 0;
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            _ => {
                let seconds = GIVE_UP.as_secs();
                let text = format!("The key did not work for {seconds} s");
                let hint = "AWS may still be slow with it: try it by hand. If it goes on, revoke \
                            this lease, check the connection and generate a new one.";
                return Ok(not_usable(core, &row, &text, hint, tries));
            }
        }
    }
    let took = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
    let view = record(core, lease_id, took, tries).await?;
    if let Some(request_id) = request_id {
        core.events.tell(Event::IssueProgress {
            request_id,
            lease_id: lease_id.to_owned(),
            step: IssueStep::Usable,
        });
    }
    Ok(view)
}

/// The tries in few lines: how each kind of answer came last.
fn summary(tries: Vec<CallRecord>) -> Vec<CallRecord> {
    let mut last: Vec<CallRecord> = Vec::new();
    for call in tries {
        last.retain(|other| other.code != call.code);
        last.push(call);
    }
    last
}

/// Notes and tells that nobody tries the key any more.
fn not_usable(
    core: &Core,
    row: &LeaseRow,
    text: &str,
    hint: &str,
    tries: Vec<CallRecord>,
) -> LeaseView {
    let problem = Problem::new(Code::AwsUnexpected, format!("{text}.")).with_hint(hint);
    core.events.tell(Event::NotUsable {
        lease_id: row.id.clone(),
        problem,
    });
    let note = Note::new(
        ActivityKind::NotUsable,
        format!("{text} ({}).", counted(&tries)),
    );
    core.note_after(note.of_lease(row).calls(summary(tries)));
    super::view::lease(core, row)
}

fn counted(tries: &[CallRecord]) -> String {
    match tries.len() {
        1 => "1 try".to_owned(),
        many => format!("{many} tries"),
    }
}

/// Notes the time; where another process holds on to the lease it is only told, not noted.
async fn record(
    core: &Core,
    lease_id: &str,
    took: u32,
    tries: Vec<CallRecord>,
) -> Result<LeaseView, Problem> {
    let mut held = match Held::take_soon(core, lease_id).await {
        Ok(held) => held,
        Err(Fault::Other(problem)) if problem == busy() => {
            let row = super::row(core, lease_id)?;
            return Ok(super::view::lease(core, &row));
        }
        Err(fault) => return Err(fault.into()),
    };
    let mut noted = Ok(());
    if held.row.state == LeaseState::Active && held.row.usable_after_ms.is_none() {
        held.row.usable_after_ms = Some(took);
        let seconds = f64::from(took) / 1000.0;
        let text = format!(
            "The key worked three times in a row after {seconds:.1} s ({}).",
            counted(&tries)
        );
        held.add_calls(summary(tries));
        noted = held.save(ActivityKind::Usable, &text);
    }
    held.release();
    noted?;
    Ok(super::view::lease(core, &held.row))
}
