//! The schema's history. Append-only: an existing file is never edited.

use rusqlite::Transaction;
use rusqlite_migration::{M, Migrations};

use crate::activity;

/// Every schema, oldest first.
fn steps() -> Vec<M<'static>> {
    vec![
        M::up(include_str!("../migrations/0001_first.sql")),
        M::up(include_str!("../migrations/0002_care.sql")),
        M::up_with_hook(
            include_str!("../migrations/0003_activity.sql"),
            |db: &Transaction<'_>| activity::take_over(db),
        ),
        M::up(include_str!("../migrations/0004_owned.sql")),
        M::up(include_str!("../migrations/0005_kinds.sql")),
        M::up(include_str!("../migrations/0006_access.sql")),
        M::up(include_str!("../migrations/0007_long_lists.sql")),
        M::up(include_str!("../migrations/0008_callers.sql")),
        M::up(include_str!("../migrations/0009_sts.sql")),
    ]
}

/// `LEAS`, in the header of every state file since schema 1.
pub(crate) const APPLICATION_ID: i32 = 0x4C45_4153;

/// All migrations; the version of a schema is its place in the list, from 1.
pub(crate) fn all() -> History {
    let steps = steps();
    History {
        latest: steps.len(),
        steps: Migrations::new(steps),
    }
}

/// Migrations and how many they are.
pub(crate) struct History {
    pub(crate) steps: Migrations<'static>,
    pub(crate) latest: usize,
}

impl History {
    /// The newest schema as `PRAGMA user_version` counts it.
    pub(crate) fn latest(&self) -> i32 {
        i32::try_from(self.latest).unwrap_or(i32::MAX)
    }
}

#[cfg(test)]
mod tests;
