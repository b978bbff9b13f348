//! Turns: what one caller of a home does at a time, whichever process it is in. A turn is a lock on
//! a file, so it ends with whoever has it, also when that one is killed.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use leasehold_domain::{Code, Problem};
use tokio::time::Instant;

/// Folder of the locks, in the home. The files are empty and stay.
const FOLDER: &str = "turns";
const PAUSE: Duration = Duration::from_millis(10);

/// The right to do something alone, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    /// Closing it gives the turn to the next.
    _lock: File,
}

impl Turn {
    /// Waits for the turn at `what`, no longer than `patience`. Who waits is served in no order.
    ///
    /// # Errors
    /// [`Code::Busy`] when others had it all the time; the home cannot be written.
    pub(crate) async fn take(home: &Path, what: &str, patience: Duration) -> Result<Self, Problem> {
        let path = path(home, what);
        let file = open(&path).map_err(|error| unusable(&path, &error))?;
        let deadline = Instant::now() + patience;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _lock: file }),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    tokio::time::sleep(PAUSE).await;
                }
                Err(TryLockError::WouldBlock) => return Err(busy()),
                Err(TryLockError::Error(error)) => return Err(unusable(&path, &error)),
            }
        }
    }

    /// Whether somebody has the turn at `what` now. Nobody is kept from it for longer than the look.
    pub(crate) fn is_taken(home: &Path, what: &str) -> bool {
        // Without the file nobody ever had it.
        let Ok(file) = File::open(path(home, what)) else {
            return false;
        };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }
}

/// Names are made of ids and of who asks, who may have any name. Two that become one only wait for
/// each other.
fn path(home: &Path, what: &str) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = what.chars().map(plain).take(120).collect();
    home.join(FOLDER).join(name)
}

fn open(path: &Path) -> std::io::Result<File> {
    if let Some(folder) = path.parent() {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn busy() -> Problem {
    Problem::new(
        Code::Busy,
        "Another Leasehold process is issuing this lease and takes long.",
    )
    .with_hint("Try again in a minute; `leasehold lease list` shows how far it is.")
}

fn unusable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(
        Code::StoreFailed,
        format!("{} cannot be locked: {error}.", path.display()),
    )
    .with_hint("Make the home folder writable for your user.")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use leasehold_domain::Code;

    use super::Turn;

    const NONE: Duration = Duration::ZERO;
    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn one_has_the_turn_and_the_next_gets_it_when_it_is_given_back() {
        let home = tempfile::tempdir().unwrap();
        let first = Turn::take(home.path(), "a/../b", NONE).await.unwrap();
        let refused = Turn::take(home.path(), "a/../b", NONE).await.unwrap_err();
        assert_eq!(refused.code, Code::Busy);
        Turn::take(home.path(), "other", NONE).await.unwrap();
        let second = tokio::spawn({
            let home = home.path().to_owned();
            async move { Turn::take(&home, "a/../b", LONG).await.map(drop) }
        });
        assert!(Turn::is_taken(home.path(), "a/../b"));
        assert!(!Turn::is_taken(home.path(), "never"));
        drop(first);
        second.await.unwrap().unwrap();
        assert!(!Turn::is_taken(home.path(), "a/../b"));
    }
}
