//! Notifications: what is worth one, what it says, when it is moot, and what its buttons do.
//!
//! Everything said here is in the window as well, so a desktop that shows none loses nothing but
//! the timely word.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Local, TimeDelta, Utc};
use leasehold_domain::{Code, Problem};
use leasehold_engine::wire::{EndReason, Event, LeaseView, Settings, Standing, State};
use leasehold_engine::{Clock, Engine, LeaseQuery, Renewal};
use tauri::{AppHandle, Runtime};
use tokio::sync::mpsc;

use crate::state::lock;
use crate::{routes, window};

mod post;

use post::Post;

/// With more warnings than this on the screen, further ones share one.
const APART: usize = 3;
/// The key of the warning that speaks for several leases.
const SEVERAL: &str = "several";
/// How long a word about something that is over stays useful.
const AFTERWARDS: TimeDelta = TimeDelta::hours(12);

/// What a button of a notification does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Button {
    /// Adds the default TTL.
    Renew,
    /// Ends the lease now.
    Revoke,
    /// Shows it in the window; so does a click on the notification itself.
    Open,
}

/// One notification. Of one key there is one at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    key: String,
    lease_id: Option<String>,
    title: String,
    /// Plain text; markup is escaped where it is sent.
    body: String,
    buttons: Vec<Button>,
    /// Stays on the screen until it is dealt with or moot.
    stays: bool,
    /// Is shown also where a person asked not to be disturbed.
    urgent: bool,
    until: DateTime<Utc>,
}

/// A button that was pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pressed {
    lease_id: Option<String>,
    button: Button,
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
        let mut problem = lock(&self.0);
        if problem.is_none() {
            tracing::info!(reason, "this desktop shows no notifications");
        }
        *problem = Some(
            Problem::new(
                Code::Refused,
                "This desktop shows no notifications: no notification service answers.",
            )
            .with_hint("Expiry is shown in this window. A notification daemon such as dunst or mako shows it elsewhere too."),
        );
    }
}

/// Decides what is shown, from what the engine tells.
#[derive(Debug, Default)]
struct Lookout {
    /// Leases seen open, so that an end is told once and only when it was lived through.
    open: HashSet<String>,
    /// What is on the screen, by key.
    up: HashMap<String, Up>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Up {
    Expiring { expires_at: DateTime<Utc> },
    Failed { reason: Option<String> },
    Alarm { text: Option<String> },
    Ended,
}

/// A change to what is on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Order {
    Show(Note),
    Withdraw(String),
}

impl Lookout {
    fn hear(&mut self, event: &Event, settings: &Settings, now: DateTime<Utc>) -> Vec<Order> {
        match event {
            Event::LeaseExpiring { lease, .. } if settings.notify_expiry => {
                self.expiring(lease, now)
            }
            Event::RevokeFailed { lease } if settings.notify_failures => self.failed(lease, now),
            Event::Alarm { lease } if is_leak(lease) || settings.notify_failures => {
                self.alarmed(lease, now)
            }
            // The engine tells it once, however many leases wait for the log-in.
            Event::LoginNeeded {
                connection,
                problem,
            } if settings.notify_failures => vec![Order::Show(Note {
                key: format!("login:{connection}"),
                lease_id: None,
                title: format!("{connection} needs you to log in"),
                body: problem
                    .hint
                    .clone()
                    .unwrap_or_else(|| problem.message.clone()),
                buttons: vec![Button::Open],
                stays: true,
                urgent: false,
                until: now + TimeDelta::days(1),
            })],
            Event::LeaseChanged { lease } => {
                let mut orders = self.changed(lease, settings, now);
                orders.extend(self.calmed(lease));
                orders
            }
            _ => Vec::new(),
        }
    }

    fn expiring(&mut self, lease: &LeaseView, now: DateTime<Utc>) -> Vec<Order> {
        if lease.state != State::Active {
            return Vec::new();
        }
        let expiring = |up: &Up| matches!(up, Up::Expiring { .. });
        let others = self
            .up
            .iter()
            .filter(|(key, up)| **key != lease.id && expiring(up))
            .count();
        self.up.insert(
            lease.id.clone(),
            Up::Expiring {
                expires_at: lease.expires_at,
            },
        );
        let end = here(lease, lease.expires_at);
        let minutes = minutes_until(end, now);
        if others >= APART {
            return vec![Order::Show(Note {
                key: SEVERAL.into(),
                lease_id: None,
                title: format!("{} leases end soon", others + 1),
                body: format!("The latest is {} in {minutes}.", place(lease)),
                buttons: vec![Button::Open],
                stays: true,
                urgent: false,
                until: end.max(now),
            })];
        }
        let mut buttons = vec![Button::Revoke, Button::Open];
        if lease.expires_at < lease.max_expires_at {
            buttons.insert(0, Button::Renew);
        }
        let at = end.with_timezone(&Local).format("%H:%M");
        vec![Order::Show(Note {
            key: lease.id.clone(),
            lease_id: Some(lease.id.clone()),
            title: format!("{} ends in {minutes}", lease.secret),
            body: format!("{}. From {at} its key is denied.", about(lease)),
            buttons,
            stays: true,
            urgent: false,
            until: end.max(now),
        })]
    }

    /// Told at the first failure and when the reason changes, not at every retry.
    fn failed(&mut self, lease: &LeaseView, now: DateTime<Utc>) -> Vec<Order> {
        let up = Up::Failed {
            reason: lease.reason.clone(),
        };
        if self.up.get(&lease.id) == Some(&up) {
            return Vec::new();
        }
        self.up.insert(lease.id.clone(), up);
        let access = match lease.state {
            State::AccessCut => "Its key is denied already, its user still exists.",
            _ => "Its key may still work.",
        };
        let reason = lease
            .reason
            .as_deref()
            .unwrap_or("AWS has not confirmed it.");
        vec![Order::Show(Note {
            key: lease.id.clone(),
            lease_id: Some(lease.id.clone()),
            title: format!("{} could not be revoked yet", lease.secret),
            body: format!("{}. {access} {reason} It is tried again.", about(lease)),
            buttons: vec![Button::Open],
            stays: true,
            urgent: false,
            until: now + AFTERWARDS,
        })]
    }

    /// Told once for each thing that is found, and gone when a person has seen it. A leak is told
    /// whatever was switched off: every minute counts.
    fn alarmed(&mut self, lease: &LeaseView, now: DateTime<Utc>) -> Vec<Order> {
        let key = alarm_key(lease);
        let up = Up::Alarm {
            text: lease.alarm.clone(),
        };
        if self.up.get(&key) == Some(&up) {
            return Vec::new();
        }
        self.up.insert(key.clone(), up);
        let leak = is_leak(lease);
        let (title, what) = match lease.standing {
            _ if leak => (
                format!("A key of {} was found in public", lease.secret),
                "AWS put its user into quarantine, which does not end the key. Revoke it, and change whatever it could reach.",
            ),
            Some(Standing::Foreign) => (
                format!("Another user stands under the name of {}", lease.secret),
                "Nothing of it was touched. Look who made it.",
            ),
            Some(Standing::Drifted) => (
                format!("Somebody changed a leased user of {}", lease.secret),
                "What was added stays until the lease ends. Look whether that was meant.",
            ),
            _ => (
                format!("A lease of {} needs a look", lease.secret),
                "What was found is in the window.",
            ),
        };
        let mut buttons = vec![Button::Open];
        if leak && matches!(lease.state, State::Issuing | State::Active) {
            buttons.insert(0, Button::Revoke);
        }
        vec![Order::Show(Note {
            key,
            lease_id: Some(lease.id.clone()),
            title,
            body: format!("{}. {what}", about(lease)),
            buttons,
            stays: true,
            urgent: leak,
            until: now + AFTERWARDS,
        })]
    }

    /// An alarm that was seen, or whose lease is over, is not on the screen any more.
    fn calmed(&mut self, lease: &LeaseView) -> Option<Order> {
        let key = alarm_key(lease);
        let over = lease.alarm.is_none()
            || matches!(
                lease.state,
                State::Revoked | State::Failed | State::Forgotten
            );
        (over && self.up.remove(&key).is_some()).then_some(Order::Withdraw(key))
    }

    fn changed(
        &mut self,
        lease: &LeaseView,
        settings: &Settings,
        now: DateTime<Utc>,
    ) -> Vec<Order> {
        let at_rest = matches!(
            lease.state,
            State::Revoked | State::Failed | State::Forgotten
        );
        if !at_rest {
            self.open.insert(lease.id.clone());
        }
        let was_open = at_rest && self.open.remove(&lease.id);
        let expired = lease.end_reason == Some(EndReason::Expired);
        if was_open && expired && lease.state == State::Revoked && settings.notify_expiry {
            self.up.insert(lease.id.clone(), Up::Ended);
            return vec![Order::Show(Note {
                key: lease.id.clone(),
                lease_id: Some(lease.id.clone()),
                title: format!("{} ended on time", lease.secret),
                body: format!("{}. AWS confirmed that its user is gone.", about(lease)),
                buttons: vec![Button::Open],
                stays: false,
                urgent: false,
                until: now + AFTERWARDS,
            })];
        }
        let moot = match self.up.get(&lease.id) {
            Some(Up::Expiring { expires_at }) => {
                lease.state != State::Active || lease.expires_at > *expires_at
            }
            Some(Up::Failed { .. }) => at_rest || lease.state == State::Active,
            Some(Up::Alarm { .. } | Up::Ended) | None => false,
        };
        if !moot {
            return Vec::new();
        }
        self.up.remove(&lease.id);
        let mut orders = vec![Order::Withdraw(lease.id.clone())];
        if !self.up.values().any(|up| matches!(up, Up::Expiring { .. })) {
            orders.push(Order::Withdraw(SEVERAL.into()));
        }
        orders
    }
}

/// AWS's own quarantine policy is on the user.
fn is_leak(lease: &LeaseView) -> bool {
    lease.standing == Some(Standing::Quarantined)
        || lease
            .alarm
            .as_deref()
            .is_some_and(|text| text.contains("Quarantine"))
}

/// A lease can be about to end and have an alarm: two notifications.
fn alarm_key(lease: &LeaseView) -> String {
    format!("alarm:{}", lease.id)
}

/// The moment by this computer's clock.
fn here(lease: &LeaseView, moment: DateTime<Utc>) -> DateTime<Utc> {
    moment - TimeDelta::milliseconds(lease.clock_offset_ms)
}

/// What is left in whole minutes, rounded up: after a sleep or a skipped clock it is less than the
/// lead time that was chosen.
fn minutes_until(end: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match ((end - now).num_seconds() + 59) / 60 {
        ..=1 => "1 minute".into(),
        minutes => format!("{minutes} minutes"),
    }
}

fn place(lease: &LeaseView) -> String {
    format!(
        "{}:{}/{}",
        lease.environment,
        lease.folder.trim_end_matches('/'),
        lease.secret
    )
}

/// Which lease, without a key or an ARN: a lock screen may show it.
fn about(lease: &LeaseView) -> String {
    let account = if lease.practice {
        "practice account"
    } else {
        lease.account_id.as_str()
    };
    match &lease.label {
        Some(label) => format!("{}, {account}, “{label}”", place(lease)),
        None => format!("{}, {account}", place(lease)),
    }
}

/// Hears the engine, shows notifications, and says which button was pressed.
pub(crate) struct Notifier {
    clock: Arc<dyn Clock>,
    lookout: Lookout,
    post: Post,
    answers: mpsc::UnboundedReceiver<Pressed>,
}

impl Notifier {
    /// Nothing is shown yet.
    pub(crate) fn new(clock: Arc<dyn Clock>, health: Arc<Health>) -> Self {
        let (sender, answers) = mpsc::unbounded_channel();
        Self {
            clock,
            lookout: Lookout::default(),
            post: Post::new(sender, health),
            answers,
        }
    }

    /// Shows, replaces or withdraws what an event asks for.
    pub(crate) fn hear(&mut self, engine: &Engine, event: &Event) {
        let settings = engine.settings().get().unwrap_or_default();
        for order in self.lookout.hear(event, &settings, self.clock.now()) {
            match order {
                Order::Show(note) => self.post.show(note, self.clock.now()),
                Order::Withdraw(key) => self.post.withdraw(&key),
            }
        }
    }

    /// The leases that are open when the shell starts to listen.
    pub(crate) fn recall(&mut self, engine: &Engine) {
        match engine.leases().list(&LeaseQuery::default()) {
            Ok(leases) => self
                .lookout
                .open
                .extend(leases.into_iter().map(|lease| lease.id)),
            Err(problem) => tracing::warn!(%problem, "the open leases could not be listed"),
        }
    }

    /// The next button that is pressed.
    pub(crate) async fn pressed(&mut self) -> Pressed {
        match self.answers.recv().await {
            Some(pressed) => pressed,
            None => std::future::pending().await,
        }
    }

    /// Takes everything off the screen.
    pub(crate) async fn end(mut self) {
        self.post.end().await;
    }

    /// Says why a button could not do what it says.
    pub(crate) fn refuse(&mut self, refusal: Refusal) {
        let Refusal {
            lease_id,
            verb,
            problem,
        } = refusal;
        let hint = problem.hint.as_deref().unwrap_or_default();
        let now = self.clock.now();
        let note = Note {
            key: lease_id.clone(),
            lease_id: Some(lease_id),
            title: format!("The lease could not be {verb}"),
            body: format!("{} {hint}", problem.message),
            buttons: vec![Button::Open],
            stays: true,
            urgent: false,
            until: now + AFTERWARDS,
        };
        self.post.show(note, now);
    }
}

/// A button that could not do what it says.
#[derive(Debug)]
pub(crate) struct Refusal {
    lease_id: String,
    verb: &'static str,
    problem: Problem,
}

/// Does what a button says.
pub(crate) async fn act<R: Runtime>(
    app: AppHandle<R>,
    engine: Engine,
    pressed: Pressed,
) -> Result<(), Refusal> {
    let Some(lease_id) = pressed.lease_id else {
        window::show_at(&app, routes::leases());
        return Ok(());
    };
    let (verb, done) = match pressed.button {
        Button::Open => {
            window::show_at(&app, routes::lease(&lease_id));
            return Ok(());
        }
        Button::Renew => (
            "renewed",
            engine
                .leases()
                .renew(&lease_id, &Renewal::Default)
                .await
                .map(drop),
        ),
        // What stays pending is told by the engine's own event.
        Button::Revoke => {
            let ids = std::slice::from_ref(&lease_id);
            ("revoked", engine.leases().revoke(ids).await.map(drop))
        }
    };
    done.map_err(|problem| Refusal {
        lease_id,
        verb,
        problem,
    })
}

#[cfg(test)]
#[path = "tests/notify.rs"]
mod tests;
