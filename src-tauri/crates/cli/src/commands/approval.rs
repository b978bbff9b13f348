//! `leasehold approval`

use std::process::ExitCode;

use leasehold_access::desk::Leases;
use leasehold_access::desk::view::ApprovalView;
use leasehold_domain::Problem;
use leasehold_engine::Engine;
use serde_json::json;

use super::access::{desk, ended};
use crate::args::ApprovalVerb;
use crate::print::{Printer, moment, table};

pub async fn run(
    engine: &Engine,
    verb: ApprovalVerb,
    printer: Printer,
) -> Result<ExitCode, Problem> {
    let desk = desk(engine);
    let (view, what) = match verb {
        ApprovalVerb::List => {
            let all = desk.approvals().list()?;
            printer.answer(&json!({ "approvals": all }), || list(&all))?;
            return Ok(ExitCode::SUCCESS);
        }
        ApprovalVerb::Allow { id, always: true } => {
            (desk.approvals().allow(&id, true)?, "may log in always")
        }
        ApprovalVerb::Allow { id, always: false } => {
            (desk.approvals().allow(&id, false)?, "may log in once")
        }
        ApprovalVerb::Deny { id, revoke_leases } => {
            let denied = desk.approvals().deny(&id, Leases::ending(revoke_leases))?;
            let view = denied.way;
            if revoke_leases {
                let what = format!("{} is kept out by {}.", view.arn, view.auth_method);
                return ended(engine, &denied.leases, &what, printer).await;
            }
            (view, "is kept out")
        }
    };
    printer.answer(&json!({ "approval": view }), || {
        format!("{} {what} by {}.", view.arn, view.auth_method)
    })?;
    Ok(ExitCode::SUCCESS)
}

fn list(all: &[ApprovalView]) -> String {
    let rows = all
        .iter()
        .map(|one| {
            vec![
                one.id.clone(),
                one.standing.clone(),
                one.arn.clone(),
                one.auth_method.clone(),
                moment(one.first_seen_at),
                moment(one.last_seen_at),
            ]
        })
        .collect();
    let head = ["ID", "STANDING", "WHO", "AUTH METHOD", "FIRST", "LAST"];
    table(&head, &[2, 3], rows)
}
