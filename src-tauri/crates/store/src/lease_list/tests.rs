//! A long history costs no more than a short one: counted in SQLite's own steps, not in seconds.

use rusqlite::Connection;

use super::*;
use crate::Store;
use crate::long_history::{history, steps};

fn steps_of_page(db: &Connection, filter: &LeaseFilter) -> i32 {
    let (sql, values) = page(filter);
    steps(db, &sql, &values)
}

#[test]
fn the_first_page_of_a_long_history_costs_as_much_as_that_of_a_short_one() {
    let (_short_folder, short) = history(1_000);
    let (_long_folder, long) = history(8_000);
    let first = LeaseFilter {
        limit: Some(100),
        ..LeaseFilter::default()
    };
    let filters = [
        first.clone(),
        LeaseFilter {
            secret_id: Some("secret-2".to_owned()),
            ..first.clone()
        },
        LeaseFilter {
            open_only: true,
            ..first.clone()
        },
        LeaseFilter {
            open_only: true,
            states: vec![LeaseState::Active],
            ..first.clone()
        },
        LeaseFilter {
            search: Some("user".to_owned()),
            ..first.clone()
        },
        LeaseFilter {
            search: Some("er".to_owned()),
            ..first.clone()
        },
        LeaseFilter {
            search: Some("no-such".to_owned()),
            ..first
        },
    ];
    for filter in filters {
        let count = |store: &Store| store.read(|db| Ok(steps_of_page(db, &filter))).unwrap();
        let (few, many) = (count(&short), count(&long));
        assert!(many <= few + 200, "{few} steps became {many}: {filter:?}");
    }
    for sql in [OPEN, DEADLINES, COUNTS, OF_CONNECTION] {
        let values: &[(&'static str, Value)] = match sql {
            OF_CONNECTION => &[(":connection_id", Value::Null)],
            _ => &[],
        };
        let count = |store: &Store| store.read(|db| Ok(steps(db, sql, values))).unwrap();
        let (few, many) = (count(&short), count(&long));
        assert!(many <= few + 200, "{few} steps became {many}: {sql}");
    }
}

#[test]
fn a_page_far_back_and_a_rare_state_walk_the_narrow_index_only() {
    let (_folder, store) = history(8_000);
    let first = LeaseFilter {
        limit: Some(100),
        ..LeaseFilter::default()
    };
    for filter in [
        LeaseFilter {
            offset: 7_000,
            ..first.clone()
        },
        LeaseFilter {
            states: vec![LeaseState::Failed],
            ..first.clone()
        },
        LeaseFilter {
            search: Some("zq".to_owned()),
            ..first
        },
    ] {
        let (sql, values) = page(&filter);
        let plan: Vec<String> = store
            .read(|db| {
                Ok(db
                    .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?
                    .query_map(bind(&values).as_slice(), |row| row.get(3))?
                    .collect::<Result<_, _>>()?)
            })
            .unwrap();
        assert!(
            plan.iter()
                .any(|line| line.contains("USING COVERING INDEX leases_newest")),
            "{plan:#?}"
        );
    }
}
