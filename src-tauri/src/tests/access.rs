//! Access control through the commands: made, changed, asked about, ended, and told of.

use chrono::Utc;
use leasehold_domain::Code;
use leasehold_store::{PrincipalRow, SessionRow, Standing};
use serde_json::{Value, json};

use super::rig::Rig;
use crate::notify::{About, Button, Pressed, act};

const ACCOUNT: &str = "123456789012";

fn draft(name: &str) -> Value {
    json!({ "name": name, "bound_aws_account_id": [ACCOUNT], "ask_first": true })
}

/// The method `/ci/box`; its access id.
fn method(rig: &Rig) -> String {
    let made = rig.ok("auth_method_create", json!({ "draft": draft("/ci/box") }));
    made["access_id"].as_str().unwrap().to_owned()
}

/// Somebody knocks, as at a gateway of another process; what it is answered by.
fn knock(rig: &Rig, access_id: &str) -> String {
    let now = Utc::now();
    let row = PrincipalRow {
        id: "a1".into(),
        access_id: access_id.to_owned(),
        asserted_by: String::new(),
        stable_id: "AIDAEXAMPLEEXAMPLE00".into(),
        arn: format!("arn:aws:iam::{ACCOUNT}:user/bob"),
        account_id: ACCOUNT.into(),
        standing: Standing::Asked,
        first_seen_at: now,
        last_seen_at: now,
    };
    let engine = rig.engine();
    engine.shared().store.principals().meet(&row).unwrap();
    engine.access_changed();
    row.id
}

fn log_in(rig: &Rig, access_id: &str) {
    let now = Utc::now();
    let session = json!({
        "access_id": access_id,
        "identity": {
            "arn": format!("arn:aws:iam::{ACCOUNT}:user/bob"),
            "account": ACCOUNT,
            "user_id": "AIDAEXAMPLEEXAMPLE00",
        },
        "region": "us-east-1",
        "asserted_by": null,
        "has_audience": false,
        "issued_at": now,
        "expires_at": now + chrono::TimeDelta::minutes(15),
    });
    let row = SessionRow {
        id: "s1".into(),
        token_hash: [7; 32],
        access_id: access_id.to_owned(),
        session: session.to_string(),
        client: "127.0.0.1".into(),
        gateway: None,
        issued_at: now,
        expires_at: now + chrono::TimeDelta::minutes(15),
    };
    rig.engine().shared().store.sessions().insert(&row).unwrap();
}

#[test]
fn a_method_a_role_and_the_way_between_are_made_asked_about_and_taken_down() {
    let rig = Rig::new();
    let secret_id = rig.practice_secret();
    let id = method(&rig);
    rig.heard(|event| event["kind"] == "access_changed");
    let check = rig.ok(
        "auth_method_check",
        json!({ "draft": draft("/ci/box"), "id": null }),
    );
    assert_eq!(check["problems"][0]["field"], "name");
    rig.ok("role_create", json!({ "name": "devs", "description": "" }));
    rig.ok(
        "role_set_rule",
        json!({ "name": "devs", "path": "/development/*", "capabilities": ["read"] }),
    );
    let role = rig.ok(
        "role_associate",
        json!({
            "name": "devs", "authMethod": id, "subClaims": { "user_name": "bob" },
            "caseSensitive": true
        }),
    );
    assert_eq!(role["associations"][0]["sub_claims"]["user_name"], "bob");
    let path = "/development/payments/s3-upload";
    let who = rig.ok("role_who", json!({ "path": path }));
    assert_eq!(who[0]["role"], "devs");
    let reach = rig.ok("role_reach", json!({ "name": null, "authMethod": id }));
    assert_eq!(reach[0]["secret_id"], secret_id.as_str());
    assert_eq!(reach[0]["ways"][0]["role"], "devs");
    let test = rig.ok(
        "identity_imagine",
        json!({
            "id": id, "arn": format!("arn:aws:iam::{ACCOUNT}:user/bob"), "uniqueId": "",
            "region": "us-east-1", "client": "127.0.0.1", "path": path
        }),
    );
    assert_eq!(test["accepted"], true);
    let may = |action: &str| {
        let all = test["decisions"].as_array().unwrap();
        let found = all.iter().find(|one| one["action"] == action).unwrap();
        found["decision"]["allowed"].as_bool().unwrap()
    };
    assert!(may("issue") && !may("renew"));

    let seen = rig.ok("auth_method_show", json!({ "id": id }))["method"].clone();
    let mut changed = seen.clone();
    changed["bound_user_name"] = json!(["ann"]);
    let update = json!({ "id": id, "seen": seen, "draft": changed });
    rig.ok("auth_method_update", update.clone());
    let late = rig.refused("auth_method_update", update);
    assert_eq!(late.code, Code::Busy, "somebody else changed it: {late:?}");
    let off = json!({ "id": id, "on": false, "revokeLeases": true });
    let off = rig.ok("auth_method_enable", off);
    assert_eq!(off["method"]["enabled"], false);
    assert_eq!(off["leases"]["revoked"], json!([]));
    rig.ok(
        "role_dissociate",
        json!({ "name": "devs", "authMethod": id }),
    );
    rig.ok("role_delete", json!({ "name": "devs" }));
    let gone = json!({ "id": id, "revokeLeases": false });
    assert_eq!(rig.ok("auth_method_delete", gone)["leases"], Value::Null);
    assert_eq!(rig.ok("auth_method_list", json!({})), json!([]));
}

#[test]
fn who_asks_is_told_to_the_page_and_an_answer_anywhere_takes_it_back() {
    let rig = Rig::new();
    let access_id = method(&rig);
    let id = knock(&rig, &access_id);
    let asked = rig.heard(|event| event["kind"] == "asked");
    assert_eq!(asked["approval"]["id"], id.as_str());
    assert_eq!(rig.ok("app_status", json!({}))["gateway"]["waiting"], 1);
    // As the command does in another process.
    let engine = rig.engine();
    let shared = engine.shared();
    let decided = shared.store.principals().decide(&id, Standing::Always);
    decided.unwrap();
    engine.access_changed();
    let answered = rig.heard(|event| event["kind"] == "answered");
    assert_eq!(answered["id"], id.as_str());
    let standing = rig.ok("approval_list", json!({}))[0]["standing"].clone();
    assert_eq!(standing, "always");
}

#[test]
fn the_buttons_of_a_question_answer_it() {
    let rig = Rig::new();
    let access_id = method(&rig);
    let id = knock(&rig, &access_id);
    let press = |button| {
        let pressed = Pressed {
            about: About::Approval(id.clone()),
            button,
        };
        let acting = act(rig.app.handle().clone(), rig.engine(), pressed);
        let done = tauri::async_runtime::block_on(acting);
        assert!(done.unwrap().is_none(), "nothing more is said");
        rig.ok("approval_list", json!({}))[0]["standing"].clone()
    };
    assert_eq!(press(Button::AllowOnce), "once");
    assert_eq!(press(Button::AllowAlways), "always");
    assert_eq!(press(Button::Deny), "denied");
    let activity = rig.ok(
        "activity_list",
        json!({ "query": { "search": "kept out" } }),
    );
    assert_eq!(activity["entries"][0]["kind"], "approval.denied");
}

#[test]
fn a_button_of_a_question_that_is_moot_says_so() {
    let rig = Rig::new();
    let access_id = method(&rig);
    let id = knock(&rig, &access_id);
    let gone = json!({ "id": access_id, "revokeLeases": false });
    rig.ok("auth_method_delete", gone);
    let pressed = Pressed {
        about: About::Approval(id),
        button: Button::AllowOnce,
    };
    let acting = act(rig.app.handle().clone(), rig.engine(), pressed);
    assert!(tauri::async_runtime::block_on(acting).is_err());
}

#[test]
fn a_session_is_ended_with_its_leases_or_without() {
    let rig = Rig::new();
    let access_id = method(&rig);
    log_in(&rig, &access_id);
    let sessions = rig.ok("session_list", json!({}));
    assert_eq!(sessions[0]["stable_id"], "AIDAEXAMPLEEXAMPLE00");
    assert_eq!(sessions[0]["open_leases"], 0);
    let ended = rig.ok(
        "session_revoke",
        json!({ "id": "s1", "revokeLeases": true }),
    );
    assert_eq!(ended["leases"]["pending"], json!([]));
    assert_eq!(rig.ok("session_list", json!({})), json!([]));
    let log = rig.ok("activity_list", json!({ "query": {} }));
    assert_eq!(log["entries"][0]["kind"], "session.revoked");
    assert_eq!(log["entries"][0]["actor"], "window");
}
