//! How answers and errors reach standard output and standard error.

use std::io::{IsTerminal, Write};

use chrono::{DateTime, Local, Utc};
use comfy_table::{Table, presets};
use leasehold_domain::Problem;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

/// Text for people or JSON for programs.
#[derive(Debug, Clone, Copy)]
pub struct Printer {
    json: bool,
}

impl Printer {
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    pub fn is_json(self) -> bool {
        self.json
    }

    /// One document, or the text that says the same.
    pub fn answer(
        self,
        document: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<(), Problem> {
        if self.json {
            let document = serde_json::to_string(document).map_err(|error| {
                Problem::new(
                    leasehold_domain::Code::Internal,
                    format!("The answer could not be written as JSON: {error}."),
                )
            })?;
            out(&document)
        } else {
            out(text().trim_end())
        }
    }

    /// A text that holds a secret, as it is.
    pub fn secret(self, text: &SecretString) -> Result<(), Problem> {
        out(text.expose_secret().trim_end())
    }

    /// Progress, for people only.
    pub fn progress(self, text: &str) {
        if !self.json && std::io::stderr().is_terminal() {
            eprintln!("{text}");
        }
    }

    pub fn problem(self, problem: &Problem) {
        if self.json {
            eprintln!("{}", serde_json::json!({ "error": problem }));
            return;
        }
        match &problem.field {
            Some(field) => eprintln!("error: {} ({field})", problem.message),
            None => eprintln!("error: {}", problem.message),
        }
        if let Some(hint) = &problem.hint {
            eprintln!("hint: {hint}");
        }
    }
}

/// Standard output may be a pipe that somebody closed; that is no panic.
fn out(text: &str) -> Result<(), Problem> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{text}")
        .and_then(|()| stdout.flush())
        .map_err(|error| {
            Problem::new(
                leasehold_domain::Code::Internal,
                format!("The answer could not be printed: {error}."),
            )
        })
}

/// Columns without lines.
pub fn table(head: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(head.to_vec());
    for row in rows {
        table.add_row(row);
    }
    table
        .lines()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

/// A moment as people read it, in this computer's time zone.
pub fn moment(at: DateTime<Utc>) -> String {
    at.with_timezone(&Local)
        .format("%Y-%m-%d %H:%M:%S")
        .to_string()
}
