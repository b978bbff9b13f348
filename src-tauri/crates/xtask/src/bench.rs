//! `cargo xtask bench`: what `leasehold credentials` costs, against a bare process and against botocore; what the window costs,
//! against an empty one; and how many logins and calls a second the door of access judges, with STS stubbed.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::places::Places;
use crate::run::BUNDLED_PAGE;
use crate::setup::{Purpose, setup};
use crate::step::{Steps, cargo, openly};
use crate::test::{isolate, whole_workspace};

/// What the window is measured against.
const EMPTY: &str = "empty-window";

/// Builds the programs as they are shipped, and the bench around them, and hands the arguments on.
pub fn bench(places: &Places, arguments: &[String]) -> Result<ExitCode> {
    setup(places, Purpose::Test)?;
    let is_asked = |part: &str| arguments.iter().any(|argument| argument == part);
    if is_asked("--door") {
        door(places, &mut Steps::new(places, 1)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let with_door = !is_asked("--window") && !is_asked("--command");
    let mut steps = Steps::new(places, 4 + usize::from(with_door))?;
    if with_door {
        door(places, &mut steps)?;
    }
    let began = steps.begin(
        "The programs as they are shipped: cargo build --release (the first time takes long)",
    );
    let mut build = shipped(places, &[]);
    build.arg("--bins");
    openly(build)?;
    steps.end(began);
    let began = steps.begin("An empty window of the same toolkit: cargo build --release");
    let mut build = shipped(places, &["leasehold-desktop/empty-window"]);
    build.args(["--example", EMPTY]);
    openly(build)?;
    steps.end(began);
    // As for the tests, whose own needs switch features on, so that neither builds anew what the other needs.
    let began = steps.begin("The bench: cargo build");
    let mut build = whole_workspace(places, &["build"]);
    build.args(["--bins", "--test", "window"]);
    openly(build)?;
    steps.end(began);
    let program = places.program("leasehold-bench");
    steps.begin("In turns, with a real keyring, on a virtual display");
    let mut command = Command::new(&program);
    command.arg("--programs").arg(places.release_folder());
    command.arg("--python").arg(places.python());
    command.args(arguments);
    isolate(places, &mut command)?;
    let status = command
        .status()
        .with_context(|| program.display().to_string())?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}

fn door(places: &Places, steps: &mut Steps) -> Result<()> {
    let began = steps.begin("The door: verified logins and token checks a second, STS stubbed");
    let mut door = cargo(places);
    door.args(["run", "--release", "--package", "leasehold-access"]);
    door.args(["--features", "client,desk", "--example", "door_bench"]);
    openly(door)?;
    steps.end(began);
    Ok(())
}

/// A release build of both programs' packages, so that what they share is built once.
fn shipped(places: &Places, features: &[&str]) -> Command {
    let mut build = cargo(places);
    build.args(["build", "--release"]);
    build.args([
        "--package",
        "leasehold-desktop",
        "--package",
        "leasehold-cli",
    ]);
    build.args([
        "--features",
        &[&[BUNDLED_PAGE], features].concat().join(","),
    ]);
    build
}
