//! Where Leasehold keeps keys: the operating system's keyring, an encrypted file, or memory.
//!
//! Calls block; a call to the keyring of the system ends at a deadline, because that keyring may
//! wait for its user. No secret is in any error, log line or `Debug` output.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod error;
mod file;
mod memory;
mod new_file;
mod os;
mod sealed;
#[cfg(target_os = "linux")]
mod secret_service;
#[cfg(target_os = "linux")]
mod silent;
mod worker;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use leasehold_domain::Problem;
use secrecy::SecretString;

pub use error::KeychainError;
pub use new_file::NewKeyFile;

use file::KeyFile;
use memory::Memory;
use os::{Manner, OsKeyring};

/// How long a call waits for the keyring of the system, which may wait for its user.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// The same where nobody is to be asked anything. A keyring that the bus has to start first takes
/// its time.
const SILENT_DEADLINE: Duration = Duration::from_secs(5);

/// Where keys are kept. Nothing falls back from one to another by itself.
#[derive(Debug, Clone)]
pub enum Choice {
    /// The operating system's keyring.
    Os,
    /// An encrypted file.
    File {
        /// The file; made at the first `set`.
        path: PathBuf,
        /// What it is encrypted with.
        passphrase: SecretString,
    },
    /// This process's memory; gone at its end.
    Memory,
}

/// What can be said of a keychain without writing to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// `os`, `file` or `memory`.
    pub kind: &'static str,
    /// Its name for a person.
    pub name: String,
    /// Why keys could not be read right now.
    pub problem: Option<Problem>,
    /// True when it answers and has been used by Leasehold before.
    pub used_before: bool,
}

/// A keychain. Clones share it; it may be used from several threads.
#[derive(Debug, Clone)]
pub struct Keychain {
    backend: Arc<Backend>,
}

#[derive(Debug)]
enum Backend {
    Os(OsKeyring),
    File(KeyFile),
    Memory(Memory),
}

impl Keychain {
    /// A keychain whose entries belong to `service`. Never fails: errors come at use.
    #[must_use]
    pub fn open(choice: Choice, service: &str) -> Self {
        Self::open_with_deadline(choice, service, DEADLINE)
    }

    /// As [`Keychain::open`], for a caller that nobody sits at: the keyring asks its user nothing,
    /// and one that is locked is an error at once.
    ///
    /// That holds on Linux, where nothing is ever asked to be unlocked. The keyrings of macOS and
    /// Windows are unlocked with the login; should one of them ask all the same, the call gives up
    /// after five seconds.
    #[must_use]
    pub fn open_silent(choice: Choice, service: &str) -> Self {
        Self::open_as(choice, service, SILENT_DEADLINE, Manner::Silent)
    }

    /// As [`Keychain::open`], with another deadline for calls that wait for somebody.
    #[must_use]
    pub fn open_with_deadline(choice: Choice, service: &str, deadline: Duration) -> Self {
        Self::open_as(choice, service, deadline, Manner::Asking)
    }

    fn open_as(choice: Choice, service: &str, deadline: Duration, manner: Manner) -> Self {
        let backend = match choice {
            Choice::Os => Backend::Os(OsKeyring::new(service, deadline, manner)),
            Choice::File { path, passphrase } => {
                Backend::File(KeyFile::new(path, passphrase, deadline))
            }
            Choice::Memory => Backend::Memory(Memory::default()),
        };
        Self {
            backend: Arc::new(backend),
        }
    }

    /// What it is, as it is chosen: `os`, `file` or `memory`. Nothing is looked at.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &*self.backend {
            Backend::Os(_) => "os",
            Backend::File(_) => "file",
            Backend::Memory(_) => "memory",
        }
    }

    /// Looks at the keychain by reading: nothing is written, and no prompt is opened where the
    /// system lets that be known beforehand.
    #[must_use]
    pub fn status(&self) -> Status {
        let (name, looked) = match &*self.backend {
            Backend::Os(keyring) => (os::NAME.to_owned(), keyring.look()),
            Backend::File(file) => (file.path().display().to_string(), file.look()),
            Backend::Memory(memory) => ("memory".to_owned(), Ok(memory.is_used())),
        };
        Status {
            kind: self.kind(),
            name,
            used_before: *looked.as_ref().unwrap_or(&false),
            problem: looked.err().map(Problem::from),
        }
    }

    /// The secret of this name.
    ///
    /// # Errors
    /// [`KeychainError::NoEntry`] when the keychain is ours and does not hold it;
    /// [`KeychainError::OtherKeyring`] when there is no trace of us in it at all. Neither proves
    /// that the secret is gone for ever.
    pub fn get(&self, name: &str) -> Result<SecretString, KeychainError> {
        match &*self.backend {
            Backend::Os(keyring) => keyring.get(name),
            Backend::File(file) => file.get(name),
            Backend::Memory(memory) => memory.get(name),
        }
    }

    /// Keeps a secret under this name, in place of an older one, and reads it back.
    pub fn set(&self, name: &str, secret: &SecretString) -> Result<(), KeychainError> {
        match &*self.backend {
            Backend::Os(keyring) => keyring.set(name, secret),
            Backend::File(file) => file.set(name, secret),
            Backend::Memory(memory) => {
                memory.set(name, secret);
                Ok(())
            }
        }
    }

    /// Removes the secret of this name; an unknown name is fine.
    pub fn remove(&self, name: &str) -> Result<(), KeychainError> {
        match &*self.backend {
            Backend::Os(keyring) => keyring.remove(name),
            Backend::File(file) => file.remove(name),
            Backend::Memory(memory) => {
                memory.remove(name);
                Ok(())
            }
        }
    }
}
