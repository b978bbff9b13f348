//! Patterns that match, and those that are refused because they never would.

use super::*;
use proptest::prelude::*;

const A: &str = "123456789012";

fn matches(pattern: &str, arn: &str) -> bool {
    let pattern = ArnPattern::parse("bound_arn", pattern).unwrap();
    pattern.matches(&Arn::parse("arn", arn).unwrap())
}

fn hint(pattern: &str) -> String {
    let problem = ArnPattern::parse("bound_arn", pattern).unwrap_err();
    assert_eq!(problem.field.as_deref(), Some("bound_arn"), "{pattern}");
    problem.hint.unwrap()
}

#[test]
fn each_part_is_compared_by_itself_and_with_case() {
    for (pattern, arn, yes) in [
        (
            "arn:aws:sts::A:assumed-role/dev-*",
            "arn:aws:sts::A:assumed-role/dev-ops/x",
            true,
        ),
        (
            "arn:aws:sts::A:assumed-role/dev-*",
            "arn:aws:sts::A:assumed-role/Dev-ops/x",
            false,
        ),
        (
            "arn:aws:sts::A:assumed-role/dev-?/s",
            "arn:aws:sts::A:assumed-role/dev-1/s",
            true,
        ),
        (
            "arn:aws:sts::A:assumed-role/dev-?/s",
            "arn:aws:sts::A:assumed-role/dev-/s",
            false,
        ),
        (
            "arn:aws:sts::A:assumed-role/a.b/*",
            "arn:aws:sts::A:assumed-role/aXb/s",
            false,
        ),
        (
            "arn:aws:sts::A:assumed-role/a+b/*",
            "arn:aws:sts::A:assumed-role/a+b/s",
            true,
        ),
        (
            "arn:aws:sts::A:assumed-role/x*",
            "arn:aws:sts::999999999999:assumed-role/x/s",
            false,
        ),
        (
            "arn:aws:sts::*:assumed-role/x/*",
            "arn:aws:sts::999999999999:assumed-role/x/s",
            true,
        ),
        ("arn:aws:sts::A:*", "arn:aws:sts::A:assumed-role/x/s", true),
        ("arn:aws:sts::A:*", "arn:aws:iam::A:user/x", false),
        ("arn:aws*:iam::A:user/*", "arn:aws-cn:iam::A:user/a/b", true),
        ("arn:aws:iam::A:user/*", "arn:aws-cn:iam::A:user/a/b", false),
        ("arn:aws:iam::A:root", "arn:aws:iam::A:root", true),
        ("arn:aws:iam::A:role/Dev", "arn:aws:iam::A:role/Dev2", false),
    ] {
        let of = |text: &str| text.replace(":A:", &format!(":{A}:"));
        assert_eq!(matches(&of(pattern), &of(arn)), yes, "{pattern} {arn}");
    }
}

#[test]
fn what_never_matches_is_refused_with_the_corrected_form() {
    for (pattern, fix) in [
        // The two examples of other products' manuals.
        (
            "arn:aws:sts:{account-id}:assumed-role/{role-name}/{resource-id}",
            "Write arn:aws:sts::{account-id}:assumed-role/{role-name}/{resource-id}.",
        ),
        (
            "arn:aws:sts:us-east-?:123456789012:*",
            "Write arn:aws:sts::123456789012:*. To say in which regions the identity may be proved, \
             put us-east-? into the allowed STS regions.",
        ),
        (
            "arn:aws:sts:123456789012:assumed-role/dev/i-1",
            "Write arn:aws:sts::123456789012:assumed-role/dev/i-1.",
        ),
        (
            "arn:*:123456789012:role/x",
            "Write arn:aws:iam::123456789012:role/x.",
        ),
        (
            "arn:aws:iam::{account-id}:user/{user-name}",
            "your own values",
        ),
        (
            "arn:aws:iam::123456789012:assumed-role/x/*",
            "Write arn:aws:sts::123456789012:assumed-role/x/*.",
        ),
        (
            "arn:aws:sts::123456789012:role/x",
            "Write arn:aws:iam::123456789012:role/x.",
        ),
        (
            "arn:aws:iam::123456789012:role/team/Name",
            "Write arn:aws:iam::123456789012:role/Name;",
        ),
        (
            "arn:aws:iam::123456789012:role/team/*",
            "without their path",
        ),
        (
            "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/\
             AWSReservedSSO_Dev_0123456789abcdef",
            "Write arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Dev_*/*:",
        ),
        (
            "arn:aws:iam::123456789012:role/aws-reserved/*",
            "role/AWSReservedSSO_*",
        ),
        (
            "arn:aws:sts::123456789012:assumed-role/x",
            "assumed-role/x/* for every session",
        ),
        (
            "arn:aws:sts::123456789012:assumed-role/x/",
            "Write arn:aws:sts::123456789012:assumed-role/x/*.",
        ),
        (
            "arn:aws:sts::123456789012:assumed-role/team/x/*",
            "Write arn:aws:sts::123456789012:assumed-role/x/*.",
        ),
        (
            "arn:aws:sts::123456789012:assumed-role/x/a:b",
            "without a colon",
        ),
        ("arn:aws:iam::1234-5678-9012:user/x", "Write 123456789012."),
        ("arn:aws:iam::12345678901a*:user/x", "twelve digits"),
        (
            "arn:aws:*::123456789012:user/x",
            "Write arn:aws:iam::123456789012:user/x.",
        ),
        ("arn:aws:s3::123456789012:bucket", "iam for users"),
        (
            "arn:aws:iam::123456789012:group/x",
            "role's session or of a user",
        ),
        ("arn:aws:iam::123456789012:user/", "after user/"),
        ("arn:aws:iam::123456789012:root/x", "123456789012:root."),
        ("arn:Aws:iam::123456789012:user/x", "aws-cn"),
        ("*", "Leave the ARNs out"),
        ("dev-role", "role names"),
        ("", "Write arn:aws:sts::"),
        (
            "arn:aws:iam::123456789012:user/x, arn:aws:iam::123456789012:user/y",
            "entry of its own",
        ),
        (
            "arn:aws:iam::123456789012:user/x,arn:aws:iam::123456789012:user/y",
            "entry of its own",
        ),
    ] {
        let hint = hint(pattern);
        assert!(hint.contains(fix), "{pattern}: {hint}");
    }
    assert!(ArnPattern::parse("x", &"a".repeat(3000)).is_err());
}

#[test]
fn the_corrected_forms_are_accepted() {
    for pattern in [
        "arn:aws:sts::123456789012:*",
        "arn:aws:iam::123456789012:role/x",
        "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Dev_*/*",
        "arn:aws:iam::123456789012:role/AWSReservedSSO_*",
        "arn:aws:iam::123456789012:user/path/Bob",
        "arn:aws:sts::123456789012:federated-user/*",
        "arn:aws:sts::1234567890??:assumed-role/x/*",
    ] {
        assert_eq!(
            ArnPattern::parse("x", pattern).unwrap().to_string(),
            pattern
        );
    }
}

#[test]
fn surprises_are_told() {
    let notice = |text: &str| ArnPattern::parse("x", text).unwrap().notice();
    let sso =
        notice("arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/*");
    assert!(sso.unwrap().contains("AWSReservedSSO_Dev_*"));
    let session = notice("arn:aws:sts::123456789012:assumed-role/x/alice");
    assert!(session.unwrap().contains("chooses"));
    assert!(notice("arn:aws:iam::123456789012:root").is_some());
    assert_eq!(notice("arn:aws:sts::123456789012:assumed-role/x/*"), None);
}

proptest! {
    #[test]
    fn what_is_read_reads_back(text in "arn:aws[a-z*?-]{0,4}:(iam|sts)::[0-9*?]{12}:(role|user|assumed-role|root)/?[a-zA-Z*?./+-]{0,12}") {
        if let Ok(pattern) = ArnPattern::parse("x", &text) {
            prop_assert_eq!(&pattern.to_string(), &text);
            prop_assert_eq!(ArnPattern::parse("x", &pattern.to_string()), Ok(pattern));
        }
    }

    #[test]
    fn a_star_never_crosses_a_colon(resource in "[a-z*/]{1,10}", other in "[0-9]{12}") {
        prop_assume!(other != A);
        if let Ok(pattern) = ArnPattern::parse("x", &format!("arn:aws:sts::{A}:{resource}")) {
            let arn = Arn::parse("x", &format!("arn:aws:sts::{other}:assumed-role/x/s")).unwrap();
            prop_assert!(!pattern.matches(&arn));
        }
    }

    #[test]
    fn reading_never_panics(text in ".{0,80}", arn in "arn:[a-z:/*?{}0-9]{0,60}") {
        let _ = ArnPattern::parse("x", &text);
        let _ = ArnPattern::parse("x", &arn);
    }
}

#[test]
fn a_pattern_that_a_session_name_alone_can_meet_says_so() {
    let notice = |text: &str| ArnPattern::parse("arn", text).unwrap().notice();
    let begin = "arn:aws:sts::123456789012:";
    for met in ["assumed-role/*-admin", "assumed-role/a*b*", "*-admin"] {
        let said = notice(&format!("{begin}{met}")).unwrap_or_default();
        assert!(said.contains("session alone"), "{met}: {said}");
    }
    for fine in ["assumed-role/admin-*", "assumed-role/*-admin/*", "*"] {
        assert_eq!(notice(&format!("{begin}{fine}")), None, "{fine}");
    }
    assert_eq!(notice("arn:aws:iam::123456789012:role/*-admin"), None);
}
