//! `leasehold status`

use std::process::ExitCode;

use leasehold_domain::Problem;
use leasehold_engine::Engine;

use crate::print::{Printer, moment, table};

pub async fn run(engine: &Engine, printer: Printer) -> Result<ExitCode, Problem> {
    let status = engine.status().await?;
    printer.answer(&status, || {
        let keychain = match &status.keychain.problem {
            Some(problem) => format!("{}: {}", status.keychain.name, problem.message),
            None => status.keychain.name.clone(),
        };
        let next = status.next_expires_at.map_or("none".to_owned(), moment);
        let mut rows = vec![
            vec!["Active leases".into(), status.active_leases.to_string()],
            vec![
                "End within 15 minutes".into(),
                status.ending_soon.to_string(),
            ],
            vec!["Need attention".into(), status.need_attention.to_string()],
            vec!["Next expiry".into(), next],
            vec!["Connections".into(), status.connections.to_string()],
            vec!["Keychain".into(), keychain],
            vec!["Home".into(), status.home.clone()],
        ];
        if let Some(notice) = &status.notice {
            rows.push(vec!["Notice".into(), notice.message.clone()]);
        }
        table(&["LEASEHOLD", &status.version], rows)
    })?;
    Ok(ExitCode::SUCCESS)
}
