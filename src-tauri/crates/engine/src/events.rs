//! Who hears of what happens: every shell subscribes, nobody has to.

use tokio::sync::broadcast;

use crate::wire::Event;

/// How many events a slow listener may fall behind before it misses some and reloads.
const BACKLOG: usize = 256;

/// The engine's voice.
#[derive(Debug, Clone)]
pub(crate) struct Events(broadcast::Sender<Event>);

impl Events {
    pub(crate) fn new() -> Self {
        Self(broadcast::Sender::new(BACKLOG))
    }

    /// Tells whoever listens; nobody listening is fine.
    pub(crate) fn tell(&self, event: Event) {
        let _ = self.0.send(event);
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }
}
