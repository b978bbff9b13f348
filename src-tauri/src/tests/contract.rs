//! What the window is allowed to do, read from the files that say so.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::commands::list::COMMANDS;

fn capability() -> Value {
    serde_json::from_str(include_str!("../../capabilities/main.json")).unwrap()
}

fn configuration() -> Value {
    serde_json::from_str(include_str!("../../tauri.conf.json")).unwrap()
}

#[test]
fn the_window_may_call_exactly_our_commands_and_hear_events() {
    let capability = capability();
    let allowed: BTreeSet<_> = capability["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|permission| permission.as_str().unwrap().to_owned())
        .collect();
    let expected: BTreeSet<_> = COMMANDS
        .iter()
        .map(|command| format!("allow-{}", command.replace('_', "-")))
        .chain([
            "core:event:allow-listen".into(),
            "core:event:allow-unlisten".into(),
        ])
        .collect();
    assert_eq!(allowed, expected);
    assert_eq!(capability["windows"], serde_json::json!(["main"]));
    assert!(capability.get("remote").is_none());
}

#[test]
fn there_is_one_capability_file() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/capabilities");
    let files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(files, ["main.json"]);
    assert_eq!(
        configuration()["app"]["security"]["capabilities"],
        serde_json::json!(["main"]),
        "and no other is ever taken in"
    );
}

#[test]
fn the_content_security_policy_lets_in_our_own_files_only() {
    let configuration = configuration();
    let security = &configuration["app"]["security"];
    let policy = security["csp"].as_str().unwrap();
    for directive in [
        "default-src 'self'",
        "script-src 'self'",
        "connect-src ipc: http://ipc.localhost",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-src 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(
            policy.split("; ").any(|part| part == directive),
            "{directive} in {policy}"
        );
    }
    assert!(!policy.contains("unsafe-eval") && !policy.contains('*') && !policy.contains("https:"));
    assert_eq!(security["freezePrototype"], true);
    assert_eq!(configuration["app"]["withGlobalTauri"], false);
}

#[test]
fn a_plain_build_shows_the_bundled_pages() {
    let configuration = configuration();
    assert!(configuration["build"].get("devUrl").is_none());
    assert_eq!(configuration["build"]["frontendDist"], "../ui/dist");
    assert_eq!(
        configuration["app"]["windows"],
        serde_json::json!([]),
        "windows are made in Rust"
    );
}
