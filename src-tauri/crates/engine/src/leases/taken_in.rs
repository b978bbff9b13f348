//! A lease that was not issued here: a user of ours that was found in an account.

use leasehold_domain::{Code, Problem};
use leasehold_store::LeaseRow;

use super::held::{CLAIM, Held};
use super::work::Work;
use super::{end, view};
use crate::core::Core;
use crate::note::Note;
use crate::wire::{ActivityKind, LeaseView};

/// AWS's own quarantine policy is no part of a lease.
pub(crate) fn is_quarantine(arn: &str) -> bool {
    end::quarantine(&[arn.to_owned()]).is_some()
}

/// Records it as a living lease; the timer looks at it next.
pub(crate) fn keep(core: &Core, row: LeaseRow, text: &str) -> Result<LeaseView, Problem> {
    let held = record(core, row, text)?;
    core.confirm(&held.row);
    held.release();
    Ok(view::lease(core, &held.row))
}

/// Records it as a lease that is ending, and ends it as far as that goes now.
pub(crate) async fn end(core: &Core, row: LeaseRow, text: &str) -> Result<LeaseView, Problem> {
    let held = record(core, row, text)?;
    let id = held.row.id.clone();
    let Ok(mut work) = Work::connect(held).await else {
        // The row says why, and when it is tried again.
        return Ok(view::lease(core, &super::row(core, &id)?));
    };
    let ended = end::run(&mut work).await;
    work.release();
    if let Err(fault) = ended {
        tracing::info!(lease = %id, problem = %Problem::from(fault), "put off");
    }
    Ok(view::lease(core, &super::row(core, &id)?))
}

fn record<'a>(core: &'a Core, row: LeaseRow, text: &str) -> Result<Held<'a>, Problem> {
    let open = core.store.leases().open()?;
    if open
        .iter()
        .any(|lease| lease.user_id.is_some() && lease.user_id == row.user_id)
    {
        return Err(Problem::new(
            Code::Refused,
            format!("The user `{}` is a lease already.", row.user_name),
        )
        .at("user"));
    }
    let now = core.clock.now();
    let line = core.line(Note::new(ActivityKind::Adopted, text).of_lease(&row));
    let leases = core.store.leases().noting(&line);
    let claim = leases.insert_claimed(&row, &core.worker, now + CLAIM)?;
    core.activity_grew();
    let held = Held::of_new(core, row, claim, now + CLAIM);
    held.save_quietly()?; // Tells the listeners.
    Ok(held)
}
