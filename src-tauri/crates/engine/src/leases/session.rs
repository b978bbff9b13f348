//! Leases that are sessions of STS: a role's, or a federated user's. AWS ends them by itself; before that a
//! session of a role is cut by a policy on the role that denies everything to that one session.
//!
//! What can be done without AWS is done here on the claimed row alone, so that the end of a session waits
//! for no network and no keyring.

mod cut;
mod look;
mod open;
mod says;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_domain::{Credential, EndReason, LeaseState, RoleArn};
use leasehold_store::LeaseRow;

pub(super) use cut::end;
pub(super) use look::look;
pub(super) use open::{open, undo};
use says::{by_itself, why_not};
pub(crate) use says::{can_do, note};

use super::end::rest;
use super::fault::Fault;
use super::held::Held;
use super::plan::seconds;
use crate::wire::ActivityKind;

/// The steps of an ending: everything is denied to the session, and our policy is off its role.
pub(super) const STEPS: u32 = 2;
/// Our policy stays on the role for so long after the session's end: clocks differ a little, and nobody
/// waits for it.
const SLACK: TimeDelta = TimeDelta::minutes(5);

/// The role of a session, in whatever account.
pub(crate) fn role(row: &LeaseRow) -> Option<RoleArn> {
    match &row.credential {
        Credential::AssumedRole { role_arn, .. } => RoleArn::parse("role_arn", role_arn).ok(),
        Credential::IamUser | Credential::FederationToken => None,
    }
}

/// The same, where the connection can put a policy on it: `PutRolePolicy` takes a name, which in another
/// account than the connection's would be another role.
pub(crate) fn own_role(row: &LeaseRow) -> Option<RoleArn> {
    role(row).filter(|role| role.account().as_str() == row.account_id)
}

/// The longest that a session is put off for: its whole life.
pub(super) fn longest_wait() -> TimeDelta {
    TimeDelta::hours(36) + SLACK * 2
}

fn aws_now(held: &Held<'_>) -> DateTime<Utc> {
    held.core.clock.now() + held.core.offset_over(&held.row.connection_id)
}

/// When the session is over, by this computer's clock.
pub(super) fn over_at(held: &Held<'_>) -> DateTime<Utc> {
    held.row.expires_at - held.core.offset_over(&held.row.connection_id)
}

/// A request that a process which is gone may have sent was sent before its claim ran out, so that what it
/// may have opened is over a TTL from now at the latest.
pub(super) fn may_last_from_now(held: &mut Held<'_>) {
    let end = aws_now(held) + seconds(held.row.ttl_s);
    held.row.expires_at = end;
    held.row.max_expires_at = end;
}

/// Does what can be done with a session without AWS. True where nothing is left to be done now: it is at
/// rest, or it waits for its own end.
pub(super) fn settle(held: &mut Held<'_>) -> Result<bool, Fault> {
    if !held.row.credential.is_session() {
        return Ok(false);
    }
    let now = aws_now(held);
    let is_over = now >= held.row.expires_at;
    match held.row.state {
        LeaseState::Active if is_over => rest_by_itself(held).map(|()| true),
        LeaseState::Revoking | LeaseState::AccessCut if held.row.cut_policy.is_some() => {
            let is_denied = held.row.state == LeaseState::AccessCut;
            let waits = is_denied && now < held.row.expires_at + SLACK;
            if waits {
                wait_until(held, SLACK)?;
            }
            Ok(waits)
        }
        LeaseState::Revoking if is_over => rest_by_itself(held).map(|()| true),
        LeaseState::Revoking => match why_not(&held.row) {
            Some(why) => wait(held, &why).map(|()| true),
            None => Ok(false),
        },
        _ => Ok(held.row.state.is_rest()),
    }
}

/// It ended by itself, and nothing had to be taken away.
fn rest_by_itself(held: &mut Held<'_>) -> Result<(), Fault> {
    let text = match held.row.end_reason {
        Some(EndReason::IssueFailed) => {
            "What AWS may have opened is over; nobody ever had its key.".to_owned()
        }
        _ => "Its time was over: AWS ended the session by itself.".to_owned(),
    };
    if held.row.end_reason != Some(EndReason::IssueFailed) {
        held.row.end_reason = Some(EndReason::Expired);
    }
    rest(held, &text)
}

/// Nothing can be done with it before its end: says so once, and is looked at again then.
fn wait(held: &mut Held<'_>, why: &str) -> Result<(), Fault> {
    let at = over_at(held);
    let reason = format!("{why} {}", by_itself(&held.row));
    let is_said = held.row.reason.as_deref() == Some(reason.as_str());
    if is_said && held.row.next_attempt_at == Some(at) {
        return Ok(());
    }
    held.core.store.kept_keys().remove(&held.row.id)?;
    held.row.kept = false;
    held.row.reason = Some(reason.clone());
    held.row.next_attempt_at = Some(at);
    match is_said {
        true => held.save_quietly(),
        false => held.save(ActivityKind::EndsByItself, &reason),
    }
}

fn wait_until(held: &mut Held<'_>, after_its_end: TimeDelta) -> Result<(), Fault> {
    let at = over_at(held) + after_its_end;
    if held.row.next_attempt_at == Some(at) {
        return Ok(());
    }
    held.row.next_attempt_at = Some(at);
    held.save_quietly()
}
