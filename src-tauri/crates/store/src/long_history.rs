//! A history that is long, and how much work a statement is on it: counted in SQLite's own steps.

use rusqlite::types::Value;
use rusqlite::{Connection, StatementStatus};

use crate::Store;
use crate::row::bind;

const OPEN_LEASES: i64 = 50;

/// A history of `ended` leases of two secrets, and then `OPEN_LEASES` open ones.
pub(crate) fn history(ended: i64) -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.db");
    let store = Store::open(&state).unwrap().store;
    store
        .write(|db| {
            db.execute_batch("DELETE FROM installation")?;
            db.execute_batch(include_str!("migrations/v9.sql"))?;
            db.execute_batch(
                "DELETE FROM leases; INSERT INTO secrets SELECT 'secret-2', environment_id, \
                 folder, 'deploy', connection_id, default_ttl_s, max_ttl_s, region, iam_path, \
                 boundary, groups, policy_arns, documents, username_template, tags, created_at, \
                 updated_at, deleting, pinned_at, credential FROM secrets",
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

/// How many of SQLite's own steps a statement takes.
pub(crate) fn steps<N: AsRef<str>>(db: &Connection, sql: &str, values: &[(N, Value)]) -> i32 {
    let mut statement = db.prepare(sql).unwrap();
    let mut rows = statement.query(bind(values).as_slice()).unwrap();
    while rows.next().unwrap().is_some() {}
    drop(rows);
    statement.get_status(StatementStatus::VmStep)
}
