//! Ways in that are shut: whoever came by one is out, and where that is wanted the end of what they got is
//! asked for, all in one transaction. Whoever is killed after it leaves nothing that the next process does
//! not end.

use chrono::{DateTime, Utc};
use rusqlite::Transaction;

use crate::{
    ActivityLine, Standing, Store, StoreError, activity, auth_methods, lease_callers, leases,
    principals, sessions,
};

/// A way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayIn<'a> {
    /// An auth method, switched off with its sessions.
    Method {
        /// Which.
        access_id: &'a str,
        /// When.
        now: DateTime<Utc>,
    },
    /// An auth method that is not protected, removed with its sessions, its ways to roles and whom it knew.
    MethodForGood {
        /// Which.
        access_id: &'a str,
    },
    /// A session.
    Session {
        /// Its short name.
        id: &'a str,
    },
    /// An identity that is kept out from now on. Its sessions are good for nothing by that.
    Identity {
        /// Its id.
        id: &'a str,
    },
}

/// Leases by who they were made for, and the asking for their end.
#[derive(Debug, Clone, Copy)]
pub struct TheirLeases<'a> {
    /// Everybody who came by this auth method.
    pub access_id: &'a str,
    /// Of those only the one with this stable id, asserted by this endpoint (empty for AWS itself).
    pub identity: Option<(&'a str, &'a str)>,
    /// When it is asked for.
    pub at: DateTime<Utc>,
    /// Told about each lease that was not to end before.
    pub line: &'a ActivityLine,
}

impl Store {
    /// Shuts a way in, with the line that tells of it; one that is shut already is told of no more. The
    /// answer is the leases that end with it: those that are not at rest.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: there is no such way, or a method is protected. Nothing is shut then.
    pub fn shut(
        &self,
        way: WayIn<'_>,
        line: &ActivityLine,
        theirs: Option<TheirLeases<'_>>,
    ) -> Result<Vec<String>, StoreError> {
        self.write(|db| {
            if way.shut(db)? {
                activity::append(db, line)?;
            }
            theirs.map_or_else(|| Ok(Vec::new()), |theirs| theirs.ask_end(db))
        })
    }
}

impl WayIn<'_> {
    /// Whether it was open before.
    fn shut(self, db: &Transaction<'_>) -> Result<bool, StoreError> {
        match self {
            Self::Method { access_id, now } => auth_methods::switch_off(db, access_id, now),
            Self::MethodForGood { access_id } => auth_methods::remove(db, access_id).map(|()| true),
            Self::Session { id } => sessions::remove(db, id).map(|()| true),
            Self::Identity { id } => principals::decide(db, id, Standing::Denied).map(|()| true),
        }
    }
}

impl TheirLeases<'_> {
    fn ask_end(&self, db: &Transaction<'_>) -> Result<Vec<String>, StoreError> {
        let open = lease_callers::open_of(db, self.access_id, self.identity)?;
        leases::ask_end(db, &open, self.at, Some(self.line))?;
        Ok(open)
    }
}
