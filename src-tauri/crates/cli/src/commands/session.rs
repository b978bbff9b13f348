//! `leasehold session`

use std::process::ExitCode;

use leasehold_access::desk::Leases;
use leasehold_domain::Problem;
use leasehold_engine::Engine;
use serde_json::json;

use super::access::{desk, ended};
use crate::args::SessionVerb;
use crate::print::{Printer, moment, table};

pub async fn run(
    engine: &Engine,
    verb: SessionVerb,
    printer: Printer,
) -> Result<ExitCode, Problem> {
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
                            one.open_leases.to_string(),
                        ]
                    })
                    .collect();
                let head = [
                    "SESSION",
                    "WHO",
                    "AUTH METHOD",
                    "FROM",
                    "SINCE",
                    "UNTIL",
                    "LEASES",
                ];
                table(&head, &[1, 2], rows)
            })?;
        }
        SessionVerb::Revoke { id, revoke_leases } => {
            let wanted = Leases::ending(revoke_leases);
            let gone = desk.sessions().revoke(&id, wanted)?;
            let session = gone.way;
            let text = format!("The session of {} is over.", session.arn);
            // Whose it was cannot be read: then nobody's leases are meant.
            if revoke_leases && !session.stable_id.is_empty() {
                return ended(engine, &gone.leases, &text, printer).await;
            }
            printer.answer(&json!({ "removed": session.id }), || text)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
