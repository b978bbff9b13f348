//! Decides what is shown, from what the engine tells: what is worth a notification, what it says,
//! which of many share one, and when it is moot.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Local, TimeDelta, Utc};
use leasehold_engine::wire::{EndReason, Event, LeaseView, Settings, Standing, State};

use super::logins::Logins;
use super::{About, Button, Note};

/// With more of a kind than this on the screen, further ones share one.
const APART: usize = 3;
/// How long a word about something that is over stays useful.
pub(super) const AFTERWARDS: TimeDelta = TimeDelta::hours(12);
/// Ends that come within this time are one event to a person.
pub(super) const TOGETHER: TimeDelta = TimeDelta::minutes(2);
/// What stands in the place of names where a person wants none on the screen.
pub(super) const UNNAMED: &str = "Open Leasehold to see which.";

/// What it is about; those of a kind share a notification when they are many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Expiring,
    Failed,
    Alarm,
    Ended,
    Asked,
    FirstSeen,
}

impl Kind {
    /// The key of the notification that speaks for several.
    const fn key(self) -> &'static str {
        match self {
            Self::Expiring => "several:expiring",
            Self::Failed => "several:failed",
            Self::Alarm => "several:alarm",
            Self::Ended => "several:ended",
            Self::Asked => "several:asked",
            Self::FirstSeen => "several:first-seen",
        }
    }
}

/// Something on the screen, by itself or in the one that speaks for several.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Up {
    kind: Kind,
    /// What it said: the same again is no news.
    said: Option<String>,
    /// The end that it warned of.
    expires_at: Option<DateTime<Utc>>,
    apart: bool,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
}

/// A change to what is on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Order {
    Show(Note),
    Withdraw(String),
}

/// What is known of the leases and the screen.
#[derive(Debug, Default)]
pub(super) struct Lookout {
    /// Leases seen open, so that an end is told once and only when it was lived through.
    open: HashSet<String>,
    /// What is on the screen, by key.
    up: HashMap<String, Up>,
    /// Connections that wait for a person.
    pub(super) logins: Logins,
}

impl Lookout {
    pub(super) fn hear(
        &mut self,
        event: &Event,
        settings: &Settings,
        now: DateTime<Utc>,
    ) -> Vec<Order> {
        let names = Names(settings.hide_names);
        match event {
            Event::LeaseExpiring { lease, .. } if settings.notify_expiry => {
                self.expiring(lease, names, now)
            }
            Event::RevokeFailed { lease } if settings.notify_failures => {
                self.failed(lease, names, now)
            }
            Event::Alarm { lease } if is_leak(lease) || settings.notify_failures => {
                self.alarmed(lease, names, now)
            }
            Event::LoginNeeded {
                connection,
                problem,
            } if settings.notify_failures => {
                vec![self.logins.needed(connection, problem, settings, now)]
            }
            Event::LeaseChanged { lease } => {
                let mut orders = self.changed(lease, settings, now);
                orders.extend(self.calmed(lease, now));
                orders
            }
            _ => Vec::new(),
        }
    }

    /// Takes in the leases that are open when it begins. A failure or an alarm that nobody has seen
    /// to is said again: the notification of the run before is gone.
    pub(super) fn recall(
        &mut self,
        leases: &[LeaseView],
        settings: &Settings,
        now: DateTime<Utc>,
    ) -> Vec<Order> {
        let names = Names(settings.hide_names);
        let mut orders = Vec::new();
        for lease in leases {
            self.open.insert(lease.id.clone());
            let ends = matches!(lease.state, State::Revoking | State::AccessCut);
            if ends && lease.attempts > 0 && lease.reason.is_some() && settings.notify_failures {
                orders.extend(self.failed(lease, names, now));
            }
            if lease.alarm.is_some() && (is_leak(lease) || settings.notify_failures) {
                orders.extend(self.alarmed(lease, names, now));
            }
        }
        orders
    }

    fn expiring(&mut self, lease: &LeaseView, names: Names, now: DateTime<Utc>) -> Vec<Order> {
        if lease.state != State::Active {
            return Vec::new();
        }
        let end = here(lease, lease.expires_at);
        let minutes = minutes_until(end, now);
        let mut buttons = vec![Button::Revoke, Button::Open];
        if lease.expires_at < lease.max_expires_at {
            buttons.insert(0, Button::Renew);
        }
        let at = end.with_timezone(&Local).format("%H:%M");
        let note = Note {
            key: lease.id.clone(),
            about: About::Lease(lease.id.clone()),
            title: format!("{} ends in {minutes}", names.of(lease)),
            body: names.about(lease, &format!("From {at} its key is denied.")),
            buttons,
            stays: true,
            urgent: false,
            until: end.max(now),
            counts_to: Some(end),
        };
        let latest = match names.0 {
            true => UNNAMED.into(),
            false => format!("The latest is {} in {minutes}.", place(lease)),
        };
        let said = Some(latest);
        self.put(Kind::Expiring, said, Some(lease.expires_at), note, now)
    }

    /// Told at the first failure and when the reason changes, not at every retry.
    fn failed(&mut self, lease: &LeaseView, names: Names, now: DateTime<Utc>) -> Vec<Order> {
        if self.has_said(&lease.id, Kind::Failed, lease.reason.as_ref()) {
            return Vec::new();
        }
        let access = match lease.state {
            State::AccessCut => "Its key is denied already, its user still exists.",
            _ => "Its key may still work.",
        };
        let reason = match (names.0, lease.reason.as_deref()) {
            (false, Some(reason)) => reason,
            (false, None) => "AWS has not confirmed it.",
            (true, _) => UNNAMED,
        };
        let note = Note {
            key: lease.id.clone(),
            about: About::Lease(lease.id.clone()),
            title: format!("{} could not be revoked yet", names.of(lease)),
            body: names.about(lease, &format!("{access} {reason} It is tried again.")),
            buttons: vec![Button::Open],
            stays: true,
            urgent: false,
            until: now + AFTERWARDS,
            counts_to: None,
        };
        self.put(Kind::Failed, lease.reason.clone(), None, note, now)
    }

    /// Told once for each thing that is found, and gone when a person has seen it. A leak is told
    /// whatever was switched off: every minute counts.
    fn alarmed(&mut self, lease: &LeaseView, names: Names, now: DateTime<Utc>) -> Vec<Order> {
        let key = alarm_key(lease);
        if self.has_said(&key, Kind::Alarm, lease.alarm.as_ref()) {
            return Vec::new();
        }
        let leak = is_leak(lease);
        let of = names.of_what(lease);
        let (title, what) = match lease.standing {
            _ if leak => (
                format!("A key of {of} was found in public"),
                "AWS put its user into quarantine, which does not end the key. Revoke it, and change whatever it could reach.",
            ),
            Some(Standing::Foreign) => (
                format!("Another user stands under the name of {of}"),
                "Nothing of it was touched. Look who made it.",
            ),
            Some(Standing::Drifted) => (
                format!("Somebody changed a leased user of {of}"),
                "What was added stays until the lease ends. Look whether that was meant.",
            ),
            _ => (
                format!("A lease of {of} needs a look"),
                "What was found is in the window.",
            ),
        };
        let mut buttons = vec![Button::Open];
        if leak && matches!(lease.state, State::Issuing | State::Active) {
            buttons.insert(0, Button::Revoke);
        }
        let note = Note {
            key,
            about: About::Lease(lease.id.clone()),
            title,
            body: names.about(lease, what),
            buttons,
            stays: true,
            urgent: leak,
            until: now + AFTERWARDS,
            counts_to: None,
        };
        self.put(Kind::Alarm, lease.alarm.clone(), None, note, now)
    }

    /// An alarm that was seen, or whose lease is over, is not on the screen any more.
    fn calmed(&mut self, lease: &LeaseView, now: DateTime<Utc>) -> Vec<Order> {
        let over = lease.alarm.is_none() || is_at_rest(lease);
        match over {
            true => self.take(&alarm_key(lease), now),
            false => Vec::new(),
        }
    }

    fn changed(
        &mut self,
        lease: &LeaseView,
        settings: &Settings,
        now: DateTime<Utc>,
    ) -> Vec<Order> {
        let names = Names(settings.hide_names);
        let at_rest = is_at_rest(lease);
        if !at_rest {
            self.open.insert(lease.id.clone());
        }
        let was_open = at_rest && self.open.remove(&lease.id);
        let expired = lease.end_reason == Some(EndReason::Expired);
        let ended = matches!(lease.state, State::Revoked | State::Expired);
        if was_open && expired && ended && settings.notify_expiry {
            self.forget(Kind::Ended, now - TOGETHER);
            let note = Note {
                key: lease.id.clone(),
                about: About::Lease(lease.id.clone()),
                title: format!("{} ended on time", names.of(lease)),
                body: names.about(
                    lease,
                    match lease.state {
                        State::Expired => "AWS ended its session by itself.",
                        _ => "AWS confirmed that its user is gone.",
                    },
                ),
                buttons: vec![Button::Open],
                stays: false,
                urgent: false,
                until: now + AFTERWARDS,
                counts_to: None,
            };
            return self.put(Kind::Ended, None, None, note, now);
        }
        let moot = match self.up.get(&lease.id) {
            Some(up) if up.kind == Kind::Expiring => {
                lease.state != State::Active || Some(lease.expires_at) > up.expires_at
            }
            Some(up) if up.kind == Kind::Failed => at_rest || lease.state == State::Active,
            _ => false,
        };
        match moot {
            true => self.take(&lease.id, now),
            false => Vec::new(),
        }
    }

    /// Does not count those of a kind any more that were put up before a moment.
    pub(super) fn forget(&mut self, kind: Kind, before: DateTime<Utc>) {
        self.up.retain(|_, up| up.kind != kind || up.since > before);
    }

    fn has_said(&self, key: &str, kind: Kind, said: Option<&String>) -> bool {
        self.up
            .get(key)
            .is_some_and(|up| up.kind == kind && up.said.as_ref() == said)
    }

    /// Puts a note on the screen: by itself, or among those that share one. What is urgent never
    /// shares.
    pub(super) fn put(
        &mut self,
        kind: Kind,
        said: Option<String>,
        expires_at: Option<DateTime<Utc>>,
        note: Note,
        now: DateTime<Utc>,
    ) -> Vec<Order> {
        let was = self.up.remove(&note.key);
        let others = |up: &&Up| up.kind == kind && up.apart;
        let counts_to = note.counts_to;
        let apart = match &was {
            Some(was) if was.kind == kind => was.apart || note.urgent,
            _ => note.urgent || self.up.values().filter(others).count() < APART,
        };
        self.up.insert(
            note.key.clone(),
            Up {
                kind,
                said: said.clone().filter(|_| kind != Kind::Expiring),
                expires_at,
                apart,
                since: now,
                until: note.until,
            },
        );
        let mut orders = Vec::new();
        let left = was.filter(|was| !was.apart && (apart || was.kind != kind));
        if let Some(left) = &left {
            orders.push(self.group(left.kind, None, now));
        }
        if apart {
            orders.push(Order::Show(note));
        } else {
            orders.push(Order::Withdraw(note.key));
            orders.push(self.group(kind, said.map(|said| (said, counts_to)), now));
        }
        orders
    }

    /// Takes one off the screen, or out of those that share one.
    pub(super) fn take(&mut self, key: &str, now: DateTime<Utc>) -> Vec<Order> {
        match self.up.remove(key) {
            None => Vec::new(),
            Some(up) if up.apart => vec![Order::Withdraw(key.to_owned())],
            Some(up) => vec![self.group(up.kind, None, now)],
        }
    }

    /// The notification that speaks for those of a kind that have none of their own.
    fn group(
        &self,
        kind: Kind,
        latest: Option<(String, Option<DateTime<Utc>>)>,
        now: DateTime<Utc>,
    ) -> Order {
        let (latest, counts_to) = latest.unzip();
        let counts_to = counts_to.flatten();
        let members: Vec<_> = self
            .up
            .values()
            .filter(|up| up.kind == kind && !up.apart)
            .collect();
        let key = kind.key().to_owned();
        let count = members.len();
        let Some(until) = members.iter().map(|up| up.until).max() else {
            return Order::Withdraw(key);
        };
        let is_access = matches!(kind, Kind::Asked | Kind::FirstSeen);
        let more = match (is_access, count) {
            (false, 1) => "1 more lease".to_owned(),
            (false, _) => format!("{count} more leases"),
            (true, 1) => "1 more identity".to_owned(),
            (true, _) => format!("{count} more identities"),
        };
        let (title, body) = match kind {
            Kind::Expiring => (
                format!(
                    "{more} {}",
                    if count == 1 { "ends soon" } else { "end soon" }
                ),
                latest.unwrap_or_else(|| UNNAMED.into()),
            ),
            Kind::Failed => (
                format!("{more} could not be revoked yet"),
                "It is tried again without end. Open Leasehold to see why.".into(),
            ),
            Kind::Alarm => (
                format!(
                    "{more} {} a look",
                    if count == 1 { "needs" } else { "need" }
                ),
                "What was found is in the window.".into(),
            ),
            Kind::Ended => (
                format!("{more} ended on time"),
                "None of their keys works any more.".into(),
            ),
            Kind::Asked => (
                format!(
                    "{more} {} to log in",
                    if count == 1 { "asks" } else { "ask" }
                ),
                "Open Leasehold to answer.".into(),
            ),
            Kind::FirstSeen => (
                format!("{more} logged in for the first time"),
                "Open Leasehold to see who.".into(),
            ),
        };
        Order::Show(Note {
            key,
            about: match is_access {
                true => About::Approvals,
                false => About::Leases,
            },
            title,
            body,
            buttons: vec![Button::Open],
            stays: !matches!(kind, Kind::Ended | Kind::FirstSeen),
            urgent: false,
            until: until.max(now),
            counts_to,
        })
    }
}

/// Whether names stay off the screen, where a person wants that.
#[derive(Debug, Clone, Copy)]
struct Names(bool);

impl Names {
    /// The lease, at the beginning of a sentence.
    fn of(self, lease: &LeaseView) -> String {
        match self.0 {
            true => "A lease".into(),
            false => lease.secret.clone(),
        }
    }

    /// Its dynamic secret, within one.
    fn of_what(self, lease: &LeaseView) -> String {
        match self.0 {
            true => "a dynamic secret".into(),
            false => lease.secret.clone(),
        }
    }

    /// Which lease, and what of it.
    fn about(self, lease: &LeaseView, what: &str) -> String {
        match self.0 {
            true => what.to_owned(),
            false => format!("{}. {what}", about(lease)),
        }
    }
}

fn is_at_rest(lease: &LeaseView) -> bool {
    matches!(
        lease.state,
        State::Revoked | State::Expired | State::Failed | State::Forgotten
    )
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
pub(super) fn minutes_until(end: DateTime<Utc>, now: DateTime<Utc>) -> String {
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

#[cfg(test)]
#[path = "../tests/notify.rs"]
mod tests;
