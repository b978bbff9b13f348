//! Who hears of what happens: every shell subscribes, nobody has to.

use tokio::sync::{broadcast, watch};

use crate::wire::Event;

/// How many events a slow listener may fall behind before it misses some and reloads.
const BACKLOG: usize = 256;

/// The engine's voice.
#[derive(Debug, Clone)]
pub(crate) struct Events {
    voice: broadcast::Sender<Event>,
    /// Counts what a break-glass kit depends on; unlike the voice, no listener can miss it.
    change: watch::Sender<u64>,
}

impl Events {
    pub(crate) fn new() -> Self {
        Self {
            voice: broadcast::Sender::new(BACKLOG),
            change: watch::Sender::new(0),
        }
    }

    /// Tells whoever listens; nobody listening is fine.
    pub(crate) fn tell(&self, event: Event) {
        if matches!(event, Event::LeaseChanged { .. } | Event::SettingsChanged) {
            self.change.send_modify(|change| *change += 1);
        }
        let _ = self.voice.send(event);
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.voice.subscribe()
    }

    /// How often leases or settings changed.
    pub(crate) fn change(&self) -> u64 {
        *self.change.borrow()
    }

    /// Hears when they change.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.change.subscribe()
    }
}
