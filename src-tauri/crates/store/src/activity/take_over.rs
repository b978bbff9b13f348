//! Takes the lease histories of older schemas over into the activity log, once.

use rusqlite::Transaction;
use rusqlite_migration::HookResult;

use super::{ActivityLine, append};
use crate::StoreError;
use crate::row::Columns;

/// In the order they were written. Whose lines they are cannot be known any more.
const OLD: &str = "SELECT e.id, e.at, e.kind, e.lease_id, l.secret_name, l.connection_name, \
                   l.account_id, e.text \
                   FROM lease_events AS e JOIN leases AS l ON l.id = e.lease_id ORDER BY e.id";
const OLD_COLUMNS: &[&str] = &[
    "id",
    "at",
    "kind",
    "lease_id",
    "secret_name",
    "connection_name",
    "account_id",
    "text",
];

/// The last part of the migration to schema 3.
pub(crate) fn take_over(db: &Transaction<'_>) -> HookResult {
    copy(db).map_err(|error| match error {
        StoreError::Failed(error) => error.into(),
        other => rusqlite_migration::HookError::Hook(other.to_string()),
    })?;
    db.execute_batch("DROP TABLE lease_events")?;
    Ok(())
}

fn copy(db: &Transaction<'_>) -> Result<(), StoreError> {
    let mut statement = db.prepare(OLD)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut columns = Columns::new("lease_events", OLD_COLUMNS, row);
        columns.number()?;
        let at = columns.moment()?;
        let kind = columns.text()?;
        let line = ActivityLine {
            at,
            outcome: outcome(&kind).to_owned(),
            kind: format!("lease.{kind}"),
            actor: "unknown".to_owned(),
            lease_id: columns.text_or_null()?,
            secret: columns.text_or_null()?,
            secret_id: None,
            connection: columns.text_or_null()?,
            account_id: columns.text_or_null()?,
            text: columns.text()?,
            calls: Vec::new(),
        };
        append(db, &line)?;
    }
    Ok(())
}

/// As the engine of that time would have said.
fn outcome(kind: &str) -> &'static str {
    match kind {
        "recorded" | "renewing" | "revoking" => "begun",
        "retry" | "renewal_failed" => "failed",
        "drift" => "alarm",
        _ => "done",
    }
}
