//! The names in a state file, read in passing: for a shell that completes a word.
//!
//! Nothing is made, locked, checked, migrated or noted for it. A file that is missing, damaged, from
//! another version or in the way of somebody else's work has no names.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::migrations::{self, APPLICATION_ID};
use crate::{StoreError, files};

const SECRETS: &str = "SELECT e.name, s.folder, s.name FROM secrets s \
                       JOIN environments e ON e.id = s.environment_id \
                       WHERE s.deleting = 0 ORDER BY e.position, s.folder, s.name";
const CONNECTIONS: &str = "SELECT name FROM connections ORDER BY name";
const ENVIRONMENTS: &str = "SELECT name FROM environments ORDER BY position, name";
const LEASES: &str = "SELECT id, environment, folder, secret_name, state, user_name FROM leases \
                      WHERE state NOT IN ('revoked', 'expired', 'failed', 'forgotten') \
                      ORDER BY seq DESC LIMIT 500";
/// A word is being typed: whoever writes meanwhile is not waited for long.
const PATIENCE: Duration = Duration::from_millis(20);

/// What can be named in a state file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Dynamic secrets that are not being removed.
    pub secrets: Vec<SecretName>,
    /// Connections.
    pub connections: Vec<String>,
    /// Environments, in their order.
    pub environments: Vec<String>,
    /// Leases that are not at rest, newest first, at most 500.
    pub leases: Vec<LeaseName>,
}

/// Where a dynamic secret stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretName {
    /// Name of its environment.
    pub environment: String,
    /// `/` or `/payments`.
    pub folder: String,
    /// Its own name.
    pub name: String,
}

/// A lease as it is told from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseName {
    /// Its id.
    pub id: String,
    /// The dynamic secret it was made from.
    pub secret: SecretName,
    /// Its stored state.
    pub state: String,
    /// Its IAM user.
    pub user_name: String,
}

impl Names {
    /// Reads them from the state file at `path` without leaving a trace.
    ///
    /// # Errors
    /// The file is not there, is not of this version, or cannot be read just now.
    pub fn read(path: &Path) -> Result<Self, StoreError> {
        let db = open(path)?;
        let names = |sql| -> Result<Vec<String>, rusqlite::Error> {
            db.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
        };
        Ok(Self {
            connections: names(CONNECTIONS)?,
            environments: names(ENVIRONMENTS)?,
            secrets: db
                .prepare(SECRETS)?
                .query_map([], |row| secret(row, 0))?
                .collect::<Result<_, _>>()?,
            leases: db
                .prepare(LEASES)?
                .query_map([], |row| {
                    Ok(LeaseName {
                        id: row.get(0)?,
                        secret: secret(row, 1)?,
                        state: row.get(4)?,
                        user_name: row.get(5)?,
                    })
                })?
                .collect::<Result<_, _>>()?,
        })
    }
}

fn secret(row: &rusqlite::Row<'_>, from: usize) -> Result<SecretName, rusqlite::Error> {
    Ok(SecretName {
        environment: row.get(from)?,
        folder: row.get(from + 1)?,
        name: row.get(from + 2)?,
    })
}

/// A connection that only reads. Without a write-ahead log the file is all there is, and reading it
/// as one that never changes keeps SQLite from making companions beside it that nobody would clear
/// away; with one, its companions are there already.
fn open(path: &Path) -> Result<Connection, StoreError> {
    let mut uri = url(path).ok_or(StoreError::Closed)?;
    let log = files::companion(path, "wal").metadata();
    uri += match log.is_ok_and(|log| log.len() > 0) {
        true => "?mode=ro",
        false => "?mode=ro&immutable=1",
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(uri, flags)?;
    db.busy_timeout(PATIENCE)?;
    let application: i32 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: i32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if application != APPLICATION_ID || version != migrations::all().latest() {
        return Err(StoreError::NotOurs {
            path: path.to_owned(),
        });
    }
    Ok(db)
}

/// The path as SQLite reads it in a URI, where `?`, `#` and `%` mean something.
fn url(path: &Path) -> Option<String> {
    let path = std::path::absolute(path).ok()?;
    let text = path.to_str()?.replace('\\', "/");
    let escaped = text
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    let root = if escaped.starts_with('/') { "" } else { "/" };
    Some(format!("file:{root}{escaped}"))
}
