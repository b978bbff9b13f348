//! The documents of `--json`, whose field names scripts rely on.

use chrono::DateTime;
use serde_json::Value;

use crate::home::{Home, text, words};

fn fields(value: &Value) -> Vec<&str> {
    let mut fields: Vec<_> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    fields.sort_unstable();
    fields
}

fn assert_has(value: &Value, wanted: &[&str]) {
    for field in wanted {
        assert!(value.get(*field).is_some(), "no {field} in {value}");
    }
}

/// The contract's fields of a lease, in its order.
const LEASE: [&str; 14] = [
    "id",
    "secret",
    "environment",
    "folder",
    "state",
    "account_id",
    "user_name",
    "user_id",
    "access_key_id",
    "issued_at",
    "expires_at",
    "max_expires_at",
    "label",
    "clock_offset_ms",
];

fn assert_lease(lease: &Value) {
    assert_has(lease, &LEASE);
    for field in ["issued_at", "expires_at", "max_expires_at"] {
        let moment = lease[field].as_str().unwrap();
        assert!(moment.ends_with('Z'), "{moment}");
        DateTime::parse_from_rfc3339(moment).unwrap();
    }
    assert!(text(lease, "/user_id").starts_with("AIDA"));
    assert!(text(lease, "/access_key_id").starts_with("AKIA"));
    assert_eq!(text(lease, "/account_id").len(), 12);
}

#[test]
fn lease_create() {
    let home = Home::practised();
    let made = home.json(&["lease", "create", "s3"]);
    assert_eq!(fields(&made), ["credentials", "lease", "usable_after_ms"]);
    assert_lease(&made["lease"]);
    assert_eq!(made["lease"]["label"], Value::Null);
    assert_eq!(made["lease"]["state"], "active");
    assert_eq!(made["lease"]["secret"], "s3");
    assert_eq!(made["lease"]["folder"], "/");
    assert_eq!(
        fields(&made["credentials"]),
        ["access_key_id", "secret_access_key"]
    );
    assert_eq!(
        made["credentials"]["access_key_id"],
        made["lease"]["access_key_id"]
    );
    assert!(made["usable_after_ms"].is_u64());
}

#[test]
fn lease_create_without_waiting_has_no_time_until_usable() {
    let home = Home::practised();
    let made = home.json(&words("lease create s3 --no-wait --label ci --ttl 30m"));
    assert_eq!(fields(&made), ["credentials", "lease", "usable_after_ms"]);
    assert_eq!(made["usable_after_ms"], Value::Null);
    assert_eq!(made["lease"]["label"], "ci");
    let at = |field: &str| DateTime::parse_from_rfc3339(text(&made["lease"], field)).unwrap();
    assert_eq!((at("/expires_at") - at("/issued_at")).num_minutes(), 30);
}

#[test]
fn leases_are_the_same_objects_everywhere() {
    let home = Home::practised();
    let made = home.json(&["lease", "create", "s3"]);
    let id = text(&made, "/lease/id");
    let listed = home.json(&["lease", "list"]);
    assert_eq!(fields(&listed), ["leases"]);
    assert_lease(&listed["leases"][0]);
    assert_has(&listed["leases"][0], &["next_attempt_at", "reason"]);
    assert_eq!(fields(&listed["leases"][0]), fields(&made["lease"]));
    assert_lease(&home.json(&["lease", "renew", id])["lease"]);
    let shown = home.json(&["lease", "show", id]);
    assert_lease(&shown["lease"]);
    assert_eq!(fields(&shown["events"][0]), ["at", "kind", "text"]);
    let filtered = home.json(&words("lease list --state access-cut --state revoking"));
    assert_eq!(filtered["leases"], Value::Array(vec![]));
}

#[test]
fn lease_revoke() {
    let home = Home::practised();
    let made = home.json(&["lease", "create", "s3", "--no-wait"]);
    let done = home.json(&["lease", "revoke", "--secret", "s3"]);
    assert_eq!(fields(&done), ["ended", "pending", "revoked", "untouched"]);
    assert_eq!(done["revoked"], serde_json::json!([made["lease"]["id"]]));
    assert_eq!(done["pending"], Value::Array(vec![]));
    let nothing = home.json(&["lease", "revoke", "--all"]);
    assert_eq!(nothing["revoked"], Value::Array(vec![]));
}

#[test]
fn secrets_have_their_fields_at_the_top_and_warnings_beside_them() {
    let home = Home::practised();
    let added = home.add_secret("other", &["--json"]).json();
    assert_eq!(fields(&added), ["secret", "warnings"]);
    assert_eq!(added["warnings"][0]["field"], "permission_boundary");
    let shown = home.json(&["secret", "show", "other"]);
    let wanted = [
        "id",
        "name",
        "environment",
        "folder",
        "connection",
        "default_ttl",
        "max_ttl",
        "region",
        "iam_path",
        "permission_boundary",
        "groups",
        "policy_arns",
        "policy_documents",
        "username_template",
        "tags",
        "account_id",
        "active_leases",
        "open_leases",
        "next_expires_at",
        "deleting",
        "created_at",
        "updated_at",
    ];
    assert_has(&shown["secret"], &wanted);
    assert_eq!(fields(&shown["secret"]), fields(&added["secret"]));
    let listed = home.json(&["secret", "list"]);
    assert_eq!(listed["secrets"].as_array().unwrap().len(), 2);
    assert_has(&listed["secrets"][0], &wanted);
}

#[test]
fn connections_status_and_the_rest() {
    let home = Home::practised();
    let wanted = [
        "id",
        "name",
        "practice",
        "access_key_id",
        "region",
        "endpoint_url",
        "account_id",
        "partition",
        "caller_arn",
        "verified_at",
        "secrets",
        "open_leases",
        "problem",
    ];
    assert_has(
        &home.json(&["connection", "list"])["connections"][0],
        &wanted,
    );
    assert_has(
        &home.json(&["connection", "show", "practice"])["connection"],
        &wanted,
    );
    assert_has(
        &home.json(&["connection", "check", "practice"])["connection"],
        &wanted,
    );
    let status = home.json(&["status"]);
    assert_has(
        &status,
        &words("version home active_leases next_expires_at connections keychain"),
    );
    assert_eq!(status["keychain"]["kind"], "file");
    let removed = home.json(&["environment", "remove", "staging"]);
    assert_eq!(removed, serde_json::json!({ "removed": "staging" }));
}

#[test]
fn the_managing_policy_is_valid_json_and_scoped() {
    let home = Home::practised();
    let printed: Value = home.ok(&["connection", "policy", "practice"]).json();
    assert_eq!(printed["Version"], "2012-10-17");
    let document = home.json(&["connection", "policy", "practice"]);
    assert_eq!(fields(&document), ["document", "notes", "optional"]);
    let policy: Value = serde_json::from_str(text(&document, "/document")).unwrap();
    assert_eq!(policy, printed);
    assert!(text(&document, "/document").contains(":user/leases/*"));
}
