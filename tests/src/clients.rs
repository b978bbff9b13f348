//! Programs that use a lease without knowing of it: AWS's command line and SDKs, told by a profile where a key comes from.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::cli::Said;
use crate::emulator::Emulator;
use crate::process::{Process, finish};
use crate::session::Session;
use crate::{program, until};

/// The environment of somebody who has set a profile, in one session and against one emulator.
pub struct Person<'a> {
    session: &'a Session,
    endpoint: &'a str,
    config: PathBuf,
    profile: String,
}

impl<'a> Person<'a> {
    /// Somebody who uses this profile of the session's `~/.aws/config`.
    #[must_use]
    pub fn new(session: &'a Session, emulator: &'a Emulator, profile: &str) -> Self {
        Self {
            session,
            endpoint: emulator.url(),
            config: session.home().join(".aws/config"),
            profile: profile.to_owned(),
        }
    }

    /// The AWS config file.
    #[must_use]
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// Runs AWS's own command line to its end.
    ///
    /// # Errors
    /// When it cannot be started. An exit code is not an error here.
    pub async fn aws(&self, aws: &Path, arguments: &[&str]) -> Result<Said> {
        let mut command = self.command(aws);
        // Debian's version is older than `AWS_ENDPOINT_URL`.
        command.args(["--endpoint-url", self.endpoint]);
        command.args(arguments);
        let output = finish(command, b"").await?;
        Ok(Said {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// A program with one client object of boto3.
    ///
    /// # Errors
    /// When Python's environment is missing or the program does not come up.
    pub async fn boto3(&self) -> Result<Client> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/boto3_client.py");
        let mut command = self.command(&crate::emulator::python()?);
        command.arg(script);
        Client::start(command).await
    }

    /// A program with one client object of the AWS SDK for Rust.
    ///
    /// # Errors
    /// When it has not been built or does not come up.
    pub async fn rust_sdk(&self) -> Result<Client> {
        Client::start(self.command(&program("leasehold-sdk-client")?)).await
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = self.session.command(program);
        command
            .env("AWS_PROFILE", &self.profile)
            .env("AWS_CONFIG_FILE", &self.config)
            .env(
                "AWS_SHARED_CREDENTIALS_FILE",
                self.config.with_file_name("credentials"),
            )
            .env("AWS_ENDPOINT_URL", self.endpoint)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }
}

/// A running program with one client object in it.
pub struct Client {
    process: Process,
    asked: usize,
}

impl Client {
    /// Starts such a program.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start(command: Command) -> Result<Self> {
        let process = Process::start(command)?;
        process
            .line("READY", |line| (line == "READY").then_some(()))
            .await?;
        Ok(Self { process, asked: 0 })
    }

    /// Asks AWS once more who it is, with the same client object: an ARN, or `ERROR` and why not.
    ///
    /// # Errors
    /// When the program does not answer.
    pub async fn who(&mut self) -> Result<String> {
        self.process.write(b"who\n")?;
        self.asked += 1;
        until("who it is", || async {
            let answers = self.process.stdout();
            let answer = answers.lines().nth(self.asked).map(str::to_owned);
            answer.with_context(|| self.process.output())
        })
        .await
    }
}
