//! When "there is no such user" is believed. IAM is eventually consistent, a connection may reach
//! another account than it did, and a lease that is given up wrongly leaks a live key.

use chrono::TimeDelta;
use leasehold_aws::{AwsErrorKind, ListedUser};
use leasehold_domain::{Code, EndReason, Problem};

use super::end::{self, rest};
use super::fault::Fault;
use super::plan::seconds;
use super::work::Work;
use crate::wire::ActivityKind;

/// "No such user" about a younger record may only mean that AWS does not see it yet.
const YOUNG: TimeDelta = TimeDelta::minutes(5);

/// By AWS's time, which a wrong clock here does not move. A user whose `CreateDate` was never
/// heard is as old as its row, which dated its expiry from then.
pub(super) fn is_old_enough(work: &Work<'_>) -> bool {
    let row = &work.row;
    let since = row.issued_at.unwrap_or(row.expires_at - seconds(row.ttl_s));
    work.aws_now() - since > YOUNG
}

/// AWS says that there is no such user. The lease comes to rest only when the record is older than
/// five minutes, the account is the recorded one *now*, and deleting the known key said the same.
/// Where `iam:ListUsers` is allowed the user is also looked for by its id: one that was renamed
/// holds a key that works.
pub(super) async fn gone(work: &mut Work<'_>, key_not_there: bool) -> Result<(), Fault> {
    if !is_old_enough(work) {
        return Err(unsure("it is too young to be sure"));
    }
    if !key_not_there {
        return Err(unsure("it did not say the same of the key"));
    }
    verify_account(work).await?;
    if work.row.user_id.is_none() {
        return rest(work, "AWS never had this user; nothing is left of it.");
    }
    // Past the third step `DeleteUser` may have been sent, and its answer lost.
    if work.row.step >= 3 {
        return rest(work, "AWS confirmed that the user is gone.");
    }
    if let Some(moved) = elsewhere(work).await? {
        let text = format!(
            "Somebody renamed the user from `{}` to `{}`; its end goes on under that name.",
            work.row.user_name, moved.name
        );
        work.row.user_name = moved.name;
        work.row.iam_path = moved.path;
        work.row.user_arn = moved.arn;
        work.row.alarm = Some(text.clone());
        work.save(ActivityKind::Alarm, &text)?;
        return Err(Fault::Other(Problem::new(Code::AwsForeign, text)));
    }
    if work.row.end_reason != Some(EndReason::IssueFailed) {
        work.row.end_reason = Some(EndReason::GoneOutside);
    }
    rest(
        work,
        "Somebody else removed the user; AWS knows neither it nor its key.",
    )
}

/// The same of an active lease whose user no list shows any more. Nothing is concluded, and the
/// answer is false, unless deleting the known key says the same.
pub(super) async fn prove(work: &mut Work<'_>) -> Result<bool, Fault> {
    verify_account(work).await?;
    if let Some(key) = work.row.access_key_id.clone() {
        let asked = work.aws.delete_access_key(&work.row.user_name, &key);
        match work.call(asked).await {
            Err(fault) if fault.not_there().is_some() => {}
            Err(fault) => return Err(fault),
            Ok(()) => {
                // AWS was wrong about the user, and its only key is gone by our question.
                work.begin_end(
                    EndReason::ByUs,
                    "AWS showed no user for a while, yet deleted its key when it was asked to.",
                )?;
                end::run(work).await?;
                return Ok(true);
            }
        }
    }
    work.begin_end(
        EndReason::GoneOutside,
        "AWS shows neither the user nor its key nor anything of it.",
    )?;
    rest(
        work,
        "Somebody else removed the user; AWS knows neither it nor its key.",
    )?;
    Ok(true)
}

/// Where the user of this id is now, when it goes by another name. `None` also where nobody may
/// list users.
pub(super) async fn elsewhere(work: &Work<'_>) -> Result<Option<ListedUser>, Fault> {
    let Some(id) = work.row.user_id.as_deref() else {
        return Ok(None);
    };
    let mut prefixes = vec![work.row.iam_path.as_str(), "/"];
    prefixes.dedup();
    for prefix in prefixes {
        let aws = &work.aws;
        match work.steady(|| aws.list_users(prefix)).await {
            Ok(users) => {
                if let Some(found) = users.into_iter().find(|user| user.user_id == id) {
                    if found.name == work.row.user_name {
                        return Err(unsure("it still lists it"));
                    }
                    return Ok(Some(found));
                }
            }
            Err(Fault::Aws(error)) if matches!(error.kind, AwsErrorKind::Denied { .. }) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(None)
}

async fn verify_account(work: &Work<'_>) -> Result<(), Fault> {
    let caller = work.call(work.aws.caller_identity()).await?;
    if caller.account == work.row.account_id {
        return Ok(());
    }
    Err(Fault::Other(
        Problem::new(
            Code::AwsForeign,
            format!(
                "The connection `{}` reaches account {}, but this lease is in {}.",
                work.connection.name, caller.account, work.row.account_id
            ),
        )
        .with_hint("Give the connection a key of the account the lease was made in."),
    ))
}

fn unsure(why: &str) -> Fault {
    Fault::Other(
        Problem::new(
            Code::AwsNotThere,
            format!("AWS does not show the user, and {why}."),
        )
        .with_hint("Leasehold asks again by itself until it is sure."),
    )
}
