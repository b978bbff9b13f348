//! How a command ended, and how `exec` ends the same way.

use std::process::{ExitCode, ExitStatus};

use leasehold_domain::{Code, Problem};
use leasehold_engine::Engine;

use super::program::Unrunnable;
use crate::commands::relay::Signal;

/// How the command ended.
#[derive(Debug)]
pub enum Ending {
    /// With this exit code.
    Exited(i32),
    /// By a signal; or one came before it began.
    Signalled(Signal),
    /// It never began.
    Unrunnable(Unrunnable),
}

/// What the system says of it.
pub fn ending(ended: std::io::Result<ExitStatus>) -> Result<Ending, Problem> {
    let status = ended.map_err(|error| {
        Problem::new(
            Code::Internal,
            format!("The system does not say how the command ended: {error}."),
        )
    })?;
    #[cfg(unix)]
    if let Some(number) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Ok(Ending::Signalled(Signal(number)));
    }
    Ok(Ending::Exited(status.code().unwrap_or(1)))
}

impl Ending {
    /// The command's exit code, or the end by its signal, which a shell that called us is to see.
    pub fn take_over(self, engine: &Engine) -> ExitCode {
        self.take_over_after(|| engine.close())
    }

    /// The same after whatever has to be closed.
    pub fn take_over_after(self, close: impl FnOnce()) -> ExitCode {
        match self {
            Self::Exited(code) => match u8::try_from(code) {
                Ok(code) => ExitCode::from(code),
                Err(_) => {
                    // Windows knows larger ones.
                    close();
                    std::process::exit(code)
                }
            },
            Self::Signalled(signal) => {
                close();
                signal.end_by();
                signal.exit_code()
            }
            Self::Unrunnable(_) => ExitCode::FAILURE,
        }
    }
}
