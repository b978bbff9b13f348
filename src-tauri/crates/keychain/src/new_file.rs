//! A key file made in one piece from keys that are elsewhere: to take them to another keychain.

use std::io::Write;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use tempfile::NamedTempFile;

use crate::KeychainError;
use crate::file::folder_of;
use crate::sealed::{Derivation, Entries, Sealed, seal};

/// A key file that is written whole, only for this user to read, and not yet in its place. Dropped, it
/// leaves nothing behind.
#[derive(Debug)]
pub struct NewKeyFile {
    file: NamedTempFile,
    path: PathBuf,
}

impl NewKeyFile {
    /// Seals the entries with this passphrase, writes them beside `path` and reads them back.
    ///
    /// # Errors
    /// The passphrase is empty, there is something at `path`, or its folder cannot be written.
    pub fn seal(
        path: &Path,
        passphrase: &SecretString,
        entries: impl IntoIterator<Item = (String, SecretString)>,
    ) -> Result<Self, KeychainError> {
        if secrecy::ExposeSecret::expose_secret(passphrase).is_empty() {
            return Err(KeychainError::Passphrase);
        }
        if path.symlink_metadata().is_ok() {
            return Err(KeychainError::Exists(path.to_owned()));
        }
        let entries: Entries = entries.into_iter().collect();
        let derivation = Derivation::fresh().map_err(KeychainError::Failed)?;
        let key = derivation
            .derive(passphrase)
            .map_err(KeychainError::Failed)?;
        let bytes = seal(&entries, &derivation, &key).map_err(KeychainError::Failed)?;
        let unwritten = |error: std::io::Error| unwritten(path, &error);
        let file = tempfile::Builder::new()
            .prefix(".leasehold-")
            .suffix(".part")
            .tempfile_in(folder_of(path))
            .map_err(unwritten)?;
        (&file).write_all(&bytes).map_err(unwritten)?;
        file.as_file().sync_all().map_err(unwritten)?;
        let kept = std::fs::read(file.path()).map_err(unwritten)?;
        let kept = Sealed::parse(&kept).and_then(|sealed| sealed.open(&key));
        if kept.is_ok_and(|kept| kept.keys().eq(entries.keys())) {
            return Ok(Self {
                file,
                path: path.to_owned(),
            });
        }
        Err(KeychainError::Failed(format!(
            "{} did not keep what was written",
            path.display()
        )))
    }

    /// Gives it its name. What has that name by now is left as it is.
    ///
    /// # Errors
    /// There is something at the path, or its folder cannot be written.
    pub fn put_in_place(self) -> Result<(), KeychainError> {
        let path = self.path;
        self.file
            .persist_noclobber(&path)
            .map_err(|error| match error.error.kind() {
                std::io::ErrorKind::AlreadyExists => KeychainError::Exists(path.clone()),
                _ => unwritten(&path, &error.error),
            })?;
        #[cfg(unix)]
        std::fs::File::open(folder_of(&path))
            .and_then(|folder| folder.sync_all())
            .map_err(|error| unwritten(&path, &error))?;
        Ok(())
    }
}

fn unwritten(path: &Path, error: &std::io::Error) -> KeychainError {
    KeychainError::Unwritten(path.to_owned(), error.to_string())
}
