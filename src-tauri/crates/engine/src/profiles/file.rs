//! The AWS config file on disk: changed as a whole or not at all, by one of us at a time, with a copy
//! of what it was beside it.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use leasehold_domain::{Code, Problem};

/// Far more than any config file has.
const LARGEST: u64 = 16 * 1024 * 1024;
/// How long another Leasehold that changes it is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// So often somebody else may write it while we do.
const TRIES: usize = 5;

/// The file, which need not be there yet.
pub(super) struct ConfigFile {
    /// As it was named.
    named: PathBuf,
    /// Where it is, behind all links.
    target: PathBuf,
}

/// What a change did.
pub(super) struct Written {
    pub(super) changed: bool,
    /// The file as it was, where there was one.
    pub(super) backup: Option<String>,
}

impl ConfigFile {
    /// The file of this name. Its folder is made when it is missing.
    pub(super) fn at(path: &Path) -> Result<Self, Problem> {
        let failed = |error| cannot("found", path, &error);
        let named = std::path::absolute(path).map_err(failed)?;
        let target = match named.canonicalize() {
            Ok(target) => target,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if named.is_symlink() {
                    return Err(Problem::new(
                        Code::Refused,
                        format!("{} is a link to a file that is not there.", named.display()),
                    )
                    .with_hint("Make that file, or remove the link."));
                }
                make_folder(&named).map_err(failed)?;
                named.clone()
            }
            Err(error) => return Err(failed(error)),
        };
        Ok(Self { named, target })
    }

    pub(super) fn shown(&self) -> String {
        self.named.display().to_string()
    }

    /// Puts another text in the place of the file's. Where somebody else writes it meanwhile the
    /// change is made again on what they wrote.
    pub(super) fn change(
        &self,
        change: impl Fn(&[u8]) -> Result<Vec<u8>, Problem>,
    ) -> Result<Written, Problem> {
        let _turn = self.turn()?;
        for _ in 0..TRIES {
            let old = self.read()?;
            let new = change(old.as_deref().unwrap_or_default())?;
            if old.as_ref() == Some(&new) {
                return Ok(Written {
                    changed: false,
                    backup: None,
                });
            }
            if let Some(backup) = self.replace(old.as_deref(), &new)? {
                return Ok(Written {
                    changed: true,
                    backup: old.map(|_| backup.display().to_string()),
                });
            }
        }
        Err(Problem::new(
            Code::Busy,
            format!("Another program keeps writing {}.", self.shown()),
        )
        .with_hint("Try again when it is done."))
    }

    /// One of us at a time. The lock is on the folder, so that no file of ours stays in it.
    fn turn(&self) -> Result<Option<File>, Problem> {
        if cfg!(not(unix)) {
            // A folder cannot be opened there; what is left is looking twice before writing.
            return Ok(None);
        }
        let folder = self.target.parent().unwrap_or(Path::new("/"));
        let lock = File::open(folder).map_err(|error| cannot("found", folder, &error))?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Some(lock)),
                Err(std::fs::TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(std::fs::TryLockError::WouldBlock) => {
                    return Err(Problem::new(
                        Code::Busy,
                        format!("Another program keeps {} locked.", folder.display()),
                    )
                    .with_hint("Try again when it is done."));
                }
                // Some file systems have no locks; then looking twice must do.
                Err(std::fs::TryLockError::Error(_)) => return Ok(None),
            }
        }
    }

    /// `None` when there is no file.
    fn read(&self) -> Result<Option<Vec<u8>>, Problem> {
        let failed = |error| cannot("read", &self.target, &error);
        let file = match File::open(&self.target) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let mut text = Vec::new();
        file.take(LARGEST + 1)
            .read_to_end(&mut text)
            .map_err(failed)?;
        if text.len() as u64 > LARGEST {
            return Err(Problem::new(
                Code::Refused,
                format!("{} is no config file: it is too large.", self.shown()),
            ));
        }
        Ok(Some(text))
    }

    /// Renames a finished file into place, after a copy of the old one. The answer is the copy's
    /// place; `None` when the file is not as it was any more, and nothing was done.
    fn replace(&self, old: Option<&[u8]>, new: &[u8]) -> Result<Option<PathBuf>, Problem> {
        let failed = |error: &std::io::Error| cannot("written", &self.target, error);
        let permissions = match std::fs::metadata(&self.target) {
            Ok(file) => Some(file.permissions()),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(failed(&error)),
        };
        let backup = beside(&self.target, "before-leasehold");
        let unfinished = Unfinished::write(&self.target, new, permissions.as_ref())
            .map_err(|error| failed(&error))?;
        let copy = match old {
            Some(old) => Some(
                Unfinished::write(&self.target, old, permissions.as_ref())
                    .map_err(|error| failed(&error))?,
            ),
            None => None,
        };
        if self.read()?.as_deref() != old {
            return Ok(None);
        }
        if let Some(copy) = copy {
            copy.rename(&backup).map_err(|error| failed(&error))?;
        }
        unfinished
            .rename(&self.target)
            .map_err(|error| failed(&error))?;
        #[cfg(unix)]
        if let Some(folder) = self
            .target
            .parent()
            .and_then(|folder| File::open(folder).ok())
        {
            // Some file systems do not know this; then the rename is as durable as they make it.
            let _ = folder.sync_all();
        }
        Ok(Some(backup))
    }
}

/// A file that is written whole beside its place, and goes away unless it is renamed there.
struct Unfinished {
    path: PathBuf,
    is_in_place: bool,
}

impl Unfinished {
    fn write(
        target: &Path,
        text: &[u8],
        permissions: Option<&std::fs::Permissions>,
    ) -> std::io::Result<Self> {
        let unfinished = Self {
            path: beside(target, &uuid::Uuid::new_v4().to_string()),
            is_in_place: false,
        };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&unfinished.path)?;
        file.write_all(text)?;
        if let Some(permissions) = permissions {
            file.set_permissions(permissions.clone())?;
        }
        file.sync_all()?;
        Ok(unfinished)
    }

    fn rename(mut self, to: &Path) -> std::io::Result<()> {
        std::fs::rename(&self.path, to)?;
        self.is_in_place = true;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.is_in_place {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// `config` and `x` make `config.x`.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

fn make_folder(file: &Path) -> std::io::Result<()> {
    let Some(folder) = file.parent().filter(|folder| !folder.is_dir()) else {
        return Ok(());
    };
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(
        Code::StoreFailed,
        format!(
            "The AWS config file {} cannot be {what}: {error}.",
            path.display()
        ),
    )
    .with_hint("Check that it is yours and that its folder can be written.")
}
