//! Shows a person the steps of an issue while it is under way.

use std::future::Future;

use leasehold_engine::Engine;
use leasehold_engine::wire::{Event, IssueStep};

use crate::print::Printer;

/// Progress events carry an id; one command issues one lease.
pub const REQUEST: &str = "cli";

/// Does `work` and says on standard error how far it is.
pub async fn shown<T>(engine: &Engine, printer: Printer, work: impl Future<Output = T>) -> T {
    let mut events = engine.subscribe();
    tokio::pin!(work);
    loop {
        tokio::select! {
            biased;
            Ok(event) = events.recv() => tell(printer, &event),
            done = &mut work => return done,
        }
    }
}

fn tell(printer: Printer, event: &Event) {
    let Event::IssueProgress { step, .. } = event else {
        return;
    };
    printer.progress(match step {
        IssueStep::Recorded => "Recorded; asking AWS for it …",
        IssueStep::UserCreated => "The user exists; guarding it and making its key …",
        IssueStep::Guarded => "AWS acknowledged it; waiting until it accepts the key …",
        IssueStep::Usable => "AWS accepts the key.",
    });
}
