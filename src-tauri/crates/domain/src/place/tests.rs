//! Slugs and folders.

use super::*;
use proptest::prelude::*;

#[test]
fn names_are_slugs() {
    for ok in ["a", "0", "s3-upload", "a--b", " s3 ", &"a".repeat(64)] {
        assert_eq!(
            SecretName::parse("name", ok).unwrap().as_str(),
            ok.trim(),
            "{ok}"
        );
    }
    for (wrong, fix) in [
        ("", "s3-upload"),
        ("S3 Upload", "s3-upload"),
        ("s3_upload", "s3-upload"),
        ("s3.upload", "s3-upload"),
        ("-s3", "s3"),
        ("s3-", "s3"),
        ("/s3/", "s3"),
        ("größe", "gr-e"),
        ("---", "s3-upload"),
        (&"a".repeat(65), "aaaa"),
    ] {
        let problem = SecretName::parse("name", wrong).unwrap_err();
        assert_eq!(problem.field.as_deref(), Some("name"));
        let hint = problem.hint.unwrap();
        assert!(hint.contains(fix), "{wrong}: {hint}");
    }
}

#[test]
fn environments_and_connections_take_dots_and_underscores_inside() {
    for ok in ["production", "eu.prod_1", "a-b"] {
        assert_eq!(Slug::parse("environment", ok).unwrap().to_string(), ok);
    }
    for wrong in [".a", "a.", "_a", "a_", "A", "a b", "a/b", "a:b", ""] {
        assert!(Slug::parse("environment", wrong).is_err(), "{wrong}");
    }
}

#[test]
fn folders_are_put_right_where_the_meaning_is_clear() {
    for (typed, folder) in [
        ("", "/"),
        ("/", "/"),
        ("/payments", "/payments"),
        ("payments", "/payments"),
        ("/payments/s3/", "/payments/s3"),
        (" /a/b.c_d-e ", "/a/b.c_d-e"),
    ] {
        assert_eq!(
            Folder::parse("folder", typed).unwrap().as_str(),
            folder,
            "{typed}"
        );
    }
    for wrong in [
        "//",
        "/a//b",
        "/a/../b",
        "/a/./b",
        "/A",
        "/a b",
        "/*",
        "/+",
        "/a/\u{e9}",
        "/a\\b",
        "/a:b",
    ] {
        let problem = Folder::parse("folder", wrong).unwrap_err();
        assert_eq!(problem.field.as_deref(), Some("folder"), "{wrong}");
    }
    assert!(Folder::parse("folder", &format!("/{}", "a/".repeat(400))).is_err());
}

proptest! {
    #[test]
    fn every_suggestion_is_itself_a_name(text in "\\PC{0,90}") {
        if let Some(better) = suggestion(&text, "-") {
            prop_assert!(SecretName::parse("name", &better).is_ok(), "{better}");
        }
    }

    #[test]
    fn a_folder_reads_back_as_itself(text in "[a-z/._-]{0,30}") {
        if let Ok(folder) = Folder::parse("folder", &text) {
            prop_assert_eq!(Folder::parse("folder", folder.as_str()), Ok(folder));
        }
    }
}
