//! Notifications: what is worth one, what it says, when it is moot, and what its buttons do.
//!
//! Everything said here is in the window as well, so a desktop that shows none loses nothing but
//! the timely word.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_access::desk::Leases;
use leasehold_access::desk::view::AccessNews;
use leasehold_domain::{Code, Problem};
use leasehold_engine::wire::{Event, Settings};
use leasehold_engine::{Clock, Engine, IssueRequest, LeaseQuery, Renewal};
use tauri::{AppHandle, Manager, Runtime};
use tokio::sync::{mpsc, watch};

use crate::commands::access;
use crate::state::{Shell, lock};
use crate::window::credentials;
use crate::{routes, window};

mod knocks;
mod logins;
mod lookout;
mod old_keys;
mod post;
mod quiet;
mod trial;

use lookout::{AFTERWARDS, Lookout, Order, minutes_until};
use post::Post;
pub(crate) use quiet::{Pause, PauseFor, pause};
pub(crate) use trial::{Tested, test};

/// While something is held back the wall clock is looked at so often, since timers stand still while
/// a computer sleeps.
const LOOK: Duration = Duration::from_secs(60);

/// What a button of a notification does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Button {
    /// Adds the default TTL.
    Renew,
    /// Extends it as far as it goes.
    RenewToMax,
    /// Copies its kept key.
    Copy,
    /// Shows its kept key, in a window of its own.
    ShowKey,
    /// Makes a lease of a dynamic secret for as long as is usual there, and shows its key.
    Generate,
    /// Ends the lease now.
    Revoke,
    /// Lets somebody in for one login.
    AllowOnce,
    /// Lets somebody in from now on.
    AllowAlways,
    /// Keeps somebody out.
    Deny,
    /// Shows it in the window; so does a click on the notification itself.
    Open,
}

/// What a notification, or a line of the tray, is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum About {
    /// Several leases, or none.
    Leases,
    /// One lease.
    Lease(String),
    /// A dynamic secret.
    Secret(String),
    /// Several who ask to be let in.
    Approvals,
    /// One who asks, or who came.
    Approval(String),
    /// An auth method.
    Method(String),
    /// How AWS accounts are reached.
    Connections,
}

impl About {
    /// Where the window shows it.
    fn route(&self) -> String {
        match self {
            Self::Leases => routes::leases(),
            Self::Lease(id) => routes::lease(id),
            Self::Secret(_) => routes::overview(),
            Self::Approvals => routes::approvals(),
            Self::Approval(id) => routes::approval(id),
            Self::Method(access_id) => routes::auth_method(access_id),
            Self::Connections => routes::connections(),
        }
    }
}

/// One notification. Of one key there is one at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    key: String,
    about: About,
    title: String,
    /// Plain text; markup is escaped where it is sent.
    body: String,
    buttons: Vec<Button>,
    /// Stays on the screen until it is dealt with or moot.
    stays: bool,
    /// Is shown also where a person asked not to be disturbed.
    urgent: bool,
    until: DateTime<Utc>,
    /// The moment that its text counts the minutes to, where it does.
    counts_to: Option<DateTime<Utc>>,
}

impl Note {
    /// What it says of the minutes that are left, said of `now` instead of `then`.
    fn told_anew(mut self, then: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        if let Some(end) = self.counts_to {
            let (old, new) = (minutes_until(end, then), minutes_until(end, now));
            let (old, new) = (format!(" in {old}"), format!(" in {new}"));
            self.title = self.title.replace(&old, &new);
            self.body = self.body.replace(&old, &new);
        }
        self
    }
}

/// A button that was pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pressed {
    pub(crate) about: About,
    pub(crate) button: Button,
}

impl Pressed {
    /// For a lease, or for a dynamic secret.
    pub(crate) fn on(about: &str, button: Button) -> Self {
        let about = match button {
            Button::Generate => About::Secret(about.to_owned()),
            _ => About::Lease(about.to_owned()),
        };
        Self { about, button }
    }
}

/// Whether notifications reach anybody.
#[derive(Debug, Default)]
pub(crate) struct Health(Mutex<Option<Problem>>);

impl Health {
    /// What to tell a person, once a notification could not be shown.
    pub(crate) fn problem(&self) -> Option<Problem> {
        lock(&self.0).clone()
    }

    fn well(&self) {
        *lock(&self.0) = None;
    }

    fn failed(&self, reason: &str) {
        self.failure(reason);
    }

    /// Notes that nobody shows notifications, and how that is said.
    fn failure(&self, reason: &str) -> Problem {
        let mut known = lock(&self.0);
        if known.is_none() {
            tracing::info!(reason, "this desktop shows no notifications");
        }
        let problem = Problem::new(
            Code::Refused,
            "This desktop shows no notifications: no notification service answers.",
        )
        .with_hint("Expiry is shown in this window. A notification daemon such as dunst or mako shows it elsewhere too.");
        known.insert(problem).clone()
    }
}

/// Hears the engine, shows notifications, and says which button was pressed.
pub(crate) struct Notifier {
    engine: Engine,
    clock: Arc<dyn Clock>,
    lookout: Lookout,
    post: Post,
    answers: mpsc::UnboundedReceiver<Pressed>,
    paused: watch::Receiver<Option<DateTime<Utc>>>,
    /// What waits for the end of the quiet, and since when.
    held: HashMap<String, (Note, DateTime<Utc>)>,
}

impl Notifier {
    /// Nothing is shown yet. The tray's lines are pressed like a notification's buttons.
    pub(crate) fn new(shell: &Shell, engine: &Engine) -> Self {
        let (sender, answers) = mpsc::unbounded_channel();
        shell.listen(sender.clone());
        Self {
            engine: engine.clone(),
            clock: Arc::clone(&shell.clock),
            lookout: Lookout::default(),
            post: Post::new(sender, Arc::clone(&shell.notifications)),
            answers,
            paused: shell.pause.subscribe(),
            held: HashMap::new(),
        }
    }

    /// Shows, replaces or withdraws what an event asks for.
    pub(crate) fn hear(&mut self, event: &Event) {
        let settings = self.engine.settings().get().unwrap_or_default();
        let orders = self.lookout.hear(event, &settings, self.clock.now());
        self.obey(orders);
        if matches!(event, Event::SettingsChanged) {
            self.release();
        }
        // No clock of its own: an account is compared every four hours while leases are open.
        let may_be_old = matches!(event, Event::SettingsChanged | Event::Reconciled { .. });
        if may_be_old || matches!(event, Event::RotationProgress { .. }) {
            self.look_at_keys(&settings);
        }
        if matches!(event, Event::CatalogChanged) && self.lookout.logins.is_any() {
            let waiting = self.waiting();
            let orders = self.lookout.logins.settle(&waiting);
            self.obey(orders);
        }
    }

    /// The connections that wait for a person.
    fn waiting(&self) -> Vec<(String, Problem)> {
        let waiting = self.engine.connections().that_need_login();
        waiting.unwrap_or_else(|problem| {
            tracing::warn!(%problem, "the connections could not be listed");
            Vec::new()
        })
    }

    /// Shows, replaces or withdraws what is new about who may log in.
    pub(crate) fn hear_of_access(&mut self, news: &AccessNews) {
        let settings = self.engine.settings().get().unwrap_or_default();
        let orders = self.lookout.access(news, &settings, self.clock.now());
        self.obey(orders);
    }

    /// The leases that are open when the shell starts to listen. What went wrong with them and was
    /// not seen yet is said again.
    pub(crate) fn recall(&mut self) {
        let settings = self.engine.settings().get().unwrap_or_default();
        let waiting = self.waiting();
        if settings.notify_failures {
            let now = self.clock.now();
            let logins = &mut self.lookout.logins;
            let orders = waiting
                .iter()
                .map(|(name, problem)| logins.needed(name, problem, &settings, now));
            let orders = orders.collect();
            self.obey(orders);
        }
        match self.engine.leases().list(&LeaseQuery::default()) {
            Ok(mut leases) => {
                // What waits for one log-in is one thing.
                for lease in &mut leases {
                    if waiting.iter().any(|(name, _)| *name == lease.connection) {
                        lease.reason = None;
                    }
                }
                let orders = self.lookout.recall(&leases, &settings, self.clock.now());
                self.obey(orders);
            }
            Err(problem) => tracing::warn!(%problem, "the open leases could not be listed"),
        }
        self.look_at_keys(&settings);
    }

    /// Says once of each managing key that it is old, and takes it back once another took over.
    fn look_at_keys(&mut self, settings: &Settings) {
        match old_keys::due(&self.engine, settings, self.clock.now()) {
            Ok(orders) => self.obey(orders),
            Err(problem) => tracing::warn!(%problem, "nobody looked how old the keys are"),
        }
    }

    fn obey(&mut self, orders: Vec<Order>) {
        for order in orders {
            match order {
                Order::Show(note) if !note.urgent && self.quiet_until().is_some() => {
                    self.post.withdraw(&note.key);
                    self.held.insert(note.key.clone(), (note, self.clock.now()));
                }
                Order::Show(note) => self.say(note),
                Order::Withdraw(key) => {
                    self.held.remove(&key);
                    self.post.withdraw(&key);
                }
            }
        }
    }

    /// Until when nothing but what is urgent is shown.
    fn quiet_until(&self) -> Option<DateTime<Utc>> {
        let now = self.clock.now();
        let paused = quiet::lasting(*self.paused.borrow(), now);
        let settings = self.engine.settings().get().unwrap_or_default();
        paused.max(quiet::hours_end(&settings, now))
    }

    /// Shows what was held back and is still worth it, once nothing holds it back.
    fn release(&mut self) {
        if self.held.is_empty() || self.quiet_until().is_some() {
            return;
        }
        let now = self.clock.now();
        for (_, (note, since)) in std::mem::take(&mut self.held) {
            if note.until > now {
                self.post.show(note.told_anew(since, now), now);
            }
        }
    }

    /// The next button that is pressed.
    pub(crate) async fn pressed(&mut self) -> Pressed {
        loop {
            let waits = !self.held.is_empty();
            tokio::select! {
                pressed = self.answers.recv() => match pressed {
                    Some(pressed) => return pressed,
                    None => std::future::pending().await,
                },
                _ = self.paused.changed(), if waits => {}
                () = tokio::time::sleep(LOOK), if waits => {}
            }
            self.release();
        }
    }

    /// Takes everything off the screen.
    pub(crate) async fn end(mut self) {
        self.post.end().await;
    }

    /// Shows a note now, in the place of the one of its key.
    pub(crate) fn say(&mut self, note: Note) {
        self.held.remove(&note.key);
        self.post.show(note, self.clock.now());
    }

    /// Says why a button could not do what it says.
    pub(crate) fn refuse(&mut self, refusal: Refusal) {
        let Refusal {
            key,
            about,
            title,
            problem,
        } = refusal;
        let hint = problem.hint.as_deref().unwrap_or_default();
        self.say(Note {
            key,
            about,
            title: title.into(),
            body: format!("{} {hint}", problem.message),
            buttons: vec![Button::Open],
            stays: true,
            urgent: false,
            until: self.clock.now() + AFTERWARDS,
            counts_to: None,
        });
    }
}

/// A button that could not do what it says.
#[derive(Debug)]
pub(crate) struct Refusal {
    about: About,
    key: String,
    title: &'static str,
    problem: Problem,
}

#[cfg(test)]
impl Refusal {
    /// What there is to say.
    pub(crate) fn into_problem(self) -> Problem {
        self.problem
    }
}

/// Does what a button says. What is to be said of it, where nothing else would, is the answer.
pub(crate) async fn act<R: Runtime>(
    app: AppHandle<R>,
    engine: Engine,
    pressed: Pressed,
) -> Result<Option<Note>, Refusal> {
    let Pressed { about, button } = pressed;
    if button == Button::Open {
        window::show_at(&app, about.route());
        return Ok(None);
    }
    let (About::Lease(id) | About::Secret(id) | About::Approval(id)) = about.clone() else {
        return Ok(None);
    };
    // Whoever pressed it is there to be asked for a code, in the window that comes up with the question.
    let renew = async |by: Renewal| {
        let done = engine.in_person(engine.leases().renew(&id, &by)).await;
        ("The lease could not be renewed", done.map(|_| None))
    };
    let (title, done) = match button {
        Button::Open => return Ok(None),
        Button::AllowOnce | Button::AllowAlways | Button::Deny => (
            "The answer could not be kept",
            answer(&engine, &id, button).map(|()| None),
        ),
        Button::Renew => renew(Renewal::Default).await,
        Button::RenewToMax => renew(Renewal::ToMax).await,
        Button::Copy => (
            "The key could not be copied",
            copy(&app, &engine, &id).await.map(Some),
        ),
        Button::ShowKey => {
            let done = credentials::show_again(&app, &engine, &id).await;
            ("The key could not be shown", done.map(|()| None))
        }
        Button::Generate => {
            let done = generate(&app, &engine, &id).await;
            ("No lease was issued", done.map(|()| None))
        }
        // What stays pending is told by the engine's own event.
        Button::Revoke => {
            let ids = std::slice::from_ref(&id);
            let done = engine.in_person(engine.leases().revoke(ids)).await;
            ("The lease could not be revoked", done.map(|_| None))
        }
    };
    done.map_err(|problem| Refusal {
        key: id,
        about,
        title,
        problem,
    })
}

/// Keeps what the owner says of somebody who asks to be let in.
fn answer(engine: &Engine, id: &str, button: Button) -> Result<(), Problem> {
    let desk = access::desk(engine);
    let approvals = desk.approvals();
    let answered = match button {
        Button::AllowOnce => approvals.allow(id, false),
        Button::AllowAlways => approvals.allow(id, true),
        _ => approvals.deny(id, Leases::Stay).map(|denied| denied.way),
    };
    access::changed(engine, answered).map(drop)
}

/// Makes a lease for as long as is usual, and shows its key; the rest of the application is not
/// needed for it.
async fn generate<R: Runtime>(
    app: &AppHandle<R>,
    engine: &Engine,
    secret_id: &str,
) -> Result<(), Problem> {
    let request = IssueRequest {
        secret: secret_id.to_owned(),
        ..IssueRequest::default()
    };
    let issued = engine.in_person(engine.leases().issue(&request)).await?;
    credentials::show_fresh(app, engine.clone(), issued, None).map(drop)
}

/// Copies the kept key of a lease as keys were copied last. Nobody sees a window, so it is said.
async fn copy<R: Runtime>(
    app: &AppHandle<R>,
    engine: &Engine,
    lease_id: &str,
) -> Result<Note, Problem> {
    let shell = app.state::<Shell>();
    let issued = engine.leases().open_kept(lease_id).await?;
    let text = issued
        .credentials
        .render(shell.place.format(), &issued.lease.secret)?;
    let settings = engine.settings().get()?;
    let seconds = settings.clipboard_seconds;
    shell.clipboard.copy_secret(lease_id, text, seconds).await?;
    let name = match settings.hide_names {
        true => "the lease",
        false => issued.lease.secret.as_str(),
    };
    Ok(Note {
        key: "copied".into(),
        about: About::Lease(lease_id.to_owned()),
        title: format!("The key of {name} is copied"),
        body: format!("It leaves the clipboard in {seconds} seconds."),
        buttons: Vec::new(),
        stays: false,
        urgent: false,
        until: shell.clock.now() + TimeDelta::minutes(1),
        counts_to: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_desktop_without_notifications_is_said_and_forgotten_when_it_has_them() {
        let health = Health::default();
        assert!(health.problem().is_none());
        health.failed("ServiceUnknown");
        assert!(health.problem().unwrap().hint.is_some());
        health.well();
        assert!(health.problem().is_none());
    }
}
