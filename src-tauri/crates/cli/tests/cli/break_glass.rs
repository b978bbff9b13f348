//! `leasehold break-glass`: printed, written, and kept up to date by whatever command changes a lease.

use std::os::unix::fs::PermissionsExt;

use crate::account::Account;
use crate::home::{Home, text};

/// A home with a secret `app` in an account that is reached over a network.
fn connected() -> (Home, Account) {
    let home = Home::empty();
    let account = Account::serve(&home);
    assert_eq!(account.connect(&home, "dev", &[]).code, 0);
    home.ok(&crate::home::words(
        "secret add app --connection dev --default-ttl 1h --max-ttl 3h --iam-path /leases/",
    ));
    (home, account)
}

#[test]
fn the_script_and_the_list_name_every_open_lease_and_no_secret() {
    let (home, account) = connected();
    let made = home.json(&["lease", "create", "app", "--no-wait", "--label", "trying"]);
    let kit = home.json(&["break-glass"]);
    assert_eq!(kit["leases"], 1);
    let script = home.ok(&["break-glass"]).out;
    let list = home.ok(&["break-glass", "--list"]).out;
    assert!(script.starts_with("#!/bin/sh\n"), "{script}");
    assert!(list.starts_with("# Leasehold: 1 open lease\n"), "{list}");
    assert!(
        list.contains("trying") && list.contains(&account.url),
        "{list}"
    );
    for text in [&script, &list] {
        for name in ["/lease/user_name", "/lease/user_id", "/lease/access_key_id"] {
            let name = crate::home::text(&made, name);
            assert!(text.contains(name), "{name}: {text}");
        }
        let secret = crate::home::text(&made, "/credentials/secret_access_key");
        assert!(!text.contains(secret));
    }
}

#[test]
fn leases_of_the_practice_account_are_left_out_and_that_is_said() {
    let home = Home::practised();
    home.ok(&["lease", "create", "s3", "--no-wait"]);
    let kit = home.json(&["break-glass"]);
    assert_eq!(kit["leases"], 0);
    for part in ["/script", "/list"] {
        let said = text(&kit, part);
        assert!(
            said.contains("Left out: 1 lease of the practice account"),
            "{said}"
        );
    }
}

#[test]
fn a_folder_gets_two_private_files_and_nothing_else_in_it_is_touched() {
    let (home, _account) = connected();
    home.ok(&["lease", "create", "app", "--no-wait"]);
    let (folder, link) = (home.beside("stick"), home.beside("link"));
    std::fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink(&folder, &link).unwrap();
    std::fs::write(folder.join("other.txt"), "mine").unwrap();
    std::fs::write(folder.join("leasehold-break-glass.sh"), "old").unwrap();
    let files = home.json(&["break-glass", "--folder", link.to_str().unwrap()]);
    assert_eq!(files["leases"], 1);
    let mode = |name: &str| {
        let file = std::fs::metadata(folder.join(name)).unwrap();
        file.permissions().mode() & 0o777
    };
    assert_eq!(mode("leasehold-break-glass.sh"), 0o700);
    assert_eq!(mode("leasehold-break-glass.md"), 0o600);
    let script = std::fs::read_to_string(text(&files, "/script")).unwrap();
    assert!(script.contains("ends 1 lease "), "{script}");
    let mut names: Vec<_> = Home::files(&folder)
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    names.sort();
    let left = [
        "leasehold-break-glass.md",
        "leasehold-break-glass.sh",
        "other.txt",
    ];
    assert_eq!(names, left.map(|name| folder.join(name)));
    assert_eq!(std::fs::read(folder.join("other.txt")).unwrap(), b"mine");

    let missing = home.beside("nowhere");
    for option in ["--folder", "--keep-in"] {
        let error = home.refused(3, &["break-glass", option, missing.to_str().unwrap()]);
        assert!(error["hint"].is_string(), "{error}");
    }
}

#[test]
fn a_kept_kit_follows_every_lease_until_it_is_no_longer_kept() {
    let (home, _account) = connected();
    let folder = home.beside("stick");
    std::fs::create_dir(&folder).unwrap();
    home.ok(&["break-glass", "--keep-in", folder.to_str().unwrap()]);
    let script = || std::fs::read_to_string(folder.join("leasehold-break-glass.sh")).unwrap();
    assert!(script().contains("ends 0 leases"));
    let made = home.json(&["lease", "create", "app", "--no-wait"]);
    let id = text(&made, "/lease/id");
    assert!(script().contains(text(&made, "/lease/user_name")));
    let before = script();
    home.ok(&["lease", "renew", id, "--to-max"]);
    assert_ne!(
        script(),
        before,
        "it says until when the lease lives by itself"
    );
    home.ok(&["lease", "revoke", id]);
    assert!(script().contains("ends 0 leases"));
    let status = home.json(&["status"]);
    assert_eq!(
        text(&status, "/break_glass/folder"),
        folder.to_str().unwrap()
    );
    assert!(status["break_glass"]["problem"].is_null(), "{status}");

    home.ok(&["break-glass", "--stop-keeping"]);
    home.ok(&["lease", "create", "app", "--no-wait"]);
    assert!(script().contains("ends 0 leases"));
    assert!(home.json(&["status"])["break_glass"].is_null());
}

#[test]
fn a_kit_that_cannot_be_written_stops_no_lease_and_is_told_in_the_status() {
    let (home, _account) = connected();
    let folder = home.beside("stick");
    std::fs::create_dir(&folder).unwrap();
    home.ok(&["break-glass", "--keep-in", folder.to_str().unwrap()]);
    std::fs::rename(&folder, home.beside("pulled out")).unwrap();
    let made = home.ok(&["lease", "create", "app", "--no-wait"]);
    assert!(made.out.contains("Secret access key"), "{made:?}");
    let said = home.ok(&["status"]);
    assert!(said.out.contains("NOT up to date"), "{said:?}");
    let status = home.json(&["status"]);
    assert!(status["notice"]["message"].is_string(), "{status}");

    // It is back: the next change writes it, and the notice is gone.
    std::fs::rename(home.beside("pulled out"), &folder).unwrap();
    home.ok(&["lease", "revoke", "--all"]);
    let status = home.json(&["status"]);
    assert!(status["notice"].is_null(), "{status}");
    assert!(status["break_glass"]["written_at"].is_string(), "{status}");
}
