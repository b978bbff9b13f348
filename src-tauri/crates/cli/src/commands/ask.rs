//! Asks the person at the terminal for the code of an MFA device.

use std::io::{BufRead, IsTerminal, Write};

use leasehold_domain::{Code, Problem};
use leasehold_engine::AskCode;

/// Longer than any code; who types more has pasted something else.
const LONGEST_CODE: usize = 64;

/// The terminal that the command was started from.
#[derive(Debug)]
pub struct Terminal;

/// Whether there is a person to ask.
pub fn is_at_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

impl AskCode for Terminal {
    fn code(&self, connection: &str, mfa_serial: &str) -> Result<Option<String>, Problem> {
        let failed = |error: std::io::Error| {
            Problem::new(
                Code::LoginNeeded,
                format!("The MFA code could not be asked for: {error}."),
            )
        };
        let mut out = std::io::stderr().lock();
        write!(
            out,
            "MFA code of {mfa_serial} for {connection} (Enter to give up): "
        )
        .and_then(|()| out.flush())
        .map_err(failed)?;
        let mut line = String::new();
        std::io::stdin()
            .lock()
            .read_line(&mut line)
            .map_err(failed)?;
        let code = line.trim();
        if code.is_empty() {
            return Ok(None);
        }
        // STS takes six digits ("AssumeRole", TokenCode).
        if code.len() > LONGEST_CODE || !code.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Problem::refused_input(
                "mfa_code",
                "An MFA code is six digits.",
                "Read it off the device again.",
            ));
        }
        Ok(Some(code.to_owned()))
    }
}
