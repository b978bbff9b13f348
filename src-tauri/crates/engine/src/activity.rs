//! The activity log: every attempt and outcome, chained, to be looked through, checked and taken along.

mod csv;
mod export;
mod file;

use std::io::Write;
use std::path::Path;
use std::sync::atomic::Ordering;

use leasehold_domain::{Code, Problem};
use leasehold_store::{ActivityCall as StoredCall, ActivityFilter, ActivityRow, Hash};

use crate::core::Core;
use crate::note::Note;
use crate::wire::{
    ActivityCall, ActivityCheck, ActivityEntry, ActivityFault, ActivityKind, ActivityPage,
    ActivityQuery, Outcome,
};

/// A page where nothing is said.
const PAGE: u32 = 100;
const LARGEST_PAGE: u32 = 1000;

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
    pub fn list(&self, query: &ActivityQuery) -> Result<ActivityPage, Problem> {
        let filter = filter(query)?;
        let limit = query.limit.unwrap_or(PAGE);
        if !(1..=LARGEST_PAGE).contains(&limit) {
            return Err(Problem::refused_input(
                "limit",
                format!("A page has 1 to {LARGEST_PAGE} lines."),
                "Ask for the lines before the last one you got to go on.",
            ));
        }
        // From here on somebody has looked: the next line is told again.
        self.0.activity_seen.store(true, Ordering::Release);
        // One more than asked for says whether there is more.
        let activity = self.0.store.activity();
        let mut rows = activity.newest(&filter, query.before, limit + 1)?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let before = rows.last().map(|row| row.seq).filter(|_| more);
        let entries = rows.into_iter().map(entry).collect::<Result<_, _>>()?;
        Ok(ActivityPage { entries, before })
    }

    /// Looks at every line and at the chain.
    ///
    /// Whoever can write the state file can also write a whole new chain. What proves the old one is
    /// its head kept elsewhere ([`Self::verify_with`]), a copy of an export, and AWS's own record of
    /// the request ids in CloudTrail.
    ///
    /// # Errors
    /// The state file cannot be read. A broken chain is in the answer.
    pub fn verify(&self) -> Result<ActivityCheck, Problem> {
        let verdict = self.0.store.activity().verify()?;
        Ok(ActivityCheck {
            entries: verdict.entries,
            head: verdict.head.to_string(),
            fault: verdict.fault.map(|fault| ActivityFault {
                seq: fault.seq(),
                text: fault.to_string(),
            }),
        })
    }

    /// The same, and looks whether the log still has the line whose hash was kept elsewhere as
    /// `head`.
    ///
    /// # Errors
    /// As [`Self::verify`], and `head` is not 64 hexadecimal digits.
    pub fn verify_with(&self, head: &str) -> Result<ActivityCheck, Problem> {
        let kept = Hash::parse(head.trim()).ok_or_else(|| {
            Problem::refused_input(
                "head",
                "The head of an activity log is 64 hexadecimal digits.",
                "`leasehold activity verify` prints it.",
            )
        })?;
        let mut check = self.verify()?;
        let known = kept == Hash::START || self.0.store.activity().place_of(&kept)?.is_some();
        if check.fault.is_none() && !known {
            check.fault = Some(ActivityFault {
                seq: check.entries,
                text: "The line with the head that was kept is not in this log: lines were taken \
                       from the end, or the log was written anew."
                    .to_owned(),
            });
        }
        Ok(check)
    }

    /// Writes the lines that the query chooses (its `before` and `limit` do not count), oldest
    /// first. The answer is how many they were.
    ///
    /// # Errors
    /// The state file cannot be read, or `out` not be written.
    pub fn export(
        &self,
        query: &ActivityQuery,
        format: ExportFormat,
        out: &mut dyn Write,
    ) -> Result<u64, Problem> {
        let written = filter(query).and_then(|filter| export::write(self.0, &filter, format, out));
        let kind = match format {
            ExportFormat::Jsonl => "JSONL",
            ExportFormat::Csv => "CSV",
        };
        self.0.note_after(match &written {
            Ok(lines) => Note::new(
                ActivityKind::ActivityExported,
                format!("{lines} lines of this log were exported as {kind}."),
            ),
            Err(problem) => Note::refusal(ActivityKind::ActivityExported, problem),
        });
        written
    }

    /// Checks a log that was exported as [`ExportFormat::Jsonl`], as [`Self::verify`] checks the one
    /// in the state file. Lines that a filter left out are missed.
    ///
    /// # Errors
    /// The file cannot be read. A line that is not as it was written is in the answer.
    pub fn verify_file(path: &Path) -> Result<ActivityCheck, Problem> {
        file::verify(path)
    }
}

fn filter(query: &ActivityQuery) -> Result<ActivityFilter, Problem> {
    if let (Some(since), Some(until)) = (query.since, query.until)
        && since > until
    {
        return Err(Problem::refused_input(
            "since",
            "The time to begin at is later than the time to end at.",
            "Exchange them.",
        ));
    }
    let mut outcomes: Vec<_> = query.outcomes.iter().map(|one| one.as_str()).collect();
    outcomes.sort_unstable();
    outcomes.dedup();
    Ok(ActivityFilter {
        since: query.since,
        until: query.until,
        lease_id: query.lease_id.clone(),
        connection: query.connection.clone(),
        secret: query.secret.clone(),
        secret_id: query.secret_id.clone(),
        outcomes: outcomes.into_iter().map(str::to_owned).collect(),
        search: query.search.clone(),
    })
}

/// A line as the shells see it.
fn entry(row: ActivityRow) -> Result<ActivityEntry, Problem> {
    let line = row.line;
    let outcome = Outcome::parse(&line.outcome).ok_or_else(|| {
        Problem::new(
            Code::StoreDamaged,
            format!("Line {} of the activity log cannot be read.", row.seq),
        )
        .with_hint("`leasehold activity verify` says what was done to the log.")
    })?;
    Ok(ActivityEntry {
        seq: row.seq,
        at: line.at,
        kind: line.kind,
        actor: line.actor,
        outcome,
        lease_id: line.lease_id,
        secret: line.secret,
        secret_id: line.secret_id,
        connection: line.connection,
        account_id: line.account_id,
        text: line.text,
        calls: line.calls.into_iter().map(call).collect(),
        hash: row.hash.to_string(),
    })
}

fn call(call: StoredCall) -> ActivityCall {
    ActivityCall {
        action: call.action,
        resource: call.resource,
        code: call.code,
        request_id: call.request_id,
    }
}
