//! `leasehold practice`

use std::process::ExitCode;

use leasehold_domain::{Problem, Ttl};
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
            let offset = engine.practice().skip(&by)?;
            printer.answer(&json!({ "clock_offset_ms": offset }), || {
                let ahead = Ttl::from_secs(u64::try_from(offset / 1000).unwrap_or_default());
                format!("The practice clock is now {ahead} ahead of this computer's.")
            })?;
        }
        PracticeVerb::Reset => {
            engine.practice().reset().await?;
            printer.answer(&json!({ "reset": true }), || {
                "The practice account is as new, and its clock is set back.".into()
            })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
