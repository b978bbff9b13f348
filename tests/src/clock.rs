//! A clock that whole programs go by, whoever made them, and that a test moves while they run: `faketime`, preloaded.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;

/// The clock; it ends with its handle, so it must outlive who goes by it.
pub struct Clock {
    folder: TempDir,
    library: PathBuf,
}

impl Clock {
    /// One that shows the real time.
    ///
    /// # Errors
    /// When the package `faketime` is not installed.
    pub fn new() -> Result<Self> {
        let clock = Self {
            folder: tempfile::Builder::new()
                .prefix("leasehold-clock-")
                .tempdir()?,
            library: library()?,
        };
        clock.move_to(Duration::ZERO)?;
        Ok(clock)
    }

    /// What a program is started with to go by it. Its timers do not: a computer's stand still while it sleeps, too.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        vec![
            ("LD_PRELOAD", self.library.clone().into_os_string()),
            ("FAKETIME_TIMESTAMP_FILE", self.file().into_os_string()),
            ("FAKETIME_NO_CACHE", "1".into()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
        ]
    }

    /// From now on it is so far ahead of the real time.
    ///
    /// # Errors
    /// When its folder is gone.
    pub fn move_to(&self, ahead: Duration) -> Result<()> {
        // Renamed into place: nobody ever reads half a number.
        let next = self.folder.path().join("next");
        std::fs::write(&next, format!("+{}", ahead.as_secs()))?;
        std::fs::rename(next, self.file()).context("moving the clock")
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("ahead")
    }
}

/// Where the package puts the library by which a program takes another time for the present one.
fn library() -> Result<PathBuf> {
    let folders = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
        "/usr/lib",
    ];
    let mut found = folders
        .iter()
        .map(|folder| Path::new(folder).join("faketime/libfaketimeMT.so.1"));
    found
        .find(|library| library.exists())
        .context("the package faketime is not installed; `cargo xtask setup --tests` installs it")
}
