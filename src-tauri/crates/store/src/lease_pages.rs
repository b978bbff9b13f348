//! Pages of the lease history in whatever order, each from a mark on: a page far back costs what the
//! first one does, and rows that come in between move none.

use rusqlite::types::Value;

use crate::lease_row::{LeaseRow, select_leases};
use crate::row::bind;
use crate::{Leases, StoreError};

/// A page by a narrow index first, then its rows one by one: the rows are wide.
const ROW: &str = select_leases!("WHERE seq = :seq");
/// From here on a word is searched for over the search index.
const INDEXED_SEARCH: usize = 3;
/// So many matches of a search are counted; finding out how many more there are takes long.
pub const COUNTED_MATCHES: u64 = 10_000;
const SEARCHED: [&str; 4] = ["user_name", "access_key_id", "label", "secret_name"];
const AT_REST: &str = "state IN ('revoked', 'expired', 'failed', 'forgotten')";

/// Which leases of the history.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LeaseSet {
    /// All there ever were.
    #[default]
    All,
    /// Those at rest.
    Ended,
    /// Those that a person should look at.
    Attention,
}

/// In which order. Each ends with the order in which leases were recorded, so that no two rows
/// stand at the same place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LeaseOrder {
    /// When it was recorded.
    #[default]
    Recorded,
    /// Dynamic secret, then user name.
    Name,
    /// How much it needs a person, then when it ends or ended.
    Gravity,
    /// When it ended, or will.
    End,
}

/// A place between two rows of an order: the row's keys in that order.
#[derive(Debug, Clone, PartialEq)]
pub struct LeaseMark(Vec<Value>);

/// Which page to read. The default is the newest rows of all, without end.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LeasePageFilter {
    /// Which leases.
    pub set: LeaseSet,
    /// Only those made from this dynamic secret.
    pub secret_id: Option<String>,
    /// Only those made over the connection of this name.
    pub connection: Option<String>,
    /// Only those of the environment of this name.
    pub environment: Option<String>,
    /// Only those with each of these words in user name, key id, label or secret name, without
    /// regard to case.
    pub search: Option<String>,
    /// In which order.
    pub order: LeaseOrder,
    /// From the first to the last, instead of the last to the first.
    pub ascending: bool,
    /// Only what comes after this.
    pub after: Option<LeaseMark>,
    /// Only what comes before this, nearest last.
    pub before: Option<LeaseMark>,
    /// At most so many.
    pub limit: u32,
}

/// A page of leases.
#[derive(Debug, Clone, PartialEq)]
pub struct LeaseRows {
    /// In the order asked for, without the rows that cannot be read.
    pub rows: Vec<LeaseRow>,
    /// Where the page begins and ends; none where it is empty.
    pub ends: Option<(LeaseMark, LeaseMark)>,
    /// There is more on the far side.
    pub more: bool,
}

impl LeaseOrder {
    /// Whether each key is a text.
    fn keys(self, searching: bool) -> &'static [(&'static str, bool)] {
        match self {
            // The search index is walked from its newest row on, so a page costs a page.
            Self::Recorded if searching => &[("lease_search.rowid", false)],
            Self::Recorded => &[("created_at", false), ("seq", false)],
            Self::Name => &[("secret_name", true), ("user_name", true), ("seq", false)],
            Self::Gravity => &[("gravity", false), ("over_at", false), ("seq", false)],
            Self::End => &[("over_at", false), ("seq", false)],
        }
    }

    fn index(self) -> &'static str {
        match self {
            Self::Recorded => "leases INDEXED BY leases_newest",
            Self::Name => "leases INDEXED BY leases_by_name",
            Self::Gravity => "leases INDEXED BY leases_by_gravity",
            Self::End => "leases INDEXED BY leases_by_end",
        }
    }
}

impl LeaseMark {
    /// Reads what [`Self::text`] wrote; nothing where it is no mark of the order that `filter` asks
    /// for.
    #[must_use]
    pub fn parse(text: &str, filter: &LeasePageFilter) -> Option<Self> {
        let found: Vec<serde_json::Value> = serde_json::from_str(text).ok()?;
        let keys = filter.order.keys(Search::of(filter).is_indexed());
        if found.len() != keys.len() {
            return None;
        }
        let values = found.into_iter().zip(keys).map(|(value, (_, is_text))| {
            Some(match (value, is_text) {
                (serde_json::Value::String(text), true) => Value::Text(text),
                (serde_json::Value::Number(number), false) => Value::Integer(number.as_i64()?),
                _ => return None,
            })
        });
        values.collect::<Option<_>>().map(Self)
    }

    /// For whoever asks for the page beside it.
    #[must_use]
    pub fn text(&self) -> String {
        let values = self.0.iter().map(|value| match value {
            Value::Text(text) => text.as_str().into(),
            Value::Integer(number) => (*number).into(),
            _ => serde_json::Value::Null,
        });
        serde_json::Value::Array(values.collect()).to_string()
    }
}

/// The words of a search: the long ones over the index, the short ones by looking.
struct Search {
    indexed: Vec<String>,
    short: Vec<String>,
}

impl Search {
    fn of(filter: &LeasePageFilter) -> Self {
        let text = filter
            .search
            .as_deref()
            .unwrap_or_default()
            .replace('\0', "");
        let (indexed, short) = text
            .split_whitespace()
            .map(str::to_owned)
            .partition(|word| word.chars().count() >= INDEXED_SEARCH);
        Self { indexed, short }
    }

    fn is_indexed(&self) -> bool {
        !self.indexed.is_empty()
    }

    fn is_empty(&self) -> bool {
        self.indexed.is_empty() && self.short.is_empty()
    }

    /// Each word is a phrase; all of them must be there.
    fn phrases(&self) -> String {
        let quoted = self
            .indexed
            .iter()
            .map(|word| format!("\"{}\"", word.replace('"', "\"\"")));
        quoted.collect::<Vec<_>>().join(" AND ")
    }

    /// Short words in any of the columns, as conditions and what they are bound to.
    fn likes(&self) -> (Vec<String>, Vec<(String, Value)>) {
        let named = self.short.iter().enumerate().map(|(index, word)| {
            let name = format!(":short{index}");
            let any = SEARCHED.map(|column| format!("leases.{column} LIKE {name} ESCAPE '\\'"));
            let escaped = word
                .replace('\\', "\\\\")
                .replace('%', "\\%")
                .replace('_', "\\_");
            (
                format!("({})", any.join(" OR ")),
                (name, format!("%{escaped}%").into()),
            )
        });
        named.unzip()
    }
}

/// The part of a query that the filter decides, but for its mark.
struct Selection {
    from: String,
    conditions: Vec<String>,
    values: Vec<(String, Value)>,
}

fn select(filter: &LeasePageFilter) -> Selection {
    let search = Search::of(filter);
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    let mut from = match (filter.set, filter.order, &filter.secret_id) {
        (LeaseSet::Attention, ..) => "leases INDEXED BY leases_attention",
        // A secret's own index knows neither connection nor environment; who asks for one secret
        // asks for none of them.
        (_, LeaseOrder::Recorded, Some(_)) => "leases INDEXED BY leases_secret",
        (_, order, _) => order.index(),
    }
    .to_owned();
    match filter.set {
        LeaseSet::All => {}
        LeaseSet::Ended => conditions.push(AT_REST.to_owned()),
        LeaseSet::Attention => conditions.push("attention = 1".to_owned()),
    }
    for (column, wanted) in [
        ("secret_id", &filter.secret_id),
        ("connection_name", &filter.connection),
        ("environment", &filter.environment),
    ] {
        if let Some(wanted) = wanted {
            conditions.push(format!("leases.{column} = :{column}"));
            values.push((format!(":{column}"), wanted.clone().into()));
        }
    }
    if !search.is_empty() {
        let (likes, bound) = search.likes();
        values.extend(bound);
        if search.is_indexed() {
            values.push((":phrases".into(), search.phrases().into()));
        }
        match (filter.order, search.is_indexed()) {
            (LeaseOrder::Recorded, true) => {
                from = "lease_search CROSS JOIN leases ON seq = lease_search.rowid".to_owned();
                conditions.push("lease_search MATCH :phrases".to_owned());
                conditions.extend(likes);
            }
            (LeaseOrder::Recorded, false) => {
                // The columns that are searched are in this one.
                from = LeaseOrder::Recorded.index().to_owned();
                conditions.extend(likes);
            }
            // The found ones beforehand, so that the walk in this order stays narrow.
            (_, is_indexed) => {
                let found = match is_indexed {
                    true => "SELECT rowid FROM lease_search WHERE lease_search MATCH :phrases",
                    false => "SELECT seq FROM leases INDEXED BY leases_newest WHERE true",
                };
                if is_indexed {
                    conditions.push(format!("leases.seq IN ({found})"));
                    conditions.extend(likes);
                } else {
                    let likes = likes.join(" AND ");
                    conditions.push(format!("leases.seq IN ({found} AND {likes})"));
                }
            }
        }
    }
    Selection {
        from,
        conditions,
        values,
    }
}

fn where_clause(conditions: &[String]) -> String {
    match conditions.is_empty() {
        true => String::new(),
        false => format!("WHERE {}", conditions.join(" AND ")),
    }
}

/// The query of a page: its keys alone, and one row more than is wanted.
fn page(filter: &LeasePageFilter) -> (String, Vec<(String, Value)>) {
    let mut chosen = select(filter);
    let keys = filter.order.keys(Search::of(filter).is_indexed());
    let columns = keys.iter().map(|(column, _)| *column).collect::<Vec<_>>();
    let mark = filter.before.as_ref().or(filter.after.as_ref());
    // Backwards is the other way round, and turned over by whoever reads it.
    let up = filter.ascending == filter.before.is_none();
    if let Some(LeaseMark(values)) = mark {
        let names: Vec<_> = (0..values.len()).map(|n| format!(":key{n}")).collect();
        let side = if up { ">" } else { "<" };
        chosen.conditions.push(format!(
            "({}) {side} ({})",
            columns.join(", "),
            names.join(", ")
        ));
        chosen
            .values
            .extend(names.into_iter().zip(values.iter().cloned()));
    }
    let way = if up { "ASC" } else { "DESC" };
    let order: Vec<_> = columns
        .iter()
        .map(|column| format!("{column} {way}"))
        .collect();
    chosen
        .values
        .push((":limit".into(), (i64::from(filter.limit) + 1).into()));
    let sql = format!(
        "SELECT leases.seq, {} FROM {} {} ORDER BY {} LIMIT :limit",
        columns.join(", "),
        chosen.from,
        where_clause(&chosen.conditions),
        order.join(", "),
    );
    (sql, chosen.values)
}

/// Those at rest are the others than the open ones, which are few and have an index of their own.
const ENDED: &str = "SELECT (SELECT COUNT(*) FROM leases) - \
                     (SELECT COUNT(*) FROM leases INDEXED BY leases_open WHERE at_rest = 0)";

fn count(filter: &LeasePageFilter) -> (String, Vec<(String, Value)>) {
    let unfiltered = LeasePageFilter {
        set: filter.set,
        ..LeasePageFilter::default()
    };
    let is_plain = select(filter).conditions == select(&unfiltered).conditions;
    if filter.set == LeaseSet::Ended && is_plain {
        return (ENDED.to_owned(), Vec::new());
    }
    let mut chosen = select(&LeasePageFilter {
        order: LeaseOrder::Recorded,
        ..filter.clone()
    });
    if Search::of(filter).is_empty() {
        let conditions = where_clause(&chosen.conditions);
        let sql = format!("SELECT COUNT(*) FROM {} {conditions}", chosen.from);
        return (sql, chosen.values);
    }
    let most = i64::try_from(COUNTED_MATCHES).unwrap_or(i64::MAX);
    chosen.values.push((":most".into(), most.into()));
    let sql = format!(
        "SELECT COUNT(*) FROM (SELECT 1 FROM {} {} LIMIT :most)",
        chosen.from,
        where_clause(&chosen.conditions),
    );
    (sql, chosen.values)
}

impl Leases<'_> {
    /// A page of the history.
    pub fn page(&self, filter: &LeasePageFilter) -> Result<LeaseRows, StoreError> {
        self.store.read(|db| {
            let (sql, values) = page(filter);
            let mut found: Vec<(i64, LeaseMark)> = db
                .prepare_cached(&sql)?
                .query_map(bind(&values).as_slice(), |row| {
                    let keys = 1..row.as_ref().column_count();
                    let mark = keys.map(|at| row.get(at)).collect::<Result<_, _>>()?;
                    Ok((row.get(0)?, LeaseMark(mark)))
                })?
                .collect::<Result<_, _>>()?;
            let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
            let more = found.len() > limit;
            found.truncate(limit);
            if filter.before.is_some() {
                found.reverse();
            }
            let mut rows = Vec::with_capacity(found.len());
            let mut statement = db.prepare_cached(ROW)?;
            for (seq, _) in &found {
                let mut one = statement.query(&[(":seq", seq)])?;
                match one.next()?.map(LeaseRow::read) {
                    Some(Ok(row)) => rows.push(row),
                    // What is wrong with it is told elsewhere.
                    None | Some(Err(StoreError::BrokenRow { .. })) => {}
                    Some(Err(error)) => return Err(error),
                }
            }
            let first = found.first().map(|(_, mark)| mark.clone());
            let last = found.pop().map(|(_, mark)| mark);
            Ok(LeaseRows {
                rows,
                ends: first.zip(last),
                more,
            })
        })
    }

    /// How many leases the filter lets through, whatever page it asks for. A search counts up to
    /// [`COUNTED_MATCHES`].
    pub fn count_of(&self, filter: &LeasePageFilter) -> Result<u64, StoreError> {
        self.store.read(|db| {
            let (sql, values) = count(filter);
            let count: i64 = db
                .prepare_cached(&sql)?
                .query_row(bind(&values).as_slice(), |row| row.get(0))?;
            Ok(count.unsigned_abs())
        })
    }
}

#[cfg(test)]
mod tests;
