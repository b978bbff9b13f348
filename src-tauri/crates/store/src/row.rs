//! Reads rows with distrust: a value that cannot be is an error that names table and row.

use chrono::{DateTime, Utc};
use rusqlite::Row;
use rusqlite::types::{FromSql, ToSql, Value, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StoreError;

/// A moment as it is stored.
pub(crate) fn millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

/// A list as it is stored.
pub(crate) fn json<T: Serialize + ?Sized>(list: &T) -> Result<String, StoreError> {
    serde_json::to_string(list)
        .map_err(|e| StoreError::Failed(rusqlite::Error::ToSqlConversionFailure(Box::new(e))))
}

/// A count as it is stored; SQLite's integers end at 2^63.
pub(crate) fn integer(count: u64) -> Result<i64, StoreError> {
    i64::try_from(count)
        .map_err(|e| StoreError::Failed(rusqlite::Error::ToSqlConversionFailure(Box::new(e))))
}

/// Named values in the form that rusqlite takes.
pub(crate) fn bind<N: AsRef<str>>(values: &[(N, Value)]) -> Vec<(&str, &dyn ToSql)> {
    values
        .iter()
        .map(|(name, value)| (name.as_ref(), value as &dyn ToSql))
        .collect()
}

/// Walks the columns of one row from left to right.
pub(crate) struct Columns<'r, 'stmt> {
    row: &'r Row<'stmt>,
    table: &'static str,
    names: &'static [&'static str],
    next: usize,
}

impl<'r, 'stmt> Columns<'r, 'stmt> {
    /// Starts at the first column, which is the row's id. `names` are the columns selected.
    pub(crate) fn new(
        table: &'static str,
        names: &'static [&'static str],
        row: &'r Row<'stmt>,
    ) -> Self {
        Self {
            row,
            table,
            names,
            next: 0,
        }
    }

    /// The error that says what is wrong with the column that was just read.
    pub(crate) fn broken(&self, what: impl std::fmt::Display) -> StoreError {
        let column = self
            .names
            .get(self.next.saturating_sub(1))
            .copied()
            .unwrap_or("?");
        let id = match self.row.get_ref(0) {
            Ok(ValueRef::Text(text)) => String::from_utf8_lossy(text).into_owned(),
            Ok(ValueRef::Integer(number)) => number.to_string(),
            _ => "?".to_owned(),
        };
        StoreError::BrokenRow {
            table: self.table,
            id,
            what: format!("{column}: {what}"),
        }
    }

    fn take<T: FromSql>(&mut self) -> Result<T, StoreError> {
        let at = self.next;
        self.next += 1;
        self.row.get(at).map_err(|e| match e {
            rusqlite::Error::SqliteFailure(..) => e.into(),
            other => self.broken(other),
        })
    }

    pub(crate) fn text(&mut self) -> Result<String, StoreError> {
        self.take()
    }

    pub(crate) fn text_or_null(&mut self) -> Result<Option<String>, StoreError> {
        self.take()
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        self.take()
    }

    pub(crate) fn bytes_or_null<const N: usize>(&mut self) -> Result<Option<[u8; N]>, StoreError> {
        self.take()
    }

    pub(crate) fn number(&mut self) -> Result<i64, StoreError> {
        self.take()
    }

    pub(crate) fn count<T: TryFrom<i64>>(&mut self) -> Result<T, StoreError> {
        let number = self.number()?;
        T::try_from(number).map_err(|_| self.broken(format_args!("{number} is out of range")))
    }

    pub(crate) fn count_or_null<T: TryFrom<i64>>(&mut self) -> Result<Option<T>, StoreError> {
        let Some(number) = self.take::<Option<i64>>()? else {
            return Ok(None);
        };
        T::try_from(number)
            .map(Some)
            .map_err(|_| self.broken(format_args!("{number} is out of range")))
    }

    pub(crate) fn flag(&mut self) -> Result<bool, StoreError> {
        match self.number()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(self.broken(format_args!("{other} is neither 0 nor 1"))),
        }
    }

    pub(crate) fn moment(&mut self) -> Result<DateTime<Utc>, StoreError> {
        let number = self.number()?;
        self.as_moment(number)
    }

    pub(crate) fn moment_or_null(&mut self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let Some(number) = self.take::<Option<i64>>()? else {
            return Ok(None);
        };
        self.as_moment(number).map(Some)
    }

    fn as_moment(&self, number: i64) -> Result<DateTime<Utc>, StoreError> {
        DateTime::from_timestamp_millis(number)
            .ok_or_else(|| self.broken(format_args!("{number} is not a moment")))
    }

    pub(crate) fn json<T: DeserializeOwned>(&mut self) -> Result<T, StoreError> {
        let text = self.text()?;
        serde_json::from_str(&text).map_err(|e| self.broken(e))
    }

    /// A list of moments, stored as milliseconds.
    pub(crate) fn moments(&mut self) -> Result<Vec<DateTime<Utc>>, StoreError> {
        let numbers: Vec<i64> = self.json()?;
        numbers.into_iter().map(|n| self.as_moment(n)).collect()
    }

    /// A word out of a closed list.
    pub(crate) fn word<T>(&mut self, parse: impl Fn(&str) -> Option<T>) -> Result<T, StoreError> {
        let text = self.text()?;
        parse(&text).ok_or_else(|| self.broken(format_args!("{text:?} is not known")))
    }

    /// A word out of a closed list, or nothing.
    pub(crate) fn word_or_null<T>(
        &mut self,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        let Some(text) = self.text_or_null()? else {
            return Ok(None);
        };
        parse(&text)
            .map(Some)
            .ok_or_else(|| self.broken(format_args!("{text:?} is not known")))
    }
}
