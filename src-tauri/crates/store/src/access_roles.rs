//! Access roles: names that rules and ways to them hang on.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, named_params};

use crate::row::{Columns, millis};
use crate::store::noting;
use crate::{ActivityLine, Store, StoreError};

const TABLE: &str = "access_roles";
const COLUMNS: &[&str] = &["id", "name", "description", "created_at"];
const ALL: &str = "SELECT id, name, description, created_at FROM access_roles ORDER BY name";
const BY_NAME: &str =
    "SELECT id, name, description, created_at FROM access_roles WHERE name = :name";
const INSERT: &str = "INSERT INTO access_roles (id, name, description, created_at) \
                      VALUES (:id, :name, :description, :created_at)";
const REMOVE: &str = "DELETE FROM access_roles WHERE id = :id";

/// An access role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRoleRow {
    /// Unique for ever.
    pub id: String,
    /// Unique without regard to case.
    pub name: String,
    /// A note.
    pub description: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Access to the access roles.
#[derive(Debug)]
pub struct AccessRoles<'s> {
    pub(crate) store: &'s Store,
    pub(crate) line: Option<&'s ActivityLine>,
}

noting!(AccessRoles);

fn read(row: &rusqlite::Row<'_>) -> Result<AccessRoleRow, StoreError> {
    let mut columns = Columns::new(TABLE, COLUMNS, row);
    Ok(AccessRoleRow {
        id: columns.text()?,
        name: columns.text()?,
        description: columns.text()?,
        created_at: columns.moment()?,
    })
}

impl AccessRoles<'_> {
    /// All of them, by name.
    pub fn all(&self) -> Result<Vec<AccessRoleRow>, StoreError> {
        self.store
            .read(|db| db.prepare_cached(ALL)?.query_and_then([], read)?.collect())
    }

    /// The one of this name, without regard to case.
    pub fn by_name(&self, name: &str) -> Result<Option<AccessRoleRow>, StoreError> {
        self.store.read(|db| {
            db.prepare_cached(BY_NAME)?
                .query_row(named_params! {":name": name}, |row| Ok(read(row)))
                .optional()?
                .transpose()
        })
    }

    /// Adds one.
    pub fn insert(&self, row: &AccessRoleRow) -> Result<(), StoreError> {
        self.write(|db| {
            db.prepare_cached(INSERT)?
                .execute(named_params! {
                    ":id": row.id,
                    ":name": row.name,
                    ":description": row.description,
                    ":created_at": millis(row.created_at),
                })
                .map_err(|error| match StoreError::is_duplicate(&error) {
                    true => StoreError::NameTaken {
                        what: "an access role",
                        name: row.name.clone(),
                    },
                    false => error.into(),
                })?;
            Ok(())
        })
    }

    /// Removes one, with its rules and the ways to it.
    pub fn remove(&self, id: &str) -> Result<(), StoreError> {
        self.write(|db| {
            match db
                .prepare_cached(REMOVE)?
                .execute(named_params! {":id": id})?
            {
                0 => Err(missing(id)),
                _ => Ok(()),
            }
        })
    }
}

pub(crate) fn missing(id: &str) -> StoreError {
    StoreError::NotFound {
        what: "access role",
        id: id.to_owned(),
    }
}
