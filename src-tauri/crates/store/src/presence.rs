//! Says whether other processes have the state file open: a lock on a file beside it.
//!
//! Everybody who has the state open holds the lock shared; whoever gets it exclusively is alone
//! and may check, move or migrate the file. The system lets go of it when a process dies, so a
//! kill leaves nothing to clean up.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::{StoreError, files};

/// How long an open waits for another one that checks or migrates the file.
const PATIENCE: Duration = Duration::from_secs(60);

/// Our share of the lock.
#[derive(Debug)]
pub(crate) struct Presence {
    lock: File,
}

impl Presence {
    /// Enters. The flag says whether nobody else is there; then nobody can enter until
    /// [`Presence::let_others_in`].
    pub(crate) fn enter(state: &Path) -> Result<(Self, bool), StoreError> {
        let path = files::beside(state, "lock");
        let io = |source| StoreError::Io {
            doing: "lock",
            path: path.clone(),
            source,
        };
        let presence = Self {
            lock: files::open_private(&path).map_err(io)?,
        };
        let deadline = Instant::now() + PATIENCE;
        loop {
            match presence.lock.try_lock() {
                Ok(()) => return Ok((presence, true)),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(source)) => return Err(io(source)),
            }
            match presence.lock.try_lock_shared() {
                Ok(()) => return Ok((presence, false)),
                Err(TryLockError::WouldBlock) if Instant::now() > deadline => {
                    return Err(StoreError::Busy);
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(5)),
                Err(TryLockError::Error(source)) => return Err(io(source)),
            }
        }
    }

    /// Turns the exclusive share into a common one.
    ///
    /// The lock is let go in between, so the caller looks at the schema once more afterwards.
    pub(crate) fn let_others_in(&self, state: &Path) -> Result<(), StoreError> {
        let io = |source| StoreError::Io {
            doing: "lock",
            path: files::beside(state, "lock"),
            source,
        };
        self.lock.unlock().map_err(io)?;
        self.lock.lock_shared().map_err(io)
    }

    /// Gives the share up. When it was the last one, keeps everybody out until `self` is dropped
    /// and answers true.
    pub(crate) fn leave_as_last(&self) -> bool {
        self.lock.unlock().is_ok() && self.lock.try_lock().is_ok()
    }
}
