//! `cargo xtask …`: from a bare machine to a window, to a verdict, to pictures. See `USAGE` for the commands.
#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command for a terminal: printing is what it does"
)]

mod bench;
mod bindings;
mod faults;
mod icons;
mod places;
mod run;
mod setup;
mod step;
mod test;
mod tour;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::places::Places;
use crate::setup::Purpose;

const USAGE: &str = "\
Leasehold's own commands. Each installs what it needs first; a second run does nothing twice.

    cargo xtask run [ARGUMENT…]    build Leasehold and open its window, with these arguments
    cargo xtask test               everything a change must pass, whole-system tests included
        --only PHASE                   only this phase (may be repeated)
        --skip PHASE                   all but this phase (may be repeated)
        --list                         the phases
    cargo xtask faults             kill points and faults against every operation, as a table of what they broke
        --full                         every fault at every request; minutes instead of one
        --only OPERATION               issue, renew, revoke, edit or remove (may be repeated)
        --case TEXT                    only cases whose name holds this; --list shows the names
    cargo xtask tour               every screen of the real window on a virtual display, light and dark: target/tour/index.html
    cargo xtask setup [--tests]    only install: what building needs, and with --tests what testing needs
    cargo xtask bench              what `leasehold credentials` costs beside a bare process and botocore, and what the window
                                   costs beside an empty one, each in one run; release builds, a quarter of an hour
        --command [--rounds N]         only the first
        --door                         only logins and calls a second at the gateway's door, with STS stubbed
        --window                       only the second: time to the finished picture, memory, wake-ups, as Markdown
        [--starts N] [--idle SECONDS]  how much of it [default: 5 starts, watched 60 s in each state]
    cargo xtask icons              make the icons' sizes from icons/*.svg
    cargo xtask bindings           write the page's types from the engine's
";

/// What `main` ends with when nothing could be started because of how it was called or where.
const USAGE_ERROR: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match perform(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(arguments: &[String]) -> Result<ExitCode> {
    let Some((command, rest)) = arguments.split_first() else {
        print!("{USAGE}");
        return Ok(ExitCode::from(USAGE_ERROR));
    };
    let places = Places::find()?;
    match command.as_str() {
        "run" => return run::run(&places, rest),
        "test" => return test::test(&places, rest),
        "faults" => return faults::faults(&places, rest),
        "setup" => {
            let purpose = match rest {
                [] => Purpose::Build,
                [flag] if flag == "--tests" => Purpose::Test,
                _ => bail!("setup takes --tests or nothing\n\n{USAGE}"),
            };
            setup::setup(&places, purpose)?;
        }
        "tour" => tour::tour(&places)?,
        "bench" => return bench::bench(&places, rest),
        "icons" => icons::icons(&places)?,
        "bindings" => bindings::bindings(&places)?,
        "help" | "--help" | "-h" => print!("{USAGE}"),
        other => {
            eprint!("error: there is no command {other:?}\n\n{USAGE}");
            return Ok(ExitCode::from(USAGE_ERROR));
        }
    }
    Ok(ExitCode::SUCCESS)
}
