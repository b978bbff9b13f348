//! The state file: whole or not at all, private, and shared safely by two processes.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use leasehold_domain::{Code, Problem};

use crate::state::{FORMAT, State};

/// How long one process waits for another before it gives up.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// What can go wrong with the practice account's file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PracticeError {
    /// The file does not hold a practice account; it was kept aside.
    #[error("the practice account's file is damaged; it was kept as {}", kept.display())]
    Damaged {
        /// Where the damaged file is now.
        kept: PathBuf,
    },
    /// A newer Leasehold wrote the file.
    #[error("the practice account was written by a newer Leasehold (format {format})")]
    TooNew {
        /// The format found in the file.
        format: u32,
    },
    /// Another process holds the file and does not let go.
    #[error("another program is using the practice account")]
    Busy,
    /// The clock can only be moved forwards, and not past the year 9999.
    #[error("the practice clock only goes forwards, and not past the year 9999")]
    Clock,
    /// The system gave no random numbers.
    #[error("the system gave no random numbers")]
    Random,
    /// Reading or writing failed.
    #[error("the practice account's file could not be {doing}: {source}")]
    File {
        /// `read` or `written`.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl From<PracticeError> for Problem {
    fn from(error: PracticeError) -> Self {
        let message = format!("{}.", capitalized(&error.to_string()));
        match error {
            PracticeError::Damaged { .. } => Self::new(Code::StoreDamaged, message)
                .with_hint("Reset the practice account to begin a fresh one."),
            PracticeError::TooNew { .. } => Self::new(Code::StoreTooNew, message)
                .with_hint("Update Leasehold, or reset the practice account."),
            PracticeError::Busy => Self::new(Code::Busy, message).with_hint("Try again."),
            PracticeError::Clock => {
                Self::refused_input("ttl", message, "Give a positive duration, such as 1h.")
            }
            PracticeError::Random => Self::new(Code::Internal, message),
            PracticeError::File { .. } => Self::new(Code::StoreFailed, message)
                .with_hint("Check the folder's permissions and the free space."),
        }
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |c| c.to_uppercase().chain(letters).collect())
}

fn reading(source: io::Error) -> PracticeError {
    PracticeError::File {
        doing: "read",
        source,
    }
}

fn writing(source: io::Error) -> PracticeError {
    PracticeError::File {
        doing: "written",
        source,
    }
}

/// The folder with the state file and the lock beside it.
pub(crate) struct Disk {
    state: PathBuf,
    lock: PathBuf,
}

/// The right to read and write the state file, until dropped.
pub(crate) struct Held {
    /// Holds the lock; its content counts the writes, so that others know when to read again.
    lock: File,
    writes: u64,
}

impl Held {
    /// How many times the state file had been written when the lock was taken.
    pub fn writes(&self) -> u64 {
        self.writes
    }
}

impl Disk {
    /// Makes the folder, private, where it does not exist.
    pub fn open(dir: &Path) -> Result<Self, PracticeError> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            builder.mode(0o700);
        }
        builder.create(dir).map_err(writing)?;
        Ok(Self {
            state: dir.join("practice.json"),
            lock: dir.join("practice.lock"),
        })
    }

    /// Waits, for a bounded time, until no other process uses the file.
    pub fn hold(&self) -> Result<Held, PracticeError> {
        let mut lock = private(OpenOptions::new().read(true).write(true).create(true))
            .open(&self.lock)
            .map_err(writing)?;
        let start = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if start.elapsed() < LONGEST_WAIT => {
                    std::thread::sleep(Duration::from_millis(2));
                }
                Err(TryLockError::WouldBlock) => return Err(PracticeError::Busy),
                Err(TryLockError::Error(source)) => return Err(writing(source)),
            }
        }
        let mut text = String::new();
        // A count that cannot be read only makes everybody read the file once more.
        let _ = (&mut lock).take(32).read_to_string(&mut text);
        let writes = text.trim().parse().unwrap_or(0);
        Ok(Held { lock, writes })
    }

    /// The state in the file, or `None` where there is no file yet.
    pub fn read(&self, _held: &Held) -> Result<Option<State>, PracticeError> {
        let bytes = match std::fs::read(&self.state) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(reading(error)),
        };
        if let Ok(state) = serde_json::from_slice::<State>(&bytes)
            && state.format == FORMAT
        {
            return Ok(Some(state));
        }
        let format = serde_json::from_slice::<serde_json::Value>(&bytes)
            .ok()
            .and_then(|value| u32::try_from(value.get("format")?.as_u64()?).ok());
        match format {
            Some(format) if format > FORMAT => Err(PracticeError::TooNew { format }),
            _ => Err(PracticeError::Damaged {
                kept: self.keep_aside()?,
            }),
        }
    }

    fn keep_aside(&self) -> Result<PathBuf, PracticeError> {
        for number in 1..10_000 {
            let kept = self.state.with_extension(format!("json.damaged-{number}"));
            if !kept.exists() {
                std::fs::rename(&self.state, &kept).map_err(writing)?;
                return Ok(kept);
            }
        }
        Err(writing(io::Error::other(
            "too many damaged files are kept already",
        )))
    }

    /// Writes the state so that a crash leaves either the old file or the new one.
    pub fn write(&self, held: &mut Held, state: &State) -> Result<(), PracticeError> {
        let bytes = serde_json::to_vec(state).map_err(|e| writing(io::Error::other(e)))?;
        let temporary = self.state.with_extension("json.tmp");
        // Left over from a crash, perhaps with other permissions.
        let _ = std::fs::remove_file(&temporary);
        let mut file = private(OpenOptions::new().write(true).create_new(true))
            .open(&temporary)
            .map_err(writing)?;
        file.write_all(&bytes)
            .and_then(|()| file.sync_all())
            .map_err(writing)?;
        drop(file);
        // Counted before the rename: a crash in between makes others read once too often.
        held.count_write().map_err(writing)?;
        std::fs::rename(&temporary, &self.state).map_err(writing)?;
        sync_folder(&self.state).map_err(writing)
    }
}

impl Held {
    fn count_write(&mut self) -> io::Result<()> {
        self.writes = self.writes.wrapping_add(1);
        self.lock.rewind()?;
        self.lock.set_len(0)?;
        self.lock.write_all(self.writes.to_string().as_bytes())
    }
}

/// Only the user may read what is opened here.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

/// Makes the rename itself survive a power cut, where the system has such a thing.
fn sync_folder(file: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = file.parent() {
        return File::open(folder)?.sync_all();
    }
    let _ = file;
    Ok(())
}
