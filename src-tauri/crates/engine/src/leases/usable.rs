//! The readiness gate: a new key is tried until it works. IAM is eventually consistent, so a key
//! that was made is not yet a key that works.

use std::time::Duration;

use leasehold_domain::{LeaseState, Problem};

use super::work::{Fault, Work, busy};
use crate::core::Core;
use crate::credentials::Credentials;
use crate::wire::{Event, IssueStep, LeaseView};

/// So many answers in a row, since AWS answers from many places.
const IN_A_ROW: u32 = 3;
const PAUSE: Duration = Duration::from_millis(150);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// After so long the key is reported as it is; the lease goes on.
const GIVE_UP: Duration = Duration::from_secs(120);

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
    let offset = core.offset(&connection.id, connection.clock_offset_ms);
    let leased = core.client(
        &credentials.access_key_id,
        &credentials.secret_access_key,
        &endpoint,
        offset.num_milliseconds(),
        leasehold_aws::Limiter::unshared(),
    );
    let started = tokio::time::Instant::now();
    let (mut good, mut pause) = (0, PAUSE);
    while good < IN_A_ROW {
        if core.aws_now(&connection) >= credentials.expires_at || started.elapsed() > GIVE_UP {
            return super::row(core, lease_id).map(|row| super::view::lease(core, &row));
        }
        match leased.aws.caller_identity().await {
            Ok(_) => good += 1,
            Err(_) => {
                good = 0;
                core.pause(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
    let took = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
    let view = record(core, lease_id, took).await?;
    if let Some(request_id) = request_id {
        core.events.tell(Event::IssueProgress {
            request_id,
            lease_id: lease_id.to_owned(),
            step: IssueStep::Usable,
        });
    }
    Ok(view)
}

/// Notes the time; another process that holds the lease for a moment is waited for.
async fn record(core: &Core, lease_id: &str, took: u32) -> Result<LeaseView, Problem> {
    for _ in 0..20 {
        match Work::take(core, lease_id).await {
            Ok(mut work) => {
                if work.row.state == LeaseState::Active && work.row.usable_after_ms.is_none() {
                    work.row.usable_after_ms = Some(took);
                    let seconds = f64::from(took) / 1000.0;
                    work.save(
                        "usable",
                        &format!("The key worked three times in a row after {seconds:.1} s."),
                    )?;
                }
                work.release();
                return Ok(super::view::lease(core, &work.row));
            }
            Err(Fault::Other(problem)) if problem == busy() => {
                core.pause(Duration::from_millis(250)).await;
            }
            Err(fault) => return Err(fault.into()),
        }
    }
    super::row(core, lease_id).map(|row| super::view::lease(core, &row))
}
