//! Giving a lease up without AWS, by a person's explicit word. Its row stays for ever.

use leasehold_domain::{Code, LeaseState, Moment, Problem};
use leasehold_store::LeaseRow;

use super::fault::Fault;
use super::held::Held;
use super::view;
use crate::core::Core;
use crate::wire::{ActivityKind, LeaseView};

pub(super) async fn forget(core: &Core, id: &str) -> Result<LeaseView, Problem> {
    let mut held = Held::take_soon(core, id).await?;
    let given_up = give_up(&mut held);
    held.release();
    given_up?;
    crate::secrets::Secrets(core).finish_removals()?;
    Ok(view::lease(core, &held.row))
}

fn give_up(held: &mut Held<'_>) -> Result<(), Fault> {
    if held.row.state.is_rest() {
        let state = held.row.state.as_str();
        return Err(Fault::Other(
            Problem::new(
                Code::Refused,
                format!("This lease is {state} already; there is nothing to forget."),
            )
            .with_hint("`leasehold lease list --all` shows the leases that have ended."),
        ));
    }
    let core = held.core;
    let aws_now = core.clock.now() + core.offset_over(&held.row.connection_id);
    let (what_stays, what_to_do) = (what_stays(&held.row), what_to_do(&held.row));
    let row = &mut held.row;
    row.state = LeaseState::Forgotten;
    row.ended_at = Some(aws_now);
    row.reason = Some(what_stays.clone());
    row.hint = Some(what_to_do);
    row.pending_expires_at = None;
    row.next_attempt_at = None;
    row.recheck_at = None;
    row.blocked_by = None;
    row.missing_action = None;
    row.kept = false;
    core.store.kept_keys().remove(&row.id)?;
    held.save(
        ActivityKind::Forgotten,
        &format!("Forgotten on request. {what_stays}"),
    )
}

/// What may be left in the account, as far as it is known here.
fn what_stays(row: &LeaseRow) -> String {
    if row.credential.is_session() {
        let end = Moment::from(row.expires_at).document();
        return match &row.cut_policy {
            Some(policy) => format!(
                "The policy `{policy}` may stay on the role of the session, which ends by itself at {end}."
            ),
            None => format!("AWS ends the session by itself at {end}."),
        };
    }
    let user = format!(
        "The user `{}` may still be in account {}",
        row.user_name, row.account_id
    );
    let last = row.guards.iter().max().copied().unwrap_or(row.expires_at);
    let last = Moment::from(last).document();
    if row.step >= 3 {
        return format!("{user}; its key is gone, and it holds no permission of this lease.");
    }
    if row.state == LeaseState::AccessCut {
        return format!("{user}; its key is gone or denied everything.");
    }
    // A key was handed out only after every guard was acknowledged.
    if row.access_key_id.is_some() {
        return format!("{user}; AWS denies its keys from {last} on, and until then they work.");
    }
    format!("{user}; its guards may be missing, so that what it holds may work without an end.")
}

fn what_to_do(row: &LeaseRow) -> String {
    if row.credential.is_session() {
        return match &row.cut_policy {
            Some(policy) => {
                format!("Delete the inline policy `{policy}` of the role in the AWS console.")
            }
            None => "There is nothing to delete.".to_owned(),
        };
    }
    format!(
        "Delete `{}` in the AWS console, or let `leasehold orphan list --connection {}` find it \
         and remove it.",
        row.user_arn, row.connection_name
    )
}
