//! Names of users and groups, and labels.

use super::*;

#[test]
fn user_names_are_iams_up_to_64() {
    for ok in ["a", "lh-A1+=,.@_-", &"a".repeat(64)] {
        assert_eq!(UserName::parse("n", ok).unwrap().as_str(), ok);
    }
    for (wrong, rule) in [
        ("", "empty"),
        (&*"a".repeat(65), "at most 64"),
        ("a b", "` `"),
        ("a/b", "`/`"),
        ("a*", "`*`"),
        ("é", "`é`"),
        ("a\n", "`\\u{a}`"),
    ] {
        let problem = UserName::parse("n", wrong).unwrap_err();
        assert!(
            problem.message.contains(rule),
            "{wrong}: {}",
            problem.message
        );
        assert!(problem.hint.is_some());
    }
}

#[test]
fn user_names_are_compared_without_case() {
    let name = |text| UserName::parse("n", text).unwrap();
    assert!(name("Lh-A").is_same_as(&name("lH-a")));
    assert!(!name("lh-a").is_same_as(&name("lh-b")));
    assert_ne!(name("Lh-A"), name("lH-a"));
}

#[test]
fn an_arn_in_place_of_a_group_is_answered_with_its_name() {
    assert_eq!(
        GroupName::parse("g", " admins ").unwrap().to_string(),
        "admins"
    );
    assert!(GroupName::parse("g", &"a".repeat(128)).is_ok());
    assert!(GroupName::parse("g", &"a".repeat(129)).is_err());
    let arn = "arn:aws:iam::123456789012:group/teams/admins";
    assert_eq!(
        GroupName::parse("g", arn).unwrap_err().hint.as_deref(),
        Some("Write admins.")
    );
}

#[test]
fn labels_are_what_a_person_can_read() {
    for ok in [
        "nightly backup",
        "日本語 🎉",
        "👨\u{200d}👩",
        &"x".repeat(256),
    ] {
        assert_eq!(Label::parse("label", ok).unwrap().as_str(), ok);
    }
    for wrong in [
        "",
        "  ",
        "a\nb",
        "a\tb",
        "a\u{0}",
        "\u{202e}abc",
        "a\u{2066}b",
        "a\u{1b}[31m",
        &"x".repeat(257),
    ] {
        let problem = Label::parse("label", wrong).unwrap_err();
        assert_eq!(problem.field.as_deref(), Some("label"), "{wrong:?}");
    }
}
