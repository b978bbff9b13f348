//! Renewing: the new guard first, then the old one away, then the ledger.

use chrono::{DateTime, Utc};
use futures::future::join_all;
use leasehold_domain::guard::{self, GuardKind};
use leasehold_domain::{
    Code, LeaseState, Moment, Problem, Ttl, renewed_expiry, renewed_to_maximum,
};
use leasehold_store::LeaseRow;

use super::Renewal;
use super::compare::later_expiry;
use super::fault::Fault;
use super::work::{Work, one_by_one};
use crate::note::Note;
use crate::wire::ActivityKind;

/// The moment a renewal would lead to.
pub(super) fn target(
    row: &LeaseRow,
    renewal: &Renewal,
    aws_now: DateTime<Utc>,
) -> Result<DateTime<Utc>, Problem> {
    if row.credential.is_session() {
        return Err(Problem::new(
            Code::Refused,
            format!(
                "AWS does not renew a session; this one ends by itself at {}.",
                Moment::from(row.expires_at).document()
            ),
        )
        .with_hint(format!(
            "Get another: `leasehold lease create {}:{}/{}`.",
            row.environment,
            row.folder.trim_end_matches('/'),
            row.secret_name
        )));
    }
    let Some(issued) = row.issued_at.filter(|_| row.state == LeaseState::Active) else {
        return Err(Problem::new(
            Code::Refused,
            format!(
                "Only an active lease can be renewed; this one is {}.",
                row.state.as_str()
            ),
        )
        .with_hint("Generate a new lease."));
    };
    if row.end_asked_at.is_some() {
        return Err(Problem::new(
            Code::Refused,
            "The end of this lease was asked for; it is not renewed any more.",
        )
        .with_hint("Generate a new lease."));
    }
    let max = Ttl::from_secs(row.max_ttl_s);
    let add = match renewal {
        Renewal::Default => Ttl::from_secs(row.default_ttl_s),
        Renewal::By(text) => Ttl::parse_bounded("ttl", text)?,
        Renewal::ToMax => return renewed_to_maximum(issued, row.expires_at, max, aws_now),
    };
    renewed_expiry(issued, row.expires_at, max, add, aws_now)
}

/// Renews a claimed lease.
pub(super) async fn renew(work: &mut Work<'_>, renewal: &Renewal) -> Result<(), Fault> {
    if let Some(to) = work.row.pending_expires_at {
        // An earlier one comes first: until it is finished nobody knows which guard stands.
        finish(work, to).await?;
    }
    let to = match target(&work.row, renewal, work.aws_now()) {
        Ok(to) => to,
        Err(problem) => return Err(refused(work, problem.into())),
    };
    if let Err(fault) = remove_stale(work).await {
        return Err(refused(work, fault));
    }
    work.row.pending_expires_at = Some(to);
    remember_guard(&mut work.row, to);
    work.save(
        ActivityKind::Renewing,
        &format!("To be renewed until {}.", Moment::from(to).document()),
    )?;
    let (put, listed) = tokio::join!(put_guard(work, to), dated_guards(work));
    if let Err(fault) = put.and_then(|()| still_in_time(work)) {
        return give_up(work, to, fault).await;
    }
    if let Some(later) = listed?.and_then(|dated| later_expiry(&work.row, &dated)) {
        return take_over(work, to, later).await;
    }
    replace_guards(work, to).await
}

/// The dated guards in AWS, asked for where this row may be a copy from before a renewal.
async fn dated_guards(work: &Work<'_>) -> Result<Option<Vec<Moment>>, Fault> {
    if work.core.is_confirmed(&work.row) {
        return Ok(None);
    }
    let (aws, user) = (&work.aws, &work.row.user_name);
    let inline = work.steady(|| aws.list_user_policies(user)).await?;
    let mine = Moment::from(work.row.pending_expires_at.unwrap_or(work.row.expires_at));
    let dated =
        inline.iter().filter_map(
            |name| match guard::classify(name, &work.core.installation) {
                GuardKind::Until(moment) if moment != mine => Some(moment),
                _ => None,
            },
        );
    Ok(Some(dated.collect()))
}

/// Somebody renewed it after this copy of the ledger was made: the guard just put is taken away
/// again, and the person decides from the right expiry.
async fn take_over(
    work: &mut Work<'_>,
    to: DateTime<Utc>,
    later: DateTime<Utc>,
) -> Result<(), Fault> {
    super::look::take_over(work, later)?;
    let name = guard::until_name(Moment::from(to), &work.core.installation);
    let (aws, user) = (&work.aws, &work.row.user_name);
    if to != later {
        match one_by_one(|| work.patient(|| aws.delete_user_policy(user, &name))).await {
            Err(fault) if fault.is_gone_from_user() => {}
            answer => answer?,
        }
    }
    work.row.guards = vec![later];
    work.save_quietly()?;
    work.core.confirm(&work.row);
    Err(Fault::Other(
        Problem::new(
            Code::Refused,
            format!(
                "This lease was renewed until {} already, after this copy of the ledger was \
                 made; it was not renewed again.",
                Moment::from(later).document()
            ),
        )
        .with_hint("Renew it once more if that is not long enough."),
    ))
}

/// AWS's answer may have shown that this computer's clock was behind, and the lease's time over:
/// the earlier guard denies by now, and must not be taken away.
fn still_in_time(work: &Work<'_>) -> Result<(), Fault> {
    if work.aws_now() < work.row.expires_at {
        return Ok(());
    }
    Err(Fault::Other(
        Problem::new(
            Code::Refused,
            "The lease's time is over; it cannot be renewed any more.",
        )
        .with_hint("Generate a new lease."),
    ))
}

/// The rest of a renewal whose intent is written: what a start after a crash does. The old guard
/// may be gone by now, so that the new one is never taken away again here.
pub(super) async fn finish(work: &mut Work<'_>, to: DateTime<Utc>) -> Result<(), Fault> {
    match put_guard(work, to).await.and_then(|()| still_in_time(work)) {
        Ok(()) => replace_guards(work, to).await,
        Err(fault) => Err(unfinished(work, fault)),
    }
}

/// Without a renewal under way only the guard of the current expiry is needed. Another one is what
/// a failed renewal left; the budget has room for two.
async fn remove_stale(work: &mut Work<'_>) -> Result<(), Fault> {
    let current = work.row.expires_at;
    if work.row.guards.iter().all(|moment| *moment == current) {
        return Ok(());
    }
    delete_guards(work, current).await?;
    work.row.guards = vec![current];
    work.save_quietly()
}

async fn put_guard(work: &Work<'_>, to: DateTime<Utc>) -> Result<(), Fault> {
    let (aws, user, moment) = (&work.aws, &work.row.user_name, Moment::from(to));
    let name = guard::until_name(moment, &work.core.installation);
    let document = guard::until_document(moment);
    one_by_one(|| work.patient(|| aws.put_user_policy(user, &name, &document))).await
}

/// The old guards away, then the ledger.
async fn replace_guards(work: &mut Work<'_>, to: DateTime<Utc>) -> Result<(), Fault> {
    if let Err(fault) = delete_guards(work, to).await {
        // The earlier date wins meanwhile; the timer tries again.
        return Err(unfinished(work, fault));
    }
    work.row.expires_at = to;
    work.row.notified_minutes = Vec::new();
    work.row.pending_expires_at = None;
    work.row.guards = vec![to];
    work.row.attempts = 0;
    work.row.next_attempt_at = None;
    work.row.reason = None;
    work.row.hint = None;
    work.save(
        ActivityKind::Renewed,
        &format!("Renewed until {}.", Moment::from(to).document()),
    )?;
    work.core.confirm(&work.row);
    Ok(())
}

/// Deletes every recorded guard but one.
async fn delete_guards(work: &Work<'_>, but: DateTime<Utc>) -> Result<(), Fault> {
    let (aws, user) = (&work.aws, &work.row.user_name);
    let others = work.row.guards.iter().filter(|moment| **moment != but);
    let names: Vec<_> = others
        .map(|moment| guard::until_name(Moment::from(*moment), &work.core.installation))
        .collect();
    let deletions = names
        .iter()
        .map(|name| one_by_one(|| work.patient(|| aws.delete_user_policy(user, name))));
    for answer in join_all(deletions).await {
        match answer {
            Err(fault) if fault.is_gone_from_user() => {}
            answer => answer?,
        }
    }
    Ok(())
}

/// Nothing was begun.
fn refused(work: &Work<'_>, fault: Fault) -> Fault {
    if matches!(fault, Fault::Lost) {
        return fault;
    }
    let problem = Problem::from(fault);
    let note = Note::refusal(ActivityKind::RenewRefused, &problem);
    work.core.note_after(work.mine(note).calls(work.log.take()));
    Fault::Other(problem)
}

/// Leaves the rest of a renewal to the timer.
fn unfinished(work: &mut Work<'_>, fault: Fault) -> Fault {
    if matches!(fault, Fault::Lost) {
        return fault;
    }
    let problem = Problem::from(fault);
    if let Err(fault) = work.put_off(&problem) {
        return fault;
    }
    let message = format!(
        "The renewal is not finished: {} Until it is, the lease ends at its earlier time.",
        problem.message
    );
    let hint = problem.hint;
    Fault::Other(
        Problem::new(Code::Pending, message)
            .with_hint(hint.unwrap_or_else(|| "It is tried again by itself.".into())),
    )
}

/// The new guard was not acknowledged: it may stand or not. The old one still does, so the lease
/// ends when it would have; a name that may stand stays recorded for the ending to remove.
async fn give_up(work: &mut Work<'_>, to: DateTime<Utc>, fault: Fault) -> Result<(), Fault> {
    if matches!(fault, Fault::Lost) {
        return Err(fault);
    }
    let name = guard::until_name(Moment::from(to), &work.core.installation);
    let user = work.row.user_name.as_str();
    let removed = work.call(work.aws.delete_user_policy(user, &name)).await;
    let certainly_not_there = match removed {
        Ok(()) => true,
        Err(fault) => fault.is_gone_from_user(),
    };
    if certainly_not_there {
        work.row.guards.retain(|moment| *moment != to);
    }
    work.row.pending_expires_at = None;
    let problem = Problem::from(fault);
    work.save(ActivityKind::RenewalFailed, &problem.message)?;
    Err(Fault::Other(problem))
}

fn remember_guard(row: &mut LeaseRow, moment: DateTime<Utc>) {
    if !row.guards.contains(&moment) {
        row.guards.push(moment);
    }
}
