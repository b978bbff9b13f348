//! Access key ids.

use super::*;

#[test]
fn key_ids_are_told_from_what_is_pasted_in_their_place() {
    for ok in [
        "AKIAIOSFODNN7EXAMPLE",
        " AKIAIOSFODNN7EXAMPLE\n",
        "ASIAIOSFODNN7EXAMPLE",
        "LKIA_12345678901",
    ] {
        assert_eq!(
            AccessKeyId::parse("access_key_id", ok).unwrap().as_str(),
            ok.trim()
        );
    }
    for (wrong, part) in [
        ("", "AKIA"),
        ("AKIA", "AKIA"),
        ("AKIAIOSFODNN7 EXAMPLE", "AKIA"),
        (
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "secret in its own field",
        ),
        (
            "wJalrXUtnFEMIxK7MDENGxbPxRfiCYEXAMPLEKEY",
            "secret in its own field",
        ),
        ("AIDAIOSFODNN7EXAMPLE", "AKIA"),
        ("AROAIOSFODNN7EXAMPLE", "AKIA"),
        (&"A".repeat(129), "AKIA"),
    ] {
        let problem = AccessKeyId::parse("access_key_id", wrong).unwrap_err();
        assert_eq!(problem.field.as_deref(), Some("access_key_id"));
        assert!(problem.hint.unwrap().contains(part), "{wrong}");
        assert!(
            wrong.is_empty() || !problem.message.contains(wrong),
            "{wrong} is repeated"
        );
    }
}

#[test]
fn a_managing_key_is_not_temporary() {
    assert!(AccessKeyId::parse_managing("access_key_id", "AKIAIOSFODNN7EXAMPLE").is_ok());
    let problem = AccessKeyId::parse_managing("access_key_id", "ASIAIOSFODNN7EXAMPLE").unwrap_err();
    assert!(problem.message.contains("temporary"));
}
