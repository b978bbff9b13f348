//! `leasehold status`

use std::process::ExitCode;

use leasehold_domain::Problem;
use leasehold_engine::Engine;
use leasehold_engine::wire::StatusView;

use crate::print::{Printer, ahead, facts};

pub async fn run(engine: &Engine, printer: Printer) -> Result<ExitCode, Problem> {
    let status = engine.status().await?;
    printer.answer(&status, || screen(&status))?;
    Ok(ExitCode::SUCCESS)
}

fn screen(status: &StatusView) -> String {
    let keychain = match &status.keychain.problem {
        Some(problem) => format!("{}: {}", status.keychain.name, told(problem)),
        None => status.keychain.name.clone(),
    };
    let next = status.next_expires_at.map_or("none".to_owned(), |at| {
        ahead(at, status.next_clock_offset_ms)
    });
    let mut rows = vec![
        ("Active leases", status.active_leases.to_string()),
        ("End within 15 minutes", status.ending_soon.to_string()),
        ("Need attention", status.need_attention.to_string()),
        ("Next expiry", next),
        ("Connections", status.connections.to_string()),
        ("Keychain", keychain),
        ("Home", status.home.clone()),
    ];
    if let Some(notice) = &status.notice {
        rows.push(("Notice", told(notice)));
    }
    facts(("LEASEHOLD", &status.version), rows)
}

fn told(problem: &Problem) -> String {
    match &problem.hint {
        Some(hint) => format!("{} {hint}", problem.message),
        None => problem.message.clone(),
    }
}
