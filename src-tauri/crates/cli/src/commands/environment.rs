//! `leasehold environment`

use std::process::ExitCode;

use leasehold_domain::Problem;
use leasehold_engine::Engine;
use serde_json::json;

use crate::args::EnvironmentVerb;
use crate::print::{Printer, table};

pub fn run(engine: &Engine, verb: EnvironmentVerb, printer: Printer) -> Result<ExitCode, Problem> {
    let desk = engine.environments();
    match verb {
        EnvironmentVerb::Add { name } => {
            let made = desk.add(&name)?;
            printer.answer(&json!({ "environment": made }), || {
                format!("Added {}.", made.name)
            })?;
        }
        EnvironmentVerb::List => {
            let all = desk.list()?;
            printer.answer(&json!({ "environments": all }), || {
                let rows = all
                    .iter()
                    .map(|e| vec![e.name.clone(), e.secrets.to_string()])
                    .collect();
                table(&["ENVIRONMENT", "SECRETS"], &[0], rows)
            })?;
        }
        EnvironmentVerb::Rename { old, new } => {
            let renamed = desk.rename(&old, &new)?;
            printer.answer(&json!({ "environment": renamed }), || {
                format!("{old} is now {}.", renamed.name)
            })?;
        }
        EnvironmentVerb::Remove { name } => {
            desk.remove(&name)?;
            printer.answer(&json!({ "removed": name }), || format!("Removed {name}."))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
