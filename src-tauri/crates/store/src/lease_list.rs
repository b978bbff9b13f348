//! Lists of leases: pages of a long history, the open ones, and what is due next.

use chrono::{DateTime, Utc};
use leasehold_domain::LeaseState;
use rusqlite::types::Value;

use crate::lease_row::{LeaseRow, select_leases};
use crate::row::{Columns, bind};
use crate::{Leases, StoreError};

/// A page by the narrow index first, then its rows: the rows are wide.
const PAGE: &str = select_leases!("WHERE seq IN (");
const OPEN: &str = select_leases!("WHERE at_rest = 0 ORDER BY expires_at, seq");
const OWNED: &str = select_leases!("WHERE owner IS NOT NULL AND at_rest = 0 ORDER BY seq");
const DEADLINES: &str = "SELECT id, state, expires_at, next_attempt_at, recheck_at, claim_until \
                         FROM leases WHERE at_rest = 0 ORDER BY expires_at, seq";
const DEADLINE_COLUMNS: &[&str] = &[
    "id",
    "state",
    "expires_at",
    "next_attempt_at",
    "recheck_at",
    "claim_until",
];
const COUNTS: &str = "SELECT secret_id, COUNT(*), SUM(state = 'active'), \
                      MIN(CASE WHEN state = 'active' THEN expires_at END) \
                      FROM leases INDEXED BY leases_open WHERE at_rest = 0 AND secret_id IS NOT NULL GROUP BY secret_id";
const COUNT_COLUMNS: &[&str] = &["secret_id", "open", "active", "next_expiry"];
const OF_CONNECTION: &str =
    "SELECT COUNT(*) FROM leases WHERE at_rest = 0 AND connection_id = :connection_id";
const PATHS: &str = "SELECT DISTINCT iam_path FROM leases WHERE connection_id = :connection_id";

/// From here on the search runs over its own index.
const INDEXED_SEARCH: usize = 3;

/// Which leases to list. The default is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeaseFilter {
    /// Only those made from this dynamic secret.
    pub secret_id: Option<String>,
    /// Only those in one of these states; empty is any.
    pub states: Vec<LeaseState>,
    /// Only those that are not at rest.
    pub open_only: bool,
    /// At most so many; `None` is no limit.
    pub limit: Option<u32>,
    /// Leave out so many of the newest.
    pub offset: u32,
    /// Only those with this text in user name, key id, label or secret name, without regard to
    /// case.
    pub search: Option<String>,
}

/// When something is to be done about an open lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// The lease.
    pub lease_id: String,
    /// Where it stands.
    pub state: LeaseState,
    /// When it expires.
    pub expires_at: DateTime<Utc>,
    /// When the next try is due.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When keys and policies are to be listed once more.
    pub recheck_at: Option<DateTime<Utc>>,
    /// Until when somebody holds it.
    pub claim_until: Option<DateTime<Utc>>,
}

/// The open leases of one dynamic secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretCounts {
    /// The dynamic secret.
    pub secret_id: String,
    /// Leases that are not at rest.
    pub open: u32,
    /// Leases that are active.
    pub active: u32,
    /// The first expiry among the active ones.
    pub next_expiry: Option<DateTime<Utc>>,
}

/// The part of a query that a filter decides.
struct Selection {
    from: &'static str,
    conditions: Vec<String>,
    order: &'static str,
    values: Vec<(&'static str, Value)>,
}

/// Names for the state parameters: there are as many states as names.
const STATE_NAMES: [&str; LeaseState::ALL.len()] =
    [":s0", ":s1", ":s2", ":s3", ":s4", ":s5", ":s6", ":s7"];

fn select(filter: &LeaseFilter) -> Selection {
    let mut chosen = Selection {
        from: "leases",
        conditions: Vec::new(),
        order: "created_at DESC, seq DESC",
        values: Vec::new(),
    };
    let search = filter
        .search
        .as_deref()
        .map(str::trim)
        .unwrap_or_default()
        .replace('\0', "");
    if search.chars().count() >= INDEXED_SEARCH {
        // The search index is walked from its newest row on, so a page costs a page.
        chosen.from = "lease_search CROSS JOIN leases ON seq = lease_search.rowid";
        chosen.order = "lease_search.rowid DESC";
        chosen
            .conditions
            .push("lease_search MATCH :search".to_owned());
        chosen.values.push((
            ":search",
            format!("\"{}\"", search.replace('"', "\"\"")).into(),
        ));
    } else if !search.is_empty() {
        let like = |column| format!("{column} LIKE :search ESCAPE '\\'");
        let any = ["user_name", "access_key_id", "label", "secret_name"]
            .map(like)
            .join(" OR ");
        chosen.conditions.push(format!("({any})"));
        let escaped = search
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_");
        chosen
            .values
            .push((":search", format!("%{escaped}%").into()));
    }
    if let Some(secret_id) = &filter.secret_id {
        chosen
            .conditions
            .push("leases.secret_id = :secret_id".to_owned());
        chosen.values.push((":secret_id", secret_id.clone().into()));
    }
    if filter.open_only {
        if search.is_empty() {
            // SQLite would rather walk the whole history than sort the few open ones.
            chosen.from = "leases INDEXED BY leases_open";
        }
        chosen.conditions.push("at_rest = 0".to_owned());
    }
    if !filter.states.is_empty() {
        let mut states = filter.states.clone();
        states.sort();
        states.dedup();
        let names = &STATE_NAMES[..states.len()];
        chosen
            .conditions
            .push(format!("state IN ({})", names.join(", ")));
        for (name, state) in names.iter().zip(states) {
            chosen.values.push((name, state.as_str().to_owned().into()));
        }
    }
    chosen
}

impl Selection {
    fn where_clause(&self) -> String {
        match self.conditions.is_empty() {
            true => String::new(),
            false => format!("WHERE {}", self.conditions.join(" AND ")),
        }
    }
}

/// The query of a page.
fn page(filter: &LeaseFilter) -> (String, Vec<(&'static str, Value)>) {
    let mut chosen = select(filter);
    let sql = format!(
        "{PAGE}SELECT seq FROM {} {} ORDER BY {} LIMIT :limit OFFSET :offset) \
         ORDER BY created_at DESC, seq DESC",
        chosen.from,
        chosen.where_clause(),
        chosen.order,
    );
    chosen
        .values
        .push((":limit", filter.limit.map_or(-1, i64::from).into()));
    chosen
        .values
        .push((":offset", i64::from(filter.offset).into()));
    (sql, chosen.values)
}

impl Leases<'_> {
    /// A page of leases, newest first.
    pub fn list(&self, filter: &LeaseFilter) -> Result<Vec<LeaseRow>, StoreError> {
        self.store.read(|db| {
            let (sql, values) = page(filter);
            db.prepare_cached(&sql)?
                .query_and_then(bind(&values).as_slice(), LeaseRow::read)?
                .collect()
        })
    }

    /// How many leases the filter lets through, without regard to its limit and offset.
    pub fn count(&self, filter: &LeaseFilter) -> Result<u64, StoreError> {
        self.store.read(|db| {
            let chosen = select(filter);
            let sql = format!(
                "SELECT COUNT(*) FROM {} {}",
                chosen.from,
                chosen.where_clause()
            );
            let count: i64 = db
                .prepare_cached(&sql)?
                .query_row(bind(&chosen.values).as_slice(), |row| row.get(0))?;
            Ok(count.unsigned_abs())
        })
    }

    /// Every lease that is not at rest, first expiry first.
    pub fn open(&self) -> Result<Vec<LeaseRow>, StoreError> {
        self.store.read(|db| {
            db.prepare_cached(OPEN)?
                .query_and_then([], LeaseRow::read)?
                .collect()
        })
    }

    /// The same as far as they can be read, and what is wrong with the rows that cannot. One broken
    /// row is no reason to leave the others alone.
    pub fn open_readable(&self) -> Result<(Vec<LeaseRow>, Vec<StoreError>), StoreError> {
        self.store.read(|db| {
            let (mut rows, mut broken) = (Vec::new(), Vec::new());
            for row in db
                .prepare_cached(OPEN)?
                .query_and_then([], LeaseRow::read)?
            {
                match row {
                    Ok(row) => rows.push(row),
                    Err(error @ StoreError::BrokenRow { .. }) => broken.push(error),
                    Err(error) => return Err(error),
                }
            }
            Ok((rows, broken))
        })
    }

    /// Those of them that belong to a running command, or did, without the rows that cannot be
    /// read.
    pub fn owned(&self) -> Result<Vec<LeaseRow>, StoreError> {
        self.store.read(|db| {
            db.prepare_cached(OWNED)?
                .query_and_then([], LeaseRow::read)?
                .filter(|row| !matches!(row, Err(StoreError::BrokenRow { .. })))
                .collect()
        })
    }

    /// A page of leases, newest first, without the rows that cannot be read: see
    /// [`Self::open_readable`] for those.
    pub fn list_readable(&self, filter: &LeaseFilter) -> Result<Vec<LeaseRow>, StoreError> {
        self.store.read(|db| {
            let (sql, values) = page(filter);
            db.prepare_cached(&sql)?
                .query_and_then(bind(&values).as_slice(), LeaseRow::read)?
                .filter(|row| !matches!(row, Err(StoreError::BrokenRow { .. })))
                .collect()
        })
    }

    /// What is due when, for every lease that is not at rest, first expiry first.
    pub fn deadlines(&self) -> Result<Vec<Deadline>, StoreError> {
        self.store.read(|db| {
            db.prepare_cached(DEADLINES)?
                .query_and_then([], |row| {
                    let mut columns = Columns::new("leases", DEADLINE_COLUMNS, row);
                    Ok(Deadline {
                        lease_id: columns.text()?,
                        state: columns.word(LeaseState::parse)?,
                        expires_at: columns.moment()?,
                        next_attempt_at: columns.moment_or_null()?,
                        recheck_at: columns.moment_or_null()?,
                        claim_until: columns.moment_or_null()?,
                    })
                })?
                .collect()
        })
    }

    /// Open leases per dynamic secret; a secret without any is not listed.
    pub fn counts(&self) -> Result<Vec<SecretCounts>, StoreError> {
        self.store.read(|db| {
            db.prepare_cached(COUNTS)?
                .query_and_then([], |row| {
                    let mut columns = Columns::new("leases", COUNT_COLUMNS, row);
                    Ok(SecretCounts {
                        secret_id: columns.text()?,
                        open: columns.count()?,
                        active: columns.count()?,
                        next_expiry: columns.moment_or_null()?,
                    })
                })?
                .collect()
        })
    }

    /// Every IAM path that a lease of this connection was ever made under.
    pub fn paths_of_connection(&self, connection_id: &str) -> Result<Vec<String>, StoreError> {
        self.store.read(|db| {
            let mut statement = db.prepare_cached(PATHS)?;
            let paths =
                statement.query_map(&[(":connection_id", connection_id)], |row| row.get(0))?;
            Ok(paths.collect::<Result<_, _>>()?)
        })
    }

    /// How many leases of a connection are not at rest.
    pub fn open_of_connection(&self, connection_id: &str) -> Result<u32, StoreError> {
        self.store.read(|db| {
            Ok(db
                .prepare_cached(OF_CONNECTION)?
                .query_row(&[(":connection_id", connection_id)], |row| row.get(0))?)
        })
    }
}

#[cfg(test)]
mod tests;
