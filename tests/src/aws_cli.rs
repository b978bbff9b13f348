//! AWS's own command line, version 2: what a person has on the machine on which a break-glass kit is run.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use tokio::time::timeout;

use crate::clock::Clock;
use crate::keys::Keys;

/// A script that calls the AWS CLI dozens of times, each of which starts a Python, on a machine that builds beside it.
const SCRIPT: Duration = Duration::from_secs(300);

/// A machine with the AWS CLI and a POSIX shell, and nothing of Leasehold.
pub struct Machine {
    aws: PathBuf,
    folder: tempfile::TempDir,
    more: Vec<(&'static str, OsString)>,
}

impl Machine {
    /// Finds the AWS CLI version 2 on this computer, wherever another version stands before it.
    ///
    /// # Errors
    /// When it is not installed; the message says how it gets there.
    pub fn new() -> Result<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path)
            .map(|folder| folder.join("aws"))
            .find(|aws| is_version_2(aws));
        let aws = found.ok_or_else(|| {
            anyhow!(
                "the AWS CLI version 2 is not installed; `cargo xtask setup --tests` installs Debian's package awscli, \
                 elsewhere see https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"
            )
        })?;
        let folder = tempfile::Builder::new()
            .prefix("leasehold-elsewhere-")
            .tempdir()?;
        // The one program that is not part of every system.
        std::os::unix::fs::symlink(&aws, folder.path().join("aws"))?;
        Ok(Self {
            aws,
            folder,
            more: Vec::new(),
        })
    }

    /// The same machine, whose clock is this.
    #[must_use]
    pub fn by(self, clock: &Clock) -> Self {
        let more = clock.environment();
        Self { more, ..self }
    }

    /// Where the CLI is.
    #[must_use]
    pub fn aws(&self) -> &Path {
        &self.aws
    }

    /// Runs a script with `sh`, with this key and endpoint in the environment and nothing on standard input.
    ///
    /// # Errors
    /// When it cannot be started or does not end.
    pub async fn sh(
        &self,
        script: &str,
        words: &[&str],
        keys: &Keys,
        endpoint: &str,
    ) -> Result<Output> {
        let path = self.folder.path().join("script.sh");
        std::fs::write(&path, script)?;
        let mut command = Command::new("sh");
        command
            .arg(&path)
            .args(words)
            .env_clear()
            .env(
                "PATH",
                format!("{}:/usr/bin:/bin", self.folder.path().display()),
            )
            .env("HOME", self.folder.path())
            .env("TMPDIR", self.folder.path())
            .env("AWS_ACCESS_KEY_ID", &keys.id)
            .env("AWS_SECRET_ACCESS_KEY", &keys.secret)
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(self.more.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut command = tokio::process::Command::from(command);
        command.kill_on_drop(true);
        let ending = timeout(SCRIPT, command.output()).await;
        ending
            .map_err(|_| anyhow!("the script is still running after {SCRIPT:?}"))?
            .context("starting sh")
    }
}

fn is_version_2(aws: &Path) -> bool {
    let answer = Command::new(aws)
        .arg("--version")
        .stdin(Stdio::null())
        .output();
    answer.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).starts_with("aws-cli/2"))
}
