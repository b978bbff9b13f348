//! The main job from the first connection to the history, every step a process of its own.

use serde_json::Value;

use crate::account::Account;
use crate::home::{Home, text, words};

#[test]
fn a_lease_lives_from_create_to_revoke_and_stays_in_the_history() {
    let home = Home::practised();
    let made = home.json(&["lease", "create", "s3", "--label", "trying"]);
    let id = text(&made, "/lease/id");
    let listed = home.json(&["lease", "list"]);
    assert_eq!(listed["leases"][0]["id"], id);
    assert_eq!(listed["leases"][0]["state"], "active");

    let renewed = home.json(&["lease", "renew", id, "--ttl", "30m"]);
    assert!(text(&renewed, "/lease/expires_at") > text(&made, "/lease/expires_at"));
    let longest = home.json(&["lease", "renew", id, "--to-max"]);
    assert_eq!(
        longest["lease"]["expires_at"],
        longest["lease"]["max_expires_at"]
    );

    let done = home.json(&["lease", "revoke", id]);
    assert_eq!(done["revoked"][0], id);
    assert_eq!(
        home.json(&["lease", "list"])["leases"],
        Value::Array(vec![])
    );
    let all = home.json(&["lease", "list", "--all"]);
    assert_eq!(all["leases"][0]["state"], "revoked");
    assert_eq!(all["leases"][0]["end_reason"], "by_us");
    let shown = home.json(&["lease", "show", id]);
    let kinds: Vec<_> = shown["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| text(event, "/kind"))
        .collect();
    assert_eq!(kinds[..3], ["recorded", "user_created", "active"]);
    assert!(
        kinds.contains(&"renewed") && kinds.contains(&"cut"),
        "{kinds:?}"
    );
    assert_eq!(kinds.last(), Some(&"ended"));
}

#[test]
fn a_managing_key_added_by_one_process_is_found_by_the_next() {
    let home = Home::empty();
    let account = Account::serve(&home);
    let said = account.connect(&home, "dev", &[]);
    assert_eq!(said.code, 0, "{said:?}");
    home.ok(&["connection", "check", "dev"]);
    let said = account.connect(&home, "eu", &["--region", "eu-central-1", "--json"]);
    assert_eq!(said.json()["connection"]["region"], "eu-central-1");
    home.ok(&["connection", "remove", "eu"]);
    home.ok(&words(
        "secret add s3 --connection dev --default-ttl 1h --max-ttl 8h --iam-path /leases/",
    ));
    let made = home.json(&["lease", "create", "s3"]);
    assert!(made["usable_after_ms"].is_u64(), "{made}");
    let refused = home.refused(3, &["connection", "remove", "dev"]);
    assert_eq!(refused["code"], "refused");
    home.ok(&["lease", "revoke", "--all"]);
    home.ok(&["secret", "remove", "s3"]);
    home.ok(&["connection", "remove", "dev"]);
    assert_eq!(
        home.json(&["connection", "list"])["connections"],
        Value::Array(vec![])
    );
}

#[test]
fn a_key_entered_on_the_spot_makes_the_connection_with_the_secret() {
    let home = Home::empty();
    let account = Account::serve(&home);
    let words = [
        "secret",
        "add",
        "s3",
        "--access-key-id",
        &account.id,
        "--secret-access-key-stdin",
        "--endpoint-url",
        &account.url,
        "--default-ttl",
        "1h",
        "--max-ttl",
        "8h",
        "--iam-path",
        "/leases/",
    ];
    let secret = secrecy::ExposeSecret::expose_secret(&account.secret).to_owned();
    let said = home.run_with(&[&words[..], &["--json"]].concat(), &secret);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(said.json()["secret"]["connection"], "s3");
    home.ok(&["lease", "create", "s3", "--no-wait"]);
    // A refused recipe leaves no connection behind.
    let other = ["other", "1h", "30m"];
    let mut words = words;
    (words[2], words[9], words[11]) = (other[0], other[1], other[2]);
    let said = home.run_with(&[&words[..], &["--json"]].concat(), &secret);
    assert_eq!(said.error(3)["field"], "default_ttl");
    assert_eq!(
        home.json(&["connection", "list"])["connections"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn credentials_hands_out_the_kept_key_again_in_every_format() {
    let home = Home::practised();
    let process = home.ok(&["credentials", "s3"]).json();
    assert_eq!(process["Version"], 1);
    assert!(process.get("SessionToken").is_none());
    assert!(text(&process, "/Expiration").ends_with('Z'));
    let id = text(&process, "/AccessKeyId");
    let secret = text(&process, "/SecretAccessKey");
    for (format, line) in [
        ("bash", format!("export AWS_SECRET_ACCESS_KEY={secret}")),
        ("fish", format!("set -gx AWS_SECRET_ACCESS_KEY {secret}")),
        (
            "powershell",
            format!("$Env:AWS_SECRET_ACCESS_KEY = \"{secret}\""),
        ),
        ("cmd", format!("set AWS_SECRET_ACCESS_KEY={secret}")),
        ("dotenv", format!("AWS_SECRET_ACCESS_KEY={secret}")),
        ("profile", format!("aws_secret_access_key = {secret}")),
    ] {
        let said = home.ok(&["credentials", "s3", "--format", format]);
        assert!(said.out.lines().any(|l| l == line), "{format}: {said:?}");
        assert!(said.out.contains(id), "{format}: {said:?}");
    }
    for words in [
        &["credentials", "s3", "--format", "json"][..],
        &["credentials", "s3", "--json"],
        &["credentials", "s3", "--json", "--format", "json"],
    ] {
        let document = home.ok(words).json();
        assert_eq!(text(&document, "/secret_access_key"), secret);
    }
    assert_eq!(
        home.json(&["lease", "list"])["leases"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    // A lease that ended is not handed out again.
    home.ok(&["lease", "revoke", "--secret", "s3"]);
    let again = home.ok(&["credentials", "s3"]).json();
    assert_ne!(text(&again, "/AccessKeyId"), id);
}

#[test]
fn a_recipe_is_edited_in_parts_and_listed_by_place() {
    let home = Home::practised();
    let document = home.beside("policy.json");
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
    std::fs::write(&document, policy).unwrap();
    let file = document.to_str().unwrap();
    let edited = home.json(&[
        "secret",
        "edit",
        "s3",
        "--max-ttl",
        "9h",
        "--folder",
        "/pay/eu",
        "--policy-document",
        file,
        "--group",
        "developers,deployers",
        "--tag",
        "team=a=b",
    ]);
    let secret = &edited["secret"];
    assert_eq!(secret["max_ttl"], "9h");
    assert_eq!(secret["default_ttl"], "1h");
    assert_eq!(
        secret["groups"],
        serde_json::json!(["developers", "deployers"])
    );
    assert_eq!(secret["tags"][0]["value"], "a=b");
    assert_eq!(secret["policy_documents"][0], policy);
    let words = [
        "secret",
        "edit",
        "pay/eu/s3",
        "--clear",
        "policy-document",
        "--clear",
        "tag",
    ];
    let cleared = home.json(&words);
    assert_eq!(cleared["secret"]["policy_documents"], Value::Array(vec![]));
    assert_eq!(cleared["secret"]["tags"], Value::Array(vec![]));

    let count = |words: &[&str]| home.json(words)["secrets"].as_array().unwrap().len();
    assert_eq!(count(&["secret", "list", "--folder", "pay/eu/"]), 1);
    assert_eq!(count(&["secret", "list", "--folder", "/pay"]), 0);
    assert_eq!(count(&["secret", "list", "--environment", "staging"]), 0);
    home.refused(5, &["secret", "list", "--environment", "stagin"]);

    let said = home.run_with(
        &["secret", "edit", "s3", "--policy-document", "-", "--json"],
        policy,
    );
    assert_eq!(said.json()["secret"]["policy_documents"][0], policy);
}

#[test]
fn removing_a_secret_with_leases_revokes_them_first_when_asked() {
    let home = Home::practised();
    let made = home.json(&["lease", "create", "s3", "--no-wait"]);
    assert_eq!(
        home.refused(3, &["secret", "remove", "s3"])["code"],
        "refused"
    );
    let done = home.json(&["secret", "remove", "s3", "--revoke-leases"]);
    assert_eq!(done["revoked"][0], made["lease"]["id"]);
    assert_eq!(
        home.json(&["secret", "list"])["secrets"],
        Value::Array(vec![])
    );
}

#[test]
fn environments_are_added_renamed_and_removed() {
    let home = Home::practised();
    let names = || -> Vec<String> {
        let listed = home.json(&["environment", "list"]);
        let all = listed["environments"].as_array().unwrap().clone();
        all.iter().map(|e| text(e, "/name").to_owned()).collect()
    };
    assert_eq!(names(), ["development", "staging", "production"]);
    home.ok(&["environment", "add", "lab"]);
    home.ok(&["environment", "rename", "lab", "laboratory"]);
    assert_eq!(names().last().unwrap(), "laboratory");
    home.ok(&["environment", "remove", "laboratory"]);
    home.refused(5, &["environment", "remove", "laboratory"]);
    home.refused(3, &["environment", "remove", "development"]);
    home.refused(3, &["environment", "add", "staging"]);
}

#[test]
fn the_practice_account_is_reset_only_without_open_leases() {
    let home = Home::practised();
    home.ok(&["lease", "create", "s3", "--no-wait"]);
    assert_eq!(
        home.json(&["practice", "skip", "30m"])["clock_offset_ms"],
        1_800_000
    );
    home.refused(3, &["practice", "reset"]);
    home.ok(&["lease", "revoke", "--all"]);
    assert_eq!(home.json(&["practice", "reset"])["reset"], true);
    home.ok(&["lease", "create", "s3", "--no-wait"]);
}
