//! The operating system's keyring, through a store object of our own.
//!
//! The object is thrown away and made anew at a failure of the platform: after a restart of the
//! keyring an old one fails for ever.

use std::sync::Arc;
use std::time::Duration;

use keyring_core::api::CredentialStore;
use keyring_core::{Entry, Error};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroize;

use crate::KeychainError;
use crate::worker::Worker;

/// The keyring's name for a person.
#[cfg(target_os = "linux")]
pub(crate) const NAME: &str = "Secret Service";
/// The keyring's name for a person.
#[cfg(target_os = "macos")]
pub(crate) const NAME: &str = "macOS Keychain";
/// The keyring's name for a person.
#[cfg(windows)]
pub(crate) const NAME: &str = "Windows Credential Manager";
/// The keyring's name for a person.
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
pub(crate) const NAME: &str = "system keyring";

/// An entry that shows that this keyring is the one we wrote to.
const CANARY: &str = "canary";
const CANARY_VALUE: &str = "Leasehold keeps keys here.";

/// Looking must not take long, whatever the deadline of other calls is.
const LOOK_DEADLINE: Duration = Duration::from_secs(3);

/// Whether the keyring may ask its user for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It may.
    Asking,
    /// It must not: what is locked is an error at once.
    Silent,
}

/// The keyring on its own thread.
#[derive(Debug)]
pub(crate) struct OsKeyring {
    worker: Worker<Client>,
    deadline: Duration,
}

impl OsKeyring {
    pub(crate) fn new(service: &str, deadline: Duration, manner: Manner) -> Self {
        let service = service.to_owned();
        let make = move || Client {
            service: service.clone(),
            store: None,
            manner,
            #[cfg(target_os = "linux")]
            reader: None,
        };
        Self {
            worker: Worker::new(make),
            deadline,
        }
    }

    pub(crate) fn get(&self, name: &str) -> Result<SecretString, KeychainError> {
        let name = name.to_owned();
        self.worker
            .call(self.deadline, move |client| client.get(&name))
    }

    pub(crate) fn set(&self, name: &str, secret: &SecretString) -> Result<(), KeychainError> {
        let (name, secret) = (name.to_owned(), secret.clone());
        self.worker
            .call(self.deadline, move |client| client.set(&name, &secret))
    }

    pub(crate) fn remove(&self, name: &str) -> Result<(), KeychainError> {
        let name = name.to_owned();
        self.worker
            .call(self.deadline, move |client| client.remove(&name))
    }

    /// Whether we have used this keyring before; an error when it cannot be read now.
    pub(crate) fn look(&self) -> Result<bool, KeychainError> {
        self.worker
            .call(self.deadline.min(LOOK_DEADLINE), Client::look)
    }
}

/// The store object and what to do when it fails. Lives on the worker's thread.
struct Client {
    service: String,
    store: Option<Arc<CredentialStore>>,
    manner: Manner,
    #[cfg(target_os = "linux")]
    reader: Option<crate::silent::Reader>,
}

impl Client {
    fn look(&mut self) -> Result<bool, KeychainError> {
        expect_unlocked()?;
        match self.read(CANARY) {
            Ok(_) => Ok(true),
            Err(KeychainError::NoEntry) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn get(&mut self, name: &str) -> Result<SecretString, KeychainError> {
        match self.read(name) {
            Err(KeychainError::NoEntry) => Err(self.explain_no_entry()),
            other => other,
        }
    }

    /// No entry does not prove that it is gone: a keyring that was never unlocked, or was started
    /// anew by somebody else, says the same.
    fn explain_no_entry(&mut self) -> KeychainError {
        match self.read(CANARY) {
            Ok(_) => KeychainError::NoEntry,
            Err(KeychainError::NoEntry) => match expect_unlocked() {
                Ok(()) => KeychainError::OtherKeyring,
                Err(error) => error,
            },
            Err(error) => error,
        }
    }

    fn set(&mut self, name: &str, secret: &SecretString) -> Result<(), KeychainError> {
        self.expect_no_question()?;
        if matches!(self.read(CANARY), Err(KeychainError::NoEntry)) {
            self.write(CANARY, CANARY_VALUE)?;
        }
        self.write(name, secret.expose_secret())?;
        let kept = self.read(name)?;
        if kept.expose_secret() == secret.expose_secret() {
            return Ok(());
        }
        Err(KeychainError::Failed(
            "the keyring did not keep what was written".to_owned(),
        ))
    }

    /// The store unlocks what is locked before it writes or removes, which asks the user.
    fn expect_no_question(&self) -> Result<(), KeychainError> {
        match self.manner {
            Manner::Asking => Ok(()),
            Manner::Silent => expect_unlocked(),
        }
    }

    fn read(&mut self, name: &str) -> Result<SecretString, KeychainError> {
        #[cfg(target_os = "linux")]
        if self.manner == Manner::Silent {
            return self.read_silently(name);
        }
        let bytes = self.with(name, |entry| entry.get_secret())?;
        let text = String::from_utf8(bytes).map_err(|error| {
            error.into_bytes().zeroize();
            KeychainError::Failed("an entry of the keyring is not text".to_owned())
        })?;
        Ok(SecretString::from(text))
    }

    /// The same over a connection that never asks for anything; once more over a new one when the
    /// old one fails, as after a restart of the keyring.
    #[cfg(target_os = "linux")]
    fn read_silently(&mut self, name: &str) -> Result<SecretString, KeychainError> {
        let is_new = self.reader.is_none();
        let reader = match self.reader.take() {
            Some(reader) => reader,
            None => crate::silent::Reader::connect()?,
        };
        match reader.get(&self.service, name) {
            Err(KeychainError::Failed(text)) if !is_new => {
                tracing::debug!(text, "the keyring is connected anew");
                self.read_silently(name)
            }
            answer => {
                self.reader = Some(reader);
                answer
            }
        }
    }

    fn write(&mut self, name: &str, secret: &str) -> Result<(), KeychainError> {
        self.with(name, |entry| match entry.set_secret(secret.as_bytes()) {
            // Two entries of one name: somebody else's doing. Ours is the only one to stay.
            Err(Error::Ambiguous(entries)) => {
                for double in entries {
                    double.delete_credential()?;
                }
                entry.set_secret(secret.as_bytes())
            }
            other => other,
        })
    }

    fn remove(&mut self, name: &str) -> Result<(), KeychainError> {
        self.expect_no_question()?;
        self.with(name, |entry| match entry.delete_credential() {
            Err(Error::NoEntry) => Ok(()),
            Err(Error::Ambiguous(entries)) => entries.iter().try_for_each(Entry::delete_credential),
            other => other,
        })
        .and_then(|()| match self.read(CANARY) {
            // "Not there" by a keyring that cannot be read is no proof of removal.
            Err(KeychainError::NoEntry) => expect_unlocked(),
            _ => Ok(()),
        })
    }

    /// Does something with an entry; once more with a new store object when the platform fails.
    fn with<T>(
        &mut self,
        name: &str,
        act: impl Fn(&Entry) -> keyring_core::Result<T>,
    ) -> Result<T, KeychainError> {
        for last in [false, true] {
            let result = self.entry(name).and_then(|entry| act(&entry));
            match result {
                Ok(value) => return Ok(value),
                Err(Error::PlatformFailure(error)) if !last => {
                    tracing::debug!(%error, "the keyring is connected anew");
                    self.store = None;
                }
                Err(error) => {
                    if matches!(error, Error::PlatformFailure(_)) {
                        self.store = None;
                    }
                    return Err(sort(error));
                }
            }
        }
        Err(KeychainError::Missing)
    }

    fn entry(&mut self, name: &str) -> keyring_core::Result<Entry> {
        let store = match &self.store {
            Some(store) => store,
            None => self.store.insert(platform_store()?),
        };
        store.build(&self.service, name, None)
    }
}

/// Our error for the store's. Bytes that it may carry are wiped.
fn sort(error: Error) -> KeychainError {
    match error {
        Error::NoEntry => KeychainError::NoEntry,
        Error::NoStorageAccess(_) => KeychainError::Locked,
        Error::NoDefaultStore => KeychainError::Missing,
        Error::PlatformFailure(error) => explain_failure(&error.to_string()),
        Error::BadEncoding(mut bytes) | Error::BadDataFormat(mut bytes, _) => {
            bytes.zeroize();
            KeychainError::Failed("an entry of the keyring cannot be read".to_owned())
        }
        Error::Ambiguous(_) => {
            KeychainError::Failed("the keyring holds several entries of one name".to_owned())
        }
        other => KeychainError::Failed(other.to_string()),
    }
}

/// Which failure it was: the bus, the service, or something else.
#[cfg(target_os = "linux")]
fn explain_failure(text: &str) -> KeychainError {
    match expect_unlocked() {
        Err(error) => error,
        Ok(()) => KeychainError::Failed(text.to_owned()),
    }
}

#[cfg(not(target_os = "linux"))]
fn explain_failure(text: &str) -> KeychainError {
    KeychainError::Failed(text.to_owned())
}

/// An error when the keyring is known to be locked or away. Never prompts.
#[cfg(target_os = "linux")]
fn expect_unlocked() -> Result<(), KeychainError> {
    crate::secret_service::expect_unlocked()
}

/// Elsewhere the system itself tells a locked keyring from a missing entry.
#[cfg(not(target_os = "linux"))]
fn expect_unlocked() -> Result<(), KeychainError> {
    Ok(())
}

#[cfg(target_os = "linux")]
fn platform_store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

#[cfg(target_os = "macos")]
fn platform_store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(windows)]
fn platform_store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(windows_native_keyring_store::Store::new()?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn platform_store() -> keyring_core::Result<Arc<CredentialStore>> {
    Err(Error::NoDefaultStore)
}
