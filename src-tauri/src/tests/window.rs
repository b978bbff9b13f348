//! The window comes and goes, and the application stays.

use leasehold_domain::Code;
use serde_json::json;
use tauri::Manager;

use super::journey::generate;
use super::rig::Rig;
use crate::place::Spot;
use crate::window::{self, MAIN};

#[test]
fn a_window_is_given_up_only_while_nobody_sees_it_and_nothing_in_it_would_be_lost() {
    let rig = Rig::new();
    let app = rig.app.handle();
    rig.ok("settings_get", json!({}));
    let refused = || rig.refused("window_unload", json!({})).code;
    assert_eq!(refused(), Code::Refused, "it is seen");
    window::hide(app);
    let bulk = rig.shell().stops.begin("r").unwrap();
    assert_eq!(refused(), Code::Refused, "it shows a revoke of many");
    drop(bulk);
    let (id, _) = generate(&rig, &rig.practice_secret());
    rig.ok("window_unload", json!({}));
    assert_eq!(
        rig.ok_of(&id, "credentials_get", json!({}))["lease"]["id"],
        id.as_str(),
        "a key on show stays"
    );
}

#[test]
fn the_application_outlives_a_window_that_was_given_up_and_no_other() {
    let rig = Rig::new();
    let app = rig.app.handle();
    rig.ok("settings_get", json!({}));
    assert!(!window::outlives_window(app, None), "it was closed");
    window::hide(app);
    assert!(window::outlives_window(app, None));
    assert!(!window::outlives_window(app, Some(0)), "a person quit");
    assert!(app.get_webview_window(MAIN).is_some());
}

#[test]
fn where_the_pages_are_counts_once_they_were_where_they_belong() {
    let rig = Rig::new();
    rig.ok("settings_get", json!({}));
    let spot = || rig.shell().place.spot();
    let tell = |route: &str| {
        let place = json!({ "route": route, "environment": "staging" });
        rig.ok("place_remember", place);
    };
    tell("/");
    assert_eq!(spot(), Spot::default());
    rig.ok("window_ready", json!({}));
    tell("/leases");
    assert_eq!(spot().route, "/leases");
    let odd = json!({ "route": "https://example.com", "environment": "" });
    assert_eq!(rig.refused("place_remember", odd).code, Code::InvalidInput);
    assert_eq!(spot().environment, "staging");
}
