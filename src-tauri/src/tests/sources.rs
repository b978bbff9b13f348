//! Connections by profile and role, managing keys and the console, as the pages ask for them.

use leasehold_domain::Code;
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
