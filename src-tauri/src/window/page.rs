//! The pages in the window: whether they are up, whether anybody can see them, and where they are to
//! go once they are up.

use std::sync::Mutex;

use serde::Serialize;
use tauri::{AppHandle, Emitter, Manager, Runtime};
use tokio::sync::watch;

use super::MAIN;
use crate::state::{Shell, lock};

/// The state of the pages.
#[derive(Debug)]
pub(crate) struct Page {
    state: Mutex<State>,
    hidden: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct State {
    ready: bool,
    /// They were sent to where they were before, or somewhere else.
    placed: bool,
    route: Option<String>,
    /// Their window is being given up.
    going: bool,
}

/// What the event `navigate` carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Navigate {
    route: String,
    /// The environment whose tab is to be open; the one that is, where nothing is said.
    environment: Option<String>,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            state: Mutex::default(),
            hidden: watch::Sender::new(false),
        }
    }
}

impl Page {
    /// A page that never came up cannot be asked anything.
    pub(crate) fn is_ready(&self) -> bool {
        lock(&self.state).ready
    }

    /// Whether they were told where to be; what they tell before is not where a person went.
    pub(crate) fn is_placed(&self) -> bool {
        lock(&self.state).placed
    }

    pub(crate) fn is_hidden(&self) -> bool {
        *self.hidden.borrow()
    }

    pub(crate) fn set_hidden(&self, hidden: bool) {
        self.hidden
            .send_if_modified(|now| std::mem::replace(now, hidden) != hidden);
    }

    /// To wait for the window to be hidden or shown.
    pub(super) fn hidden(&self) -> watch::Receiver<bool> {
        self.hidden.subscribe()
    }

    pub(super) fn set_going(&self, going: bool) {
        lock(&self.state).going = going;
    }

    pub(super) fn is_going(&self) -> bool {
        lock(&self.state).going
    }
}

/// The page is being replaced.
pub(crate) fn forget<R: Runtime>(app: &AppHandle<R>) {
    let shell = app.state::<Shell>();
    let was_ready = {
        let mut state = lock(&shell.page.state);
        state.placed = false;
        std::mem::take(&mut state.ready)
    };
    // Nobody answers what the page before was asked. One that comes up for a question keeps it.
    if was_ready {
        shell.questions.give_up();
    }
}

/// The pages are up: they go where somebody sent them meanwhile, or where they were before.
pub(crate) fn ready<R: Runtime>(app: &AppHandle<R>) {
    lock(&app.state::<Shell>().page.state).ready = true;
    place(app);
}

/// Sends pages that are up, and were not yet sent anywhere, where they belong. Called when either of
/// the two things it needs is there: the pages, and what an earlier run left.
pub(crate) fn place<R: Runtime>(app: &AppHandle<R>) {
    let shell = app.state::<Shell>();
    let navigate = {
        let mut state = lock(&shell.page.state);
        let is_known = shell.place.is_recalled();
        if !state.ready || state.placed || !(is_known || state.route.is_some()) {
            return;
        }
        state.placed = is_known;
        let spot = shell.place.spot();
        let route = state.route.take().unwrap_or(spot.route);
        let environment = Some(spot.environment).filter(|name| !name.is_empty());
        Navigate { route, environment }
    };
    if !navigate.route.is_empty() || navigate.environment.is_some() {
        tell(app, navigate);
    }
}

/// Sends the pages to a route, now or once they are up.
pub(super) fn go<R: Runtime>(app: &AppHandle<R>, route: String) {
    let shell = app.state::<Shell>();
    let mut state = lock(&shell.page.state);
    if state.ready {
        drop(state);
        let environment = None;
        tell(app, Navigate { route, environment });
    } else {
        state.route = Some(route);
    }
}

fn tell<R: Runtime>(app: &AppHandle<R>, navigate: Navigate) {
    if let Err(error) = app.emit_to(MAIN, "navigate", navigate) {
        tracing::warn!(%error, "the window could not be sent to its place");
    }
}
