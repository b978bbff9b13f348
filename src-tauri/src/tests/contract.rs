//! What the windows are allowed to do, read from the files that say so.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::commands::list::COMMANDS;

/// The commands that have to do with a secret; no other does.
const OF_A_KEY: [&str; 7] = [
    "credentials_get",
    "credentials_reveal",
    "credentials_preview",
    "credentials_copy",
    "credentials_keep",
    "credentials_close",
    "credentials_console",
];

fn capability(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/capabilities");
    let text = std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn configuration() -> Value {
    serde_json::from_str(include_str!("../../tauri.conf.json")).unwrap()
}

fn allowed(capability: &Value) -> BTreeSet<String> {
    let permissions = capability["permissions"].as_array().unwrap();
    let name = |permission: &Value| permission.as_str().unwrap().to_owned();
    permissions.iter().map(name).collect()
}

/// The permissions for these commands, and to hear events.
fn permissions<'c>(commands: impl IntoIterator<Item = &'c str>) -> BTreeSet<String> {
    let name = |command: &str| format!("allow-{}", command.replace('_', "-"));
    let listen = ["core:event:allow-listen", "core:event:allow-unlisten"];
    let commands = commands.into_iter().map(name);
    commands.chain(listen.map(str::to_owned)).collect()
}

#[test]
fn the_main_window_may_call_all_commands_but_those_of_a_key() {
    let main = capability("main");
    let others = COMMANDS.iter().filter(|one| !OF_A_KEY.contains(one));
    assert_eq!(allowed(&main), permissions(others.copied()));
    assert_eq!(main["windows"], serde_json::json!(["main"]));
}

#[test]
fn the_window_of_a_key_may_call_its_own_commands_and_read_the_settings() {
    let credentials = capability("credentials");
    let own = OF_A_KEY.into_iter().chain(["settings_get"]);
    assert_eq!(allowed(&credentials), permissions(own));
    assert_eq!(credentials["windows"], serde_json::json!(["credentials-*"]));
}

#[test]
fn there_is_one_capability_file_for_each_kind_of_window_and_none_for_strangers() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/capabilities");
    let files: BTreeSet<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(
        files,
        ["credentials.json", "main.json"].map(str::to_owned).into()
    );
    assert_eq!(
        configuration()["app"]["security"]["capabilities"],
        serde_json::json!(["main", "credentials"]),
        "and no other is ever taken in"
    );
    for name in ["main", "credentials"] {
        let capability = capability(name);
        assert!(capability.get("remote").is_none() && capability.get("webviews").is_none());
        assert_eq!(capability["local"], true);
    }
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
