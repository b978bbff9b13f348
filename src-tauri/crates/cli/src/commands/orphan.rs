//! `leasehold orphan`

use std::process::ExitCode;

use leasehold_domain::{Code, Problem};
use leasehold_engine::Engine;
use leasehold_engine::wire::{LeaseView, Origin, OrphanList, OrphanView, State};
use serde_json::json;

use super::lease::text::state;
use super::reconcile::{could_ask, told};
use crate::args::OrphanVerb;
use crate::print::{Printer, expiry, moment, table};

pub async fn run(engine: &Engine, verb: OrphanVerb, printer: Printer) -> Result<ExitCode, Problem> {
    let desk = engine.orphans();
    match verb {
        OrphanVerb::List { connection } => {
            let found = desk.list(connection.as_deref()).await?;
            printer.answer(&found, || list(&found))?;
            return Ok(could_ask(&found.problems));
        }
        OrphanVerb::Adopt { user, connection } => {
            let lease = desk.adopt(connection.as_deref(), &user).await?;
            printer.answer(&json!({ "lease": lease }), || adopted(&lease))?;
        }
        OrphanVerb::Remove { user, connection } => {
            let lease = desk.remove(connection.as_deref(), &user).await?;
            printer.answer(&json!({ "lease": lease }), || removed(&lease))?;
            if lease.state != State::Revoked {
                return Ok(ExitCode::from(Code::Pending.exit_code()));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(found: &OrphanList) -> String {
    let mut text = match found.orphans.is_empty() {
        true => "No users without a lease were found.\n".to_owned(),
        false => rows(&found.orphans),
    };
    if found.orphans.iter().any(|one| one.origin == Origin::Ours) {
        text += "\nThose of ours can be made leases again (`leasehold orphan adopt USER`) or ended \
                 (`leasehold orphan remove USER`).\n";
    }
    text + &told(&found.problems)
}

/// Users without a lease, one a line.
pub fn rows(orphans: &[OrphanView]) -> String {
    let row = |one: &OrphanView| {
        let whose = match (one.origin, &one.installation) {
            (Origin::Ours, _) => "ours".to_owned(),
            (Origin::OtherInstallation, Some(id)) => format!("another Leasehold's ({id})"),
            (Origin::OtherInstallation, None) => "another Leasehold's".to_owned(),
            (Origin::Foreign, _) => "somebody else's".to_owned(),
        };
        vec![
            one.user_name.clone(),
            whose,
            one.connection.clone(),
            one.account_id.clone(),
            one.iam_path.clone(),
            moment(one.created_at),
            one.expires_at.map(moment).unwrap_or_default(),
        ]
    };
    let head = [
        "USER",
        "WHOSE",
        "CONNECTION",
        "ACCOUNT",
        "PATH",
        "MADE",
        "ENDS BY ITSELF",
    ];
    table(&head, &[4, 2, 1], orphans.iter().map(row).collect())
}

fn adopted(lease: &LeaseView) -> String {
    format!(
        "{} is a lease again: {}\nIt ends {}.",
        lease.user_name,
        lease.id,
        expiry(lease)
    )
}

fn removed(lease: &LeaseView) -> String {
    if lease.state == State::Revoked {
        return format!("AWS confirmed that {} is gone.", lease.user_name);
    }
    let reason = lease.reason.as_deref().unwrap_or("AWS did not say why.");
    format!(
        "{} is a lease again ({}) and ends: {}. It is tried again: {reason}",
        lease.user_name,
        lease.id,
        state(lease)
    )
}
