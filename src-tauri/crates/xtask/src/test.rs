//! `cargo xtask test`: every check a change must pass, one phase after the other, stopping at the first that fails.

mod isolation;

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

pub use self::isolation::isolate;
use crate::USAGE_ERROR;
use crate::places::Places;
use crate::run::BUNDLED_PAGE;
use crate::setup::{Purpose, setup};
use crate::step::{ask, cargo, human, npm, openly};

struct Phase {
    name: &'static str,
    what: &'static str,
    perform: fn(&Places) -> Result<()>,
}

/// Cheap ones first. From `clippy` on all name the whole workspace with the same features, so that nothing is built twice.
const PHASES: &[Phase] = &[
    Phase {
        name: "setup",
        what: "what this machine lacks",
        perform: |places| setup(places, Purpose::Test),
    },
    Phase {
        name: "format",
        what: "cargo fmt --check",
        perform: format,
    },
    Phase {
        name: "domain",
        what: "the rules: cargo test -p leasehold-domain",
        perform: domain,
    },
    Phase {
        name: "page-lint",
        what: "npm run lint",
        perform: |places| page(places, "lint"),
    },
    Phase {
        name: "page-check",
        what: "npm run check",
        perform: |places| page(places, "check"),
    },
    Phase {
        name: "page-test",
        what: "npm run test",
        perform: |places| page(places, "test"),
    },
    Phase {
        name: "page-e2e",
        what: "npm run e2e",
        perform: |places| page(places, "e2e"),
    },
    Phase {
        name: "clippy",
        what: "cargo clippy -D warnings",
        perform: clippy,
    },
    Phase {
        name: "build",
        what: "all programs and tests",
        perform: build,
    },
    Phase {
        name: "unit",
        what: "the crates' own tests",
        perform: unit,
    },
    Phase {
        name: "system",
        what: "whole-system tests: emulator, keyring, real window",
        perform: system,
    },
];

/// Runs the phases that are asked for and sums up.
pub fn test(places: &Places, arguments: &[String]) -> Result<ExitCode> {
    let phases = match choose(arguments) {
        Ok(Choice::List) => {
            PHASES
                .iter()
                .for_each(|phase| println!("{:<12}{}", phase.name, phase.what));
            return Ok(ExitCode::SUCCESS);
        }
        Ok(Choice::Run(phases)) => phases,
        Err(error) => {
            eprintln!("error: {error:#}");
            return Ok(ExitCode::from(USAGE_ERROR));
        }
    };
    let began = Instant::now();
    let mut times: Vec<(&str, Duration)> = Vec::new();
    let mut failed = None;
    for phase in phases {
        println!("\n=== {}: {}", phase.name, phase.what);
        let began = Instant::now();
        let result = (phase.perform)(places);
        times.push((phase.name, began.elapsed()));
        if let Err(error) = result {
            println!("error: {error:#}");
            failed = Some(phase.name);
            break;
        }
        println!("=== {}: {}", phase.name, human(began.elapsed()));
    }
    println!();
    for (name, time) in &times {
        let verdict = if failed == Some(name) { "FAILED" } else { "ok" };
        println!("{name:<12}{verdict:<8}{:>14}", human(*time));
    }
    let total = human(began.elapsed());
    Ok(match failed {
        None => {
            println!("test: passed in {total}");
            ExitCode::SUCCESS
        }
        Some(name) => {
            println!("test: FAILED in phase {name} after {total}");
            ExitCode::FAILURE
        }
    })
}

enum Choice {
    List,
    Run(Vec<&'static Phase>),
}

fn choose(arguments: &[String]) -> Result<Choice> {
    let (mut only, mut skip) = (Vec::new(), Vec::new());
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let list = match word.as_str() {
            "--only" => &mut only,
            "--skip" => &mut skip,
            "--list" => return Ok(Choice::List),
            other => bail!("test takes --only PHASE, --skip PHASE or --list, not {other:?}"),
        };
        let Some(name) = words.next() else {
            bail!("{word} needs a phase")
        };
        if !PHASES.iter().any(|phase| phase.name == name) {
            let names: Vec<_> = PHASES.iter().map(|phase| phase.name).collect();
            bail!("there is no phase {name:?}; there are {}", names.join(", "));
        }
        list.push(name.as_str());
    }
    let wanted = |phase: &&Phase| {
        (only.is_empty() || only.contains(&phase.name)) && !skip.contains(&phase.name)
    };
    Ok(Choice::Run(PHASES.iter().filter(wanted).collect()))
}

fn format(places: &Places) -> Result<()> {
    let mut command = cargo(places);
    command.args(["fmt", "--all", "--check"]);
    openly(command)
}

fn page(places: &Places, script: &str) -> Result<()> {
    let mut command = npm(places);
    command.args(["run", script]).env("CI", "true");
    openly(command)
}

fn clippy(places: &Places) -> Result<()> {
    let mut command = whole_workspace(places, &["clippy"]);
    command.args(["--all-targets", "--", "-D", "warnings"]);
    openly(command)
}

fn build(places: &Places) -> Result<()> {
    let mut command = whole_workspace(places, &["build"]);
    command.arg("--all-targets");
    openly(command)
}

fn domain(places: &Places) -> Result<()> {
    let mut command = cargo(places);
    command.args(["test", "--package", "leasehold-domain"]);
    openly(command)
}

fn unit(places: &Places) -> Result<()> {
    let mut command;
    if has_nextest(places) {
        command = whole_workspace(places, &["nextest", "run"]);
        command.args([
            "--no-tests=pass",
            "--no-fail-fast",
            "--filterset",
            "not package(leasehold-tests)",
        ]);
    } else {
        command = whole_workspace(places, &["test"]);
        command.args(["--lib", "--bins"]);
        let of_the_system = test_names(&places.root.join("tests/tests"));
        let crates = std::fs::read_dir(places.root.join("src-tauri/crates"))?.flatten();
        let folders = crates
            .map(|entry| entry.path())
            .chain([places.root.join("src-tauri")]);
        let names = folders.flat_map(|folder| test_names(&folder.join("tests")));
        for name in names.filter(|name| !of_the_system.contains(name)) {
            command.args(["--test", &name]);
        }
    }
    isolate(places, &mut command)?;
    openly(command)?;
    let mut documentation = whole_workspace(places, &["test"]);
    documentation.arg("--doc");
    isolate(places, &mut documentation)?;
    openly(documentation)
}

fn system(places: &Places) -> Result<()> {
    let mut command;
    if has_nextest(places) {
        command = whole_workspace(places, &["nextest", "run"]);
        command.args(["--no-fail-fast", "--filterset", "package(leasehold-tests)"]);
    } else {
        command = whole_workspace(places, &["test"]);
        for name in test_names(&places.root.join("tests/tests")) {
            command.args(["--test", &name]);
        }
    }
    isolate(places, &mut command)?;
    openly(command)
}

/// A cargo command on every crate, with the features that the window is built with.
pub fn whole_workspace(places: &Places, command: &[&str]) -> Command {
    let mut cargo = cargo(places);
    cargo
        .args(command)
        .args(["--workspace", "--features", BUNDLED_PAGE]);
    cargo
}

fn has_nextest(places: &Places) -> bool {
    let mut command = cargo(places);
    let answer = command.args(["nextest", "--version"]).output();
    answer.is_ok_and(|output| output.status.success())
}

/// The integration tests of a folder: its files, and its folders with a `main.rs`.
fn test_names(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension().is_some_and(|end| end == "rs") || path.join("main.rs").exists()
        })
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    names
}

/// Whether a window can be shown on a virtual display here.
pub fn has_virtual_display() -> bool {
    ask(
        "sh",
        &["-c", "command -v Xvfb && command -v WebKitWebDriver"],
    )
    .is_some()
}

#[cfg(test)]
mod tests {
    use super::{Choice, choose};

    fn names(arguments: &[&str]) -> Vec<&'static str> {
        let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
        match choose(&arguments).unwrap() {
            Choice::Run(phases) => phases.iter().map(|phase| phase.name).collect(),
            Choice::List => panic!("a list was not asked for"),
        }
    }

    #[test]
    fn phases_are_chosen_by_name_and_keep_their_order() {
        assert_eq!(
            names(&["--only", "system", "--only", "format"]),
            ["format", "system"]
        );
        let most = names(&["--skip", "page-e2e"]);
        assert!(most.contains(&"system") && !most.contains(&"page-e2e"));
        assert_eq!(names(&[]).first(), Some(&"setup"));
    }

    #[test]
    fn unknown_words_and_phases_are_refused() {
        for arguments in [&["--only"][..], &["--only", "nonsense"], &["nonsense"]] {
            let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
            assert!(choose(&arguments).is_err(), "{arguments:?}");
        }
    }
}
