//! The gateway in the window's process: on, off, in the way, elsewhere, and over with the application.

use std::net::{TcpListener, TcpStream};

use leasehold_domain::Code;
use leasehold_engine::wire::GatewayState;
use serde_json::{Value, json};

use super::rig::Rig;

fn settings(on: bool, listen: &str) -> Value {
    json!({ "on": on, "listen": [listen], "socket": "" })
}

fn set(rig: &Rig, on: bool, listen: &str) {
    rig.ok("gateway_set", json!({ "settings": settings(on, listen) }));
}

fn state(rig: &Rig) -> GatewayState {
    rig.shell().gateway.state()
}

/// Where it listens, if it does.
fn place(rig: &Rig) -> Option<String> {
    match state(rig) {
        GatewayState::Listening { urls, .. } => {
            Some(urls[0].strip_prefix("http://").unwrap().to_owned())
        }
        _ => None,
    }
}

/// Where it listens, once it does.
fn listening(rig: &Rig) -> String {
    rig.until(|| place(rig).is_some());
    place(rig).unwrap()
}

#[test]
fn nobody_listens_until_somebody_switches_it_on() {
    let rig = Rig::new();
    let view = rig.ok("gateway_get", json!({}));
    assert_eq!(view["settings"]["on"], false);
    assert_eq!(view["state"], json!({ "state": "off" }));
    assert_eq!(
        rig.ok("app_status", json!({}))["gateway"]["serving"],
        Value::Null
    );
}

#[test]
fn it_listens_when_it_is_switched_on_and_not_any_more_when_it_is_switched_off() {
    let rig = Rig::new();
    set(&rig, true, "127.0.0.1:0");
    let at = listening(&rig);
    assert!(TcpStream::connect(&at).is_ok());
    rig.heard(|event| event["state"] == "listening");
    let serving = &rig.ok("app_status", json!({}))["gateway"]["serving"];
    assert_eq!(serving["pid"], std::process::id());
    assert_eq!(serving["by"], "window");
    let help = rig.ok("gateway_client", json!({ "id": null }));
    assert!(help[0]["text"].as_str().unwrap().contains(&at), "{help}");
    set(&rig, false, "127.0.0.1:0");
    rig.until(|| state(&rig) == GatewayState::Off);
    assert!(TcpStream::connect(&at).is_err(), "nobody listens there");
    let log = rig.ok("activity_list", json!({ "query": { "search": "gateway" } }));
    let kinds: Vec<&str> = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "gateway.stopped",
            "settings.changed",
            "gateway.started",
            "settings.changed"
        ]
    );
}

#[test]
fn it_moves_when_another_address_is_chosen() {
    let rig = Rig::new();
    set(&rig, true, "127.0.0.1:0");
    let first = listening(&rig);
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let next = free.local_addr().unwrap().to_string();
    drop(free);
    set(&rig, true, &next);
    rig.until(|| place(&rig).as_ref() == Some(&next));
    assert!(TcpStream::connect(&first).is_err());
}

#[test]
fn a_port_in_use_is_a_state_that_says_so_and_is_mended_by_a_retry() {
    let rig = Rig::new();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap().to_string();
    set(&rig, true, &taken);
    rig.until(|| matches!(state(&rig), GatewayState::Failed { .. }));
    let GatewayState::Failed { problem, retry_at } = state(&rig) else {
        panic!("{:?}", state(&rig));
    };
    assert!(problem.message.contains(&taken), "{problem:?}");
    assert!(problem.hint.is_some() && retry_at.is_some());
    drop(other);
    rig.until(|| {
        rig.ok("gateway_retry", json!({}));
        matches!(state(&rig), GatewayState::Listening { .. })
    });
    assert_eq!(listening(&rig), taken);
}

#[test]
fn a_gateway_of_another_process_is_named_and_its_end_is_found() {
    let rig = Rig::new();
    let engine = rig.engine();
    let turn = tauri::async_runtime::block_on(engine.gateway().take()).unwrap();
    let urls = ["http://127.0.0.1:1".to_owned()];
    engine.gateway().listens(&turn, &urls, None).unwrap();
    set(&rig, true, "127.0.0.1:0");
    rig.until(|| matches!(state(&rig), GatewayState::Elsewhere { .. }));
    let GatewayState::Elsewhere {
        problem, serving, ..
    } = state(&rig)
    else {
        panic!("{:?}", state(&rig));
    };
    assert_eq!(problem.code, Code::Busy);
    assert_eq!(serving.urls, urls);
    drop(turn);
    rig.until(|| {
        rig.ok("gateway_retry", json!({}));
        matches!(state(&rig), GatewayState::Listening { .. })
    });
    let second = tauri::async_runtime::block_on(engine.gateway().take());
    let refused = second.unwrap_err();
    assert!(
        refused.message.starts_with("The window (process"),
        "{refused:?}"
    );
}

#[test]
fn a_certificate_that_cannot_be_used_is_a_state_and_a_form_with_faults_is_refused() {
    let rig = Rig::new();
    let file = rig.papers.path().join("no.pem");
    std::fs::write(&file, "no certificate").unwrap();
    let mut chosen = settings(true, "127.0.0.1:0");
    chosen["tls"] = "files".into();
    let problems = rig.ok("gateway_check", json!({ "settings": chosen }));
    assert_eq!(problems[0]["field"], "tls_cert");
    assert_eq!(problems[1]["field"], "tls_key");
    let refused = rig.refused("gateway_set", json!({ "settings": chosen }));
    assert_eq!(refused.field.as_deref(), Some("tls_cert"));
    assert_eq!(state(&rig), GatewayState::Off);
    chosen["tls_cert"] = json!(file);
    chosen["tls_key"] = json!(file);
    rig.ok("gateway_set", json!({ "settings": chosen }));
    rig.until(|| matches!(state(&rig), GatewayState::Failed { .. }));
    let open = rig.refused(
        "gateway_set",
        json!({ "settings": settings(true, "0.0.0.0:0") }),
    );
    assert_eq!(open.field.as_deref(), Some("listen"), "not in clear");
    set(&rig, false, "0.0.0.0:0");
    rig.until(|| state(&rig) == GatewayState::Off);
}

#[test]
fn it_is_over_with_the_application_and_its_turn_is_free() {
    let rig = Rig::new();
    set(&rig, true, "127.0.0.1:0");
    let at = listening(&rig);
    let engine = rig.engine();
    drop(rig);
    assert!(TcpStream::connect(&at).is_err());
    assert_eq!(engine.gateway().serving(), None);
}
