//! What one `leasehold credentials` costs a program that waits for it, beside what cannot be avoided and what others take.
//!
//! Every contender is a whole process, from before it is started until it has ended and all it printed is read. They run
//! in turns, so that a machine that is slow for a while is so for all of them.

mod stages;
pub mod window;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::cli::Cli;
use crate::session::{Display, Keyring, Session};

pub use stages::{Stage, stages};

/// Python starts so slowly that it takes part in every so manieth round only.
const SLOW: usize = 10;
/// The promise of the product: from process start to exit, on an ordinary machine.
pub const PROMISED: Duration = Duration::from_millis(20);

const RESOLVE: &str = "import botocore.session, sys
keys = botocore.session.Session(profile=sys.argv[1]).get_credentials().get_frozen_credentials()
print(keys.access_key)";

/// A kind of process that takes part.
pub struct Contender {
    /// What it is, for the table.
    pub name: &'static str,
    /// It takes part in every so manieth round.
    every: usize,
    program: PathBuf,
    arguments: Vec<String>,
    times: Vec<Duration>,
}

/// The place where it happens: a session with a real keyring, a home with a kept key, AWS profiles that name them.
pub struct Ring {
    session: Session,
    home: PathBuf,
    program: PathBuf,
    contenders: Vec<Contender>,
}

impl Ring {
    /// Prepares everything with this build of the command and this Python, which has botocore.
    ///
    /// # Errors
    /// When a program is missing or does not do what it should.
    pub async fn prepare(program: &Path, python: &Path) -> Result<Self> {
        let session = Session::start(Display::None, Keyring::Unlocked).await?;
        let home = session.home().join("leasehold");
        let cli = Cli::new(&session, &home)?.by(program);
        cli.json(&["connection", "add", "practice", "--practice"])
            .await?;
        let secret = [
            "secret",
            "add",
            "s3",
            "--connection",
            "practice",
            "--default-ttl",
            "8h",
            "--max-ttl",
            "8h",
        ];
        cli.json(&secret).await?;
        let kept = cli.json(&["credentials", "s3"]).await?;
        let key = kept["access_key_id"].as_str().context("no key")?.to_owned();
        let config = format!(
            "[profile leasehold]\ncredential_process = \"{}\" --home \"{}\" credentials s3\nregion = us-east-1\n\
             [profile static]\naws_access_key_id = {key}\naws_secret_access_key = not-a-secret\nregion = us-east-1\n",
            program.display(),
            home.display()
        );
        std::fs::create_dir_all(session.home().join(".aws"))?;
        std::fs::write(session.home().join(".aws/config"), config)?;
        let mut ring = Self {
            session,
            home,
            program: program.to_owned(),
            contenders: Vec::new(),
        };
        let python = python.display().to_string();
        ring.add("true: a process that does nothing", 1, "true", &[]);
        let leasehold = program.display().to_string();
        ring.add(
            "leasehold --version: its bare start",
            1,
            &leasehold,
            &["--version"],
        );
        ring.add(
            "leasehold credentials, cached",
            1,
            &leasehold,
            &["credentials", "s3"],
        );
        ring.add(
            "python: a process that does nothing",
            SLOW,
            &python,
            &["-c", ""],
        );
        let botocore = ["-c", RESOLVE];
        ring.add(
            "botocore, static profile",
            SLOW,
            &python,
            &[botocore[0], botocore[1], "static"],
        );
        ring.add(
            "botocore, leasehold's profile",
            SLOW,
            &python,
            &[botocore[0], botocore[1], "leasehold"],
        );
        Ok(ring)
    }

    fn add(&mut self, name: &'static str, every: usize, program: &str, arguments: &[&str]) {
        self.contenders.push(Contender {
            name,
            every,
            program: program.into(),
            arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
            times: Vec::new(),
        });
    }

    /// Lets all of them run, in turns.
    ///
    /// # Errors
    /// When one of them fails.
    pub fn run(&mut self, rounds: usize) -> Result<()> {
        for round in 0..rounds {
            for at in 0..self.contenders.len() {
                let contender = &self.contenders[at];
                if !round.is_multiple_of(contender.every) {
                    continue;
                }
                let command = self.command(&contender.program, &contender.arguments);
                let (took, output) = timed(command)?;
                ensure!(
                    output.status.success(),
                    "{}: {}",
                    contender.name,
                    String::from_utf8_lossy(&output.stderr)
                );
                self.contenders[at].times.push(took);
            }
        }
        Ok(())
    }

    /// Where the time of a cached `credentials` goes, in the middle of so many runs.
    ///
    /// # Errors
    /// When it fails or tells nothing.
    pub fn stages(&self, runs: usize) -> Result<Vec<Stage>> {
        let arguments = ["credentials".to_owned(), "s3".to_owned()];
        let run = || {
            let mut command = self.command(&self.program, &arguments);
            command.env("LEASEHOLD_LOG", "debug");
            command
        };
        stages(runs, run)
    }

    /// Those who took part.
    #[must_use]
    pub fn contenders(&self) -> &[Contender] {
        &self.contenders
    }

    fn command(&self, program: &Path, arguments: &[String]) -> Command {
        let mut command = self.session.command(program);
        command
            .args(arguments)
            .env("LEASEHOLD_HOME", &self.home)
            .stdin(Stdio::null());
        command
    }
}

impl Contender {
    /// So many percent of its runs took no longer than this.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Duration {
        let mut times = self.times.clone();
        times.sort();
        let at = (times.len().saturating_sub(1)) * percent / 100;
        times.get(at).copied().unwrap_or_default()
    }

    /// How often it ran.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.times.len()
    }
}

/// Starts a process, reads all it prints, and says how long that took.
fn timed(mut command: Command) -> Result<(Duration, Output)> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let since = Instant::now();
    let output = command.output().with_context(|| format!("{command:?}"))?;
    Ok((since.elapsed(), output))
}
