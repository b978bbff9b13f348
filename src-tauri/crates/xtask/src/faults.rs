//! `cargo xtask faults`: kills, breaks and delays the real command at every point, and prints what that left: zeros.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::places::Places;
use crate::setup::{Purpose, setup};
use crate::step::{Steps, cargo, openly};
use crate::test::isolate;

/// Builds the command and the harness, and hands the arguments on. Ends with the harness's own exit code.
pub fn faults(places: &Places, arguments: &[String]) -> Result<ExitCode> {
    setup(places, Purpose::Test)?;
    let mut steps = Steps::new(places, 2)?;
    let began = steps.begin("Leasehold's command and its fault harness: cargo build");
    let mut build = cargo(places);
    let packages = ["leasehold-cli", "leasehold-tests"];
    build.args(["build", "--bins"]);
    for package in packages {
        build.args(["--package", package]);
    }
    openly(build)?;
    steps.end(began);
    let program = places.program("leasehold-faults");
    steps.begin("Every point and every fault, with an AWS emulator behind a proxy");
    let mut command = Command::new(&program);
    command.args(arguments);
    isolate(places, &mut command)?;
    let status = command
        .status()
        .with_context(|| program.display().to_string())?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}
