//! Ending a lease in steps that can be resumed: cut, dismantle, take the guards away, delete.

use leasehold_aws::{Aws, AwsError, AwsErrorKind, Entity, KeyFacts, UserFacts};
use leasehold_domain::guard::{self, GuardKind};
use leasehold_domain::{Code, EndReason, LeaseState, Moment, Problem};

use super::blocker;
use super::fault::Fault;
use super::gone::{gone, is_old_enough};
use super::held::Held;
use super::issue::looks_ours;
use super::session;
use super::takedown::{Act, all};
use super::work::Work;
use crate::wire::ActivityKind;

/// The steps of an ending, each one round trip: key, attachments, guards, user.
pub(super) const STEPS: u32 = 4;
/// So many times AWS may name something else that is in its way within one try.
const CONFLICTS: usize = 4;
/// What `blocked_by` says when somebody else's user stands under the name.
pub(super) const FOREIGN_USER: &str = "foreign user";

/// Everything that hangs on a user and that Leasehold makes the like of.
struct Hanging {
    /// Without the leased key, where this try has deleted it.
    keys: Vec<String>,
    inline: Vec<String>,
    managed: Vec<String>,
    groups: Vec<String>,
}

/// One try at ending a lease. On a failure the row says why and when the next try is due.
pub(super) async fn run(work: &mut Work<'_>) -> Result<(), Fault> {
    tried(work, Reach::User).await
}

/// The same, but only the leased key ends: of many leases all keys go first.
pub(super) async fn run_key(work: &mut Work<'_>) -> Result<(), Fault> {
    tried(work, Reach::Key).await
}

/// How far a try goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Key,
    User,
}

async fn tried(work: &mut Work<'_>, reach: Reach) -> Result<(), Fault> {
    let begun_at = work.row.step;
    let mut ended = steps(work, reach).await;
    if ended.as_ref().is_err_and(Fault::is_clock) {
        // After a sleep many calls learn at once how the clocks stand now.
        ended = steps(work, reach).await;
    }
    let fault = match ended {
        Ok(()) => return Ok(()),
        Err(Fault::Lost) => return Err(Fault::Lost),
        Err(fault) => fault,
    };
    if let Some(action) = fault.denied() {
        work.row.missing_action = Some(action.to_owned());
    }
    if work.row.step > begun_at {
        // It got on: the wait begins anew.
        work.row.attempts = 0;
    }
    let problem = Problem::from(fault);
    work.put_off(&problem)?;
    Err(Fault::Other(problem))
}

async fn steps(work: &mut Work<'_>, reach: Reach) -> Result<(), Fault> {
    if work.row.credential.is_session() {
        return session::end(work).await;
    }
    if reach == Reach::Key {
        return key(work).await;
    }
    let Some(hanging) = cut(work).await? else {
        return Ok(());
    };
    dismantle(work, &hanging).await?;
    if work.row.blocked_by.is_some() {
        // The cut stays on while something is known to be in the way still.
        blocker::take_away(work).await?;
    }
    unguard(work, &hanging).await?;
    delete(work).await
}

/// One round trip: who is it, and end the known key. What is denied or in doubt is left to
/// [`cut`], which knows how to go on.
async fn key(work: &mut Work<'_>) -> Result<(), Fault> {
    let (user, id) = (&work.row.user_name, &work.row.access_key_id);
    let Some(id) = id.as_ref().filter(|_| work.row.step == 0) else {
        return Ok(());
    };
    let aws = work.aws.for_keys();
    let (facts, killed) = tokio::join!(
        work.steady(|| aws.get_user(user)),
        work.steady(|| aws.delete_access_key(user, id)),
    );
    if killed.is_ok() {
        access_is_cut(work, "AWS deleted the key.")?;
    }
    identify(work, &facts?)?;
    killed?;
    work.row.step = work.row.step.max(1);
    work.save_quietly()
}

/// One round trip: who is it, end the known key, list everything. `None` when it is gone.
async fn cut(work: &mut Work<'_>) -> Result<Option<Hanging>, Fault> {
    let (aws, user) = (work.aws.for_keys(), &work.row.user_name);
    // Past the first step AWS has confirmed its end.
    let key = work.row.access_key_id.clone();
    let key = key.filter(|_| work.row.step == 0);
    let (facts, killed, hanging) = tokio::join!(
        work.steady(|| aws.get_user(user)),
        async {
            match &key {
                Some(id) => Some(work.steady(|| aws.delete_access_key(user, id)).await),
                None => None,
            }
        },
        look(work, &aws),
    );
    if matches!(killed, Some(Ok(()))) {
        access_is_cut(work, "AWS deleted the key.")?;
    }
    let facts = match facts {
        Ok(facts) => facts,
        Err(fault) if fault.not_there() == Some(Entity::User) => {
            let key_not_there = is_key_gone(work, killed).await;
            return gone(work, key_not_there).await.map(|()| None);
        }
        Err(fault) => return Err(fault),
    };
    identify(work, &facts)?;
    let is_ended = match killed {
        None | Some(Ok(())) => true,
        Some(Err(fault)) if fault.not_there() == Some(Entity::Key) => {
            access_is_cut(work, "AWS does not know the key any more.")?;
            true
        }
        Some(Err(fault)) => {
            // The key may work still, so everything is denied to it.
            all(work, &[Act::Cut]).await?;
            access_is_cut(work, "AWS denies everything to the key.")?;
            // "No such user" about one that AWS has just shown says nothing of the key: it goes
            // with what is listed.
            if fault.not_there().is_none() {
                return Err(fault);
            }
            false
        }
    };
    let mut hanging = hanging?;
    if is_ended {
        hanging.keys.retain(|id| Some(id) != key.as_ref());
    }
    if let Some(alarm) = quarantine(&hanging.managed) {
        work.row.alarm = Some(alarm);
    }
    work.row.missing_action = None;
    if is_ended {
        work.row.step = work.row.step.max(1);
    }
    work.save_quietly()?;
    Ok(Some(hanging))
}

/// Four lists at once, all pages.
async fn look(work: &Work<'_>, aws: &Aws) -> Result<Hanging, Fault> {
    let user = &work.row.user_name;
    let (keys, inline, managed, groups) = tokio::join!(
        work.steady(|| aws.list_access_keys(user)),
        work.steady(|| aws.list_user_policies(user)),
        work.steady(|| aws.list_attached_user_policies(user)),
        work.steady(|| aws.list_groups_for_user(user)),
    );
    Ok(Hanging {
        keys: ids(keys?),
        inline: inline?,
        managed: managed?,
        groups: groups?,
    })
}

/// Whether deleting the known key says that there is none, in this try or asked now.
async fn is_key_gone(work: &Work<'_>, killed: Option<Result<(), Fault>>) -> bool {
    let (user, known) = (&work.row.user_name, &work.row.access_key_id);
    let killed = match (killed, known) {
        (Some(killed), _) => killed,
        (None, Some(id)) => work.steady(|| work.aws.delete_access_key(user, id)).await,
        (None, None) => return true,
    };
    killed.is_err_and(|fault| fault.not_there().is_some())
}

fn ids(keys: Vec<KeyFacts>) -> Vec<String> {
    keys.into_iter().map(|key| key.id).collect()
}

/// AWS attaches this policy to a user whose key was published ("AWSCompromisedKeyQuarantineV3",
/// AWS Managed Policy Reference).
pub(super) fn quarantine(managed: &[String]) -> Option<String> {
    managed
        .iter()
        .any(|arn| arn.contains(":policy/AWSCompromisedKeyQuarantine"))
        .then(|| "AWS put its quarantine policy on this user: its key was found in public.".into())
}

fn access_is_cut(work: &mut Work<'_>, text: &str) -> Result<(), Fault> {
    if work.row.state == LeaseState::Revoking {
        work.row.state = LeaseState::AccessCut;
        work.row.cut_at = Some(work.aws_now());
        return work.save(ActivityKind::Cut, text);
    }
    Ok(())
}

/// Stops everything when the user is not the one that was made for this lease.
pub(super) fn identify(work: &mut Work<'_>, facts: &UserFacts) -> Result<(), Fault> {
    let ours = match &work.row.user_id {
        Some(id) => *id == facts.user_id,
        None => looks_ours(work, &facts.path, facts.created_at),
    };
    if !ours {
        let text = format!(
            "The user `{}` in account {} is not the one this lease made; nothing of it was \
             touched.",
            work.row.user_name, work.row.account_id
        );
        work.row.alarm = Some(text.clone());
        work.row.blocked_by = Some(FOREIGN_USER.into());
        return Err(Fault::Other(
            Problem::new(Code::AwsForeign, text).with_hint(
                "Find out in the AWS console who made it. Once it is gone, revoke this lease again.",
            ),
        ));
    }
    if work.row.blocked_by.as_deref() == Some(FOREIGN_USER) {
        work.row.blocked_by = None;
    }
    if work.row.user_id.is_none() {
        work.row.user_id = Some(facts.user_id.clone());
        work.row.user_arn.clone_from(&facts.arn);
        work.row.issued_at = Some(facts.created_at);
        work.save_quietly()?;
    }
    Ok(())
}

/// One round trip: deny everything, and take away whatever was given.
async fn dismantle(work: &mut Work<'_>, hanging: &Hanging) -> Result<(), Fault> {
    let given = hanging.inline.iter().filter(|name| !is_guard(work, name));
    let mut acts = vec![Act::Cut];
    acts.extend(hanging.managed.iter().map(|arn| Act::Detach(arn)));
    acts.extend(hanging.groups.iter().map(|group| Act::LeaveGroup(group)));
    acts.extend(given.map(|name| Act::DeletePolicy(name)));
    acts.extend(hanging.keys.iter().map(|id| Act::DeleteKey(id)));
    all(work, &acts).await?;
    access_is_cut(work, "AWS denies the user everything and deleted its keys.")?;
    work.row.step = work.row.step.max(2);
    work.save_quietly()
}

/// One round trip: the guards, the cut sent last. The user holds nothing else by now, and a try
/// that fails half-way begins with a new cut.
async fn unguard(work: &mut Work<'_>, hanging: &Hanging) -> Result<(), Fault> {
    let installation = &work.core.installation;
    let cut = guard::cut_name(installation);
    let listed = hanging.inline.iter().filter(|name| is_guard(work, name));
    let mut names: Vec<String> = listed.cloned().collect();
    // Lists lag: what was put is also deleted by what is recorded of it.
    let dated = work.row.guards.iter();
    let recorded = dated.map(|moment| guard::until_name(Moment::from(*moment), installation));
    names.extend(recorded.chain([guard::self_name(installation)]));
    names.retain(|name| *name != cut);
    names.sort();
    names.dedup();
    names.push(cut);
    let acts: Vec<_> = names.iter().map(|name| Act::DeletePolicy(name)).collect();
    all(work, &acts).await?;
    // Intent: from here on "no such user" may mean that AWS did what is asked next.
    work.row.step = work.row.step.max(3);
    work.save_quietly()
}

/// One round trip: the user itself. Where AWS says that something is in the way it is looked for,
/// taken away, and the user asked for again.
async fn delete(work: &mut Work<'_>) -> Result<(), Fault> {
    for _ in 0..CONFLICTS {
        let Some(refusal) = ask_to_delete(work).await? else {
            return deleted(work);
        };
        let in_the_way = match blocker::named(&refusal) {
            // It came since the lists were made, or they lagged.
            None if blocker::is_like_ours(&refusal) => dismantle_again(work).await,
            _ => match blocker::take_away(work).await {
                Ok(taken) if taken.any => Ok(()),
                Ok(taken) => Err(blocker::unexplained(work, refusal, &taken.unseen)),
                Err(fault) => Err(fault),
            },
        };
        if let Err(fault) = in_the_way {
            return still_cut(work, fault).await;
        }
    }
    let Some(refusal) = ask_to_delete(work).await? else {
        return deleted(work);
    };
    let fault = blocker::unexplained(work, refusal, &[]);
    still_cut(work, fault).await
}

async fn dismantle_again(work: &mut Work<'_>) -> Result<(), Fault> {
    let hanging = look(work, &work.aws).await?;
    dismantle(work, &hanging).await?;
    unguard(work, &hanging).await
}

/// `None` when the user is gone, else AWS's words for what is in the way.
async fn ask_to_delete(work: &Work<'_>) -> Result<Option<AwsError>, Fault> {
    let user = &work.row.user_name;
    match work.steady(|| work.aws.delete_user(user)).await {
        Ok(()) => Ok(None),
        // Gone by an earlier try of this call, or by one whose answer was lost. About a young
        // user it may also mean that AWS does not see it yet.
        Err(Fault::Aws(error))
            if error.kind == AwsErrorKind::NotThere(Entity::User)
                && (error.maybe_done || is_old_enough(work)) =>
        {
            Ok(None)
        }
        Err(Fault::Aws(error)) if error.kind == AwsErrorKind::DeleteConflict => Ok(Some(error)),
        Err(fault) => Err(fault),
    }
}

/// The user stays for a while, so that everything is denied to it again until the next try.
async fn still_cut(work: &Work<'_>, fault: Fault) -> Result<(), Fault> {
    if matches!(fault, Fault::Lost) {
        return Err(fault);
    }
    match all(work, &[Act::Cut]).await {
        Err(Fault::Lost) => Err(Fault::Lost),
        Err(other) => {
            let problem = Problem::from(other);
            tracing::warn!(lease = %work.row.id, %problem, "the cut is not put back");
            Err(fault)
        }
        Ok(()) => Err(fault),
    }
}

fn deleted(work: &mut Work<'_>) -> Result<(), Fault> {
    let text = match work.row.end_reason {
        Some(EndReason::Expired) => "Its time was over; AWS confirmed that the user is gone.",
        Some(EndReason::IssueFailed) => "AWS confirmed that nothing is left of it.",
        _ => "AWS confirmed that the user is gone.",
    };
    rest(work, text)
}

fn is_guard(work: &Work<'_>, name: &str) -> bool {
    matches!(
        guard::classify(name, &work.core.installation),
        GuardKind::SelfProtection | GuardKind::Until(_) | GuardKind::Cut
    )
}

/// The row comes to rest.
pub(super) fn rest(held: &mut Held<'_>, text: &str) -> Result<(), Fault> {
    let now = held.core.clock.now() + held.core.offset_over(&held.row.connection_id);
    let row = &mut held.row;
    let is_session = row.credential.is_session();
    // A session that nobody cut was over when its time was.
    let by_itself = is_session && row.cut_at.is_none();
    row.state = match row.end_reason {
        Some(EndReason::IssueFailed) => LeaseState::Failed,
        _ if by_itself => LeaseState::Expired,
        _ => LeaseState::Revoked,
    };
    row.step = row.total_steps;
    row.ended_at = Some(match by_itself {
        true => now.min(row.expires_at),
        false => now,
    });
    if !by_itself {
        row.cut_at = row.cut_at.or(Some(now));
    }
    row.blocked_by = None;
    row.missing_action = None;
    row.next_attempt_at = None;
    row.recheck_at = None;
    row.kept = false;
    if matches!(row.state, LeaseState::Revoked | LeaseState::Expired) {
        row.reason = None;
        row.hint = None;
    }
    held.written(held.core.store.kept_keys().remove(&held.row.id))?;
    held.save(ActivityKind::Ended, text)
}

/// For an issue that AWS refused before it made anything.
pub(super) fn rest_without_user(work: &mut Work<'_>) -> Result<(), Fault> {
    work.row.end_reason = Some(EndReason::IssueFailed);
    rest(work, "AWS refused; nothing was made.")
}
