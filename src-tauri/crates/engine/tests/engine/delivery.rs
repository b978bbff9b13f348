//! Handing out keys: who gets which, that one of many issues, and what is left when it fails.

use std::path::Path;

use futures::future::join_all;
use leasehold_domain::Code;
use leasehold_engine::wire::{Settings, State};
use leasehold_engine::{CredentialsRequest, Engine, Issued, KeychainChoice, LeaseQuery, Options};
use secrecy::{ExposeSecret, SecretString};

use crate::support::{Home, request};

/// Another process on the same home, with the keychain that processes share.
fn open(home: &Home, requester: &str) -> Engine {
    let keychain = KeychainChoice::File {
        path: home.folder.path().join("keychain.enc"),
        passphrase: SecretString::from("correct horse battery"),
    };
    let options = Options::new(home.folder.path().to_path_buf(), keychain, requester);
    Engine::open(options).unwrap()
}

fn asked() -> CredentialsRequest {
    CredentialsRequest::of("s3-upload")
}

async fn handed_out(engine: &Engine) -> Issued {
    engine.credentials(&asked()).await.unwrap()
}

fn secret(issued: &Issued) -> &str {
    issued.credentials.secret_access_key.expose_secret()
}

fn leases(home: &Home) -> usize {
    let query = LeaseQuery {
        all: true,
        ..LeaseQuery::default()
    };
    home.engine.leases().list(&query).unwrap().len()
}

/// Changes a row as no command does.
fn doctor(folder: &Path, sql: &str) {
    let db = rusqlite::Connection::open(folder.join("leasehold.db")).unwrap();
    assert_eq!(db.execute(sql, []).unwrap(), 1, "{sql}");
}

#[tokio::test]
async fn of_ten_callers_at_once_one_issues_and_all_get_its_key() {
    let home = Home::new().await;
    let engines: Vec<_> = (0..10).map(|_| open(&home, "cli")).collect();
    let issued = join_all(engines.iter().map(handed_out)).await;
    assert_eq!(leases(&home), 1);
    for one in &issued {
        assert_eq!(secret(one), secret(&issued[0]));
        assert_eq!(one.lease.id, issued[0].lease.id);
    }
    home.assert_nowhere(secret(&issued[0]));
}

#[tokio::test]
async fn the_data_key_is_made_once_by_callers_of_different_secrets_at_once() {
    let home = Home::new().await;
    let mut names = vec!["s3-upload".to_owned()];
    for n in 0..4 {
        let name = format!("other-{n}");
        let draft = crate::support::draft(&name);
        home.engine.secrets().add(&draft).unwrap();
        names.push(name);
    }
    let engines: Vec<_> = names.iter().map(|_| open(&home, "cli")).collect();
    let ask = |(engine, name): (&Engine, &String)| {
        let (engine, request) = (engine.clone(), CredentialsRequest::of(name.as_str()));
        async move { engine.credentials(&request).await.unwrap() }
    };
    let first = join_all(engines.iter().zip(&names).map(ask)).await;
    // Each is opened again by a process that did not seal it.
    let again = join_all(engines.iter().rev().zip(names.iter()).map(ask)).await;
    for (first, again) in first.iter().zip(&again) {
        assert_eq!(secret(first), secret(again), "{}", first.lease.secret);
    }
    assert_eq!(leases(&home), names.len());
}

#[tokio::test]
async fn the_share_that_must_be_left_is_the_setting_or_what_is_asked_for() {
    let home = Home::new().await;
    let engine = open(&home, "cli");
    let first = handed_out(&engine).await.lease.id;
    // 20 of 60 minutes are left: a third.
    engine.practice().skip("40m").unwrap();
    assert_eq!(handed_out(&engine).await.lease.id, first);
    let longer = CredentialsRequest {
        ttl: Some("2h".into()),
        ..asked()
    };
    let second = engine.credentials(&longer).await.unwrap().lease.id;
    assert_ne!(second, first, "a quarter of two hours is not left");
    assert_eq!(handed_out(&engine).await.lease.id, second, "the longest");
    engine.leases().revoke(&[second]).await.unwrap();

    let settings = Settings {
        reuse_share: 50,
        ..Settings::default()
    };
    engine.settings().set(settings).unwrap();
    let less = CredentialsRequest {
        reuse_share: Some(30),
        ..asked()
    };
    assert_eq!(engine.credentials(&less).await.unwrap().lease.id, first);
    assert_ne!(handed_out(&engine).await.lease.id, first);
}

#[tokio::test]
async fn what_cannot_be_is_refused_although_a_key_is_kept() {
    let home = Home::new().await;
    let engine = open(&home, "cli");
    handed_out(&engine).await;
    for (ttl, share, field) in [
        (Some("9h"), None, "ttl"),
        (Some("soon"), None, "ttl"),
        (None, Some(91), "reuse_share"),
    ] {
        let request = CredentialsRequest {
            ttl: ttl.map(str::to_owned),
            reuse_share: share,
            ..asked()
        };
        let problem = engine.credentials(&request).await.unwrap_err();
        assert_eq!(problem.code, Code::InvalidInput);
        assert_eq!(problem.field.as_deref(), Some(field), "{problem:?}");
    }
    assert_eq!(leases(&home), 1);
}

#[tokio::test]
async fn what_the_window_kept_is_for_the_command_and_for_no_other_identity() {
    let home = Home::new().await;
    let window = open(&home, "window");
    let made = window.leases().issue(&request("s3-upload")).await.unwrap();
    let (id, key) = (&made.lease.id, &made.credentials);
    window.leases().wait_usable(id, key, None).await.unwrap();
    let command = open(&home, "cli");
    let stranger = open(&home, "role/ci");
    window.leases().keep(id, key, true).await.unwrap();
    let got = handed_out(&command).await;
    assert_eq!((&got.lease.id, secret(&got)), (id, secret(&made)));
    let other = handed_out(&stranger).await;
    assert_ne!(&other.lease.id, id);
    assert_eq!(handed_out(&stranger).await.lease.id, other.lease.id);
    assert_eq!(&handed_out(&command).await.lease.id, id);
    window.leases().keep(id, key, false).await.unwrap();
    assert_ne!(&handed_out(&command).await.lease.id, id);
}

#[tokio::test]
async fn a_kept_key_is_shown_again_with_a_line_in_the_log_and_no_other_is() {
    let home = Home::new().await;
    let window = open(&home, "window");
    let made = window.leases().issue(&request("s3-upload")).await.unwrap();
    let id = &made.lease.id;
    let refused = window.leases().open_kept(id).await.unwrap_err();
    assert_eq!(refused.code, Code::NotFound, "{refused:?}");
    window
        .leases()
        .keep(id, &made.credentials, true)
        .await
        .unwrap();
    let lines = || {
        let page = window.activity().list(&Default::default()).unwrap();
        let of = |kind: &str| page.entries.iter().filter(|e| e.kind == kind).count();
        of("lease.handed_out")
    };
    let shown = window.leases().open_kept(id).await.unwrap();
    assert_eq!(secret(&shown), secret(&made));
    assert_eq!(lines(), 1);
    for (sql, code) in [
        (
            "UPDATE leases SET alarm = 'Found.' WHERE id = ",
            Code::Refused,
        ),
        (
            "UPDATE kept_keys SET sealed = x'00' WHERE lease_id = ",
            Code::KeychainFailed,
        ),
        (
            "UPDATE leases SET expires_at = 1 WHERE id = ",
            Code::Refused,
        ),
    ] {
        doctor(home.folder.path(), &format!("{sql}'{id}'"));
        let problem = window.leases().open_kept(id).await.unwrap_err();
        assert_eq!(problem.code, code, "{sql} {problem:?}");
    }
    assert_eq!(lines(), 1, "no key, no line");
}

#[tokio::test]
async fn what_was_used_last_comes_first_and_what_never_was_comes_after_it() {
    let home = Home::new().await;
    let engine = open(&home, "window");
    let first = engine.secrets().list().unwrap().remove(0);
    let mut draft = first.draft.clone();
    let mut add = |name: &str| {
        draft.name = name.into();
        engine.secrets().add(&draft).unwrap()
    };
    let (second, third) = (add("second"), add("third"));
    let names = |most| {
        let recent = engine.secrets().recent(most).unwrap();
        recent.into_iter().map(|s| s.draft.name).collect::<Vec<_>>()
    };
    let issue = async |id: &str| drop(engine.leases().issue(&request(id)).await.unwrap());
    issue(&second.id).await;
    issue(&first.id).await;
    assert_eq!(names(8), [&first.draft.name, "second", "third"]);
    issue(&third.id).await;
    assert_eq!(names(2), ["third", &*first.draft.name]);
}

#[tokio::test]
async fn a_key_that_may_not_or_cannot_be_handed_out_makes_room_for_a_new_one() {
    let home = Home::new().await;
    let engine = open(&home, "cli");
    let folder = home.folder.path();
    for sql in [
        "UPDATE leases SET end_asked_at = 1 WHERE id = ",
        "UPDATE leases SET alarm = 'Somebody else made a key.' WHERE id = ",
        "UPDATE kept_keys SET sealed = x'00' WHERE lease_id = ",
        "UPDATE kept_keys SET sealed = zeroblob(80) WHERE lease_id = ",
        "DELETE FROM kept_keys WHERE lease_id = ",
    ] {
        let old = handed_out(&engine).await;
        assert_eq!(handed_out(&engine).await.lease.id, old.lease.id, "{sql}");
        doctor(folder, &format!("{sql}'{}'", old.lease.id));
        let new = handed_out(&engine).await;
        assert_ne!(new.lease.id, old.lease.id, "{sql}");
        assert_ne!(secret(&new), secret(&old), "{sql}");
    }
}

#[tokio::test]
async fn a_key_that_nobody_saw_working_is_tried_before_it_is_handed_out() {
    let home = Home::new().await;
    let engine = open(&home, "cli");
    let first = handed_out(&engine).await.lease;
    assert!(first.usable_after_ms.is_some());
    let id = &first.id;
    doctor(
        home.folder.path(),
        &format!("UPDATE leases SET usable_after_ms = NULL WHERE id = '{id}'"),
    );
    let again = handed_out(&engine).await.lease;
    assert_eq!(&again.id, id);
    assert!(again.usable_after_ms.is_some());
}

#[tokio::test]
async fn wherever_the_disk_is_full_no_lease_stays_open_without_its_key() {
    let home = Home::new().await;
    let engine = open(&home, "cli");
    let mut room = 0;
    loop {
        engine.leave_room_for(room);
        let answer = engine.credentials(&asked()).await;
        engine.leave_room_for(u64::MAX);
        let open = engine.leases().list(&LeaseQuery::default()).unwrap();
        let active: Vec<_> = open.iter().filter(|l| l.state == State::Active).collect();
        assert!(
            active.iter().all(|lease| lease.kept),
            "{room} writes: {active:?}"
        );
        let standing = active.iter().filter(|l| l.end_asked_at.is_none()).count();
        if let Ok(issued) = answer {
            assert_eq!(standing, 1);
            assert_eq!(handed_out(&engine).await.lease.id, issued.lease.id);
            break;
        }
        assert!(standing <= 1, "{room} writes: {active:?}");
        // None of them is to be found the next time.
        for lease in &open {
            let ask = "UPDATE leases SET end_asked_at = 1 WHERE id = ";
            doctor(home.folder.path(), &format!("{ask}'{}'", lease.id));
        }
        room += 1;
        assert!(room < 40, "{answer:?}");
    }
    assert!(room > 3, "the disk was never full");
}
