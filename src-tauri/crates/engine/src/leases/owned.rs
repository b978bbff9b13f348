//! Leases that belong to a running command and end with it, however it ends.
//!
//! While the command runs it holds a lock on a file of its own in the home. The system lets go of
//! the lock when the process dies, so any other process of this home sees, without process numbers
//! that might be another's by now, that nobody is there any more to end the lease.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use leasehold_domain::{Code, EndReason, LeaseState, Problem};
use leasehold_store::LeaseRow;

use super::held::Held;
use super::issue::{MadeFor, issue_as};
use super::work::Work;
use super::{IssueRequest, Issued, Leases, end, session};
use crate::core::Core;
use crate::note::{Note, TIMER};
use crate::secrets::Secrets;
use crate::wire::{ActivityKind, RevokeReport};

/// Where the locked files are, in the home.
const FOLDER: &str = "owners";
/// A file that nobody holds is left over once it is so old: a younger one may be about to be held.
const LEFT_OVER: Duration = Duration::from_secs(24 * 60 * 60);

const ABANDONED: &str =
    "The command that it was made for is gone without having ended it; its end was asked for.";
const ENDED: &str = "The command that it was made for has ended.";

/// A running command's hold on its leases. Whoever drops it says that the command has ended.
#[derive(Debug)]
pub(super) struct Owner {
    name: String,
    path: PathBuf,
    /// Locked as long as it is open. A child does not inherit it.
    _lock: File,
}

impl Owner {
    /// Makes the file and locks it, before any lease names it.
    fn begin(home: &Path) -> Result<Self, Problem> {
        let name = uuid::Uuid::new_v4().to_string();
        let folder = home.join(FOLDER);
        let path = folder.join(&name);
        let lock = make_locked(&folder, &path).map_err(|error| {
            Problem::new(
                Code::StoreFailed,
                format!("The file {} cannot be made: {error}.", path.display()),
            )
            .with_hint("Check that the disk has room and that the folder can be written.")
        })?;
        tidy(&folder);
        Ok(Self {
            name,
            path,
            _lock: lock,
        })
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // A file that is gone says the same as one that nobody holds.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn make_locked(folder: &Path, path: &Path) -> std::io::Result<File> {
    std::fs::create_dir_all(folder)?;
    let file = File::options().write(true).create_new(true).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(std::io::ErrorKind::WouldBlock.into()),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Removes what processes left that were killed before a lease named them.
fn tidy(folder: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let age = entry.metadata().and_then(|file| file.modified());
        let age = age.ok().and_then(|at| at.elapsed().ok());
        if age.is_some_and(|age| age > LEFT_OVER) && is_gone(&entry.path()) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Whether nobody holds the file. Where that cannot be told somebody does: no lease ends on a doubt.
fn is_gone(path: &Path) -> bool {
    match File::open(path) {
        // Shared, so that two who look at the same moment do not take each other for the owner.
        Ok(file) => file.try_lock_shared().is_ok(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

/// Whether the command that the lease belongs to is gone, and nobody has asked for its end yet. A
/// lease that is being issued is not: whoever finds it without a worker takes it down.
pub(crate) fn is_abandoned(core: &Core, row: &LeaseRow) -> bool {
    row.state == LeaseState::Active && row.end_asked_at.is_none() && has_no_owner(core, row)
}

/// Whether it was made for a command, and that one is gone.
fn has_no_owner(core: &Core, row: &LeaseRow) -> bool {
    let owner = row.owner.as_ref();
    owner.is_some_and(|owner| is_gone(&core.home.join(FOLDER).join(owner)))
}

/// Asks for the end of those of these leases whose command is gone; the answer is their ids. From
/// then on the end is recorded, and every process of this home goes on with it.
pub(super) fn ask_for_abandoned(core: &Core, rows: &[LeaseRow]) -> Result<Vec<String>, Problem> {
    let abandoned: Vec<_> = rows.iter().filter(|row| is_abandoned(core, row)).collect();
    if abandoned.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<String> = abandoned.iter().map(|row| row.id.clone()).collect();
    let line = core.line(Note::new(ActivityKind::RevokeAsked, ABANDONED).by(TIMER));
    let leases = core.store.leases();
    leases.noting(&line).ask_end(&ids, core.clock.now())?;
    core.activity_grew();
    for owner in abandoned.iter().filter_map(|row| row.owner.as_ref()) {
        let _ = std::fs::remove_file(core.home.join(FOLDER).join(owner));
    }
    core.ring();
    Ok(ids)
}

/// Whether an ending that a command began, and could not bring to its end, is due to be tried again.
fn is_left(core: &Core, row: &LeaseRow) -> bool {
    let is_due = row.next_attempt_at.is_none_or(|at| at <= core.clock.now());
    let is_ending = match row.state {
        LeaseState::Active => row.end_asked_at.is_some(),
        LeaseState::Revoking | LeaseState::AccessCut => {
            is_due && row.blocked_by.as_deref() != Some(end::FOREIGN_USER)
        }
        _ => false,
    };
    is_ending && has_no_owner(core, row)
}

/// The hold of a running command on its lease. While this value lives, or the process that has it,
/// others leave the lease alone until its time is over; after that any process of this home ends it.
#[derive(Debug)]
pub struct Owned<'a> {
    core: &'a Core,
    lease_id: String,
    _owner: Owner,
}

impl Owned<'_> {
    /// Ends the lease. That it ends is recorded first: what AWS cannot confirm now is left to
    /// other processes of this home.
    ///
    /// # Errors
    /// It has not come to its end yet, for this reason.
    pub async fn end(&self) -> Result<(), Problem> {
        let (core, id) = (self.core, &self.lease_id);
        let leases = core.store.leases();
        leases.ask_end(std::slice::from_ref(id), core.clock.now())?;
        let mut held = Held::take_soon(core, id).await?;
        let begun = match held.row.state {
            LeaseState::Active if held.is_over() => {
                held.begin_end(EndReason::Expired, "Its time is over.")
            }
            _ => held.begin_end(EndReason::ByUs, ENDED),
        };
        let settled = begun.and_then(|()| session::settle(&mut held));
        if !matches!(settled, Ok(false)) || !held.is_ending() {
            held.release();
            settled?;
            return ends_by_itself(&held.row);
        }
        let mut work = Work::connect(held).await?;
        let ended = end::run(&mut work).await;
        work.release();
        ended?;
        Secrets(core).finish_removals()
    }
}

/// What nobody can end before its time has not come to its end yet.
fn ends_by_itself(row: &LeaseRow) -> Result<(), Problem> {
    match (row.state, &row.reason) {
        (LeaseState::Revoking, Some(reason)) => Err(Problem::new(Code::Pending, reason.clone())),
        _ => Ok(()),
    }
}

impl<'a> Leases<'a> {
    /// Issues a lease that belongs to a running command: to the life of the second half of the
    /// answer, and of this process.
    ///
    /// # Errors
    /// As [`Leases::issue`], or the home cannot be written.
    pub async fn issue_owned(
        &self,
        request: &IssueRequest,
    ) -> Result<(Issued, Owned<'a>), Problem> {
        let owner = Owner::begin(&self.0.home)?;
        let issued = issue_as(self.0, request, MadeFor::Command(&owner.name)).await?;
        let owned = Owned {
            core: self.0,
            lease_id: issued.lease.id.clone(),
            _owner: owner,
        };
        Ok((issued, owned))
    }

    /// Ends the leases of commands that are gone without having ended theirs. That they are to end
    /// is recorded first.
    ///
    /// # Errors
    /// The state file cannot be read or written.
    pub async fn end_abandoned(&self) -> Result<RevokeReport, Problem> {
        let rows = self.0.store.leases().owned()?;
        let left = rows.iter().filter(|row| is_left(self.0, row));
        let mut ids: Vec<_> = left.map(|row| row.id.clone()).collect();
        ids.extend(ask_for_abandoned(self.0, &rows)?);
        if ids.is_empty() {
            return Ok(RevokeReport::default());
        }
        self.revoke(&ids).await
    }
}
