use chrono::Utc;
use leasehold_engine::{KeychainChoice, Options};
use leasehold_store::{ConnectionKind, ConnectionRow, ConnectionState, SourceRow};

use super::*;

const OLD: &str = "AKIAIOSFODNN7EXAMPLE";
const YOUNG: &str = "AKIAI44QH8DHBEXAMPLE";

/// An engine whose keys nobody else looks at meanwhile, and its home.
fn alone() -> (tempfile::TempDir, Engine) {
    let home = tempfile::tempdir().unwrap();
    let options = Options::new(home.path().to_path_buf(), KeychainChoice::Memory, "window");
    (home, Engine::open(options).unwrap())
}

/// A connection whose key was put in so many days ago.
fn connect(engine: &Engine, name: &str, access_key_id: &str, days: i64, now: DateTime<Utc>) {
    let added = now - TimeDelta::days(days);
    let row = ConnectionRow {
        id: format!("id-{name}"),
        name: name.into(),
        kind: ConnectionKind::AccessKey,
        state: ConnectionState::Ready,
        access_key_id: Some(access_key_id.into()),
        key_entry: None,
        key_at: None,
        source: SourceRow::default(),
        region: "us-east-1".into(),
        endpoint_url: None,
        account_id: "123456789012".into(),
        partition: "aws".into(),
        caller_arn: "arn:aws:iam::123456789012:user/manager".into(),
        verified_at: added,
        created_at: added,
        clock_offset_ms: 0,
        problem_json: None,
    };
    let shared = engine.shared();
    shared.store.connections().insert(&row).unwrap();
}

fn after(days: u32) -> Settings {
    Settings {
        key_age_days: days,
        ..Settings::default()
    }
}

/// The titles that are shown and the keys that are taken back.
fn said(engine: &Engine, settings: &Settings, now: DateTime<Utc>) -> Vec<String> {
    let orders = due(engine, settings, now).unwrap();
    let said = orders.into_iter().map(|order| match order {
        Order::Show(note) => {
            assert_eq!(note.about.route(), "/connections");
            assert!(note.stays && !note.urgent, "it waits, and wakes nobody");
            note.title
        }
        Order::Withdraw(key) => key,
    });
    said.collect()
}

#[test]
fn an_old_key_is_told_once_however_many_connections_have_it() {
    let ((_home, engine), now) = (alone(), Utc::now());
    connect(&engine, "dev", OLD, 90, now);
    connect(&engine, "twin", OLD, 90, now);
    connect(&engine, "young", YOUNG, 89, now);
    let practice = tauri::async_runtime::block_on(engine.connections().add_practice("practice"));
    practice.unwrap();
    assert_eq!(
        said(&engine, &after(90), now),
        ["The key of dev is 90 days old"]
    );
    assert!(said(&engine, &after(90), now).is_empty(), "only once");
    let tomorrow = now + TimeDelta::days(1);
    assert_eq!(
        said(&engine, &after(90), tomorrow),
        ["The key of young is 90 days old"]
    );
    assert!(said(&engine, &after(90), tomorrow).is_empty());
}

#[test]
fn it_is_taken_back_when_another_key_takes_over_and_that_one_grows_old_by_itself() {
    let ((_home, engine), now) = (alone(), Utc::now());
    connect(&engine, "dev", OLD, 100, now);
    assert_eq!(said(&engine, &after(90), now).len(), 1);
    let shared = engine.shared();
    shared.store.connections().remove("id-dev").unwrap();
    connect(&engine, "dev", YOUNG, 0, now);
    assert_eq!(said(&engine, &after(90), now), [key(OLD)]);
    assert!(said(&engine, &after(90), now).is_empty());
    let later = now + TimeDelta::days(90);
    assert_eq!(
        said(&engine, &after(90), later),
        ["The key of dev is 90 days old"]
    );
}

#[test]
fn who_wants_no_reminder_gets_none_and_is_rid_of_the_one_on_the_screen() {
    let ((_home, engine), now) = (alone(), Utc::now());
    connect(&engine, "dev", OLD, 4000, now);
    assert!(said(&engine, &after(0), now).is_empty());
    assert_eq!(said(&engine, &after(3650), now).len(), 1);
    assert_eq!(said(&engine, &after(0), now), [key(OLD)]);
}

#[test]
fn where_names_stay_off_the_screen_the_connection_is_not_named() {
    let ((_home, engine), now) = (alone(), Utc::now());
    connect(&engine, "secretive", OLD, 90, now);
    let settings = Settings {
        hide_names: true,
        ..after(90)
    };
    let orders = format!("{:?}", due(&engine, &settings, now).unwrap());
    assert!(orders.contains("A managing key is old"), "{orders}");
    assert!(!orders.contains("secretive"), "{orders}");
}
