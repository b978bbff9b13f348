//! Renewing: the new guard first, then the old one away, then the ledger.

use chrono::{DateTime, Utc};
use leasehold_aws::Entity;
use leasehold_domain::{Code, LeaseState, Moment, Problem, Ttl, guard, renewed_expiry};
use leasehold_store::LeaseRow;

use super::Renewal;
use super::work::{Fault, Work};

/// The moment a renewal would lead to.
pub(super) fn target(
    row: &LeaseRow,
    renewal: &Renewal,
    aws_now: DateTime<Utc>,
) -> Result<DateTime<Utc>, Problem> {
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
    let max = Ttl::from_secs(row.max_ttl_s);
    let add = match renewal {
        Renewal::Default => Ttl::from_secs(row.default_ttl_s),
        Renewal::By(text) => Ttl::parse_bounded("ttl", text)?,
        Renewal::ToMax => {
            let left = row.max_expires_at - row.expires_at;
            if left < chrono::TimeDelta::seconds(1) {
                return Err(
                    Problem::new(Code::Refused, "This lease runs to its maximum already.")
                        .with_hint("Generate a new lease when this one ends."),
                );
            }
            Ttl::from_secs(u64::try_from(left.num_seconds()).unwrap_or(0))
        }
    };
    renewed_expiry(issued, row.expires_at, max, add, aws_now)
}

/// Renews a claimed lease.
pub(super) async fn renew(work: &mut Work<'_>, renewal: &Renewal) -> Result<(), Fault> {
    let to = target(&work.row, renewal, work.aws_now())?;
    work.row.pending_expires_at = Some(to);
    remember_guard(&mut work.row, to);
    work.save(
        "renewing",
        &format!("To be renewed until {}.", Moment::from(to).document()),
    )?;
    finish(work, to).await
}

/// The rest of a renewal whose intent is written: also what a start after a crash does.
pub(super) async fn finish(work: &mut Work<'_>, to: DateTime<Utc>) -> Result<(), Fault> {
    let installation = &work.core.installation;
    let (name, document) = {
        let moment = Moment::from(to);
        (
            guard::until_name(moment, installation),
            guard::until_document(moment),
        )
    };
    let user = work.row.user_name.clone();
    if let Err(fault) = work
        .patient(|| work.aws.put_user_policy(&user, &name, &document))
        .await
    {
        return give_up(work, to, fault).await;
    }
    let old: Vec<_> = work
        .row
        .guards
        .iter()
        .copied()
        .filter(|moment| *moment != to)
        .collect();
    let names: Vec<_> = old
        .iter()
        .map(|moment| guard::until_name(Moment::from(*moment), &work.core.installation))
        .collect();
    let deleted = futures::future::join_all(
        names
            .iter()
            .map(|name| work.patient(|| work.aws.delete_user_policy(&user, name))),
    )
    .await;
    for answer in deleted {
        match answer {
            Err(Fault::Lost) => return Err(Fault::Lost),
            Err(fault)
                if fault
                    .not_there()
                    .is_some_and(|entity| entity != Entity::User) => {}
            Err(fault) => {
                // The earlier date wins meanwhile; the timer tries again.
                let problem = Problem::from(fault);
                work.put_off(&problem)?;
                return Err(Fault::Other(
                    Problem::new(
                        Code::Pending,
                        format!(
                            "The renewal is not finished: {} Until it is, the lease ends at its \
                             earlier time.",
                            problem.message
                        ),
                    )
                    .with_hint(
                        problem
                            .hint
                            .unwrap_or_else(|| "It is tried again by itself.".into()),
                    ),
                ));
            }
            Ok(()) => {}
        }
    }
    work.row.expires_at = to;
    work.row.pending_expires_at = None;
    work.row.guards = vec![to];
    work.row.attempts = 0;
    work.row.next_attempt_at = None;
    work.row.reason = None;
    work.row.hint = None;
    work.save(
        "renewed",
        &format!("Renewed until {}.", Moment::from(to).document()),
    )
}

/// The new guard was not acknowledged: it may stand or not. The old one still does, so the lease
/// ends when it would have; the new name stays recorded for the ending to remove.
async fn give_up(work: &mut Work<'_>, to: DateTime<Utc>, fault: Fault) -> Result<(), Fault> {
    if matches!(fault, Fault::Lost) {
        return Err(fault);
    }
    let name = guard::until_name(Moment::from(to), &work.core.installation);
    let user = work.row.user_name.clone();
    let removed = work.call(work.aws.delete_user_policy(&user, &name)).await;
    let certainly_not_there = match removed {
        Ok(()) => true,
        Err(fault) => fault.not_there().is_some(),
    };
    if certainly_not_there {
        work.row.guards.retain(|moment| *moment != to);
    }
    work.row.pending_expires_at = None;
    let problem = Problem::from(fault);
    work.save("renewal_failed", &problem.message)?;
    Err(Fault::Other(problem))
}

fn remember_guard(row: &mut LeaseRow, moment: DateTime<Utc>) {
    if !row.guards.contains(&moment) {
        row.guards.push(moment);
    }
}
