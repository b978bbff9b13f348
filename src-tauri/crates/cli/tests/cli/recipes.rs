//! `secret export` and `secret apply`: recipes as a file.

use std::path::PathBuf;

use serde_json::Value;

use crate::home::{Home, Said, text};
use crate::schemas::check;

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::bucket/*"}]}"#;

/// A home whose secrets use every field of the form.
fn furnished() -> Home {
    let home = Home::practised();
    home.ok(&["environment", "add", "europe"]);
    let account = text(
        &home.json(&["connection", "show", "practice"]),
        "/connection/account_id",
    )
    .to_owned();
    let boundary = format!("arn:aws:iam::{account}:policy/practice-boundary");
    std::fs::write(home.beside("policy.json"), POLICY).unwrap();
    let document = home.beside("policy.json");
    home.add_secret(
        "full",
        &[
            "--environment",
            "europe",
            "--folder",
            "/payments/eu",
            "--region",
            "eu-central-1",
            "--permission-boundary",
            &boundary,
            "--group",
            "developers",
            "--policy-arn",
            "arn:aws:iam::aws:policy/IAMReadOnlyAccess,arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
            "--policy-document",
            document.to_str().unwrap(),
            "--tag",
            "team=payments",
            "--tag",
            "cost center=7",
        ],
    );
    home
}

fn file(home: &Home, text: &str) -> PathBuf {
    let path = home.beside("secrets.toml");
    std::fs::write(&path, text).unwrap();
    path
}

fn apply(home: &Home, toml: &str, more: &[&str]) -> Said {
    let path = file(home, toml);
    let path = path.to_str().unwrap();
    home.run(&[&["secret", "apply", path], more].concat())
}

fn applied(home: &Home, toml: &str, more: &[&str]) -> Value {
    let said = apply(home, toml, &[more, &["--json"]].concat());
    assert_eq!(said.code, 0, "{said:?}");
    said.json()
}

/// The problems of a refused file as `(line, field)`.
fn problems(home: &Home, toml: &str, code: i32) -> Vec<(u64, String)> {
    let said = apply(home, toml, &["--json"]);
    let error = said.error(code);
    assert!(text(&error, "/message").contains("nothing was changed"));
    let document: Value = serde_json::from_str(&said.err).unwrap();
    check("secret-apply-error", &document);
    let problem = |one: &Value| {
        assert!(
            one["hint"].is_string() && one["message"].is_string(),
            "{one}"
        );
        assert!(one["column"].as_u64().unwrap() > 0);
        let line = one["line"].as_u64().unwrap();
        (line, one["field"].as_str().unwrap().to_owned())
    };
    let listed = document["problems"].as_array().unwrap();
    listed.iter().map(problem).collect()
}

fn secrets(home: &Home) -> Value {
    home.json(&["secret", "list"])
}

const MINIMAL: &str = r#"
version = 1
[[secret]]
name = "logs"
connection = "practice"
default_ttl = "30m"
max_ttl = "2h"
iam_path = "/leases/"
"#;

#[test]
fn an_export_is_stable_holds_every_field_and_applies_as_no_change() {
    let home = furnished();
    let export = home.ok(&["secret", "export"]).out;
    assert_eq!(home.ok(&["secret", "export"]).out, export);
    for stated in [
        "version = 1",
        "name = \"full\"",
        "environment = \"europe\"",
        "folder = \"/payments/eu\"",
        "connection = \"practice\"",
        "\"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess\",",
        "      \"Action\": [\n",
        "'''\n{\n",
        "\"cost center\" = \"7\"",
        "team = \"payments\"",
    ] {
        assert!(export.contains(stated), "no {stated} in:\n{export}");
    }
    let before = secrets(&home);
    let activity = home.json(&["activity", "list"]);
    let plan = applied(&home, &export, &[]);
    assert_eq!(plan["applied"], false);
    assert_eq!(plan["environments"].as_array().unwrap().len(), 0);
    for secret in plan["secrets"].as_array().unwrap() {
        assert_eq!(secret["action"], "unchanged", "{secret}");
        assert_eq!(secret["practice"], true, "{secret}");
        assert_eq!(secret["changes"].as_array().unwrap().len(), 0, "{secret}");
    }
    assert_eq!(secrets(&home), before);
    assert_eq!(
        home.json(&["activity", "list"]),
        activity,
        "no line for nothing"
    );
    assert!(apply(&home, &export, &[]).out.contains("No change"));

    // Named ones, in any form and order, each once; the same text for the same recipes.
    let some = ["secret", "export", "s3", "europe:payments/eu/full", "full"];
    assert_eq!(home.ok(&some).out, export);
    let one = home.ok(&["secret", "export", "s3"]).out;
    assert!(
        !one.contains("full") && one.contains("name = \"s3\""),
        "{one}"
    );
    let json = home.json(&["secret", "export"]);
    assert_eq!(json["version"], 1);
    assert_eq!(json["secret"][1]["name"], "full");
    assert_eq!(json["secret"][1]["policy_documents"][0], POLICY);
}

#[test]
fn an_export_makes_the_same_secrets_in_another_home() {
    let home = furnished();
    let export = home.ok(&["secret", "export"]).out;
    let other = Home::empty();
    other.ok(&["connection", "add", "practice", "--practice"]);
    let plan = applied(&other, &export, &[]);
    assert_eq!(plan["environments"], serde_json::json!(["europe"]));
    assert_eq!(plan["applied"], true);
    assert_eq!(other.ok(&["secret", "export"]).out, export);
    let kinds: Vec<String> = other.json(&["activity", "list"])["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| text(line, "/kind").to_owned())
        .collect();
    assert_eq!(
        kinds,
        [
            "secret.added",
            "secret.added",
            "environment.added",
            "connection.added"
        ],
        "newest first"
    );
}

#[test]
fn a_dry_run_says_the_same_and_writes_nothing() {
    let home = Home::practised();
    let toml = MINIMAL.replace(
        "\"practice\"\n",
        "\"practice\"\nenvironment = \"sandbox\"\n",
    );
    let before = (secrets(&home), home.json(&["environment", "list"]));
    let lines = home.json(&["activity", "list"]);
    let planned = applied(&home, &toml, &["--dry-run"]);
    assert_eq!(planned["applied"], false);
    assert_eq!(
        (secrets(&home), home.json(&["environment", "list"])),
        before
    );
    assert_eq!(home.json(&["activity", "list"]), lines);
    let mut done = applied(&home, &toml, &[]);
    assert_eq!(done["applied"], true);
    done["applied"] = false.into();
    assert_eq!(done, planned);
    assert_eq!(planned["environments"][0], "sandbox");
    assert_eq!(planned["secrets"][0]["action"], "add");
    assert_eq!(planned["secrets"][0]["secret"], "sandbox:/logs");
}

#[test]
fn a_change_is_told_field_by_field_with_the_lines_of_a_document() {
    let home = furnished();
    let export = home.ok(&["secret", "export"]).out;
    let lease = home.json(&["lease", "create", "s3", "--no-wait"]);
    let toml = export
        .replace("eu-central-1", "eu-west-1")
        .replacen("default_ttl = \"1h\"", "default_ttl = \"2h\"", 1)
        .replace(
            "        \"s3:PutObject\"",
            "        \"s3:PutObjectTagging\"",
        )
        .replace("team = \"payments\"", "team = \"billing\"");
    let plan = applied(&home, &toml, &["--dry-run"]);
    let changes: Vec<(&str, &Value, &Value)> = plan["secrets"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|secret| secret["changes"].as_array().unwrap())
        .map(|c| (c["field"].as_str().unwrap(), &c["old"], &c["new"]))
        .collect();
    assert_eq!(changes[0], ("default_ttl", &"1h".into(), &"2h".into()));
    assert_eq!(
        changes[1],
        ("region", &"eu-central-1".into(), &"eu-west-1".into())
    );
    assert_eq!(changes[2].0, "policy_documents[0]");
    assert_eq!(
        changes[3],
        ("tags.team", &"payments".into(), &"billing".into())
    );
    assert_eq!(changes.len(), 4);

    let said = apply(&home, &toml, &[]);
    assert_eq!(said.code, 0, "{said:?}");
    for line in [
        "~ development:/s3 (practice)\n",
        "    default_ttl: 1h → 2h\n",
        "      -        \"s3:PutObject\"\n",
        "      +        \"s3:PutObjectTagging\"\n",
        "Added 0 and changed 2; 0 unchanged. Leases that exist keep what they were made with.",
    ] {
        assert!(said.out.contains(line), "no {line:?} in:\n{}", said.out);
    }
    let again = home.json(&["lease", "show", text(&lease, "/lease/id")]);
    assert_eq!(again["lease"]["expires_at"], lease["lease"]["expires_at"]);
    assert_eq!(
        home.json(&["secret", "show", "s3"])["secret"]["default_ttl"],
        "2h"
    );
    let line = &home.json(&["activity", "list", "--secret", "s3"])["entries"][0];
    assert!(
        text(line, "/text").ends_with("from a file of recipes: default TTL."),
        "{line}"
    );
    assert!(applied(&home, &toml, &[])["applied"] == false);
}

#[test]
fn what_a_file_leaves_out_is_as_an_addition_has_it_and_what_it_does_not_name_stays() {
    let home = furnished();
    let toml = MINIMAL.replace("logs", "full").replace(
        "\"practice\"\n",
        "\"practice\"\nenvironment = \"europe\"\nfolder = \"payments/eu/\"\n",
    );
    let plan = applied(&home, &toml, &[]);
    assert_eq!(plan["secrets"][0]["action"], "change");
    let full = &home.json(&["secret", "show", "full"])["secret"];
    assert_eq!(full["tags"].as_array().unwrap().len(), 0);
    assert_eq!(full["groups"].as_array().unwrap().len(), 0);
    assert_eq!(full["permission_boundary"], "");
    assert_eq!(full["region"], "us-east-1");
    assert_eq!(full["max_ttl"], "2h");
    assert_eq!(
        secrets(&home)["secrets"].as_array().unwrap().len(),
        2,
        "s3 stays"
    );
}

#[test]
fn every_problem_of_every_secret_is_listed_with_its_line_and_nothing_is_changed() {
    let home = Home::practised();
    let toml = r#"version = 1
colour = "red"

[[secret]]
name = "Upper"
connection = "nowhere"
default_ttl = "3h"
max_ttl = "2h"
default_tll = "1h"

[[secret]]
name = "good"
connection = "practice"
default_ttl = "1h"
max_ttl = 7200
iam_path = "leases"
groups = ["fine", "unfit!"]
policy_documents = [
  '{"Version": "2012-10-17"}',
]
[secret.tags]
"aws:x" = "y"

[[secret]]
name = "s3"
connection = "practice"
default_ttl = "1h"
max_ttl = "2h"
secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

[[secret]]
name = "s3"
environment = "development"
folder = "/"
connection = "practice"
default_ttl = "1h"
max_ttl = "2h"
"#;
    let before = Home::files(&home.path()).len();
    let listed = problems(&home, toml, 3);
    let wanted = [
        (2, "colour"),
        (5, "name"),
        (6, "connection"),
        (7, "default_ttl"),
        (9, "default_tll"),
        (15, "max_ttl"),
        (16, "iam_path"),
        (17, "groups[1]"),
        (19, "policy_documents[0]"),
        (22, "tags[0].key"),
        (29, "secret_access_key"),
        (32, "name"),
    ];
    let wanted: Vec<_> = wanted.map(|(line, field)| (line, field.to_owned())).into();
    assert_eq!(listed, wanted);
    assert_eq!(problems(&home, &format!("{toml}\n"), 3), listed);

    let said = apply(&home, toml, &[]);
    assert_eq!((said.code, said.out.as_str()), (3, ""));
    assert!(
        !said.err.contains("wJalr"),
        "a value is never repeated: {said:?}"
    );
    for line in [
        "secrets.toml:9:1: development:/Upper: There is no field `default_tll` here.",
        "Did you mean `default_ttl`?",
        "A recipe holds no keys",
        "stands twice in the file, first in line 25",
        "The file has 12 problems; nothing was changed.",
    ] {
        assert!(said.err.contains(line), "no {line:?} in:\n{}", said.err);
    }
    assert_eq!(secrets(&home)["secrets"].as_array().unwrap().len(), 1);
    assert_eq!(Home::files(&home.path()).len(), before);
}

#[test]
fn what_is_no_file_of_recipes_is_refused_with_its_place() {
    let home = Home::practised();
    for (toml, wanted) in [
        ("version = 2\n[[secret]]\nfuture = true\n", (1, "version")),
        ("version = \"1\"\n", (1, "version")),
        ("version = 0\n", (1, "version")),
        ("# nothing\n", (1, "version")),
        ("version = 1\n[[secret]\n", (2, "file")),
        ("version = 1\n[secret]\nname = \"x\"\n", (2, "secret")),
        ("version = 1\nsecret = 3\n", (2, "secret")),
    ] {
        let (line, field) = wanted;
        assert_eq!(
            problems(&home, toml, 3),
            [(line, field.to_owned())],
            "{toml}"
        );
    }
    assert_eq!(applied(&home, "version = 1\n", &[])["applied"], false);

    let missing = home.refused(5, &["secret", "apply", "/nowhere/secrets.toml"]);
    assert_eq!(text(&missing, "/code"), "not_found");
    let connection = MINIMAL.replace("\"practice\"", "\"elsewhere\"");
    assert_eq!(
        problems(&home, &connection, 5),
        [(5, "connection".to_owned())]
    );
    home.refused(5, &["secret", "export", "nobody"]);
}

#[test]
fn a_file_comes_from_standard_input_too_and_one_line_tables_are_as_good() {
    let home = Home::practised();
    let toml = "version = 1\nsecret = [{ name = \"a\", connection = \"practice\", default_ttl = \
                \"1h\", max_ttl = \"2h\" }, { name = \"a\", connection = \"practice\", \
                default_ttl = \"1h\", max_ttl = \"2h\" }]\n";
    let said = home.run_with(&["secret", "apply", "-"], toml);
    assert!(said.err.contains("stands twice"), "{said:?}");
    let toml = toml.replacen("\"a\"", "\"b\"", 1);
    let said = home.run_with(&["secret", "apply", "-"], &toml);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(secrets(&home)["secrets"].as_array().unwrap().len(), 3);
}

#[test]
fn a_secret_that_is_being_removed_is_neither_exported_nor_edited() {
    let home = Home::empty();
    let mut account = crate::account::Account::serve(&home);
    assert_eq!(account.connect(&home, "aws", &[]).code, 0);
    home.ok(&[
        "secret",
        "add",
        "going",
        "--connection",
        "aws",
        "--default-ttl",
        "1h",
        "--max-ttl",
        "3h",
        "--iam-path",
        "/leases/",
    ]);
    let export = home.ok(&["secret", "export"]).out;
    home.ok(&["lease", "create", "going", "--no-wait"]);
    account.go_away();
    assert_eq!(
        home.run(&["secret", "remove", "going", "--revoke-leases"])
            .code,
        7
    );
    let said = home.ok(&["secret", "export"]);
    assert!(
        !said.out.contains("going") && said.err.contains("left out"),
        "{said:?}"
    );
    home.refused(3, &["secret", "export", "going"]);
    let toml = export.replace("max_ttl = \"3h\"", "max_ttl = \"4h\"");
    assert_eq!(problems(&home, &toml, 3), [(6, "name".to_owned())]);
}

/// Killed before the one commit nothing of the file is there; after it all of it is.
#[test]
fn a_crash_leaves_all_of_a_file_or_nothing() {
    let home = Home::practised();
    let one = MINIMAL.replace("version = 1", "");
    let toml = format!(
        "version = 1\n{one}environment = \"sandbox\"\n{}{}",
        one.replace("logs", "more"),
        one.replace("logs", "s3"),
    );
    let path = file(&home, &toml);
    let before = home.ok(&["secret", "export"]).out;
    let killed = |at: &str| {
        let mut command = home.command(&["secret", "apply", path.to_str().unwrap()]);
        command.env("LEASEHOLD_TEST_KILL_AT_COMMIT", at);
        assert_eq!(Said::of(command, "").code, -1, "{at}");
        home.ok(&["secret", "export"]).out
    };
    assert_eq!(killed("1:before"), before);
    assert_eq!(home.json(&["activity", "verify"])["fault"], Value::Null);
    let after = killed("1:after");
    for name in ["logs", "more", "s3"] {
        assert!(after.contains(&format!("name = \"{name}\"")), "{after}");
    }
    assert!(after.contains("environment = \"sandbox\"") && !after.contains("\"3h\""));
    assert_eq!(home.json(&["activity", "verify"])["fault"], Value::Null);
    assert_eq!(applied(&home, &toml, &[])["applied"], false);
}
