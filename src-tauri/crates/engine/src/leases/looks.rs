//! When leases are looked at: once after a start and after a wake or a jump of the clock, then
//! every few hours. A connection that cannot be asked holds up only its own looks.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use leasehold_domain::LeaseState;
use leasehold_store::LeaseRow;

use super::patience::backoff;
use crate::core::Core;

/// The wall clock and the monotonic one may part by so much within one pass of the timer, or a
/// pass be late by so much, before the computer slept or its clock was set.
const JUMP: Duration = Duration::from_secs(30);

/// Which leases wait for a look, and which looks wait for better days.
#[derive(Default)]
pub(super) struct Looks {
    /// A first pass was made.
    begun: bool,
    /// Not looked at since the start or the last jump.
    wanted: HashSet<String>,
    /// Found at the start and not compared with AWS since: the row may be an old copy.
    unsure: HashSet<String>,
    /// Connections and leases whose last look failed.
    waits: HashMap<String, Wait>,
    /// Both clocks at the last pass, and when it was to end, while something is open.
    last: Option<Beat>,
}

/// How often something failed in a row, and until when, by the monotonic clock, it is left alone.
struct Wait {
    tries: u32,
    until: Duration,
}

struct Beat {
    wall: DateTime<Utc>,
    passed: Duration,
}

impl Looks {
    /// One pass over the open leases, before anything is started.
    pub(super) fn pass(&mut self, core: &Core, rows: &[LeaseRow], longest: Duration) {
        let jumped = self.jumped(core, !rows.is_empty(), longest);
        if jumped {
            tracing::info!(
                "the computer slept or its clock was set; every open lease is looked at"
            );
            core.doubt_clocks();
            self.waits.clear();
        }
        let open: HashSet<_> = rows.iter().map(|row| row.id.clone()).collect();
        if !self.begun {
            self.unsure.clone_from(&open);
            self.unsure.retain(|id| {
                let row = rows.iter().find(|row| row.id == *id);
                row.is_some_and(|row| !core.is_confirmed(row))
            });
        }
        if jumped {
            self.wanted.clone_from(&open);
        } else if !self.begun {
            self.wanted.clone_from(&self.unsure);
        }
        self.begun = true;
        self.wanted.retain(|id| open.contains(id));
        self.unsure.retain(|id| open.contains(id));
        // What was written since this process looks at the ledger is no old copy.
        for row in rows.iter().filter(|row| !self.unsure.contains(&row.id)) {
            core.confirm(row);
        }
        core.confirm_only(rows);
    }

    /// Whether a look is to be made of this lease though none is due by its row.
    pub(super) fn wants(&self, lease: &str) -> bool {
        self.wanted.contains(lease)
    }

    /// How long a look at this lease is still put off; `None` when it may be made.
    pub(super) fn wait(&self, core: &Core, row: &LeaseRow) -> Option<Duration> {
        let now = core.clock.passed();
        [&row.id, &row.connection_id]
            .into_iter()
            .filter_map(|key| self.waits.get(key)?.until.checked_sub(now))
            .filter(|left| !left.is_zero())
            .max()
    }

    /// A look went well, or need not be repeated. The answer is whether it was the last one that
    /// a start or a jump asked for over its connection.
    pub(super) fn done(&mut self, lease: &str, connection: &str, rows: &[LeaseRow]) -> bool {
        self.waits.remove(lease);
        self.waits.remove(connection);
        self.unsure.remove(lease);
        let was_wanted = self.wanted.remove(lease);
        was_wanted
            && !rows.iter().any(|row| {
                row.connection_id == connection
                    && row.state == LeaseState::Active
                    && self.wanted.contains(&row.id)
            })
    }

    /// A look failed: the key is the lease's id, or the connection's where it could not be asked.
    pub(super) fn failed(&mut self, core: &Core, key: &str) {
        let tries = self.waits.get(key).map_or(0, |wait| wait.tries) + 1;
        let pause = backoff(tries).to_std().unwrap_or_default();
        let until = core.clock.passed() + pause;
        self.waits.insert(key.to_owned(), Wait { tries, until });
    }

    /// Whether looks over this connection wait because it could not be asked.
    pub(super) fn is_put_off(&self, connection: &str) -> bool {
        self.waits.contains_key(connection)
    }

    /// Compares both clocks with where they were at the last pass.
    fn jumped(&mut self, core: &Core, open: bool, longest: Duration) -> bool {
        let (wall, passed) = (core.clock.now(), core.clock.passed());
        let last = std::mem::replace(&mut self.last, open.then_some(Beat { wall, passed }));
        let Some(last) = last else {
            return false; // Nothing was open: nobody waited for a deadline.
        };
        let by_monotonic = passed.saturating_sub(last.passed);
        let by_wall = wall - last.wall;
        let apart = by_wall - chrono::TimeDelta::from_std(by_monotonic).unwrap_or_default();
        apart.abs().to_std().is_ok_and(|apart| apart > JUMP) || by_monotonic > longest + JUMP
    }
}
