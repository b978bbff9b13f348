//! Looking after leases: comparing, orphans, pre-flight, the activity log.

use std::path::Path;

use serde_json::Value;

use crate::account::Account;
use crate::home::{Home, text, words};

const ADD: &str =
    "secret add app --connection dev --default-ttl 1h --max-ttl 3h --iam-path /leases/";

/// A home with a secret `app` in an account that is reached over a network.
fn connected() -> (Home, Account) {
    connected_to(Account::serve)
}

fn connected_to(serve: fn(&Home) -> Account) -> (Home, Account) {
    let home = Home::empty();
    let account = serve(&home);
    assert_eq!(account.connect(&home, "dev", &[]).code, 0);
    home.ok(&words(ADD));
    (home, account)
}

fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    std::fs::create_dir(to).unwrap();
    for (path, bytes) in Home::files(from) {
        std::fs::write(to.join(path.file_name().unwrap()), bytes).unwrap();
    }
}

#[test]
fn a_lease_that_is_as_recorded_is_said_to_be() {
    let (home, _account) = connected();
    let said = home.ok(&["lease", "reconcile"]);
    assert!(
        said.out.contains("There was nothing to compare."),
        "{said:?}"
    );
    let made = home.json(&["lease", "create", "app", "--no-wait"]);
    let said = home.ok(&["lease", "reconcile", "--connection", "dev"]);
    assert!(said.out.contains("1 lease compared with AWS."), "{said:?}");
    assert!(said.out.contains("Everything is as recorded."), "{said:?}");
    let shown = home.json(&["lease", "show", text(&made, "/lease/id")]);
    assert_eq!(shown["lease"]["standing"], "live");
    let said = home.ok(&["lease", "show", text(&made, "/lease/id")]);
    assert!(said.out.contains("Compared  "), "{said:?}");
}

#[test]
fn an_account_that_cannot_be_asked_is_4_and_changes_nothing() {
    let (home, mut account) = connected();
    let made = home.json(&["lease", "create", "app", "--no-wait"]);
    account.go_away();
    let said = home.run(&["lease", "reconcile"]);
    assert_eq!(said.code, 4, "{said:?}");
    assert!(said.out.contains("Connection dev: "), "{said:?}");
    let shown = home.json(&["lease", "show", text(&made, "/lease/id")]);
    assert_eq!(shown["lease"]["state"], "active");
}

#[test]
fn a_user_whose_lease_a_restored_copy_does_not_know_is_adopted_or_removed() {
    let (home, _account) = connected_to(Account::serve_to_admin);
    let before = home.beside("before");
    copy(&home.path(), &before);
    let made = home.json(&["lease", "create", "app", "--no-wait"]);
    let user = text(&made, "/lease/user_name");
    copy(&before, &home.path());

    let found = home.json(&["orphan", "list"]);
    assert_eq!(found["orphans"][0]["user_name"], user, "{found}");
    assert_eq!(found["orphans"][0]["origin"], "ours");
    let said = home.ok(&["orphan", "list", "--connection", "dev"]);
    assert!(
        said.out.contains(user) && said.out.contains("orphan adopt"),
        "{said:?}"
    );
    let adopted = home.json(&["orphan", "adopt", user]);
    assert_eq!(adopted["lease"]["user_name"], user);
    assert_eq!(adopted["lease"]["expires_at"], made["lease"]["expires_at"]);
    let none = home.json(&["orphan", "list"]);
    assert_eq!(none["orphans"], Value::Array(vec![]));

    copy(&before, &home.path());
    let removed = home.json(&["orphan", "remove", user]);
    assert_eq!(removed["lease"]["state"], "revoked", "{removed}");
    assert_eq!(
        home.refused(5, &["orphan", "remove", user])["code"],
        "not_found"
    );
}

#[test]
fn a_user_of_another_installation_is_shown_and_not_touched() {
    let (home, account) = connected_to(Account::serve_to_admin);
    let other = Home::empty();
    assert_eq!(account.connect(&other, "dev", &[]).code, 0);
    other.ok(&words(ADD));
    let made = other.json(&["lease", "create", "app", "--no-wait"]);
    let user = text(&made, "/lease/user_name");
    let found = home.json(&["orphan", "list"]);
    assert_eq!(
        found["orphans"][0]["origin"], "other_installation",
        "{found}"
    );
    for verb in ["adopt", "remove"] {
        assert_eq!(home.refused(3, &["orphan", verb, user])["code"], "refused");
    }
    let shown = other.json(&["lease", "reconcile"]);
    assert_eq!(shown["found"], Value::Array(vec![]), "{shown}");
}

#[test]
fn without_the_optional_permission_nobody_is_looked_for_and_the_statement_is_told() {
    let (home, _account) = connected();
    let said = home.ok(&["orphan", "list"]);
    assert!(
        said.out.contains("iam:ListUsers") && said.out.contains("optional"),
        "{said:?}"
    );
}

#[test]
fn a_preflight_says_action_by_action_what_aws_would_allow() {
    let home = Home::practised();
    let found = home.json(&["secret", "preflight", "s3"]);
    for verdict in ["issue", "renew", "revoke"] {
        assert_ne!(found[verdict], "denied", "{found}");
    }
    assert!(found["probes"].as_array().unwrap().len() > 5, "{found}");
    let said = home.ok(&["secret", "preflight", "s3", "--canary"]);
    for part in [
        "ACTION",
        "iam:CreateUser",
        "Canary ",
        "Nothing is left of it.",
    ] {
        assert!(said.out.contains(part), "{part}: {said:?}");
    }
    assert_eq!(
        home.json(&["lease", "list"])["leases"],
        Value::Array(vec![])
    );
}

#[test]
fn the_activity_log_tells_who_did_what_and_notices_an_edit() {
    let home = Home::practised();
    let made = home.json(&["lease", "create", "s3", "--no-wait"]);
    let id = text(&made, "/lease/id");
    home.refused(3, &["lease", "create", "s3", "--ttl", "9h"]);
    home.ok(&["lease", "revoke", id]);

    let all = home.json(&["activity", "list"]);
    let lines = all["entries"].as_array().unwrap();
    assert!(lines.iter().all(|line| line["actor"] == "cli"), "{all}");
    let of_lease = home.json(&["activity", "list", "--lease", id]);
    let kinds: Vec<_> = of_lease["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| text(line, "/kind"))
        .collect();
    assert_eq!(
        kinds.first(),
        Some(&"lease.ended"),
        "newest first: {kinds:?}"
    );
    assert!(kinds.contains(&"lease.recorded"), "{kinds:?}");
    let called = |action: &str| {
        let calls = lines
            .iter()
            .flat_map(|line| line["calls"].as_array().unwrap());
        calls.filter(|call| call["action"] == action).count()
    };
    assert_eq!(called("iam:CreateUser"), 1, "{all}");

    let limited = home.json(&["activity", "list", "--limit", "2"]);
    assert_eq!(limited["entries"].as_array().unwrap().len(), 2);
    assert!(limited["before"].is_i64(), "{limited}");
    let failed = home.json(&["activity", "list", "--failed", "--since", "1h"]);
    for line in failed["entries"].as_array().unwrap() {
        assert!(
            ["failed", "alarm"].contains(&text(line, "/outcome")),
            "{failed}"
        );
    }
    assert!(
        !failed["entries"].as_array().unwrap().is_empty(),
        "{failed}"
    );
    let wrong = home.refused(3, &["activity", "list", "--since", "yesterday"]);
    assert_eq!(wrong["field"], "since");
    let said = home.ok(&["activity", "list"]);
    assert!(said.out.starts_with("LINE  WHEN"), "{said:?}");

    let check = home.json(&["activity", "verify"]);
    assert!(check["fault"].is_null(), "{check}");
    home.ok(&["activity", "verify", "--head", text(&check, "/head")]);
    let never = "0123456789abcdef".repeat(4);
    assert_eq!(home.run(&["activity", "verify", "--head", &never]).code, 1);

    let export = home.ok(&["activity", "export", "--format", "jsonl"]).out;
    let count = check["entries"].as_i64().unwrap();
    assert_eq!(i64::try_from(export.lines().count()).unwrap(), count);
    for line in export.lines() {
        let _: Value = serde_json::from_str(line).unwrap();
    }
    let file = home.beside("log.jsonl");
    std::fs::write(&file, &export).unwrap();
    home.ok(&["activity", "verify", "--file", file.to_str().unwrap()]);
    let edited = export.replacen("cli", "abc", 1);
    std::fs::write(&file, edited).unwrap();
    let said = home.run(&["activity", "verify", "--file", file.to_str().unwrap()]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.out.contains("The log was changed at line 1"),
        "{said:?}"
    );
    let csv = home
        .ok(&["activity", "export", "--format", "csv", "--lease", id])
        .out;
    assert!(csv.lines().count() > kinds.len(), "{csv}");
}
