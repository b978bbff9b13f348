//! Managing keys that have grown old: one notification each, and none again after a restart.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_domain::Problem;
use leasehold_engine::Engine;
use leasehold_engine::wire::{ConnectionView, Settings};

use super::{About, Button, Note};

/// What was told is remembered under this name.
const TOLD: &str = "old-keys";

/// What is to be told now; it is remembered as told.
///
/// # Errors
/// The state file cannot be read or written.
pub(super) fn due(
    engine: &Engine,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<Vec<Note>, Problem> {
    if settings.key_age_days == 0 {
        return Ok(Vec::new());
    }
    let connections = engine.connections().list()?;
    let told = engine.settings().recall(TOLD)?;
    let told: BTreeSet<String> = told
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    let old: Vec<_> = old(&connections, settings, now).collect();
    let notes = old
        .iter()
        .filter(|(id, _)| !told.contains(*id))
        .map(|(_, connection)| note(connection, settings, now))
        .collect();
    let all: BTreeSet<&str> = old.iter().map(|(id, _)| *id).collect();
    if !all.iter().copied().eq(told.iter().map(String::as_str)) {
        let text = serde_json::to_string(&all).unwrap_or_default();
        engine.settings().remember(TOLD, &text)?;
    }
    Ok(notes)
}

/// Keys that are older than a person wants, by their id: a key that takes over is another.
fn old<'a>(
    connections: &'a [ConnectionView],
    settings: &Settings,
    now: DateTime<Utc>,
) -> impl Iterator<Item = (&'a str, &'a ConnectionView)> {
    let oldest = now - TimeDelta::days(i64::from(settings.key_age_days));
    connections.iter().filter_map(move |connection| {
        let id = connection.access_key_id.as_deref()?;
        let added = connection.key_added_at?;
        (!connection.practice && added <= oldest).then_some((id, connection))
    })
}

fn note(connection: &ConnectionView, settings: &Settings, now: DateTime<Utc>) -> Note {
    let added = connection.key_added_at.unwrap_or(now);
    let days = (now - added).num_days();
    Note {
        key: format!("old-key:{}", connection.id),
        about: About::Connections,
        title: match settings.hide_names {
            true => "A managing key is old".into(),
            false => format!("The key of {} is {days} days old", connection.name),
        },
        body: "Rotate it under Connections: nothing stops meanwhile.".into(),
        buttons: vec![Button::Open],
        stays: true,
        urgent: false,
        until: now + TimeDelta::days(1),
        counts_to: None,
    }
}
