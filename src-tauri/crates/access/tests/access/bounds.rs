//! T66 to T82: which identities an auth method lets in, and what is refused when it is saved.

use leasehold_access::{AuthMethodDraft, Bound, Hosts, Identity, Limits, Outcome, State, validate};
use leasehold_domain::ClientAddress;

use crate::fixtures::{ACCOUNT, ROLE_ID, USER_ID, draft, method, now};

const A: &str = ACCOUNT;
const OTHER: &str = "999999999999";

fn identity(arn: &str, user_id: &str) -> Identity {
    let account = arn.split(':').nth(4).unwrap();
    let words = serde_json::json!({"arn": arn, "user_id": user_id, "account": account});
    serde_json::from_value(words).unwrap()
}

fn role(account: &str, name: &str, session: &str) -> Identity {
    let arn = format!("arn:aws:sts::{account}:assumed-role/{name}/{session}");
    identity(&arn, &format!("{ROLE_ID}:{session}"))
}

fn user(name: &str) -> Identity {
    identity(&format!("arn:aws:iam::{A}:user/{name}"), USER_ID)
}

/// The reason code, or `admitted`.
fn judged(who: &Identity, change: impl FnOnce(&mut AuthMethodDraft)) -> &'static str {
    let state = State {
        enabled: true,
        client: &ClientAddress::Unix,
        now: now(),
    };
    let judgement = method(change).judge(who, "us-east-1", state);
    judgement.reason.map_or("admitted", |reason| reason.code())
}

/// What is refused when saved: field and hint.
fn refused(change: impl FnOnce(&mut AuthMethodDraft)) -> (String, String) {
    let mut draft = draft();
    change(&mut draft);
    let problems = validate(&draft, &Hosts::default(), Limits::default(), now()).unwrap_err();
    let first = &problems[0];
    (first.field.clone().unwrap(), first.hint.clone().unwrap())
}

fn notices(change: impl FnOnce(&mut AuthMethodDraft)) -> String {
    let mut draft = draft();
    change(&mut draft);
    let saved = validate(&draft, &Hosts::default(), Limits::default(), now()).unwrap();
    saved.notices.join("\n")
}

fn list(entries: &[&str]) -> Vec<String> {
    entries.iter().map(|entry| (*entry).to_owned()).collect()
}

#[test]
fn t66_t67_nothing_is_looked_up_by_a_name_alone() {
    // There is no way to resolve a role's path, hence no cache that could mix two accounts up; paths are
    // refused when saved (T76). Two roles of one name are judged on their own accounts.
    let named = |draft: &mut AuthMethodDraft| draft.bound_role_name = list(&["deploy"]);
    assert_eq!(judged(&role(A, "deploy", "s1"), named), "admitted");
    assert_eq!(
        judged(&role(OTHER, "deploy", "s1"), named),
        "account_not_bound"
    );
    assert_eq!(judged(&role(A, "deploy", "s1"), named), "admitted");
}

#[test]
fn t68_a_role_made_anew_has_another_id() {
    let by_id = |draft: &mut AuthMethodDraft| draft.bound_role_id = list(&["AROAOLDOLDOLDOLDOLD0"]);
    let by_name = |draft: &mut AuthMethodDraft| draft.bound_role_name = list(&["deploy"]);
    assert_eq!(judged(&role(A, "deploy", "s1"), by_id), "role_id_not_bound");
    assert_eq!(judged(&role(A, "deploy", "s1"), by_name), "admitted");
}

#[test]
fn t69_the_account_counts_even_where_an_arn_matches() {
    let arns = |draft: &mut AuthMethodDraft| {
        draft.bound_arn = list(&["arn:aws:sts::*:assumed-role/deploy/*"]);
    };
    assert_eq!(
        judged(&role(OTHER, "deploy", "s1"), arns),
        "account_not_bound"
    );
    assert_eq!(judged(&role(A, "deploy", "s1"), arns), "admitted");
}

#[test]
fn t71_to_t77_arns_match_by_parts() {
    let sts = |resource: &str| format!("arn:aws:sts::{A}:{resource}");
    let iam = |resource: &str| format!("arn:aws:iam::{A}:{resource}");
    for (case, pattern, who, expected) in [
        (
            "T71",
            sts("assumed-role/dev-*"),
            role(A, "dev-ops", "x1"),
            "admitted",
        ),
        (
            "T71 case",
            sts("assumed-role/dev-*"),
            role(A, "Dev-ops", "x1"),
            "arn_not_bound",
        ),
        (
            "T72 exactly one",
            sts("assumed-role/dev-?/*"),
            role(A, "dev-1", "x1"),
            "admitted",
        ),
        (
            "T72 not none",
            sts("assumed-role/dev-?/*"),
            role(A, "dev-", "x1"),
            "arn_not_bound",
        ),
        (
            "T73 a dot is a dot",
            sts("assumed-role/a.b/*"),
            role(A, "aXb", "s1"),
            "arn_not_bound",
        ),
        (
            "T73 a plus is a plus",
            sts("assumed-role/a+b/*"),
            role(A, "a+b", "s1"),
            "admitted",
        ),
        (
            "T75 by the role's ARN",
            iam("role/Dev"),
            role(A, "Dev", "s1"),
            "admitted",
        ),
        (
            "T75 not by its beginning",
            iam("role/Dev"),
            role(A, "Dev2", "s1"),
            "arn_not_bound",
        ),
        (
            "a user by its path",
            iam("user/team/*"),
            user("team/bob"),
            "admitted",
        ),
        (
            "a user with another path",
            iam("user/team/*"),
            user("bob"),
            "arn_not_bound",
        ),
        (
            "T77 of another account",
            sts("assumed-role/x*"),
            role(OTHER, "x", "s1"),
            "account_not_bound",
        ),
    ] {
        let verdict = judged(&who, |draft| draft.bound_arn = vec![pattern]);
        assert_eq!(verdict, expected, "{case}");
    }
    // T82: two hundred stars against 2 KiB; the steps are counted where the matcher is.
    let stars = sts(&("assumed-role/".to_owned() + &"*a".repeat(200)));
    let long = role(A, &"a".repeat(64), &"b".repeat(64));
    assert_eq!(
        judged(&long, |draft| draft.bound_arn = vec![stars]),
        "arn_not_bound"
    );
}

#[test]
fn what_can_never_work_is_refused_when_saved() {
    type Change = Box<dyn FnOnce(&mut AuthMethodDraft)>;
    let arn = |text: &str| {
        let text = text.to_owned();
        Box::new(move |draft: &mut AuthMethodDraft| draft.bound_arn = vec![text]) as Change
    };
    for (case, change, field, hint) in [
        (
            "T70 no account",
            Box::new(|d: &mut AuthMethodDraft| d.bound_aws_account_id.clear()) as Change,
            "bound_aws_account_id",
            "at least one",
        ),
        (
            "T70 blank accounts",
            Box::new(|d| d.bound_aws_account_id = list(&[" ", ","])),
            "bound_aws_account_id",
            "at least one",
        ),
        (
            "an account with dashes",
            Box::new(|d| d.bound_aws_account_id = list(&["1234-5678-9012"])),
            "bound_aws_account_id",
            "123456789012",
        ),
        (
            "T74 four parts",
            arn("arn:*:123456789012:role/x"),
            "bound_arn",
            "arn:aws:iam::123456789012:role/x",
        ),
        (
            "T74 the first example of the manual",
            arn("arn:aws:sts:{account-id}:assumed-role/{role-name}/{resource-id}"),
            "bound_arn",
            "arn:aws:sts::{account-id}:",
        ),
        (
            "T74 the second",
            arn("arn:aws:sts:us-east-?:123456789012:*"),
            "bound_arn",
            "allowed STS regions",
        ),
        (
            "T76 a path",
            arn("arn:aws:iam::123456789012:role/team/*"),
            "bound_arn",
            "without their path",
        ),
        (
            "an ARN of another account",
            arn("arn:aws:iam::999999999999:role/x"),
            "bound_arn",
            "Add 999999999999",
        ),
        (
            "a role's ARN for its name",
            Box::new(|d| d.bound_role_name = list(&["arn:aws:iam::123456789012:role/x"])),
            "bound_role_name",
            "Write x",
        ),
        (
            "a pattern for a name",
            Box::new(|d| d.bound_role_name = list(&["dev-*"])),
            "bound_role_name",
            "bound ARNs",
        ),
        (
            "a path before a name",
            Box::new(|d| d.bound_user_name = list(&["team/bob"])),
            "bound_user_name",
            "Write bob",
        ),
        (
            "a space in a name",
            Box::new(|d| d.bound_resource_id = list(&["a b"])),
            "bound_resource_id",
            "one in each entry",
        ),
        (
            "a user's id for a role's",
            Box::new(|d| d.bound_role_id = list(&[USER_ID])),
            "bound_role_id",
            "get-role",
        ),
        (
            "an access key for an id",
            Box::new(|d| d.bound_user_id = list(&["AKIAIOSFODNN7EXAMPLE"])),
            "bound_user_id",
            "get-user",
        ),
        (
            "a region that is none",
            Box::new(|d| d.bound_sts_region = list(&["us-east-9"])),
            "bound_sts_region",
            "Write us-east-1",
        ),
        (
            "a block with more in it",
            Box::new(|d| d.bound_ips = list(&["10.0.0.1/8"])),
            "bound_ips",
            "10.0.0.0/8",
        ),
        (
            "no such claim",
            Box::new(|d| d.audit_logs_claims = list(&["role"])),
            "audit_logs_claims",
            "role_id",
        ),
        (
            "no such identifier",
            Box::new(|d| d.unique_identifier = "sub".into()),
            "unique_identifier",
            "role_name",
        ),
        (
            "no name",
            Box::new(|d| d.name = "ci/".into()),
            "name",
            "s3-upload",
        ),
        (
            "capitals",
            Box::new(|d| d.name = "CI/AWS".into()),
            "name",
            "ci",
        ),
        (
            "a past expiry",
            Box::new(|d| d.access_expires = 1_000),
            "access_expires",
            "later",
        ),
        (
            "milliseconds",
            Box::new(|d| d.access_expires = 1_779_000_000_000_000),
            "access_expires",
            "milliseconds",
        ),
        (
            "a notice without expiry",
            Box::new(|d| d.expiration_event_in = vec![7]),
            "expiration_event_in",
            "access-expires",
        ),
        (
            "T95 a long life",
            Box::new(|d| d.jwt_ttl = 10_000),
            "jwt_ttl",
            "720",
        ),
        (
            "T113 an endpoint on http",
            Box::new(|d| d.sts_url = "http://169.254.169.254/".into()),
            "sts_url",
            "https",
        ),
    ] {
        let (at, how) = refused(change);
        assert_eq!(at, field, "{case}");
        assert!(how.contains(hint), "{case}: {how}");
    }
    let every = AuthMethodDraft {
        bound_arn: list(&["x", "y"]),
        bound_ips: list(&["z"]),
        jwt_ttl: 9_999,
        ..AuthMethodDraft::default()
    };
    let problems = validate(&every, &Hosts::default(), Limits::default(), now()).unwrap_err();
    assert_eq!(problems.len(), 6, "{problems:?}");
}

#[test]
fn t62_numbers_are_not_accounts() {
    let json = r#"{"name": "a", "bound_aws_account_id": [123456789012]}"#;
    assert!(serde_json::from_str::<AuthMethodDraft>(json).is_err());
    assert!(serde_json::from_str::<AuthMethodDraft>(r#"{"bound_account": []}"#).is_err());
}

#[test]
fn lists_of_roles_bind_roles_and_lists_of_users_bind_users() {
    let both = |draft: &mut AuthMethodDraft| {
        draft.bound_role_name = list(&["R"]);
        draft.bound_user_name = list(&["bob"]);
    };
    let instance = |draft: &mut AuthMethodDraft| {
        draft.bound_role_name = list(&["R"]);
        draft.bound_resource_id = list(&["i-1"]);
    };
    let roles = |draft: &mut AuthMethodDraft| draft.bound_role_name = list(&["R"]);
    let comma = |draft: &mut AuthMethodDraft| draft.bound_role_name = list(&["a,b"]);
    assert_eq!(judged(&user("bob"), roles), "principal_not_bound", "T78");
    assert_eq!(
        judged(&role(A, "R", "s1"), both),
        "admitted",
        "T79 the right role"
    );
    assert_eq!(judged(&user("bob"), both), "admitted", "T79 the right user");
    assert_eq!(
        judged(&role(A, "bob", "s1"), both),
        "role_name_not_bound",
        "T79"
    );
    assert_eq!(judged(&user("R"), both), "user_name_not_bound", "T79");
    assert_eq!(
        judged(&role(A, "R", "i-2"), instance),
        "resource_id_not_bound",
        "T80"
    );
    assert_eq!(judged(&role(A, "R", "i-1"), instance), "admitted", "T80");
    assert_eq!(
        judged(&role(A, "S", "i-1"), instance),
        "role_name_not_bound",
        "T80"
    );
    assert_eq!(judged(&role(A, "a,b", "s1"), comma), "admitted", "T81");
    assert_eq!(
        judged(&role(A, "a", "s1"), comma),
        "role_name_not_bound",
        "T81"
    );
    assert!(notices(comma).contains("one name with a comma"), "T81");
}

#[test]
fn t60_t61_root_and_federated_users_come_in_by_name_only() {
    let root = identity(&format!("arn:aws:iam::{A}:root"), A);
    let federated = identity(
        &format!("arn:aws:sts::{A}:federated-user/bob"),
        &format!("{A}:bob"),
    );
    let arns = |entries: &[&str]| {
        let entries: Vec<String> = entries
            .iter()
            .map(|e| e.replace(":A:", &format!(":{A}:")))
            .collect();
        move |draft: &mut AuthMethodDraft| draft.bound_arn = entries
    };
    for (who, entries, expected) in [
        (&root, &[][..], "principal_not_bound"),
        (&root, &["arn:aws:iam::A:*"], "principal_not_bound"),
        (&root, &["arn:aws:iam::A:r*"], "principal_not_bound"),
        (&root, &["arn:aws:iam::A:root"], "admitted"),
        (&federated, &[], "principal_not_bound"),
        (&federated, &["arn:aws:sts::A:*"], "principal_not_bound"),
        (
            &federated,
            &["arn:aws:sts::A:federated-user/b*"],
            "admitted",
        ),
        (
            &federated,
            &["arn:aws:sts::A:federated-user/x"],
            "arn_not_bound",
        ),
    ] {
        assert_eq!(judged(who, arns(entries)), expected, "{entries:?}");
    }
    let with_role = |draft: &mut AuthMethodDraft| {
        draft.bound_arn = vec![format!("arn:aws:iam::{A}:root")];
        draft.bound_role_name = list(&["R"]);
    };
    assert_eq!(judged(&root, with_role), "principal_not_bound");
}

#[test]
fn regions_are_bound_by_where_the_identity_was_proved() {
    let state = State {
        enabled: true,
        client: &ClientAddress::Unix,
        now: now(),
    };
    let method = method(|draft| draft.bound_sts_region = list(&["us-east-?", "eu-*"]));
    for (region, admits) in [
        ("us-east-1", true),
        ("eu-west-3", true),
        ("us-west-2", false),
    ] {
        let judgement = method.judge(&role(A, "R", "s1"), region, state);
        assert_eq!(judgement.admits(), admits, "{region}");
    }
}

#[test]
fn every_bound_is_told_with_its_verdict_and_a_sentence() {
    let method = method(|draft| {
        draft.bound_arn = vec![format!("arn:aws:sts::{A}:assumed-role/dev-*")];
        draft.bound_role_name = list(&["dev-box", "dev-web"]);
        draft.bound_resource_id = list(&["i-1"]);
        draft.bound_user_name = list(&["bob"]);
        draft.bound_ips = list(&["10.0.0.0/8"]);
    });
    let state = State {
        enabled: true,
        client: &ClientAddress::Unix,
        now: now(),
    };
    let judgement = method.judge(&role(A, "dev-box", "i-2"), "us-east-1", state);
    let told: Vec<(Bound, Outcome)> = judgement
        .checks
        .iter()
        .map(|c| (c.bound, c.outcome))
        .collect();
    assert_eq!(
        told,
        [
            (Bound::Enabled, Outcome::Pass),
            (Bound::AccessExpires, Outcome::Open),
            (Bound::BoundIps, Outcome::Fail),
            (Bound::BoundStsRegion, Outcome::Open),
            (Bound::BoundAwsAccountId, Outcome::Pass),
            (Bound::BoundArn, Outcome::Pass),
            (Bound::BoundRoleName, Outcome::Pass),
            (Bound::BoundRoleId, Outcome::Open),
            (Bound::BoundResourceId, Outcome::Fail),
            (Bound::BoundUserName, Outcome::NotConcerned),
        ]
    );
    assert_eq!(judgement.reason.unwrap().code(), "client_ip_not_bound");
    let why = |bound: Bound| {
        let check = judgement.checks.iter().find(|check| check.bound == bound);
        check.unwrap().why.clone()
    };
    assert_eq!(why(Bound::BoundIps), "unix is not in 10.0.0.0/8.");
    assert_eq!(
        why(Bound::BoundResourceId),
        "The session i-2 fits none of i-1."
    );
    assert_eq!(why(Bound::BoundRoleName), "The role dev-box is bound.");
    assert!(why(Bound::BoundArn).ends_with(&format!("fits arn:aws:sts::{A}:assumed-role/dev-*.")));
}

#[test]
fn what_may_surprise_is_told_when_saved() {
    assert!(notices(|_| {}).contains("Every user and every role"));
    assert!(notices(|d| d.gw_bound_ips = list(&["127.0.0.0/8"])).contains("trusted to say"));
    assert!(notices(|d| d.sts_url = "https://sts.example.com".into()).contains("asserted by"));
    assert!(notices(|d| d.bound_resource_id = list(&["i-1"])).contains("chooses"));
    let sso = format!("arn:aws:sts::{A}:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/*");
    assert!(notices(|d| d.bound_arn = vec![sso]).contains("AWSReservedSSO_Dev_*"));
}
