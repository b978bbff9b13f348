//! The whole life of one lease, made by the same code as any other, with a key that nobody sees.
//!
//! Its lease is an ordinary row, so that whatever breaks off is found and finished by the next start.

use leasehold_domain::{Code, LeaseState, Problem};
use leasehold_store::LeaseRow;

use super::Flight;
use super::verdicts::denied_action;
use crate::leases::session::own_role;
use crate::leases::{Leases, Renewal};
use crate::wire::{Canary, CanaryStep, CanaryStepName};

/// What a canary is issued for, and renewed by: the shortest time there is.
pub(crate) const TTL: &str = "1m";
/// The shortest that STS gives.
pub(crate) const SESSION_TTL: &str = "15m";
/// Its label in the list of leases.
pub(crate) const LABEL: &str = "canary";

/// Flies one: issue, renew, revoke. A session has no renewal, and a revoke only where our policy can stand on
/// its role; else it is left to its own end, and nothing of that can fail.
///
/// # Errors
/// Nothing was made: the lease could not even be recorded.
pub(super) async fn fly(flight: &Flight<'_>) -> Result<Canary, Problem> {
    let leases = Leases(flight.core);
    let id = uuid::Uuid::new_v4().to_string();
    let mut steps = Vec::new();
    let mut step = |step, problem: Option<Problem>| steps.push(CanaryStep { step, problem });

    let issued = leases.issue_canary(flight.secret, &id).await;
    let Some(row) = row(flight, &id)? else {
        let unrecorded = Problem::new(Code::Internal, "The canary was not recorded.");
        return Err(issued.err().unwrap_or(unrecorded));
    };
    let made = issued.is_ok();
    step(CanaryStepName::Issue, issued.err());
    let is_session = row.credential.is_session();
    if made {
        if !is_session {
            let renewed = leases.renew(&id, &Renewal::By(TTL.into())).await;
            step(CanaryStepName::Renew, renewed.err().map(with_denied_code));
        }
        let revoked = leases.revoke(std::slice::from_ref(&id)).await;
        let left = row_at_rest(flight, &id)?.err();
        if !is_session || own_role(&row).is_some() {
            step(CanaryStepName::Revoke, revoked.err().or(left));
        }
    } else if row.user_id.is_some() && !is_session {
        // A failed issue is undone by the same steps as a revoke; only a failure of them is news.
        if let Err(left) = row_at_rest(flight, &id)? {
            step(CanaryStepName::Revoke, Some(left));
        }
    }
    let passed = steps.iter().all(|one| one.problem.is_none());
    Ok(Canary {
        at: flight.core.clock.now(),
        user_name: row.user_name,
        lease_id: id,
        steps,
        passed,
    })
}

fn row(flight: &Flight<'_>, id: &str) -> Result<Option<LeaseRow>, Problem> {
    Ok(flight.core.store.leases().by_id(id)?)
}

/// Whether nothing of it is left; else what stands in the way.
fn row_at_rest(flight: &Flight<'_>, id: &str) -> Result<Result<(), Problem>, Problem> {
    let Some(row) = row(flight, id)? else {
        return Ok(Ok(()));
    };
    let is_cut = row.credential.is_session() && row.state == LeaseState::AccessCut;
    if row.state.is_rest() || is_cut {
        return Ok(Ok(()));
    }
    let message = row
        .reason
        .unwrap_or_else(|| "The user of the canary is not gone yet.".into());
    let mut problem = Problem::new(Code::Pending, message);
    problem.hint = row.hint;
    Ok(Err(with_denied_code(problem)))
}

/// Work that is left to the timer says *pending*; what AWS denied is the reason that counts here.
fn with_denied_code(problem: Problem) -> Problem {
    match denied_action(&problem.message) {
        Some(_) => Problem {
            code: Code::AwsDenied,
            ..problem
        },
        None => problem,
    }
}
