//! Giving a lease up: by a person's word only, from any open state, for ever visible.

use chrono::TimeDelta;
use leasehold_domain::Code;
use leasehold_engine::wire::State;
use leasehold_engine::{IssueRequest, LeaseQuery};

use crate::support::{Fault, Ground, Rule, request};

#[tokio::test]
async fn a_forgotten_lease_is_listed_for_ever_says_what_stays_and_is_left_alone() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let kept = IssueRequest {
        keep: true,
        ..request("s3-upload")
    };
    let lease = engine.leases().issue(&kept).await.unwrap().lease;
    wire.forget_calls();
    let forgotten = engine.leases().forget(&lease.id).await.unwrap();

    assert_eq!((forgotten.state, forgotten.kept), (State::Forgotten, false));
    assert!(forgotten.ended_at.is_some());
    let reason = forgotten.reason.clone().unwrap();
    let expiry = lease.expires_at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    for word in [&lease.user_name, &lease.account_id, &expiry] {
        assert!(reason.contains(word.as_str()), "{reason}");
    }
    assert!(forgotten.hint.unwrap().contains("orphan list"));
    assert_eq!(wire.actions(), [] as [&str; 0], "AWS is not asked");
    assert!(ground.aws().get_user(&lease.user_name).await.is_ok());
    let events = engine.leases().show(&lease.id).unwrap().events;
    assert_eq!(events.last().unwrap().kind, "forgotten");

    // Nothing happens to it at its expiry, nor after a restart.
    ground.clock.advance(TimeDelta::hours(2));
    let (again, wire) = ground.process();
    let mut looks = 0;
    ground
        .run_until(&again, || {
            looks += 1;
            looks > 5
        })
        .await;
    assert_eq!(wire.actions(), [] as [&str; 0]);
    assert_eq!(again.leases().list(&LeaseQuery::default()).unwrap(), []);
    assert_eq!(ground.leases(&again)[0].state, State::Forgotten);
    let error = again.leases().forget(&lease.id).await.unwrap_err();
    assert_eq!(error.code, Code::Refused);
    let report = again.leases().revoke(&[lease.id]).await.unwrap();
    assert_eq!(report.pending[0].state, State::Forgotten);
}

#[tokio::test]
async fn the_removal_of_its_secret_finishes() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let lease = engine.leases().issue(&request("s3-upload")).await.unwrap();
    wire.rule(Rule::always("*", Fault::DENIED));
    engine.secrets().remove("s3-upload", true).await.unwrap();
    assert!(engine.secrets().show("s3-upload").unwrap().deleting);
    let stuck = &ground.leases(&engine)[0];
    assert_eq!(stuck.state, State::Revoking);
    let missing = stuck.cleanup.as_ref().unwrap().missing_action.clone();
    assert!(missing.is_some(), "{stuck:?}");
    engine.leases().forget(&lease.lease.id).await.unwrap();
    assert!(engine.secrets().show("s3-upload").is_err());
    assert_eq!(ground.leases(&engine)[0].state, State::Forgotten);
}

#[tokio::test]
async fn what_is_said_follows_how_far_it_got() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    // Half-made: nobody knows whether its guards stand.
    wire.rule(Rule::always("PutUserPolicy", Fault::Reset));
    wire.rule(Rule::always("GetUser", Fault::Reset));
    wire.rule(Rule::always("DeleteAccessKey", Fault::Reset));
    engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap_err();
    let id = ground.leases(&engine)[0].id.clone();
    let forgotten = engine.leases().forget(&id).await.unwrap();
    assert!(forgotten.reason.unwrap().contains("may be missing"));
    wire.heal();
    // Its key is gone, its user is not.
    let lease = engine.leases().issue(&request("s3-upload")).await.unwrap();
    wire.rule(Rule::always("DetachUserPolicy", Fault::DENIED));
    engine
        .leases()
        .revoke(std::slice::from_ref(&lease.lease.id))
        .await
        .unwrap();
    let forgotten = engine.leases().forget(&lease.lease.id).await.unwrap();
    assert!(forgotten.reason.unwrap().contains("its key is gone"));
}
