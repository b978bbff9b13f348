//! The files around the state file: who may read them, the seal of a clean end, keeping damage aside.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use chrono::Utc;

use crate::StoreError;

/// `state.db` and `lock` make `state.db.lock`.
pub(crate) fn beside(state: &Path, suffix: &str) -> PathBuf {
    let mut name = state.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

/// SQLite's own companions: `state.db-wal`, `state.db-shm`.
pub(crate) fn companion(state: &Path, suffix: &str) -> PathBuf {
    let mut name = state.as_os_str().to_owned();
    name.push("-");
    name.push(suffix);
    PathBuf::from(name)
}

/// Opens a file, creating it readable and writable for this user only.
pub(crate) fn open_private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

/// Which file stands at a path: two paths, or two moments, with the same answer are one file.
pub(crate) fn identity(path: &Path) -> Option<(u64, u64)> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let metadata = path.metadata().ok()?;
        Some((metadata.dev(), metadata.ino()))
    }
    #[cfg(not(unix))]
    {
        // An open file cannot be moved or removed there.
        let _ = path;
        None
    }
}

/// Creates the home when it is missing and keeps other users out of it.
///
/// A folder that everybody shares (`/tmp`, sticky) is left as it is.
pub(crate) fn prepare_home(home: &Path) -> Result<(), StoreError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(home).map_err(|source| StoreError::Io {
        doing: "create",
        path: home.to_owned(),
        source,
    })?;
    #[cfg(unix)]
    {
        const STICKY: u32 = 0o1000;
        narrow(home, |mode| mode & STICKY == 0);
    }
    Ok(())
}

/// Takes every right of other users away from a file.
#[cfg(unix)]
pub(crate) fn narrow(path: &Path, when: impl Fn(u32) -> bool) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(metadata) = path.metadata() else {
        return;
    };
    let mode = metadata.permissions().mode();
    if mode & 0o077 == 0 || !when(mode) {
        return;
    }
    let private = std::fs::Permissions::from_mode(mode & 0o7700);
    if let Err(error) = std::fs::set_permissions(path, private) {
        tracing::warn!(path = %path.display(), %error, "others may read this file");
    }
}

/// Length and time of change, of the file and of its write-ahead log where there is one: what the
/// seal compares.
fn stamp(state: &Path) -> Option<String> {
    let own = stamp_of(state)?;
    match log_length(state) {
        0 => Some(own),
        _ => Some(format!("{own} {}", stamp_of(&companion(state, "wal"))?)),
    }
}

fn stamp_of(file: &Path) -> Option<String> {
    let metadata = file.metadata().ok()?;
    let changed = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{} {}", metadata.len(), changed.as_nanos()))
}

/// How long the write-ahead log is; 0 where there is none.
pub(crate) fn log_length(state: &Path) -> u64 {
    companion(state, "wal").metadata().map_or(0, |m| m.len())
}

/// True when the file, and its log where it was left on purpose, are exactly the ones that were last
/// closed in order.
pub(crate) fn is_sealed(state: &Path) -> bool {
    let noted = std::fs::read_to_string(beside(state, "clean")).ok();
    noted.is_some() && noted == stamp(state)
}

/// Notes that the file was closed in order. A lost or torn note costs one integrity check.
pub(crate) fn seal(state: &Path) {
    let note = beside(state, "clean");
    let Some(stamp) = stamp(state) else { return };
    if std::fs::read_to_string(&note).is_ok_and(|old| old == stamp) {
        return;
    }
    let written = open_private(&note).and_then(|file| {
        use std::io::Write;
        file.set_len(0)?;
        (&file).write_all(stamp.as_bytes())
    });
    if let Err(error) = written {
        tracing::debug!(%error, "the next start will check the state file");
    }
}

/// Takes the note away, so that the next start checks the file.
pub(crate) fn unseal(state: &Path) {
    let _ = std::fs::remove_file(beside(state, "clean"));
}

/// Moves the state file and its log out of the way under a name that was never used.
///
/// The log keeps the name SQLite looks for, so that the kept pair can be opened with its tools.
pub(crate) fn set_aside(state: &Path) -> Result<PathBuf, StoreError> {
    let stem = format!("damaged-{}", Utc::now().format("%Y%m%dT%H%M%SZ"));
    let mut kept = beside(state, &stem);
    let mut round = 1;
    while kept.exists() || companion(&kept, "wal").exists() {
        round += 1;
        kept = beside(state, &format!("{stem}-{round}"));
    }
    for (from, to) in [
        (state.to_owned(), kept.clone()),
        (companion(state, "wal"), companion(&kept, "wal")),
        (companion(state, "shm"), companion(&kept, "shm")),
    ] {
        match std::fs::rename(&from, &to) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => {
                return Err(StoreError::Io {
                    doing: "move aside",
                    path: from,
                    source,
                });
            }
            Ok(()) => {}
        }
    }
    unseal(state);
    sync_folder(state);
    Ok(kept)
}

/// The newest file that was kept aside, if there is one.
pub(crate) fn newest_kept(state: &Path) -> Option<PathBuf> {
    let prefix = format!("{}.damaged-", state.file_name()?.to_str()?);
    let mut kept: Vec<PathBuf> = std::fs::read_dir(state.parent()?)
        .ok()?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| {
            let name = path
                .file_name()
                .and_then(|n| n.to_str())
                .unwrap_or_default();
            name.starts_with(&prefix) && !name.ends_with("-wal") && !name.ends_with("-shm")
        })
        .collect();
    kept.sort();
    kept.pop()
}

/// Makes a rename durable where the system has that notion.
pub(crate) fn sync_folder(state: &Path) {
    #[cfg(unix)]
    if let Some(folder) = state.parent()
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
    #[cfg(not(unix))]
    let _ = state;
}
