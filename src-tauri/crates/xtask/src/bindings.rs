//! `cargo xtask bindings`: the page's types, written from the engine's. A test of the engine fails when they differ.

use anyhow::Result;

use crate::places::Places;
use crate::step::{Steps, cargo, openly};

/// Writes `ui/src/api/generated`.
pub fn bindings(places: &Places) -> Result<()> {
    let mut steps = Steps::new(places, 1)?;
    let began = steps.begin("Types: ui/src/api/generated from leasehold-engine");
    let mut command = cargo(places);
    command.args([
        "test",
        "--quiet",
        "--package",
        "leasehold-engine",
        "--test",
        "bindings",
    ]);
    command.env("LEASEHOLD_WRITE_BINDINGS", "1");
    openly(command)?;
    steps.end(began);
    Ok(())
}
