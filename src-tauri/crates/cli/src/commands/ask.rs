//! Asks the person at the terminal for the code of an MFA device.

use std::io::{BufRead, IsTerminal, Write};

use leasehold_domain::{Code, Problem};
use leasehold_engine::{AskCode, Asking, Question};
use secrecy::SecretString;
use zeroize::Zeroizing;

/// The terminal that the command was started from.
#[derive(Debug)]
pub struct Terminal;

/// Whether there is a person to ask.
pub fn is_at_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

impl AskCode for Terminal {
    /// Nothing else is done meanwhile: the terminal is the person's.
    fn code<'a>(&'a self, question: &'a Question) -> Asking<'a> {
        Box::pin(async move { read(question) })
    }
}

fn read(question: &Question) -> Result<Option<SecretString>, Problem> {
    let failed = |error: std::io::Error| {
        Problem::new(
            Code::LoginNeeded,
            format!("The MFA code could not be asked for: {error}."),
        )
    };
    let Question {
        connection,
        mfa_serial,
        again,
    } = question;
    let mut out = std::io::stderr().lock();
    if let Some(problem) = again {
        let hint = problem.hint.as_deref().unwrap_or_default();
        writeln!(out, "{} {hint}", problem.message).map_err(failed)?;
    }
    write!(
        out,
        "MFA code of {mfa_serial} for {connection} (Enter to give up): "
    )
    .and_then(|()| out.flush())
    .map_err(failed)?;
    let mut line = Zeroizing::new(String::new());
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(failed)?;
    let code = line.trim();
    Ok((!code.is_empty()).then(|| SecretString::from(code)))
}
