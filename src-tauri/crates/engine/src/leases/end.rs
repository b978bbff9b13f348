//! Ending a lease in steps that can be resumed: cut, dismantle, take the guards away, delete.

use chrono::TimeDelta;
use futures::future::join_all;
use leasehold_aws::{AwsErrorKind, Entity, UserFacts};
use leasehold_domain::guard::{self, GuardKind};
use leasehold_domain::{Code, EndReason, LeaseState, Problem};

use super::issue::looks_ours;
use super::work::{Fault, Work};

/// The steps of an ending, each one round trip: key, attachments, guards, user.
pub(super) const STEPS: u32 = 4;
/// "No such user" about a younger record may only mean that AWS does not see it yet.
const YOUNG: TimeDelta = TimeDelta::minutes(5);
/// What `blocked_by` says when somebody else's user stands under the name.
pub(super) const FOREIGN_USER: &str = "foreign user";

/// Everything that hangs on a user.
struct Hanging {
    keys: Vec<String>,
    inline: Vec<String>,
    managed: Vec<String>,
    groups: Vec<String>,
}

/// One try at ending a lease. On a failure the row says why and when the next try is due.
pub(super) async fn run(work: &mut Work<'_>) -> Result<(), Fault> {
    match steps(work).await {
        Ok(()) => Ok(()),
        Err(Fault::Lost) => Err(Fault::Lost),
        Err(fault) => {
            if let Fault::Aws(error) = &fault
                && error.kind == AwsErrorKind::DeleteConflict
            {
                work.row.blocked_by = Some(blocker(&error.message));
            }
            let problem = Problem::from(fault);
            work.put_off(&problem)?;
            Err(Fault::Other(problem))
        }
    }
}

async fn steps(work: &mut Work<'_>) -> Result<(), Fault> {
    let Some(hanging) = cut(work).await? else {
        return Ok(());
    };
    dismantle(work, &hanging).await?;
    unguard(work, &hanging).await?;
    delete(work).await
}

/// One round trip: who is it, end the known key, list everything. `None` when it is gone.
async fn cut(work: &mut Work<'_>) -> Result<Option<Hanging>, Fault> {
    let (aws, user, key) = (&work.aws, &work.row.user_name, &work.row.access_key_id);
    let (facts, killed, keys, inline, managed, groups) = tokio::join!(
        work.call(aws.get_user(user)),
        async {
            match key {
                Some(id) => work.call(aws.delete_access_key(user, id)).await,
                None => Ok(()),
            }
        },
        work.call(aws.list_access_keys(user)),
        work.call(aws.list_user_policies(user)),
        work.call(aws.list_attached_user_policies(user)),
        work.call(aws.list_groups_for_user(user)),
    );
    let killed_not_there = killed.as_ref().err().and_then(Fault::not_there).is_some();
    let facts = match facts {
        Ok(facts) => facts,
        Err(fault) if fault.not_there() == Some(Entity::User) => {
            return gone(work, killed_not_there).await.map(|()| None);
        }
        Err(fault) => {
            // The key may be gone all the same; that is worth knowing at once.
            if killed.is_ok() && work.row.access_key_id.is_some() {
                access_is_cut(work)?;
            }
            return Err(fault);
        }
    };
    identify(work, &facts)?;
    let hanging = Hanging {
        keys: ids(keys?),
        inline: inline?,
        managed: managed?,
        groups: groups?,
    };
    match killed {
        Ok(()) => {}
        Err(fault) if fault.not_there().is_some() => {}
        Err(fault) => return Err(fault),
    }
    if hanging
        .managed
        .iter()
        .any(|arn| arn.contains("/AWSCompromisedKeyQuarantine"))
    {
        work.row.alarm =
            Some("AWS put its quarantine policy on this user: its key was found in public.".into());
    }
    work.row.step = work.row.step.max(1);
    access_is_cut(work)?;
    Ok(Some(hanging))
}

fn ids(keys: Vec<leasehold_aws::KeyFacts>) -> Vec<String> {
    keys.into_iter().map(|key| key.id).collect()
}

fn access_is_cut(work: &mut Work<'_>) -> Result<(), Fault> {
    if work.row.state == LeaseState::Revoking {
        work.row.state = LeaseState::AccessCut;
        work.row.cut_at = Some(work.core.clock.now());
        return work.save("cut", "AWS deleted the key.");
    }
    Ok(())
}

/// Stops everything when the user is not the one that was made for this lease.
fn identify(work: &mut Work<'_>, facts: &UserFacts) -> Result<(), Fault> {
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
            Problem::new(Code::AwsForeign, text)
                .with_hint("Look at the user in the AWS console; forget this lease if it is gone."),
        ));
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
    let installation = &work.core.installation;
    let (aws, user) = (&work.aws, work.row.user_name.as_str());
    let known = work.row.access_key_id.as_deref();
    let cut_name = guard::cut_name(installation);
    let cut_document = guard::cut_document();
    let mut acts: Vec<Act<'_>> =
        vec![Box::pin(work.patient(|| {
            aws.put_user_policy(user, &cut_name, &cut_document)
        }))];
    for arn in &hanging.managed {
        acts.push(Box::pin(work.patient(|| aws.detach_user_policy(user, arn))));
    }
    for group in &hanging.groups {
        acts.push(Box::pin(
            work.patient(|| aws.remove_user_from_group(user, group)),
        ));
    }
    for name in hanging.inline.iter().filter(|name| !is_guard(work, name)) {
        acts.push(Box::pin(
            work.patient(|| aws.delete_user_policy(user, name)),
        ));
    }
    for id in hanging.keys.iter().filter(|id| Some(id.as_str()) != known) {
        acts.push(Box::pin(work.patient(|| aws.delete_access_key(user, id))));
    }
    all(acts).await?;
    work.row.step = work.row.step.max(2);
    work.save_quietly()
}

/// One round trip: the guards, the cut sent last. The user holds nothing else by now, and a try
/// that fails half-way begins with a new cut.
async fn unguard(work: &mut Work<'_>, hanging: &Hanging) -> Result<(), Fault> {
    let installation = &work.core.installation;
    let (aws, user) = (&work.aws, work.row.user_name.as_str());
    let mut names: Vec<String> = hanging
        .inline
        .iter()
        .filter(|name| is_guard(work, name))
        .cloned()
        .collect();
    let recorded = work
        .row
        .guards
        .iter()
        .map(|moment| guard::until_name(leasehold_domain::Moment::from(*moment), installation));
    for name in recorded.chain([guard::self_name(installation)]) {
        if work.row.user_id.is_some() && !names.contains(&name) {
            names.push(name);
        }
    }
    let cut = guard::cut_name(installation);
    names.retain(|name| *name != cut);
    names.push(cut);
    let acts = names
        .iter()
        .map(|name| -> Act<'_> { Box::pin(work.patient(|| aws.delete_user_policy(user, name))) })
        .collect();
    all(acts).await?;
    // Intent: from here on "no such user" means that AWS did what is asked next.
    work.row.step = work.row.step.max(3);
    work.save_quietly()
}

/// One round trip: the user itself.
async fn delete(work: &mut Work<'_>) -> Result<(), Fault> {
    match work.call(work.aws.delete_user(&work.row.user_name)).await {
        Ok(()) => {}
        Err(fault) if fault.not_there() == Some(Entity::User) => {}
        Err(fault) => return Err(fault),
    }
    let text = match work.row.end_reason {
        Some(EndReason::Expired) => "Its time was over; AWS confirmed that the user is gone.",
        Some(EndReason::IssueFailed) => "AWS confirmed that nothing is left of it.",
        _ => "AWS confirmed that the user is gone.",
    };
    rest(work, text)
}

type Act<'a> = std::pin::Pin<Box<dyn Future<Output = Result<(), Fault>> + Send + 'a>>;

/// Does all at once, then what met `ConcurrentModification` is left to the next try. What is not
/// there any more is done.
async fn all(acts: Vec<Act<'_>>) -> Result<(), Fault> {
    for answer in join_all(acts).await {
        match answer {
            Err(fault)
                if fault
                    .not_there()
                    .is_some_and(|entity| entity != Entity::User) => {}
            answer => answer?,
        }
    }
    Ok(())
}

fn is_guard(work: &Work<'_>, name: &str) -> bool {
    matches!(
        guard::classify(name, &work.core.installation),
        GuardKind::SelfProtection | GuardKind::Until(_) | GuardKind::Cut
    )
}

/// AWS says that there is no such user. Believed only when it cannot be a mistake.
async fn gone(work: &mut Work<'_>, key_is_gone_too: bool) -> Result<(), Fault> {
    if work.row.step >= 3 {
        return rest(work, "AWS confirmed that the user is gone.");
    }
    let old_enough = work.core.clock.now() - work.row.created_at > YOUNG;
    if old_enough && work.row.user_id.is_none() {
        return rest(work, "AWS never had this user; nothing is left of it.");
    }
    let key_is_gone = key_is_gone_too || work.row.access_key_id.is_none();
    if old_enough && key_is_gone {
        let caller = work.call(work.aws.caller_identity()).await?;
        if caller.account == work.row.account_id {
            work.row.end_reason = match work.row.end_reason {
                Some(EndReason::IssueFailed) => Some(EndReason::IssueFailed),
                _ => Some(EndReason::GoneOutside),
            };
            return rest(
                work,
                "Somebody else removed the user; AWS knows neither it nor its key.",
            );
        }
        return Err(Fault::Other(
            Problem::new(
                Code::AwsForeign,
                format!(
                    "The connection `{}` reaches account {}, but this lease is in {}.",
                    work.connection.name, caller.account, work.row.account_id
                ),
            )
            .with_hint("Give the connection a key of the account the lease was made in."),
        ));
    }
    Err(Fault::Other(
        Problem::new(
            Code::AwsNotThere,
            "AWS does not show the user (yet); it is too young to be sure.",
        )
        .with_hint("Leasehold asks again by itself and is sure five minutes after the start."),
    ))
}

/// The row comes to rest.
fn rest(work: &mut Work<'_>, text: &str) -> Result<(), Fault> {
    let now = work.core.clock.now();
    work.row.state = match work.row.end_reason {
        Some(EndReason::IssueFailed) => LeaseState::Failed,
        _ => LeaseState::Revoked,
    };
    work.row.step = STEPS;
    work.row.ended_at = Some(now);
    work.row.cut_at = work.row.cut_at.or(Some(now));
    work.row.blocked_by = None;
    work.row.next_attempt_at = None;
    work.row.recheck_at = None;
    work.row.kept = false;
    if work.row.state == LeaseState::Revoked {
        work.row.reason = None;
        work.row.hint = None;
    }
    work.core.store.kept_keys().remove(&work.row.id)?;
    work.save("ended", text)
}

/// For an issue that AWS refused before it made anything.
pub(super) fn rest_without_user(work: &mut Work<'_>) -> Result<(), Fault> {
    work.row.end_reason = Some(EndReason::IssueFailed);
    rest(work, "AWS refused; nothing was made.")
}

/// What AWS says must go first, in its words: "Cannot delete entity, must remove login profile
/// first."
fn blocker(message: &str) -> String {
    let words = message
        .split_once("must ")
        .map_or(message, |(_, rest)| rest)
        .trim_start_matches("delete ")
        .trim_start_matches("remove ")
        .trim_start_matches("detach ")
        .trim_end_matches('.')
        .trim_end_matches(" first");
    words.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_blocker_is_named_in_few_words() {
        assert_eq!(
            blocker("Cannot delete entity, must delete login profile first."),
            "login profile"
        );
        assert_eq!(
            blocker("Cannot delete entity, must remove tokens first."),
            "tokens"
        );
        assert_eq!(blocker("no idea"), "no idea");
    }
}
