//! Many rows at once: all of them with their lines, or none.

use leasehold_domain::{Code, Problem};
use leasehold_store::{Batch, EnvironmentRow, Exchange, SecretRow, Store, StoreError};

use crate::fixtures::{Home, fill, line, secret};

fn told(text: &str) -> leasehold_store::ActivityLine {
    line("nobody", 0, text)
}

fn environment(name: &str) -> EnvironmentRow {
    EnvironmentRow {
        id: format!("id-of-{name}"),
        name: name.to_owned(),
        position: 0,
    }
}

/// One environment, one new secret in it, and another recipe for the one that is there.
fn batch(store: &Store, old: SecretRow) -> Batch {
    let europe = environment("europe");
    let added = SecretRow {
        environment_id: europe.id.clone(),
        environment: europe.name.clone(),
        ..secret(store, "secret-2", "logs")
    };
    let new = SecretRow {
        max_ttl_s: 7,
        ..old.clone()
    };
    Batch {
        environments: vec![(europe, told("environment"))],
        added: vec![(added, told("added"))],
        changed: vec![(Exchange { old, new }, told("changed"))],
    }
}

/// What somebody else does between reading and writing.
type Rival = fn(&Store);

fn stored(store: &Store) -> (usize, usize, i64, u64) {
    let secrets = store.secrets().all().unwrap();
    let first = secrets.iter().find(|row| row.id == "secret-1").unwrap();
    (
        store.environments().all().unwrap().len(),
        secrets.len(),
        store.activity().head().unwrap().entries,
        first.max_ttl_s,
    )
}

#[test]
fn everything_is_written_at_once_with_a_line_for_each() {
    let home = Home::new();
    let store = home.store();
    fill(&store);
    let (environments, secrets, lines, _) = stored(&store);
    let old = store.secrets().by_id("secret-1").unwrap().unwrap();
    store.write_together(&batch(&store, old)).unwrap();
    assert_eq!(
        stored(&store),
        (environments + 1, secrets + 1, lines + 3, 7)
    );
    let europe = store.environments().by_name("europe").unwrap().unwrap();
    let last = store.environments().all().unwrap().pop().unwrap();
    assert_eq!(last, europe, "it stands at the end");
    let logs = store.secrets().by_id("secret-2").unwrap().unwrap();
    assert_eq!(logs.environment, "europe");
    assert_eq!(store.activity().verify().unwrap().fault, None);
    store.write_together(&Batch::default()).unwrap();
}

#[test]
fn nothing_is_written_when_anything_of_it_has_changed_meanwhile() {
    let rivals: [(&str, Rival); 4] = [
        ("the row was edited", |store| {
            let mut row = store.secrets().by_id("secret-1").unwrap().unwrap();
            row.region = "eu-west-1".to_owned();
            store.secrets().update(&row).unwrap();
        }),
        ("the row was removed and another took its place", |store| {
            store.secrets().remove("secret-1").unwrap();
            let row = secret(store, "secret-1", "another");
            store.secrets().insert(&row).unwrap();
        }),
        ("the environment was added", |store| {
            store.environments().add("europe").unwrap();
        }),
        ("it is being removed", |store| {
            let now = chrono::Utc::now();
            store.secrets().begin_removal("secret-1", now).unwrap();
        }),
    ];
    for (what, rival) in rivals {
        let home = Home::new();
        let store = home.store();
        fill(&store);
        let old = store.secrets().by_id("secret-1").unwrap().unwrap();
        let batch = batch(&store, old);
        rival(&store);
        let before = stored(&store);
        let error = store.write_together(&batch).unwrap_err();
        assert!(
            matches!(error, StoreError::Outdated { .. }),
            "{what}: {error:?}"
        );
        let problem = Problem::from(error);
        assert_eq!(problem.code, Code::Busy);
        assert!(problem.hint.is_some());
        assert_eq!(stored(&store), before, "{what}");
    }
}

#[cfg(debug_assertions)]
#[test]
fn a_full_disk_takes_none_of_it() {
    let home = Home::new();
    let store = home.store();
    fill(&store);
    let before = stored(&store);
    let old = store.secrets().by_id("secret-1").unwrap().unwrap();
    let batch = batch(&store, old);
    store.leave_room_for(0);
    assert!(
        store
            .write_together(&batch)
            .unwrap_err()
            .is_about_the_disk()
    );
    store.leave_room_for(u64::MAX);
    assert_eq!(stored(&store), before);
    store.write_together(&batch).unwrap();
}
