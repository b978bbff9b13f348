//! Managing keys that have grown old: one notification each, and none again after a restart. It goes when
//! another key takes over.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_domain::Problem;
use leasehold_engine::Engine;
use leasehold_engine::wire::{ConnectionView, Settings};

use super::lookout::Order;
use super::{About, Button, Note};

/// What was told is remembered under this name.
const TOLD: &str = "old-keys";

/// What is to be told now, which is remembered as told; and what is to be taken back.
///
/// # Errors
/// The state file cannot be read or written.
pub(super) fn due(
    engine: &Engine,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<Vec<Order>, Problem> {
    let told = engine.settings().recall(TOLD)?;
    let told: BTreeSet<String> = told
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    if settings.key_age_days == 0 && told.is_empty() {
        return Ok(Vec::new());
    }
    let connections = engine.connections().list()?;
    let old = old(&connections, settings, now);
    let orders = orders(&old, &told, settings, now);
    if !old.keys().copied().eq(told.iter().map(String::as_str)) {
        let ids: Vec<_> = old.keys().collect();
        let text = serde_json::to_string(&ids).unwrap_or_default();
        engine.settings().remember(TOLD, &text)?;
    }
    Ok(orders)
}

/// Keys that are older than a person wants, by their id: a key that takes over is another, and one that
/// several connections have is one.
fn old<'a>(
    connections: &'a [ConnectionView],
    settings: &Settings,
    now: DateTime<Utc>,
) -> BTreeMap<&'a str, &'a ConnectionView> {
    let oldest = now - TimeDelta::days(i64::from(settings.key_age_days));
    let old = connections.iter().rev().filter_map(|connection| {
        let id = connection.access_key_id.as_deref()?;
        let added = connection.key_added_at?;
        let is_wanted = settings.key_age_days > 0 && !connection.practice;
        (is_wanted && added <= oldest).then_some((id, connection))
    });
    old.collect()
}

fn orders(
    old: &BTreeMap<&str, &ConnectionView>,
    told: &BTreeSet<String>,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Vec<Order> {
    let over = told.iter().filter(|id| !old.contains_key(id.as_str()));
    let over = over.map(|id| Order::Withdraw(key(id)));
    let new = old.iter().filter(|(id, _)| !told.contains(**id));
    let new = new.map(|(id, connection)| Order::Show(note(id, connection, settings, now)));
    over.chain(new).collect()
}

fn key(access_key_id: &str) -> String {
    format!("old-key:{access_key_id}")
}

fn note(id: &str, connection: &ConnectionView, settings: &Settings, now: DateTime<Utc>) -> Note {
    let added = connection.key_added_at.unwrap_or(now);
    let days = (now - added).num_days();
    Note {
        key: key(id),
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

#[cfg(test)]
#[path = "../tests/old_keys.rs"]
mod tests;
