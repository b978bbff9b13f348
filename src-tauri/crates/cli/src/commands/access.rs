//! What the verbs of access control share: the desk, and refusals with several problems.

use std::process::ExitCode;

use leasehold_access::desk::Refused;
use leasehold_domain::{Problem, clip};
use leasehold_engine::Engine;
use serde_json::json;

use crate::print::{self, Printer};

pub use leasehold_gateway::desk;

/// Ends leases that somebody from outside got, and says what became of them.
pub async fn ended(
    engine: &Engine,
    ids: &[String],
    what: &str,
    printer: Printer,
) -> Result<ExitCode, Problem> {
    let report = engine.leases().revoke(ids).await?;
    super::lease::report(printer, &report, what)
}

/// Every problem, each with its field; the exit code is the first one's.
pub fn refused(refused: &Refused, printer: Printer) -> ExitCode {
    let first = refused.first();
    let code = first.code.exit_code();
    match (printer.is_json(), refused.0.len()) {
        (true, 2..) => {
            print::err(&json!({ "error": first, "problems": refused.0 }).to_string());
        }
        (_, 0) => printer.problem(&first),
        _ => refused.0.iter().for_each(|one| printer.problem(one)),
    }
    ExitCode::from(code)
}

/// `key=value`, of an option that is repeated.
pub fn pair(field: &str, text: &str) -> Result<(String, String), Problem> {
    match text.split_once('=') {
        Some((key, value)) => Ok((key.trim().to_owned(), value.trim().to_owned())),
        None => Err(Problem::refused_input(
            field,
            format!("`{}` is not a sub-claim and its values.", clip(text, 60)),
            "Write for example `--sub-claims role_name=dev-*,ops`.",
        )),
    }
}
