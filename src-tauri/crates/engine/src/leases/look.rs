//! One lease compared with its account: what is not as recorded is put right where it is ours to
//! put right, and told where it is not.
//!
//! The reads are one round trip. What follows changes nothing that gives access: keys and inline
//! policies that nobody here made are removed, and every inline policy of ours is put once more,
//! since a list shows names and no permission that is asked for reads documents. What somebody
//! attached, a group, a boundary, a switched-off key are told and left: who may do that in the
//! account may mean it, and Leasehold's permissions do not undo all of it.

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_aws::Entity;
use leasehold_domain::{EndReason, LeaseState, Moment, Problem};

use super::compare::{Age, Finding, Shown, compare};
use super::fault::Fault;
use super::patience::{backoff, spread};
use super::work::Work;
use super::{end, gone, right};
use crate::wire::{ActivityKind, Standing};

/// So often an open lease is looked at while a process runs.
const AGAIN: TimeDelta = TimeDelta::hours(4);
/// What AWS did not show yet, or could not be put right, is looked at again after this.
const SOON: TimeDelta = TimeDelta::minutes(6);
/// A recorded moment of the next look that is farther off was written under a wrong clock.
pub(super) const FARTHEST: TimeDelta = TimeDelta::hours(5);

/// What the reads of one round trip say.
enum Read {
    /// The user and everything that hangs on it.
    Shown(Box<Shown>),
    /// Every one of them: there is no such user.
    NotThere,
    /// They do not agree whether there is such a user.
    Unclear,
}

/// Looks at a claimed active lease once and writes down how it stands. A lease that turns out to
/// have ended is ended here too.
pub(super) async fn look(work: &mut Work<'_>) -> Result<Standing, Fault> {
    let mut read = match self::read(work).await {
        // After a sleep many calls learn at once how the clocks stand now.
        Err(fault) if fault.is_clock() => self::read(work).await?,
        answer => answer?,
    };
    let mut elsewhere = Vec::new();
    if matches!(read, Read::NotThere)
        && gone::is_old_enough(work)
        && let Some(moved) = gone::elsewhere(work).await?
    {
        elsewhere.push(follow(work, &moved.name, &moved.path, &moved.arn));
        work.save_quietly()?;
        read = self::read(work).await?;
    }
    match read {
        Read::Shown(shown) => judge(work, &shown, elsewhere).await,
        Read::Unclear => not_seen(work),
        Read::NotThere if !gone::is_old_enough(work) => not_seen(work),
        Read::NotThere => {
            if gone::prove(work).await? {
                return Ok(Standing::Gone);
            }
            not_seen(work)
        }
    }
}

/// One round trip: who is it, and everything that hangs on it.
async fn read(work: &Work<'_>) -> Result<Read, Fault> {
    let (aws, user) = (&work.aws, work.row.user_name.as_str());
    let (facts, keys, inline, managed, groups) = tokio::join!(
        work.steady(|| aws.get_user(user)),
        work.steady(|| aws.list_access_keys(user)),
        work.steady(|| aws.list_user_policies(user)),
        work.steady(|| aws.list_attached_user_policies(user)),
        work.steady(|| aws.list_groups_for_user(user)),
    );
    let no_user = |fault: Option<&Fault>| fault.and_then(Fault::not_there) == Some(Entity::User);
    let missing = [
        no_user(facts.as_ref().err()),
        no_user(keys.as_ref().err()),
        no_user(inline.as_ref().err()),
        no_user(managed.as_ref().err()),
        no_user(groups.as_ref().err()),
    ];
    if missing.iter().all(|missing| *missing) {
        return Ok(Read::NotThere);
    }
    if missing.iter().any(|missing| *missing) {
        return Ok(Read::Unclear);
    }
    Ok(Read::Shown(Box::new(Shown {
        facts: facts?,
        keys: keys?,
        inline: inline?,
        managed: managed?,
        groups: groups?,
    })))
}

async fn judge(
    work: &mut Work<'_>,
    shown: &Shown,
    mut findings: Vec<Finding>,
) -> Result<Standing, Fault> {
    if work
        .row
        .user_id
        .as_ref()
        .is_some_and(|id| *id != shown.facts.user_id)
    {
        return foreign(work);
    }
    if shown.facts.path != work.row.iam_path || shown.facts.arn != work.row.user_arn {
        let (path, arn) = (shown.facts.path.clone(), shown.facts.arn.clone());
        let name = work.row.user_name.clone();
        findings.push(follow(work, &name, &path, &arn));
    }
    let age = match gone::is_old_enough(work) {
        true => Age::Settled,
        false => Age::Young,
    };
    let ledger = work.core.ledger(&work.row);
    let compared = compare(&work.row, shown, &work.core.installation, ledger, age);
    if compared.cut {
        return cut_already(work).await;
    }
    if let Some(later) = compared.later_expiry {
        take_over(work, later)?;
    }
    let done = right::put(work, &compared).await?;
    let mut standing = compared.standing();
    if standing == Standing::Live || standing == Standing::PutRight {
        let moved = !findings.is_empty();
        let failed = !done.went_well;
        if moved || failed {
            standing = Standing::Drifted;
        }
    }
    findings.extend(done.findings);
    findings.extend(compared.findings);
    if done.went_well && work.row.pending_expires_at.is_none() {
        work.row.guards = vec![work.row.expires_at];
    }
    let next = if done.went_well { AGAIN } else { SOON };
    record(work, standing, findings, next)?;
    work.core.confirm(&work.row);
    Ok(standing)
}

/// The row names the user as AWS does now; the guard of its ARN is put anew afterwards.
fn follow(work: &mut Work<'_>, name: &str, path: &str, arn: &str) -> Finding {
    let row = &mut work.row;
    let text = if row.user_name == name {
        format!(
            "Somebody moved the user from the path {} to {path}.",
            row.iam_path
        )
    } else {
        format!(
            "Somebody renamed the user from `{}` to `{name}`.",
            row.user_name
        )
    };
    row.user_name = name.to_owned();
    row.iam_path = path.to_owned();
    row.user_arn = arn.to_owned();
    Finding::alarm(text)
}

/// AWS denies everything by a cut of ours, though the ledger knows of no ending: a copy from before
/// a revoke. Nothing but an ending puts a cut, so that the ending goes on; access that was cut is
/// never opened again.
async fn cut_already(work: &mut Work<'_>) -> Result<Standing, Fault> {
    work.begin_end(
        EndReason::ByUs,
        "AWS holds this lease's cut: its end had begun after this copy of the ledger was made.",
    )?;
    end::run(work).await?;
    Ok(Standing::Gone)
}

/// The ledger is behind: committed before AWS is asked for anything else.
pub(super) fn take_over(work: &mut Work<'_>, later: DateTime<Utc>) -> Result<(), Fault> {
    let text = format!(
        "AWS holds a later guard than this ledger knew: it was renewed until {} after this copy \
         of the ledger was made. That expiry counts.",
        Moment::from(later).document()
    );
    work.row.expires_at = later;
    work.row.pending_expires_at = None;
    if !work.row.guards.contains(&later) {
        work.row.guards.push(later);
    }
    work.row.standing = Some(Standing::LedgerBehind.as_str().to_owned());
    work.save(ActivityKind::LedgerBehind, &text)
}

fn foreign(work: &mut Work<'_>) -> Result<Standing, Fault> {
    let text = format!(
        "The user `{}` in account {} is not the one this lease made; nothing of it was touched.",
        work.row.user_name, work.row.account_id
    );
    record(work, Standing::Foreign, vec![Finding::alarm(text)], AGAIN)?;
    work.core.confirm(&work.row);
    Ok(Standing::Foreign)
}

fn not_seen(work: &mut Work<'_>) -> Result<Standing, Fault> {
    let text = "AWS does not show the user everywhere, and it is too early to be sure.";
    record(work, Standing::NotSeen, vec![Finding::note(text)], SOON)?;
    Ok(Standing::NotSeen)
}

/// AWS could not be asked about this lease. Told once; the row keeps what was found before.
pub(super) fn unknown(work: &mut Work<'_>, problem: &Problem) -> Result<(), Fault> {
    let standing = Standing::Unknown.as_str();
    work.row.recheck_at = Some(work.core.clock.now() + backoff(20));
    if work.row.standing.as_deref() == Some(standing)
        && work.row.findings.contains(&problem.message)
    {
        return work.save_quietly();
    }
    work.row.standing = Some(standing.to_owned());
    if !work.row.findings.contains(&problem.message) {
        work.row.findings.push(problem.message.clone());
    }
    work.save_quietly()
}

/// Writes down how the lease stands. What was said at the last look already is not said again.
fn record(
    work: &mut Work<'_>,
    standing: Standing,
    findings: Vec<Finding>,
    next: TimeDelta,
) -> Result<(), Fault> {
    let before = std::mem::take(&mut work.row.findings);
    let was_off = matches!(
        work.row.standing.as_deref().and_then(Standing::parse),
        Some(Standing::Drifted | Standing::Quarantined | Standing::Foreign | Standing::NotSeen)
    );
    let news: Vec<_> = findings
        .iter()
        .filter(|f| !before.contains(&f.text))
        .collect();
    let said = sentences(news.iter().map(|finding| finding.text.as_str()));
    let alarms = sentences(news.iter().filter(|f| f.alarm).map(|f| f.text.as_str()));
    let now = work.core.clock.now();
    let aws_now = work.aws_now();
    let row = &mut work.row;
    row.reconciled_at = Some(aws_now);
    row.standing = Some(standing.as_str().to_owned());
    row.findings = findings
        .iter()
        .map(|finding| finding.text.clone())
        .collect();
    row.recheck_at = Some(now + spread(next));
    if row.pending_expires_at.is_none() && row.state == LeaseState::Active {
        row.attempts = 0;
        row.next_attempt_at = None;
        row.reason = None;
        row.hint = None;
    }
    if !alarms.is_empty() {
        row.alarm = Some(match row.alarm.take() {
            Some(earlier) if !alarms.contains(&earlier) => format!("{earlier} {alarms}"),
            _ => alarms.clone(),
        });
    }
    if !said.is_empty() {
        work.save(ActivityKind::Drift, &said)?;
    } else if was_off && standing == Standing::Live {
        work.save(
            ActivityKind::AsRecorded,
            "Compared with the account: all is as recorded again.",
        )?;
    } else {
        work.save_quietly()?;
    }
    Ok(())
}

fn sentences<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.collect::<Vec<_>>().join(" ")
}
