//! Ways from auth methods to access roles, one a pair.

use rusqlite::named_params;

use crate::row::{Columns, json};
use crate::store::noting;
use crate::{ActivityLine, Store, StoreError};

const TABLE: &str = "role_associations";
const COLUMNS: &[&str] = &["role_id", "access_id", "sub_claims", "ignore_case"];

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT role_id, access_id, sub_claims, ignore_case FROM role_associations ",
            $rest
        )
    };
}

const ALL: &str = select!("ORDER BY role_id, access_id");
const OF_METHOD: &str = select!("WHERE access_id = :access_id ORDER BY role_id");
const SET: &str = "INSERT INTO role_associations (role_id, access_id, sub_claims, ignore_case) \
    VALUES (:role_id, :access_id, :sub_claims, :ignore_case) ON CONFLICT (role_id, access_id) \
    DO UPDATE SET sub_claims = excluded.sub_claims, ignore_case = excluded.ignore_case";
const REMOVE: &str =
    "DELETE FROM role_associations WHERE role_id = :role_id AND access_id = :access_id";

/// A way from an auth method to a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssociationRow {
    /// The role.
    pub role_id: String,
    /// The auth method.
    pub access_id: String,
    /// Pairs of a sub-claim and what it must be.
    pub sub_claims: Vec<(String, String)>,
    /// Whether case is ignored.
    pub ignore_case: bool,
}

/// Access to the ways.
#[derive(Debug)]
pub struct RoleAssociations<'s> {
    pub(crate) store: &'s Store,
    pub(crate) line: Option<&'s ActivityLine>,
}

noting!(RoleAssociations);

fn read(row: &rusqlite::Row<'_>) -> Result<AssociationRow, StoreError> {
    let mut columns = Columns::new(TABLE, COLUMNS, row);
    Ok(AssociationRow {
        role_id: columns.text()?,
        access_id: columns.text()?,
        sub_claims: columns.json()?,
        ignore_case: columns.flag()?,
    })
}

impl RoleAssociations<'_> {
    /// All of them.
    pub fn all(&self) -> Result<Vec<AssociationRow>, StoreError> {
        self.store
            .read(|db| db.prepare_cached(ALL)?.query_and_then([], read)?.collect())
    }

    /// Those of one auth method.
    pub fn of_method(&self, access_id: &str) -> Result<Vec<AssociationRow>, StoreError> {
        self.store.read(|db| {
            db.prepare_cached(OF_METHOD)?
                .query_and_then(named_params! {":access_id": access_id}, read)?
                .collect()
        })
    }

    /// Sets the way from a method to a role.
    pub fn set(&self, row: &AssociationRow) -> Result<(), StoreError> {
        self.write(|db| {
            db.prepare_cached(SET)?
                .execute(named_params! {
                    ":role_id": row.role_id,
                    ":access_id": row.access_id,
                    ":sub_claims": json(&row.sub_claims)?,
                    ":ignore_case": row.ignore_case,
                })
                .map_err(|error| match StoreError::is_reference(&error) {
                    true => missing(&row.role_id),
                    false => error.into(),
                })?;
            Ok(())
        })
    }

    /// Takes the way from a method to a role away.
    pub fn remove(&self, role_id: &str, access_id: &str) -> Result<(), StoreError> {
        self.write(|db| {
            let removed = db
                .prepare_cached(REMOVE)?
                .execute(named_params! {":role_id": role_id, ":access_id": access_id})?;
            match removed {
                0 => Err(missing(role_id)),
                _ => Ok(()),
            }
        })
    }
}

fn missing(role_id: &str) -> StoreError {
    StoreError::NotFound {
        what: "association",
        id: role_id.to_owned(),
    }
}
