//! Two processes on one home: a lease belongs to one of them at a time, and a process that stood
//! still does nothing for a lease that another one has taken over.

use std::time::Duration;

use chrono::TimeDelta;
use leasehold_domain::Code;
use leasehold_engine::wire::State;
use leasehold_engine::{Engine, Issued};
use tokio::task::JoinHandle;

use crate::support::{Fault, Ground, Rule, Settled, Wire, request};

type Issuing = JoinHandle<Result<Issued, leasehold_domain::Problem>>;

/// Begins an issue that stops at the first call of `action`.
async fn sleeper(ground: &Ground, action: &'static str, fault: Fault) -> (Engine, Wire, Issuing) {
    let (engine, wire) = ground.process();
    wire.rule(Rule::first(1, action, fault));
    let issuing = tokio::spawn({
        let engine = engine.clone();
        async move { engine.leases().issue(&request("s3-upload")).await }
    });
    while wire.count(action) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (engine, wire, issuing)
}

/// Another process takes the lease over and brings it to rest, while the first stands still.
async fn takes_over(ground: &Ground) -> (Engine, Wire, String) {
    ground.clock.advance(TimeDelta::minutes(6));
    let (engine, wire) = ground.process();
    let id = ground.leases(&engine)[0].id.clone();
    ground
        .run_until(&engine, || {
            engine.leases().show(&id).unwrap().lease.state == State::Failed
        })
        .await;
    (engine, wire, id)
}

#[tokio::test(start_paused = true)]
async fn a_sleeper_that_wakes_up_sends_nothing_for_a_lease_that_was_taken_over() {
    for action in ["CreateUser", "PutUserPolicy", "CreateAccessKey"] {
        let ground = Ground::new().await;
        let (_engine, wire, issuing) = sleeper(&ground, action, Fault::Gate).await;
        let before = wire.arrived();
        let (engine, _, id) = takes_over(&ground).await;
        wire.open_gate();
        let problem = issuing.await.unwrap().unwrap_err();
        assert_eq!(problem.code, Code::Busy, "{action}: {problem:?}");
        assert!(matches!(
            ground.settled(&engine, &id).await,
            Settled::Rest(State::Failed)
        ));
        let mut after = wire.arrived();
        // One whose `CreateUser` may be on its way makes sure that no user comes of it.
        after.retain(|a| action != "CreateUser" || a != "DeleteUser");
        assert_eq!(after, before, "{action}");
        ground.assert_secret(&wire.secrets(), &format!("{problem:?}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_user_that_arrives_after_the_takeover_leaves_no_user() {
    let ground = Ground::new().await;
    let (_engine, wire, issuing) = sleeper(&ground, "CreateUser", Fault::OnItsWay).await;
    let (engine, _, id) = takes_over(&ground).await;
    wire.open_gate();
    let problem = issuing.await.unwrap().unwrap_err();
    assert_eq!(problem.code, Code::Busy);
    let user = engine.leases().show(&id).unwrap().lease.user_name;
    assert!(
        ground.aws().get_user(&user).await.is_err(),
        "it was deleted"
    );
    let events = engine.leases().show(&id).unwrap().events;
    assert_eq!(events.last().unwrap().kind, "late_user");
}

#[tokio::test(start_paused = true)]
async fn two_processes_end_one_lease_once() {
    let ground = Ground::new().await;
    let (one, wire_one) = ground.process();
    let (two, wire_two) = ground.process();
    let lease = one
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap()
        .lease;
    wire_one.forget_calls();
    let ids = [lease.id.clone()];
    let (desk_one, desk_two) = (one.leases(), two.leases());
    let (first, second) = tokio::join!(desk_one.revoke(&ids), desk_two.revoke(&ids));
    assert_eq!(first.unwrap().revoked, ids);
    assert_eq!(second.unwrap().revoked, ids);
    assert_eq!(
        wire_one.count("DeleteUser") + wire_two.count("DeleteUser"),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_another_process_is_making_is_not_reported_as_revoked() {
    let ground = Ground::new().await;
    let (_engine, wire, issuing) = sleeper(&ground, "PutUserPolicy", Fault::Gate).await;
    let (other, other_wire) = ground.process();
    let id = ground.leases(&other)[0].id.clone();
    let report = other.leases().revoke(&[id]).await.unwrap();
    assert_eq!(report.revoked, Vec::<String>::new());
    assert_eq!(report.pending[0].state, State::Issuing);
    assert!(
        report.pending[0]
            .reason
            .as_deref()
            .unwrap()
            .contains("Another")
    );
    assert_eq!(other_wire.actions(), Vec::<String>::new());
    wire.open_gate();
    assert_eq!(issuing.await.unwrap().unwrap().lease.state, State::Active);
}

#[tokio::test(start_paused = true)]
async fn the_timer_of_one_process_sees_what_another_one_issued() {
    let ground = Ground::new().await;
    let (window, window_wire) = ground.process();
    let (cli, _) = ground.process();
    let first = cli.leases().issue(&request("s3-upload")).await.unwrap();
    let timer = ground.run(&window);
    tokio::time::sleep(Duration::from_millis(5)).await;
    let second = cli.leases().issue(&request("s3-upload")).await.unwrap();
    let before = tokio::time::Instant::now();
    ground.clock.advance(TimeDelta::minutes(61));
    // Nobody rings: the timer looks at the wall clock once a minute.
    let over = || {
        let state = |id: &str| window.leases().show(id).unwrap().lease.state;
        state(&first.lease.id) == State::Revoked && state(&second.lease.id) == State::Revoked
    };
    while !over() {
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(before.elapsed() < Duration::from_secs(70));
    }
    assert!(window_wire.count("DeleteUser") == 2);
    timer.stop().await;
}
