//! When AWS's "there is no such user" is believed, and whose user is never touched.

use chrono::TimeDelta;
use leasehold_engine::Engine;
use leasehold_engine::wire::{EndReason, LeaseView, State};

use crate::support::{Fault, Ground, Rule, Wire, draft, request};

async fn issued() -> (Ground, Engine, Wire, LeaseView) {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let issued = engine.leases().issue(&request("s3-upload")).await.unwrap();
    (ground, engine, wire, issued.lease)
}

/// Somebody deletes the user behind our back.
async fn deleted_outside(ground: &Ground, lease: &LeaseView) {
    let (aws, user) = (ground.aws(), lease.user_name.as_str());
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

async fn revoke(engine: &Engine, lease: &LeaseView) -> LeaseView {
    let ids = [lease.id.clone()];
    engine.leases().revoke(&ids).await.unwrap();
    engine.leases().show(&lease.id).unwrap().lease
}

const MINUTES: TimeDelta = TimeDelta::minutes(6);

#[tokio::test(start_paused = true)]
async fn gone_outside_is_concluded_when_all_four_conditions_hold() {
    let (ground, engine, _, lease) = issued().await;
    deleted_outside(&ground, &lease).await;
    ground.clock.advance(MINUTES);
    let after = revoke(&engine, &lease).await;
    assert_eq!(after.state, State::Revoked);
    assert_eq!(after.end_reason, Some(EndReason::GoneOutside));
}

#[tokio::test(start_paused = true)]
async fn a_young_no_such_user_is_not_believed() {
    let (ground, engine, _, lease) = issued().await;
    deleted_outside(&ground, &lease).await;
    let after = revoke(&engine, &lease).await;
    assert_eq!(after.state, State::Revoking, "{after:?}");
    assert!(after.next_attempt_at.is_some());
    ground
        .run_until(&engine, || {
            let lease = engine.leases().show(&lease.id).unwrap().lease;
            lease.state == State::Revoked
        })
        .await;
    let after = engine.leases().show(&lease.id).unwrap().lease;
    assert_eq!(after.end_reason, Some(EndReason::GoneOutside));
}

#[tokio::test(start_paused = true)]
async fn an_account_that_cannot_be_verified_now_concludes_nothing() {
    let other = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <GetCallerIdentityResult><Arn>arn:aws:iam::999999999999:user/m</Arn>\
         <UserId>AIDAEXAMPLEEXAMPLEEXA</UserId><Account>999999999999</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>";
    for fault in [Fault::Reset, Fault::Answer(other.into())] {
        let (ground, engine, wire, lease) = issued().await;
        deleted_outside(&ground, &lease).await;
        ground.clock.advance(MINUTES);
        wire.rule(Rule::always("GetCallerIdentity", fault));
        let after = revoke(&engine, &lease).await;
        assert_eq!(after.state, State::Revoking, "{after:?}");
        assert!(after.reason.is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_does_not_say_the_same_concludes_nothing() {
    for fault in [Fault::DENIED, Fault::THROTTLE, Fault::Reset] {
        let (ground, engine, wire, lease) = issued().await;
        deleted_outside(&ground, &lease).await;
        ground.clock.advance(MINUTES);
        wire.rule(Rule::always("DeleteAccessKey", fault));
        let after = revoke(&engine, &lease).await;
        assert_eq!(after.state, State::Revoking, "{after:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_such_user_from_get_user_alone_concludes_nothing() {
    let (ground, engine, wire, lease) = issued().await;
    ground.clock.advance(MINUTES);
    wire.rule(Rule::always("GetUser", Fault::NO_USER));
    let after = revoke(&engine, &lease).await;
    assert_eq!(after.state, State::AccessCut, "the key was deleted, though");
    wire.heal();
    assert_eq!(revoke(&engine, &lease).await.state, State::Revoked);
}

#[tokio::test(start_paused = true)]
async fn a_user_whose_id_was_never_recorded_is_not_called_gone_outside() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    wire.rule(Rule::always("CreateUser", Fault::Reset));
    wire.rule(Rule::always("GetUser", Fault::Reset));
    engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap_err();
    wire.heal();
    let lease = ground.leases(&engine).pop().unwrap();
    assert_eq!(lease.state, State::Revoking, "too young to be sure");
    ground.clock.advance(MINUTES);
    let after = revoke(&engine, &lease).await;
    assert_eq!(after.state, State::Failed);
    assert_eq!(after.end_reason, Some(EndReason::IssueFailed));
}

#[tokio::test(start_paused = true)]
async fn a_young_no_such_user_to_the_deletion_itself_is_not_believed() {
    let (ground, engine, wire, lease) = issued().await;
    wire.rule(Rule::first(1, "DeleteUser", Fault::NO_USER));
    let after = revoke(&engine, &lease).await;
    assert_eq!(after.state, State::AccessCut);
    assert!(ground.aws().get_user(&lease.user_name).await.is_ok());
    assert_eq!(revoke(&engine, &lease).await.state, State::Revoked);
    assert!(ground.aws().get_user(&lease.user_name).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_deletion_whose_answer_was_lost_is_believed_when_aws_says_so() {
    let (_ground, engine, wire, lease) = issued().await;
    wire.rule(Rule::first(1, "DeleteUser", Fault::LostAnswer));
    let after = revoke(&engine, &lease).await;
    assert_eq!(after.state, State::Revoked);
    assert_eq!(after.end_reason, Some(EndReason::ByUs));
}

/// Somebody else's user of the same name.
async fn foreign(ground: &Ground, lease: &LeaseView) {
    deleted_outside(ground, lease).await;
    let (aws, user) = (ground.aws(), lease.user_name.as_str());
    let theirs = leasehold_aws::NewUser {
        name: user.into(),
        path: lease.iam_path.clone(),
        boundary: None,
        tags: Vec::new(),
    };
    aws.create_user(&theirs).await.unwrap();
    aws.create_access_key(user).await.unwrap();
    let cut = leasehold_domain::guard::cut_document();
    aws.put_user_policy(user, "theirs", &cut).await.unwrap();
}

async fn assert_untouched(ground: &Ground, lease: &LeaseView) {
    let aws = ground.aws();
    let keys = aws.list_access_keys(&lease.user_name).await.unwrap();
    assert_eq!(keys.len(), 1);
    let inline = aws.list_user_policies(&lease.user_name).await.unwrap();
    assert_eq!(inline, ["theirs"]);
}

#[tokio::test(start_paused = true)]
async fn a_foreign_user_of_the_same_name_is_never_touched() {
    let (ground, engine, wire, lease) = issued().await;
    foreign(&ground, &lease).await;
    wire.forget_calls();
    let after = revoke(&engine, &lease).await;
    assert_untouched(&ground, &lease).await;
    assert_eq!(after.state, State::Revoking);
    assert!(after.alarm.unwrap().contains("not the one"));
    assert_eq!(
        after.cleanup.unwrap().blocked_by.as_deref(),
        Some("foreign user")
    );
    // It is not tried again by itself, however long one waits.
    wire.forget_calls();
    let timer = ground.run(&engine);
    for _ in 0..5 {
        ground.clock.advance(TimeDelta::minutes(5));
        engine.look_again();
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(wire.actions(), Vec::<String>::new());
    timer.stop().await;
    // Once it is gone a person asks again.
    let theirs = LeaseView {
        ..engine.leases().show(&lease.id).unwrap().lease
    };
    deleted_outside(&ground, &theirs).await;
    assert_eq!(revoke(&engine, &lease).await.state, State::Revoked);
}

#[tokio::test(start_paused = true)]
async fn the_second_look_after_an_issue_touches_no_foreign_user() {
    let (ground, engine, _, lease) = issued().await;
    foreign(&ground, &lease).await;
    ground
        .run_until(&engine, || {
            engine
                .leases()
                .show(&lease.id)
                .unwrap()
                .lease
                .alarm
                .is_some()
        })
        .await;
    assert_untouched(&ground, &lease).await;
}

#[tokio::test(start_paused = true)]
async fn the_second_look_after_an_issue_removes_what_slipped_in_and_tells() {
    let (ground, engine, _, lease) = issued().await;
    let (aws, user) = (ground.aws(), lease.user_name.as_str());
    aws.create_access_key(user).await.unwrap();
    let cut = leasehold_domain::guard::cut_document();
    aws.put_user_policy(user, "mine", &cut).await.unwrap();
    let inline = aws.list_user_policies(user).await.unwrap();
    let own = inline.iter().find(|name| name.contains("-self-")).unwrap();
    aws.delete_user_policy(user, own).await.unwrap();
    ground
        .run_until(&engine, || {
            let lease = engine.leases().show(&lease.id).unwrap().lease;
            lease.alarm.is_some()
        })
        .await;
    ground.assert_guarded(&engine, &lease).await;
    assert_eq!(aws.list_access_keys(user).await.unwrap().len(), 1);
    let after = engine.leases().show(&lease.id).unwrap().lease;
    assert_eq!(after.state, State::Active);
    assert!(after.alarm.unwrap().contains("put back"));
}

#[tokio::test(start_paused = true)]
async fn a_quarantine_policy_is_an_alarm() {
    let (_ground, engine, wire, lease) = issued().await;
    let listed = "<ListAttachedUserPoliciesResponse \
        xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListAttachedUserPoliciesResult>\
        <AttachedPolicies><member><PolicyName>AWSCompromisedKeyQuarantineV3</PolicyName>\
        <PolicyArn>arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3</PolicyArn></member>\
        </AttachedPolicies><IsTruncated>false</IsTruncated></ListAttachedUserPoliciesResult>\
        </ListAttachedUserPoliciesResponse>";
    wire.rule(Rule::first(
        1,
        "ListAttachedUserPolicies",
        Fault::Answer(listed.into()),
    ));
    let after = revoke(&engine, &lease).await;
    assert!(after.alarm.unwrap().contains("quarantine"));
}

#[tokio::test(start_paused = true)]
async fn a_practice_account_with_closed_leases_can_be_begun_anew() {
    let (ground, engine, _, lease) = issued().await;
    let problem = engine.practice().reset().await.unwrap_err();
    assert!(problem.message.contains("open"), "{problem:?}");
    revoke(&engine, &lease).await;
    engine.practice().skip("2h").unwrap();
    engine.practice().reset().await.unwrap();
    let mut again = draft("after");
    again.groups.clear();
    engine.secrets().add(&again).unwrap();
    let issued = engine.leases().issue(&request("after")).await.unwrap();
    assert_eq!(issued.lease.clock_offset_ms, 0);
    assert_eq!(ground.leases(&engine).len(), 2);
}
