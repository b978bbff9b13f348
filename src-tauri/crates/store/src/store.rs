//! The open state file: one connection behind a lock, shared by every clone.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::presence::Presence;
use crate::{
    AccessRoles, AccessRules, Activity, ActivityLine, AuthMethods, Connections, Environments,
    KeptKeys, LeaseCallers, Leases, Principals, RoleAssociations, Rotations, Secrets, Sessions,
    Settings, StoreError, UsedIdentities, activity, crash, files,
};

/// A log that is left at the end is no longer than this: reading it takes a millisecond.
const LONGEST_LOG: u64 = 512 * 1024;

/// The state of one home. Clones share one connection; calls block.
///
/// Another process may have the same file open. Every write is one immediate transaction, so that
/// two writers wait for each other (up to five seconds, then [`StoreError::Busy`]) and never meet
/// half-way.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    /// The connection and the sign of presence; `None` once closed.
    open: Mutex<Option<(Connection, Presence)>>,
    /// SQLite called the file damaged while we used it: the next start must look at all of it.
    suspect: AtomicBool,
    /// It was found closed in order, and nothing but hand-outs was written since: its log may stay.
    quiet: AtomicBool,
    /// Which file was opened, where the system can say so.
    file: Option<(u64, u64)>,
    /// A test's full disk: so many writes still fit on it.
    #[cfg(debug_assertions)]
    room: std::sync::atomic::AtomicU64,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.inner.path)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// `sealed`: it was found closed in order, with nobody else there.
    pub(crate) fn new(
        path: PathBuf,
        connection: Connection,
        presence: Presence,
        sealed: bool,
    ) -> Self {
        let file = files::identity(&path);
        Self {
            inner: Arc::new(Inner {
                path,
                file,
                open: Mutex::new(Some((connection, presence))),
                suspect: AtomicBool::new(false),
                quiet: AtomicBool::new(sealed),
                #[cfg(debug_assertions)]
                room: std::sync::atomic::AtomicU64::new(u64::MAX),
            }),
        }
    }

    /// The state file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// The connections.
    #[must_use]
    pub fn connections(&self) -> Connections<'_> {
        Connections {
            store: self,
            line: None,
        }
    }

    /// Rotations of managing keys that are under way.
    #[must_use]
    pub fn rotations(&self) -> Rotations<'_> {
        Rotations {
            store: self,
            line: None,
        }
    }

    /// The environments.
    #[must_use]
    pub fn environments(&self) -> Environments<'_> {
        Environments {
            store: self,
            line: None,
        }
    }

    /// The dynamic secrets.
    #[must_use]
    pub fn secrets(&self) -> Secrets<'_> {
        Secrets {
            store: self,
            line: None,
        }
    }

    /// The leases, their claims and their history.
    #[must_use]
    pub fn leases(&self) -> Leases<'_> {
        Leases {
            store: self,
            line: None,
        }
    }

    /// The sealed keys of leases that are kept for re-use.
    #[must_use]
    pub fn kept_keys(&self) -> KeptKeys<'_> {
        KeptKeys {
            store: self,
            line: None,
        }
    }

    /// The auth methods.
    #[must_use]
    pub fn auth_methods(&self) -> AuthMethods<'_> {
        AuthMethods {
            store: self,
            line: None,
        }
    }

    /// The access roles.
    #[must_use]
    pub fn access_roles(&self) -> AccessRoles<'_> {
        AccessRoles {
            store: self,
            line: None,
        }
    }

    /// The rules of access roles.
    #[must_use]
    pub fn access_rules(&self) -> AccessRules<'_> {
        AccessRules {
            store: self,
            line: None,
        }
    }

    /// The ways from auth methods to access roles.
    #[must_use]
    pub fn role_associations(&self) -> RoleAssociations<'_> {
        RoleAssociations {
            store: self,
            line: None,
        }
    }

    /// Who has logged in, or asked to.
    #[must_use]
    pub fn principals(&self) -> Principals<'_> {
        Principals {
            store: self,
            line: None,
        }
    }

    /// What tokens stand for.
    #[must_use]
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions {
            store: self,
            line: None,
        }
    }

    /// Cloud identities that were used.
    #[must_use]
    pub fn used_identities(&self) -> UsedIdentities<'_> {
        UsedIdentities { store: self }
    }

    /// Who from outside leases were made for.
    #[must_use]
    pub fn lease_callers(&self) -> LeaseCallers<'_> {
        LeaseCallers { store: self }
    }

    /// Settings by key.
    #[must_use]
    pub fn settings(&self) -> Settings<'_> {
        Settings {
            store: self,
            line: None,
        }
    }

    /// The activity log.
    #[must_use]
    pub fn activity(&self) -> Activity<'_> {
        Activity { store: self }
    }

    /// The id of this installation, made at the first open and never changed.
    pub fn installation(&self) -> Result<String, StoreError> {
        self.read(|db| {
            Ok(db
                .prepare_cached("SELECT id FROM installation WHERE one = 1")?
                .query_row([], |row| row.get(0))?)
        })
    }

    /// A number that is another one once another process has committed something; what is written
    /// here leaves it as it is.
    pub fn version_elsewhere(&self) -> Result<i64, StoreError> {
        self.read(|db| Ok(db.pragma_query_value(None, "data_version", |row| row.get(0))?))
    }

    /// Closes the file for every clone. Later calls answer [`StoreError::Closed`].
    ///
    /// The last process to leave notes that the file was closed in order, which spares the next
    /// start the integrity check. Dropping the last clone does the same.
    pub fn close_clean(&self) {
        self.inner.close();
    }

    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let guard = self.inner.lock();
        let (connection, _) = guard.as_ref().ok_or(StoreError::Closed)?;
        self.inner.watch(work(connection))
    }

    /// Runs `work` in one immediate transaction: all of it is committed and synced, or nothing.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.inner.quiet.store(false, Ordering::Relaxed);
        self.write_quietly(work)
    }

    /// The same for a line that tells of a hand-out and nothing else: where no more than that was
    /// written, closing leaves it in the log. That spares three of four waits for the disk.
    pub(crate) fn write_quietly<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut guard = self.inner.lock();
        let (connection, _) = guard.as_mut().ok_or(StoreError::Closed)?;
        // A file that was unlinked takes every write and keeps none.
        if files::identity(&self.inner.path) != self.inner.file {
            return Err(StoreError::Replaced {
                path: self.inner.path.clone(),
            });
        }
        let result = (|| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            #[cfg(debug_assertions)]
            self.inner.take_room()?;
            let number = crash::before_commit();
            transaction.commit()?;
            crash::after_commit(number);
            Ok(value)
        })();
        self.inner.watch(result)
    }

    /// From now on the disk has room for so many writes; those after fail as on a full disk.
    /// `u64::MAX` makes it large again. Only in debug builds, for tests.
    #[cfg(debug_assertions)]
    pub fn leave_room_for(&self, writes: u64) {
        self.inner.room.store(writes, Ordering::SeqCst);
    }
}

impl Store {
    /// The same, together with the line that tells of it.
    pub(crate) fn write_noting<T>(
        &self,
        line: Option<&ActivityLine>,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.write(|db| {
            let value = work(db)?;
            if let Some(line) = line {
                activity::append(db, line)?;
            }
            Ok(value)
        })
    }

    /// The same where the work says whether it changed anything: without a change there is no line.
    pub(crate) fn write_if_noting(
        &self,
        line: Option<&ActivityLine>,
        work: impl FnOnce(&Transaction<'_>) -> Result<bool, StoreError>,
    ) -> Result<bool, StoreError> {
        self.write(|db| {
            let changed = work(db)?;
            if let Some(line) = line.filter(|_| changed) {
                activity::append(db, line)?;
            }
            Ok(changed)
        })
    }
}

/// Gives the access to a table its `noting` and its `write`.
macro_rules! noting {
    ($table:ident) => {
        impl<'s> $table<'s> {
            /// The same, for one change that is told of in the activity log: the line is written in
            /// the transaction that makes the change, so that there is never one without the other.
            #[must_use]
            pub fn noting(self, line: &'s ActivityLine) -> Self {
                Self {
                    line: Some(line),
                    ..self
                }
            }

            fn write<T>(
                &self,
                work: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T, StoreError>,
            ) -> Result<T, StoreError> {
                self.store.write_noting(self.line, work)
            }
        }
    };
}
pub(crate) use noting;

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Option<(Connection, Presence)>> {
        // A panic in the middle of a write has rolled its transaction back while unwinding.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(debug_assertions)]
    fn take_room(&self) -> Result<(), StoreError> {
        let take = |room: u64| match room {
            u64::MAX => Some(room),
            room => room.checked_sub(1),
        };
        let taken = self
            .room
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, take);
        taken.map(drop).map_err(|_| {
            let full = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL);
            let said = Some("database or disk is full".to_owned());
            StoreError::Failed(rusqlite::Error::SqliteFailure(full, said))
        })
    }

    fn watch<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(StoreError::Failed(error)) = &result
            && StoreError::is_corrupt(error)
            && !self.suspect.swap(true, Ordering::Relaxed)
        {
            tracing::error!(path = %self.path.display(), "the state file is damaged");
            files::unseal(&self.path);
        }
        result
    }

    fn close(&self) {
        let Some((connection, presence)) = self.lock().take() else {
            return;
        };
        // Every line in it is synced already. It only gets longer to read at each opening.
        let log = files::log_length(&self.path);
        if self.quiet.load(Ordering::Relaxed) && (1..LONGEST_LOG).contains(&log) {
            let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        }
        let closed = connection.close().is_ok();
        if closed && !self.suspect.load(Ordering::Relaxed) && presence.leave_as_last() {
            files::seal(&self.path);
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        self.close();
    }
}

#[cfg(test)]
mod tests;
