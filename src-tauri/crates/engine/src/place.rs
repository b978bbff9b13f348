//! Where a home is and how its keychain is chosen: the same for every shell.

use std::path::{Path, PathBuf};

use leasehold_domain::{Code, Problem};
use secrecy::SecretString;

use crate::KeychainChoice;

/// The platform's application-data folder for Leasehold, e.g. `~/.local/share/leasehold`. `None`
/// where the platform names no home folder for this user.
#[must_use]
pub fn default_home() -> Option<PathBuf> {
    directories::ProjectDirs::from("dev", "Leasehold", "Leasehold")
        .map(|folders| folders.data_local_dir().to_path_buf())
}

/// The keychain that `kind` names (`os`, `file` or `memory`); `passphrase` is asked for only when
/// the file is chosen. There is never a silent fall-back from one to another.
///
/// # Errors
/// The kind is none of the three, or no passphrase is to be had.
pub fn keychain_choice(
    kind: &str,
    home: &Path,
    passphrase: impl FnOnce() -> Result<SecretString, Problem>,
) -> Result<KeychainChoice, Problem> {
    match kind {
        "os" => Ok(KeychainChoice::Os),
        "file" => Ok(KeychainChoice::File {
            path: home.join("keychain.enc"),
            passphrase: passphrase()?,
        }),
        "memory" => Ok(KeychainChoice::Memory),
        _ => Err(Problem::new(
            Code::InvalidInput,
            "The keychain is one of `os`, `file` and `memory`.",
        )
        .with_hint("`os` is the system's keyring; `file` is an encrypted file with a passphrase.")
        .at("keychain")),
    }
}

/// What takes the place of AWS's sign-in for the console (`LEASEHOLD_SIGNIN_URL`), for endpoints of one's
/// own; AWS's where nothing is said.
#[must_use]
pub fn sign_in() -> Option<String> {
    std::env::var("LEASEHOLD_SIGNIN_URL")
        .ok()
        .filter(|url| !url.is_empty())
}
