//! Connections by profile and role, managing keys and the console, as the pages ask for them.

use leasehold_domain::Code;
use leasehold_engine::wire::Settings;
use serde_json::json;

use super::journey::generate;
use super::rig::Rig;

#[test]
fn a_profile_or_role_that_cannot_be_is_refused_at_its_field() {
    let rig = Rig::new();
    assert!(rig.ok("connection_profiles", json!({})).is_array());
    let input = json!({ "name": "dev", "profile": "no-such-profile-anywhere", "region": null });
    let problem = rig.refused("connection_add_profile", json!({ "input": input }));
    assert_eq!(problem.code, Code::NotFound);
    assert_eq!(problem.field.as_deref(), Some("profile"));

    let role = |arn: &str, more: &str| {
        let input = json!({
            "name": "ops", "role_arn": arn, "from_connection": null, "from_profile": "x",
            "duration": more
        });
        rig.refused("connection_add_role", json!({ "input": input }))
    };
    let problem = role("arn:aws:iam::123456789012:user/x", "");
    assert_eq!(problem.field.as_deref(), Some("role_arn"));
    let problem = role("arn:aws:iam::123456789012:role/x", "5m");
    assert_eq!(problem.field.as_deref(), Some("duration"));
    assert_eq!(rig.ok("connection_list", json!({})), json!([]));
}

#[test]
fn only_a_key_of_ones_own_is_listed_and_replaced() {
    let rig = Rig::new();
    rig.practice_secret();
    for (command, arguments) in [
        ("connection_keys", json!({ "name": "practice" })),
        (
            "connection_rotate",
            json!({ "name": "practice", "removeKey": "" }),
        ),
    ] {
        let problem = rig.refused(command, arguments);
        assert_eq!(problem.code, Code::Refused, "{command}");
        assert!(problem.message.contains("no key to replace"), "{problem}");
    }
}

#[test]
fn the_console_of_a_practice_lease_is_refused_in_both_windows() {
    let rig = Rig::new();
    let (id, _) = generate(&rig, &rig.practice_secret());
    let way = json!({ "leaseId": id, "service": "s3", "way": "copy" });
    let problem = rig.refused("console_open", way);
    assert!(problem.message.contains("practice"), "{problem}");
    let refused = rig.call_of(&id, "credentials_console", json!({ "way": "browser" }));
    assert!(
        refused.unwrap_err()["message"]
            .as_str()
            .unwrap()
            .contains("practice")
    );
    let gone = json!({ "leaseId": "gone", "service": null, "way": "browser" });
    assert_eq!(rig.refused("console_open", gone).code, Code::NotFound);
    assert!(rig.clipboard.lock().unwrap().is_none());
}

#[test]
fn a_page_chooses_no_program_for_the_console_and_can_give_one_up() {
    let rig = Rig::new();
    let engine = rig.engine();
    let with = |browser: &str| {
        let mut settings = rig.ok("settings_get", json!({}));
        settings["console_browser"] = browser.into();
        json!({ "settings": settings })
    };
    for program in ["sh -c 'touch /tmp/x'", "firefox"] {
        let problem = rig.refused("settings_set", with(program));
        assert_eq!(problem.field.as_deref(), Some("console_browser"));
        assert!(problem.hint.unwrap().contains("leasehold settings set"));
    }
    // As the command does it.
    let chosen = Settings {
        console_browser: "firefox --private-window".into(),
        ..engine.settings().get().unwrap()
    };
    engine.settings().set(chosen).unwrap();
    let mut settings = with(" firefox --private-window ");
    settings["settings"]["clipboard_seconds"] = 60.into();
    rig.ok("settings_set", settings);
    let kept = rig.ok("settings_get", json!({}));
    assert_eq!(kept["console_browser"], "firefox --private-window");
    assert_eq!(
        kept["clipboard_seconds"], 60,
        "the rest is a page's to choose"
    );
    rig.ok("settings_set", with(""));
    assert_eq!(rig.ok("settings_get", json!({}))["console_browser"], "");
}
