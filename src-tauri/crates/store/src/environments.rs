//! Environments: the tabs of the overview, in the order the user gave them.

use rusqlite::{OptionalExtension, Transaction, named_params};
use uuid::Uuid;

use crate::row::Columns;
use crate::store::noting;
use crate::{ActivityLine, Store, StoreError};

const TABLE: &str = "environments";
const COLUMNS: &[&str] = &["id", "name", "position"];
const ALL: &str = "SELECT id, name, position FROM environments ORDER BY position, name";
const BY_NAME: &str = "SELECT id, name, position FROM environments WHERE name = :name";
const ADD: &str = "INSERT INTO environments (id, name, position) \
                   SELECT :id, :name, COALESCE(MAX(position) + 1, 0) FROM environments \
                   RETURNING id, name, position";
const RENAME: &str = "UPDATE environments SET name = :name WHERE id = :id";
const REMOVE: &str = "DELETE FROM environments WHERE id = :id";
const PLACE: &str = "UPDATE environments SET position = :position WHERE id = :id";
const IDS: &str = "SELECT id FROM environments ORDER BY id";

/// An environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentRow {
    /// Unique for ever.
    pub id: String,
    /// Unique without regard to case.
    pub name: String,
    /// Its place, from 0; places may have gaps.
    pub position: u32,
}

/// Access to the environments.
#[derive(Debug)]
pub struct Environments<'s> {
    pub(crate) store: &'s Store,
    pub(crate) line: Option<&'s ActivityLine>,
}

noting!(Environments);

fn read(row: &rusqlite::Row<'_>) -> Result<EnvironmentRow, StoreError> {
    let mut columns = Columns::new(TABLE, COLUMNS, row);
    Ok(EnvironmentRow {
        id: columns.text()?,
        name: columns.text()?,
        position: columns.count()?,
    })
}

fn taken(name: &str) -> impl FnOnce(rusqlite::Error) -> StoreError {
    move |error| match StoreError::is_duplicate(&error) {
        true => StoreError::NameTaken {
            what: "an environment",
            name: name.to_owned(),
        },
        false => error.into(),
    }
}

/// Adds one at the end, within a transaction.
pub(crate) fn append(
    db: &Transaction<'_>,
    id: &str,
    name: &str,
) -> Result<EnvironmentRow, StoreError> {
    db.prepare_cached(ADD)?
        .query_row(named_params! {":id": id, ":name": name}, |row| {
            Ok(read(row))
        })
        .map_err(taken(name))?
}

fn missing(id: &str) -> StoreError {
    StoreError::NotFound {
        what: "environment",
        id: id.to_owned(),
    }
}

impl Environments<'_> {
    /// All of them, in order.
    pub fn all(&self) -> Result<Vec<EnvironmentRow>, StoreError> {
        self.store
            .read(|db| db.prepare_cached(ALL)?.query_and_then([], read)?.collect())
    }

    /// The one of this name, without regard to case.
    pub fn by_name(&self, name: &str) -> Result<Option<EnvironmentRow>, StoreError> {
        self.store.read(|db| {
            let mut statement = db.prepare_cached(BY_NAME)?;
            let mut rows = statement.query(named_params! {":name": name})?;
            rows.next()?.map(read).transpose()
        })
    }

    /// Adds one at the end.
    pub fn add(&self, name: &str) -> Result<EnvironmentRow, StoreError> {
        self.write(|db| append(db, &Uuid::new_v4().simple().to_string(), name))
    }

    /// Gives one another name.
    pub fn rename(&self, id: &str, name: &str) -> Result<(), StoreError> {
        self.write(|db| {
            let changed = db
                .prepare_cached(RENAME)?
                .execute(named_params! {":id": id, ":name": name})
                .map_err(taken(name))?;
            if changed == 0 {
                Err(missing(id))
            } else {
                Ok(())
            }
        })
    }

    /// Removes one that holds no dynamic secret.
    pub fn remove(&self, id: &str) -> Result<(), StoreError> {
        self.write(|db| {
            let removed = db
                .prepare_cached(REMOVE)?
                .execute(named_params! {":id": id})
                .map_err(|error| match StoreError::is_reference(&error) {
                    true => StoreError::Refused {
                        message: "The environment still holds dynamic secrets.".to_owned(),
                    },
                    false => error.into(),
                })?;
            if removed == 0 {
                Err(missing(id))
            } else {
                Ok(())
            }
        })
    }

    /// Puts them in this order; `ids` names every environment once.
    pub fn reorder(&self, ids: &[String]) -> Result<(), StoreError> {
        self.write(|db| {
            let known: Vec<String> = db
                .prepare_cached(IDS)?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let mut given = ids.to_vec();
            given.sort();
            if given != known {
                return Err(StoreError::Refused {
                    message: "The new order must name every environment exactly once.".to_owned(),
                });
            }
            let mut place = db.prepare_cached(PLACE)?;
            for (position, id) in (0_u32..).zip(ids) {
                place.execute(named_params! {":id": id, ":position": position})?;
            }
            Ok(())
        })
    }

    /// The one with this id.
    pub fn by_id(&self, id: &str) -> Result<Option<EnvironmentRow>, StoreError> {
        self.store.read(|db| {
            db.prepare_cached("SELECT id, name, position FROM environments WHERE id = :id")?
                .query_row(named_params! {":id": id}, |row| Ok(read(row)))
                .optional()?
                .transpose()
        })
    }
}
