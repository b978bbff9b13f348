//! `leasehold session`

use std::process::ExitCode;

use leasehold_domain::Problem;
use leasehold_engine::Engine;
use serde_json::json;

use super::access::desk;
use crate::args::SessionVerb;
use crate::print::{Printer, moment, table};

pub fn run(engine: &Engine, verb: SessionVerb, printer: Printer) -> Result<ExitCode, Problem> {
    let desk = desk(engine);
    match verb {
        SessionVerb::List => {
            let all = desk.sessions().list()?;
            printer.answer(&json!({ "sessions": all }), || {
                let rows = all
                    .iter()
                    .map(|one| {
                        vec![
                            one.id.clone(),
                            one.arn.clone(),
                            one.auth_method.clone(),
                            one.client.clone(),
                            moment(one.issued_at),
                            moment(one.expires_at),
                        ]
                    })
                    .collect();
                let head = ["SESSION", "WHO", "AUTH METHOD", "FROM", "SINCE", "UNTIL"];
                table(&head, &[1, 2], rows)
            })?;
        }
        SessionVerb::Revoke { id } => {
            let ended = desk.sessions().revoke(&id)?;
            printer.answer(&json!({ "removed": ended.id }), || {
                format!("The session of {} is over.", ended.arn)
            })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
