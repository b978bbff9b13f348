//! Rules of access roles: capabilities at paths, one rule a path.

use rusqlite::named_params;

use crate::access_roles::missing;
use crate::row::{Columns, json};
use crate::store::noting;
use crate::{ActivityLine, Store, StoreError};

const TABLE: &str = "access_rules";
const COLUMNS: &[&str] = &["role_id", "path", "capabilities"];
const ALL: &str = "SELECT role_id, path, capabilities FROM access_rules ORDER BY role_id, path";
const OF_ROLE: &str =
    "SELECT role_id, path, capabilities FROM access_rules WHERE role_id = :role_id ORDER BY path";
const SET: &str = "INSERT INTO access_rules (role_id, path, capabilities) \
                   VALUES (:role_id, :path, :capabilities) ON CONFLICT (role_id, path) \
                   DO UPDATE SET capabilities = excluded.capabilities";
const REMOVE: &str = "DELETE FROM access_rules WHERE role_id = :role_id AND path = :path";

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRuleRow {
    /// Its role.
    pub role_id: String,
    /// Where.
    pub path: String,
    /// What: words.
    pub capabilities: Vec<String>,
}

/// Access to the rules.
#[derive(Debug)]
pub struct AccessRules<'s> {
    pub(crate) store: &'s Store,
    pub(crate) line: Option<&'s ActivityLine>,
}

noting!(AccessRules);

fn read(row: &rusqlite::Row<'_>) -> Result<AccessRuleRow, StoreError> {
    let mut columns = Columns::new(TABLE, COLUMNS, row);
    Ok(AccessRuleRow {
        role_id: columns.text()?,
        path: columns.text()?,
        capabilities: columns.json()?,
    })
}

impl AccessRules<'_> {
    /// All of them.
    pub fn all(&self) -> Result<Vec<AccessRuleRow>, StoreError> {
        self.store
            .read(|db| db.prepare_cached(ALL)?.query_and_then([], read)?.collect())
    }

    /// Those of one role, by path.
    pub fn of_role(&self, role_id: &str) -> Result<Vec<AccessRuleRow>, StoreError> {
        self.store.read(|db| {
            db.prepare_cached(OF_ROLE)?
                .query_and_then(named_params! {":role_id": role_id}, read)?
                .collect()
        })
    }

    /// Sets the rule of a role at a path.
    pub fn set(&self, row: &AccessRuleRow) -> Result<(), StoreError> {
        self.write(|db| {
            db.prepare_cached(SET)?
                .execute(named_params! {
                    ":role_id": row.role_id,
                    ":path": row.path,
                    ":capabilities": json(&row.capabilities)?,
                })
                .map_err(|error| match StoreError::is_reference(&error) {
                    true => missing(&row.role_id),
                    false => error.into(),
                })?;
            Ok(())
        })
    }

    /// Removes the rule at a path.
    pub fn remove(&self, role_id: &str, path: &str) -> Result<(), StoreError> {
        self.write(|db| {
            let removed = db
                .prepare_cached(REMOVE)?
                .execute(named_params! {":role_id": role_id, ":path": path})?;
            match removed {
                0 => Err(StoreError::NotFound {
                    what: "rule",
                    id: path.to_owned(),
                }),
                _ => Ok(()),
            }
        })
    }
}
