//! Dependent round trips, measured by injected latency on a clock that stands still otherwise.

use std::time::Duration;

use leasehold_engine::Renewal;
use tokio::time::Instant;

use crate::support::{Ground, request};

const LATENCY: Duration = Duration::from_millis(100);

/// How many round trips had to wait for one another.
fn depth(since: Instant) -> u128 {
    let elapsed = since.elapsed().as_millis();
    assert_eq!(elapsed % LATENCY.as_millis(), 0, "{elapsed} ms");
    elapsed / LATENCY.as_millis()
}

#[tokio::test(start_paused = true)]
async fn issue_costs_two_round_trips_renew_two_the_key_one_and_the_whole_revoke_four() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let desk = engine.leases();
    wire.latency(LATENCY);

    let start = Instant::now();
    let lease = desk.issue(&request("s3-upload")).await.unwrap().lease;
    assert_eq!(depth(start), 2, "{:?}", wire.actions());
    assert_eq!(
        wire.actions().len(),
        8,
        "one call for the user and each thing on it: {:?}",
        wire.actions()
    );

    let start = Instant::now();
    desk.renew(&lease.id, &Renewal::Default).await.unwrap();
    assert_eq!(depth(start), 2, "{:?}", wire.actions());

    wire.forget_calls();
    let start = Instant::now();
    let report = desk.revoke(&[lease.id]).await.unwrap();
    assert_eq!(report.pending, []);
    assert_eq!(depth(start), 4, "{:?}", wire.actions());
    let calls = wire.calls();
    let killed = calls
        .iter()
        .find(|call| call.action == "DeleteAccessKey")
        .unwrap();
    assert_eq!(killed.end.unwrap() - start, LATENCY, "the key ends first");
    let last = calls.last().unwrap();
    assert_eq!(last.action, "DeleteUser");
}

#[tokio::test(start_paused = true)]
async fn the_guards_go_last_and_the_cut_is_put_before_anything_is_taken_away() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let desk = engine.leases();
    wire.latency(LATENCY);
    let lease = desk.issue(&request("s3-upload")).await.unwrap().lease;
    wire.forget_calls();
    desk.revoke(&[lease.id]).await.unwrap();
    let calls = wire.calls();
    let named = |action: &str, name: &str| {
        let found = calls.iter().find(|call| {
            call.action == action
                && call
                    .params
                    .get("PolicyName")
                    .is_some_and(|p| p.starts_with(name))
        });
        found.unwrap_or_else(|| panic!("{action} {name}"))
    };
    let cut = named("PutUserPolicy", "leasehold-cut-");
    for guard in ["leasehold-self-", "leasehold-until-", "leasehold-cut-"] {
        let taken = named("DeleteUserPolicy", guard);
        assert!(taken.start >= cut.end.unwrap());
        for given in ["DetachUserPolicy", "RemoveUserFromGroup"] {
            let given = calls.iter().filter(|call| call.action == given);
            assert!(given.clone().count() > 0);
            assert!(given.clone().all(|call| call.end.unwrap() <= taken.start));
        }
    }
}
