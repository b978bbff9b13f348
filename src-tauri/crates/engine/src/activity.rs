//! The activity log: every attempt and outcome, chained, to be looked through, checked and taken along.

use std::io::Write;

use leasehold_domain::{Code, Problem};

use crate::core::Core;
use crate::wire::{ActivityCheck, ActivityPage, ActivityQuery};

/// How the log is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// One JSON document a line; what [`Activity::verify`] checks can be checked from it.
    Jsonl,
    /// Comma-separated, with a head line; safe to open in a spreadsheet.
    Csv,
}

/// The activity log of this home.
#[derive(Debug, Clone, Copy)]
pub struct Activity<'a>(pub(crate) &'a Core);

impl Activity<'_> {
    /// Lines, newest first.
    ///
    /// # Errors
    /// The query makes no sense, or the state file cannot be read.
    pub fn list(&self, _query: &ActivityQuery) -> Result<ActivityPage, Problem> {
        Err(Problem::new(Code::Internal, "This is not built yet."))
    }

    /// Looks at every line and at the chain.
    ///
    /// # Errors
    /// The state file cannot be read. A broken chain is in the answer.
    pub fn verify(&self) -> Result<ActivityCheck, Problem> {
        Err(Problem::new(Code::Internal, "This is not built yet."))
    }

    /// Writes the lines that the query chooses (its `before` and `limit` do not count), oldest
    /// first. The answer is how many they were.
    ///
    /// # Errors
    /// The state file cannot be read, or `out` not be written.
    pub fn export(
        &self,
        _query: &ActivityQuery,
        _format: ExportFormat,
        _out: &mut dyn Write,
    ) -> Result<u64, Problem> {
        Err(Problem::new(Code::Internal, "This is not built yet."))
    }
}
