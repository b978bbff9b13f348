//! Ways in that the owner shuts, and what becomes of the leases that somebody got by them.

use leasehold_store::{ActivityLine, StoreError, TheirLeases, WayIn};

use super::Desk;
use super::note::Kind;

const ASKED: &str = "Its end was asked for together with the way in that it was got by.";

/// What becomes of the leases that were got by a way in when that is shut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leases {
    /// They live as long as they were given for.
    Stay,
    /// They end too.
    End,
}

/// A way in that was shut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed<T> {
    /// What it was, as it is now.
    pub way: T,
    /// Leases that end with it; none where they stay. That they do is recorded already, so that a process
    /// which is killed before it has ended them leaves that to the next.
    pub leases: Vec<String>,
}

/// Whose leases are meant: those of a method, or of one identity of it, by what asserts it and its stable id.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whose<'a> {
    pub(super) access_id: &'a str,
    pub(super) identity: Option<(&'a str, &'a str)>,
}

impl Leases {
    /// As a switch says it.
    #[must_use]
    pub fn ending(too: bool) -> Self {
        if too { Self::End } else { Self::Stay }
    }
}

impl Desk {
    /// Shuts a way, and asks for the end of leases where that is wanted, in one transaction.
    pub(super) fn shut(
        &self,
        way: WayIn<'_>,
        line: &ActivityLine,
        (leases, whose): (Leases, Whose<'_>),
    ) -> Result<Vec<String>, StoreError> {
        let asked = self.line(Kind::RevokeAsked, ASKED);
        let theirs = TheirLeases {
            access_id: whose.access_id,
            identity: whose.identity,
            at: self.now(),
            line: &asked,
        };
        let theirs = (leases == Leases::End).then_some(theirs);
        self.store.shut(way, line, theirs)
    }
}
