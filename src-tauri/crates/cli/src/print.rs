//! How answers and errors reach standard output and standard error.

mod paint;
mod table;
mod time;

use std::io::{ErrorKind, IsTerminal, Write};

use leasehold_domain::{Code, Problem};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use zeroize::Zeroizing;

pub use paint::{Cell, Role, marked, paint};
pub use table::{facts, table};
pub use time::{ahead, expiry, is_over, moment, past, short_expiry};

/// Text for people or JSON for programs.
#[derive(Debug, Clone, Copy)]
pub struct Printer {
    json: bool,
}

/// Whether somebody still reads standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    Listens,
    Left,
}

impl Printer {
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    pub fn is_json(self) -> bool {
        self.json
    }

    /// One document, or the text that says the same. A reader that has left wants no more, which
    /// is no error.
    pub fn answer(
        self,
        document: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<(), Problem> {
        self.line(document, text).map(|_| ())
    }

    /// As [`Printer::answer`], for who goes on printing.
    pub fn line(
        self,
        document: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<Reader, Problem> {
        // It may hold a leased key.
        let text = Zeroizing::new(if self.json {
            serde_json::to_string(document).map_err(|error| {
                Problem::new(
                    Code::Internal,
                    format!("The answer could not be written as JSON: {error}."),
                )
            })?
        } else {
            text()
        });
        out(text.trim_end())
    }

    /// A text that holds a secret, as it is.
    pub fn secret(self, text: &SecretString) -> Result<(), Problem> {
        out(text.expose_secret().trim_end()).map(|_| ())
    }

    /// Progress, for people only.
    pub fn progress(self, text: &str) {
        if !self.json && std::io::stderr().is_terminal() {
            err(text);
        }
    }

    /// Something to know beside the answer, for people.
    pub fn note(self, text: &str) {
        if !self.json {
            err(&format!("note: {}", printable(text)));
        }
    }

    pub fn problem(self, problem: &Problem) {
        if self.json {
            return err(&serde_json::json!({ "error": problem }).to_string());
        }
        let code = word(&problem.code);
        let (error, hint) = if colours(&std::io::stderr()) {
            let error = format!("error[{code}]:");
            (
                paint::coloured(Role::Alarm, &error),
                "\u{1b}[1;32mhint:\u{1b}[0m",
            )
        } else {
            (format!("error[{code}]:"), "hint:")
        };
        let message = printable(&problem.message);
        match &problem.field {
            Some(field) => err(&format!("{error} {message} ({field})")),
            None => err(&format!("{error} {message}")),
        }
        if let Some(text) = &problem.hint {
            err(&format!("{hint} {}", printable(text)));
        }
    }
}

/// The wire's word for a value, such as a state or a code.
pub fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// Writes to standard output, which may be a pipe that somebody closed.
pub fn out(text: &str) -> Result<Reader, Problem> {
    let mut stdout = std::io::stdout().lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Ok(()) => Ok(Reader::Listens),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Reader::Left),
        Err(error) => Err(Problem::new(
            Code::Internal,
            format!("The answer could not be printed: {error}."),
        )),
    }
}

/// Writes to standard error. Where that is closed there is nobody to tell.
pub fn err(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Colours are for terminals, unless somebody said that they want none (<https://no-color.org>).
pub fn colours(stream: &impl IsTerminal) -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    stream.is_terminal() && !is_set("NO_COLOR") && !is_dumb
}

/// Text from elsewhere without the characters that could steer a terminal.
pub fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .collect()
}
