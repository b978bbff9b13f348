//! Files that are damaged, foreign, too new or not writable. Nothing is ever overwritten.

use std::collections::BTreeMap;
use std::path::PathBuf;

use leasehold_domain::{Code, Problem};
use leasehold_store::StoreError;

use crate::fixtures::{Home, connection, lease};

/// Every file of the home with its bytes, without the lock.
fn bytes(home: &Home) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(home.state().parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|e| {
            (
                e.file_name().into_string().unwrap(),
                std::fs::read(e.path()).unwrap(),
            )
        })
        .filter(|(name, _)| !name.ends_with(".lock") && !name.ends_with("-shm"))
        .collect()
}

fn change(home: &Home, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut content = std::fs::read(home.state()).unwrap();
    change(&mut content);
    std::fs::write(home.state(), &content).unwrap();
    content
}

fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    })
    .take(length)
    .collect()
}

fn expect_damaged(home: &Home) -> PathBuf {
    let error = home.open().unwrap_err();
    let StoreError::Damaged { kept } = &error else {
        panic!("{error:?}")
    };
    let kept = kept.clone();
    let problem = Problem::from(error);
    assert_eq!(problem.code, Code::StoreDamaged);
    assert!(
        problem.message.contains(&*kept.to_string_lossy()),
        "{problem:?}"
    );
    assert!(problem.hint.is_some());
    kept
}

#[test]
fn a_damaged_file_is_kept_byte_for_byte_and_the_next_start_is_fresh_and_says_so() {
    type Damage = fn(&mut Vec<u8>);
    let kinds: [(&str, Damage); 8] = [
        ("cut in half", |file| file.truncate(file.len() / 2)),
        ("cut inside the header", |file| file.truncate(50)),
        ("cut after its first page", |file| file.truncate(4096)),
        ("a zeroed page", |file| file[8192..12288].fill(0)),
        ("a zeroed header", |file| file[..100].fill(0)),
        ("noise in the middle", |file| {
            let middle = file.len() / 2;
            file[middle - 6000..middle + 6000].copy_from_slice(&noise(12_000));
        }),
        ("noise all over", |file| *file = noise(file.len())),
        ("a text", |file| {
            *file = b"Dear diary, this is not a database.\n".to_vec()
        }),
    ];
    for (kind, damage) in kinds {
        let home = Home::with_content();
        let damaged = change(&home, damage);
        let kept = expect_damaged(&home);
        assert_eq!(
            std::fs::read(&kept).unwrap(),
            damaged,
            "{kind}: kept as it was"
        );
        assert!(!home.state().exists(), "{kind}");

        for _ in 0..2 {
            let opened = home.open().unwrap();
            let notice = opened.notice.unwrap_or_else(|| panic!("{kind}: no notice"));
            assert_eq!(notice.code, Code::StoreDamaged);
            assert!(
                notice.message.contains(&*kept.to_string_lossy()),
                "{kind}: {notice:?}"
            );
            assert_eq!(opened.store.leases().by_id("lease-1").unwrap(), None);
        }
        std::fs::remove_file(&kept).unwrap();
        assert_eq!(
            home.open().unwrap().notice,
            None,
            "{kind}: gone with the kept file"
        );
    }
}

#[test]
fn a_second_damage_within_the_same_second_does_not_overwrite_the_first() {
    let home = Home::with_content();
    let mut kept = Vec::new();
    for n in 0..3 {
        std::fs::write(
            home.state(),
            format!("damage number {n}, long enough to be a file"),
        )
        .unwrap();
        kept.push(expect_damaged(&home));
    }
    for (n, path) in kept.iter().enumerate() {
        let content = std::fs::read_to_string(path).unwrap();
        assert!(
            content.starts_with(&format!("damage number {n}")),
            "{content}"
        );
    }
}

#[test]
fn the_log_is_kept_with_the_damaged_file() {
    let home = Home::with_content();
    let store = home.store();
    store.settings().set("theme", "dark").unwrap();
    let log = std::fs::read(home.state().with_file_name("state.db-wal")).unwrap();
    store.close_clean();
    change(&home, |file| file[..100].fill(0));
    std::fs::write(home.state().with_file_name("state.db-wal"), &log).unwrap();
    let kept = expect_damaged(&home);
    let mut kept_log = kept.into_os_string();
    kept_log.push("-wal");
    assert_eq!(std::fs::read(kept_log).unwrap(), log);
    assert!(!home.state().with_file_name("state.db-wal").exists());
}

#[test]
fn a_log_without_its_file_is_kept_and_not_thrown_away() {
    for leave_empty in [true, false] {
        let home = Home::with_content();
        let store = home.store();
        store.settings().set("theme", "dark").unwrap();
        let log = std::fs::read(home.state().with_file_name("state.db-wal")).unwrap();
        store.close_clean();
        std::fs::remove_file(home.state()).unwrap();
        if leave_empty {
            std::fs::write(home.state(), "").unwrap();
        }
        std::fs::write(home.state().with_file_name("state.db-wal"), &log).unwrap();
        expect_damaged(&home);
        assert!(bytes(&home).values().any(|content| *content == log));
        drop(home.store());
    }
}

#[test]
fn an_empty_file_is_started_afresh_and_reported() {
    let home = Home::with_content();
    std::fs::write(home.state(), "").unwrap();
    let opened = home.open().unwrap();
    assert!(opened.notice.unwrap().message.contains("empty"));
    assert_eq!(opened.store.environments().all().unwrap().len(), 3);
    drop(opened.store);
    assert_eq!(home.open().unwrap().notice, None);
}

#[test]
fn a_folder_in_its_place_is_an_error_and_stays() {
    let home = Home::new();
    std::fs::create_dir_all(home.state()).unwrap();
    let error = home.open().unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }), "{error:?}");
    assert_eq!(Problem::from(error).code, Code::StoreFailed);
    assert!(home.state().is_dir());
}

#[test]
fn a_newer_schema_is_refused_and_no_byte_changes() {
    let home = Home::with_content();
    let newer = rusqlite::Connection::open(home.state()).unwrap();
    newer
        .execute_batch("PRAGMA user_version = 99; INSERT INTO settings VALUES ('a', 'b')")
        .unwrap();
    let before = bytes(&home);
    assert!(
        !before["state.db-wal"].is_empty(),
        "the newer program is in the middle of it"
    );
    expect_too_new(&home);
    assert_eq!(bytes(&home), before);

    drop(newer);
    let before = bytes(&home);
    expect_too_new(&home);
    let mut after = bytes(&home);
    // Looking at a file in WAL mode leaves an empty log.
    assert_eq!(after.remove("state.db-wal").unwrap_or_default(), b"");
    assert_eq!(after, before);
}

fn expect_too_new(home: &Home) {
    let error = home.open().unwrap_err();
    let StoreError::TooNew {
        found: 99, known, ..
    } = error
    else {
        panic!("{error:?}")
    };
    assert!(known < 99);
    assert_eq!(Problem::from(error).code, Code::StoreTooNew);
}

#[test]
fn a_database_of_another_program_is_refused_and_no_byte_changes() {
    for sql in [
        "CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('mine')",
        "CREATE TABLE notes (text TEXT); PRAGMA user_version = 1",
        "PRAGMA application_id = 1; CREATE TABLE notes (text TEXT)",
    ] {
        let home = Home::new();
        std::fs::create_dir_all(home.state().parent().unwrap()).unwrap();
        let other = rusqlite::Connection::open(home.state()).unwrap();
        other.execute_batch(sql).unwrap();
        other.close().unwrap();
        let before = bytes(&home);
        let error = home.open().unwrap_err();
        assert!(
            matches!(error, StoreError::NotOurs { .. }),
            "{sql}: {error:?}"
        );
        assert_eq!(bytes(&home), before, "{sql}");
    }
}

/// Root may write anywhere; then there is nothing to refuse and the store must simply work.
#[cfg(unix)]
#[test]
fn a_read_only_file_is_reported_where_the_system_enforces_it() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::with_content();
    std::fs::set_permissions(home.state(), std::fs::Permissions::from_mode(0o400)).unwrap();
    let enforced = std::fs::OpenOptions::new()
        .write(true)
        .open(home.state())
        .is_err();
    match home.open() {
        Ok(opened) => {
            assert!(!enforced);
            opened.store.settings().set("theme", "dark").unwrap();
        }
        Err(error) => {
            assert!(
                enforced && matches!(error, StoreError::ReadOnly),
                "{error:?}"
            );
        }
    }
}

#[test]
fn damage_met_while_working_is_checked_at_the_next_start() {
    let home = Home::with_content();
    let store = home.store();
    for n in 0..200 {
        store
            .connections()
            .insert(&connection(&format!("c{n}"), &format!("n{n}")))
            .unwrap();
        store.leases().insert(&lease(&format!("l{n}"))).unwrap();
    }
    store.close_clean();
    let seal = home.state().with_file_name("state.db.clean");
    let pages = std::fs::metadata(home.state()).unwrap().len() / 4096;
    assert!(pages > 20);

    let store = home.store();
    // Somebody scribbles over the file while it is open.
    change(&home, |file| {
        let end = file.len();
        file[4096..end].fill(0xA5);
    });
    let error = store.connections().all().unwrap_err();
    assert_eq!(Problem::from(error).code, Code::StoreDamaged);
    assert!(!seal.exists());
    store.close_clean();
    assert!(
        !seal.exists(),
        "no seal on a file that is known to be damaged"
    );
    expect_damaged(&home);
}

#[test]
fn damage_is_not_moved_from_under_another_process() {
    let home = Home::with_content();
    let other = home.store();
    change(&home, |file| file[..100].fill(0xA5));
    let error = home.open().unwrap_err();
    assert!(
        matches!(error, StoreError::DamagedInUse { .. }),
        "{error:?}"
    );
    assert!(home.state().exists());
    drop(other);
}
