//! Where the time of a cached `leasehold credentials` goes, told by its own diagnostics.

use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};

/// A part of the way from the start of the process to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// What is done at its end.
    pub name: String,
    /// How long it took, in the middle of all runs.
    pub took: Duration,
}

/// The parts, each from the moment the one before was done.
///
/// # Errors
/// When a run fails or says other stages than the run before.
pub fn stages(runs: usize, run: impl Fn() -> Command) -> Result<Vec<Stage>> {
    let mut all: Vec<Vec<(String, Duration)>> = Vec::new();
    for _ in 0..runs.max(1) {
        let mut command = run();
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let started: DateTime<Utc> = SystemTime::now().into();
        let output = command.output().with_context(|| format!("{command:?}"))?;
        let ended: DateTime<Utc> = SystemTime::now().into();
        let text = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{text}");
        all.push(between(started, ended, &text));
    }
    let names: Vec<&str> = all[0].iter().map(|(name, _)| name.as_str()).collect();
    ensure!(names.len() > 2, "no stages were told");
    let stage = |(at, name): (usize, &&str)| {
        let mut times = Vec::new();
        for one in &all {
            let (found, took) = one.get(at).context("a stage is missing")?;
            ensure!(found == name, "{found} where {name} was before");
            times.push(*took);
        }
        times.sort();
        Ok(Stage {
            name: (*name).to_owned(),
            took: times[times.len() / 2],
        })
    };
    names.iter().enumerate().map(stage).collect()
}

/// `2026-11-22T06:10:06.814123Z DEBUG leasehold: stage="open"` and so on, as parts.
fn between(started: DateTime<Utc>, ended: DateTime<Utc>, text: &str) -> Vec<(String, Duration)> {
    let mut last = started;
    let mut parts = Vec::new();
    let told = text.lines().filter_map(|line| {
        let at = line
            .split_whitespace()
            .next()?
            .parse::<DateTime<Utc>>()
            .ok()?;
        let (_, name) = line.split_once("stage=\"")?;
        Some((name.split('"').next()?.to_owned(), at))
    });
    for (name, at) in told.chain([("ended".to_owned(), ended)]) {
        parts.push((name, (at - last).to_std().unwrap_or_default()));
        last = at;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn parts_are_the_times_between_what_is_told() {
        let at = |text: &str| text.parse().unwrap();
        let text = "2026-01-01T00:00:00.002000Z DEBUG leasehold: stage=\"started\"\n\
                    2026-01-01T00:00:00.003000Z DEBUG leasehold: something else\n\
                    2026-01-01T00:00:00.007000Z DEBUG leasehold: stage=\"state opened\"\n";
        let parts = between(
            at("2026-01-01T00:00:00Z"),
            at("2026-01-01T00:00:00.010Z"),
            text,
        );
        let told: Vec<_> = parts
            .iter()
            .map(|(name, took)| (name.as_str(), took.as_millis()))
            .collect();
        assert_eq!(told, [("started", 2), ("state opened", 5), ("ended", 3)]);
    }
}
