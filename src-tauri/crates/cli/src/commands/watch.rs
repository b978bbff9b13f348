//! `leasehold lease watch`: the window without a window.

use std::collections::HashMap;

use leasehold_access::desk::view::AccessNews;
use leasehold_domain::Problem;
use leasehold_engine::Engine;
use leasehold_engine::wire::{Event, LeaseView};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{mpsc, watch};

use super::knocks;
use super::lease::text::{marked_place, state};
use super::signals::Signals;
use crate::print::{Printer, Reader, Role, moment, paint, printable};

/// Ends leases on time until it is interrupted; then what is under way is finished. The second
/// interruption leaves at once: whatever was under way is taken up by the next start.
pub async fn run(engine: &Engine, printer: Printer) -> Result<(), Problem> {
    let mut events = engine.subscribe();
    let mut told = Told::default();
    let mut signals = Signals::new()?;
    let (stop, stopped) = watch::channel(false);
    let (tell_news, mut news) = mpsc::unbounded_channel();
    let timer = async {
        tokio::join!(
            engine.run(stopped.clone()),
            // Nobody hears it any more when everything ends.
            leasehold_gateway::news(engine, |news| drop(tell_news.send(news)), stopped),
        );
    };
    tokio::pin!(timer);
    printer.progress("Watching; Ctrl-C stops.");
    let mut is_stopping = false;
    let mut listens = true;
    loop {
        tokio::select! {
            () = &mut timer => break,
            () = signals.next() => {
                if is_stopping {
                    return Ok(());
                }
                is_stopping = true;
                let _ = stop.send(true);
                printer.progress("Finishing what is under way; Ctrl-C again leaves at once.");
            }
            Some(news) = news.recv(), if listens => {
                if tell_of_access(printer, &news)? == Reader::Left {
                    listens = false;
                    let _ = stop.send(true);
                }
            }
            event = events.recv(), if listens => match event {
                Ok(event) => {
                    if told.tell(printer, &event)? == Reader::Left {
                        listens = false;
                        let _ = stop.send(true);
                    }
                }
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => listens = false,
            },
        }
    }
    if listens {
        told.rest(printer, &mut events)?;
    }
    Ok(())
}

/// Who asks to log in, who came first, which methods end.
fn tell_of_access(printer: Printer, news: &AccessNews) -> Result<Reader, Problem> {
    match knocks::said(news) {
        Some(text) => printer.line(news, || {
            let text = printable(&text).replace('\n', " ");
            format!("{}  {text}", moment(chrono::Utc::now()))
        }),
        // Programs want to know that a question is moot.
        None if printer.is_json() => printer.line(news, String::new),
        None => Ok(Reader::Listens),
    }
}

/// What was said of each lease last, so that a person reads every line once.
#[derive(Default)]
struct Told(HashMap<String, String>);

impl Told {
    fn tell(&mut self, printer: Printer, event: &Event) -> Result<Reader, Problem> {
        if printer.is_json() {
            return printer.line(event, String::new);
        }
        let (lease, text) = match event {
            Event::Alarm { lease } => {
                let alarm = lease
                    .alarm
                    .clone()
                    .unwrap_or_else(|| lease.findings.join(" "));
                (lease, format!("ALARM: {alarm}"))
            }
            Event::Reconciled { connection } => {
                return printer.line(event, || {
                    format!(
                        "{}  {connection}  compared with AWS",
                        moment(chrono::Utc::now())
                    )
                });
            }
            Event::LoginNeeded {
                connection,
                problem,
            } => {
                return printer.line(event, || {
                    let hint = problem.hint.as_deref().unwrap_or_default();
                    let text = printable(&format!("{} {hint}", problem.message));
                    format!("{}  {connection}  {text}", moment(chrono::Utc::now()))
                });
            }
            Event::BulkProgress {
                total,
                revoked,
                pending,
                untouched,
                ..
            } if revoked + pending + untouched == *total => {
                return printer.line(event, || {
                    format!(
                        "{}  {revoked} of {total} leases ended, {pending} to be tried again, \
                         {untouched} not begun",
                        moment(chrono::Utc::now())
                    )
                });
            }
            Event::LeaseChanged { lease } => (lease, state(lease)),
            Event::LeaseExpiring { lease, minutes } => (lease, format!("ends in {minutes} min")),
            Event::RevokeFailed { lease } => {
                let reason = lease.reason.as_deref().unwrap_or("AWS did not say why.");
                (lease, format!("cannot be ended yet: {reason}"))
            }
            _ => return Ok(Reader::Listens),
        };
        if self.0.insert(lease.id.clone(), text.clone()).as_ref() == Some(&text) {
            return Ok(Reader::Listens);
        }
        printer.line(event, || line(lease, &text))
    }

    /// What happened while the timer stopped.
    fn rest(&mut self, printer: Printer, events: &mut Receiver<Event>) -> Result<(), Problem> {
        loop {
            match events.try_recv() {
                Ok(event) => {
                    if self.tell(printer, &event)? == Reader::Left {
                        return Ok(());
                    }
                }
                Err(TryRecvError::Lagged(_)) => {}
                Err(_) => return Ok(()),
            }
        }
    }
}

fn line(lease: &LeaseView, text: &str) -> String {
    let now = moment(chrono::Utc::now());
    let text = printable(text).replace('\n', " ");
    let role = match text.starts_with("ALARM") {
        true => Role::Alarm,
        false => Role::of(lease),
    };
    let text = paint(role, &text, &std::io::stdout());
    format!(
        "{now}  {}  {}  {text}",
        marked_place(lease),
        lease.user_name
    )
}
