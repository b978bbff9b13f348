//! A disk that has no room left, a home that goes away, and a copy that is put back.

use leasehold_domain::{Code, Problem};
use leasehold_store::{Store, StoreError};

use crate::fixtures::{Home, at, fill, lease, line};

/// Set in the process that may not write large files; names its state file.
#[cfg(unix)]
const CHILD: &str = "LEASEHOLD_TEST_SMALL_DISK";

/// What the child does: writes until it cannot, and says how much it wrote.
#[cfg(unix)]
#[test]
fn the_process_that_may_not_write_large_files() {
    let Some(state) = std::env::var_os(CHILD) else {
        return; // Only as a child of the test below.
    };
    let store = Store::open(std::path::Path::new(&state)).unwrap().store;
    let mut written = store.activity().head().unwrap().entries;
    let error = loop {
        match store.activity().add(&line("l", 0, &"x".repeat(2_000))) {
            Ok(seq) => written = seq,
            Err(error) => break error,
        }
        assert!(written < 10_000, "no limit is in force");
    };
    assert!(error.is_about_the_disk(), "{error:?}");
    let problem = Problem::from(error);
    assert_eq!(problem.code, Code::StoreFailed);
    assert!(problem.hint.is_some());
    // Reading goes on, and the log is whole as far as it goes.
    let verdict = store.activity().verify().unwrap();
    assert_eq!((verdict.entries, verdict.fault), (written, None));
    std::process::exit(if written > 10 { 42 } else { 1 });
}

/// The system refuses to let a file grow, as it does when a disk or a quota is full.
#[cfg(unix)]
#[test]
fn what_was_written_before_the_disk_was_full_is_there_and_writing_goes_on_after() {
    let home = Home::with_content();
    let this = std::env::current_exe().unwrap();
    let limited = "trap '' XFSZ; ulimit -f 1000; exec \"$0\" \"$@\"";
    let status = std::process::Command::new("sh")
        .args(["-c", limited])
        .arg(this)
        .args([
            "disk::the_process_that_may_not_write_large_files",
            "--exact",
        ])
        .env(CHILD, home.state())
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(42), "{status:?}");
    let opened = home.open().unwrap();
    assert_eq!(opened.notice, None, "nothing is damaged");
    let verdict = opened.store.activity().verify().unwrap();
    assert!(
        verdict.entries > 10 && verdict.fault.is_none(),
        "{verdict:?}"
    );
    opened.store.activity().add(&line("l", 1, "after")).unwrap();
    assert!(opened.store.leases().by_id("lease-1").unwrap().is_some());
}

#[cfg(unix)]
#[test]
fn a_home_that_went_away_while_running_takes_no_write_that_would_be_lost() {
    let home = Home::with_content();
    let store = home.store();
    let folder = home.state().parent().unwrap().to_owned();
    let away = folder.with_file_name("away");
    std::fs::rename(&folder, &away).unwrap();
    let error = store.leases().insert(&lease("lease-2")).unwrap_err();
    assert!(matches!(error, StoreError::Replaced { .. }), "{error:?}");
    assert!(error.is_about_the_disk());
    let problem = Problem::from(error);
    assert!(problem.hint.unwrap().contains("start"), "what to do");
    // Another file in its place is not ours either.
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(away.join("state.db"), home.state()).unwrap();
    assert!(store.settings().set("theme", "dark").is_err());
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::rename(&away, &folder).unwrap();
    store.leases().insert(&lease("lease-2")).unwrap();
}

#[test]
fn an_older_copy_put_in_place_between_two_runs_opens_with_what_it_holds() {
    let home = Home::new();
    let store = home.store();
    fill(&store);
    store.leases().insert(&lease("old")).unwrap();
    // It was held by a process that is long dead.
    store
        .leases()
        .claim("old", "dead", at(0), at(60))
        .unwrap()
        .unwrap();
    let line = line("old", 0, "old");
    store.activity().add(&line).unwrap();
    store.close_clean();
    let copy = std::fs::read(home.state()).unwrap();
    let store = home.store();
    store.leases().insert(&lease("new")).unwrap();
    store.activity().add(&line).unwrap();
    let kept = store.activity().head().unwrap().hash;
    store.close_clean();

    // The note of the clean end beside it is of the newer file.
    std::fs::write(home.state(), &copy).unwrap();
    let opened = home.open().unwrap();
    assert_eq!(opened.notice, None);
    let store = opened.store;
    assert_eq!(store.leases().by_id("new").unwrap(), None);
    assert!(
        store
            .leases()
            .claim("old", "me", at(61), at(120))
            .unwrap()
            .is_some()
    );
    assert_eq!(store.activity().verify().unwrap().fault, None);
    assert_eq!(
        store.activity().place_of(&kept).unwrap(),
        None,
        "the kept head tells"
    );
}
