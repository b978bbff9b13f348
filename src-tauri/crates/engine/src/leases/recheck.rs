//! Half a minute after an issue: what hangs on the user is listed once more, because the holder
//! could act before self-protection had reached every place where IAM decides.

use leasehold_domain::Moment;
use leasehold_domain::guard::{self, GuardKind};

use super::end::{identify, quarantine};
use super::fault::Fault;
use super::work::Work;

/// Puts back what is missing of ours, removes keys and inline policies that are not, and tells of
/// the rest.
pub(super) async fn run(work: &mut Work<'_>) -> Result<(), Fault> {
    let (aws, user) = (&work.aws, work.row.user_name.as_str());
    let (facts, keys, inline, managed, groups) = tokio::join!(
        work.patient(|| aws.get_user(user)),
        work.patient(|| aws.list_access_keys(user)),
        work.patient(|| aws.list_user_policies(user)),
        work.patient(|| aws.list_attached_user_policies(user)),
        work.patient(|| aws.list_groups_for_user(user)),
    );
    identify(work, &facts?)?;
    let (keys, inline, managed, groups) = (keys?, inline?, managed?, groups?);
    let (aws, user) = (&work.aws, work.row.user_name.as_str());
    let mut found = Vec::new();
    for key in keys
        .iter()
        .filter(|key| Some(&key.id) != work.row.access_key_id.as_ref())
    {
        work.patient(|| aws.delete_access_key(user, &key.id))
            .await?;
        found.push(format!("a key nobody here made was removed ({})", key.id));
    }
    let documents = work.row.documents.len();
    for name in &inline {
        let ours = match guard::classify(name, &work.core.installation) {
            GuardKind::SelfProtection | GuardKind::Until(_) | GuardKind::Cut => true,
            GuardKind::Document(n) => (1..=documents).contains(&n),
            _ => false,
        };
        if !ours {
            work.patient(|| aws.delete_user_policy(user, name)).await?;
            found.push(format!(
                "an inline policy nobody here made was removed ({name})"
            ));
        }
    }
    let moment = Moment::from(work.row.expires_at);
    let installation = &work.core.installation;
    for (name, document) in [
        (
            guard::self_name(installation),
            guard::self_document(&work.row.user_arn),
        ),
        (
            guard::until_name(moment, installation),
            guard::until_document(moment),
        ),
    ] {
        if !inline.contains(&name) {
            work.patient(|| aws.put_user_policy(user, &name, &document))
                .await?;
            found.push(format!("a missing guard was put back ({name})"));
        }
    }
    for arn in managed
        .iter()
        .filter(|arn| !work.row.policy_arns.contains(arn))
    {
        found.push(format!("somebody attached {arn}"));
    }
    for group in groups
        .iter()
        .filter(|group| !work.row.groups.contains(group))
    {
        found.push(format!("somebody put it into group {group}"));
    }
    let leaked = quarantine(&managed);
    work.row.recheck_at = None;
    work.row.attempts = 0;
    work.row.next_attempt_at = None;
    work.row.reason = None;
    work.row.hint = None;
    if found.is_empty() {
        return work.save_quietly();
    }
    let text = format!("Looked at once more: {}.", found.join("; "));
    work.row.alarm = Some(leaked.unwrap_or_else(|| text.clone()));
    work.save("drift", &text)
}
