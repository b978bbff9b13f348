//! When "there is no such user" is believed. IAM is eventually consistent, a connection may reach
//! another account than it did, and a lease that is given up wrongly leaks a live key.

use chrono::TimeDelta;
use leasehold_domain::{Code, EndReason, Problem};

use super::end::rest;
use super::fault::Fault;
use super::work::Work;

/// "No such user" about a younger record may only mean that AWS does not see it yet.
const YOUNG: TimeDelta = TimeDelta::minutes(5);

pub(super) fn is_old_enough(work: &Work<'_>) -> bool {
    work.core.clock.now() - work.row.created_at > YOUNG
}

/// AWS says that there is no such user. The lease comes to rest only when the record is older than
/// five minutes, the account is the recorded one *now*, and deleting the known key said the same.
pub(super) async fn gone(work: &mut Work<'_>, key_not_there: bool) -> Result<(), Fault> {
    if !is_old_enough(work) {
        return Err(unsure("it is too young to be sure"));
    }
    if !key_not_there {
        return Err(unsure("it did not say the same of the key"));
    }
    let caller = work.call(work.aws.caller_identity()).await?;
    if caller.account != work.row.account_id {
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
    if work.row.user_id.is_none() {
        return rest(work, "AWS never had this user; nothing is left of it.");
    }
    // Past the third step `DeleteUser` may have been sent, and its answer lost.
    if work.row.step >= 3 {
        return rest(work, "AWS confirmed that the user is gone.");
    }
    if work.row.end_reason != Some(EndReason::IssueFailed) {
        work.row.end_reason = Some(EndReason::GoneOutside);
    }
    rest(
        work,
        "Somebody else removed the user; AWS knows neither it nor its key.",
    )
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
