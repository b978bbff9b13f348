//! AWS's clock: measured over a connection, shared by the processes of one home.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use leasehold_engine::wire::State;
use leasehold_engine::{AddAccessKey, Engine, KeychainChoice, Options};

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
