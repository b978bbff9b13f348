//! Every older schema comes up with its rows, a copy stays behind, a failure changes nothing.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use super::{History, all, steps};
use crate::open::open_with;
use crate::{LeaseFilter, LeaseOrder, LeasePageFilter, Standing, Store, StoreError, files};

/// What a state of each older schema held, from schema 1 on. A new schema adds a line.
const CONTENTS: &[&str] = &[
    include_str!("v1.sql"),
    include_str!("v2.sql"),
    include_str!("v3.sql"),
    include_str!("v4.sql"),
    include_str!("v5.sql"),
    include_str!("v6.sql"),
    include_str!("v7.sql"),
    include_str!("v8.sql"),
    include_str!("v9.sql"),
];

fn state_of_version(folder: &Path, version: usize) -> PathBuf {
    let state = folder.join("state.db");
    let mut db = Connection::open(&state).unwrap();
    db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))
        .unwrap();
    all().steps.to_version(&mut db, version).unwrap();
    db.execute_batch(CONTENTS[version - 1]).unwrap();
    state
}

/// Today's history and one more step.
fn with_step(sql: &'static str) -> History {
    let steps: Vec<_> = steps().into_iter().chain([M::up(sql)]).collect();
    History {
        latest: steps.len(),
        steps: Migrations::new(steps),
    }
}

fn expect_content(store: &Store) {
    assert_eq!(store.installation().unwrap(), "abcd1234");
    assert_eq!(
        store.settings().get("theme").unwrap().as_deref(),
        Some("dark")
    );
    assert_eq!(
        store.connections().by_name("main").unwrap().unwrap().id,
        "conn-1"
    );
    assert_eq!(store.secrets().all().unwrap()[0].environment, "staging");
    let search = Some("leased".to_owned());
    let found = store
        .leases()
        .list(&LeaseFilter {
            search,
            ..LeaseFilter::default()
        })
        .unwrap();
    assert_eq!((found[0].id.as_str(), found[0].generation), ("lease-1", 3));
    assert_eq!(store.leases().open().unwrap(), found);
    for order in [LeaseOrder::End, LeaseOrder::Gravity, LeaseOrder::Name] {
        let first = LeasePageFilter {
            order,
            limit: 1,
            ..LeasePageFilter::default()
        };
        assert_eq!(store.leases().page(&first).unwrap().rows, found);
    }
    let history = store.leases().events("lease-1").unwrap();
    assert_eq!(history[0].line.kind, "lease.active");
    assert_eq!(history[0].line.connection.as_deref(), Some("main"));
    let verdict = store.activity().verify().unwrap();
    assert_eq!((verdict.entries, verdict.fault), (1, None));
    assert!(store.kept_keys().get("lease-1").unwrap().is_some());
}

#[test]
fn every_older_schema_has_its_content_here() {
    assert_eq!(
        CONTENTS.len(),
        steps().len(),
        "add src/migrations/v<N>.sql for the new schema"
    );
}

#[test]
fn the_migrations_are_valid() {
    all().steps.validate().unwrap();
}

#[test]
fn every_older_schema_is_brought_up_with_all_its_rows() {
    for version in 1..=steps().len() {
        let folder = tempfile::tempdir().unwrap();
        let state = state_of_version(folder.path(), version);
        let opened = Store::open(&state).unwrap();
        assert_eq!(opened.notice, None);
        expect_content(&opened.store);
    }
}

#[test]
fn what_is_there_already_gets_its_place_in_every_order() {
    for version in 1..=steps().len() {
        let folder = tempfile::tempdir().unwrap();
        let state = state_of_version(folder.path(), version);
        let store = Store::open(&state).unwrap().store;
        let place: (i64, i64, i64) = store
            .read(|db| {
                let sql = "SELECT over_at = expires_at, gravity, attention FROM leases";
                Ok(db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?)
            })
            .unwrap();
        // From schema 2 on the end of the one that is there was asked for.
        let gravity = if version == 1 { 5 } else { 3 };
        assert_eq!(place, (1, gravity, 0), "schema {version}");
    }
}

#[test]
fn who_may_ask_for_leases_comes_up_too() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&state_of_version(folder.path(), 6))
        .unwrap()
        .store;
    let method = store.auth_methods().find("/ci/runners").unwrap().unwrap();
    assert!(method.enabled && method.protected);
    let role = store.access_roles().by_name("deployers").unwrap().unwrap();
    assert_eq!(store.access_rules().of_role(&role.id).unwrap().len(), 1);
    let ways = store
        .role_associations()
        .of_method(&method.access_id)
        .unwrap();
    assert_eq!(ways[0].role_id, role.id);
    assert_eq!(store.used_identities().newest().unwrap(), 1);
    let known = store.principals().all().unwrap();
    assert_eq!(known[0].standing, Standing::Seen);
    assert!(store.sessions().get(&[2; 32]).unwrap().is_some());
}

#[test]
fn whom_leases_were_made_for_comes_up_too() {
    let folder = tempfile::tempdir().unwrap();
    let state = state_of_version(folder.path(), steps().len());
    let store = Store::open(&state).unwrap().store;
    let caller = store.lease_callers().get("lease-1").unwrap().unwrap();
    assert_eq!(caller.claims["role_name"], "dev-ops");
    let open = |stable_id: Option<&str>| {
        let callers = store.lease_callers();
        let identity = stable_id.map(|id| (caller.asserted_by.as_str(), id));
        callers.open_of("p-abcdefgh234567", identity).unwrap()
    };
    assert_eq!(open(None), ["lease-1"]);
    assert_eq!(open(Some("AROAEXAMPLE")), ["lease-1"]);
    assert!(open(Some("AROAANOTHER")).is_empty());
    let newest = |arn: &str, most| {
        let callers = store.lease_callers();
        let found = callers.newest_of("p-abcdefgh234567", "AROAEXAMPLE", arn, most);
        found.unwrap().len()
    };
    assert_eq!(newest(&caller.arn, 5), 1);
    assert_eq!(newest(&caller.arn, 0), 0);
    assert_eq!(
        newest("arn:aws:sts::123456789012:assumed-role/dev-ops/i-2", 5),
        0
    );
}

#[test]
fn what_was_there_before_sessions_is_of_iam_users_and_expired_is_at_rest() {
    for version in 1..=steps().len() {
        let folder = tempfile::tempdir().unwrap();
        let state = state_of_version(folder.path(), version);
        let store = Store::open(&state).unwrap().store;
        let lease = store.leases().by_id("lease-1").unwrap().unwrap();
        let secret = store.secrets().by_id("secret-1").unwrap().unwrap();
        let is_new = version == steps().len();
        assert_eq!(lease.credential.is_session(), is_new, "schema {version}");
        assert_eq!(secret.credential.is_session(), is_new, "schema {version}");
        assert_eq!(lease.cut_policy.is_some(), is_new, "schema {version}");
        let gravity = store
            .write(|db| {
                db.execute_batch("UPDATE leases SET state = 'expired'")?;
                Ok(db.query_row("SELECT gravity FROM leases", [], |row| row.get(0))?)
            })
            .unwrap();
        assert_eq!((gravity, store.leases().open().unwrap().len()), (9_i64, 0));
    }
}

#[test]
fn a_copy_of_the_older_state_stays_behind() {
    let folder = tempfile::tempdir().unwrap();
    let state = state_of_version(folder.path(), steps().len());
    let next = with_step("CREATE TABLE later (x TEXT) STRICT");
    let copy = files::beside(&state, &format!("before-v{}", next.latest));

    for _ in 0..2 {
        let store = open_with(&state, &next).unwrap().store;
        expect_content(&store);
        store
            .read(|db| Ok(db.execute_batch("SELECT x FROM later")?))
            .unwrap();
    }
    let made = copy.metadata().unwrap().modified().unwrap();
    drop(open_with(&state, &next).unwrap());
    assert_eq!(
        copy.metadata().unwrap().modified().unwrap(),
        made,
        "one copy per migration"
    );

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    let restored = folder.path().join("restored.db");
    std::fs::copy(&copy, &restored).unwrap();
    expect_content(&Store::open(&restored).unwrap().store);
}

#[test]
fn a_fresh_state_leaves_no_copy() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.db");
    drop(Store::open(&state).unwrap());
    let copies = std::fs::read_dir(folder.path())
        .unwrap()
        .filter(|entry| {
            entry
                .as_ref()
                .unwrap()
                .file_name()
                .to_string_lossy()
                .contains("before")
        })
        .count();
    assert_eq!(copies, 0);
}

#[test]
fn a_migration_that_fails_changes_nothing_and_can_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let state = state_of_version(folder.path(), steps().len());
    let broken = with_step("CREATE TABLE later (x TEXT); INSERT INTO no_such_table VALUES (1);");
    for _ in 0..2 {
        let error = open_with(&state, &broken).unwrap_err();
        assert!(matches!(error, StoreError::Migration(_)), "{error:?}");
    }
    let store = Store::open(&state).unwrap().store;
    expect_content(&store);
    let left = store
        .read(|db| Ok(db.table_exists(None, "later")?))
        .unwrap();
    assert!(!left);
    drop(store);
    expect_content(
        &open_with(&state, &with_step("CREATE TABLE later (x TEXT)"))
            .unwrap()
            .store,
    );
}

#[test]
fn the_schema_does_not_change_under_a_running_older_version() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.db");
    let older = Store::open(&state).unwrap().store;
    let next = with_step("CREATE TABLE later (x TEXT)");
    let error = open_with(&state, &next).unwrap_err();
    assert!(
        matches!(error, StoreError::OtherVersionRunning { .. }),
        "{error:?}"
    );
    older.close_clean();
    open_with(&state, &next).unwrap();
    let error = Store::open(&state).unwrap_err();
    assert!(matches!(error, StoreError::TooNew { .. }), "{error:?}");
}
