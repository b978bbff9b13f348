//! What this process may rely on. A ledger can be a restored copy that is older than AWS, and this
//! computer's clock can be wrong: until AWS was asked once, neither is taken for granted, and no
//! lease is ended for its time alone.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use leasehold_store::{ConnectionKind, ConnectionRow, LeaseRow};

use crate::core::{Core, lock};

/// How far the ledger's own word goes when AWS says something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ledger {
    /// This process wrote the lease, or has compared it before: nobody renewed it elsewhere.
    Sure,
    /// It may be a copy from before a renewal.
    MayBeBehind,
}

/// The expiry of every lease that this process wrote, saw being written, or compared with AWS.
#[derive(Debug, Default)]
pub(crate) struct Sure(HashMap<String, DateTime<Utc>>);

impl Core {
    /// The lease's row as it is now is no copy from before a renewal.
    pub(crate) fn confirm(&self, row: &LeaseRow) {
        lock(&self.sure).0.insert(row.id.clone(), row.expires_at);
    }

    /// Forgets the leases that are not open any more.
    pub(crate) fn confirm_only(&self, open: &[LeaseRow]) {
        let mut sure = lock(&self.sure);
        if sure.0.len() > open.len() {
            sure.0.retain(|id, _| open.iter().any(|row| row.id == *id));
        }
    }

    /// How far the row's word goes when AWS says something else.
    pub(crate) fn ledger(&self, row: &LeaseRow) -> Ledger {
        match self.is_confirmed(row) {
            true => Ledger::Sure,
            false => Ledger::MayBeBehind,
        }
    }

    /// Whether the row's expiry is known not to be from before a renewal.
    pub(crate) fn is_confirmed(&self, row: &LeaseRow) -> bool {
        lock(&self.sure).0.get(&row.id) == Some(&row.expires_at)
    }

    /// Whether AWS's time over this connection is known now: measured by this process, and proven
    /// by a request that AWS took, since this computer's clock was last seen to jump. The practice
    /// account's clock is this computer's.
    pub(crate) fn is_clock_sure(&self, connection: &ConnectionRow) -> bool {
        connection.kind == ConnectionKind::Practice
            || lock(&self.reached)
                .get(&connection.id)
                .is_some_and(|reached| reached.offset.is_agreed())
    }

    /// Whether this lease may be called over by the ledger and the clock alone.
    pub(crate) fn is_sure(&self, row: &LeaseRow) -> bool {
        let connection = self.store.connections().by_id(&row.connection_id);
        self.is_confirmed(row)
            && connection
                .ok()
                .flatten()
                .is_none_or(|connection| self.is_clock_sure(&connection))
    }

    /// This computer's clock jumped: every measured offset is to be proven anew.
    pub(crate) fn doubt_clocks(&self) {
        for reached in lock(&self.reached).values() {
            reached.offset.doubt();
        }
    }
}
