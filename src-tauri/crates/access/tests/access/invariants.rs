//! T55 to T65: the parts of an identity agree with each other and with the host.

use leasehold_access::{Identity, Principal};
use leasehold_domain::ClaimKey;

use crate::fixtures::{
    ACCOUNT, Client, ROLE_ID, Sts, USER_ID, Vault, answer, caller_xml, code, method,
};

const A: &str = ACCOUNT;

/// What a vault that admits root and federated users says to somebody with these parts.
fn said(arn: &str, user_id: &str, account: &str) -> &'static str {
    let bounds = ["root", "user/*"].map(|r| format!("arn:aws:iam::{A}:{r}"));
    let sessions = ["assumed-role/*", "federated-user/*"].map(|r| format!("arn:aws:sts::{A}:{r}"));
    let vault = Vault {
        method: Some(method(|draft| {
            draft.bound_arn = [bounds, sessions].concat()
        })),
        sts: Sts::answering(Ok(answer(
            200,
            "text/xml",
            caller_xml(arn, user_id, account),
        ))),
        ..Vault::default()
    };
    code(&vault.login(&Client::js().token()))
}

#[test]
fn only_what_aws_could_have_said_is_believed() {
    let session = format!("{ROLE_ID}:i-0abc");
    let of = |resource: &str| {
        format!(
            "arn:aws:{}:{A}:{resource}",
            if resource.contains("assumed") || resource.contains("federated") {
                "sts:"
            } else {
                "iam:"
            }
        )
    };
    for (case, arn, user_id, account, expected) in [
        (
            "T55 another account",
            of("assumed-role/x/i-0abc"),
            &session,
            "999999999999",
            "identity_inconsistent",
        ),
        (
            "T56 another partition",
            format!("arn:aws-cn:sts::{A}:assumed-role/x/i-0abc"),
            &session,
            A,
            "identity_inconsistent",
        ),
        (
            "T57 a role without a session",
            of("assumed-role/x"),
            &session,
            A,
            "identity_inconsistent",
        ),
        (
            "T57 nothing but a kind",
            of("role"),
            &session,
            A,
            "identity_inconsistent",
        ),
        (
            "T57 a role",
            of("role/x"),
            &ROLE_ID.to_owned(),
            A,
            "identity_inconsistent",
        ),
        (
            "T57 an instance profile",
            of("instance-profile/x"),
            &"AIPAEXAMPLEEXAMPLE00".into(),
            A,
            "identity_inconsistent",
        ),
        (
            "T58 another session",
            of("assumed-role/x/i-0abc"),
            &format!("{ROLE_ID}:other"),
            A,
            "identity_inconsistent",
        ),
        (
            "T58 no session",
            of("assumed-role/x/i-0abc"),
            &ROLE_ID.to_owned(),
            A,
            "identity_inconsistent",
        ),
        (
            "T58 a user's id",
            of("assumed-role/x/i-0abc"),
            &format!("{USER_ID}:i-0abc"),
            A,
            "identity_inconsistent",
        ),
        (
            "T58 two colons",
            of("assumed-role/x/i-0abc"),
            &format!("{ROLE_ID}:x:i-0abc"),
            A,
            "identity_inconsistent",
        ),
        (
            "T59 a user with a path",
            of("user/path/Bob"),
            &USER_ID.into(),
            A,
            "accepted",
        ),
        (
            "T59 a user with a role's id",
            of("user/Bob"),
            &ROLE_ID.into(),
            A,
            "identity_inconsistent",
        ),
        (
            "T59 a user with a session",
            of("user/Bob"),
            &format!("{USER_ID}:x"),
            A,
            "identity_inconsistent",
        ),
        (
            "T59 a user without a name",
            of("user/"),
            &USER_ID.into(),
            A,
            "identity_inconsistent",
        ),
        (
            "T60 root, admitted by its ARN",
            of("root"),
            &A.into(),
            A,
            "accepted",
        ),
        (
            "T60 root with another id",
            of("root"),
            &USER_ID.into(),
            A,
            "identity_inconsistent",
        ),
        (
            "T61 a federated user",
            of("federated-user/bob"),
            &format!("{A}:bob"),
            A,
            "accepted",
        ),
        (
            "T61 a federated user with another's id",
            of("federated-user/bob"),
            &format!("{A}:eve"),
            A,
            "identity_inconsistent",
        ),
        (
            "T62 an account of eleven digits",
            of("root"),
            &A.into(),
            "12345678901",
            "identity_inconsistent",
        ),
        (
            "T64 single sign-on",
            of("assumed-role/AWSReservedSSO_Dev_0123456789abcdef/alice@example.com"),
            &format!("{ROLE_ID}:alice@example.com"),
            A,
            "accepted",
        ),
        (
            "T64 a service-linked role",
            of("assumed-role/AWSServiceRoleForX/x-y"),
            &format!("{ROLE_ID}:x-y"),
            A,
            "accepted",
        ),
        (
            "T65 a colon in the session",
            of("assumed-role/R/a:b"),
            &format!("{ROLE_ID}:a:b"),
            A,
            "identity_inconsistent",
        ),
        (
            "a region",
            format!("arn:aws:sts:us-east-1:{A}:assumed-role/x/i-0abc"),
            &session,
            A,
            "identity_inconsistent",
        ),
        (
            "another service",
            format!("arn:aws:ec2::{A}:assumed-role/x/i-0abc"),
            &session,
            A,
            "identity_inconsistent",
        ),
        (
            "T116 terminal escapes",
            of("assumed-role/x/a\u{1b}[31mb"),
            &format!("{ROLE_ID}:a\u{1b}[31mb"),
            A,
            "identity_inconsistent",
        ),
        (
            "T116 text that turns around",
            of("assumed-role/x/a\u{202e}b"),
            &format!("{ROLE_ID}:a\u{202e}b"),
            A,
            "identity_inconsistent",
        ),
        (
            "an id with small letters",
            of("user/Bob"),
            &USER_ID.to_lowercase(),
            A,
            "identity_inconsistent",
        ),
    ] {
        assert_eq!(said(&arn, user_id, account), expected, "{case}");
    }
}

fn identity(arn: &str, user_id: &str, account: &str) -> Identity {
    let words = serde_json::json!({"arn": arn, "user_id": user_id, "account": account});
    serde_json::from_value(words).unwrap()
}

#[test]
fn claims_are_those_of_the_kind() {
    use ClaimKey::{
        AccountId, CanonicalArn, ClientIp, PrincipalType, ResourceId, RoleId, RoleName, UserId,
        UserName,
    };
    let session = format!("{ROLE_ID}:i-0abc");
    let federated = format!("{A}:bob");
    let zeros = "012345678901";
    for (case, who, has, has_not) in [
        (
            "T63 a role on EC2",
            identity(
                &format!("arn:aws:sts::{A}:assumed-role/dev-box/i-0abc"),
                &session,
                A,
            ),
            &[
                (RoleName, "dev-box"),
                (RoleId, ROLE_ID),
                (ResourceId, "i-0abc"),
                (CanonicalArn, "arn:aws:iam::123456789012:role/dev-box"),
                (PrincipalType, "assumed_role"),
            ][..],
            &[UserName, UserId, ClientIp][..],
        ),
        (
            "T59 a user",
            identity(&format!("arn:aws:iam::{A}:user/path/Bob"), USER_ID, A),
            &[
                (UserName, "Bob"),
                (UserId, USER_ID),
                (CanonicalArn, "arn:aws:iam::123456789012:user/path/Bob"),
            ],
            &[RoleName, RoleId, ResourceId],
        ),
        (
            "T61 a federated user",
            identity(
                &format!("arn:aws:sts::{A}:federated-user/bob"),
                &federated,
                A,
            ),
            &[
                (UserId, "123456789012:bob"),
                (PrincipalType, "federated_user"),
            ],
            &[RoleName, UserName],
        ),
        (
            "T62 an account that begins with zero",
            identity(&format!("arn:aws:iam::{zeros}:root"), zeros, zeros),
            &[(AccountId, zeros), (UserId, zeros), (PrincipalType, "root")],
            &[UserName],
        ),
    ] {
        let claims = who.claims(None);
        for (key, value) in has {
            assert_eq!(
                claims.get(key).map(String::as_str),
                Some(*value),
                "{case} {key}"
            );
        }
        for key in has_not {
            assert_eq!(claims.get(key), None, "{case} {key}");
        }
    }
}

#[test]
fn an_identity_survives_being_stored_and_is_judged_again() {
    let arn = format!("arn:aws:sts::{A}:assumed-role/dev-box/i-0abc");
    let one = identity(&arn, &format!("{ROLE_ID}:i-0abc"), A);
    let text = serde_json::to_string(&one).unwrap();
    assert_eq!(serde_json::from_str::<Identity>(&text).unwrap(), one);
    assert_eq!(one.stable_id(), ROLE_ID);
    assert!(
        matches!(one.principal(), Principal::AssumedRole { session, .. } if session == "i-0abc")
    );
    let tampered = text.replace("dev-box/i-0abc", "dev-box/i-0abd");
    assert!(serde_json::from_str::<Identity>(&tampered).is_err());
}

#[test]
fn somebody_can_be_imagined_to_test_bounds_with() {
    let imagine = |arn: &str, id: &str| {
        Identity::imagine("principal", &arn.replace(":A:", &format!(":{A}:")), id)
    };
    for (arn, id, canonical, stable) in [
        (
            "arn:aws:iam::A:role/team/dev",
            "",
            "role/dev",
            "AROA0000000000000000",
        ),
        ("arn:aws:iam::A:role/dev", ROLE_ID, "role/dev", ROLE_ID),
        (
            "arn:aws:sts::A:assumed-role/dev/i-0abc",
            "",
            "role/dev",
            "AROA0000000000000000",
        ),
        (
            "arn:aws:iam::A:user/path/Bob",
            USER_ID,
            "user/path/Bob",
            USER_ID,
        ),
        ("arn:aws:iam::A:root", "", "root", A),
    ] {
        let who = imagine(arn, id).unwrap();
        assert_eq!(
            (who.canonical_arn().resource.as_str(), who.stable_id()),
            (canonical, stable),
            "{arn}"
        );
    }
    for (arn, id) in [
        ("arn:aws:iam::A:group/x", ""),
        ("arn:aws:iam::A:role/dev", USER_ID),
        ("arn:aws:sts::A:assumed-role/dev", ""),
        ("arn:aws:iam::A:role/", ""),
        ("dev", ""),
        ("", ""),
    ] {
        let problem = imagine(arn, id).unwrap_err();
        assert!(problem.field.is_some() && problem.hint.is_some(), "{arn}");
    }
}
