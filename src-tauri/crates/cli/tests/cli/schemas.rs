//! What every verb prints with `--json` is what its schema in `schemas/` says, field by field.

use std::path::Path;

use serde_json::{Value, json};

use crate::account::Account;
use crate::home::{Home, text, words};

fn kept(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let path = folder.join(format!("{name}.json"));
    let kept = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&kept).unwrap()
}

/// The kept schemas are open, so that fields may be added. Here they are closed, so that a field
/// which no schema tells of is found.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.contains_key("properties") && !fields.contains_key("$ref") {
                fields.insert("additionalProperties".into(), json!(false));
            }
            fields.values_mut().for_each(close);
        }
        Value::Array(all) => all.iter_mut().for_each(close),
        _ => {}
    }
}

pub(crate) fn check(name: &str, document: &Value) {
    let mut schema = kept(name);
    assert!(jsonschema::meta::is_valid(&schema), "{name}");
    close(&mut schema);
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap();
    let faults: Vec<_> = validator
        .iter_errors(document)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{name}: {faults:#?}\n{document:#}");
}

#[test]
fn every_answer_is_as_its_schema_says() {
    let home = Home::empty();
    let says = |name: &str, line: &str| {
        let document = home.json(&words(line));
        check(name, &document);
        document
    };
    says("connection", "connection add practice --practice");
    let add =
        "secret add s3 --connection practice --default-ttl 1h --max-ttl 3h --iam-path /leases/";
    says("secret-saved", add);
    for (name, line) in [
        ("connection-list", "connection list"),
        ("connection", "connection show practice"),
        ("connection", "connection check practice"),
        ("connection-policy", "connection policy practice"),
        ("environment", "environment add sandbox"),
        ("environment", "environment rename sandbox preview"),
        ("environment-list", "environment list"),
        ("removed", "environment remove preview"),
        ("secret-saved", "secret edit s3 --tag team=pay"),
        ("secret-preflight", "secret preflight s3 --canary"),
        ("secret", "secret show s3"),
        ("secret-list", "secret list"),
        ("secret-export", "secret export"),
        ("credentials", "credentials s3"),
        ("credentials-process", "credentials s3 --format process"),
        ("lease-list", "lease list --all"),
        ("lease-reconcile", "lease reconcile"),
        ("orphan-list", "orphan list"),
        ("keychain-status", "keychain status"),
        ("activity-list", "activity list"),
        ("activity-verify", "activity verify"),
        ("break-glass", "break-glass"),
        ("break-glass-stopped", "break-glass --stop-keeping"),
        ("settings", "settings show"),
        ("settings", "settings set lead-minutes 5,15"),
        ("status", "status"),
        ("service", "status --service=systemd"),
        ("service", "status --service=launchd"),
        ("practice-skip", "practice skip 1m"),
    ] {
        says(name, line);
    }
    let made = says("lease-create", "lease create s3 --label ci");
    let id = text(&made, "/lease/id");
    says("lease-show", &format!("lease show {id}"));
    says("lease", &format!("lease renew {id} --ttl 5m"));
    says("lease-revoke", &format!("lease revoke {id}"));
    says("lease-revoke", "secret remove s3 --revoke-leases");
    let recipes = home.beside("recipes.toml");
    std::fs::write(&recipes, home.ok(&["secret", "export"]).out).unwrap();
    let recipes = recipes.to_str().unwrap();
    check(
        "secret-apply",
        &home.json(&["secret", "apply", recipes, "--dry-run"]),
    );
    says("practice-reset", "practice reset");
    says("removed", "connection remove practice");
    let man = home.beside("man");
    check("man", &home.json(&["man", man.to_str().unwrap()]));
    let files = home.beside("");
    let folder = files.to_str().unwrap();
    check(
        "break-glass-files",
        &home.json(&["break-glass", "--folder", folder]),
    );
}

#[test]
fn the_answer_of_a_rotation_is_as_its_schema_says() {
    let home = Home::empty();
    let account = Account::serve_to_admin(&home);
    assert_eq!(account.connect(&home, "aws", &[]).code, 0);
    let keys = home.json(&["connection", "keys", "aws"]);
    check("connection-keys", &keys);
    assert_eq!(keys["keys"][0]["own"], true, "{keys}");
    check(
        "connection-profiles",
        &home.json(&["connection", "profiles"]),
    );
    let document = home.json(&["connection", "rotate", "aws"]);
    check("connection-rotated", &document);
}

#[test]
fn every_error_is_as_its_schema_says() {
    let home = Home::practised();
    for (code, line) in [
        (2, "lease renew"),
        (3, "lease create s3 --ttl 4h"),
        (5, "secret show nothing"),
    ] {
        let said = home.run(&words(&format!("{line} --json")));
        said.error(code);
        check("error", &serde_json::from_str(&said.err).unwrap());
    }
}

#[cfg(unix)]
#[test]
fn every_event_of_a_watch_is_as_its_schema_says() {
    let home = Home::practised();
    home.json(&["lease", "create", "s3", "--no-wait"]);
    home.ok(&["practice", "skip", "61m"]);
    let lines = crate::watch::lines_until(&home, &["--json"], |line| line.contains("\"revoked\""));
    assert!(lines.len() > 1, "{lines:?}");
    for line in lines {
        check("event", &serde_json::from_str(&line).unwrap());
    }
}

#[test]
fn a_schema_refuses_what_is_not_its_document() {
    let mut schema = kept("lease-list");
    close(&mut schema);
    let home = Home::practised();
    home.ok(&["lease", "create", "s3", "--no-wait"]);
    let right = home.json(&["lease", "list"]);
    assert!(jsonschema::is_valid(&schema, &right));
    let wrong = |change: &dyn Fn(&mut Value)| {
        let mut document = right.clone();
        change(&mut document["leases"][0]);
        !jsonschema::is_valid(&schema, &document)
    };
    assert!(wrong(&|lease| lease["state"] = json!("lively")));
    assert!(wrong(&|lease| lease["expires_at"] = json!(12)));
    assert!(wrong(&|lease| lease["surprise"] = json!(true)));
    assert!(wrong(&|lease| drop(
        lease.as_object_mut().unwrap().remove("user_name")
    )));
}
