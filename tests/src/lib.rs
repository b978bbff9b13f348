//! Harness of the whole-system tests: everything a test needs around the real programs, each piece private to its test.
//!
//! Nothing here changes this process's own environment: children get theirs from [`session::Session`], so tests run in
//! parallel threads as well as in processes of their own. Whatever a test starts is killed when its handle is dropped, and
//! by the kernel when the test itself is killed.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod aws_cli;
pub mod bench;
pub mod cli;
pub mod clients;
pub mod clock;
pub mod desktop;
pub mod emulator;
pub mod faults;
pub mod keys;
pub mod ledger;
pub mod measure;
pub mod notifications;
pub mod process;
pub mod proxy;
pub mod screen;
pub mod session;
pub mod tray;
pub mod window;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};

/// How long any single step may take before the test gives up. Generous: a machine that builds beside the tests is slow.
pub const STEP: Duration = Duration::from_secs(30);

/// The folder cargo put the programs into (`target/debug`), found from where this test itself runs.
///
/// # Errors
/// When the running program cannot tell where it is.
pub fn program_folder() -> Result<PathBuf> {
    let test = std::env::current_exe().context("where does this test run from?")?;
    let folder = test
        .ancestors()
        .find(|folder| !folder.ends_with("deps") && folder.is_dir());
    Ok(folder
        .ok_or_else(|| anyhow!("{} has no folder", test.display()))?
        .to_owned())
}

/// One of our programs, built beforehand: `leasehold` or `leasehold-desktop`.
///
/// # Errors
/// When it has not been built; the message says how to build it.
pub fn program(name: &str) -> Result<PathBuf> {
    let path = program_folder()?.join(name);
    if path.is_file() {
        return Ok(path);
    }
    let how = match name {
        "leasehold-desktop" => "cargo build -p leasehold-desktop --features custom-protocol",
        "leasehold-sdk-client" => "cargo build -p leasehold-tests",
        _ => "cargo build -p leasehold-cli",
    };
    Err(anyhow!(
        "{} is not there; build it with `{how}`",
        path.display()
    ))
}

/// Where a test leaves pictures: the tour's folder when it is one (`LEASEHOLD_TOUR`), else a folder beside the programs.
///
/// # Errors
/// When the running program cannot tell where it is.
pub fn pictures() -> Result<PathBuf> {
    match std::env::var_os("LEASEHOLD_TOUR") {
        Some(folder) => Ok(folder.into()),
        None => Ok(program_folder()?.join("pictures")),
    }
}

/// Tries `attempt` until it yields something, at most for [`STEP`]. For what announces nothing when it becomes ready.
///
/// # Errors
/// With `what` and the last failure when the time is up.
pub async fn until<T, F, Fut>(what: &str, mut attempt: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    let mut last = anyhow!("never tried");
    let patience = async {
        loop {
            match attempt().await {
                Ok(done) => return done,
                Err(error) => last = error,
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    };
    let done = tokio::time::timeout(STEP, patience).await;
    done.map_err(|_| last.context(format!("waited {STEP:?} for {what}")))
}

/// The files under a folder that hold this text: a secret must be in none of them.
///
/// # Errors
/// When something there cannot be read.
pub fn files_with(folder: &Path, text: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files_with(&path, text)?);
        } else if path.is_file() {
            let bytes = std::fs::read(&path)?;
            if bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
            {
                found.push(path);
            }
        }
    }
    Ok(found)
}
