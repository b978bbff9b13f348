//! The `leasehold` command in a session, on a home of the test's choice.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process::{Process, finish};
use crate::program;
use crate::session::Session;

/// How to call the command; cheap to clone and to vary.
#[derive(Clone)]
pub struct Cli {
    program: PathBuf,
    environment: Vec<(OsString, OsString)>,
    home: PathBuf,
}

/// What one call said.
#[derive(Clone, Debug)]
pub struct Said {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Cli {
    /// The command with `LEASEHOLD_HOME` set to `home`, in this session.
    ///
    /// # Errors
    /// When it has not been built.
    pub fn new(session: &Session, home: &Path) -> Result<Self> {
        let environment = session.environment().to_vec();
        let cli = Self {
            program: program("leasehold")?,
            environment,
            home: home.to_owned(),
        };
        Ok(cli.env("LEASEHOLD_HOME", home))
    }

    /// The command on a machine without a desktop session: its keys are in an encrypted file, and nothing of this
    /// process's environment reaches it.
    ///
    /// # Errors
    /// When it has not been built.
    pub fn without_session(home: &Path) -> Result<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let fixed = [
            ("HOME", home.as_os_str().to_owned()),
            ("PATH", path),
            ("LANG", "C.UTF-8".into()),
            ("TZ", "UTC".into()),
            ("LEASEHOLD_KEYCHAIN", "file".into()),
            ("LEASEHOLD_PASSPHRASE", "correct horse".into()),
        ];
        let cli = Self {
            program: program("leasehold")?,
            environment: fixed.map(|(key, value)| (key.into(), value)).into(),
            home: home.to_owned(),
        };
        Ok(cli.env("LEASEHOLD_HOME", home))
    }

    /// The same by another build of the command.
    #[must_use]
    pub fn by(mut self, program: &Path) -> Self {
        program.clone_into(&mut self.program);
        self
    }

    /// What it is called with, for a test that calls it in a way of its own.
    #[must_use]
    pub fn environment(&self) -> &[(OsString, OsString)] {
        &self.environment
    }

    /// The folder of its state.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The same with this computer's clock moved ahead: debug builds only.
    #[must_use]
    pub fn ahead(&self, by: std::time::Duration) -> Self {
        let seconds = by.as_secs().to_string();
        self.clone().env("LEASEHOLD_TEST_CLOCK_OFFSET", seconds)
    }

    /// The same with one more environment variable.
    #[must_use]
    pub fn env(mut self, key: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((key.into(), value.into()));
        self
    }

    /// Runs it without standard input.
    ///
    /// # Errors
    /// When it cannot be started. An exit code is not an error here.
    pub async fn run(&self, arguments: &[&str]) -> Result<Said> {
        self.run_with_input(arguments, "").await
    }

    /// Runs it with this text, for example a secret, as its standard input.
    ///
    /// # Errors
    /// As for [`Cli::run`].
    pub async fn run_with_input(&self, arguments: &[&str], input: &str) -> Result<Said> {
        let output = finish(self.command(arguments), input.as_bytes()).await?;
        Ok(Said {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Runs it with `--json` and gives the document it printed.
    ///
    /// # Errors
    /// When it fails, with all it said, or prints anything but one JSON document.
    pub async fn json(&self, arguments: &[&str]) -> Result<Value> {
        self.json_with_input(arguments, "").await
    }

    /// As [`Cli::json`], with standard input.
    ///
    /// # Errors
    /// As for [`Cli::json`].
    pub async fn json_with_input(&self, arguments: &[&str], input: &str) -> Result<Value> {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let said = self.run_with_input(&arguments, input).await?;
        if said.code != 0 {
            bail!(
                "leasehold {arguments:?}: {}\n{}{}",
                said.code,
                said.stdout,
                said.stderr
            );
        }
        said.json()
    }

    /// Starts it and leaves it running, for `lease watch` and for being killed half-way.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self, arguments: &[&str]) -> Result<Process> {
        Process::start(self.command(arguments))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let home = self.home.parent().unwrap_or(&self.home);
        let mut command = crate::session::command_in(&self.environment, &self.program, home);
        command.args(arguments);
        command
    }
}

impl Said {
    /// Standard output as one JSON document.
    ///
    /// # Errors
    /// When it is none.
    pub fn json(&self) -> Result<Value> {
        let parsed = serde_json::from_str(&self.stdout);
        parsed.with_context(|| format!("not one JSON document: {:?}", self.stdout))
    }

    /// The error printed with `--json`: `{code, message, hint, field}`.
    ///
    /// # Errors
    /// When standard error carries none.
    pub fn error(&self) -> Result<Value> {
        let parsed: Option<Value> = self
            .stderr
            .lines()
            .rev()
            .find_map(|line| serde_json::from_str(line).ok());
        let parsed = parsed.or_else(|| serde_json::from_str(&self.stderr).ok());
        let error = parsed.and_then(|document: Value| document.get("error").cloned());
        error.with_context(|| format!("no error document in {:?}", self.stderr))
    }
}
