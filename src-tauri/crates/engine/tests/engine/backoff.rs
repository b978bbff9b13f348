//! Retries without end: the wait grows, is kept, can be skipped, and begins anew with progress.

use chrono::{TimeDelta, Utc};
use leasehold_engine::Engine;
use leasehold_engine::wire::{CleanupStepState, LeaseView, State};

use crate::support::{Fault, Ground, Rule, request};

async fn lease(engine: &Engine) -> LeaseView {
    let issued = engine.leases().issue(&request("s3-upload")).await;
    issued.unwrap().lease
}

fn shown(engine: &Engine, id: &str) -> LeaseView {
    engine.leases().show(id).unwrap().lease
}

#[tokio::test(start_paused = true)]
async fn the_wait_grows_to_fifteen_minutes_is_kept_over_a_restart_and_can_be_skipped() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let made = lease(&engine).await;
    wire.rule(Rule::always("*", Fault::DENIED));
    engine
        .leases()
        .revoke(std::slice::from_ref(&made.id))
        .await
        .unwrap();
    let mut longest = TimeDelta::zero();
    for attempt in 2..=12 {
        engine.leases().retry_now(&made.id).await.unwrap();
        let lease = shown(&engine, &made.id);
        assert_eq!(lease.attempts, attempt, "a person's try counts");
        let wait = lease.next_attempt_at.unwrap() - Utc::now();
        assert!(wait <= TimeDelta::minutes(15), "{wait}");
        longest = longest.max(wait);
    }
    assert!(longest > TimeDelta::minutes(7), "{longest}");
    let before = shown(&engine, &made.id);
    engine.close();
    drop(engine);

    let (again, wire) = ground.process();
    let after = shown(&again, &made.id);
    assert_eq!(after.next_attempt_at, before.next_attempt_at);
    assert_eq!(after.attempts, before.attempts);
    let report = again.leases().retry_now(&made.id).await.unwrap();
    assert_eq!(report.revoked, std::slice::from_ref(&made.id));
    assert_eq!(wire.count("DeleteUser"), 1);
    ground.settled(&again, &made.id).await;
}

#[tokio::test(start_paused = true)]
async fn each_step_shows_where_it_stands_and_progress_begins_the_wait_anew() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let made = lease(&engine).await;
    use CleanupStepState::{Done, Failed, Waiting};
    let order = [
        ("GetUser", [Failed, Waiting, Waiting, Waiting]),
        ("DetachUserPolicy", [Done, Failed, Waiting, Waiting]),
        ("DeleteUserPolicy", [Done, Done, Failed, Waiting]),
        ("DeleteUser", [Done, Done, Done, Failed]),
    ];
    // The documents went together with what could not be detached.
    for (action, expected) in order {
        wire.rule(Rule::always(action, Fault::DENIED));
        if action == "GetUser" {
            wire.rule(Rule::always("DeleteAccessKey", Fault::DENIED));
        }
        for _ in 0..3 {
            let _ = engine
                .leases()
                .revoke(std::slice::from_ref(&made.id))
                .await
                .unwrap();
        }
        let lease = shown(&engine, &made.id);
        let cleanup = lease.cleanup.unwrap();
        let states: Vec<_> = cleanup.steps.iter().map(|step| step.state).collect();
        assert_eq!(states, expected, "{action}");
        let done = states.iter().filter(|state| **state == Done).count();
        assert_eq!(u32::try_from(done).unwrap(), cleanup.done, "{action}");
        assert!(lease.attempts >= 3, "{action}: {}", lease.attempts);
        let missing = cleanup.missing_action.unwrap();
        assert!(missing.ends_with(action) || missing == "iam:DeleteAccessKey");
        wire.heal();
        if action == "GetUser" {
            assert_eq!(lease.state, State::Revoking);
        } else {
            assert_eq!(lease.state, State::AccessCut);
        }
    }
    engine.leases().retry_now(&made.id).await.unwrap();
    ground.settled(&engine, &made.id).await;
}

#[tokio::test]
async fn the_first_answer_after_an_outage_ends_the_wait_of_all_that_it_delayed() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let first = lease(&engine).await;
    let second = lease(&engine).await;
    wire.rule(Rule::always("*", Fault::Reset));
    let ids = [first.id.clone(), second.id.clone()];
    engine.leases().revoke(&ids).await.unwrap();
    // Long offline: the waits have grown to minutes.
    for _ in 0..6 {
        engine.leases().retry_now(&first.id).await.unwrap();
        engine.leases().retry_now(&second.id).await.unwrap();
    }
    let timer = ground.run(&engine);
    let due = |id: &str| shown(&engine, id).next_attempt_at.unwrap();
    let later = due(&first.id).max(due(&second.id));
    // Both are tried by the timer once and fail again.
    let ahead = later - leasehold_engine::Clock::now(&ground.clock) + TimeDelta::seconds(1);
    ground.clock.advance(ahead);
    let before = [&first, &second].map(|lease| shown(&engine, &lease.id).attempts);
    engine.look_again();
    wait_for(|| {
        let now = [&first, &second].map(|lease| shown(&engine, &lease.id).attempts);
        now[0] > before[0] && now[1] > before[1]
    })
    .await;
    wire.heal();
    // Only one of them is due; its first answer makes the other one due too.
    let sooner = due(&first.id).min(due(&second.id));
    let ahead = sooner - leasehold_engine::Clock::now(&ground.clock) + TimeDelta::milliseconds(5);
    ground.clock.advance(ahead);
    engine.look_again();
    wait_for(|| {
        ids.iter()
            .all(|id| shown(&engine, id).state == State::Revoked)
    })
    .await;
    timer.stop().await;
}

async fn wait_for(mut condition: impl FnMut() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), waiting)
        .await
        .expect("it never happened");
}
