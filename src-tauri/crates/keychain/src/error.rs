//! Why a key could not be read or kept, and what to do about it.

use std::path::PathBuf;

use leasehold_domain::{Code, Problem};

/// An error of a keychain. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeychainError {
    /// No keyring service answers.
    #[error("No keyring service is running.")]
    Missing,
    /// There is no session bus, over which the keyring is reached.
    #[error("There is no session bus to reach the keyring over.")]
    NoBus,
    /// The keyring is there and locked, or has never been set up.
    #[error("The keyring is locked, or it was never set up.")]
    Locked,
    /// The keyring is ours and does not hold this entry.
    #[error("The keyring does not hold this key.")]
    NoEntry,
    /// The keyring answers, without this entry and without any trace of us.
    #[error("The keyring holds nothing of Leasehold: it looks like another one, or an empty one.")]
    OtherKeyring,
    /// The keyring has asked its user something and waits.
    #[error("The keyring is waiting for you to answer its prompt.")]
    WaitingForUser,
    /// The passphrase does not open the key file.
    #[error("The passphrase does not open the key file.")]
    Passphrase,
    /// The key file is not what was written.
    #[error("The key file {} is damaged.", .0.display())]
    Damaged(PathBuf),
    /// A new key file was to be made where there is something.
    #[error("{} is there already; it was left as it is.", .0.display())]
    Exists(PathBuf),
    /// A new key file could not be written.
    #[error("{} could not be written: {}.", .0.display(), .1)]
    Unwritten(PathBuf, String),
    /// Anything else.
    #[error("The keychain failed: {0}.")]
    Failed(String),
}

const FILE_INSTEAD: &str = "or keep keys in an encrypted file: `--keychain file`, for the window \
                            LEASEHOLD_KEYCHAIN=file.";

#[cfg(target_os = "linux")]
const START_IT: &str = "Install and start gnome-keyring or KWallet,";
#[cfg(not(target_os = "linux"))]
const START_IT: &str = "Make the system's keyring available,";

#[cfg(target_os = "linux")]
const UNLOCK_IT: &str = "Unlock it (log in to the desktop, or open “Passwords and Keys” or \
                         KWalletManager; gnome-keyring needs a default keyring),";
#[cfg(not(target_os = "linux"))]
const UNLOCK_IT: &str = "Unlock the system's keyring,";

impl From<KeychainError> for Problem {
    fn from(error: KeychainError) -> Self {
        let message = error.to_string();
        let (code, hint) = match error {
            KeychainError::Missing => (Code::KeychainMissing, format!("{START_IT} {FILE_INSTEAD}")),
            KeychainError::NoBus => (
                Code::KeychainNoBus,
                format!(
                    "Start Leasehold inside a desktop session (or under `dbus-run-session` with a \
                     keyring), {FILE_INSTEAD}"
                ),
            ),
            KeychainError::Locked => (Code::KeychainLocked, format!("{UNLOCK_IT} {FILE_INSTEAD}")),
            KeychainError::NoEntry => (
                Code::KeychainNoEntry,
                "Enter the key again. If it was kept elsewhere, open Leasehold with that keyring."
                    .to_owned(),
            ),
            KeychainError::OtherKeyring => (
                Code::KeychainNoEntry,
                "The key may still be in the keyring that was used before: unlock that one and \
                 try again, before you enter the key anew."
                    .to_owned(),
            ),
            KeychainError::WaitingForUser => (
                Code::KeychainLocked,
                format!("Answer the prompt of the keyring and try again, {FILE_INSTEAD}"),
            ),
            KeychainError::Passphrase => (
                Code::KeychainLocked,
                "Try the passphrase again; the key file was not changed.".to_owned(),
            ),
            KeychainError::Damaged(_) => (
                Code::KeychainFailed,
                "It was left as it is. Restore it from a copy, or move it away and enter the keys \
                 again."
                    .to_owned(),
            ),
            KeychainError::Exists(_) => (Code::Refused, "Name another file.".to_owned()),
            KeychainError::Unwritten(..) => (
                Code::Refused,
                "Name a file in a folder that you may write to.".to_owned(),
            ),
            KeychainError::Failed(_) => {
                (Code::KeychainFailed, format!("Try again, {FILE_INSTEAD}"))
            }
        };
        Self::new(code, message).with_hint(hint)
    }
}
