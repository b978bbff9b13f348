//! The code of an MFA device: asked for in the page, and taken back with it.

use std::sync::{Arc, Mutex};

use leasehold_domain::{Code, Problem};
use leasehold_engine::{AskCode, Question};
use leasehold_store::{ConnectionKind, SourceRow};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tauri::Listener;

use super::journey::generate;
use super::rig::Rig;
use crate::ask::InWindow;
use crate::notify::{Button, Pressed, Refusal, act};
use crate::window;

const CODE: &str = "271828";

fn question() -> Question {
    Question {
        connection: "ops".into(),
        mfa_serial: "arn:aws:iam::123456789012:mfa/ada".into(),
        again: None,
    }
}

/// A rig whose page is up, and what that page was asked.
fn asked() -> (Rig, Arc<Mutex<Vec<Value>>>) {
    let rig = Rig::new();
    rig.ok("settings_get", json!({}));
    rig.ok("window_ready", json!({}));
    let heard: Arc<Mutex<Vec<Value>>> = Arc::default();
    let all = Arc::clone(&heard);
    rig.app.listen_any("code_asked", move |event| {
        let payload = serde_json::from_str(event.payload()).unwrap();
        all.lock().unwrap().push(payload);
    });
    (rig, heard)
}

/// Does it with a clock that goes on by itself as soon as nothing else is to be done.
fn at_once<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(work)
}

/// Asks, does something once the page shows it, and answers what came back.
fn ask_while(
    rig: &Rig,
    meanwhile: impl FnOnce(&Value),
) -> Result<Option<String>, leasehold_domain::Problem> {
    let asker = InWindow::new(rig.app.handle());
    let answer = tauri::async_runtime::spawn(async move {
        let question = question();
        asker.code(&question).await
    });
    let shown = || rig.ok("code_question", json!({}));
    rig.until(|| !shown().is_null());
    meanwhile(&shown());
    let code = tauri::async_runtime::block_on(answer).unwrap()?;
    Ok(code.map(|code| code.expose_secret().to_owned()))
}

#[test]
fn the_page_is_asked_and_what_it_answers_goes_to_whoever_waits_and_into_no_log() {
    let (rig, heard) = asked();
    let code = ask_while(&rig, |shown| {
        assert_eq!(shown["connection"], "ops");
        assert_eq!(shown["mfa_serial"], "arn:aws:iam::123456789012:mfa/ada");
        rig.ok("code_answer", json!({ "id": "other", "code": "000000" }));
        rig.ok("code_answer", json!({ "id": shown["id"], "code": CODE }));
    });
    assert_eq!(code.unwrap().as_deref(), Some(CODE));
    rig.until(|| heard.lock().unwrap().last().is_some_and(Value::is_null));
    assert_eq!(rig.ok("code_question", json!({})), Value::Null);
    let told = format!("{:?} {:?}", heard.lock().unwrap(), rig.events());
    assert!(!told.contains(CODE), "{told}");
}

#[test]
fn who_gives_up_says_so_at_once() {
    let (rig, _) = asked();
    let code = ask_while(&rig, |shown| {
        rig.ok("code_answer", json!({ "id": shown["id"], "code": null }));
    });
    assert_eq!(code.unwrap(), None);
}

#[test]
fn a_page_that_is_loaded_anew_or_hidden_leaves_nobody_waiting() {
    let (rig, _) = asked();
    let code = ask_while(&rig, |_| window::forget(rig.app.handle()));
    assert_eq!(code.unwrap(), None, "loaded anew");
    rig.ok("window_ready", json!({}));
    let code = ask_while(&rig, |_| window::hide(rig.app.handle()));
    assert_eq!(code.unwrap(), None, "hidden");
}

#[test]
fn a_page_that_comes_up_for_a_question_keeps_it() {
    let (rig, _) = asked();
    window::forget(rig.app.handle());
    let code = ask_while(&rig, |shown| {
        window::forget(rig.app.handle());
        rig.ok("window_ready", json!({}));
        rig.ok("code_answer", json!({ "id": shown["id"], "code": CODE }));
    });
    assert_eq!(code.unwrap().as_deref(), Some(CODE));
}

#[test]
fn a_question_that_nobody_answers_is_taken_back() {
    let rig = Rig::new();
    let asker = InWindow::new(rig.app.handle());
    let question = question();
    let problem = at_once(async { asker.code(&question).await.unwrap_err() });
    assert_eq!(problem.code, Code::LoginNeeded);
    assert!(problem.message.contains("two minutes"), "{problem}");
    assert!(rig.shell().questions.first().is_none());
}

#[test]
fn a_question_goes_with_whoever_asked_it() {
    let rig = Rig::new();
    let asker = InWindow::new(rig.app.handle());
    let question = question();
    at_once(async {
        tokio::select! {
            biased;
            _ = asker.code(&question) => panic!("nobody answered"),
            () = tokio::task::yield_now() => {}
        }
    });
    assert!(rig.shell().questions.first().is_none());
}

/// The id of a lease whose connection has become a role that asks for a code.
fn behind_a_code(rig: &Rig) -> String {
    let (id, _) = generate(rig, &rig.practice_secret());
    let engine = rig.engine();
    let connections = engine.shared().store;
    let connections = connections.connections();
    let mut row = connections.by_name("practice").unwrap().unwrap();
    row.kind = ConnectionKind::Role;
    row.source = SourceRow {
        profile: Some("no-such-profile-anywhere".into()),
        role_arn: Some("arn:aws:iam::123456789012:role/ops".into()),
        ..SourceRow::default()
    };
    // The way to the practice account is forgotten first, as a key that works would be kept.
    for (mfa_serial, code) in [
        (None, Code::SourceFailed),
        (Some("arn:aws:iam::123456789012:mfa/ada"), Code::LoginNeeded),
    ] {
        row.source.mfa_serial = mfa_serial.map(str::to_owned);
        connections.update(&row).unwrap();
        // Nobody waits for this, so that nobody is asked.
        let desk = engine.connections();
        let checked = tauri::async_runtime::block_on(desk.check("practice"));
        assert_eq!(checked.unwrap_err().code, code);
    }
    assert_eq!(rig.ok("code_question", json!({})), Value::Null);
    id
}

/// Waits for the question, gives it up, and answers what the work then said.
fn give_up(rig: &Rig, work: impl FnOnce() -> Result<(), Problem>) -> Result<(), Problem> {
    rig.until(|| !rig.ok("code_question", json!({})).is_null());
    let asked = rig.ok("code_question", json!({}));
    assert_eq!(asked["connection"], "practice");
    rig.ok("code_answer", json!({ "id": asked["id"], "code": null }));
    work()
}

#[test]
fn a_button_of_a_notification_that_needs_a_code_brings_up_the_window_with_the_question() {
    let (rig, _) = asked();
    let id = behind_a_code(&rig);
    for button in [Button::Renew, Button::RenewToMax] {
        window::hide(rig.app.handle());
        let pressed = Pressed::on(&id, button);
        let acting = act(rig.app.handle().clone(), rig.engine(), pressed);
        let acting = tauri::async_runtime::spawn(acting);
        let done = give_up(&rig, || {
            let done = tauri::async_runtime::block_on(acting).unwrap();
            done.map(drop).map_err(Refusal::into_problem)
        });
        assert!(!rig.shell().page.is_hidden(), "the question was seen");
        assert_eq!(done.unwrap_err().code, Code::LoginNeeded, "{button:?}");
    }
    // A revoke that nobody gave a code for goes on by itself, and is no failure of the button.
    let pressed = Pressed::on(&id, Button::Revoke);
    let acting = act(rig.app.handle().clone(), rig.engine(), pressed);
    let acting = tauri::async_runtime::spawn(acting);
    give_up(&rig, || {
        let done = tauri::async_runtime::block_on(acting).unwrap();
        done.map(drop).map_err(Refusal::into_problem)
    })
    .unwrap();

    // Trying it again asks again.
    let trying = rig.in_background("lease_retry", json!({ "id": id }));
    give_up(&rig, || {
        trying.join().unwrap().unwrap();
        Ok(())
    })
    .unwrap();
    let shown = rig.ok("lease_show", json!({ "id": id }));
    assert_eq!(shown["lease"]["state"], "revoking", "{shown}");
}
