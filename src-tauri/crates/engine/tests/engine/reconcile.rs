//! The ledger compared with the account: what is put right, what is told, what is left, and when.

use std::time::Duration;

use chrono::TimeDelta;
use leasehold_engine::wire::{EndReason, Event, LeaseView, ReconcileReport, Standing, State};
use leasehold_engine::{Engine, IssueRequest};
use tokio::sync::broadcast::Receiver;
use tokio::time::Instant;

use crate::support::{Fault, Ground, Rule, Wire, request};

async fn issued() -> (Ground, Engine, Wire, LeaseView) {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let long = IssueRequest {
        ttl: Some("8h".into()),
        ..request("s3-upload")
    };
    let lease = engine.leases().issue(&long).await.unwrap().lease;
    // Past the time in which AWS may not show everything yet.
    ground.clock.advance(TimeDelta::minutes(6));
    wire.forget_calls();
    (ground, engine, wire, lease)
}

async fn compare(engine: &Engine) -> ReconcileReport {
    engine.leases().reconcile(None).await.unwrap()
}

fn show(engine: &Engine, lease: &LeaseView) -> LeaseView {
    engine.leases().show(&lease.id).unwrap().lease
}

fn lines(engine: &Engine, lease: &LeaseView) -> usize {
    engine.leases().show(&lease.id).unwrap().events.len()
}

fn alarms(events: &mut Receiver<Event>) -> usize {
    let mut alarms = 0;
    while let Ok(event) = events.try_recv() {
        alarms += usize::from(matches!(event, Event::Alarm { .. }));
    }
    alarms
}

fn listing(policy: &str) -> Fault {
    Fault::Answer(format!(
        "<ListAttachedUserPoliciesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
         <ListAttachedUserPoliciesResult><AttachedPolicies><member><PolicyName>{policy}\
         </PolicyName><PolicyArn>arn:aws:iam::aws:policy/{policy}</PolicyArn></member>\
         </AttachedPolicies><IsTruncated>false</IsTruncated></ListAttachedUserPoliciesResult>\
         </ListAttachedUserPoliciesResponse>"
    ))
}

/// The whole user goes.
async fn deleted_outside(ground: &Ground, user: &str) {
    let aws = ground.aws();
    for key in aws.list_access_keys(user).await.unwrap() {
        aws.delete_access_key(user, &key.id).await.unwrap();
    }
    for name in aws.list_user_policies(user).await.unwrap() {
        aws.delete_user_policy(user, &name).await.unwrap();
    }
    for arn in aws.list_attached_user_policies(user).await.unwrap() {
        aws.detach_user_policy(user, &arn).await.unwrap();
    }
    for group in aws.list_groups_for_user(user).await.unwrap() {
        aws.remove_user_from_group(user, &group).await.unwrap();
    }
    aws.delete_user(user).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_lease_as_recorded_is_live_and_its_history_gets_no_line() {
    let (_ground, engine, wire, lease) = issued().await;
    let before = lines(&engine, &lease);
    wire.latency(Duration::from_millis(100));
    let start = Instant::now();
    let report = compare(&engine).await;
    // The reads, our documents once more, and who else is there.
    assert_eq!(start.elapsed().as_millis(), 300, "{:?}", wire.actions());
    assert_eq!((report.looked_at, report.found.len()), (1, 0));
    let after = show(&engine, &lease);
    assert_eq!(after.standing, Some(Standing::Live));
    assert!(after.reconciled_at.is_some() && after.findings.is_empty());
    assert_eq!(lines(&engine, &lease), before);
}

#[tokio::test(start_paused = true)]
async fn keys_and_policies_nobody_here_made_go_and_our_guards_come_back() {
    let (ground, engine, _, lease) = issued().await;
    let mut events = engine.subscribe();
    let (aws, user) = (ground.aws(), lease.user_name.as_str());
    aws.create_access_key(user).await.unwrap();
    let cut = leasehold_domain::guard::cut_document();
    aws.put_user_policy(user, "mine", &cut).await.unwrap();
    for name in aws.list_user_policies(user).await.unwrap() {
        if name.starts_with("leasehold-") {
            aws.delete_user_policy(user, &name).await.unwrap();
        }
    }
    let report = compare(&engine).await;
    assert_eq!(report.found[0].standing, Standing::PutRight, "{report:?}");
    assert_eq!(report.found[0].findings.len(), 1 + 1 + 3);
    ground.assert_guarded(&engine, &lease).await;
    assert_eq!(aws.list_access_keys(user).await.unwrap().len(), 1);
    assert!(show(&engine, &lease).alarm.is_some());
    assert_eq!(alarms(&mut events), 1);
    let told = lines(&engine, &lease);
    assert_eq!(compare(&engine).await.found, []);
    assert_eq!(alarms(&mut events), 0);
    assert_eq!(lines(&engine, &lease), told);
}

#[tokio::test(start_paused = true)]
async fn what_somebody_attached_is_told_once_and_left() {
    let (ground, engine, wire, lease) = issued().await;
    let mut events = engine.subscribe();
    let (aws, user) = (ground.aws(), lease.user_name.as_str());
    let extra = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess";
    aws.attach_user_policy(user, extra).await.unwrap();
    aws.add_user_to_group(user, "deployers").await.unwrap();
    let report = compare(&engine).await;
    assert_eq!(report.found[0].standing, Standing::Drifted);
    assert_eq!(report.found[0].findings.len(), 2, "{report:?}");
    assert_eq!(alarms(&mut events), 1);
    let told = lines(&engine, &lease);
    assert_eq!(
        wire.count("DetachUserPolicy") + wire.count("RemoveUserFromGroup"),
        0
    );

    // Seen by a person, and found once more: not told again.
    let seen = engine.leases().acknowledge(&lease.id).await.unwrap();
    assert_eq!(seen.alarm, None);
    assert_eq!(lines(&engine, &lease), told + 1);
    let again = compare(&engine).await;
    assert_eq!(again.found, report.found);
    assert_eq!(show(&engine, &lease).alarm, None);
    assert_eq!(alarms(&mut events), 0);
    assert_eq!(lines(&engine, &lease), told + 1);

    // Something else is news.
    aws.remove_user_from_group(user, "developers")
        .await
        .unwrap();
    compare(&engine).await;
    assert_eq!(lines(&engine, &lease), told + 2);
    aws.add_user_to_group(user, "developers").await.unwrap();
    aws.remove_user_from_group(user, "deployers").await.unwrap();
    aws.detach_user_policy(user, extra).await.unwrap();
    assert_eq!(compare(&engine).await.found, []);
    let events = engine.leases().show(&lease.id).unwrap().events;
    assert_eq!(events.last().unwrap().kind, "as_recorded");
}

#[tokio::test(start_paused = true)]
async fn a_quarantine_policy_is_an_alarm_and_stays_where_aws_put_it() {
    let (_ground, engine, wire, lease) = issued().await;
    let mut events = engine.subscribe();
    let quarantined = listing("AWSCompromisedKeyQuarantineV3");
    wire.rule(Rule::always("ListAttachedUserPolicies", quarantined));
    let report = compare(&engine).await;
    assert_eq!(report.found[0].standing, Standing::Quarantined);
    assert!(show(&engine, &lease).alarm.unwrap().contains("in public"));
    assert_eq!(alarms(&mut events), 1);
    assert_eq!(wire.count("DetachUserPolicy"), 0);
    assert_eq!(engine.status().await.unwrap().need_attention, 1);
}

#[tokio::test(start_paused = true)]
async fn a_user_of_the_same_name_that_is_not_ours_is_not_touched() {
    let (ground, engine, wire, lease) = issued().await;
    deleted_outside(&ground, &lease.user_name).await;
    let theirs = leasehold_aws::NewUser {
        name: lease.user_name.clone(),
        path: lease.iam_path.clone(),
        boundary: None,
        tags: Vec::new(),
    };
    ground.aws().create_user(&theirs).await.unwrap();
    let report = compare(&engine).await;
    assert_eq!(report.found[0].standing, Standing::Foreign);
    let changed = |action: &String| !action.starts_with("Get") && !action.starts_with("List");
    assert!(!wire.actions().iter().any(changed), "{:?}", wire.actions());
    assert_eq!(show(&engine, &lease).state, State::Active);
    assert!(show(&engine, &lease).alarm.is_some());
}

#[tokio::test(start_paused = true)]
async fn gone_is_concluded_by_the_same_rule_as_for_an_ending() {
    let (ground, engine, _, lease) = issued().await;
    deleted_outside(&ground, &lease.user_name).await;
    let report = compare(&engine).await;
    assert_eq!(report.found[0].standing, Standing::Gone, "{report:?}");
    let after = show(&engine, &lease);
    assert_eq!(after.state, State::Revoked);
    assert_eq!(after.end_reason, Some(EndReason::GoneOutside));
}

#[tokio::test(start_paused = true)]
async fn a_user_that_is_not_seen_everywhere_concludes_nothing() {
    let other_account = "<GetCallerIdentityResponse \
        xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
        <Arn>arn:aws:iam::999999999999:user/m</Arn><UserId>AIDAEXAMPLEEXAMPLEEXA</UserId>\
        <Account>999999999999</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
    let rules: [&[(&'static str, Fault)]; 4] = [
        // Only the user itself is not shown.
        &[("GetUser", Fault::NO_USER)],
        // Nothing of it is shown, but another account is reached.
        &[
            ("*", Fault::NO_USER),
            ("GetCallerIdentity", Fault::Answer(other_account.into())),
        ],
        // Or the key says nothing of the kind.
        &[("*", Fault::NO_USER), ("DeleteAccessKey", Fault::DENIED)],
        &[("*", Fault::NO_USER), ("DeleteAccessKey", Fault::Reset)],
    ];
    for faults in rules {
        let (ground, engine, wire, lease) = issued().await;
        for (action, fault) in faults.iter().rev() {
            wire.rule(Rule::always(action, fault.clone()));
        }
        wire.rule(Rule::always(
            "GetCallerIdentity",
            Fault::Answer(other_account.into()),
        ));
        compare(&engine).await;
        assert_eq!(show(&engine, &lease).state, State::Active, "{faults:?}");
        wire.heal();
        let aws = ground.aws();
        assert_eq!(
            aws.list_access_keys(&lease.user_name).await.unwrap().len(),
            1,
            "{faults:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_young_user_that_aws_does_not_show_yet_is_looked_at_again_soon() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let lease = engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap()
        .lease;
    wire.rule(Rule::always("*", Fault::NO_USER));
    let report = compare(&engine).await;
    assert_eq!(report.found[0].standing, Standing::NotSeen);
    assert_eq!(wire.count("DeleteAccessKey"), 0);
    wire.heal();
    let live = || show(&engine, &lease).standing == Some(Standing::Live);
    ground.run_until(&engine, live).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_cannot_be_asked_is_said_once_and_asked_once() {
    let (ground, engine, wire, lease) = issued().await;
    for _ in 0..20 {
        engine.leases().issue(&request("s3-upload")).await.unwrap();
    }
    wire.forget_calls();
    wire.rule(Rule::always("*", Fault::Reset));
    let report = compare(&engine).await;
    assert_eq!(report.looked_at, 0);
    assert_eq!(report.problems.len(), 1, "{report:?}");
    assert!(wire.count("GetUser") <= 8 * 3, "{}", wire.count("GetUser"));
    assert!(
        engine
            .connections()
            .show("practice")
            .unwrap()
            .problem
            .is_some()
    );
    wire.heal();
    assert_eq!(compare(&engine).await.looked_at, 21);
    assert!(
        engine
            .connections()
            .show("practice")
            .unwrap()
            .problem
            .is_none()
    );
    assert_eq!(show(&engine, &lease).standing, Some(Standing::Live));
    drop(ground);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_another_process_holds_is_left_alone_and_said_to_be() {
    let ground = Ground::new().await;
    let (busy, busy_wire) = ground.process();
    busy_wire.rule(Rule::first(1, "PutUserPolicy", Fault::Gate));
    let issuing = tokio::spawn(async move { busy.leases().issue(&request("s3-upload")).await });
    while busy_wire.count("PutUserPolicy") == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (engine, wire) = ground.process();
    let report = compare(&engine).await;
    assert!(
        report.found[0].findings[0].contains("Another Leasehold process"),
        "{report:?}"
    );
    assert_eq!(wire.count("GetUser"), 0);
    busy_wire.open_gate();
    issuing.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_put_right_is_told_and_tried_again() {
    let (ground, engine, wire, lease) = issued().await;
    let (aws, user) = (ground.aws(), lease.user_name.as_str());
    aws.create_access_key(user).await.unwrap();
    wire.rule(Rule::always("DeleteAccessKey", Fault::DENIED));
    let report = compare(&engine).await;
    assert_eq!(report.found[0].standing, Standing::Drifted);
    assert!(
        report.found[0].findings[0].contains("could not be put right"),
        "{report:?}"
    );
    wire.heal();
    let done = || show(&engine, &lease).standing == Some(Standing::PutRight);
    ground.run_until(&engine, done).await;
    assert_eq!(aws.list_access_keys(user).await.unwrap().len(), 1);
}

/// Lets the timer make a few passes.
async fn passes(engine: &Engine) {
    for _ in 0..10 {
        engine.look_again();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn every_open_lease_is_looked_at_at_a_start_at_a_wake_and_every_few_hours() {
    let (ground, engine, _, lease) = issued().await;
    engine.close();
    let (engine, wire) = ground.process();
    let mut events = engine.subscribe();
    let timer = ground.run(&engine);
    passes(&engine).await;
    assert_eq!(wire.count("GetUser"), 1, "at a start: {:?}", wire.actions());
    let mut reconciled = 0;
    while let Ok(event) = events.try_recv() {
        reconciled += usize::from(matches!(event, Event::Reconciled { .. }));
    }
    assert_eq!(reconciled, 1);

    // Somebody sets the clock, or the computer slept.
    ground.clock.set_by(TimeDelta::minutes(20));
    passes(&engine).await;
    assert_eq!(wire.count("GetUser"), 2, "at a wake: {:?}", wire.actions());
    for _ in 0..5 * 60 {
        ground.clock.advance(TimeDelta::minutes(1));
        engine.look_again();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    passes(&engine).await;
    assert_eq!(
        wire.count("GetUser"),
        3,
        "after four hours: {:?}",
        wire.actions()
    );
    assert_eq!(show(&engine, &lease).standing, Some(Standing::Live));
    timer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn with_nothing_open_nobody_is_asked() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let timer = ground.run(&engine);
    for _ in 0..20 {
        ground.clock.advance(TimeDelta::hours(1));
        passes(&engine).await;
    }
    assert_eq!(wire.actions(), Vec::<String>::new());
    timer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_expiry_in_a_running_process_costs_no_look() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let timer = ground.run(&engine);
    let lease = engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap()
        .lease;
    let minutes = async |count: usize| {
        for _ in 0..count {
            ground.clock.advance(TimeDelta::minutes(1));
            engine.look_again();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    minutes(58).await;
    wire.forget_calls();
    minutes(4).await;
    passes(&engine).await;
    assert_eq!(show(&engine, &lease).state, State::Revoked);
    assert_eq!(wire.count("GetUser"), 1, "{:?}", wire.actions());
    assert_eq!(wire.count("DeleteUser"), 1);
    timer.stop().await;
}
