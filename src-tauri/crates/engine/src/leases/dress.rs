//! The second round trip of an issue: everything that hangs on the new user, and its key.

use futures::future::{join, join_all};
use leasehold_aws::{AwsErrorKind, Entity, NewKey};
use leasehold_domain::guard::{self, GuardKind};
use leasehold_domain::{InstallationId, Moment, Problem};
use leasehold_store::LeaseRow;

use super::fault::Fault;
use super::patience::Patience;
use super::work::{Work, one_by_one};

/// One thing that the second round trip puts on the user.
enum Put {
    Inline {
        name: String,
        document: String,
        field: Option<String>,
    },
    Managed(String),
    Group(String),
}

/// The inline policies that belong on a lease's user now, by name. A recipe's document that is not
/// known here (of a user that was taken in) is not among them.
pub(super) fn documents(row: &LeaseRow, installation: &InstallationId) -> Vec<(String, String)> {
    let until = Moment::from(row.expires_at);
    let mut named = vec![
        (
            guard::self_name(installation),
            guard::self_document(&row.user_arn),
        ),
        (
            guard::until_name(until, installation),
            guard::until_document(until),
        ),
    ];
    let recipe = row.documents.iter().enumerate();
    named.extend(
        recipe
            .filter(|(_, document)| !document.is_empty())
            .map(|(index, document)| (guard::doc_name(index + 1), document.clone())),
    );
    named
}

fn wardrobe(row: &LeaseRow, installation: &InstallationId) -> Vec<Put> {
    let mut puts: Vec<_> = documents(row, installation)
        .into_iter()
        .map(|(name, document)| Put::Inline {
            field: match guard::classify(&name, installation) {
                GuardKind::Document(n) => Some(format!("policy_documents[{}]", n - 1)),
                _ => None,
            },
            name,
            document,
        })
        .collect();
    puts.extend(row.policy_arns.iter().cloned().map(Put::Managed));
    puts.extend(row.groups.iter().cloned().map(Put::Group));
    puts
}

/// Second round trip: guards, documents, attachments, groups and the key, all at once.
pub(super) async fn dress(work: &Work<'_>) -> Result<NewKey, Fault> {
    let puts = wardrobe(&work.row, &work.core.installation);
    let all = join_all(puts.iter().map(|put| apply(work, put)));
    let (answers, key) = join(all, make_key(work)).await;
    let mut again = Vec::new();
    for (put, answer) in puts.iter().zip(answers) {
        match answer {
            Ok(()) => {}
            // "Another request is changing this user": then one after another.
            Err(fault) if fault.is_concurrent() => again.push(put),
            Err(fault) => return Err(fault),
        }
    }
    for put in again {
        one_by_one(|| apply(work, put)).await?;
    }
    match key {
        Err(fault) if fault.is_concurrent() => one_by_one(|| make_key(work)).await,
        key => key,
    }
}

async fn apply(work: &Work<'_>, put: &Put) -> Result<(), Fault> {
    let (aws, user) = (&work.aws, work.row.user_name.as_str());
    match put {
        Put::Inline {
            name,
            document,
            field,
        } => {
            let answer = work
                .patient(|| aws.put_user_policy(user, name, document))
                .await;
            match field {
                Some(field) => answer.map_err(|fault| about(fault, field)),
                None => answer,
            }
        }
        Put::Managed(arn) => work
            .patient(|| aws.attach_user_policy(user, arn))
            .await
            .map_err(|fault| about(fault, "policy_arns")),
        Put::Group(group) => work
            .patient(|| aws.add_user_to_group(user, group))
            .await
            .map_err(|fault| about(fault, "groups")),
    }
}

/// Names the form's field in a refusal that is about what the field holds.
fn about(fault: Fault, field: &str) -> Fault {
    match fault {
        Fault::Aws(error)
            if matches!(
                error.kind,
                AwsErrorKind::NotThere(Entity::Policy | Entity::Group | Entity::Other)
                    | AwsErrorKind::Malformed
                    | AwsErrorKind::Limit
            ) =>
        {
            Fault::Other(Problem::from(error).at(field))
        }
        other => other,
    }
}

/// Makes the key. It is asked for again only after an answer that proves that none was made;
/// after a lost answer every key of the user is removed first, since nobody knows its secret.
async fn make_key(work: &Work<'_>) -> Result<NewKey, Fault> {
    let user = work.row.user_name.as_str();
    let mut patience = Patience::new();
    let mut cleared = false;
    loop {
        match work.call(work.aws.create_access_key(user)).await {
            Err(Fault::Aws(error)) if error.maybe_done => {
                if cleared {
                    return Err(Fault::Aws(error));
                }
                for key in work.patient(|| work.aws.list_access_keys(user)).await? {
                    work.patient(|| work.aws.delete_access_key(user, &key.id))
                        .await?;
                }
                cleared = true;
            }
            Err(fault) if fault.passes() && patience.left() => patience.pause().await,
            answer => return answer,
        }
    }
}
