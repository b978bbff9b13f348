//! Dynamic secrets of STS by the command: added, used, and honest about what ends them.

use serde_json::json;

use crate::home::{Home, text};

const READER: &str = "arn:aws:iam::000000000000:role/practice/practice-reader";
const TTLS: [&str; 6] = [
    "--connection",
    "practice",
    "--default-ttl",
    "1h",
    "--max-ttl",
    "2h",
];

fn with_sessions() -> Home {
    let home = Home::practised();
    let role = [
        &["secret", "add", "reader", "--role-arn", READER][..],
        &TTLS,
    ]
    .concat();
    home.ok(&role);
    let policy = home.beside("policy.json");
    let all = json!({"Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}});
    std::fs::write(&policy, all.to_string()).unwrap();
    let policy = policy.to_str().unwrap().to_owned();
    let token = [
        "--provider",
        "aws-sts",
        "--federation-token",
        "--policy-document",
        &policy,
    ];
    home.ok(&[&["secret", "add", "upload"][..], &token, &TTLS].concat());
    home
}

#[test]
fn options_that_do_not_fit_together_are_usage_errors_that_name_the_field() {
    let home = with_sessions();
    let table: [(&[&str], &str); 9] = [
        (&["--provider", "aws-sts"], "role_arn"),
        (
            &["--role-arn", READER, "--federation-token"],
            "federation_token",
        ),
        (
            &["--provider", "aws-iam", "--federation-token"],
            "federation_token",
        ),
        (&["--provider", "aws-iam", "--role-arn", READER], "role_arn"),
        (&["--external-id", "partner"], "external_id"),
        (&["--session-tag", "a=b"], "tags"),
        (
            &["--role-arn", READER, "--iam-path", "/leases/"],
            "iam_path",
        ),
        (&["--role-arn", READER, "--tag", "a=b"], "tags"),
        (
            &["--federation-token", "--external-id", "partner"],
            "external_id",
        ),
    ];
    for (options, field) in table {
        let words = [&["secret", "add", "x", "--json"][..], &TTLS, options].concat();
        let error = home.run(&words).error(2);
        assert_eq!(text(&error, "/field"), field, "{options:?} {error}");
        assert_eq!(text(&error, "/code"), "usage");
    }
    let edit = [
        "secret",
        "edit",
        "reader",
        "--group",
        "developers",
        "--json",
    ];
    let error = home.run(&edit).error(2);
    assert_eq!(text(&error, "/field"), "groups");
    // What AWS would not give is the field's own refusal.
    let long = ["secret", "edit", "reader", "--max-ttl", "13h", "--json"];
    let error = home.run(&long).error(3);
    assert_eq!(text(&error, "/field"), "max_ttl");
}

#[test]
fn a_session_of_a_role_is_got_shown_denied_and_not_renewed() {
    let home = with_sessions();
    let made = home.json(&["lease", "create", "reader"]);
    assert!(text(&made, "/credentials/session_token").len() > 100);
    assert!(text(&made, "/lease/access_key_id").starts_with("ASIA"));
    assert_eq!(text(&made, "/lease/credential/role_arn"), READER);
    let id = text(&made, "/lease/id");
    let error = home.refused(3, &["lease", "renew", id]);
    assert_eq!(text(&error, "/code"), "refused");
    assert!(
        text(&error, "/hint").contains("lease create development:/reader"),
        "{error}"
    );
    let shown = home.ok(&["lease", "show", id]).out;
    assert!(
        shown.contains("Session") && shown.contains("ends by itself at"),
        "{shown}"
    );
    let done = home.json(&["lease", "revoke", id]);
    assert_eq!(done["revoked"], json!([id]));
    let shown = home.json(&["lease", "show", id]);
    assert_eq!(text(&shown, "/lease/state"), "access-cut");
}

#[test]
fn what_nothing_can_end_is_pending_and_exits_7_and_reads_as_expired_afterwards() {
    let home = with_sessions();
    let made = home.json(&["lease", "create", "upload"]);
    let id = text(&made, "/lease/id");
    let said = home.run(&["lease", "revoke", "--all"]);
    assert_eq!(said.code, 7, "{said:?}");
    assert!(said.out.contains("ends by itself at"), "{said:?}");
    let shown = home.json(&["lease", "show", id]);
    assert_eq!(text(&shown, "/lease/state"), "revoking");
    home.ok(&["practice", "skip", "2h"]);
    home.ok(&["lease", "reconcile"]);
    let shown = home.json(&["lease", "show", id]);
    assert_eq!(text(&shown, "/lease/state"), "expired");
    assert_eq!(text(&shown, "/lease/end_reason"), "expired");
    let listed = home.ok(&["lease", "list", "--state", "expired"]).out;
    assert!(listed.contains("expired (ended by itself)"), "{listed}");
    let again = home.json(&["lease", "revoke", id]);
    assert_eq!(
        (&again["revoked"], &again["ended"]),
        (&json!([]), &json!([id]))
    );
}

#[test]
fn credentials_are_shared_and_carry_their_token_in_every_format() {
    let home = with_sessions();
    let process = home
        .ok(&["credentials", "reader", "--format", "process"])
        .out;
    let process: serde_json::Value = serde_json::from_str(&process).unwrap();
    let token = text(&process, "/SessionToken").to_owned();
    for format in [
        "bash",
        "fish",
        "powershell",
        "cmd",
        "dotenv",
        "json",
        "profile",
        "docker",
    ] {
        let said = home.ok(&["credentials", "reader", "--format", format]).out;
        assert!(said.contains(&token), "{format}");
    }
    assert_eq!(
        home.json(&["lease", "list"])["leases"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let exported = home.ok(&["secret", "export", "reader"]).out;
    assert!(
        exported.contains("credential_type = \"assumed_role\""),
        "{exported}"
    );
    let file = home.beside("secrets.toml");
    std::fs::write(&file, &exported).unwrap();
    let plan = home.json(&["secret", "apply", file.to_str().unwrap(), "--dry-run"]);
    assert_eq!(text(&plan, "/secrets/0/action"), "unchanged");
}
