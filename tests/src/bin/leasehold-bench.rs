//! `cargo xtask bench`: the figure of `leasehold credentials` beside a bare process and botocore, in one run.
#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command for a terminal: printing is what it does"
)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use leasehold_tests::bench::{PROMISED, Ring};

const USAGE: &str = "cargo xtask bench [--rounds N]";
const ROUNDS: usize = 200;
const STAGE_RUNS: usize = 40;

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
    let (mut program, mut python, mut rounds) = (None, None, ROUNDS);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().context(USAGE);
        match word.as_str() {
            "--program" => program = Some(PathBuf::from(value()?)),
            "--python" => python = Some(PathBuf::from(value()?)),
            "--rounds" => rounds = value()?.parse().context(USAGE)?,
            _ => bail!("{USAGE}"),
        }
    }
    let program = program.context("--program PATH is missing")?;
    let python = python.context("--python PATH is missing")?;
    let mut ring = Ring::prepare(&program, &python).await?;
    ring.run(rounds.max(1))?;
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
