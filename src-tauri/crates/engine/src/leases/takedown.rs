//! What is taken from a user that ends: many calls of one round trip.

use futures::future::join_all;
use leasehold_domain::guard;

use super::fault::Fault;
use super::work::{Work, one_by_one};

/// One call that takes something away.
pub(super) enum Act<'a> {
    /// Deny everything.
    Cut,
    /// Detach the managed policy of this ARN.
    Detach(&'a str),
    /// Leave the group of this name.
    LeaveGroup(&'a str),
    /// Delete the inline policy of this name.
    DeletePolicy(&'a str),
    /// Delete the key of this id.
    DeleteKey(&'a str),
}

/// Does all at once; what met `ConcurrentModification` is repeated one after another. What is not
/// there any more is done.
pub(super) async fn all(work: &Work<'_>, acts: &[Act<'_>]) -> Result<(), Fault> {
    let answers = join_all(acts.iter().map(|act| perform(work, act))).await;
    let mut again = Vec::new();
    for (act, answer) in acts.iter().zip(answers) {
        match answer {
            Err(fault) if fault.is_concurrent() => again.push(act),
            answer => answer?,
        }
    }
    for act in again {
        one_by_one(|| perform(work, act)).await?;
    }
    Ok(())
}

async fn perform(work: &Work<'_>, act: &Act<'_>) -> Result<(), Fault> {
    let (aws, user) = (&work.aws, work.row.user_name.as_str());
    let done = match act {
        Act::Cut => {
            let name = guard::cut_name(&work.core.installation);
            let document = guard::cut_document();
            work.patient(|| aws.put_user_policy(user, &name, &document))
                .await
        }
        Act::Detach(arn) => work.patient(|| aws.detach_user_policy(user, arn)).await,
        Act::LeaveGroup(group) => {
            work.patient(|| aws.remove_user_from_group(user, group))
                .await
        }
        Act::DeletePolicy(name) => work.patient(|| aws.delete_user_policy(user, name)).await,
        Act::DeleteKey(id) => work.patient(|| aws.delete_access_key(user, id)).await,
    };
    match done {
        Err(fault) if fault.is_gone_from_user() => Ok(()),
        done => done,
    }
}
