//! Who has logged in, or asked to, by an auth method: known by the id that stays with a role or user.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction, named_params};

use crate::row::{Columns, millis};
use crate::store::noting;
use crate::{ActivityLine, Store, StoreError};

const TABLE: &str = "principals";
const COLUMNS: &[&str] = &[
    "id",
    "access_id",
    "asserted_by",
    "stable_id",
    "arn",
    "account_id",
    "standing",
    "first_seen_at",
    "last_seen_at",
];

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, access_id, asserted_by, stable_id, arn, account_id, standing, ",
            "first_seen_at, last_seen_at FROM principals ",
            $rest
        )
    };
}

const ALL: &str = select!("ORDER BY last_seen_at DESC, id");
const BY_ID: &str = select!("WHERE id = :id");
const FIND: &str = select!(
    "WHERE access_id = :access_id AND asserted_by = :asserted_by AND stable_id = :stable_id"
);
/// An identity that is known keeps its standing.
const MEET: &str = "INSERT INTO principals \
    (id, access_id, asserted_by, stable_id, arn, account_id, standing, first_seen_at, last_seen_at) \
    VALUES (:id, :access_id, :asserted_by, :stable_id, :arn, :account_id, :standing, \
     :first_seen_at, :last_seen_at) ON CONFLICT (access_id, asserted_by, stable_id) \
    DO UPDATE SET arn = excluded.arn, account_id = excluded.account_id, \
     last_seen_at = excluded.last_seen_at";
const ASK_NO_MORE: &str =
    "UPDATE principals SET standing = 'seen' WHERE id = :id AND standing = 'asked'";
const WAITING: &str =
    "SELECT count(*) FROM principals WHERE access_id = :access_id AND standing = 'asked'";
const DECIDE: &str = "UPDATE principals SET standing = :standing WHERE id = :id";
/// A permission for one login is gone with it: the next one asks again.
const USE_ONCE: &str =
    "UPDATE principals SET standing = 'used' WHERE id = :id AND standing = 'once'";
const ASK_AGAIN: &str =
    "UPDATE principals SET standing = 'asked' WHERE id = :id AND standing IN ('used', 'seen')";

/// What the owner said about somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nobody had to be asked.
    Seen,
    /// The owner is asked and has not answered.
    Asked,
    /// One login is allowed, and not used yet.
    Once,
    /// The one login was made. Nobody waits; the next one is asked about.
    Used,
    /// Allowed for good.
    Always,
    /// Denied.
    Denied,
}

impl Standing {
    const ALL: [Self; 6] = [
        Self::Seen,
        Self::Asked,
        Self::Once,
        Self::Used,
        Self::Always,
        Self::Denied,
    ];

    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Asked => "asked",
            Self::Once => "once",
            Self::Used => "used",
            Self::Always => "always",
            Self::Denied => "denied",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalRow {
    /// Unique for ever.
    pub id: String,
    /// The auth method.
    pub access_id: String,
    /// The pinned endpoint that asserted it; empty for AWS itself.
    pub asserted_by: String,
    /// What stays with a role or user, also when another gets its name.
    pub stable_id: String,
    /// The ARN at the last login.
    pub arn: String,
    /// The account.
    pub account_id: String,
    /// What the owner said.
    pub standing: Standing,
    /// When it came first.
    pub first_seen_at: DateTime<Utc>,
    /// When it came last.
    pub last_seen_at: DateTime<Utc>,
}

/// Access to the principals.
#[derive(Debug)]
pub struct Principals<'s> {
    pub(crate) store: &'s Store,
    pub(crate) line: Option<&'s ActivityLine>,
}

noting!(Principals);

fn read(row: &rusqlite::Row<'_>) -> Result<PrincipalRow, StoreError> {
    let mut columns = Columns::new(TABLE, COLUMNS, row);
    Ok(PrincipalRow {
        id: columns.text()?,
        access_id: columns.text()?,
        asserted_by: columns.text()?,
        stable_id: columns.text()?,
        arn: columns.text()?,
        account_id: columns.text()?,
        standing: columns.word(Standing::parse)?,
        first_seen_at: columns.moment()?,
        last_seen_at: columns.moment()?,
    })
}

impl Principals<'_> {
    /// All of them, latest first.
    pub fn all(&self) -> Result<Vec<PrincipalRow>, StoreError> {
        self.store
            .read(|db| db.prepare_cached(ALL)?.query_and_then([], read)?.collect())
    }

    /// The one with this id.
    pub fn by_id(&self, id: &str) -> Result<Option<PrincipalRow>, StoreError> {
        self.store.read(|db| {
            db.prepare_cached(BY_ID)?
                .query_row(named_params! {":id": id}, |row| Ok(read(row)))
                .optional()?
                .transpose()
        })
    }

    /// Notes that somebody came: who is new as the row says, who is known with the standing it has.
    /// The answer is how it stands, and whether it is new.
    pub fn meet(&self, row: &PrincipalRow) -> Result<(PrincipalRow, bool), StoreError> {
        self.write(|db| {
            db.prepare_cached(MEET)?
                .execute(named_params! {
                    ":id": row.id,
                    ":access_id": row.access_id,
                    ":asserted_by": row.asserted_by,
                    ":stable_id": row.stable_id,
                    ":arn": row.arn,
                    ":account_id": row.account_id,
                    ":standing": row.standing.as_str(),
                    ":first_seen_at": millis(row.first_seen_at),
                    ":last_seen_at": millis(row.last_seen_at),
                })
                .map_err(|error| match StoreError::is_reference(&error) {
                    true => missing(&row.access_id),
                    false => error.into(),
                })?;
            let met = db.prepare_cached(FIND)?.query_row(
                named_params! {
                    ":access_id": row.access_id,
                    ":asserted_by": row.asserted_by,
                    ":stable_id": row.stable_id,
                },
                |row| Ok(read(row)),
            )??;
            let is_new = met.id == row.id;
            Ok((met, is_new))
        })
    }

    /// How somebody stands with an auth method, if it ever came.
    pub fn find(
        &self,
        access_id: &str,
        asserted_by: &str,
        stable_id: &str,
    ) -> Result<Option<PrincipalRow>, StoreError> {
        self.store.read(|db| {
            db.prepare_cached(FIND)?
                .query_row(
                    named_params! {
                        ":access_id": access_id,
                        ":asserted_by": asserted_by,
                        ":stable_id": stable_id,
                    },
                    |row| Ok(read(row)),
                )
                .optional()?
                .transpose()
        })
    }

    /// How many wait for an answer at an auth method.
    pub fn waiting(&self, access_id: &str) -> Result<u32, StoreError> {
        self.store.read(|db| {
            let mut count = db.prepare_cached(WAITING)?;
            Ok(count.query_row(named_params! {":access_id": access_id}, |row| row.get(0))?)
        })
    }

    /// Takes the permission for one login. False when there is none any more: of two logins at the same
    /// moment one gets it.
    pub fn use_once(&self, id: &str) -> Result<bool, StoreError> {
        self.store.write(|db| {
            let used = db
                .prepare_cached(USE_ONCE)?
                .execute(named_params! {":id": id})?;
            Ok(used == 1)
        })
    }

    /// Notes that somebody waits who was let in before: once, or when nobody had to be asked. False when
    /// that is noted already, or the owner said something else meanwhile.
    pub fn ask_again(&self, id: &str) -> Result<bool, StoreError> {
        self.store.write(|db| {
            let asked = db
                .prepare_cached(ASK_AGAIN)?
                .execute(named_params! {":id": id})?;
            Ok(asked == 1)
        })
    }

    /// Notes that nobody has to be asked about somebody who waits, unless the owner said something meanwhile.
    pub fn ask_no_more(&self, id: &str) -> Result<(), StoreError> {
        self.store.write(|db| {
            db.prepare_cached(ASK_NO_MORE)?
                .execute(named_params! {":id": id})?;
            Ok(())
        })
    }

    /// Keeps what the owner said.
    pub fn decide(&self, id: &str, standing: Standing) -> Result<(), StoreError> {
        self.write(|db| decide(db, id, standing))
    }
}

pub(crate) fn decide(db: &Transaction<'_>, id: &str, standing: Standing) -> Result<(), StoreError> {
    let changed = db
        .prepare_cached(DECIDE)?
        .execute(named_params! {":id": id, ":standing": standing.as_str()})?;
    match changed {
        0 => Err(missing(id)),
        _ => Ok(()),
    }
}

fn missing(id: &str) -> StoreError {
    StoreError::NotFound {
        what: "identity",
        id: id.to_owned(),
    }
}
