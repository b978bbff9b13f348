//! `leasehold activity`

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use leasehold_domain::{Code, Problem, Ttl};
use leasehold_engine::wire::{ActivityCheck, ActivityEntry, ActivityPage, ActivityQuery, Outcome};
use leasehold_engine::{Activity, Engine, ExportFormat, SystemClock};

use super::word;
use crate::args::{ActivityVerb, ActivityWhich, ExportFormatArg};
use crate::print::{Printer, moment, table};

/// The engine gives at most so many lines at once.
const PAGE: u32 = 1000;

pub fn run(engine: &Engine, verb: ActivityVerb, printer: Printer) -> Result<ExitCode, Problem> {
    let desk = engine.activity();
    match verb {
        ActivityVerb::List { which, limit } => {
            let page = pages(engine, query(which)?, limit)?;
            printer.answer(&page, || list(&page))?;
        }
        ActivityVerb::Verify { head, file } => {
            let check = match (head, file) {
                (_, Some(file)) => Activity::verify_file(&file)?,
                (Some(head), None) => desk.verify_with(&head)?,
                (None, None) => desk.verify()?,
            };
            printer.answer(&check, || verdict(&check))?;
            if check.fault.is_some() {
                return Ok(ExitCode::from(Code::StoreDamaged.exit_code()));
            }
        }
        ActivityVerb::Export { format, which } => {
            let format = match format {
                ExportFormatArg::Jsonl => ExportFormat::Jsonl,
                ExportFormatArg::Csv => ExportFormat::Csv,
            };
            let mut out = Out::default();
            desk.export(&query(which)?, format, &mut out)?;
            out.finish()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn query(which: ActivityWhich) -> Result<ActivityQuery, Problem> {
    let outcomes = match which.failed {
        true => vec![Outcome::Failed, Outcome::Alarm],
        false => Vec::new(),
    };
    Ok(ActivityQuery {
        since: which.since.as_deref().map(ago).transpose()?,
        lease_id: which.lease,
        connection: which.connection,
        secret: which.secret,
        outcomes,
        search: which.search,
        ..ActivityQuery::default()
    })
}

/// The moment that lies this far back.
fn ago(text: &str) -> Result<DateTime<Utc>, Problem> {
    let far = Ttl::parse(text).map_err(|problem| problem.at("since"))?;
    Ok(SystemClock::shared().now() - far.as_delta())
}

/// As many lines as are wanted, however many the engine gives at once.
fn pages(engine: &Engine, mut query: ActivityQuery, limit: u32) -> Result<ActivityPage, Problem> {
    let mut all = ActivityPage::default();
    loop {
        let have = u32::try_from(all.entries.len()).unwrap_or(u32::MAX);
        query.limit = Some(limit.saturating_sub(have).min(PAGE));
        let page = engine.activity().list(&query)?;
        all.entries.extend(page.entries);
        all.before = page.before;
        query.before = page.before;
        if all.before.is_none() || all.entries.len() >= limit as usize {
            return Ok(all);
        }
    }
}

fn list(page: &ActivityPage) -> String {
    if page.entries.is_empty() {
        return "No lines.".to_owned();
    }
    let rows = page.entries.iter().map(row).collect();
    let head = ["LINE", "WHEN", "WHAT", "HOW", "BY", "ABOUT", "TEXT"];
    let mut text = table(&head, &[6, 5, 4], rows);
    if page.before.is_some() {
        text += "\nThere are older lines: `--limit` shows more.\n";
    }
    text
}

fn row(entry: &ActivityEntry) -> Vec<String> {
    let about = entry.secret.as_ref().or(entry.connection.as_ref());
    let denied = entry.calls.iter().rev().find_map(|call| {
        let code = call.code.as_ref()?;
        Some(format!(" [{} {code}]", call.action))
    });
    vec![
        entry.seq.to_string(),
        moment(entry.at),
        entry.kind.clone(),
        word(&entry.outcome),
        entry.actor.clone(),
        about.cloned().unwrap_or_default(),
        entry.text.clone() + &denied.unwrap_or_default(),
    ]
}

fn verdict(check: &ActivityCheck) -> String {
    let head = format!("Head: {}", check.head);
    match &check.fault {
        None => format!(
            "All {} lines are as they were written.\n{head}\nKeep the head elsewhere to be sure later \
             that no line was taken from the end.",
            check.entries
        ),
        Some(fault) => format!(
            "The log was changed at line {}: {}\nEvery line before it is as it was written.\n{head}",
            fault.seq, fault.text
        ),
    }
}

/// Standard output. A reader that has left (`| head`) wants no more, which is no error.
#[derive(Default)]
struct Out {
    failed: Option<std::io::Error>,
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.failed.is_none()
            && let Err(error) = std::io::stdout().lock().write_all(bytes)
        {
            self.failed = Some(error);
        }
        match &self.failed {
            Some(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(std::io::Error::from(error.kind()))
            }
            _ => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self.failed {
            Some(_) => Ok(()),
            None => std::io::stdout().lock().flush(),
        }
    }
}

impl Out {
    fn finish(mut self) -> Result<(), Problem> {
        match self.flush() {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Problem::new(
                Code::Internal,
                format!("The log could not be printed: {error}."),
            )),
            _ => Ok(()),
        }
    }
}
