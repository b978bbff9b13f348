//! Several openings of one file, ends that were in order and ends that were not.

use std::path::Path;

use leasehold_domain::{Code, Problem};
use leasehold_store::{Store, StoreError};

use crate::fixtures::{Home, at, fill, lease, line};

/// What a kill leaves: the files as they are this moment, nothing flushed on top.
fn as_killed(from: &Home) -> Home {
    let to = Home::new();
    std::fs::create_dir_all(to.state().parent().unwrap()).unwrap();
    for suffix in ["", "-wal", ".clean"] {
        let name = format!("state.db{suffix}");
        let source = from.state().with_file_name(&name);
        if source.exists() {
            std::fs::copy(source, to.state().with_file_name(&name)).unwrap();
        }
    }
    to
}

fn log_of(state: &Path) -> u64 {
    state
        .with_file_name("state.db-wal")
        .metadata()
        .map_or(0, |m| m.len())
}

#[test]
fn what_one_opening_writes_the_other_reads_at_once() {
    let home = Home::new();
    let (window, cli) = (home.store(), home.store());
    fill(&cli);
    let recorded = line("l", 0, "recorded");
    cli.leases().noting(&recorded).insert(&lease("l")).unwrap();
    assert_eq!(window.leases().by_id("l").unwrap().unwrap().id, "l");
    assert_eq!(window.leases().events("l").unwrap()[0].line, recorded);
    assert_eq!(window.installation().unwrap(), cli.installation().unwrap());
}

#[test]
fn the_installation_is_made_once_and_stays() {
    let home = Home::new();
    let first = home.store().installation().unwrap();
    assert_eq!(first.len(), 8);
    assert_eq!(home.store().installation().unwrap(), first);
}

#[test]
fn everything_committed_is_there_after_a_kill() {
    let home = Home::new();
    let store = home.store();
    fill(&store);
    let recorded = line("l", 0, "recorded");
    let claim = store
        .leases()
        .noting(&recorded)
        .insert_claimed(&lease("l"), "dead", at(30))
        .unwrap();
    assert!(log_of(&home.state()) > 0);

    let found = as_killed(&home);
    let opened = found.open().unwrap();
    assert_eq!(opened.notice, None);
    let store = opened.store;
    assert_eq!(
        store.leases().by_id("l").unwrap().unwrap().generation,
        claim.generation
    );
    assert_eq!(
        store.leases().claim("l", "next", at(29), at(60)).unwrap(),
        None
    );
    assert!(
        store
            .leases()
            .claim("l", "next", at(30), at(60))
            .unwrap()
            .is_some()
    );
}

#[test]
fn a_kill_in_the_middle_of_a_transaction_leaves_the_state_before_it() {
    let home = Home::with_content();
    let killed = {
        let other = rusqlite::Connection::open(home.state()).unwrap();
        other
            .execute_batch(
                "PRAGMA cache_spill = 1; PRAGMA cache_size = 1; BEGIN IMMEDIATE;
                 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
                 INSERT INTO settings (key, value) SELECT 'k' || i, hex(zeroblob(200)) FROM n;",
            )
            .unwrap();
        assert!(log_of(&home.state()) > 0, "the transaction reached the log");
        as_killed(&home)
    };
    let store = killed.store();
    assert_eq!(store.settings().get("k1").unwrap(), None);
    assert_eq!(
        store.leases().by_id("lease-1").unwrap().unwrap().id,
        "lease-1"
    );
}

#[test]
fn a_log_torn_at_its_end_loses_only_what_was_not_complete() {
    let home = Home::new();
    let store = home.store();
    fill(&store);
    store.settings().set("first", "1").unwrap();
    store.settings().set("second", "2").unwrap();
    let killed = as_killed(&home);
    let log = killed.state().with_file_name("state.db-wal");
    let length = log.metadata().unwrap().len();
    std::fs::OpenOptions::new()
        .write(true)
        .open(&log)
        .unwrap()
        .set_len(length - 100)
        .unwrap();
    let store = killed.store();
    assert_eq!(store.settings().get("first").unwrap().as_deref(), Some("1"));
    assert_eq!(store.settings().get("second").unwrap(), None);
}

#[test]
fn the_last_to_close_leaves_one_sealed_file_without_a_log() {
    let home = Home::with_content();
    let (one, two) = (home.store(), home.store());
    one.settings().set("a", "1").unwrap();
    two.settings().set("b", "2").unwrap();
    one.close_clean();
    assert!(matches!(one.settings().get("a"), Err(StoreError::Closed)));
    assert_eq!(two.settings().get("a").unwrap().as_deref(), Some("1"));
    assert!(log_of(&home.state()) > 0);
    drop(two);
    assert_eq!(log_of(&home.state()), 0);
    assert!(home.state().with_file_name("state.db.clean").exists());
}

#[test]
fn hand_outs_alone_stay_in_a_sealed_log_and_whatever_else_is_written_folds_it_in() {
    let home = Home::with_content();
    let store = home.store();
    let mut kept = lease("kept");
    kept.state = leasehold_domain::LeaseState::Active;
    store.leases().insert(&kept).unwrap();
    let lines = store.activity().head().unwrap().entries;
    drop(store);
    assert_eq!(log_of(&home.state()), 0);
    for n in 1..=3 {
        let store = home.store();
        let told = line("kept", n, "lease.handed_out");
        assert!(store.kept_keys().hand_out("kept", &told).unwrap());
        drop(store);
        assert!(log_of(&home.state()) > 0, "{n}");
        // Whoever only reads leaves it as it is.
        assert_eq!(
            home.store().activity().head().unwrap().entries,
            lines + n,
            "{n}"
        );
    }
    // A torn log is no longer the one that was closed: what is complete in it counts.
    let torn = as_killed(&home);
    let log = torn.state().with_file_name("state.db-wal");
    let length = log.metadata().unwrap().len();
    let file = std::fs::OpenOptions::new().write(true).open(&log).unwrap();
    file.set_len(length - 100).unwrap();
    let store = torn.store();
    assert_eq!(store.activity().head().unwrap().entries, lines + 2);
    assert_eq!(store.activity().verify().unwrap().fault, None);

    let store = home.store();
    store.settings().set("a", "1").unwrap();
    drop(store);
    assert_eq!(log_of(&home.state()), 0);
    let store = home.store();
    assert_eq!(store.activity().head().unwrap().entries, lines + 3);
}

#[test]
fn a_log_of_hand_outs_does_not_grow_without_end() {
    let home = Home::with_content();
    let store = home.store();
    let mut kept = lease("kept");
    kept.state = leasehold_domain::LeaseState::Active;
    store.leases().insert(&kept).unwrap();
    drop(store);
    let mut longest = 0;
    let mut folded = 0;
    for n in 1..=120 {
        let store = home.store();
        let told = line("kept", n, "lease.handed_out");
        assert!(store.kept_keys().hand_out("kept", &told).unwrap());
        drop(store);
        let log = log_of(&home.state());
        longest = longest.max(log);
        folded += u32::from(log == 0);
    }
    assert!(folded > 0, "the log is {longest} bytes long");
    assert!(longest < 1024 * 1024, "{longest}");
}

#[test]
fn closing_one_clone_closes_all_of_them_once() {
    let home = Home::new();
    let store = home.store();
    let clone = store.clone();
    clone.close_clean();
    store.close_clean();
    assert!(matches!(store.leases().open(), Err(StoreError::Closed)));
    assert_eq!(
        Problem::from(store.installation().unwrap_err()).code,
        Code::StoreFailed
    );
}

#[test]
fn many_openings_at_once_of_a_file_that_is_not_there_make_one_state() {
    let home = Home::new();
    let ids: Vec<String> = std::thread::scope(|scope| {
        let openers: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| home.store().installation().unwrap()))
            .collect();
        openers
            .into_iter()
            .map(|opener| opener.join().unwrap())
            .collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[cfg(unix)]
#[test]
fn home_and_files_belong_to_their_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let folder = home.state().parent().unwrap().to_owned();
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(home.state(), "").unwrap();
    std::fs::set_permissions(home.state(), std::fs::Permissions::from_mode(0o644)).unwrap();
    let store = home.store();
    fill(&store);
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let check = || {
        let files: Vec<_> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        for file in &files {
            assert_eq!(mode(file), 0o600, "{}", file.display());
        }
        files.len()
    };
    assert!(check() >= 4, "database, log, index, lock");
    store.close_clean();
    assert!(check() >= 3, "database, lock, seal");
}

#[cfg(unix)]
#[test]
fn a_folder_shared_by_everybody_is_left_as_it_is() {
    use std::os::unix::fs::PermissionsExt;
    let shared = tempfile::tempdir().unwrap();
    let mode = std::fs::Permissions::from_mode(0o1777);
    std::fs::set_permissions(shared.path(), mode).unwrap();
    drop(Store::open(&shared.path().join("state.db")).unwrap());
    assert_eq!(
        shared.path().metadata().unwrap().permissions().mode() & 0o7777,
        0o1777
    );
}
