//! Which process of this home serves the gateway: one at a time, and the others can tell which.
//!
//! Two would answer for one home with two counts of who tries how often. The turn is a lock that ends with
//! its process; what is known of its holder is in a file beside it, which counts only while the lock is held.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use leasehold_domain::{Code, Problem};
use leasehold_store::Standing;

use crate::core::Core;
use crate::environments::count;
use crate::note::Note;
use crate::settings::SettingsDesk;
use crate::turn::Turn;
use crate::wire::{ActivityKind, GatewayServing, GatewayStatus};

const TURN: &str = "gateway";
const FILE: &str = "gateway.json";
/// A look whether somebody serves takes a lock as well, for much less than this.
const PATIENCE: Duration = Duration::from_millis(250);

/// The gateway of this home, whoever serves it.
#[derive(Debug, Clone, Copy)]
pub struct GatewayDesk<'a>(pub(crate) &'a Core);

/// The right to serve the gateway of a home, until it is dropped.
#[derive(Debug)]
pub struct GatewayTurn {
    file: PathBuf,
    by: String,
    _turn: Turn,
}

impl GatewayDesk<'_> {
    /// Takes the turn to serve.
    ///
    /// # Errors
    /// [`Code::Busy`]: another process serves, and which; the home cannot be written.
    pub async fn take(&self) -> Result<GatewayTurn, Problem> {
        match Turn::take(&self.0.home, TURN, PATIENCE).await {
            Ok(turn) => Ok(GatewayTurn {
                file: self.0.home.join(FILE),
                by: self.0.requester.clone(),
                _turn: turn,
            }),
            Err(problem) if problem.code == Code::Busy => Err(taken(self.serving().as_ref())),
            Err(problem) => Err(problem),
        }
    }

    /// Who serves now.
    #[must_use]
    pub fn serving(&self) -> Option<GatewayServing> {
        if !Turn::is_taken(&self.0.home, TURN) {
            return None;
        }
        let text = std::fs::read_to_string(self.0.home.join(FILE)).unwrap_or_default();
        // One that has begun and not yet said more.
        Some(
            serde_json::from_str(&text).unwrap_or_else(|_| GatewayServing {
                by: String::new(),
                pid: 0,
                urls: Vec::new(),
                certificate_sha256: None,
                since: self.0.clock.now(),
            }),
        )
    }

    /// Identities that wait to be let in.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn waiting(&self) -> Result<u32, Problem> {
        let principals = self.0.store.principals().all()?;
        let waiting = principals
            .iter()
            .filter(|row| row.standing == Standing::Asked);
        Ok(count(waiting))
    }

    /// Says where the holder of the turn listens, to other processes and in the activity log.
    ///
    /// # Errors
    /// The home cannot be written.
    pub fn listens(
        &self,
        turn: &GatewayTurn,
        urls: &[String],
        certificate_sha256: Option<&str>,
    ) -> Result<(), Problem> {
        let serving = GatewayServing {
            by: turn.by.clone(),
            pid: std::process::id(),
            urls: urls.to_vec(),
            certificate_sha256: certificate_sha256.map(str::to_owned),
            since: self.0.clock.now(),
        };
        let text = serde_json::to_string(&serving).unwrap_or_default();
        write(&turn.file, &text).map_err(|error| {
            Problem::new(
                Code::StoreFailed,
                format!("{} cannot be written: {error}.", turn.file.display()),
            )
            .with_hint("Make the home folder writable for your user.")
        })?;
        let text = format!("The gateway listens at {}.", urls.join(" and "));
        self.0.note(Note::new(ActivityKind::GatewayStarted, text))
    }

    /// Notes that it does not listen any more.
    pub fn stopped(&self) {
        let text = "The gateway stopped; nobody gets a lease by it.";
        self.0
            .note_after(Note::new(ActivityKind::GatewayStopped, text));
    }

    /// Notes that it could not listen, and why.
    pub fn failed(&self, problem: &Problem) {
        self.0
            .note_after(Note::refusal(ActivityKind::GatewayFailed, problem));
    }
}

impl Drop for GatewayTurn {
    fn drop(&mut self) {
        // One that stays counts for nothing without the lock.
        let _ = std::fs::remove_file(&self.file);
    }
}

pub(crate) fn status(core: &Core) -> Result<GatewayStatus, Problem> {
    let desk = GatewayDesk(core);
    Ok(GatewayStatus {
        on: SettingsDesk(core).gateway()?.on,
        serving: desk.serving(),
        waiting: desk.waiting()?,
    })
}

fn taken(serving: Option<&GatewayServing>) -> Problem {
    let (who, hint) = match serving.map(|one| one.by.as_str()) {
        Some("window") => (
            "The window",
            "Switch its gateway off under Access, or quit it.",
        ),
        Some("gateway") => (
            "A `leasehold gateway serve`",
            "Stop that one with Ctrl-C, or let it serve.",
        ),
        _ => ("Another process", "Stop that one first, or let it serve."),
    };
    let pid = match serving {
        Some(one) if one.pid != 0 => format!(" (process {})", one.pid),
        _ => String::new(),
    };
    let at = match serving {
        Some(one) if !one.urls.is_empty() => format!(", at {}", one.urls.join(" and ")),
        _ => String::new(),
    };
    Problem::new(
        Code::Busy,
        format!("{who}{pid} serves the gateway of this home already{at}."),
    )
    .with_hint(hint)
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}
