//! `cargo xtask bench`: what the command costs beside a bare process and botocore, and what the window costs beside an empty one.
#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command for a terminal: printing is what it does"
)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use leasehold_tests::bench::window::{Plan, measure, table, who_woke};
use leasehold_tests::bench::{PROMISED, Ring};

const USAGE: &str =
    "cargo xtask bench [--command | --window] [--rounds N] [--starts N] [--idle SECONDS]";
const ROUNDS: usize = 200;
const STAGE_RUNS: usize = 40;
const STARTS: usize = 5;
const IDLE: Duration = Duration::from_secs(60);

/// Where the programs are, and how much is measured.
struct Wanted {
    programs: PathBuf,
    python: PathBuf,
    command: bool,
    window: bool,
    rounds: usize,
    plan: Plan,
}

#[tokio::main]
async fn main() -> ExitCode {
    match perform().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn perform() -> Result<()> {
    let wanted = wanted(std::env::args().skip(1))?;
    let command = wanted.programs.join("leasehold");
    if wanted.command {
        measure_command(&command, &wanted.python, wanted.rounds).await?;
    }
    if wanted.window {
        let desktop = wanted.programs.join("leasehold-desktop");
        let empty = wanted.programs.join("examples/empty-window");
        let costs = measure(&desktop, &command, &empty, wanted.plan).await?;
        println!("\n{}\n{}", table(&costs), who_woke(&costs));
        for one in &costs {
            let offers = if one.offers_tools {
                "OFFERED"
            } else {
                "refused"
            };
            println!("{}, developer tools: {offers}", one.name);
        }
    }
    Ok(())
}

fn wanted(mut words: impl Iterator<Item = String>) -> Result<Wanted> {
    let (mut programs, mut python) = (None, None);
    let (mut command, mut window, mut rounds) = (true, true, ROUNDS);
    let (mut starts, mut idle) = (STARTS, IDLE);
    while let Some(word) = words.next() {
        let mut value = || words.next().context(USAGE);
        match word.as_str() {
            "--programs" => programs = Some(PathBuf::from(value()?)),
            "--python" => python = Some(PathBuf::from(value()?)),
            "--command" => window = false,
            "--window" => command = false,
            "--rounds" => rounds = value()?.parse().context(USAGE)?,
            "--starts" => starts = value()?.parse().context(USAGE)?,
            "--idle" => idle = Duration::from_secs(value()?.parse().context(USAGE)?),
            _ => bail!("{USAGE}"),
        }
    }
    let (starts, idle) = (starts.max(1), idle.clamp(IDLE / 12, IDLE));
    Ok(Wanted {
        programs: programs.context("--programs FOLDER is missing")?,
        python: python.context("--python PATH is missing")?,
        command,
        window,
        rounds: rounds.max(1),
        plan: Plan { starts, idle },
    })
}

async fn measure_command(program: &Path, python: &Path, rounds: usize) -> Result<()> {
    let mut ring = Ring::prepare(program, python).await?;
    ring.run(rounds)?;
    println!(
        "{:<38}{:>6}{:>12}{:>12}{:>12}",
        "Whole processes, in turns", "runs", "p50", "p90", "p99"
    );
    for one in ring.contenders() {
        let at = |percent| ms(one.percentile(percent));
        let (name, runs) = (one.name, one.runs());
        println!(
            "{name:<38}{runs:>6}{:>12}{:>12}{:>12}",
            at(50),
            at(90),
            at(99)
        );
    }
    println!("\nWhere the time of a cached `leasehold credentials` goes (with its diagnostics on)");
    for stage in ring.stages(STAGE_RUNS)? {
        println!("{:<44}{:>12}", stage.name, ms(stage.took));
    }
    let find = |name: &str| {
        let found = ring
            .contenders()
            .iter()
            .find(|one| one.name.starts_with(name));
        found.map(|one| one.percentile(50)).unwrap_or_default()
    };
    let (cached, bare) = (find("leasehold credentials"), find("true"));
    let (ours, fixed) = (find("botocore, leasehold"), find("botocore, static"));
    println!(
        "\nCached: {} from process start to exit, {} more than a bare process. Promised: {}.",
        ms(cached),
        ms(cached.saturating_sub(bare)),
        ms(PROMISED)
    );
    println!(
        "To botocore it costs {} more than a static profile.",
        ms(ours.saturating_sub(fixed))
    );
    if cached > PROMISED {
        println!(
            "note: that is more than promised; a machine that does other work, or whose disk is slow, does that."
        );
    }
    Ok(())
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
