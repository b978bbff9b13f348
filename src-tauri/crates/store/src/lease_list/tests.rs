//! A long history costs no more than a short one: counted in SQLite's own steps, not in seconds.

use rusqlite::{Connection, StatementStatus};

use super::*;
use crate::Store;

const OPEN_LEASES: i64 = 50;

/// A history of `ended` leases of two secrets, and then `OPEN_LEASES` open ones.
fn history(ended: i64) -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.db");
    let store = Store::open(&state).unwrap().store;
    store
        .write(|db| {
            db.execute_batch("DELETE FROM installation")?;
            db.execute_batch(include_str!("../migrations/v5.sql"))?;
            db.execute_batch(
                "DELETE FROM leases; INSERT INTO secrets SELECT 'secret-2', environment_id, \
                 folder, 'deploy', connection_id, default_ttl_s, max_ttl_s, region, iam_path, \
                 boundary, groups, policy_arns, documents, username_template, tags, created_at, \
                 updated_at, deleting FROM secrets",
            )?;
            db.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :all)
                 INSERT INTO leases (
                    id, secret_id, secret_name, environment, folder, connection_id,
                    connection_name, practice, account_id, partition, region, iam_path, user_name,
                    user_arn, access_key_id, groups, policy_arns, documents, tags, default_ttl_s,
                    ttl_s, max_ttl_s, requested_by, installation, guards, state, created_at,
                    expires_at, max_expires_at, step, total_steps, attempts, notified_minutes, kept
                 ) SELECT
                    'lease-' || i, iif(i % 2, 'secret-1', 'secret-2'), 's3-upload', 'staging', '/',
                    'conn-1', 'main', 0, '123456789012', 'aws', 'us-east-1', '/leases/',
                    'user-' || i, 'arn:aws:iam::123456789012:user/leases/user-' || i,
                    printf('AKIA%016d', i), '[]', '[]', json_array(hex(zeroblob(500))), '[]', 3600,
                    3600, 28800, 'cli', 'abcd1234', '[]', iif(i <= :ended, 'revoked', 'active'),
                    1790000000000 + i * 1000, 1790003600000 + i * 1000, 1790028800000, 0, 6, 0,
                    '[]', 0
                 FROM n",
                &[(":all", &(ended + OPEN_LEASES)), (":ended", &ended)],
            )?;
            Ok(())
        })
        .unwrap();
    (folder, store)
}

fn steps(db: &Connection, sql: &str, values: &[(&'static str, Value)]) -> i32 {
    let mut statement = db.prepare(sql).unwrap();
    let mut rows = statement.query(bind(values).as_slice()).unwrap();
    while rows.next().unwrap().is_some() {}
    drop(rows);
    statement.get_status(StatementStatus::VmStep)
}

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
