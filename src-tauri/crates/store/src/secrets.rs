//! Dynamic secrets: the recipes that leases are made from.

use chrono::{DateTime, Utc};
use leasehold_domain::Credential;
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Transaction, named_params};

use crate::row::{Columns, bind, integer, json, millis};
use crate::store::noting;
use crate::{ActivityLine, Store, StoreError};

const TABLE: &str = "secrets";
const COLUMNS: &[&str] = &[
    "id",
    "environment_id",
    "environment",
    "folder",
    "name",
    "connection_id",
    "default_ttl_s",
    "max_ttl_s",
    "region",
    "iam_path",
    "boundary",
    "groups",
    "policy_arns",
    "documents",
    "username_template",
    "tags",
    "created_at",
    "updated_at",
    "deleting",
    "pinned_at",
    "credential",
];

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, s.environment_id, e.name, s.folder, s.name, s.connection_id, ",
            "s.default_ttl_s, s.max_ttl_s, s.region, s.iam_path, s.boundary, s.groups, ",
            "s.policy_arns, s.documents, s.username_template, s.tags, s.created_at, ",
            "s.updated_at, s.deleting, s.pinned_at, s.credential ",
            "FROM secrets AS s JOIN environments AS e ON e.id = s.environment_id ",
            $rest
        )
    };
}

const ALL: &str = select!("ORDER BY e.position, s.folder, s.name");
/// One step into `leases_secret` for each of them, however long the history is.
const RECENT: &str = select!(
    "WHERE s.deleting = 0 ORDER BY s.pinned_at IS NULL, (SELECT MAX(l.created_at) FROM leases AS l \
     WHERE l.secret_id = s.id) DESC NULLS LAST, s.created_at DESC, s.name LIMIT :limit"
);
const BY_ID: &str = select!("WHERE s.id = :id");
const FIND: &str = select!(
    "WHERE s.name = :name AND (:environment IS NULL OR e.name = :environment) \
     AND (:folder IS NULL OR s.folder = :folder) ORDER BY e.position, s.folder"
);
const INSERT: &str = "INSERT INTO secrets \
    (id, environment_id, folder, name, connection_id, default_ttl_s, max_ttl_s, region, \
     iam_path, boundary, groups, policy_arns, documents, username_template, tags, created_at, \
     updated_at, deleting, credential) \
    VALUES (:id, :environment_id, :folder, :name, :connection_id, :default_ttl_s, :max_ttl_s, \
     :region, :iam_path, :boundary, :groups, :policy_arns, :documents, :username_template, \
     :tags, :created_at, :updated_at, :deleting, :credential)";
const UPDATE: &str = "UPDATE secrets SET environment_id = :environment_id, folder = :folder, \
    name = :name, connection_id = :connection_id, default_ttl_s = :default_ttl_s, \
    max_ttl_s = :max_ttl_s, region = :region, iam_path = :iam_path, boundary = :boundary, \
    groups = :groups, policy_arns = :policy_arns, documents = :documents, \
    username_template = :username_template, tags = :tags, created_at = :created_at, \
    updated_at = :updated_at, deleting = :deleting, credential = :credential WHERE id = :id";
const REMOVE: &str = "DELETE FROM secrets WHERE id = :id";
const BEGIN_REMOVAL: &str = "UPDATE secrets SET deleting = 1 WHERE id = :id";
const PIN: &str = "UPDATE secrets SET pinned_at = :at WHERE id = :id";
const ASK_ENDS: &str = "UPDATE leases SET end_asked_at = :at WHERE secret_id = :id \
                        AND end_asked_at IS NULL AND state IN ('issuing', 'active')";

/// A dynamic secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRow {
    /// Unique for ever.
    pub id: String,
    /// Where it stands.
    pub environment_id: String,
    /// The environment's name, joined at reading and ignored at writing.
    pub environment: String,
    /// `/` or `/payments/s3`.
    pub folder: String,
    /// Unique within environment and folder.
    pub name: String,
    /// The connection it uses.
    pub connection_id: String,
    /// In seconds.
    pub default_ttl_s: u64,
    /// In seconds.
    pub max_ttl_s: u64,
    /// The region that credential formats name.
    pub region: String,
    /// The IAM path of its users.
    pub iam_path: String,
    /// ARN of the permission boundary.
    pub boundary: Option<String>,
    /// Group names.
    pub groups: Vec<String>,
    /// Managed policy ARNs.
    pub policy_arns: Vec<String>,
    /// Inline policy documents.
    pub documents: Vec<String>,
    /// The user-name template as typed.
    pub username_template: String,
    /// Tags of its users.
    pub tags: Vec<(String, String)>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was last edited.
    pub updated_at: DateTime<Utc>,
    /// It waits for its leases to end and goes then.
    pub deleting: bool,
    /// When it was pinned, while it is; written by [`Secrets::pin`] alone.
    pub pinned_at: Option<DateTime<Utc>>,
    /// What its leases are of. Sessions have no IAM path, boundary, groups and user-name template.
    pub credential: Credential,
}

/// Access to the dynamic secrets.
#[derive(Debug)]
pub struct Secrets<'s> {
    pub(crate) store: &'s Store,
    pub(crate) line: Option<&'s ActivityLine>,
}

noting!(Secrets);

fn read(row: &rusqlite::Row<'_>) -> Result<SecretRow, StoreError> {
    let mut columns = Columns::new(TABLE, COLUMNS, row);
    Ok(SecretRow {
        id: columns.text()?,
        environment_id: columns.text()?,
        environment: columns.text()?,
        folder: columns.text()?,
        name: columns.text()?,
        connection_id: columns.text()?,
        default_ttl_s: columns.count()?,
        max_ttl_s: columns.count()?,
        region: columns.text()?,
        iam_path: columns.text()?,
        boundary: columns.text_or_null()?,
        groups: columns.json()?,
        policy_arns: columns.json()?,
        documents: columns.json()?,
        username_template: columns.text()?,
        tags: columns.json()?,
        created_at: columns.moment()?,
        updated_at: columns.moment()?,
        deleting: columns.flag()?,
        pinned_at: columns.moment_or_null()?,
        credential: columns.json()?,
    })
}

fn values(row: &SecretRow) -> Result<Vec<(&'static str, Value)>, StoreError> {
    Ok(vec![
        (":id", row.id.clone().into()),
        (":environment_id", row.environment_id.clone().into()),
        (":folder", row.folder.clone().into()),
        (":name", row.name.clone().into()),
        (":connection_id", row.connection_id.clone().into()),
        (":default_ttl_s", integer(row.default_ttl_s)?.into()),
        (":max_ttl_s", integer(row.max_ttl_s)?.into()),
        (":region", row.region.clone().into()),
        (":iam_path", row.iam_path.clone().into()),
        (":boundary", row.boundary.clone().into()),
        (":groups", json(&row.groups)?.into()),
        (":policy_arns", json(&row.policy_arns)?.into()),
        (":documents", json(&row.documents)?.into()),
        (":username_template", row.username_template.clone().into()),
        (":tags", json(&row.tags)?.into()),
        (":created_at", millis(row.created_at).into()),
        (":updated_at", millis(row.updated_at).into()),
        (":deleting", i64::from(row.deleting).into()),
        (":credential", json(&row.credential)?.into()),
    ])
}

fn put(db: &Transaction<'_>, sql: &str, row: &SecretRow) -> Result<usize, StoreError> {
    let values = values(row)?;
    db.prepare_cached(sql)?
        .execute(bind(&values).as_slice())
        .map_err(|error| {
            if StoreError::is_duplicate(&error) {
                StoreError::NameTaken {
                    what: "a dynamic secret",
                    name: row.name.clone(),
                }
            } else if StoreError::is_reference(&error) {
                StoreError::Refused {
                    message: "The environment or the connection of this dynamic secret is gone."
                        .to_owned(),
                }
            } else {
                error.into()
            }
        })
}

/// Records a new one, within a transaction.
pub(crate) fn insert(db: &Transaction<'_>, row: &SecretRow) -> Result<(), StoreError> {
    put(db, INSERT, row).map(drop)
}

/// Puts `new` in the place of `old`, within a transaction. False when what is stored is not `old`
/// any more: then nothing is written.
pub(crate) fn exchange(
    db: &Transaction<'_>,
    old: &SecretRow,
    new: &SecretRow,
) -> Result<bool, StoreError> {
    let stored = {
        let mut statement = db.prepare_cached(BY_ID)?;
        let mut rows = statement.query(named_params! {":id": old.id})?;
        rows.next()?.map(read).transpose()?
    };
    // A pin is no part of what is exchanged.
    let stored = stored.map(|row| SecretRow {
        pinned_at: old.pinned_at,
        ..row
    });
    if stored.as_ref() != Some(old) {
        return Ok(false);
    }
    put(db, UPDATE, new).map(|_| true)
}

impl Secrets<'_> {
    /// All of them, by environment, folder and name.
    pub fn all(&self) -> Result<Vec<SecretRow>, StoreError> {
        self.store
            .read(|db| db.prepare_cached(ALL)?.query_and_then([], read)?.collect())
    }

    /// The pinned ones, then the others; of each those of which a lease was issued last, then those
    /// never used, newest first. None that waits for its removal.
    pub fn recent(&self, limit: u32) -> Result<Vec<SecretRow>, StoreError> {
        self.store.read(|db| {
            db.prepare_cached(RECENT)?
                .query_and_then(named_params! {":limit": limit}, read)?
                .collect()
        })
    }

    /// The one with this id.
    pub fn by_id(&self, id: &str) -> Result<Option<SecretRow>, StoreError> {
        self.store.read(|db| {
            let mut statement = db.prepare_cached(BY_ID)?;
            let mut rows = statement.query(named_params! {":id": id})?;
            rows.next()?.map(read).transpose()
        })
    }

    /// Those of this name, in one environment or all, in one folder or all.
    pub fn find(
        &self,
        environment: Option<&str>,
        folder: Option<&str>,
        name: &str,
    ) -> Result<Vec<SecretRow>, StoreError> {
        self.store.read(|db| {
            db.prepare_cached(FIND)?
                .query_and_then(
                    named_params! {":environment": environment, ":folder": folder, ":name": name},
                    read,
                )?
                .collect()
        })
    }

    /// Records a new dynamic secret.
    pub fn insert(&self, row: &SecretRow) -> Result<(), StoreError> {
        self.write(|db| insert(db, row))
    }

    /// Writes everything but the id.
    pub fn update(&self, row: &SecretRow) -> Result<(), StoreError> {
        self.write(|db| match put(db, UPDATE, row)? {
            0 => Err(StoreError::NotFound {
                what: "dynamic secret",
                id: row.id.clone(),
            }),
            _ => Ok(()),
        })
    }

    /// Marks one as waiting for its leases, and notes that the end of those was asked for, both or
    /// neither: a crash in between would leave a secret that waits for leases nobody ends.
    pub fn begin_removal(&self, id: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.write(|db| {
            db.prepare_cached(ASK_ENDS)?
                .execute(named_params! {":id": id, ":at": millis(at)})?;
            match db
                .prepare_cached(BEGIN_REMOVAL)?
                .execute(named_params! {":id": id})?
            {
                0 => Err(StoreError::NotFound {
                    what: "dynamic secret",
                    id: id.to_owned(),
                }),
                _ => Ok(()),
            }
        })
    }

    /// Pins one, or takes the pin off. It is no edit: `updated_at` stays, and so does what a
    /// pre-flight found.
    pub fn pin(&self, id: &str, at: Option<DateTime<Utc>>) -> Result<(), StoreError> {
        self.write(|db| {
            let pinned = named_params! {":id": id, ":at": at.map(millis)};
            match db.prepare_cached(PIN)?.execute(pinned)? {
                0 => Err(StoreError::NotFound {
                    what: "dynamic secret",
                    id: id.to_owned(),
                }),
                _ => Ok(()),
            }
        })
    }

    /// Removes one; its leases stay in the history without it. An unknown id is fine.
    pub fn remove(&self, id: &str) -> Result<(), StoreError> {
        self.write(|db| {
            db.prepare_cached(REMOVE)?
                .execute(named_params! {":id": id})?;
            Ok(())
        })
    }
}

const PREFLIGHT: &str = "SELECT result FROM preflights WHERE secret_id = :id";
const SET_PREFLIGHT: &str = "INSERT INTO preflights (secret_id, result) VALUES (:id, :result) \
    ON CONFLICT (secret_id) DO UPDATE SET result = excluded.result";

impl Secrets<'_> {
    /// What was written of the last pre-flight of a dynamic secret.
    pub fn preflight(&self, id: &str) -> Result<Option<String>, StoreError> {
        self.store.read(|db| {
            Ok(db
                .prepare_cached(PREFLIGHT)?
                .query_row(named_params! {":id": id}, |row| row.get(0))
                .optional()?)
        })
    }

    /// Writes down the last pre-flight of a dynamic secret.
    pub fn set_preflight(&self, id: &str, result: &str) -> Result<(), StoreError> {
        self.write(|db| {
            db.prepare_cached(SET_PREFLIGHT)?
                .execute(named_params! {":id": id, ":result": result})?;
            Ok(())
        })
    }
}
