//! What is measured: Leasehold on a home of its own, and the empty window.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use super::{Ground, KEPT_MINUTES, family, memory};
use crate::cli::Cli;
use crate::ledger;
use crate::measure::Member;
use crate::process::Process;
use crate::session::Session;

/// The process that WebKit starts for each page.
const PAGE: &str = "WebKitWebProces";

pub(super) struct Subject {
    pub(super) name: &'static str,
    /// Of its window.
    pub(super) title: &'static str,
    program: PathBuf,
    home: Option<PathBuf>,
}

/// One that runs, with all it started.
pub(super) struct Running(Process);

impl Subject {
    pub(super) fn empty(program: &Path) -> Self {
        Self {
            name: "empty window",
            title: "Empty",
            program: program.to_owned(),
            home: None,
        }
    }

    /// With a connection, a dynamic secret, a lease that has ended, and so many more in its past.
    pub(super) async fn leasehold(
        ground: &Ground,
        program: &Path,
        cli: &Path,
        history: u32,
    ) -> Result<Self> {
        let session = &ground.session;
        let home = session.home().join(format!("leasehold-{history}"));
        let cli = Cli::new(session, &home)?.by(cli);
        let ttls = ["--default-ttl", "10m", "--max-ttl", "1h"];
        let secret = ["secret", "add", "try-me", "--connection", "practice"];
        cli.json(&["connection", "add", "practice", "--practice"])
            .await?;
        cli.json(&[&secret[..], &ttls].concat()).await?;
        cli.json(&["lease", "create", "try-me"]).await?;
        cli.json(&["lease", "revoke", "--all"]).await?;
        ledger::unload_after(&home, KEPT_MINUTES)?;
        if history > 0 {
            ledger::fill(&home, history)?;
        }
        Ok(Self {
            name: match history {
                0 => "Leasehold",
                _ => "Leasehold, 10,000 leases in history",
            },
            title: "Leasehold",
            program: program.to_owned(),
            home: Some(home),
        })
    }

    /// Whether it gives its window up when that was hidden for a while.
    pub(super) fn gives_up(&self) -> bool {
        self.home.is_some()
    }

    pub(super) fn start(&self, session: &Session, arguments: &[&str]) -> Result<Running> {
        self.start_with(session, arguments, &[])
    }

    pub(super) fn start_with(
        &self,
        session: &Session,
        arguments: &[&str],
        variables: &[(&str, String)],
    ) -> Result<Running> {
        let mut command = session.command(&self.program);
        command.args(arguments).envs(variables.iter().cloned());
        if let Some(home) = &self.home {
            command.env("LEASEHOLD_HOME", home);
        }
        Process::start(command).map(Running)
    }
}

impl Running {
    pub(super) fn family(&self) -> Result<Vec<Member>> {
        family(self.0.id())
    }

    pub(super) fn memory(&self) -> Result<u64> {
        memory(&self.family()?)
    }

    /// Whether it has a page, which costs most of the memory.
    pub(super) fn has_page(&self) -> Result<bool> {
        Ok(self.family()?.iter().any(|one| one.name == PAGE))
    }

    /// An error with what it said.
    pub(super) fn explain<T>(&self, result: Result<T>) -> Result<T> {
        result.with_context(|| format!("it said:\n{}", self.0.output()))
    }

    /// Whether it ends by itself, soon after its start.
    pub(super) async fn refuses(&mut self) -> bool {
        let soon = self.0.ended_within(Duration::from_secs(2));
        soon.await.is_ok()
    }

    pub(super) async fn end(mut self) -> Result<()> {
        self.0.terminate()?;
        self.0.ended().await?;
        Ok(())
    }
}
