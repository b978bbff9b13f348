//! Ending many leases: progress while it runs, and two ways to call it off.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use leasehold_domain::Problem;
use leasehold_engine::wire::{Event, RevokeReport};
use leasehold_engine::{Bulk, Engine};
use tokio::sync::watch;
use tokio::time::Instant;

use super::progress::REQUEST;
use super::signals::Signals;
use crate::print::{Printer, err};

/// Where progress goes to a file, a line comes so often.
const NOW_AND_THEN: Duration = Duration::from_secs(10);

/// How a revoke of many leases came to its end.
pub enum Ended {
    /// By itself, or called off: the report says which lease stands where.
    Reported(RevokeReport),
    /// Left in the middle at the second asking.
    Left,
}

/// Ends the leases. The first Ctrl-C calls off what has not begun, the second leaves at once.
pub async fn revoke(engine: &Engine, ids: &[String], printer: Printer) -> Result<Ended, Problem> {
    let mut events = engine.subscribe();
    let mut signals = Signals::new()?;
    let (stop, stopped) = watch::channel(false);
    let bulk = Bulk {
        request_id: Some(REQUEST.to_owned()),
        stop: Some(stopped),
    };
    let desk = engine.leases();
    let work = desk.revoke_many(ids, bulk);
    tokio::pin!(work);
    let mut shown = Shown::new(printer, ids.len());
    let mut is_stopping = false;
    loop {
        tokio::select! {
            biased;
            () = signals.next() => {
                if is_stopping {
                    shown.end();
                    return Ok(Ended::Left);
                }
                is_stopping = true;
                let _ = stop.send(true);
                shown.say("Calling the rest off; finishing what is under way. Ctrl-C again leaves at once.");
            }
            Ok(event) = events.recv() => shown.event(&event),
            done = &mut work => {
                shown.end();
                return done.map(Ended::Reported);
            }
        }
    }
}

/// Progress on standard error: one line that changes on a terminal, else a line now and then.
struct Shown {
    printer: Printer,
    /// A single lease needs no progress.
    is_many: bool,
    is_live: bool,
    has_line: bool,
    last: Instant,
}

impl Shown {
    fn new(printer: Printer, leases: usize) -> Self {
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            printer,
            is_many: leases > 1,
            is_live: std::io::stderr().is_terminal() && !is_dumb,
            has_line: false,
            last: Instant::now(),
        }
    }

    fn event(&mut self, event: &Event) {
        let Event::BulkProgress {
            total,
            revoked,
            pending,
            ..
        } = event
        else {
            return;
        };
        if self.printer.is_json() || !self.is_many {
            return;
        }
        let mut text = format!("Ending {total} leases: {revoked} ended");
        if *pending > 0 {
            text += &format!(", {pending} to be tried again");
        }
        if self.is_live {
            let _ = write!(std::io::stderr().lock(), "\r\u{1b}[K{text} …");
            self.has_line = true;
        } else if self.last.elapsed() >= NOW_AND_THEN {
            self.last = Instant::now();
            err(&text);
        }
    }

    /// Something to know while it runs, for people.
    fn say(&mut self, text: &str) {
        self.end();
        if !self.printer.is_json() {
            err(text);
        }
    }

    /// Leaves the line that changes.
    fn end(&mut self) {
        if std::mem::take(&mut self.has_line) {
            err("");
        }
    }
}
