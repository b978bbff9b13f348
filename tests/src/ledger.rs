//! A home with a long past: leases that ended long ago, written by the store as the engine writes them.

use std::path::Path;

use anyhow::{Context, Result};
use chrono::TimeDelta;
use leasehold_store::{ActivityFilter, LeaseFilter, Store};

/// Between one of the past leases and the one before.
const APART: TimeDelta = TimeDelta::minutes(7);

/// Copies the newest lease of this home, which must have ended, so many times into the past, each with what the log says of its
/// end.
///
/// # Errors
/// When there is no such lease, or the state file cannot be written.
pub fn fill(home: &Path, count: u32) -> Result<()> {
    let store = Store::open(&home.join("leasehold.db"))?.store;
    let newest = LeaseFilter {
        limit: Some(1),
        ..LeaseFilter::default()
    };
    let one = store.leases().list(&newest)?;
    let one = one.first().context("no lease to copy")?;
    let about = ActivityFilter {
        lease_id: Some(one.id.clone()),
        ..ActivityFilter::default()
    };
    let told = store.activity().newest(&about, None, 1)?;
    let told = &told.first().context("nothing is told of it")?.line;
    for number in 1..=count {
        let back = APART * i32::try_from(number)?;
        let mut row = one.clone();
        row.id = format!("{}-{number}", one.id);
        row.user_name = format!("{}-{number}", one.user_name);
        row.user_arn = format!("{}-{number}", one.user_arn);
        row.access_key_id = Some(format!("AKIAPAST{number:012}"));
        row.created_at -= back;
        row.expires_at -= back;
        row.max_expires_at -= back;
        for at in [&mut row.issued_at, &mut row.cut_at, &mut row.ended_at] {
            *at = at.map(|at| at - back);
        }
        let mut line = told.clone();
        line.lease_id = Some(row.id.clone());
        store.leases().noting(&line).insert(&row)?;
    }
    store.close_clean();
    Ok(())
}

/// Has the window's memory given back so many minutes after it was hidden.
///
/// # Errors
/// When the state file cannot be written.
pub fn unload_after(home: &Path, minutes: u32) -> Result<()> {
    let store = Store::open(&home.join("leasehold.db"))?.store;
    let chosen = serde_json::json!({"unload_after_minutes": minutes}).to_string();
    store.settings().set("settings", &chosen)?;
    store.close_clean();
    Ok(())
}
