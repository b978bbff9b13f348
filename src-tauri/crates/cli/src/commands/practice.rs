//! `leasehold practice`

use std::process::ExitCode;

use leasehold_domain::Problem;
use leasehold_engine::Engine;
use serde_json::json;

use crate::args::PracticeVerb;
use crate::print::Printer;

pub async fn run(
    engine: &Engine,
    verb: PracticeVerb,
    printer: Printer,
) -> Result<ExitCode, Problem> {
    match verb {
        PracticeVerb::Skip { by } => {
            let offset = engine.practice().skip(&by).await?;
            printer.answer(&json!({ "clock_offset_ms": offset }), || {
                format!("The practice clock is now {} s ahead.", offset / 1000)
            })?;
        }
        PracticeVerb::Reset => {
            engine.practice().reset().await?;
            printer.answer(&json!({ "reset": true }), || {
                "The practice account is new.".into()
            })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
