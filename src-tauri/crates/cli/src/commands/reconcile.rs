//! `leasehold lease reconcile`: what a comparison with the accounts found.

use std::process::ExitCode;

use leasehold_domain::{Code, Problem};
use leasehold_engine::Engine;
use leasehold_engine::wire::{ConnectionProblem, Found, ReconcileReport, Standing};

use super::orphan;
use crate::print::{Printer, printable, table};

pub async fn run(
    engine: &Engine,
    connection: Option<&str>,
    printer: Printer,
) -> Result<ExitCode, Problem> {
    printer.progress("Asking AWS …");
    let report = engine.leases().reconcile(connection).await?;
    printer.answer(&report, || text(&report))?;
    let unknown = report
        .found
        .iter()
        .any(|found| found.standing == Standing::Unknown);
    match unknown {
        true => Ok(ExitCode::from(Code::AwsUnreachable.exit_code())),
        false => Ok(could_ask(&report.problems)),
    }
}

/// Whether every account gave an answer. That a permission is missing is an answer, and what hangs on
/// it is optional.
pub fn could_ask(problems: &[ConnectionProblem]) -> ExitCode {
    let failed = problems
        .iter()
        .map(|one| one.problem.code)
        .find(|code| *code != Code::AwsDenied);
    failed.map_or(ExitCode::SUCCESS, |code| ExitCode::from(code.exit_code()))
}

/// The connections that could not be asked, a paragraph each.
pub fn told(problems: &[ConnectionProblem]) -> String {
    let one = |p: &ConnectionProblem| {
        let message = printable(&p.problem.message);
        let hint = p.problem.hint.as_deref().map(printable);
        let hint = hint.map(|hint| format!(" {hint}")).unwrap_or_default();
        format!(
            "\nConnection {}: {message}{hint}\n",
            printable(&p.connection)
        )
    };
    problems.iter().map(one).collect()
}

fn text(report: &ReconcileReport) -> String {
    let leases = match report.looked_at {
        1 => "1 lease".to_owned(),
        n => format!("{n} leases"),
    };
    let mut text = format!("{leases} compared with AWS. ");
    text += match (report.looked_at, report.found.is_empty()) {
        (0, _) => "There was nothing to compare.\n",
        (_, true) => "Everything is as recorded.\n",
        (_, false) => "Not as recorded:\n\n",
    };
    if !report.found.is_empty() {
        let row = |found: &Found| {
            vec![
                found.lease_id.clone(),
                found.secret.clone(),
                standing(found.standing).to_owned(),
                found.findings.join(" "),
            ]
        };
        let rows = report.found.iter().map(row).collect();
        text += &table(&["ID", "SECRET", "STANDING", "FOUND"], &[3, 1], rows);
    }
    if !report.orphans.is_empty() {
        text += "\nUsers without a lease:\n\n";
        text += &orphan::rows(&report.orphans);
    }
    text + &told(&report.problems)
}

/// How a lease stood when it was last compared, in words.
pub fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Live => "as recorded",
        Standing::PutRight => "put right",
        Standing::Drifted => "changed by somebody",
        Standing::LedgerBehind => "AWS was ahead; taken over",
        Standing::Quarantined => "QUARANTINED by AWS",
        Standing::Foreign => "SOMEBODY ELSE'S user",
        Standing::NotSeen => "not seen yet",
        Standing::Gone => "gone",
        Standing::Unknown => "not known",
    }
}
