//! Writes the log out, a page at a time: memory does not grow with the log, and nobody waits for
//! whoever reads what is written.

use std::io::Write;

use leasehold_domain::{Code, Problem};
use leasehold_store::{ActivityFilter, ActivityRow};
use serde::{Deserialize, Serialize};

use super::{ExportFormat, csv, entry};
use crate::core::Core;
use crate::wire::ActivityEntry;

/// So many lines are read at once.
const PAGE: u32 = 500;

/// A line of a JSONL export: the entry, and the hash before it, so that each line can be checked
/// by itself.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ExportedLine {
    #[serde(flatten)]
    pub(super) entry: ActivityEntry,
    /// Hash of the line before, in hexadecimal; zeros before the first.
    pub(super) previous: String,
}

pub(super) fn write(
    core: &Core,
    filter: &ActivityFilter,
    format: ExportFormat,
    out: &mut dyn Write,
) -> Result<u64, Problem> {
    if format == ExportFormat::Csv {
        out.write_all(csv::HEAD.as_bytes()).map_err(unwritten)?;
    }
    let mut after = 0;
    let mut written = 0;
    loop {
        let rows = core.store.activity().oldest(filter, after, PAGE)?;
        let Some(last) = rows.last() else { break };
        after = last.seq;
        for row in rows {
            let line = text(row, format)?;
            out.write_all(line.as_bytes()).map_err(unwritten)?;
            written += 1;
        }
    }
    out.flush().map_err(unwritten)?;
    Ok(written)
}

fn text(row: ActivityRow, format: ExportFormat) -> Result<String, Problem> {
    let previous = row.previous.to_string();
    let entry = entry(row)?;
    if format == ExportFormat::Csv {
        return Ok(csv::line(&entry));
    }
    let line = ExportedLine { entry, previous };
    let mut text = serde_json::to_string(&line).map_err(|error| {
        Problem::new(
            Code::Internal,
            format!("A line could not be written out: {error}."),
        )
    })?;
    text.push('\n');
    Ok(text)
}

fn unwritten(error: std::io::Error) -> Problem {
    Problem::new(
        Code::Refused,
        format!("The export could not be written: {error}."),
    )
    .with_hint("Choose another place, or free some space, and export again.")
}
