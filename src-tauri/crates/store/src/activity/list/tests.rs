//! A long log costs no more than a short one: counted in SQLite's own steps, not in seconds.

use rusqlite::types::Value;
use rusqlite::{Connection, StatementStatus};

use super::*;
use crate::Store;

/// A log of `lines` lines about one lease in a hundred, one alarm in a thousand. The chain of it
/// does not verify; nobody asks it to.
fn log(lines: i64) -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("state.db")).unwrap().store;
    store
        .write(|db| {
            db.execute_batch("DROP TRIGGER activity_at_the_end")?;
            db.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :lines)
                 INSERT INTO activity SELECT
                    i, 1790000000000 + i * 1000, 'lease.retry', 'timer',
                    iif(i % 1000 = 0, 'alarm', 'failed'), 'lease-' || (i / 100),
                    iif(i % 2, 's3-upload', 'deploy'), iif(i % 2, 'main', 'other'), '123456789012',
                    'AWS denied the user lh-' || (i % 7) || '.',
                    json_array(json_array('iam:DeleteUser', 'user/lh-' || i, 'AccessDenied',
                        printf('%08x-0000-4000-8000-000000000000', i))),
                    zeroblob(32), iif(i % 2, 'id-1', 'id-2')
                 FROM n",
                &[(":lines", &lines)],
            )?;
            Ok(())
        })
        .unwrap();
    (folder, store)
}

fn steps(db: &Connection, filter: &ActivityFilter, newest_first: bool) -> i32 {
    let (sql, values): (String, Vec<(String, Value)>) = page(filter, newest_first, None, 100);
    let mut statement = db.prepare(&sql).unwrap();
    let mut rows = statement.query(bind(&values).as_slice()).unwrap();
    while rows.next().unwrap().is_some() {}
    drop(rows);
    statement.get_status(StatementStatus::VmStep)
}

#[test]
fn a_page_of_a_long_log_costs_as_much_as_one_of_a_short_log() {
    let (_short_folder, short) = log(4_000);
    let (_long_folder, long) = log(16_000);
    let some = |text: &str| Some(text.to_owned());
    let all = ActivityFilter::default();
    let filters = [
        all.clone(),
        ActivityFilter {
            lease_id: some("lease-7"),
            ..all.clone()
        },
        ActivityFilter {
            secret: some("deploy"),
            ..all.clone()
        },
        ActivityFilter {
            secret_id: some("id-2"),
            ..all.clone()
        },
        ActivityFilter {
            connection: some("main"),
            ..all.clone()
        },
        ActivityFilter {
            connection: some("no-such"),
            ..all.clone()
        },
        ActivityFilter {
            outcomes: vec!["failed".to_owned(), "alarm".to_owned()],
            ..all.clone()
        },
        ActivityFilter {
            search: some("denied"),
            ..all.clone()
        },
        ActivityFilter {
            search: some("no-such-word"),
            ..all.clone()
        },
        ActivityFilter {
            since: DateTime::from_timestamp_millis(1_790_000_000_000),
            ..all.clone()
        },
    ];
    for filter in filters {
        for newest_first in [true, false] {
            let count = |store: &Store| {
                let counted = store.read(|db| Ok(steps(db, &filter, newest_first)));
                counted.unwrap()
            };
            let (few, many) = (count(&short), count(&long));
            assert!(many <= few + 300, "{few} steps became {many}: {filter:?}");
        }
    }
}

#[test]
fn a_rare_outcome_and_a_far_time_walk_a_narrow_index_only() {
    let (_folder, store) = log(4_000);
    for filter in [
        ActivityFilter {
            outcomes: vec!["alarm".to_owned()],
            ..ActivityFilter::default()
        },
        ActivityFilter {
            until: DateTime::from_timestamp_millis(1_790_000_100_000),
            ..ActivityFilter::default()
        },
        ActivityFilter {
            since: DateTime::from_timestamp_millis(1_790_003_000_000),
            outcomes: vec!["alarm".to_owned(), "done".to_owned()],
            ..ActivityFilter::default()
        },
    ] {
        let (sql, values) = page(&filter, true, None, 100);
        let plan: Vec<String> = store
            .read(|db| {
                Ok(db
                    .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?
                    .query_map(bind(&values).as_slice(), |row| row.get(3))?
                    .collect::<Result<_, _>>()?)
            })
            .unwrap();
        let narrow = plan
            .iter()
            .any(|line| line.contains("USING COVERING INDEX activity_"));
        assert!(narrow, "{plan:#?}");
    }
}
