//! The main job through the commands, and where its secret may be seen.

use leasehold_domain::Code;
use serde_json::json;

use super::rig::{Rig, draft};
use crate::notify::{Button, Pressed};

/// Generates a lease; its id and its secret.
pub(super) fn generate(rig: &Rig, secret_id: &str) -> (String, String) {
    let lease = rig.ok(
        "lease_create",
        json!({ "input": { "secret_id": secret_id, "ttl": "1h", "label": "mine", "request_id": "r1" } }),
    );
    let id = lease["id"].as_str().unwrap().to_owned();
    let revealed = rig.ok_of(&id, "credentials_reveal", json!({}));
    let secret = revealed["secret_access_key"].as_str().unwrap().to_owned();
    assert_eq!(secret.len(), 40);
    assert!(!lease.to_string().contains(&secret));
    // Until then the lease is being worked on.
    rig.heard(|event| event["step"] == "usable" && event["lease_id"] == id);
    (id, secret)
}

#[test]
fn the_main_job_goes_through_and_the_secret_is_in_one_answer_only() {
    let rig = Rig::new();
    let secret_id = rig.practice_secret();
    let (id, secret) = generate(&rig, &secret_id);

    let mut answers = vec![
        rig.ok("app_status", json!({})),
        rig.ok("environment_list", json!({})),
        rig.ok("connection_list", json!({})),
        rig.ok("connection_check", json!({ "name": "practice" })),
        rig.ok("connection_policy", json!({ "name": "practice" })),
        rig.ok("secret_list", json!({})),
        rig.ok("secret_check", json!({ "draft": draft(), "id": secret_id })),
        rig.ok("lease_list", json!({})),
        rig.ok("lease_page", json!({ "query": { "secret_id": secret_id } })),
        rig.ok("secret_pin", json!({ "id": secret_id, "pinned": true })),
        rig.ok("lease_show", json!({ "id": id })),
        rig.ok("settings_get", json!({})),
    ];
    for format in [
        "process",
        "bash",
        "fish",
        "powershell",
        "cmd",
        "dotenv",
        "json",
        "profile",
        "docker",
    ] {
        let arguments = json!({ "format": format });
        let preview = rig.ok_of(&id, "credentials_preview", arguments.clone());
        assert!(preview.as_str().unwrap().contains("••••"), "{format}");
        answers.push(preview);
        answers.push(rig.ok_of(&id, "credentials_copy", arguments));
        let shown = rig.ok_of(&id, "credentials_get", json!({}));
        assert_eq!(shown["format"], format, "as keys were copied last");
        answers.push(shown);
        let (copied, confidential) = rig.clipboard.lock().unwrap().clone().unwrap();
        assert!(copied.contains(&secret) && confidential, "{format}");
    }

    let preview = rig.ok(
        "lease_renewal_preview",
        json!({ "id": id, "ttl": "2h", "toMax": false }),
    );
    let renewed = rig.ok(
        "lease_renew",
        json!({ "id": id, "ttl": "2h", "toMax": false }),
    );
    assert_eq!(renewed["expires_at"], preview["expires_at"]);
    let longest = rig.ok(
        "lease_renew",
        json!({ "id": id, "ttl": null, "toMax": true }),
    );
    assert_eq!(longest["expires_at"], longest["max_expires_at"]);
    answers.extend([preview, renewed, longest]);

    let report = rig.ok("lease_revoke", json!({ "ids": [id] }));
    assert_eq!(
        report,
        json!({ "revoked": [id], "ended": [], "pending": [], "untouched": [] })
    );
    rig.heard(|event| event["kind"] == "lease_changed" && event["lease"]["state"] == "revoked");
    answers.push(report);
    answers.push(rig.ok("lease_show", json!({ "id": id })));

    for told in answers.iter().chain(&rig.events()) {
        assert!(!told.to_string().contains(&secret), "{told}");
    }
}

#[test]
fn the_end_of_a_lease_takes_its_key_from_window_and_clipboard() {
    let rig = Rig::new();
    let (id, secret) = generate(&rig, &rig.practice_secret());
    let format = json!({ "format": "secret_access_key" });
    rig.ok_of(&id, "credentials_copy", format);
    assert_eq!(*rig.clipboard.lock().unwrap(), Some((secret, true)));
    let report = rig.ok("lease_revoke", json!({ "ids": [id] }));
    assert_eq!(report["revoked"], json!([id]));
    rig.heard(|event| event["kind"] == "lease_changed" && event["lease"]["state"] == "revoked");
    assert_eq!(*rig.clipboard.lock().unwrap(), None);
    let refusal = rig
        .call_of(&id, "credentials_reveal", json!({}))
        .unwrap_err();
    assert_eq!(refusal["code"], "not_found");
    let shown = rig.ok_of(&id, "credentials_get", json!({}));
    assert_eq!(shown["lease"]["state"], "revoked", "its window can say why");
    assert_eq!(rig.shell().keys.nowhere_else(), 0);
}

#[test]
fn names_and_key_ids_are_copied_as_plain_text() {
    let rig = Rig::new();
    let (id, _) = generate(&rig, &rig.practice_secret());
    for field in ["user_name", "access_key_id"] {
        let copied = rig.ok_of(&id, "credentials_copy", json!({ "format": field }));
        assert_eq!(copied, json!({ "clears_in_seconds": null }));
        assert!(matches!(*rig.clipboard.lock().unwrap(), Some((_, false))));
    }
    let secret = rig.ok_of(&id, "credentials_copy", json!({ "format": "bash" }));
    assert_eq!(secret, json!({ "clears_in_seconds": 30 }));
    rig.ok("text_copy", json!({ "text": "a policy" }));
    assert_eq!(
        *rig.clipboard.lock().unwrap(),
        Some(("a policy".into(), false))
    );
}

#[test]
fn a_key_that_somebody_has_is_gone_with_its_window() {
    let rig = Rig::new();
    let (id, _) = generate(&rig, &rig.practice_secret());
    let close = json!({ "anyway": false });
    assert_eq!(rig.ok_of(&id, "credentials_close", close), true);
    assert!(!rig.shell().keys.holds(&id));
    let opened = json!({ "leaseId": id });
    assert_eq!(
        rig.refused("credentials_open", opened).code,
        Code::NotFound,
        "it was shown once"
    );
}

#[test]
fn a_window_closes_when_somebody_has_its_key_or_says_that_nobody_needs_it() {
    let rig = Rig::new();
    let secret_id = rig.practice_secret();
    let make = || {
        let input = json!({ "secret_id": secret_id });
        let lease = rig.ok("lease_create", json!({ "input": input }));
        lease["id"].as_str().unwrap().to_owned()
    };
    let closes = |id: &str, anyway: bool| {
        rig.ok_of(id, "credentials_close", json!({ "anyway": anyway })) == true
    };
    let id = make();
    rig.ok_of(&id, "credentials_copy", json!({ "format": "user_name" }));
    assert!(!closes(&id, false), "a name is no secret");
    assert_eq!(rig.shell().keys.nowhere_else(), 1);
    rig.ok_of(&id, "credentials_copy", json!({ "format": "bash" }));
    assert!(closes(&id, false), "it was copied");

    let id = make();
    rig.ok_of(&id, "credentials_keep", json!({ "keep": true }));
    rig.ok_of(&id, "credentials_keep", json!({ "keep": false }));
    assert!(!closes(&id, false), "it was kept for a moment only");
    rig.ok_of(&id, "credentials_keep", json!({ "keep": true }));
    assert!(closes(&id, false), "it is kept");

    let id = make();
    assert!(!closes(&id, false));
    assert!(rig.key_window(&id).is_some());
    assert!(closes(&id, true), "a person said so");
    assert_eq!(rig.shell().keys.nowhere_else(), 0);
}

#[test]
fn a_kept_key_shows_on_its_lease_and_can_be_opened_again() {
    let rig = Rig::new();
    let (id, secret) = generate(&rig, &rig.practice_secret());
    let kept = || rig.ok("lease_show", json!({ "id": id }))["lease"]["kept"].clone();
    rig.ok_of(&id, "credentials_keep", json!({ "keep": true }));
    assert_eq!(kept(), true);
    rig.ok_of(&id, "credentials_close", json!({ "anyway": false }));
    assert!(!rig.shell().keys.holds(&id));
    assert!(
        rig.ok("credentials_open", json!({ "leaseId": id }))
            .is_null()
    );
    let again = rig.ok_of(&id, "credentials_reveal", json!({}));
    assert_eq!(again["secret_access_key"], secret.as_str());
    rig.ok_of(&id, "credentials_keep", json!({ "keep": false }));
    assert_eq!(kept(), false);
    rig.ok("credentials_open", json!({ "leaseId": id }));
    let events = rig.ok("lease_show", json!({ "id": id }))["events"].clone();
    let handed_out = |event: &&serde_json::Value| event["kind"] == "handed_out";
    let count = events.as_array().unwrap().iter().filter(handed_out).count();
    assert_eq!(count, 1, "a window that is open is only brought up");
}

#[test]
fn the_tray_makes_a_lease_and_shows_its_key_without_the_main_window() {
    let rig = Rig::new();
    let secret_id = rig.practice_secret();
    rig.shell().press(Pressed::on(&secret_id, Button::Generate));
    rig.heard(|event| event["kind"] == "lease_changed" && event["lease"]["state"] == "active");
    let leases = rig.ok("lease_list", json!({}));
    let id = leases[0]["id"].as_str().unwrap().to_owned();
    rig.until(|| rig.key_window(&id).is_some());
    let key = rig.ok_of(&id, "credentials_reveal", json!({}));
    assert_eq!(key["secret_access_key"].as_str().map(str::len), Some(40));
}

#[test]
fn skipping_the_practice_clock_ends_a_lease_on_time() {
    let rig = Rig::new();
    let (id, _) = generate(&rig, &rig.practice_secret());
    rig.ok(
        "practice_skip",
        json!({ "connection": "practice", "ttl": "61m" }),
    );
    rig.heard(|event| event["kind"] == "clock_moved");
    rig.heard(|event| {
        event["lease"]["id"] == id
            && event["lease"]["state"] == "revoked"
            && event["lease"]["end_reason"] == "expired"
    });
    rig.ok("practice_reset", json!({ "connection": "practice" }));
}

#[test]
fn environments_are_added_renamed_reordered_and_removed() {
    let rig = Rig::new();
    rig.ok("environment_add", json!({ "name": "lab" }));
    rig.ok(
        "environment_rename",
        json!({ "old": "lab", "new": "bench" }),
    );
    rig.ok(
        "environment_reorder",
        json!({ "names": ["bench", "development", "staging", "production"] }),
    );
    let names = |rig: &Rig| -> Vec<String> {
        let list = rig.ok("environment_list", json!({}));
        list.as_array()
            .unwrap()
            .iter()
            .map(|e| e["name"].as_str().unwrap().into())
            .collect()
    };
    assert_eq!(
        names(&rig),
        ["bench", "development", "staging", "production"]
    );
    rig.ok("environment_remove", json!({ "name": "bench" }));
    assert_eq!(names(&rig), ["development", "staging", "production"]);
}

#[test]
fn a_secret_is_edited_and_removed_with_its_leases() {
    let rig = Rig::new();
    let secret_id = rig.practice_secret();
    let (lease_id, _) = generate(&rig, &secret_id);
    let mut changed = draft();
    changed["default_ttl"] = "30m".into();
    let edited = rig.ok("secret_edit", json!({ "id": secret_id, "draft": changed }));
    assert_eq!(edited["draft"]["default_ttl"], "30m");
    let report = rig.ok(
        "secret_remove",
        json!({ "id": secret_id, "revokeLeases": true }),
    );
    assert_eq!(report["revoked"], json!([lease_id]));
    assert_eq!(rig.ok("secret_list", json!({})), json!([]));
    rig.ok("connection_remove", json!({ "name": "practice" }));
}

#[test]
fn settings_are_kept_and_told() {
    let rig = Rig::new();
    let mut settings = rig.ok("settings_get", json!({}));
    settings["theme"] = "dark".into();
    settings["lead_minutes"] = json!([15, 5]);
    rig.ok("settings_set", json!({ "settings": settings }));
    rig.heard(|event| event["kind"] == "settings_changed");
    assert_eq!(
        rig.ok("settings_get", json!({}))["lead_minutes"],
        json!([5, 15])
    );
}
