//! What people see.

use crate::home::{Home, Said, text};

#[test]
fn a_new_lease_is_shown_with_its_times() {
    let home = Home::practised();
    let said = home.ok(&["lease", "create", "s3"]);
    assert!(
        said.out.contains("(in 59 min)") || said.out.contains("(in 1 h)"),
        "{said:?}"
    );
    for name in [
        "LEASE ",
        "User ",
        "Access key id ",
        "Secret access key ",
        "Usable ",
    ] {
        assert!(
            said.out.lines().any(|line| line.starts_with(name)),
            "{name}: {said:?}"
        );
    }
    assert_eq!(said.err, "", "progress is for terminals");
}

#[test]
fn lists_are_aligned_and_ids_are_whole() {
    let home = Home::practised();
    let made = home.json(&["lease", "create", "s3", "--label", "a note"]);
    let said = home.ok(&["lease", "list"]);
    let lines: Vec<_> = said.out.lines().collect();
    let column = |name: &str| lines[0].find(name).unwrap();
    assert_eq!(&lines[1][..36], text(&made, "/lease/id"));
    assert!(lines[1][column("SECRET")..].starts_with("development:/s3"));
    assert!(lines[1][column("STATE")..].starts_with("active"));
    assert!(lines[1][column("LABEL")..].starts_with("a note"));
    assert_eq!(
        home.ok(&["lease", "list", "--state", "failed"]).out,
        "No leases.\n"
    );
}

#[test]
fn what_is_over_is_shown_as_expired_until_it_is_cleaned_up() {
    let home = Home::practised();
    home.ok(&["lease", "create", "s3", "--no-wait"]);
    home.ok(&["practice", "skip", "61m"]);
    let said = home.ok(&["lease", "list"]);
    assert!(said.out.contains("expired"), "{said:?}");
    assert!(
        said.out.contains("(1 min ago)") || said.out.contains("(2 min ago)"),
        "{said:?}"
    );
    assert_eq!(
        home.json(&["lease", "list"])["leases"][0]["state"],
        "active"
    );
}

#[test]
fn a_secret_without_a_boundary_is_warned_about_beside_the_answer() {
    let home = Home::practised();
    let said = home.add_secret("other", &[]);
    assert!(said.err.starts_with("note: "), "{said:?}");
    assert!(said.out.contains("Permission boundary  none"), "{said:?}");
}

#[test]
fn nothing_is_coloured_without_a_terminal() {
    let home = Home::practised();
    for words in [
        &["--help"][..],
        &["lease", "list"],
        &["lease", "show", "x"],
        &["lese"],
    ] {
        let said = home.run(words);
        assert!(
            !said.out.contains('\u{1b}') && !said.err.contains('\u{1b}'),
            "{said:?}"
        );
    }
}

#[test]
fn status_is_one_screen_and_works_without_a_keychain() {
    let home = Home::practised();
    home.ok(&["lease", "create", "s3", "--no-wait"]);
    let said = home.ok(&["status"]);
    assert!(said.out.contains("Active leases          1"), "{said:?}");
    let mut command = home.command(&["status"]);
    command.args(["--keychain", "os"]);
    command.env("XDG_RUNTIME_DIR", home.beside("nothing"));
    let said = Said::of(command, "");
    assert_eq!(said.code, 0, "{said:?}");
    if cfg!(target_os = "linux") {
        assert!(said.out.contains("--keychain file"), "{said:?}");
    }
}
