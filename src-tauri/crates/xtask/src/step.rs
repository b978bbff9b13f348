//! Steps as a person sees them: a numbered line each, the time it took, and the end of its log when it fails.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::places::Places;

const LOG_TAIL: usize = 40;

/// A run of numbered steps.
pub struct Steps {
    total: usize,
    current: usize,
    logs: PathBuf,
}

impl Steps {
    /// `total` steps that log below `target/xtask/logs`.
    pub fn new(places: &Places, total: usize) -> Result<Self> {
        let logs = places.own().join("logs");
        std::fs::create_dir_all(&logs).with_context(|| logs.display().to_string())?;
        Ok(Self {
            total,
            current: 0,
            logs,
        })
    }

    /// Says that the next step begins and what it does.
    pub fn begin(&mut self, what: &str) -> Instant {
        self.current += 1;
        println!("[{}/{}] {what}", self.current, self.total);
        Instant::now()
    }

    /// Says that there was nothing to do.
    pub fn up_to_date(&mut self, what: &str) {
        self.begin(&format!("{what}: up to date"));
    }

    /// Says how long the step took.
    pub fn end(&self, began: Instant) {
        println!("      done in {}", human(began.elapsed()));
    }

    /// Runs a chatty tool without showing what it prints, unless it fails.
    pub fn quietly(&self, name: &str, mut command: Command) -> Result<()> {
        let path = self.logs.join(format!("{name}.log"));
        let log = File::create(&path).with_context(|| path.display().to_string())?;
        let status = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .status()
            .with_context(|| describe(&command))?;
        if status.success() {
            return Ok(());
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        for line in &lines[lines.len().saturating_sub(LOG_TAIL)..] {
            println!("      | {line}");
        }
        bail!(
            "{}: {status} (all it said: {})",
            describe(&command),
            path.display()
        )
    }
}

/// Runs a tool that shows its own progress.
pub fn openly(mut command: Command) -> Result<()> {
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| describe(&command))?;
    if status.success() {
        Ok(())
    } else {
        bail!("{}: {status}", describe(&command))
    }
}

/// What a program prints when asked something; `None` when it is missing or refuses.
pub fn ask(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The cargo that runs us.
pub fn cargo(places: &Places) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(&places.root);
    command
}

/// npm in the page's folder.
pub fn npm(places: &Places) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(places.ui());
    command
}

/// A command as one would type it.
pub fn describe(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    words.join(" ")
}

/// A duration for people: `0.4 s`, `48 s`, `3 min 5 s`.
pub fn human(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f32()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::human;
    use std::time::Duration;

    #[test]
    fn durations_read_like_speech() {
        let of = |ms| human(Duration::from_millis(ms));
        assert_eq!(of(420), "0.4 s");
        assert_eq!(of(48_300), "48 s");
        assert_eq!(of(185_000), "3 min 5 s");
    }
}
