//! The system's keyring: a real gnome-keyring on a private bus, in every state it can be in.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may fail this way"
)]
#![cfg(target_os = "linux")]

mod support;

use std::io::BufRead;
use std::path::Path;
use std::time::{Duration, Instant};

use leasehold_domain::Problem;
use leasehold_keychain::{Choice, Keychain, KeychainError};
use secrecy::ExposeSecret;
use support::{ANSWER, Bus, Speaker};

const CHILD_TEST: &str = "in_a_child_process_do_what_the_parent_says";
const PATIENT: Duration = Duration::from_secs(20);
/// Asks nobody anything.
const SILENT: Duration = Duration::ZERO;

/// Does nothing unless a parent started it.
#[test]
fn in_a_child_process_do_what_the_parent_says() {
    let Ok(deadline) = std::env::var("LEASEHOLD_TEST_DEADLINE_MS") else {
        return;
    };
    let deadline = Duration::from_millis(deadline.parse().unwrap());
    let keychain = match deadline {
        Duration::ZERO => Keychain::open_silent(Choice::Os, "leasehold-test"),
        _ => Keychain::open_with_deadline(Choice::Os, "leasehold-test", deadline),
    };
    let told = |result: Result<String, KeychainError>| match result {
        Ok(value) => format!("ok {value}"),
        Err(error) => format!("{error:?}"),
    };
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let answer = match *words {
            ["get", name] => told(keychain.get(name).map(|s| s.expose_secret().to_owned())),
            ["set", name, secret] => {
                told(keychain.set(name, &secret.into()).map(|()| String::new()))
            }
            ["remove", name] => told(keychain.remove(name).map(|()| String::new())),
            ["status"] => {
                let status = keychain.status();
                let problem: Option<Problem> = status.problem;
                format!("{} {:?}", status.used_before, problem.map(|p| p.code))
            }
            _ => panic!("{line}"),
        };
        println!("{ANSWER}{}", answer.trim_end());
    }
}

#[test]
fn an_unlocked_keyring_keeps_replaces_and_removes() {
    for manner in [PATIENT, SILENT] {
        let mut bus = Bus::start();
        bus.start_keyring("data", true);
        let mut child = bus.child(manner);
        assert_eq!(child.ask("status"), "false None");
        assert_eq!(
            child.ask("get a"),
            "OtherKeyring",
            "there is no trace of us yet"
        );
        assert_eq!(child.ask("set a wJalr/K7+="), "ok");
        assert_eq!(child.ask("get a"), "ok wJalr/K7+=");
        assert_eq!(child.ask("get b"), "NoEntry");
        assert_eq!(child.ask("set a second"), "ok");
        assert_eq!(
            bus.child(manner).ask("get a"),
            "ok second",
            "in another process too"
        );
        assert_eq!(child.ask("status"), "true None");
        assert_eq!(child.ask("remove a"), "ok");
        assert_eq!(child.ask("remove a"), "ok");
        assert_eq!(child.ask("get a"), "NoEntry");
    }
}

#[test]
fn no_secret_is_in_clear_in_the_keyrings_files() {
    let mut bus = Bus::start();
    bus.start_keyring("data", true);
    assert_eq!(bus.child(PATIENT).ask("set a wJalrXUtnFEMIexample"), "ok");
    let folder = bus.folder().join("data/keyrings");
    let files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    assert!(!files.is_empty());
    for file in files {
        let content = std::fs::read(&file).unwrap();
        assert!(
            !content.windows(12).any(|part| part == b"wJalrXUtnFEM"),
            "{}",
            file.display()
        );
    }
}

#[test]
fn a_locked_keyring_says_so_and_works_once_it_is_unlocked() {
    for manner in [PATIENT, SILENT] {
        let mut bus = Bus::start();
        bus.start_keyring("data", true);
        let mut child = bus.child(manner);
        assert_eq!(child.ask("set a first"), "ok");
        bus.lock();
        assert_eq!(child.ask("status"), "false Some(KeychainLocked)");
        assert_eq!(child.ask("get a"), "Locked");
        assert_eq!(child.ask("get b"), "Locked");
        assert_eq!(child.ask("set b second"), "Locked");
        assert_eq!(child.ask("remove a"), "Locked");
        bus.unlock();
        assert_eq!(child.ask("get a"), "ok first");
        assert_eq!(child.ask("get b"), "NoEntry");
        assert_eq!(child.ask("status"), "true None");
    }
}

#[test]
fn who_asks_silently_never_asks_the_keyring_to_unlock_anything() {
    let mut bus = Bus::start();
    bus.start_keyring("data", true);
    assert_eq!(bus.child(PATIENT).ask("set a first"), "ok");
    let asked_by = |bus: &Bus, manner, lines: &[&str]| {
        let heard = bus.listen();
        let mut child = bus.child(manner);
        let answers: Vec<_> = lines.iter().map(|line| child.ask(line)).collect();
        (answers, heard.methods())
    };
    let (answers, methods) = asked_by(&bus, SILENT, &["get a", "set b second", "remove b"]);
    assert_eq!(answers, ["ok first", "ok", "ok"]);
    assert!(methods.contains(&"SearchItems".to_owned()), "{methods:?}");
    bus.lock();
    let lines = ["get a", "get b", "set b second", "remove a", "status"];
    let (answers, methods) = asked_by(&bus, SILENT, &lines);
    assert_eq!(answers[..4], ["Locked"; 4]);
    for asking in ["Unlock", "Prompt"] {
        assert!(!methods.contains(&asking.to_owned()), "{methods:?}");
    }
    let (_, methods) = asked_by(&bus, PATIENT, &["get a"]);
    assert!(methods.contains(&"Unlock".to_owned()), "{methods:?}");
}

#[test]
fn a_keyring_that_was_never_unlocked_is_locked_and_not_empty() {
    for manner in [PATIENT, SILENT] {
        let mut bus = Bus::start();
        bus.start_keyring("data", false);
        let mut child = bus.child(manner);
        for line in ["get a", "set a first", "remove a"] {
            assert_eq!(child.ask(line), "Locked", "{line}");
        }
        assert_eq!(child.ask("status"), "false Some(KeychainLocked)");
    }
}

#[test]
fn a_killed_keyring_is_missing_and_the_same_object_recovers_when_it_is_back() {
    for manner in [PATIENT, SILENT] {
        let mut bus = Bus::start();
        bus.start_keyring("data", true);
        let mut child = bus.child(manner);
        assert_eq!(child.ask("set a first"), "ok");
        for _ in 0..2 {
            bus.kill_keyring();
            assert_eq!(child.ask("get a"), "Missing");
            assert_eq!(child.ask("status"), "false Some(KeychainMissing)");
            bus.start_keyring("data", true);
            assert_eq!(child.ask("get a"), "ok first");
        }
        bus.kill_keyring();
        bus.start_keyring("data", true);
        assert_eq!(child.ask("set a second"), "ok", "writing recovers as well");
        assert_eq!(child.ask("get a"), "ok second");
    }
}

#[test]
fn a_keyring_that_comes_back_locked_is_locked_and_not_empty() {
    for manner in [PATIENT, SILENT] {
        let mut bus = Bus::start();
        bus.start_keyring("data", true);
        let mut child = bus.child(manner);
        assert_eq!(child.ask("set a first"), "ok");
        bus.kill_keyring();
        bus.start_keyring("data", false);
        assert_eq!(child.ask("get a"), "Locked");
        assert_eq!(child.ask("status"), "false Some(KeychainLocked)");
    }
}

#[test]
fn another_persons_keyring_is_not_taken_for_a_lost_key() {
    for manner in [PATIENT, SILENT] {
        let mut bus = Bus::start();
        bus.start_keyring("data", true);
        let mut child = bus.child(manner);
        assert_eq!(child.ask("set a first"), "ok");
        bus.kill_keyring();
        bus.start_keyring("other", true);
        assert_eq!(child.ask("get a"), "OtherKeyring");
        bus.kill_keyring();
        bus.start_keyring("data", true);
        assert_eq!(child.ask("get a"), "ok first");
    }
}

#[test]
fn a_keyring_that_does_not_answer_is_waited_for_until_the_deadline_only() {
    let mut bus = Bus::start();
    bus.start_keyring("data", true);
    let mut child = bus.child(Duration::from_millis(1500));
    assert_eq!(child.ask("set a first"), "ok");
    bus.signal_keyring("STOP");
    assert_eq!(child.ask("get a"), "WaitingForUser");
    let since = Instant::now();
    assert_eq!(child.ask("set a second"), "WaitingForUser");
    assert_eq!(child.ask("status"), "false Some(KeychainLocked)");
    assert!(
        since.elapsed() < Duration::from_millis(1500),
        "told at once while it hangs"
    );
    bus.signal_keyring("CONT");
    let deadline = Instant::now() + PATIENT;
    while child.ask("get a") != "ok first" {
        assert!(Instant::now() < deadline);
    }
}

#[test]
fn a_bus_without_a_keyring_service_says_missing() {
    for manner in [PATIENT, SILENT] {
        let bus = Bus::start();
        let mut child = bus.child(manner);
        for line in ["get a", "set a first", "remove a"] {
            assert_eq!(child.ask(line), "Missing", "{line}");
        }
        assert_eq!(child.ask("status"), "false Some(KeychainMissing)");
    }
}

#[test]
fn without_a_session_bus_the_error_says_so() {
    let nowhere = tempfile::tempdir().unwrap();
    let address = format!("unix:path={}/bus", nowhere.path().display());
    expect_no_bus(&address, nowhere.path());
}

#[test]
fn a_bus_address_that_means_nothing_is_no_bus() {
    let nowhere = tempfile::tempdir().unwrap();
    expect_no_bus("", nowhere.path());
    expect_no_bus("nonsense", nowhere.path());
}

fn expect_no_bus(address: &str, runtime: &Path) {
    for manner in [PATIENT, SILENT] {
        let mut child = Speaker::start(address, runtime, manner);
        for line in ["get a", "set a first", "remove a"] {
            assert_eq!(child.ask(line), "NoBus", "{address:?}: {line}");
        }
        assert_eq!(child.ask("status"), "false Some(KeychainNoBus)");
    }
}
