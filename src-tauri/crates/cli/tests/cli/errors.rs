//! Errors and broken pipes as scripts and people see them.

use std::process::Stdio;

use crate::home::{Home, text};

#[test]
fn an_error_for_people_has_a_sentence_a_field_and_a_hint() {
    let home = Home::practised();
    let said = home.run(&["lease", "create", "s3", "--ttl", "4h"]);
    let lines: Vec<_> = said.err.lines().collect();
    assert!(
        lines[0].starts_with("error[invalid_input]: ") && lines[0].ends_with("(ttl)"),
        "{said:?}"
    );
    assert!(lines[1].starts_with("hint: "), "{said:?}");
    assert_eq!(lines.len(), 2);
    assert_eq!(said.out, "");
}

#[test]
fn a_usage_error_for_people_names_its_code_and_shows_the_usage() {
    let home = Home::empty();
    let said = home.run(&["lease", "list", "--sate", "active"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    let lines: Vec<_> = said.err.lines().collect();
    assert_eq!(lines[0], "error[usage]: unexpected argument '--sate' found");
    assert!(
        said.err
            .contains("tip: a similar argument exists: '--state'"),
        "{said:?}"
    );
    assert!(said.err.contains("Usage: leasehold lease list"), "{said:?}");
}

#[test]
fn usage_errors_are_documents_with_json_wherever_that_stands() {
    let home = Home::empty();
    let error = home
        .run(&["--json", "lease", "list", "--sate", "active"])
        .error(2);
    assert_eq!(error["code"], "usage");
    assert_eq!(error["message"], "Unexpected argument '--sate' found.");
    assert_eq!(
        error["hint"],
        "A similar argument exists: '--state'. For more information, try '--help'."
    );
    let error = home
        .run(&["lease", "list", "--state", "lively", "--json"])
        .error(2);
    assert_eq!(error["field"], "state");
    assert!(text(&error, "/message").contains("active"), "{error}");
    let error = home.run(&["lease", "renew", "--json"]).error(2);
    assert!(text(&error, "/message").contains("<ID>"), "{error}");
    assert!(
        text(&error, "/hint").starts_with("Usage: leasehold lease renew"),
        "{error}"
    );
    // What the grammar of the parser cannot say is said the same way.
    let error = home
        .run(&["credentials", "s3", "--format", "bash", "--json"])
        .error(2);
    assert_eq!(error["code"], "usage");
    assert!(text(&error, "/message").contains("--format"), "{error}");
}

#[test]
fn a_secret_in_a_line_that_was_not_understood_is_in_no_document() {
    let home = Home::empty();
    let key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    for words in [
        vec![
            "connection",
            "add",
            "x",
            "--secret-access-key",
            key,
            "--json",
        ],
        vec!["lease", "list", "--json", "--state", key],
        vec!["--json", key],
    ] {
        let said = home.run(&words);
        said.error(2);
        assert!(!said.err.contains("wJalr"), "{said:?}");
    }
}

#[test]
fn an_ambiguous_name_lists_its_candidates() {
    let home = Home::practised();
    home.add_secret("s3", &["--folder", "/pay"]);
    home.add_secret("s3", &["--environment", "production", "--folder", "/pay"]);
    let error = home.refused(3, &["lease", "create", "s3"]);
    assert_eq!(error["code"], "ambiguous");
    for candidate in [
        "development:/s3",
        "development:/pay/s3",
        "production:/pay/s3",
    ] {
        assert!(text(&error, "/message").contains(candidate), "{error}");
    }
    home.refused(3, &["secret", "show", "pay/s3"]);
    let shown = home.json(&["secret", "show", "production:pay/s3"]);
    assert_eq!(shown["secret"]["environment"], "production");
    home.json(&["secret", "show", "/s3"]);
}

#[test]
fn a_reader_that_left_is_no_error() {
    let home = Home::practised();
    let words: [&[&str]; 5] = [
        &["secret", "list"],
        &["secret", "list", "--json"],
        &["credentials", "s3"],
        &["completions", "zsh"],
        &["--help"],
    ];
    for words in words {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut child = home
            .command(words)
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut err = child.stderr.take().unwrap();
        std::io::Read::read_to_string(&mut err, &mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{words:?}: {said}");
        assert_eq!(said, "", "{words:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_key_that_could_not_be_printed_is_said_to_be_lost() {
    let home = Home::practised();
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = home
        .command(&["lease", "create", "s3", "--no-wait"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("hint: ") && said.contains("leasehold lease revoke "),
        "{said}"
    );
}

#[test]
fn a_closed_standard_error_is_no_panic() {
    let home = Home::empty();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = home
        .command(&["secret", "show", "x"])
        .stderr(writer)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(5));
}
