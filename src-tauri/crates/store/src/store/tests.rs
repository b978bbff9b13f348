//! Writers that meet, and panics in the middle of a write.

use std::time::Duration;

use leasehold_domain::{Code, Problem};
use rusqlite::Connection;

use super::*;

fn fresh() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("state.db")).unwrap().store;
    (folder, store)
}

#[test]
fn every_promise_about_durability_is_switched_on() {
    let (_folder, store) = fresh();
    let setting = |name: &str| -> String {
        store
            .read(|db| {
                Ok(db.pragma_query_value(None, name, |row| {
                    let value: rusqlite::types::Value = row.get(0)?;
                    Ok(format!("{value:?}"))
                })?)
            })
            .unwrap()
    };
    assert_eq!(setting("journal_mode"), r#"Text("wal")"#);
    assert_eq!(setting("synchronous"), "Integer(2)", "2 is FULL");
    assert_eq!(setting("foreign_keys"), "Integer(1)");
    assert_eq!(setting("busy_timeout"), "Integer(5000)");
}

#[test]
fn a_writer_in_the_way_for_too_long_is_busy_and_reading_goes_on() {
    let (_folder, store) = fresh();
    store
        .read(|db| Ok(db.busy_timeout(Duration::from_millis(10))?))
        .unwrap();
    let other = Connection::open(store.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.settings().set("theme", "dark").unwrap_err();
    assert!(matches!(error, StoreError::Busy), "{error:?}");
    assert_eq!(Problem::from(error).code, Code::Busy);
    assert_eq!(store.environments().all().unwrap().len(), 3);
    other.execute_batch("ROLLBACK").unwrap();
    store.settings().set("theme", "dark").unwrap();
}

#[test]
fn a_panic_in_the_middle_of_a_write_undoes_it_and_the_store_goes_on() {
    let (_folder, store) = fresh();
    let clone = store.clone();
    std::thread::spawn(move || {
        clone.write(|db| -> Result<(), StoreError> {
            db.execute(
                "INSERT INTO settings (key, value) VALUES ('half', 'done')",
                [],
            )?;
            panic!("in the middle");
        })
    })
    .join()
    .unwrap_err();
    assert_eq!(store.settings().get("half").unwrap(), None);
    store.settings().set("whole", "done").unwrap();
}
