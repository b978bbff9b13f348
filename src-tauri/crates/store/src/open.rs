//! Opens the state file: refuses what it does not know, checks what ended badly, keeps damage aside.

use std::path::{Path, PathBuf};
use std::time::Duration;

use leasehold_domain::{Code, InstallationId, Problem};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::migrations::{APPLICATION_ID, History};
use crate::presence::Presence;
use crate::{Store, StoreError, files, migrations};

/// The key under which a fresh state remembers the damaged one it follows.
const KEPT_SETTING: &str = "state.damaged_kept";

/// An open store, and what the user should hear about it.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// Set while a damaged older file is kept beside it, or when the file was found empty.
    pub notice: Option<Problem>,
}

impl Store {
    /// Opens the state file at `path`, creating it and its folder when missing.
    ///
    /// The whole file is checked only when it is not exactly the one that was closed in order. A
    /// damaged file is moved aside and reported as [`StoreError::Damaged`]; the next call starts
    /// afresh and says so in [`Opened::notice`] for as long as the damaged file is there.
    ///
    /// # Errors
    /// [`StoreError::TooNew`] and [`StoreError::NotOurs`] leave the file as it is, byte for byte.
    pub fn open(path: &Path) -> Result<Opened, StoreError> {
        open_with(path, &migrations::all())
    }
}

pub(crate) fn open_with(path: &Path, history: &History) -> Result<Opened, StoreError> {
    if let Some(home) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        files::prepare_home(home)?;
    }
    let (presence, alone) = Presence::enter(path)?;
    let found_empty = alone && settle_empty(path)?;
    let sealed = alone && files::is_sealed(path);
    let (connection, created) = match connect(path, history, alone, sealed) {
        Err(StoreError::Failed(error)) if StoreError::is_corrupt(&error) => {
            tracing::error!(path = %path.display(), %error, "the state file is damaged");
            return Err(damaged(path, alone)?);
        }
        other => other?,
    };
    if alone {
        presence.let_others_in(path)?;
        // Somebody newer may have slipped in while the lock changed hands.
        expect_schema(&connection, path, history)?;
    }
    let store = Store::new(path.to_owned(), connection, presence, sealed && !created);
    if created && let Some(kept) = files::newest_kept(path) {
        store
            .settings()
            .set(KEPT_SETTING, &kept.to_string_lossy())?;
    }
    let notice = notice(&store, found_empty)?;
    Ok(Opened { store, notice })
}

fn damaged(path: &Path, alone: bool) -> Result<StoreError, StoreError> {
    if !alone {
        return Ok(StoreError::DamagedInUse {
            path: path.to_owned(),
        });
    }
    Ok(StoreError::Damaged {
        kept: files::set_aside(path)?,
    })
}

/// Deals with a file that is missing or empty. SQLite would throw a log away that stands beside
/// such a file, and with it everything in it. True when an empty file was found.
fn settle_empty(path: &Path) -> Result<bool, StoreError> {
    let metadata = path.metadata().ok();
    if metadata.as_ref().is_some_and(std::fs::Metadata::is_dir) {
        return Err(StoreError::Io {
            doing: "open",
            path: path.to_owned(),
            source: std::io::ErrorKind::IsADirectory.into(),
        });
    }
    if metadata.as_ref().is_some_and(|m| m.len() > 0) {
        return Ok(false);
    }
    if files::companion(path, "wal")
        .metadata()
        .is_ok_and(|log| log.len() > 0)
    {
        return Err(StoreError::Damaged {
            kept: files::set_aside(path)?,
        });
    }
    Ok(metadata.is_some())
}

/// A connection to a file that is ours, sound and up to date. The flag: it was made just now.
/// `sealed`: it is exactly the file that was closed in order.
fn connect(
    path: &Path,
    history: &History,
    alone: bool,
    sealed: bool,
) -> Result<(Connection, bool), StoreError> {
    drop(
        files::open_private(path)
            .or_else(|source| match source.kind() {
                // A read-only file is reported by SQLite, after it has been recognised.
                std::io::ErrorKind::PermissionDenied => std::fs::File::open(path),
                _ => Err(source),
            })
            .map_err(|source| StoreError::Io {
                doing: "open",
                path: path.to_owned(),
                source,
            })?,
    );
    #[cfg(unix)]
    files::narrow(path, |_| true);

    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    // Until the file is known to be ours and sound, closing it must not write a byte.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;

    let version = recognise(&connection, path, history)?;
    if version > 0 && alone && !sealed {
        check(&connection)?;
    }
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    if connection.is_readonly("main")? {
        return Err(StoreError::ReadOnly);
    }
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;

    if version < history.latest() {
        if !alone {
            return Err(StoreError::OtherVersionRunning {
                path: path.to_owned(),
            });
        }
        migrate(&mut connection, path, version, history)?;
    }
    give_id(&connection)?;
    Ok((connection, version == 0))
}

/// The schema's version; an error when the file is newer than us or not ours at all.
fn recognise(db: &Connection, path: &Path, history: &History) -> Result<i32, StoreError> {
    let version: i32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: i32 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let path = path.to_owned();
    if application != APPLICATION_ID {
        let tables: i64 =
            db.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if version != 0 || application != 0 || tables > 0 {
            return Err(StoreError::NotOurs { path });
        }
    }
    if version < 0 || version > history.latest() {
        return Err(StoreError::TooNew {
            path,
            found: version,
            known: history.latest(),
        });
    }
    Ok(version)
}

fn expect_schema(db: &Connection, path: &Path, history: &History) -> Result<(), StoreError> {
    match recognise(db, path, history)? {
        version if version == history.latest() => Ok(()),
        _ => Err(StoreError::OtherVersionRunning {
            path: path.to_owned(),
        }),
    }
}

/// Looks at every page. What it finds is the same to us as SQLite finding it by itself.
fn check(db: &Connection) -> Result<(), StoreError> {
    let verdict: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        return Ok(());
    }
    Err(StoreError::Failed(rusqlite::Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT),
        Some(verdict),
    )))
}

fn migrate(
    db: &mut Connection,
    path: &Path,
    version: i32,
    history: &History,
) -> Result<(), StoreError> {
    if version > 0 {
        keep_copy(db, path, history.latest())?;
    }
    history.steps.to_latest(db).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } if StoreError::is_corrupt(&err) => {
            StoreError::Failed(err)
        }
        other => StoreError::Migration(other),
    })?;
    Ok(())
}

/// The installation's id is made once. Looked for at every opening: a process may have died between
/// making the tables and this.
fn give_id(db: &Connection) -> Result<(), StoreError> {
    let given: bool = db.query_row("SELECT EXISTS (SELECT 1 FROM installation)", [], |row| {
        row.get(0)
    })?;
    if !given {
        let id = InstallationId::generate().map_err(StoreError::Randomness)?;
        db.execute(
            "INSERT OR IGNORE INTO installation (one, id) VALUES (1, :id)",
            &[(":id", id.as_str())],
        )?;
    }
    Ok(())
}

/// A whole copy beside the file, under its final name only once it is complete.
fn keep_copy(db: &Connection, path: &Path, target: i32) -> Result<(), StoreError> {
    let copy = files::beside(path, &format!("before-v{target}"));
    let unfinished = files::beside(path, &format!("before-v{target}.part"));
    let io = |doing, path: &PathBuf| {
        let path = path.clone();
        move |source| StoreError::Io {
            doing,
            path,
            source,
        }
    };
    match std::fs::remove_file(&unfinished) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(io("remove", &unfinished)(error));
        }
        _ => {}
    }
    // VACUUM INTO accepts an empty file, so that the copy is private from its first byte.
    let file = files::open_private(&unfinished).map_err(io("create", &unfinished))?;
    db.execute(
        "VACUUM INTO :copy",
        &[(":copy", &unfinished.to_string_lossy())],
    )?;
    file.sync_all().map_err(io("sync", &unfinished))?;
    drop(file);
    std::fs::rename(&unfinished, &copy).map_err(io("rename", &unfinished))?;
    files::sync_folder(path);
    Ok(())
}

/// What to tell about how the file was found.
fn notice(store: &Store, found_empty: bool) -> Result<Option<Problem>, StoreError> {
    let kept = store
        .settings()
        .get(KEPT_SETTING)?
        .map(PathBuf::from)
        .filter(|k| k.exists());
    if let Some(kept) = kept {
        return Ok(Some(
            Problem::new(
                Code::StoreDamaged,
                format!(
                    "The state file was damaged; this is a fresh one. The damaged file is kept \
                     as {}.",
                    kept.display()
                ),
            )
            .with_hint(
                "Restore it from a copy if you have one. Leases recorded in it still end in AWS \
                 at their expiry, but their IAM users stay until somebody deletes them. Move the \
                 kept file away to end this notice.",
            ),
        ));
    }
    Ok(found_empty.then(|| {
        Problem::new(
            Code::StoreDamaged,
            "The state file was empty; Leasehold starts afresh.",
        )
        .with_hint("If you had connections or leases here, restore the file from a copy.")
    }))
}
