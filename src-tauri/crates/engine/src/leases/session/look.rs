//! A look at a session. AWS lists none, so that there is nothing to compare: what can be found out is what
//! time it is, and what can be put right is the policy of one that was cut.

use leasehold_domain::{EndReason, LeaseState, Problem};

use super::super::end;
use super::super::fault::Fault;
use super::super::held::Held;
use super::super::reconcile::Looked;
use super::super::work::{Work, reach};
use super::cut::put_again;
use super::{may_last_from_now, settle};
use crate::wire::Standing;

/// What a look finds and does. The claim is given back.
pub(in super::super) async fn look(mut held: Held<'_>) -> Result<Looked, Fault> {
    let looked = match held.row.state {
        LeaseState::Active => at_the_time(&mut held).await,
        _ => return finish(held).await,
    };
    held.release();
    looked
}

/// Where AWS cannot be asked this computer's clock decides: nothing is taken away by it.
async fn at_the_time(held: &mut Held<'_>) -> Result<Looked, Fault> {
    let asked = ask(held).await;
    held.core
        .note_problem(&held.row.connection_id, asked.as_ref().err());
    held.core.confirm(&held.row);
    let is_over = settle(held)?;
    Ok(match asked {
        Err(problem) if !is_over => Looked::Unreachable(problem),
        _ => Looked::As(Standing::Live),
    })
}

async fn ask(held: &Held<'_>) -> Result<(), Problem> {
    let (aws, connection) = reach(held.core, &held.row).await?;
    aws.noted_in(held.log.clone()).caller_identity().await?;
    held.core.share_offset(&connection);
    Ok(())
}

async fn finish(mut held: Held<'_>) -> Result<Looked, Fault> {
    let waits = match begin(&mut held) {
        Ok(waits) => waits,
        Err(fault) => {
            held.release();
            return Err(fault);
        }
    };
    let is_cut = held.row.state == LeaseState::AccessCut;
    if waits && !(is_cut && super::aws_now(&held) < held.row.expires_at) {
        held.release();
        return Ok(Looked::As(Standing::Live));
    }
    let mut work = match Work::connect(held).await {
        Ok(work) => work,
        Err(Fault::Lost) => return Err(Fault::Lost),
        Err(fault) => return Ok(Looked::Unreachable(fault.into())),
    };
    let ended = match waits {
        true => put_again(&work).await,
        false => end::run(&mut work).await,
    };
    work.release();
    match ended {
        Ok(()) => Ok(Looked::As(Standing::Live)),
        Err(Fault::Lost) => Err(Fault::Lost),
        Err(fault) => Ok(Looked::Refused(fault.into())),
    }
}

/// Whether nothing is to be done with it before its end.
fn begin(held: &mut Held<'_>) -> Result<bool, Fault> {
    if held.row.state == LeaseState::Issuing {
        may_last_from_now(held);
        held.begin_end(EndReason::IssueFailed, super::super::NOBODY_HAS_IT)?;
    }
    settle(held)
}
