//! Cutting a session before its time, and taking the policy that did it off the role again.

use leasehold_aws::AwsErrorKind;
use leasehold_domain::{LeaseState, Moment, Problem, RoleArn, session};

use super::super::end::rest;
use super::super::fault::Fault;
use super::super::work::Work;
use super::{SLACK, by_itself, own_role, settle};
use crate::wire::ActivityKind;

/// One try at ending a session.
pub(in super::super) async fn end(work: &mut Work<'_>) -> Result<(), Fault> {
    if settle(work)? {
        return Ok(());
    }
    let Some(role) = own_role(&work.row) else {
        return Ok(()); // Then `settle` had it wait.
    };
    if work.aws_now() < work.row.expires_at {
        return cut(work, &role).await;
    }
    take_off(work, &role).await
}

/// The intent, then the policy, then that it stands. Putting it twice is putting it once.
async fn cut(work: &mut Work<'_>, role: &RoleArn) -> Result<(), Fault> {
    let name = session::cut_policy_name(&work.core.installation, &work.row.id);
    let document = session::cut_policy_document(work.row.user_id.as_deref(), &work.row.user_name);
    let is_first = work.row.cut_policy.is_none();
    work.core.store.kept_keys().remove(&work.row.id)?;
    work.row.kept = false;
    work.row.cut_policy = Some(name.clone());
    work.save_quietly()?;
    let aws = work.aws.for_keys();
    let put = work
        .steady(|| aws.put_role_policy(role.name(), &name, &document))
        .await;
    if let Err(fault) = put {
        return Err(not_cut(work, role, fault, is_first)?);
    }
    work.row.state = LeaseState::AccessCut;
    work.row.step = work.row.step.max(1);
    work.row.cut_at = Some(work.aws_now());
    work.row.attempts = 0;
    work.row.reason = None;
    work.row.hint = None;
    work.row.missing_action = None;
    work.row.next_attempt_at = Some(super::over_at(work) + SLACK);
    let text = format!(
        "AWS took the policy that denies everything to this session. It goes from the role {} after {}, \
         when the session is over.",
        role.name(),
        Moment::from(work.row.expires_at).document()
    );
    work.save(ActivityKind::Cut, &text)
}

/// Puts the policy of a session that was cut once more, as guards of users are: whoever may change the role may
/// have taken it off.
pub(super) async fn put_again(work: &Work<'_>) -> Result<(), Fault> {
    let (Some(role), Some(policy)) = (own_role(&work.row), &work.row.cut_policy) else {
        return Ok(());
    };
    let document = session::cut_policy_document(work.row.user_id.as_deref(), &work.row.user_name);
    let aws = work.aws.for_keys();
    work.steady(|| aws.put_role_policy(role.name(), policy, &document))
        .await
}

/// A refusal says that the policy is not there, unless an earlier try may have put it.
fn not_cut(
    work: &mut Work<'_>,
    role: &RoleArn,
    fault: Fault,
    is_first: bool,
) -> Result<Fault, Fault> {
    let Fault::Aws(error) = fault else {
        return Ok(fault);
    };
    if is_first && !error.maybe_done {
        work.row.cut_policy = None;
        work.save_quietly()?;
    }
    let mut problem = Problem::from(&error);
    let statement = session::cut_statement(role.as_str());
    match &error.kind {
        AwsErrorKind::Denied { action, .. } => {
            work.row.missing_action = Some(action.clone());
            problem = problem.with_hint(format!(
                "To end it now, add this statement to the policy of the managing user: {statement}"
            ));
        }
        AwsErrorKind::Limit => {
            problem = problem.with_hint(format!(
                "The inline policies of the role {} have no room left (10,240 characters): take one away, \
                 or wait until an earlier session that was cut is over.",
                role.name()
            ));
        }
        _ => {}
    }
    problem.message = format!("{} {}", problem.message, by_itself(&work.row));
    Ok(Fault::Other(problem))
}

/// The session is over: our policy goes from the role, and the lease is at rest.
async fn take_off(work: &mut Work<'_>, role: &RoleArn) -> Result<(), Fault> {
    if !work.core.is_clock_sure(&work.connection) {
        // A clock that runs ahead would give access back.
        work.call(work.aws.caller_identity()).await?;
        if settle(work)? || work.aws_now() < work.row.expires_at {
            return Ok(());
        }
    }
    if let Some(policy) = work.row.cut_policy.clone() {
        let aws = &work.aws;
        let gone = work
            .steady(|| aws.delete_role_policy(role.name(), &policy))
            .await;
        match gone {
            Ok(()) => {}
            Err(fault) if fault.not_there().is_some() => {}
            Err(fault) => return Err(still_there(work, role, &policy, fault)),
        }
        work.row.cut_policy = None;
    }
    work.row.step = super::STEPS;
    if work.row.cut_at.is_none() {
        return super::rest_by_itself(work);
    }
    rest(
        work,
        "AWS denied the session everything until its end; our policy is off its role again.",
    )
}

fn still_there(work: &mut Work<'_>, role: &RoleArn, policy: &str, fault: Fault) -> Fault {
    if let Some(action) = fault.denied() {
        work.row.missing_action = Some(action.to_owned());
    }
    if matches!(fault, Fault::Lost) {
        return fault;
    }
    let mut problem = Problem::from(fault);
    problem.message = format!(
        "The session is over, but the policy {policy} is still on the role {}: {}",
        role.name(),
        problem.message
    );
    Fault::Other(problem)
}
