//! `cargo xtask bench`: what `leasehold credentials` costs, against a bare process and against botocore, in one run.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::places::Places;
use crate::setup::{Purpose, setup};
use crate::step::{Steps, cargo, openly};
use crate::test::isolate;

/// Builds the command as it is shipped, and the bench around it, and hands the arguments on.
pub fn bench(places: &Places, arguments: &[String]) -> Result<ExitCode> {
    setup(places, Purpose::Test)?;
    let mut steps = Steps::new(places, 3)?;
    let began = steps.begin(
        "The command as it is shipped: cargo build --release (the first time takes minutes)",
    );
    let mut build = cargo(places);
    build.args(["build", "--release", "--package", "leasehold-cli"]);
    openly(build)?;
    steps.end(began);
    let began = steps.begin("The bench: cargo build");
    let mut build = cargo(places);
    build.args([
        "build",
        "--bins",
        "--package",
        "leasehold-cli",
        "--package",
        "leasehold-tests",
    ]);
    openly(build)?;
    steps.end(began);
    let program = places.program("leasehold-bench");
    steps.begin("Whole processes in turns, with a real keyring");
    let mut command = Command::new(&program);
    command.arg("--program").arg(places.release("leasehold"));
    command.arg("--python").arg(places.python());
    command.args(arguments);
    isolate(places, &mut command)?;
    let status = command
        .status()
        .with_context(|| program.display().to_string())?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}
