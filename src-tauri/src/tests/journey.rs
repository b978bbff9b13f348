//! The main job through the commands, and where its secret may be seen.

use serde_json::json;

use super::rig::{Rig, draft};

/// Generates a lease; its id and its secret.
fn generate(rig: &Rig, secret_id: &str) -> (String, String) {
    let issued = rig.ok(
        "lease_create",
        json!({ "input": { "secret_id": secret_id, "ttl": "1h", "label": "mine", "request_id": "r1" } }),
    );
    assert_eq!(issued["access_key_id"], issued["lease"]["access_key_id"]);
    let id = issued["lease"]["id"].as_str().unwrap().to_owned();
    let revealed = rig.ok("credentials_reveal", json!({ "leaseId": id }));
    let secret = revealed["secret_access_key"].as_str().unwrap().to_owned();
    assert_eq!(secret.len(), 40);
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
        rig.ok("lease_list", json!({ "all": true })),
        rig.ok("lease_list_of", json!({ "secretId": secret_id })),
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
        let arguments = json!({ "leaseId": id, "format": format });
        let preview = rig.ok("credentials_preview", arguments.clone());
        assert!(preview.as_str().unwrap().contains("••••"), "{format}");
        answers.push(preview);
        answers.push(rig.ok("credentials_copy", arguments));
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
        json!({ "revoked": [id], "pending": [], "untouched": [] })
    );
    rig.heard(|event| event["kind"] == "lease_changed" && event["lease"]["state"] == "revoked");
    answers.push(report);
    answers.push(rig.ok("lease_show", json!({ "id": id })));

    for told in answers.iter().chain(&rig.events()) {
        assert!(!told.to_string().contains(&secret), "{told}");
    }
}

#[test]
fn the_end_of_a_lease_takes_its_key_from_sheet_and_clipboard() {
    let rig = Rig::new();
    let (id, secret) = generate(&rig, &rig.practice_secret());
    rig.ok(
        "credentials_copy",
        json!({ "leaseId": id, "format": "secret_access_key" }),
    );
    assert_eq!(*rig.clipboard.lock().unwrap(), Some((secret, true)));
    let report = rig.ok("lease_revoke", json!({ "ids": [id] }));
    assert_eq!(report["revoked"], json!([id]));
    rig.heard(|event| event["kind"] == "lease_changed" && event["lease"]["state"] == "revoked");
    assert_eq!(*rig.clipboard.lock().unwrap(), None);
    assert_eq!(
        rig.refused("credentials_reveal", json!({ "leaseId": id }))
            .field,
        None
    );
}

#[test]
fn names_and_key_ids_are_copied_as_plain_text() {
    let rig = Rig::new();
    let (id, _) = generate(&rig, &rig.practice_secret());
    for field in ["user_name", "access_key_id"] {
        let copied = rig.ok(
            "credentials_copy",
            json!({ "leaseId": id, "format": field }),
        );
        assert_eq!(copied, json!({ "clears_in_seconds": null }));
        assert!(matches!(*rig.clipboard.lock().unwrap(), Some((_, false))));
    }
    let secret = rig.ok(
        "credentials_copy",
        json!({ "leaseId": id, "format": "bash" }),
    );
    assert_eq!(secret, json!({ "clears_in_seconds": 30 }));
    rig.ok("text_copy", json!({ "text": "a policy" }));
    assert_eq!(
        *rig.clipboard.lock().unwrap(),
        Some(("a policy".into(), false))
    );
}

#[test]
fn a_key_is_gone_with_its_sheet_and_with_its_page() {
    let rig = Rig::new();
    let secret_id = rig.practice_secret();
    let (closed, _) = generate(&rig, &secret_id);
    let (reloaded, _) = generate(&rig, &secret_id);
    rig.ok("credentials_close", json!({ "leaseId": closed }));
    assert!(
        rig.call("credentials_reveal", json!({ "leaseId": closed }))
            .is_err()
    );
    rig.ok("credentials_reveal", json!({ "leaseId": reloaded }));
    rig.shell().sheet.clear();
    assert!(
        rig.call("credentials_reveal", json!({ "leaseId": reloaded }))
            .is_err()
    );
    assert!(
        rig.call(
            "credentials_copy",
            json!({ "leaseId": reloaded, "format": "bash" })
        )
        .is_err()
    );
}

#[test]
fn a_kept_key_shows_on_its_lease_and_can_be_opened_again() {
    let rig = Rig::new();
    let (id, secret) = generate(&rig, &rig.practice_secret());
    let kept = || rig.ok("lease_show", json!({ "id": id }))["lease"]["kept"].clone();
    let closed = json!({ "leaseId": id });
    assert!(rig.call("credentials_open", closed.clone()).is_err());
    rig.ok("credentials_keep", json!({ "leaseId": id, "keep": true }));
    assert_eq!(kept(), true);
    rig.ok("credentials_close", closed.clone());
    assert!(rig.call("credentials_reveal", closed.clone()).is_err());
    let opened = rig.ok("credentials_open", closed.clone());
    assert_eq!(opened["lease"]["id"], id.as_str());
    let again = rig.ok("credentials_reveal", closed);
    assert_eq!(again["secret_access_key"], secret.as_str());
    assert!(!opened.to_string().contains(&secret));
    rig.ok("credentials_keep", json!({ "leaseId": id, "keep": false }));
    assert_eq!(kept(), false);
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
