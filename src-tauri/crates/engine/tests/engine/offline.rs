//! An expiry that meets no AWS, or no keychain: recorded, retried ever more slowly, never dropped.

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_domain::Code;
use leasehold_engine::wire::{EndReason, Event, LeaseView, State};
use leasehold_engine::{AddAccessKey, Clock, Engine, KeychainChoice};
use leasehold_practice::ACCOUNT_ID;

use crate::support::{Fault, Ground, Rule, TestClock, Wire, draft, request};

const HOUR: TimeDelta = TimeDelta::minutes(61);

async fn offline_at_expiry() -> (Ground, Engine, Wire, LeaseView) {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let issued = engine.leases().issue(&request("s3-upload")).await.unwrap();
    wire.rule(Rule::always("*", Fault::Reset));
    ground.clock.advance(HOUR);
    (ground, engine, wire, issued.lease)
}

/// Runs the timer until it has failed `attempts` times, going from one due try to the next.
async fn fails(ground: &Ground, engine: &Engine, id: &str, attempts: u32) -> Vec<TimeDelta> {
    let timer = ground.run(engine);
    let mut pauses = Vec::new();
    let mut seen = engine.leases().show(id).unwrap().lease.attempts;
    for _ in 0..2000 {
        let lease = engine.leases().show(id).unwrap().lease;
        if lease.attempts > seen {
            seen = lease.attempts;
            let due = lease.next_attempt_at.expect("a next try is always due");
            let pause = due - ground.clock.now();
            pauses.push(pause);
            if seen >= attempts {
                break;
            }
            ground.clock.advance(pause + TimeDelta::milliseconds(10));
            engine.look_again();
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(seen, attempts, "it stopped trying");
    timer.stop().await;
    pauses
}

#[tokio::test(start_paused = true)]
async fn an_expiry_without_aws_is_retried_ever_more_slowly_until_it_is_back() {
    let (ground, engine, wire, lease) = offline_at_expiry().await;
    let mut events = engine.subscribe();
    let pauses = fails(&ground, &engine, &lease.id, 12).await;
    assert!(pauses[0] <= TimeDelta::seconds(5), "{pauses:?}");
    assert!(pauses[11] >= TimeDelta::minutes(7), "{pauses:?}");
    assert!(pauses.iter().all(|p| *p <= TimeDelta::minutes(15)));
    let now = engine.leases().show(&lease.id).unwrap().lease;
    assert_eq!(now.state, State::Revoking);
    assert_eq!(now.end_reason, Some(EndReason::Expired));
    assert!(now.reason.is_some() && now.hint.is_some());
    let mut failures = 0;
    while let Ok(event) = events.try_recv() {
        failures += usize::from(matches!(event, Event::RevokeFailed { .. }));
    }
    assert_eq!(failures, 1, "the same reason is told once");
    let status = engine.status().await.unwrap();
    assert_eq!((status.active_leases, status.need_attention), (0, 1));

    wire.heal();
    ground
        .run_until(&engine, || {
            engine.leases().show(&lease.id).unwrap().lease.state == State::Revoked
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_restart_keeps_the_schedule() {
    let (ground, engine, _, lease) = offline_at_expiry().await;
    fails(&ground, &engine, &lease.id, 6).await;
    let due = |engine: &Engine| -> Option<DateTime<Utc>> {
        engine
            .leases()
            .show(&lease.id)
            .unwrap()
            .lease
            .next_attempt_at
    };
    let before = due(&engine).unwrap();
    engine.close();
    let (engine, wire) = ground.process();
    assert_eq!(due(&engine), Some(before));
    let timer = ground.run(&engine);
    for _ in 0..5 {
        engine.look_again();
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(wire.actions(), Vec::<String>::new(), "not before it is due");
    ground
        .clock
        .advance(before - ground.clock.now() + TimeDelta::milliseconds(10));
    engine.look_again();
    while engine.leases().show(&lease.id).unwrap().lease.state != State::Revoked {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    timer.stop().await;
}

/// A home whose connection has an access key, which only the first process's keychain knows.
async fn with_key(ground: &Ground) -> (Engine, Wire) {
    let (engine, wire) = ground.process();
    let (id, secret) = ground.practice.manager_keys();
    let asked = AddAccessKey {
        name: "main".into(),
        access_key_id: id,
        secret_access_key: secret,
        region: None,
        endpoint_url: None,
    };
    let view = engine.connections().add_access_key(asked).await.unwrap();
    assert_eq!(view.account_id, ACCOUNT_ID);
    let mut recipe = draft("over-key");
    recipe.connection = "main".into();
    engine.secrets().add(&recipe).unwrap();
    (engine, wire)
}

#[tokio::test(start_paused = true)]
async fn an_expiry_without_the_managing_key_is_recorded_and_put_off() {
    let ground = Ground::new().await;
    let (engine, wire) = with_key(&ground).await;
    let lease = engine
        .leases()
        .issue(&request("over-key"))
        .await
        .unwrap()
        .lease;
    let secrets = wire.secrets();
    drop(engine);
    // The next process has a keychain without the key.
    let (engine, wire) = ground.process();
    ground.clock.advance(HOUR);
    assert_eq!(
        engine.status().await.unwrap().active_leases,
        0,
        "past is past"
    );
    let pauses = fails(&ground, &engine, &lease.id, 3).await;
    assert!(pauses[2] > TimeDelta::seconds(9), "{pauses:?}");
    assert_eq!(wire.actions(), Vec::<String>::new());
    let detail = engine.leases().show(&lease.id).unwrap();
    // Found over at the start: AWS, which denies it, is asked before the ledger is believed.
    assert_eq!(detail.lease.state, State::Active);
    assert_eq!(engine.status().await.unwrap().need_attention, 1);
    assert!(detail.lease.reason.is_some() && detail.lease.hint.is_some());
    ground.assert_secret(&secrets, &format!("{detail:?}"));
}

#[tokio::test(start_paused = true)]
async fn a_revoke_without_the_managing_key_stays_on_record() {
    let ground = Ground::new().await;
    let (engine, _) = with_key(&ground).await;
    let lease = engine
        .leases()
        .issue(&request("over-key"))
        .await
        .unwrap()
        .lease;
    drop(engine);
    let (engine, _) = ground.process();
    let report = engine.leases().revoke(&[lease.id]).await.unwrap();
    assert_eq!(report.revoked, Vec::<String>::new());
    assert_eq!(report.pending[0].state, State::Revoking);
    assert!(report.pending[0].next_attempt_at.is_some());
}

#[tokio::test(start_paused = true)]
async fn an_issue_without_the_managing_key_records_nothing() {
    let ground = Ground::new().await;
    drop(with_key(&ground).await);
    let (engine, wire) = ground.process();
    let problem = engine
        .leases()
        .issue(&request("over-key"))
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::KeychainNoEntry, "{problem:?}");
    assert!(ground.leases(&engine).is_empty());
    assert_eq!(wire.actions(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_waits_for_its_leases_goes_with_the_last_of_them() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let lease = engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap()
        .lease;
    wire.rule(Rule::always("DeleteUser", Fault::THROTTLE));
    let report = engine.secrets().remove("s3-upload", true).await.unwrap();
    assert_eq!(report.pending.len(), 1);
    assert!(engine.secrets().show("s3-upload").unwrap().deleting);
    wire.heal();
    // Another process, which only revokes: no timer runs.
    let (other, _) = ground.process_with(ground.clock.clone(), KeychainChoice::Memory);
    other.leases().revoke(&[lease.id]).await.unwrap();
    let problem = other.secrets().show("s3-upload").unwrap_err();
    assert_eq!(problem.code, Code::NotFound);
    let _: &TestClock = &ground.clock;
}
