//! Reminders before a lease ends.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_domain::LeaseState;
use leasehold_store::{LeaseRow, StoreError};

use super::view;
use crate::core::Core;
use crate::note::{Note, TIMER};
use crate::wire::{ActivityKind, Event, Settings};

/// What was told: lease, expiry and lead time; and the rows that cannot be read.
#[derive(Default)]
pub(super) struct Told(HashSet<(String, DateTime<Utc>, u32)>, HashSet<String>);

impl Told {
    /// Tells once of each lease that cannot be read. The status shows them for as long as they are
    /// there.
    pub(super) fn broken(&mut self, core: &Core, broken: Vec<StoreError>) {
        for error in broken {
            let StoreError::BrokenRow { id, .. } = &error else {
                continue;
            };
            if self.1.insert(id.clone()) {
                tracing::error!(%error, "a lease cannot be read");
                let note = Note::new(ActivityKind::Unreadable, error.to_string());
                core.note_after(note.by(TIMER));
            }
        }
    }

    /// Forgets leases that ended or were renewed.
    pub(super) fn forget_all_but(&mut self, rows: &[LeaseRow]) {
        if !self.0.is_empty() {
            let open: HashSet<_> = rows.iter().map(|r| (r.id.as_str(), r.expires_at)).collect();
            self.0
                .retain(|(id, expiry, _)| open.contains(&(id.as_str(), *expiry)));
        }
    }
}

/// Tells once, for the shortest lead time reached, that a lease will end. The answer is the moment
/// of the next reminder.
pub(super) fn remind(
    core: &Core,
    row: &LeaseRow,
    settings: &Settings,
    now: DateTime<Utc>,
    offset: TimeDelta,
    told: &mut Told,
) -> Option<DateTime<Utc>> {
    let is_canary = crate::preflight::is_canary(row);
    if row.state != LeaseState::Active || !settings.notify_expiry || is_canary {
        return None;
    }
    let expires = row.expires_at - offset;
    let ttl = row.expires_at - row.issued_at?;
    // A lead time that the whole lease is shorter than was over from the start.
    let leads = settings
        .lead_minutes
        .iter()
        .map(|minutes| (*minutes, TimeDelta::minutes(i64::from(*minutes))))
        .filter(|(_, lead)| *lead < ttl);
    let (reached, ahead): (Vec<_>, Vec<_>) = leads
        .map(|(minutes, lead)| (minutes, expires - lead))
        .partition(|(_, at)| *at <= now);
    let shortest = reached.into_iter().map(|(minutes, _)| minutes).min();
    if let Some(minutes) = shortest.filter(|_| now < expires)
        && !row.notified_minutes.contains(&minutes)
        && told.0.insert((row.id.clone(), row.expires_at, minutes))
    {
        let lease = Box::new(view::lease(core, row));
        core.events.tell(Event::LeaseExpiring { lease, minutes });
        // Remembered beyond this process. Where that fails it is told once more; better than never.
        let all = [&row.notified_minutes[..], &[minutes]].concat();
        let leases = core.store.leases();
        if let Err(problem) = leases.note_reminder(&row.id, row.expires_at, &all) {
            tracing::debug!(lease = %row.id, %problem, "a reminder may come again");
        }
    }
    ahead.into_iter().map(|(_, at)| at).min()
}
