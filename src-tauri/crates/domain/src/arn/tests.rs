//! ARNs, accounts and partitions.

use super::*;
use proptest::prelude::*;

fn account() -> AccountId {
    AccountId::parse("a", "123456789012").unwrap()
}

#[test]
fn accounts_are_twelve_digits() {
    assert_eq!(account().as_str(), "123456789012");
    for (wrong, fix) in [
        ("1234-5678-9012", "Write 123456789012."),
        ("1234 5678 9012", "Write 123456789012."),
        ("12345678901", "twelve digits"),
        ("1234567890123", "twelve digits"),
        ("12345678901a", "twelve digits"),
        ("", "twelve digits"),
        ("\u{661}23456789012", "twelve digits"),
    ] {
        assert!(
            AccountId::parse("a", wrong)
                .unwrap_err()
                .hint
                .unwrap()
                .contains(fix),
            "{wrong}"
        );
    }
}

#[test]
fn partitions_begin_with_aws() {
    for ok in ["aws", "aws-cn", "aws-us-gov", "aws-iso-b", "aws-eusc"] {
        assert_eq!(Partition::parse("p", ok).unwrap().as_str(), ok);
    }
    for wrong in [
        "", "AWS", "aws-", "aws--cn", "azure", "aws-1", "awscn", "aws-CN", "*",
    ] {
        assert!(Partition::parse("p", wrong).is_err(), "{wrong}");
    }
    assert_eq!(Partition::aws().as_str(), "aws");
}

#[test]
fn arns_have_six_parts() {
    let text = "arn:aws-cn:logs:cn-north-1:123456789012:log-group:/a:b";
    let arn = Arn::parse("x", text).unwrap();
    assert_eq!(
        (arn.service.as_str(), arn.region.as_str()),
        ("logs", "cn-north-1")
    );
    assert_eq!(arn.resource, "log-group:/a:b");
    assert_eq!(arn.to_string(), text);
    for ok in [
        "arn:aws:s3:::bucket",
        "arn:aws:iam::aws:policy/X",
        "arn:aws:sts::123456789012:assumed-role/a/b",
    ] {
        assert_eq!(Arn::parse("x", ok).unwrap().to_string(), ok);
    }
    for wrong in [
        "",
        "x",
        "arn:aws:s3",
        "urn:aws:s3:::b",
        "arn:azure:s3:::b",
        "arn:aws::::b",
        "arn:aws:s3:::",
        "arn:aws:s3:US::b",
        "arn:aws:iam::12345:user/x",
        "arn:aws:s3:::a b",
        "arn:aws:s3:::a\n",
        "arn:aws:*:::b",
    ] {
        let problem = Arn::parse("x", wrong).unwrap_err();
        assert!(problem.hint.is_some() && problem.field.is_some(), "{wrong}");
    }
    assert!(Arn::parse("x", &format!("arn:aws:s3:::{}", "a".repeat(2048))).is_err());
}

#[test]
fn policy_arns_are_managed_policies_of_aws_or_of_the_account() {
    for (ok, name) in [
        (
            "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
            "AmazonS3ReadOnlyAccess",
        ),
        (
            "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
            "ViewOnlyAccess",
        ),
        (
            "arn:aws:iam::123456789012:policy/a/b/my+policy=1,2.3@4_5-6",
            "my+policy=1,2.3@4_5-6",
        ),
    ] {
        let arn = PolicyArn::parse_for("p", ok, &Partition::aws(), &account()).unwrap();
        assert_eq!((arn.as_str(), arn.name()), (ok, name));
        assert_eq!(arn.account().is_none(), ok.contains("::aws:"));
        assert_eq!(arn.partition().as_str(), "aws");
    }
    for (wrong, part) in [
        (
            "AdministratorAccess",
            "arn:aws:iam::aws:policy/AdministratorAccess",
        ),
        ("", "Write the policy's ARN"),
        ("arn:aws:iam::aws:policy", ":policy/"),
        ("arn:aws:iam::aws:policy/", "name of 1 to 128"),
        ("arn:aws:iam::aws:policy/a/", "name of 1 to 128"),
        ("arn:aws:iam::aws:policy/*", "without wildcards"),
        ("arn:aws:iam::aws:policy//x", "empty parts"),
        ("arn:aws:iam::aws:policy/a*/x", "without wildcards"),
        ("arn:aws:iam::aws:policy/a//x", "empty parts"),
        ("arn:aws:iam::123456789012:role/x", ":policy/"),
        ("arn:aws:iam::123456789012:user/x", ":policy/"),
        ("arn:aws:iam:::policy/x", "account id"),
        (
            "arn:aws:iam:us-east-1:aws:policy/x",
            "Write arn:aws:iam::aws:policy/x.",
        ),
        ("arn:aws:s3:::policy/x", "managed policy"),
        ("arn:aws-cn:iam::aws:policy/x", "arn:aws:"),
        ("arn:aws:iam::999999999999:policy/x", "123456789012"),
    ] {
        let problem = PolicyArn::parse_for("p", wrong, &Partition::aws(), &account()).unwrap_err();
        let hint = problem.hint.unwrap();
        assert!(hint.contains(part), "{wrong}: {hint}");
    }
    let long = format!("arn:aws:iam::aws:policy/{}", "a".repeat(129));
    assert!(PolicyArn::parse("p", &long).is_err());
}

#[test]
fn users_and_groups_have_their_path_in_the_arn() {
    let path = IamPath::parse("p", "/leases/").unwrap();
    let group = GroupName::parse("g", "devs").unwrap();
    assert_eq!(
        user_arn(&Partition::aws(), &account(), &path, "lh-a"),
        "arn:aws:iam::123456789012:user/leases/lh-a"
    );
    assert_eq!(
        group_arn(&Partition::aws(), &account(), &IamPath::root(), &group),
        "arn:aws:iam::123456789012:group/devs"
    );
}

proptest! {
    #[test]
    fn what_is_read_prints_back(text in "arn:aws(-cn)?:[a-z0-9]{1,5}:[a-z0-9-]{0,9}:(123456789012|aws)?:[!-~]{1,20}") {
        prop_assert_eq!(Arn::parse("x", &text).unwrap().to_string(), text);
    }

    #[test]
    fn reading_never_panics(text in "(arn:aws:iam::(aws|123456789012):)?\\PC{0,60}") {
        let _ = Arn::parse("x", &text);
        let _ = PolicyArn::parse("x", &text);
    }
}
