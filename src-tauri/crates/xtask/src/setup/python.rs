//! The AWS emulator of the whole-system tests, in a Python environment of its own with pinned versions.

use std::process::Command;

use anyhow::{Result, bail};

use super::stamp::Stamp;
use crate::places::Places;
use crate::step::{Steps, ask};

/// What the emulator needs at least.
const OLDEST: &str = "3.10";
const PROBE: &str = "import sys, venv, ensurepip; sys.version_info >= (3, 10) or sys.exit(1); print(sys.version, sys.prefix)";
const CANDIDATES: &[&str] = &[
    "python3",
    "python3.14",
    "python3.13",
    "python3.12",
    "python3.11",
    "python3.10",
    "python",
];

/// Makes the environment, when the pinned versions or Python have changed.
pub fn install(places: &Places, steps: &mut Steps) -> Result<()> {
    let found = CANDIDATES
        .iter()
        .find_map(|name| Some((*name, ask(name, &["-c", PROBE])?)));
    let Some((python, version)) = found else {
        bail!(
            "Python {OLDEST} or newer with its venv module is not there; the AWS emulator needs it"
        );
    };
    let requirements = places.root.join("tests/emulator/requirements.txt");
    let stamp = Stamp::new(
        places,
        "emulator",
        std::slice::from_ref(&requirements),
        &[&version],
    )?;
    let folder = places.venv();
    if stamp.is_fresh(&folder.join("pyvenv.cfg")) {
        steps.up_to_date("AWS emulator");
        return Ok(());
    }
    let began = steps.begin("AWS emulator: pip install -r tests/emulator/requirements.txt");
    let mut make = Command::new(python);
    make.args(["-m", "venv", "--clear"]).arg(&folder);
    steps.quietly("venv", make)?;
    let bin = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let mut pip = Command::new(bin.join("python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--no-input",
        "--disable-pip-version-check",
        "--requirement",
    ]);
    pip.arg(&requirements);
    steps.quietly("pip", pip)?;
    stamp.keep()?;
    steps.end(began);
    Ok(())
}
