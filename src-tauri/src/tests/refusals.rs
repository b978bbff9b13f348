//! How commands refuse: the wire form of errors, undecodable arguments, callers that may not call.

use leasehold_domain::Code;
use serde_json::json;

use super::journey::generate;
use super::rig::{Rig, call, draft, some_problem};
use crate::commands::list::COMMANDS;

/// Arguments that decode, for every command that needs some.
fn arguments(command: &str) -> serde_json::Value {
    let key = json!({
        "name": "work", "access_key_id": "AKIAIOSFODNN7EXAMPLE",
        "secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        "region": null, "endpoint_url": ""
    });
    match command {
        "place_remember" => json!({ "route": "/leases", "environment": "" }),
        "autostart_set" => json!({ "with": "window" }),
        "notifications_pause" => json!({ "span": "hour" }),
        "text_copy" => json!({ "text": "x" }),
        "environment_add"
        | "environment_remove"
        | "connection_add_practice"
        | "connection_check"
        | "connection_keys"
        | "connection_policy"
        | "connection_remove" => json!({ "name": "x" }),
        "environment_rename" => json!({ "old": "x", "new": "y" }),
        "environment_reorder" => json!({ "names": ["x"] }),
        "connection_rotate" => json!({ "name": "x", "removeKey": null }),
        "connection_add_profile" => json!({ "input": { "name": "x", "profile": "y" } }),
        "connection_add_role" => json!({ "input": {
            "name": "x", "role_arn": "arn:aws:iam::123456789012:role/y", "from_profile": "z"
        } }),
        "code_answer" => json!({ "id": "0", "code": null }),
        "console_open" => json!({ "leaseId": "x", "service": null, "way": "copy" }),
        "credentials_console" => json!({ "service": null, "way": "copy" }),
        "connection_add_key" => json!({ "input": key }),
        "secret_check" | "secret_add" => json!({ "draft": draft() }),
        "secret_edit" => json!({ "id": "x", "draft": draft() }),
        "secret_remove" => json!({ "id": "x", "revokeLeases": false }),
        "lease_create" => {
            json!({ "input": { "secret_id": "x", "ttl": null, "label": null, "request_id": "r" } })
        }
        "lease_list" => json!({}),
        "lease_page" => json!({ "query": {} }),
        "secret_pin" => json!({ "id": "x", "pinned": true }),
        "lease_show" | "lease_retry" | "lease_forget" | "lease_acknowledge" => json!({ "id": "x" }),
        "lease_revoke_many" => json!({ "ids": ["x"], "requestId": "r" }),
        "lease_revoke_stop" => json!({ "requestId": "r" }),
        "lease_reconcile" | "orphan_list" => json!({ "connection": "x" }),
        "orphan_adopt" | "orphan_remove" => json!({ "connection": "x", "user": "y" }),
        "secret_preflight" => json!({ "reference": "x", "canary": false }),
        "activity_list" => json!({ "query": {} }),
        "activity_export" => json!({ "format": "csv", "query": {} }),
        "break_glass_write" => json!({ "folder": null }),
        "lease_renewal_preview" | "lease_renew" => json!({ "id": "x", "ttl": null, "toMax": true }),
        "lease_revoke" => json!({ "ids": ["x"] }),
        "credentials_open" => json!({ "leaseId": "x" }),
        "credentials_preview" | "credentials_copy" => json!({ "format": "bash" }),
        "credentials_keep" => json!({ "keep": true }),
        "credentials_close" => json!({ "anyway": true }),
        "practice_skip" => json!({ "connection": "x", "ttl": "1h" }),
        "practice_reset" => json!({ "connection": "x" }),
        "settings_set" | "gateway_check" | "gateway_set" => json!({ "settings": {} }),
        "auth_method_show" => json!({ "id": "x" }),
        "auth_method_check" | "auth_method_create" => json!({ "draft": { "name": "/x" } }),
        "auth_method_update" => json!({ "id": "x", "seen": {}, "draft": { "name": "/x" } }),
        "auth_method_enable" => json!({ "id": "x", "on": true, "revokeLeases": false }),
        "auth_method_delete" | "session_revoke" | "approval_deny" => {
            json!({ "id": "x", "revokeLeases": false })
        }
        "role_show" | "role_delete" => json!({ "name": "x" }),
        "role_create" => json!({ "name": "x", "description": "" }),
        "role_set_rule" => json!({ "name": "x", "path": "/a/*", "capabilities": ["read"] }),
        "role_delete_rule" => json!({ "name": "x", "path": "/a/*" }),
        "role_associate" => {
            json!({ "name": "x", "authMethod": "/m", "subClaims": {}, "caseSensitive": true })
        }
        "role_dissociate" => json!({ "name": "x", "authMethod": "/m" }),
        "role_who" => json!({ "path": "/development/a" }),
        "approval_allow" => json!({ "id": "x", "always": false }),
        "identity_test" => json!({
            "id": "x", "cloudIdentity": "secretly-signed", "client": "unix", "path": null
        }),
        "identity_imagine" => json!({
            "id": "x", "arn": "arn:aws:iam::123456789012:user/bob", "uniqueId": "",
            "region": "us-east-1", "client": "127.0.0.1", "path": null
        }),
        _ => json!({}),
    }
}

/// Commands that need no engine.
const WITHOUT_ENGINE: [&str; 8] = [
    "code_question",
    "code_answer",
    "window_ready",
    "window_unload",
    "place_remember",
    "app_hide",
    "app_quit",
    "text_copy",
];

/// What only the window of a key may call.
fn is_of_a_key(command: &str) -> bool {
    command.starts_with("credentials_") && command != "credentials_open"
}

#[test]
fn an_engine_that_cannot_be_opened_is_what_every_command_answers() {
    let rig = Rig::broken(some_problem());
    for command in COMMANDS
        .iter()
        .filter(|command| !WITHOUT_ENGINE.contains(command) && !is_of_a_key(command))
    {
        assert_eq!(
            rig.refused(command, arguments(command)),
            some_problem(),
            "{command}"
        );
    }
}

#[test]
fn an_engine_whose_trouble_was_mended_opens_when_asked_again() {
    let rig = Rig::mended_after(some_problem());
    // The first opening fails before or while this command waits, the second does not.
    let mut answers = (0..3).map(|_| rig.call("app_status", json!({})));
    assert!(answers.any(|answer| answer.is_ok()));
    assert_eq!(rig.ok("lease_list", json!({})), json!([]));
}

#[test]
fn a_problem_leaves_in_its_wire_form() {
    let rig = Rig::new();
    let raw = rig
        .call("environment_add", json!({ "name": "No Good" }))
        .unwrap_err();
    let keys: std::collections::BTreeSet<_> = raw
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(keys, ["code", "field", "hint", "message"].into());
    assert_eq!(raw["code"], "invalid_input");
}

#[test]
fn every_command_that_names_something_unknown_says_so() {
    let rig = Rig::new();
    for command in [
        "environment_remove",
        "environment_rename",
        "connection_check",
        "connection_policy",
        "connection_remove",
        "secret_edit",
        "secret_remove",
        "lease_create",
        "secret_pin",
        "lease_show",
        "lease_retry",
        "lease_renewal_preview",
        "lease_renew",
        "lease_revoke",
        "credentials_open",
        "practice_skip",
        "practice_reset",
        "auth_method_show",
        "auth_method_update",
        "auth_method_enable",
        "auth_method_delete",
        "role_show",
        "role_delete",
        "role_set_rule",
        "role_delete_rule",
        "role_associate",
        "role_dissociate",
        "approval_allow",
        "approval_deny",
        "session_revoke",
        "identity_test",
        "identity_imagine",
    ] {
        let problem = rig.refused(command, arguments(command));
        assert_eq!(problem.code, Code::NotFound, "{command}: {problem:?}");
    }
}

#[test]
fn a_draft_with_faults_is_described_and_an_added_one_is_refused_at_a_field() {
    let rig = Rig::new();
    rig.ok("connection_add_practice", json!({ "name": "practice" }));
    let mut bad = draft();
    bad["default_ttl"] = "9h".into();
    let check = rig.ok("secret_check", json!({ "draft": bad }));
    assert!(!check["problems"].as_array().unwrap().is_empty());
    let problem = rig.refused("secret_add", json!({ "draft": bad }));
    assert_eq!(problem.code, Code::InvalidInput);
    assert!(problem.field.is_some(), "{problem:?}");
}

#[test]
fn a_managing_key_is_in_no_refusal() {
    let rig = Rig::new();
    let mut input = arguments("connection_add_key")["input"].clone();
    input["name"] = "Not A Slug".into();
    let raw = rig
        .call("connection_add_key", json!({ "input": input }))
        .unwrap_err();
    assert!(!raw.to_string().contains("wJalr"), "{raw}");
}

#[test]
fn a_cloud_identity_is_in_no_refusal() {
    let rig = Rig::new();
    let raw = rig
        .call("identity_test", arguments("identity_test"))
        .unwrap_err();
    assert!(!raw.to_string().contains("secretly"), "{raw}");
}

#[test]
fn arguments_that_are_missing_or_of_another_kind_are_refused() {
    let rig = Rig::new();
    for (command, arguments) in [
        ("lease_show", json!({})),
        (
            "lease_renew",
            json!({ "id": 3, "ttl": null, "toMax": true }),
        ),
        ("lease_revoke", json!({ "ids": "x" })),
        ("lease_create", json!({ "input": { "ttl": "1h" } })),
        ("settings_set", json!({ "settings": { "theme": "pink" } })),
    ] {
        let refusal = rig.call(command, arguments).unwrap_err();
        assert!(
            refusal.as_str().unwrap().contains("invalid"),
            "{command}: {refusal}"
        );
    }
    let (id, _) = generate(&rig, &rig.practice_secret());
    for (command, arguments) in [
        ("credentials_preview", json!({ "format": "tcsh" })),
        ("credentials_copy", json!({ "format": "everything" })),
        ("credentials_close", json!({})),
    ] {
        let refusal = rig.call_of(&id, command, arguments).unwrap_err();
        assert!(
            refusal.as_str().unwrap().contains("invalid"),
            "{command}: {refusal}"
        );
    }
}

#[test]
fn the_main_window_has_no_way_to_a_key() {
    let rig = Rig::new();
    let (id, secret) = generate(&rig, &rig.practice_secret());
    for command in COMMANDS.iter().filter(|command| is_of_a_key(command)) {
        let mut named = arguments(command);
        named["leaseId"] = id.as_str().into();
        let refusal = rig.call(command, named).unwrap_err();
        assert!(
            refusal.as_str().unwrap().contains("not allowed"),
            "{command}: {refusal}"
        );
    }
    let opened = rig.ok("credentials_open", json!({ "leaseId": id }));
    assert!(opened.is_null(), "the window is shown, and nothing is said");
    assert!(!format!("{:?}", rig.events()).contains(&secret));
}

#[test]
fn a_window_reads_the_key_of_its_own_lease_whatever_it_is_asked_for() {
    let rig = Rig::new();
    let secret_id = rig.practice_secret();
    let (one, secret) = generate(&rig, &secret_id);
    let (other, others) = generate(&rig, &secret_id);
    assert_ne!(secret, others);
    for command in COMMANDS.iter().filter(|command| is_of_a_key(command)) {
        let mut named = arguments(command);
        named["leaseId"] = other.as_str().into();
        let answer = match *command {
            // A practice account has no console.
            "credentials_console" => rig.call_of(&one, command, named).unwrap_err(),
            _ => rig.ok_of(&one, command, named),
        };
        assert!(!answer.to_string().contains(&others), "{command}");
    }
    assert!(!rig.shell().keys.holds(&one), "it closed itself");
    let kept = rig.ok("lease_show", json!({ "id": other }))["lease"]["kept"].clone();
    assert_eq!(kept, false, "it kept its own key");
    rig.ok_of(&other, "credentials_reveal", json!({}));
}

#[test]
fn a_window_whose_label_names_no_lease_with_a_key_is_told_so() {
    let rig = Rig::new();
    rig.ok("settings_get", json!({}));
    for label in ["credentials-", "credentials-x"] {
        let window = rig.stray(label);
        for command in ["credentials_get", "credentials_reveal", "credentials_copy"] {
            let refusal = call(&window, "tauri://localhost", command, arguments(command));
            assert_eq!(
                refusal.unwrap_err()["code"],
                "not_found",
                "{label} {command}"
            );
        }
    }
    let window = rig.stray("other");
    let refusal = call(&window, "tauri://localhost", "app_status", json!({})).unwrap_err();
    assert!(refusal.as_str().unwrap().contains("not allowed"));
}

#[test]
fn the_window_of_a_key_may_call_nothing_of_the_rest() {
    let rig = Rig::new();
    let (id, _) = generate(&rig, &rig.practice_secret());
    for command in COMMANDS
        .iter()
        .filter(|command| !is_of_a_key(command) && **command != "settings_get")
    {
        let refusal = rig.call_of(&id, command, arguments(command)).unwrap_err();
        assert!(
            refusal.as_str().unwrap().contains("not allowed"),
            "{command}: {refusal}"
        );
    }
}

#[test]
fn a_page_from_elsewhere_may_call_nothing() {
    let rig = Rig::new();
    for command in COMMANDS {
        let refusal = rig
            .call_from("https://example.com/", command, arguments(command))
            .unwrap_err();
        assert!(
            refusal.as_str().unwrap().contains("not allowed"),
            "{command}: {refusal}"
        );
    }
}

#[test]
fn no_command_of_a_plugin_is_open_to_the_pages() {
    let rig = Rig::new();
    for command in [
        "plugin:window|close",
        "plugin:webview|create_webview_window",
        "plugin:event|emit",
        "plugin:path|resolve_directory",
        "plugin:tray|new",
        "plugin:app|version",
    ] {
        let refusal = rig.call(command, json!({})).unwrap_err();
        assert!(
            refusal.as_str().unwrap().contains("not allowed"),
            "{command}: {refusal}"
        );
    }
}
