//! One test for each class of exit code that scripts tell apart.

use crate::account::Account;
use crate::home::{Home, Said, text, words};

#[test]
fn usage_errors_are_2_and_do_nothing() {
    let home = Home::practised();
    for words in [
        &[][..],
        &["lease"],
        &["lese", "list"],
        &["lease", "revoke"],
        &["lease", "revoke", "x", "--all"],
        &["lease", "renew", "x", "--ttl", "1h", "--to-max"],
        &["lease", "list", "--state", "dead"],
        &["connection", "add", "x"],
        &words("connection add x --practice --access-key-id AKIAIOSFODNN7EXAMPLE"),
        &words("connection add x --practice --region eu-west-1"),
        &[
            "connection",
            "add",
            "x",
            "--access-key-id",
            "AKIAIOSFODNN7EXAMPLE",
        ],
        &words("secret add x --connection practice --max-ttl 1h"),
        &words("secret add x --connection practice --default-ttl 1h"),
        &words("secret add x --default-ttl 1h --max-ttl 1h"),
        &["secret", "edit", "s3"],
        &words("secret edit s3 --policy-document - --policy-document -"),
        &["credentials", "s3", "--format", "xml"],
        &["credentials", "s3", "--json", "--format", "bash"],
        &["connection", "rotate"],
        &["connection", "add", "x", "--profile", "a", "--practice"],
        &[
            "connection",
            "add",
            "x",
            "--profile",
            "a",
            "--external-id",
            "b",
        ],
        // Giving a lease up is typed out.
        &["lease", "forget", "x"],
        &["activity", "export"],
        &["break-glass", "--list", "--stop-keeping"],
    ] {
        let said = home.run(words);
        assert_eq!(said.code, 2, "{words:?}: {said:?}");
        assert_eq!(said.out, "", "{words:?}");
        assert!(said.err.contains("--help"), "{words:?}: {said:?}");
    }
    assert_eq!(
        home.json(&["lease", "list", "--all"])["leases"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn refusals_before_any_aws_call_are_3_and_name_the_field() {
    let home = Home::practised();
    for (field, words) in [
        ("ttl", &["lease", "create", "s3", "--ttl", "4h"][..]),
        ("ttl", &["lease", "create", "s3", "--ttl", "1M"]),
        ("by", &["practice", "skip", "soon"]),
        ("max_ttl", &["secret", "edit", "s3", "--max-ttl", "11y"]),
        (
            "iam_path",
            &["secret", "edit", "s3", "--iam-path", "leases"],
        ),
        ("tags", &["secret", "edit", "s3", "--tag", "x"]),
        (
            "policy_documents",
            &["secret", "edit", "s3", "--policy-document", "/nowhere.json"],
        ),
        ("name", &["connection", "add", "practice", "--practice"]),
    ] {
        let error = home.refused(3, words);
        assert_eq!(text(&error, "/field"), field, "{words:?}");
        assert!(error["hint"].is_string(), "{words:?}: {error}");
    }
    assert_eq!(
        home.json(&["lease", "list", "--all"])["leases"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn refusals_by_aws_are_4_and_leave_nothing() {
    let home = Home::empty();
    let mut account = Account::serve(&home);
    let (id, url) = (account.id.clone(), account.url.clone());
    let add = [
        "connection",
        "add",
        "dev",
        "--access-key-id",
        &id,
        "--secret-access-key-stdin",
        "--endpoint-url",
        &url,
        "--json",
    ];
    let wrong = home.run_with(&add, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    assert_eq!(wrong.error(4)["code"], "aws_wrong_key");
    account.go_away();
    let away = home.run_with(&add, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    assert_eq!(away.error(4)["code"], "aws_unreachable");
    assert_eq!(
        home.json(&["connection", "list"])["connections"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn what_does_not_exist_is_5() {
    let home = Home::practised();
    for words in [
        &["connection", "show", "x"][..],
        &["connection", "check", "x"],
        &["connection", "policy", "x"],
        &["connection", "rotate", "x"],
        &["connection", "remove", "x"],
        &["secret", "show", "x"],
        &["secret", "edit", "x", "--max-ttl", "2h"],
        &["secret", "remove", "x"],
        &["lease", "create", "x"],
        &["lease", "list", "--secret", "x"],
        &["lease", "show", "x"],
        &["lease", "renew", "x"],
        &["lease", "revoke", "x"],
        &["lease", "revoke", "--secret", "x"],
        &["lease", "retry", "x"],
        &["lease", "acknowledge", "x"],
        &["lease", "reconcile", "--connection", "x"],
        &["orphan", "list", "--connection", "x"],
        &["secret", "preflight", "x"],
        &["credentials", "x"],
        &["environment", "rename", "x", "y"],
    ] {
        assert_eq!(home.refused(5, words)["code"], "not_found", "{words:?}");
    }
}

#[test]
fn an_unknown_id_among_known_ones_is_5_and_revokes_nothing() {
    let home = Home::practised();
    let made = home.json(&["lease", "create", "s3", "--no-wait"]);
    let id = text(&made, "/lease/id");
    let error = home.refused(5, &["lease", "revoke", id, "nope"]);
    assert!(text(&error, "/message").contains("nope"));
    assert_eq!(
        home.json(&["lease", "show", id])["lease"]["state"],
        "active"
    );
    // The same id twice is one lease.
    let done = home.json(&["lease", "revoke", id, id]);
    assert_eq!(done["revoked"], serde_json::json!([id]));
}

#[test]
fn a_keychain_that_does_not_open_is_6_and_names_the_way_out() {
    let home = Home::empty();
    let account = Account::serve(&home);
    assert_eq!(account.connect(&home, "dev", &[]).code, 0);
    let check = ["connection", "check", "dev", "--json"];

    let mut command = home.command(&check);
    command.env("LEASEHOLD_PASSPHRASE", "wrong");
    assert_eq!(Said::of(command, "").error(6)["code"], "keychain_locked");

    let mut command = home.command(&check);
    command.env_remove("LEASEHOLD_PASSPHRASE");
    let error = Said::of(command, "").error(6);
    assert!(text(&error, "/hint").contains("LEASEHOLD_PASSPHRASE"));

    let mut command = home.command(&["connection", "check", "dev", "--json"]);
    command.env("XDG_RUNTIME_DIR", home.beside("nothing"));
    command.args(["--keychain", "os"]);
    let error = Said::of(command, "");
    if cfg!(target_os = "linux") {
        let error = error.error(6);
        assert_eq!(error["code"], "keychain_no_bus");
        assert!(text(&error, "/hint").contains("--keychain file"));
    }
}

#[test]
fn what_needs_no_key_asks_for_no_passphrase() {
    let home = Home::practised();
    for words in [
        &["secret", "list"][..],
        &["lease", "list"],
        &["connection", "list"],
        &["connection", "policy", "practice"],
        &["environment", "list"],
        &["practice", "skip", "1m"],
        &["completions", "bash"],
    ] {
        let mut command = home.command(words);
        command.env_remove("LEASEHOLD_PASSPHRASE");
        let said = Said::of(command, "");
        assert_eq!(said.code, 0, "{words:?}: {said:?}");
    }
}

#[test]
fn what_is_done_in_part_is_7_and_says_what_is_pending() {
    let home = Home::empty();
    let mut account = Account::serve(&home);
    assert_eq!(account.connect(&home, "dev", &[]).code, 0);
    home.ok(&words(
        "secret add s3 --connection dev --default-ttl 1h --max-ttl 8h --iam-path /leases/",
    ));
    let made = home.json(&["lease", "create", "s3", "--no-wait"]);
    let id = text(&made, "/lease/id");
    account.go_away();

    let said = home.run(&["lease", "revoke", id, "--json"]);
    assert_eq!(said.code, 7, "{said:?}");
    let report = said.json();
    assert_eq!(report["revoked"], serde_json::json!([]));
    let pending = &report["pending"][0];
    assert_eq!(pending["id"], id);
    assert_eq!(pending["state"], "revoking");
    assert!(pending["reason"].is_string(), "{report}");
    assert!(text(pending, "/next_attempt_at").ends_with('Z'), "{report}");

    let listed = home.json(&["lease", "list", "--state", "revoking"]);
    assert!(listed["leases"][0]["next_attempt_at"].is_string());
    assert_eq!(listed["leases"][0]["reason"], pending["reason"]);
    let text = home.ok(&["lease", "list"]).out;
    assert!(
        text.contains("NEXT TRY") && text.contains("revoking 0/"),
        "{text}"
    );

    let said = home.run(&["secret", "remove", "s3", "--revoke-leases"]);
    assert_eq!(said.code, 7, "{said:?}");
    assert!(
        said.out.contains("0 confirmed by AWS, 1 pending"),
        "{said:?}"
    );
}

#[test]
fn a_home_that_cannot_be_used_is_1() {
    let home = Home::empty();
    std::fs::write(home.path(), "a file where the folder should be").unwrap();
    assert_eq!(home.refused(1, &["status"])["code"], "store_failed");
}
