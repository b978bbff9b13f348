//! The state file: what survives, what two processes see, and what happens to a damaged one.

use leasehold_domain::{Code, Problem};
use leasehold_practice::{Practice, PracticeError};
use secrecy::ExposeSecret as _;

use crate::desk::{Desk, refused, start};
use crate::wire::{IDENTITY, post};

#[tokio::test]
async fn what_was_answered_is_there_after_a_restart() {
    let desk = Desk::new();
    let ann = desk.user(&[]).await;
    desk.practice.skip(chrono::TimeDelta::days(2)).unwrap();
    let again = desk.open_again();
    assert_eq!(again.clock_offset_ms(), 2 * 86_400_000);
    assert_eq!(again.manager_keys().0, desk.practice.manager_keys().0);
    let seen = desk
        .admin()
        .iam
        .get_user()
        .user_name(&ann.name)
        .send()
        .await
        .unwrap();
    assert_eq!(seen.user.unwrap().user_name, ann.name);
}

#[tokio::test]
async fn two_processes_see_each_others_changes_and_lose_none() {
    let desk = Desk::new();
    let mut other = Desk::new();
    other.practice = desk.open_again();
    let (here, there) = (desk.manager().iam, other.manager().iam);
    for n in 0..5 {
        here.create_user()
            .user_name(format!("here-{n}"))
            .send()
            .await
            .unwrap();
        there
            .create_user()
            .user_name(format!("there-{n}"))
            .send()
            .await
            .unwrap();
    }
    for n in 0..5 {
        there
            .get_user()
            .user_name(format!("here-{n}"))
            .send()
            .await
            .unwrap();
        here.get_user()
            .user_name(format!("there-{n}"))
            .send()
            .await
            .unwrap();
    }
    let clash = there.create_user().user_name("here-0").send().await;
    refused(clash, "EntityAlreadyExists", 409);
    desk.practice.skip(chrono::TimeDelta::hours(1)).unwrap();
    assert_eq!(other.practice.clock_offset_ms(), 3_600_000);
}

#[test]
fn many_threads_over_two_openings_lose_nothing() {
    let desk = Desk::new();
    let other = desk.open_again();
    std::thread::scope(|scope| {
        for practice in [&desk.practice, &other] {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..5 {
                        practice.skip(chrono::TimeDelta::seconds(1)).unwrap();
                    }
                });
            }
        }
    });
    assert_eq!(desk.practice.clock_offset_ms(), 30_000);
    assert_eq!(other.clock_offset_ms(), 30_000);
}

/// Runs in a child process, and only there: writes until it is killed.
#[test]
fn the_child_that_writes_until_it_is_killed() {
    let Some(folder) = std::env::var_os("PRACTICE_CHILD_FOLDER") else {
        return;
    };
    let practice = Practice::open(std::path::Path::new(&folder)).unwrap();
    loop {
        practice.skip(chrono::TimeDelta::milliseconds(1)).unwrap();
        println!("kept {}", practice.clock_offset_ms());
    }
}

#[test]
fn a_process_killed_while_writing_loses_nothing_it_confirmed() {
    use std::io::BufRead as _;
    use std::process::{Command, Stdio};
    for lines in [3, 10, 25, 60] {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "keeping::the_child_that_writes_until_it_is_killed",
                "--nocapture",
            ])
            .env("PRACTICE_CHILD_FOLDER", folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = std::io::BufReader::new(child.stdout.take().unwrap());
        let kept = output.lines().filter_map(|line| {
            let line = line.unwrap();
            line.split("kept ")
                .nth(1)
                .map(|number| number.parse::<i64>().unwrap())
        });
        let last = kept.take(lines).last().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let practice = Practice::open(folder.path()).unwrap();
        assert!(practice.clock_offset_ms() >= last);
        practice.skip(chrono::TimeDelta::seconds(1)).unwrap();
    }
}

#[test]
fn a_half_written_copy_beside_the_file_is_no_harm() {
    let desk = Desk::new();
    let key = desk.practice.manager_keys().0;
    std::fs::write(desk.folder.path().join("practice.json.tmp"), b"{\"half").unwrap();
    let again = desk.open_again();
    assert_eq!(again.manager_keys().0, key);
    again.skip(chrono::TimeDelta::hours(1)).unwrap();
    assert_eq!(desk.open_again().clock_offset_ms(), 3_600_000);
}

#[test]
fn a_damaged_file_is_kept_aside_and_reported() {
    let desk = Desk::new();
    let file = desk.folder.path().join("practice.json");
    for damage in [
        &b"{\"format\":1"[..],
        b"",
        b"[]",
        b"{\"format\":1}",
        b"\xff\xfe",
    ] {
        std::fs::write(&file, damage).unwrap();
        let error = Practice::open(desk.folder.path()).unwrap_err();
        let PracticeError::Damaged { kept } = error else {
            panic!("{error}")
        };
        assert_eq!(std::fs::read(&kept).unwrap(), damage);
        let problem = Problem::from(PracticeError::Damaged { kept });
        assert_eq!(problem.code, Code::StoreDamaged);
        let fresh = Practice::open(desk.folder.path()).unwrap();
        assert_eq!(fresh.clock_offset_ms(), 0);
    }
}

#[test]
fn a_file_damaged_while_open_fails_one_call_in_aws_form() {
    let desk = Desk::new();
    let request = post(&desk.manager(), "sts", "us-east-1", start(), IDENTITY);
    assert_eq!(desk.practice.answer(&request).status, 200);
    desk.open_again()
        .skip(chrono::TimeDelta::seconds(1))
        .unwrap();
    std::fs::write(desk.folder.path().join("practice.json"), b"garbage").unwrap();
    let answer = desk.practice.answer(&request);
    assert_eq!(answer.status, 500);
    assert!(
        String::from_utf8(answer.body)
            .unwrap()
            .contains("<Code>ServiceFailure</Code>")
    );
    assert!(desk.folder.path().join("practice.json.damaged-1").exists());
    // The fresh account that follows has the managing key that people have in their keyrings.
    assert_eq!(desk.practice.answer(&request).status, 200);
}

#[test]
fn a_newer_file_is_left_alone() {
    let desk = Desk::new();
    let file = desk.folder.path().join("practice.json");
    std::fs::write(&file, br#"{"format":99,"more":true}"#).unwrap();
    let error = Practice::open(desk.folder.path()).unwrap_err();
    assert!(
        matches!(error, PracticeError::TooNew { format: 99 }),
        "{error}"
    );
    assert!(file.exists());
}

#[test]
fn the_clock_goes_forwards_only() {
    let desk = Desk::new();
    for wrong in [
        chrono::TimeDelta::zero(),
        chrono::TimeDelta::hours(-1),
        chrono::TimeDelta::days(366 * 9_000),
        chrono::TimeDelta::MAX,
    ] {
        let error = desk.practice.skip(wrong).unwrap_err();
        assert_eq!(Problem::from(error).code, Code::InvalidInput);
    }
    assert_eq!(desk.practice.clock_offset_ms(), 0);
}

#[tokio::test]
async fn a_reset_begins_anew_and_keeps_only_the_managing_key() {
    let desk = Desk::new();
    let ann = desk.user(&[]).await;
    desk.practice.skip(chrono::TimeDelta::hours(1)).unwrap();
    let before = desk.practice.manager_keys();
    desk.practice.reset().unwrap();
    let after = desk.practice.manager_keys();
    assert_eq!(before.0, after.0);
    assert_eq!(before.1.expose_secret(), after.1.expose_secret());
    assert_eq!(desk.practice.clock_offset_ms(), 0);
    let manager = desk.manager();
    manager.sts.get_caller_identity().send().await.unwrap();
    let gone = manager.iam.get_user().user_name(&ann.name).send().await;
    refused(gone, "NoSuchEntity", 404);
    refused(
        ann.sts.get_caller_identity().send().await,
        "InvalidClientTokenId",
        403,
    );
}

#[test]
fn every_installation_has_its_own_managing_key() {
    let (one, two) = (Desk::new(), Desk::new());
    assert_ne!(one.practice.manager_keys().0, two.practice.manager_keys().0);
    let secret = one.practice.manager_keys().1;
    assert_ne!(
        secret.expose_secret(),
        two.practice.manager_keys().1.expose_secret()
    );
    let shown = format!("{:?}", one.practice);
    assert!(!shown.contains(secret.expose_secret()));
}

#[cfg(unix)]
#[test]
fn only_the_user_may_read_the_file_and_its_folder() {
    use std::os::unix::fs::PermissionsExt as _;
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("practice");
    let practice = Practice::open(&folder).unwrap();
    practice.skip(chrono::TimeDelta::seconds(1)).unwrap();
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("practice.json")), 0o600);
}
