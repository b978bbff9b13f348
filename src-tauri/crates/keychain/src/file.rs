//! Keys in an encrypted file: only when chosen, safe for two processes, complete or untouched.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};

use crate::KeychainError;
use crate::sealed::{Derivation, Entries, Key, Sealed, Unsealed, seal};

/// The file and the key to it, which is derived once per process.
pub(crate) struct KeyFile {
    path: PathBuf,
    passphrase: SecretString,
    patience: Duration,
    key: Mutex<Option<(Derivation, Key)>>,
}

/// What a file holds, and how its key was derived. A file that is not there holds nothing.
struct Content {
    derivation: Option<Derivation>,
    entries: Entries,
}

impl KeyFile {
    pub(crate) fn new(path: PathBuf, passphrase: SecretString, patience: Duration) -> Self {
        Self {
            path,
            passphrase,
            patience,
            key: Mutex::new(None),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file is there; an error when it cannot be opened with this passphrase.
    pub(crate) fn look(&self) -> Result<bool, KeychainError> {
        Ok(self.load()?.derivation.is_some())
    }

    pub(crate) fn get(&self, name: &str) -> Result<SecretString, KeychainError> {
        let mut content = self.load()?;
        if content.derivation.is_none() {
            return Err(KeychainError::OtherKeyring);
        }
        content.entries.remove(name).ok_or(KeychainError::NoEntry)
    }

    pub(crate) fn set(&self, name: &str, secret: &SecretString) -> Result<(), KeychainError> {
        let _lock = self.lock()?;
        let mut content = self.load()?;
        content.entries.insert(name.to_owned(), secret.clone());
        self.save(&content)?;
        let kept = self.get(name)?;
        if kept.expose_secret() == secret.expose_secret() {
            return Ok(());
        }
        Err(KeychainError::Failed(
            "the key file did not keep what was written".to_owned(),
        ))
    }

    pub(crate) fn remove(&self, name: &str) -> Result<(), KeychainError> {
        let _lock = self.lock()?;
        let mut content = self.load()?;
        match content.entries.remove(name) {
            Some(_) => self.save(&content),
            None => Ok(()),
        }
    }

    fn load(&self) -> Result<Content, KeychainError> {
        if self.passphrase.expose_secret().is_empty() {
            return Err(KeychainError::Passphrase);
        }
        let file = match std::fs::read(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Content {
                    derivation: None,
                    entries: Entries::new(),
                });
            }
            Err(error) => return Err(self.failed("read", &error)),
        };
        let sealed = Sealed::parse(&file).map_err(|error| self.sort(&error))?;
        let derivation = sealed.derivation;
        let entries = self
            .with_key(&derivation, |key| sealed.open(key))?
            .map_err(|error| self.sort(&error))?;
        Ok(Content {
            derivation: Some(derivation),
            entries,
        })
    }

    fn save(&self, content: &Content) -> Result<(), KeychainError> {
        let derivation = match content.derivation {
            Some(derivation) => derivation,
            None => Derivation::fresh().map_err(KeychainError::Failed)?,
        };
        let bytes = self
            .with_key(&derivation, |key| seal(&content.entries, &derivation, key))?
            .map_err(KeychainError::Failed)?;
        self.replace(&bytes)
            .map_err(|error| self.failed("write", &error))
    }

    /// Runs `work` with the key, deriving it when the file's header asks for another one.
    fn with_key<T>(
        &self,
        derivation: &Derivation,
        work: impl FnOnce(&Key) -> T,
    ) -> Result<T, KeychainError> {
        let mut cached = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        match &*cached {
            Some((of, key)) if of == derivation => Ok(work(key)),
            _ => {
                let key = derivation
                    .derive(&self.passphrase)
                    .map_err(KeychainError::Failed)?;
                let (_, key) = cached.insert((*derivation, key));
                Ok(work(key))
            }
        }
    }

    /// Puts a whole new file in the place of the old one, or leaves the old one.
    fn replace(&self, bytes: &[u8]) -> std::io::Result<()> {
        let unfinished = self.beside("part");
        match std::fs::remove_file(&unfinished) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = private().create_new(true).write(true).open(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        std::fs::rename(&unfinished, &self.path)?;
        #[cfg(unix)]
        File::open(folder_of(&self.path))?.sync_all()?;
        Ok(())
    }

    /// Keeps other processes from changing the file until the lock is dropped.
    fn lock(&self) -> Result<File, KeychainError> {
        let mut folder = std::fs::DirBuilder::new();
        folder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        let file = folder
            .create(folder_of(&self.path))
            .and_then(|()| {
                private()
                    .create(true)
                    .write(true)
                    .truncate(false)
                    .open(self.beside("lock"))
            })
            .map_err(|error| self.failed("lock", &error))?;
        let deadline = Instant::now() + self.patience;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(KeychainError::Failed(format!(
                        "another Leasehold does not let go of {}",
                        self.path.display()
                    )));
                }
                Err(TryLockError::Error(error)) => return Err(self.failed("lock", &error)),
            }
        }
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(".");
        name.push(suffix);
        PathBuf::from(name)
    }

    fn failed(&self, doing: &str, error: &std::io::Error) -> KeychainError {
        KeychainError::Failed(format!(
            "could not {doing} {}: {error}",
            self.path.display()
        ))
    }

    fn sort(&self, error: &Unsealed) -> KeychainError {
        match error {
            Unsealed::Damaged => KeychainError::Damaged(self.path.clone()),
            Unsealed::WrongKey => KeychainError::Passphrase,
            Unsealed::TooNew => KeychainError::Failed(format!(
                "{} was written by a newer Leasehold",
                self.path.display()
            )),
        }
    }
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Options for a file that only this user may read.
fn private() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "other systems have no mode"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

impl std::fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyFile")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
