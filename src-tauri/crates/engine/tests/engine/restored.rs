//! A ledger that is older than AWS: a copy of the home was put back after its leases were renewed,
//! revoked or issued.

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_domain::{Code, InstallationId, Moment, guard};
use leasehold_engine::wire::{EndReason, LeaseView, Standing, State};
use leasehold_engine::{Engine, Renewal};

use crate::support::{Ground, Wire, request};

/// Issues a lease, copies the home, does something with the lease, and puts the copy back.
async fn restored(ground: &Ground, then: impl AsyncFnOnce(&Engine, &LeaseView)) -> LeaseView {
    let (engine, _) = ground.process();
    let issued = engine.leases().issue(&request("s3-upload")).await.unwrap();
    engine.close();
    let copy = ground.copy();
    let (engine, _) = ground.process();
    then(&engine, &issued.lease).await;
    engine.close();
    ground.put_back(&copy);
    issued.lease
}

async fn renewed(engine: &Engine, lease: &LeaseView) {
    let renewal = Renewal::By("2h".into());
    engine.leases().renew(&lease.id, &renewal).await.unwrap();
}

fn show(engine: &Engine, lease: &LeaseView) -> LeaseView {
    engine.leases().show(&lease.id).unwrap().lease
}

fn installation(engine: &Engine, lease: &LeaseView) -> InstallationId {
    let detail = engine.leases().show(&lease.id).unwrap();
    guard::owner(&detail.inline_policies[0]).unwrap()
}

/// Puts this dated guard in AWS.
async fn put_until(ground: &Ground, engine: &Engine, lease: &LeaseView, at: DateTime<Utc>) {
    let moment = Moment::from(at);
    let name = guard::until_name(moment, &installation(engine, lease));
    let document = guard::until_document(moment);
    let aws = ground.aws();
    aws.put_user_policy(&lease.user_name, &name, &document)
        .await
        .unwrap();
}

async fn delete_until(ground: &Ground, engine: &Engine, lease: &LeaseView, at: DateTime<Utc>) {
    let name = guard::until_name(Moment::from(at), &installation(engine, lease));
    ground
        .aws()
        .delete_user_policy(&lease.user_name, &name)
        .await
        .unwrap();
}

fn ends_nothing(wire: &Wire) {
    for action in ["DeleteAccessKey", "DetachUserPolicy", "DeleteUser"] {
        assert_eq!(wire.count(action), 0, "{:?}", wire.actions());
    }
}

async fn taken_over(ground: &Ground, engine: &Engine, wire: &Wire, lease: &LeaseView) {
    let after = show(engine, lease);
    assert_eq!(after.state, State::Active);
    assert_eq!(after.expires_at, lease.expires_at + TimeDelta::hours(2));
    assert_eq!(after.standing, Some(Standing::LedgerBehind));
    let events = engine.leases().show(&lease.id).unwrap().events;
    assert!(
        events.iter().any(|event| event.kind == "ledger_behind"),
        "{events:?}"
    );
    ends_nothing(wire);
    ground.assert_guarded(engine, &after).await;
}

#[tokio::test(start_paused = true)]
async fn a_lease_renewed_after_the_copy_is_not_cut_when_its_recorded_time_is_over() {
    let ground = Ground::new().await;
    let lease = restored(&ground, renewed).await;
    ground.clock.advance(TimeDelta::minutes(61));
    let (engine, wire) = ground.process();
    let behind = || show(&engine, &lease).standing == Some(Standing::LedgerBehind);
    ground.run_until(&engine, behind).await;
    taken_over(&ground, &engine, &wire, &lease).await;
    // It ends at its real time, by itself.
    ground.clock.advance(TimeDelta::hours(2));
    let over = || show(&engine, &lease).state == State::Revoked;
    ground.run_until(&engine, over).await;
}

#[tokio::test(start_paused = true)]
async fn a_lease_renewed_after_the_copy_is_known_before_its_recorded_time_is_over() {
    let ground = Ground::new().await;
    let lease = restored(&ground, renewed).await;
    let (engine, wire) = ground.process();
    let report = engine.leases().reconcile(None).await.unwrap();
    assert_eq!(report.found[0].standing, Standing::LedgerBehind);
    taken_over(&ground, &engine, &wire, &lease).await;
}

#[tokio::test(start_paused = true)]
async fn a_renewal_of_an_old_copy_is_refused_with_the_expiry_that_counts() {
    let ground = Ground::new().await;
    let lease = restored(&ground, renewed).await;
    let (engine, _) = ground.process();
    let renewal = Renewal::Default;
    let problem = engine
        .leases()
        .renew(&lease.id, &renewal)
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::Refused, "{problem:?}");
    let after = show(&engine, &lease);
    assert_eq!(after.expires_at, lease.expires_at + TimeDelta::hours(2));
    ground.assert_guarded(&engine, &after).await;
    let again = engine.leases().renew(&lease.id, &renewal).await.unwrap();
    assert_eq!(again.expires_at, after.expires_at + TimeDelta::hours(1));
    ground.assert_guarded(&engine, &again).await;
}

#[tokio::test(start_paused = true)]
async fn a_renewal_is_possible_though_the_copy_calls_the_lease_over() {
    let ground = Ground::new().await;
    let lease = restored(&ground, renewed).await;
    ground.clock.advance(TimeDelta::minutes(61));
    let (engine, _) = ground.process();
    let after = engine
        .leases()
        .renew(&lease.id, &Renewal::Default)
        .await
        .unwrap();
    assert_eq!(after.expires_at, lease.expires_at + TimeDelta::hours(3));
    ground.assert_guarded(&engine, &after).await;
}

#[tokio::test(start_paused = true)]
async fn a_guard_past_the_maximum_is_not_believed() {
    let ground = Ground::new().await;
    let lease = restored(&ground, async |engine, lease| {
        put_until(
            &ground,
            engine,
            lease,
            lease.max_expires_at + TimeDelta::seconds(1),
        )
        .await;
        delete_until(&ground, engine, lease, lease.expires_at).await;
    })
    .await;
    let (engine, _) = ground.process();
    let report = engine.leases().reconcile(None).await.unwrap();
    assert_eq!(report.found[0].standing, Standing::PutRight, "{report:?}");
    let after = show(&engine, &lease);
    assert_eq!(after.expires_at, lease.expires_at);
    ground.assert_guarded(&engine, &after).await;
}

#[tokio::test(start_paused = true)]
async fn a_later_guard_beside_the_recorded_one_is_not_believed() {
    let ground = Ground::new().await;
    let lease = restored(&ground, async |engine, lease| {
        put_until(
            &ground,
            engine,
            lease,
            lease.expires_at + TimeDelta::hours(1),
        )
        .await;
    })
    .await;
    let (engine, _) = ground.process();
    engine.leases().reconcile(None).await.unwrap();
    let after = show(&engine, &lease);
    assert_eq!(after.expires_at, lease.expires_at);
    assert!(after.alarm.is_some());
    ground.assert_guarded(&engine, &after).await;
}

#[tokio::test(start_paused = true)]
async fn the_process_that_issued_a_lease_believes_no_later_guard() {
    let ground = Ground::new().await;
    let (engine, _) = ground.process();
    let lease = engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap()
        .lease;
    put_until(
        &ground,
        &engine,
        &lease,
        lease.expires_at + TimeDelta::hours(1),
    )
    .await;
    delete_until(&ground, &engine, &lease, lease.expires_at).await;
    let report = engine.leases().reconcile(None).await.unwrap();
    assert_eq!(report.found[0].standing, Standing::PutRight);
    let after = show(&engine, &lease);
    assert_eq!(after.expires_at, lease.expires_at);
    ground.assert_guarded(&engine, &after).await;
}

#[tokio::test(start_paused = true)]
async fn a_revoke_that_had_begun_after_the_copy_goes_on() {
    let ground = Ground::new().await;
    let lease = restored(&ground, async |engine, lease| {
        let cut = guard::cut_name(&installation(engine, lease));
        let (aws, user) = (ground.aws(), lease.user_name.as_str());
        aws.put_user_policy(user, &cut, &guard::cut_document())
            .await
            .unwrap();
    })
    .await;
    let (engine, _) = ground.process();
    engine.leases().reconcile(None).await.unwrap();
    let after = show(&engine, &lease);
    assert_eq!(
        (after.state, after.end_reason),
        (State::Revoked, Some(EndReason::ByUs))
    );
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_was_revoked_after_the_copy_is_found_gone() {
    let ground = Ground::new().await;
    let lease = restored(&ground, async |engine, lease| {
        let ids = [lease.id.clone()];
        assert_eq!(engine.leases().revoke(&ids).await.unwrap().revoked, ids);
    })
    .await;
    ground.clock.advance(TimeDelta::minutes(6));
    let (engine, _) = ground.process();
    let report = engine.leases().reconcile(None).await.unwrap();
    assert_eq!(report.found[0].standing, Standing::Gone);
    assert_eq!(show(&engine, &lease).state, State::Revoked);
}

#[tokio::test(start_paused = true)]
async fn an_old_copy_without_a_network_ends_nothing_until_aws_was_asked() {
    use crate::support::{Fault, Rule};
    let ground = Ground::new().await;
    let lease = restored(&ground, renewed).await;
    ground.clock.advance(TimeDelta::minutes(61));
    let (engine, wire) = ground.process();
    wire.rule(Rule::always("*", Fault::Reset));
    let tried = || show(&engine, &lease).attempts > 2;
    ground.run_until(&engine, tried).await;
    let now = show(&engine, &lease);
    assert_eq!(now.state, State::Active, "{now:?}");
    assert!(now.reason.is_some() && now.next_attempt_at.is_some());
    let status = engine.status().await.unwrap();
    assert_eq!((status.active_leases, status.need_attention), (0, 1));
    wire.heal();
    let behind = || show(&engine, &lease).standing == Some(Standing::LedgerBehind);
    ground.run_until(&engine, behind).await;
    assert_eq!(show(&engine, &lease).attempts, 0);
}
