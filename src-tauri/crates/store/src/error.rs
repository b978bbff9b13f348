//! What can go wrong with the state file, and how a person hears of it.

use std::path::PathBuf;

use leasehold_domain::{Code, Problem};
use rusqlite::ErrorCode;
use rusqlite::ffi;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The state file was damaged and has been moved aside; the next open starts afresh.
    #[error("The state file is damaged; it was kept as {}.", kept.display())]
    Damaged {
        /// Where the damaged file is now.
        kept: PathBuf,
    },
    /// The state file is damaged and stays where it is, because it is in use.
    #[error("The state file {} is damaged.", path.display())]
    DamagedInUse {
        /// The state file.
        path: PathBuf,
    },
    /// The state file was written by a newer version; it was not touched.
    #[error(
        "The state file {} is from a newer Leasehold (schema {found}, this one knows {known}).",
        path.display()
    )]
    TooNew {
        /// The state file.
        path: PathBuf,
        /// The schema of the file.
        found: i32,
        /// The newest schema this version knows.
        known: i32,
    },
    /// The file is a database of some other program; it was not touched.
    #[error("{} is a database of another program.", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// The schema must change and another process of an older version is at work.
    #[error("Another Leasehold of a different version is using {}.", path.display())]
    OtherVersionRunning {
        /// The state file.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("The state file cannot be written: it or its folder is read-only.")]
    ReadOnly,
    /// The file at the path is not the one that was opened: nothing was written.
    #[error(
        "The state file {} is not the one that was opened any more: it, or its folder, was moved, \
         removed or replaced.",
        path.display()
    )]
    Replaced {
        /// The state file.
        path: PathBuf,
    },
    /// A file operation beside the database failed.
    #[error("Could not {doing} {}: {source}.", path.display())]
    Io {
        /// What was tried: "open", "create", …
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// SQLite failed in another way.
    #[error("The state file could not be read or written: {0}.")]
    Failed(#[source] rusqlite::Error),
    /// A migration failed; the file is as it was.
    #[error("The state file could not be brought up to date: {0}.")]
    Migration(#[source] rusqlite_migration::Error),
    /// The system has no randomness to give for the installation's id.
    #[error("{0}")]
    Randomness(Problem),
    /// Another process holds the file longer than the patience of five seconds.
    #[error("Another Leasehold is writing to the state file.")]
    Busy,
    /// The claim on the lease has passed to somebody else.
    #[error("The work on lease {lease_id} was taken over by somebody else.")]
    Lost {
        /// The lease.
        lease_id: String,
    },
    /// A row holds something that cannot be.
    #[error("Row {id} of table {table} is broken: {what}.")]
    BrokenRow {
        /// The table.
        table: &'static str,
        /// The row's id.
        id: String,
        /// Which column, and how.
        what: String,
    },
    /// There is no such row.
    #[error("There is no {what} {id}.")]
    NotFound {
        /// "connection", "lease", …
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// The name is in use.
    #[error("There is already {what} {name}.")]
    NameTaken {
        /// "a connection", "an environment", …
        what: &'static str,
        /// The name.
        name: String,
    },
    /// Somebody else changed it after it was read; nothing was written.
    #[error("`{name}` was changed by somebody else at this moment; nothing was written.")]
    Outdated {
        /// Its name.
        name: String,
    },
    /// Something refers to the row, or the request does not fit the rows.
    #[error("{message}")]
    Refused {
        /// A full sentence.
        message: String,
    },
    /// The store was closed.
    #[error("The state file has been closed.")]
    Closed,
}

impl StoreError {
    /// True when SQLite says that the file itself is damaged.
    pub(crate) fn is_corrupt(error: &rusqlite::Error) -> bool {
        matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        )
    }

    /// True when the file cannot be written just now, for a reason that lies outside of it: a full
    /// or failing disk, a file or folder that became read-only or went away, a writer in the way.
    #[must_use]
    pub fn is_about_the_disk(&self) -> bool {
        match self {
            Self::ReadOnly | Self::Busy | Self::Io { .. } | Self::Replaced { .. } => true,
            Self::Failed(error) => matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::CannotOpen)
            ),
            _ => false,
        }
    }

    /// True for a violated `UNIQUE` or primary key.
    pub(crate) fn is_duplicate(error: &rusqlite::Error) -> bool {
        matches!(
            error.sqlite_error().map(|e| e.extended_code),
            Some(ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY)
        )
    }

    /// True for a violated reference.
    pub(crate) fn is_reference(error: &rusqlite::Error) -> bool {
        matches!(
            error.sqlite_error().map(|e| e.extended_code),
            Some(ffi::SQLITE_CONSTRAINT_FOREIGNKEY | ffi::SQLITE_CONSTRAINT_TRIGGER)
        )
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            _ => Self::Failed(error),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let message = error.to_string();
        match error {
            StoreError::Damaged { .. } => Self::new(Code::StoreDamaged, message).with_hint(
                "Start again to go on with an empty state. Leases of the old one still end in \
                 AWS at their expiry; their IAM users are listed in the kept file.",
            ),
            StoreError::DamagedInUse { .. } => Self::new(Code::StoreDamaged, message)
                .with_hint("Close every Leasehold, window and command line, and start again."),
            StoreError::TooNew { .. } => Self::new(Code::StoreTooNew, message)
                .with_hint("Install the newer Leasehold again; nothing was changed in the file."),
            StoreError::NotOurs { .. } => Self::new(Code::StoreFailed, message)
                .with_hint("Choose another home; nothing was changed in the file."),
            StoreError::OtherVersionRunning { .. } => Self::new(Code::StoreFailed, message)
                .with_hint("Close the other Leasehold and try again."),
            StoreError::ReadOnly => Self::new(Code::StoreFailed, message)
                .with_hint("Make the state file and its folder writable for your user."),
            StoreError::Failed(ref source) if StoreError::is_corrupt(source) => {
                Self::new(Code::StoreDamaged, message)
                    .with_hint("Close every Leasehold and start again: the file will be checked.")
            }
            StoreError::Failed(ref source)
                if source.sqlite_error_code() == Some(ErrorCode::DiskFull) =>
            {
                Self::new(
                    Code::StoreFailed,
                    "The disk is full: the state file cannot be written.",
                )
                .with_hint(
                    "Free some space where the home folder is and try again. What is recorded \
                         is unharmed, and AWS still ends every lease on time.",
                )
            }
            StoreError::Failed(ref source)
                if matches!(
                    source.sqlite_error_code(),
                    Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen)
                ) =>
            {
                Self::new(Code::StoreFailed, message).with_hint(
                    "Check that the home folder is still there, that your user may write in it, \
                     and that its disk works. AWS still ends every lease on time.",
                )
            }
            StoreError::Replaced { .. } => Self::new(Code::StoreFailed, message).with_hint(
                "Put it back, or close every Leasehold and start again with the file that is there \
                 now. AWS still ends every lease on time.",
            ),
            StoreError::Io { .. } => Self::new(Code::StoreFailed, message)
                .with_hint("Check that the home folder exists and belongs to your user."),
            StoreError::Migration(_) => Self::new(Code::StoreFailed, message)
                .with_hint("The state is unchanged; a copy from before stands beside it."),
            StoreError::Randomness(problem) => problem,
            StoreError::Busy => Self::new(Code::Busy, message).with_hint("Try again in a moment."),
            StoreError::Lost { .. } => Self::new(Code::Busy, message)
                .with_hint("Nothing needs to be done: the other Leasehold goes on with it."),
            StoreError::Outdated { .. } => {
                Self::new(Code::Busy, message).with_hint("Do it again, on what is there now.")
            }
            StoreError::BrokenRow { .. } => Self::new(Code::StoreDamaged, message)
                .with_hint("The file was changed by something else; restore it from a copy."),
            StoreError::NotFound { .. } => Self::new(Code::NotFound, message),
            StoreError::NameTaken { .. } => Self::new(Code::NameTaken, message).at("name"),
            StoreError::Refused { .. } => Self::new(Code::Refused, message),
            StoreError::Failed(_) | StoreError::Closed => Self::new(Code::StoreFailed, message),
        }
    }
}
