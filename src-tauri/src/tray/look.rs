//! What the tray says, as a plain value: every line of its menu with what it does, and whether it
//! can be done.

use std::collections::HashMap;

use chrono::{DateTime, Local, TimeDelta, Utc};
use leasehold_engine::wire::{Format, GatewayState, LeaseView, SecretView, State};

/// The ids of the menu's lines; those that are followed by a `:` and what they are about come last.
pub(super) mod id {
    pub(in super::super) const OPEN: &str = "open";
    pub(in super::super) const SECRETS: &str = "secrets";
    pub(in super::super) const MORE: &str = "more";
    pub(in super::super) const REVOKE_ALL: &str = "revoke-all";
    pub(in super::super) const PAUSE_HOUR: &str = "pause-hour";
    pub(in super::super) const PAUSE_TOMORROW: &str = "pause-tomorrow";
    pub(in super::super) const RESUME: &str = "resume";
    pub(in super::super) const GATEWAY: &str = "gateway";
    pub(in super::super) const WAITING: &str = "waiting";
    pub(in super::super) const LOGINS: &str = "logins";
    pub(in super::super) const QUIT: &str = "quit";
    pub(in super::super) const GENERATE: &str = "generate";
    pub(in super::super) const SHOW: &str = "show";
    pub(in super::super) const SHOW_KEY: &str = "show-key";
    pub(in super::super) const COPY: &str = "copy";
    pub(in super::super) const RENEW: &str = "renew";
    pub(in super::super) const RENEW_TO_MAX: &str = "renew-max";
    pub(in super::super) const REVOKE: &str = "revoke";
}

/// More leases than this do not fit a menu; the rest is one line.
const MOST: usize = 10;
/// A lease with less time than this turns the icon.
const SOON: TimeDelta = TimeDelta::minutes(15);

/// What the icon says at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Idle,
    Soon,
    Attention,
}

/// How far one press moves the end of a lease, by AWS's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Renewable {
    ByDefault(DateTime<Utc>),
    ToMax(DateTime<Utc>),
    No,
}

/// What the tray is made of.
pub(super) struct Facts {
    /// Open leases.
    pub(super) leases: Vec<LeaseView>,
    /// Dynamic secrets, the one used last first.
    pub(super) recent: Vec<SecretView>,
    /// By lease, for those in [`shown`].
    pub(super) renewals: HashMap<String, Renewable>,
    pub(super) now: DateTime<Utc>,
    /// Notifications are paused until then.
    pub(super) paused: Option<DateTime<Utc>>,
    /// How keys are copied.
    pub(super) format: Format,
    /// How the gateway is.
    pub(super) gateway: GatewayState,
    /// Identities that wait to be let in.
    pub(super) waiting: u32,
    /// Connections that wait for a person to log in.
    pub(super) logins: usize,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            leases: Vec::new(),
            recent: Vec::new(),
            renewals: HashMap::new(),
            now: DateTime::UNIX_EPOCH,
            paused: None,
            format: Format::Bash,
            gateway: GatewayState::Off,
            waiting: 0,
            logins: 0,
        }
    }
}

/// A part of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    Line {
        id: String,
        text: String,
        on: bool,
    },
    Under {
        id: String,
        text: String,
        items: Vec<Self>,
    },
    Rule,
}

impl Item {
    fn line(id: impl Into<String>, text: impl Into<String>) -> Self {
        let (id, text) = (id.into(), text.into());
        Self::Line { id, text, on: true }
    }

    fn grey(id: impl Into<String>, text: impl Into<String>) -> Self {
        let (id, text) = (id.into(), text.into());
        let on = false;
        Self::Line { id, text, on }
    }

    fn texts<'a>(items: &'a [Self], texts: &mut Vec<&'a str>) {
        for item in items {
            match item {
                Self::Rule => {}
                Self::Line { text, .. } => texts.push(text),
                Self::Under { text, items, .. } => {
                    texts.push(text);
                    Self::texts(items, texts);
                }
            }
        }
    }

    fn same_shape(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Rule, Self::Rule) => true,
            (
                Self::Line { id: a, on, .. },
                Self::Line {
                    id: b, on: also, ..
                },
            ) => a == b && on == also,
            (
                Self::Under { id: a, items, .. },
                Self::Under {
                    id: b,
                    items: others,
                    ..
                },
            ) => a == b && same_shape(items, others),
            _ => false,
        }
    }
}

fn same_shape(items: &[Item], others: &[Item]) -> bool {
    items.len() == others.len() && items.iter().zip(others).all(|(a, b)| a.same_shape(b))
}

/// The tray as it should look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) mood: Mood,
    pub(super) tooltip: String,
    pub(super) items: Vec<Item>,
}

impl Look {
    pub(super) fn of(facts: &Facts) -> Self {
        let active = active(&facts.leases, facts.now);
        let attention = facts.leases.iter().any(|lease| {
            lease.alarm.is_some() || (lease.state != State::Active && lease.reason.is_some())
        });
        let mood = match active.first() {
            _ if attention || facts.waiting > 0 || facts.logins > 0 => Mood::Attention,
            Some((left, _)) if *left <= SOON => Mood::Soon,
            _ => Mood::Idle,
        };
        Self {
            mood,
            tooltip: tooltip(&active),
            items: items(facts, &active),
        }
    }

    /// The texts of all lines, from top to bottom; those of a submenu after its own.
    pub(super) fn texts(&self) -> Vec<&str> {
        let mut texts = Vec::new();
        Item::texts(&self.items, &mut texts);
        texts
    }

    /// Two looks of one shape differ in their texts only, so that a menu that is open stays open.
    pub(super) fn same_shape(&self, other: &Self) -> bool {
        same_shape(&self.items, &other.items)
    }
}

/// The leases that have lines of their own.
pub(super) fn shown(leases: &[LeaseView], now: DateTime<Utc>) -> Vec<&LeaseView> {
    let active = active(leases, now);
    active
        .into_iter()
        .map(|(_, lease)| lease)
        .take(MOST)
        .collect()
}

/// Leases whose access is open, in the order of their end, with the time left.
fn active(leases: &[LeaseView], now: DateTime<Utc>) -> Vec<(TimeDelta, &LeaseView)> {
    let mut active: Vec<_> = leases
        .iter()
        .filter(|lease| lease.state == State::Active)
        .map(|lease| (left(lease, now), lease))
        .collect();
    active.sort_by_key(|(left, _)| *left);
    active
}

fn tooltip(active: &[(TimeDelta, &LeaseView)]) -> String {
    match active {
        [] => "Leasehold · no active lease".into(),
        [(left, _)] => format!("Leasehold · 1 active lease, {}", span(*left)),
        [(left, _), ..] => {
            let (count, left) = (active.len(), span(*left));
            format!("Leasehold · {count} active leases, next {left}")
        }
    }
}

fn items(facts: &Facts, active: &[(TimeDelta, &LeaseView)]) -> Vec<Item> {
    let mut items = vec![
        Item::line(id::OPEN, "Open Leasehold"),
        generate(&facts.recent),
    ];
    items.push(Item::Rule);
    for (left, lease) in active.iter().take(MOST) {
        items.push(Item::Under {
            id: format!("lease:{}", lease.id),
            text: format!("{} ({}) · {}", lease.secret, lease.environment, span(*left)),
            items: of(lease, facts),
        });
    }
    match active.len() {
        0 => items.push(Item::grey("none", "No active lease")),
        count if count > MOST => {
            items.push(Item::line(id::MORE, format!("{} more…", count - MOST)));
        }
        _ => {}
    }
    items.push(Item::Rule);
    items.push(Item::Line {
        id: id::REVOKE_ALL.into(),
        text: "Revoke all…".into(),
        on: !active.is_empty(),
    });
    items.push(notifications(facts.paused, facts.now));
    items.extend(gateway(&facts.gateway));
    items.extend(waiting(facts.waiting));
    items.extend(logins(facts.logins));
    items.push(Item::Rule);
    // Where nothing is at stake nothing is asked.
    let quit = if active.is_empty() { "Quit" } else { "Quit…" };
    items.push(Item::line(id::QUIT, quit));
    items
}

fn about(id: &str, what: &str) -> String {
    format!("{id}:{what}")
}

fn generate(recent: &[SecretView]) -> Item {
    if recent.is_empty() {
        return Item::grey("no-secret", "Generate: no dynamic secret yet");
    }
    let one = |secret: &SecretView| {
        let draft = &secret.draft;
        let usual = &draft.default_ttl;
        let text = format!("{} ({}), {usual}", draft.name, draft.environment);
        Item::line(about(id::GENERATE, &secret.id), text)
    };
    let mut items: Vec<_> = recent.iter().map(one).collect();
    items.push(Item::Rule);
    items.push(Item::line(id::SECRETS, "All dynamic secrets…"));
    Item::Under {
        id: id::GENERATE.into(),
        text: "Generate".into(),
        items,
    }
}

/// What can be done about one lease.
fn of(lease: &LeaseView, facts: &Facts) -> Vec<Item> {
    let mut items = vec![Item::line(about(id::SHOW, &lease.id), "Show")];
    if lease.kept {
        items.push(Item::line(about(id::SHOW_KEY, &lease.id), "Show key"));
    }
    items.extend([
        copy(lease, facts.format),
        renew(lease, facts),
        Item::Rule,
        Item::line(about(id::REVOKE, &lease.id), "Revoke…"),
    ]);
    items
}

/// Only a kept key can be copied: any other was shown once and is gone.
fn copy(lease: &LeaseView, format: Format) -> Item {
    let id = about(id::COPY, &lease.id);
    match lease.kept {
        true => Item::line(id, format!("Copy as {}", name_of(format))),
        false => Item::grey(id, "Copy: its key is not kept"),
    }
}

pub(super) fn name_of(format: Format) -> &'static str {
    match format {
        Format::Process => "credential_process",
        Format::Bash => "bash",
        Format::Fish => "fish",
        Format::Powershell => "PowerShell",
        Format::Cmd => "cmd",
        Format::Dotenv => ".env",
        Format::Json => "JSON",
        Format::Profile => "AWS profile",
        Format::Docker => "docker -e",
    }
}

fn renew(lease: &LeaseView, facts: &Facts) -> Item {
    let offset = TimeDelta::milliseconds(lease.clock_offset_ms);
    let to = |at: &DateTime<Utc>| clock_time(*at - offset, facts.now);
    match facts.renewals.get(&lease.id) {
        Some(Renewable::ByDefault(at)) => {
            Item::line(about(id::RENEW, &lease.id), format!("Renew to {}", to(at)))
        }
        Some(Renewable::ToMax(at)) => {
            let text = format!("Renew to {}, its maximum", to(at));
            Item::line(about(id::RENEW_TO_MAX, &lease.id), text)
        }
        Some(Renewable::No) | None => {
            let why = match lease.expires_at >= lease.max_expires_at {
                _ if !lease.renewable => "Renew: AWS does not renew sessions",
                true => "Renew: it is at its maximum",
                false => "Renew: not possible now",
            };
            Item::grey(about(id::RENEW, &lease.id), why)
        }
    }
}

fn notifications(paused: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Item {
    let text = match paused {
        Some(until) => format!("Notifications paused until {}", clock_time(until, now)),
        None => "Pause notifications".into(),
    };
    Item::Under {
        id: "pause".into(),
        text,
        items: vec![
            Item::line(id::PAUSE_HOUR, "For 1 hour"),
            Item::line(id::PAUSE_TOMORROW, "Until tomorrow, 08:00"),
            Item::Rule,
            Item::Line {
                id: id::RESUME.into(),
                text: "Resume".into(),
                on: paused.is_some(),
            },
        ],
    }
}

/// Where other programs get leases, while they do or should.
fn gateway(state: &GatewayState) -> Option<Item> {
    let text = match state {
        GatewayState::Listening { urls, .. } => {
            let at = urls.first().map_or("its socket", |url| place(url));
            format!("Gateway listens at {at}")
        }
        GatewayState::Elsewhere { .. } => "Gateway: another process serves it".to_owned(),
        GatewayState::Failed { .. } => "Gateway: it cannot listen…".to_owned(),
        GatewayState::Off | GatewayState::Starting | GatewayState::Stopping => return None,
    };
    Some(Item::line(id::GATEWAY, text))
}

/// An address without its scheme; a socket has too long a path for a menu.
fn place(url: &str) -> &str {
    match url.split_once("://") {
        Some((_, at)) => at,
        None => "its socket",
    }
}

fn waiting(count: u32) -> Option<Item> {
    let text = match count {
        0 => return None,
        1 => "1 identity asks to log in…".to_owned(),
        _ => format!("{count} identities ask to log in…"),
    };
    Some(Item::line(id::WAITING, text))
}

fn logins(count: usize) -> Option<Item> {
    let text = match count {
        0 => return None,
        1 => "1 connection needs you to log in…".to_owned(),
        _ => format!("{count} connections need you to log in…"),
    };
    Some(Item::line(id::LOGINS, text))
}

/// A moment where its person is: `15:20`, `Tue 09:15`, `2 Dec 09:15`.
fn clock_time(moment: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let (moment, now) = (moment.with_timezone(&Local), now.with_timezone(&Local));
    let days = (moment.date_naive() - now.date_naive()).num_days();
    let format = match days {
        0 => "%H:%M",
        1..7 => "%a %H:%M",
        _ => "%-d %b %H:%M",
    };
    moment.format(format).to_string()
}

/// Time until AWS denies every call, by AWS's clock.
fn left(lease: &LeaseView, now: DateTime<Utc>) -> TimeDelta {
    lease.expires_at - (now + TimeDelta::milliseconds(lease.clock_offset_ms))
}

/// A time left as a menu has room for: `47 min left`.
fn span(left: TimeDelta) -> String {
    let minutes = left.num_minutes();
    let (days, hours) = (left.num_days(), left.num_hours());
    match minutes {
        _ if left <= TimeDelta::zero() => "ending".into(),
        0 => "under a minute left".into(),
        1..60 => format!("{minutes} min left"),
        60..1440 if minutes % 60 == 0 => format!("{hours} h left"),
        60..1440 => format!("{hours} h {} min left", minutes % 60),
        _ if hours % 24 == 0 => format!("{days} d left"),
        _ => format!("{days} d {} h left", hours % 24),
    }
}

#[cfg(test)]
#[path = "../tests/look.rs"]
mod tests;
