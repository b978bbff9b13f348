//! AWS's clock: measured over a connection, shared by the processes of one home.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use leasehold_engine::wire::{Event, State};
use leasehold_engine::{AddAccessKey, Clock, Engine, KeychainChoice, Options, Renewal};

use crate::support::{Ground, TestClock, Wire, draft, request};

/// A process whose own clock is this computer's, while AWS's is the ground's.
fn process(ground: &Ground) -> (Engine, Wire) {
    ground.process_with(TestClock::default(), KeychainChoice::Memory)
}

#[tokio::test(start_paused = true)]
async fn a_measured_offset_is_noted_and_the_lease_ends_by_aws_time() {
    let ground = Ground::new().await;
    let (engine, _) = process(&ground);
    let (id, secret) = ground.practice.manager_keys();
    let asked = AddAccessKey {
        name: "main".into(),
        access_key_id: id,
        secret_access_key: secret,
        region: None,
        endpoint_url: None,
    };
    let view = engine.connections().add_access_key(asked).await.unwrap();
    assert_eq!(view.clock_offset_ms, 0);
    let mut recipe = draft("over-key");
    recipe.connection = "main".into();
    engine.secrets().add(&recipe).unwrap();

    // AWS is an hour ahead from now on.
    ground.clock.advance(TimeDelta::hours(1));
    let lease = engine
        .leases()
        .issue(&request("over-key"))
        .await
        .unwrap()
        .lease;
    assert_eq!(lease.state, State::Active);
    let about_an_hour = |ms: i64| (ms - 3_600_000).abs() < 5_000;
    assert!(about_an_hour(lease.clock_offset_ms), "{lease:?}");
    let ahead = lease.expires_at - chrono::Utc::now();
    assert!((ahead - TimeDelta::hours(2)).abs() < TimeDelta::seconds(10));

    let (other, _) = process(&ground);
    let seen = other.connections().show("main").unwrap();
    assert!(about_an_hour(seen.clock_offset_ms), "{seen:?}");
    let seen = other.leases().show(&lease.id).unwrap().lease;
    assert!(about_an_hour(seen.clock_offset_ms), "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_skip_in_one_process_ends_the_lease_in_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::default();
    let open = || {
        Engine::open(Options {
            clock: Arc::new(clock.clone()),
            ..Options::new(folder.path().to_path_buf(), KeychainChoice::Memory, "test")
        })
        .unwrap()
    };
    let (window, cli) = (open(), open());
    window.connections().add_practice("practice").await.unwrap();
    window.secrets().add(&draft("s3-upload")).unwrap();
    let lease = window
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap()
        .lease;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let running = {
        let window = window.clone();
        tokio::spawn(async move { window.run(stopped).await })
    };
    tokio::time::sleep(Duration::from_millis(5)).await;
    cli.practice().skip("61m").unwrap();
    let begun = tokio::time::Instant::now();
    while cli.leases().show(&lease.id).unwrap().lease.state != State::Revoked {
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(
            begun.elapsed() < Duration::from_secs(70),
            "a minute at most"
        );
    }
    stop.send(true).unwrap();
    running.await.unwrap();
    // A new lease of the window is dated by the clock that was skipped elsewhere.
    let next = window
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap()
        .lease;
    assert!(next.clock_offset_ms > 3_600_000);
}

/// A home with a connection over a key, whose processes can have clocks of their own. AWS's clock
/// is the ground's.
async fn over_key(ground: &Ground, clock: &TestClock) -> (Engine, Wire) {
    let (engine, wire) = ground.process_with(clock.clone(), KeychainChoice::Memory);
    let (id, secret) = ground.practice.manager_keys();
    let asked = AddAccessKey {
        name: "main".into(),
        access_key_id: id,
        secret_access_key: secret,
        region: None,
        endpoint_url: None,
    };
    engine.connections().add_access_key(asked).await.unwrap();
    let mut recipe = draft("over-key");
    recipe.connection = "main".into();
    engine.secrets().add(&recipe).unwrap();
    (engine, wire)
}

const YEARS: [TimeDelta; 4] = [
    TimeDelta::days(3 * 365),
    TimeDelta::days(-3 * 365),
    TimeDelta::days(2),
    TimeDelta::days(-2),
];

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_days_or_years_off_is_shown_and_changes_nothing() {
    for off in YEARS {
        let ground = Ground::new().await;
        let clock = TestClock::default();
        clock.set_by(off);
        let (engine, _) = over_key(&ground, &clock).await;
        let desk = engine.leases();
        let lease = desk.issue(&request("over-key")).await.unwrap().lease;
        let in_an_hour = chrono::Utc::now() + TimeDelta::hours(1);
        assert!(
            (lease.expires_at - in_an_hour).abs() < TimeDelta::seconds(10),
            "{off}"
        );
        // The countdown: local time and the offset make AWS's.
        let aws_now = clock.now() + TimeDelta::milliseconds(lease.clock_offset_ms);
        assert!((lease.expires_at - aws_now - TimeDelta::hours(1)).abs() < TimeDelta::seconds(10));
        let shown = engine.status().await.unwrap().clock_off.unwrap();
        assert_eq!(shown.connection, "main");
        assert!(
            (shown.clock_offset_ms + off.num_milliseconds()).abs() < 10_000,
            "{off}"
        );
        let renewed = desk.renew(&lease.id, &Renewal::Default).await.unwrap();
        assert_eq!(renewed.expires_at, lease.expires_at + TimeDelta::hours(1));
        ground.assert_guarded(&engine, &renewed).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_while_a_process_runs_ends_nothing_early_and_keeps_nothing_late() {
    for off in YEARS {
        let ground = Ground::new().await;
        let clock = TestClock::default();
        let (engine, wire) = over_key(&ground, &clock).await;
        let lease = engine
            .leases()
            .issue(&request("over-key"))
            .await
            .unwrap()
            .lease;
        let mut events = engine.subscribe();
        let timer = ground.run(&engine);
        let passes = async |count: usize| {
            for _ in 0..count {
                engine.look_again();
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        passes(5).await;
        clock.set_by(off);
        passes(40).await;
        let now = engine.leases().show(&lease.id).unwrap().lease;
        assert_eq!(now.state, State::Active, "{off}: {now:?}");
        assert_eq!(wire.count("DeleteAccessKey"), 0, "{off}");
        let aws_now = clock.now() + TimeDelta::milliseconds(now.clock_offset_ms);
        assert!(
            (aws_now - chrono::Utc::now()).abs() < TimeDelta::seconds(10),
            "{off}"
        );
        assert!(engine.status().await.unwrap().clock_off.is_some(), "{off}");
        while let Ok(event) = events.try_recv() {
            assert!(
                !matches!(event, Event::LeaseExpiring { .. }),
                "{off}: {event:?}"
            );
        }
        // An hour later, by both clocks, it ends.
        for _ in 0..62 {
            clock.advance(TimeDelta::minutes(1));
            ground.clock.advance(TimeDelta::minutes(1));
            passes(1).await;
        }
        passes(100).await;
        let after = engine.leases().show(&lease.id).unwrap().lease;
        assert_eq!(after.state, State::Revoked, "{off}: {after:?}");
        let ended = after.ended_at.unwrap() - lease.expires_at;
        assert!(
            ended >= TimeDelta::zero() && ended < TimeDelta::minutes(3),
            "{off}: {ended}"
        );
        timer.stop().await;
    }
}
