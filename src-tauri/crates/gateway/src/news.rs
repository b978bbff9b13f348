//! What an owner is told at once, as a stream: for the window, and for whoever watches in a shell.

use std::time::Duration;

use chrono::{DateTime, Utc};
use leasehold_access::desk::view::AccessNews;
use leasehold_access::desk::{Desk, Known};
use leasehold_domain::Problem;
use leasehold_engine::Engine;
use leasehold_engine::wire::Event;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use crate::app::desk;
use crate::serve::ended;

/// Timers stand still while a computer sleeps, so that a notice that is due later is looked for so often.
const LOOK: Duration = Duration::from_hours(1);

/// Tells what an owner is to hear, whichever process it happened in, until `stop` turns true. While no auth
/// method has a notice to come it sleeps until something changes.
pub async fn news(
    engine: &Engine,
    mut tell: impl FnMut(AccessNews),
    mut stop: watch::Receiver<bool>,
) {
    let mut events = engine.subscribe();
    let desk = desk(engine);
    let mut known = Known::default();
    let clock = engine.shared().clock;
    loop {
        let next = match look(&desk, &mut known, &mut tell) {
            Ok(next) => next,
            Err(problem) => {
                tracing::warn!(%problem, "who asks to be let in is not known");
                None
            }
        };
        let pause = next.map(|at| (at - clock.now()).to_std().unwrap_or_default().min(LOOK));
        tokio::select! {
            () = ended(&mut stop) => return,
            is_open = changed(&mut events) => {
                if !is_open {
                    return;
                }
            }
            () = sleep_or_never(pause) => {}
        }
    }
}

fn look(
    desk: &Desk,
    known: &mut Known,
    tell: &mut impl FnMut(AccessNews),
) -> Result<Option<DateTime<Utc>>, Problem> {
    desk.news(known)?.into_iter().for_each(&mut *tell);
    for notice in desk.methods().expiry_notices()? {
        tell(AccessNews::MethodExpires { notice });
    }
    desk.methods().next_expiry_notice()
}

/// Until access control changed, or may have. False when the engine is gone.
async fn changed(events: &mut Receiver<Event>) -> bool {
    loop {
        match events.recv().await {
            Ok(Event::AccessChanged) | Err(RecvError::Lagged(_)) => return true,
            Ok(_) => {}
            Err(RecvError::Closed) => return false,
        }
    }
}

async fn sleep_or_never(pause: Option<Duration>) {
    match pause {
        // A notice that could not be noted as told must not make this spin.
        Some(pause) => tokio::time::sleep(pause.max(Duration::from_secs(1))).await,
        None => std::future::pending().await,
    }
}
