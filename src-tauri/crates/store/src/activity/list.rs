//! Pages of the log: newest first for people, oldest first to be taken along.

use chrono::{DateTime, Utc};
use rusqlite::types::Value;

use super::{Activity, ActivityRow, read, select_activity};
use crate::StoreError;
use crate::row::{bind, millis};

/// A page by a narrow index first, then its lines: the lines are wide.
const NEWEST_FIRST: (&str, &str) = (select_activity!("WHERE seq IN ("), "DESC");
const OLDEST_FIRST: (&str, &str) = (select_activity!("WHERE seq IN ("), "ASC");
/// From here on the search runs over its own index.
const INDEXED_SEARCH: usize = 3;
const SEARCHED: [&str; 8] = [
    "kind",
    "actor",
    "lease_id",
    "secret",
    "connection",
    "account_id",
    "text",
    "calls",
];

/// Which lines to list. The default is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActivityFilter {
    /// Not older than this.
    pub since: Option<DateTime<Utc>>,
    /// Not newer than this.
    pub until: Option<DateTime<Utc>>,
    /// Only of this lease.
    pub lease_id: Option<String>,
    /// Only over the connection of this name.
    pub connection: Option<String>,
    /// Only of the dynamic secret of this name.
    pub secret: Option<String>,
    /// Only of the dynamic secret of this id. Lines from before schema 7 have none.
    pub secret_id: Option<String>,
    /// Only with one of these outcomes; empty is any.
    pub outcomes: Vec<String>,
    /// Only with this text in it, without regard to case.
    pub search: Option<String>,
}

/// The query of a page: lines on the far side of `edge`, at most `limit`.
pub(super) fn page(
    filter: &ActivityFilter,
    newest_first: bool,
    edge: Option<i64>,
    limit: u32,
) -> (String, Vec<(String, Value)>) {
    let mut from = "activity";
    let mut key = "seq";
    let mut conditions = Vec::new();
    let mut values: Vec<(String, Value)> = vec![(":limit".into(), i64::from(limit).into())];
    let search = filter.search.as_deref().map(str::trim).unwrap_or_default();
    let search = search.replace('\0', "");
    if search.chars().count() >= INDEXED_SEARCH {
        from = "activity_search CROSS JOIN activity ON activity.seq = activity_search.rowid";
        key = "activity_search.rowid";
        conditions.push("activity_search MATCH :trigrams".to_owned());
        values.push((":trigrams".into(), trigrams(&search).into()));
    }
    if !search.is_empty() {
        let like = |column| format!("activity.{column} LIKE :search ESCAPE '\\'");
        conditions.push(format!("({})", SEARCHED.map(like).join(" OR ")));
        let escaped = search
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_");
        values.push((":search".into(), format!("%{escaped}%").into()));
    }
    if let Some(edge) = edge {
        let side = if newest_first { "<" } else { ">" };
        conditions.push(format!("{key} {side} :edge"));
        values.push((":edge".into(), edge.into()));
    }
    for (column, wanted) in [
        ("lease_id", &filter.lease_id),
        ("connection", &filter.connection),
        ("secret", &filter.secret),
        ("secret_id", &filter.secret_id),
    ] {
        if let Some(wanted) = wanted {
            conditions.push(format!("activity.{column} = :{column}"));
            values.push((format!(":{column}"), wanted.clone().into()));
        }
    }
    for (side, name, moment) in [
        (">=", ":since", filter.since),
        ("<=", ":until", filter.until),
    ] {
        if let Some(moment) = moment {
            conditions.push(format!("at {side} {name}"));
            values.push((name.into(), millis(moment).into()));
        }
    }
    if !filter.outcomes.is_empty() {
        let mut names = Vec::new();
        for (index, outcome) in filter.outcomes.iter().enumerate() {
            let name = format!(":outcome{index}");
            values.push((name.clone(), outcome.clone().into()));
            names.push(name);
        }
        conditions.push(format!("outcome IN ({})", names.join(", ")));
    }
    let conditions = match conditions.is_empty() {
        true => String::new(),
        false => format!("WHERE {}", conditions.join(" AND ")),
    };
    let (select, order) = if newest_first {
        NEWEST_FIRST
    } else {
        OLDEST_FIRST
    };
    let sql = format!(
        "{select}SELECT {key} FROM {from} {conditions} ORDER BY {key} {order} LIMIT :limit) \
         ORDER BY seq {order}"
    );
    (sql, values)
}

/// Every three characters in a row; the index has no positions, so the order is for `LIKE` to see.
fn trigrams(search: &str) -> String {
    let letters: Vec<char> = search.chars().collect();
    let mut all: Vec<String> = letters
        .windows(INDEXED_SEARCH)
        .map(|three| format!("\"{}\"", String::from_iter(three).replace('"', "\"\"")))
        .collect();
    all.sort();
    all.dedup();
    all.join(" AND ")
}

impl Activity<'_> {
    /// A page of lines before the line `before`, newest first.
    pub fn newest(
        &self,
        filter: &ActivityFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<ActivityRow>, StoreError> {
        self.rows(page(filter, true, before, limit))
    }

    /// A page of lines after the line `after`, oldest first.
    pub fn oldest(
        &self,
        filter: &ActivityFilter,
        after: i64,
        limit: u32,
    ) -> Result<Vec<ActivityRow>, StoreError> {
        self.rows(page(filter, false, Some(after), limit))
    }

    fn rows(
        &self,
        (sql, values): (String, Vec<(String, Value)>),
    ) -> Result<Vec<ActivityRow>, StoreError> {
        self.store.read(|db| {
            db.prepare_cached(&sql)?
                .query_and_then(bind(&values).as_slice(), read)?
                .collect()
        })
    }
}

#[cfg(test)]
mod tests;
