//! How a person, a terminal or a service manager asks a command to stop.

#[cfg(unix)]
use leasehold_domain::Code;
use leasehold_domain::Problem;

/// Ctrl-C, a service manager's SIGTERM, and the SIGHUP of a terminal that goes.
pub struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    /// `None` under `nohup`, whose word counts.
    #[cfg(unix)]
    hang_up: Option<tokio::signal::unix::Signal>,
}

impl Signals {
    #[cfg(unix)]
    pub fn new() -> Result<Self, Problem> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(deaf)?,
            interrupt: signal(SignalKind::interrupt()).map_err(deaf)?,
            hang_up: match is_hang_up_ignored() {
                true => None,
                false => Some(signal(SignalKind::hangup()).map_err(deaf)?),
            },
        })
    }

    #[cfg(unix)]
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            () = heard(self.hang_up.as_mut()) => {}
        }
    }

    #[cfg(not(unix))]
    pub fn new() -> Result<Self, Problem> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    pub async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
async fn heard(signal: Option<&mut tokio::signal::unix::Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// Whether this process was started with SIGHUP ignored.
#[cfg(unix)]
fn is_hang_up_ignored() -> bool {
    let hang_up = 1 << (signal_hook::consts::SIGHUP - 1);
    super::relay::ignored() & hang_up != 0
}

#[cfg(unix)]
fn deaf(error: std::io::Error) -> Problem {
    Problem::new(
        Code::Internal,
        format!("The system does not tell when to stop: {error}."),
    )
}
