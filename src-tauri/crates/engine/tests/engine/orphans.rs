//! Users in an account that no lease knows: found where listing is allowed, taken in or removed when
//! they are ours, never touched when they are not.

use chrono::TimeDelta;
use leasehold_aws::NewUser;
use leasehold_domain::{Code, InstallationId, Moment, guard};
use leasehold_engine::wire::{LeaseView, Origin, State};
use leasehold_engine::{Engine, Renewal};
use leasehold_practice::MANAGER_NAME;

use crate::support::{Fault, Ground, Rule, Wire, draft, request};

const LIST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}}"#;

/// A ground whose managing user may list users.
async fn listing() -> Ground {
    let ground = Ground::new().await;
    let put = ground.aws();
    put.put_user_policy(MANAGER_NAME, "list", LIST)
        .await
        .unwrap();
    ground
}

/// A user of ours that the ledger does not know: it is a copy from before the issue.
async fn lost(ground: &Ground) -> (Engine, Wire, LeaseView) {
    let copy = ground.copy();
    let (engine, _) = ground.process();
    let lease = engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap()
        .lease;
    engine.close();
    ground.put_back(&copy);
    let (engine, wire) = ground.process();
    (engine, wire, lease)
}

async fn user(ground: &Ground, name: &str, path: &str, policies: &[String]) {
    let aws = ground.aws();
    let user = NewUser {
        name: name.into(),
        path: path.into(),
        boundary: None,
        tags: Vec::new(),
    };
    aws.create_user(&user).await.unwrap();
    for policy in policies {
        let document = guard::cut_document();
        aws.put_user_policy(name, policy, &document).await.unwrap();
    }
}

async fn exists(ground: &Ground, name: &str) -> bool {
    ground.aws().get_user(name).await.is_ok()
}

#[tokio::test(start_paused = true)]
async fn without_the_permission_the_answer_says_how_to_allow_it() {
    let ground = Ground::new().await;
    let (engine, _) = ground.process();
    let list = engine.orphans().list(None).await.unwrap();
    assert!(list.orphans.is_empty());
    let problem = &list.problems[0].problem;
    assert_eq!(problem.code, Code::AwsDenied);
    let hint = problem.hint.as_deref().unwrap();
    assert!(
        hint.contains("iam:ListUsers") && hint.contains("user/leases/payments/*"),
        "{hint}"
    );
    let refused = engine.orphans().remove(None, "nobody").await.unwrap_err();
    assert_eq!(refused.code, Code::AwsDenied);
}

#[tokio::test(start_paused = true)]
async fn users_of_leases_are_no_orphans_and_all_others_under_the_path_are() {
    let ground = listing().await;
    let (engine, _) = ground.process();
    engine.leases().issue(&request("s3-upload")).await.unwrap();
    let other = InstallationId::generate().unwrap();
    user(
        &ground,
        "theirs",
        "/leases/payments/",
        &[guard::self_name(&other)],
    )
    .await;
    user(&ground, "somebody", "/leases/payments/", &["mine".into()]).await;
    user(&ground, "elsewhere", "/people/", &[]).await;
    let list = engine.orphans().list(Some("practice")).await.unwrap();
    let found: Vec<_> = list
        .orphans
        .iter()
        .map(|o| (o.user_name.as_str(), o.origin))
        .collect();
    assert_eq!(
        found,
        [
            ("theirs", Origin::OtherInstallation),
            ("somebody", Origin::Foreign)
        ]
    );
    assert_eq!(
        list.orphans[0].installation.as_deref(),
        Some(other.as_str())
    );
    for name in ["theirs", "somebody"] {
        for refused in [
            engine.orphans().adopt(None, name).await.unwrap_err(),
            engine.orphans().remove(None, name).await.unwrap_err(),
        ] {
            assert_eq!(refused.code, Code::Refused, "{refused:?}");
        }
        assert!(exists(&ground, name).await);
    }
    assert_eq!(
        engine
            .orphans()
            .remove(None, "nobody")
            .await
            .unwrap_err()
            .code,
        Code::NotFound
    );
    // Reconciling shows the same.
    let report = engine.leases().reconcile(None).await.unwrap();
    assert_eq!(report.orphans, list.orphans);
}

#[tokio::test(start_paused = true)]
async fn of_the_root_path_only_users_with_marks_are_shown() {
    let ground = listing().await;
    let (engine, _) = ground.process();
    let mut recipe = draft("rootish");
    recipe.iam_path = "/".into();
    engine.secrets().add(&recipe).unwrap();
    let other = InstallationId::generate().unwrap();
    user(&ground, "alice", "/", &[]).await;
    user(&ground, "theirs", "/", &[guard::cut_name(&other)]).await;
    user(&ground, "placed", "/people/", &[]).await;
    let list = engine.orphans().list(None).await.unwrap();
    let found: Vec<_> = list.orphans.iter().map(|o| o.user_name.as_str()).collect();
    assert_eq!(found, ["theirs"], "a company's people are nobody's orphans");
}

#[tokio::test(start_paused = true)]
async fn a_lost_lease_is_adopted_with_its_expiry_and_ends_as_any_other() {
    let ground = listing().await;
    let (engine, _, lease) = lost(&ground).await;
    assert!(ground.leases(&engine).is_empty());
    let list = engine.orphans().list(None).await.unwrap();
    assert_eq!(list.orphans[0].origin, Origin::Ours);
    assert_eq!(list.orphans[0].expires_at, Some(lease.expires_at));
    let adopted = engine
        .orphans()
        .adopt(None, &lease.user_name)
        .await
        .unwrap();
    assert_eq!(adopted.state, State::Active);
    assert_eq!(adopted.expires_at, lease.expires_at);
    assert_eq!(adopted.max_expires_at, lease.max_expires_at);
    assert_eq!(adopted.access_key_id, lease.access_key_id);
    assert_eq!(adopted.secret, "s3-upload");
    assert!(
        engine
            .orphans()
            .list(None)
            .await
            .unwrap()
            .orphans
            .is_empty()
    );
    // A look takes nothing of it away, though what its documents say is not known.
    let report = engine.leases().reconcile(None).await.unwrap();
    assert_eq!(report.found, []);
    ground.assert_guarded(&engine, &adopted).await;
    let renewed = engine
        .leases()
        .renew(&adopted.id, &Renewal::Default)
        .await
        .unwrap();
    assert_eq!(renewed.expires_at, lease.expires_at + TimeDelta::hours(1));
    ground.clock.advance(TimeDelta::hours(3));
    let over = || engine.leases().show(&adopted.id).unwrap().lease.state == State::Revoked;
    ground.run_until(&engine, over).await;
    assert!(!exists(&ground, &lease.user_name).await);
}

#[tokio::test(start_paused = true)]
async fn a_lost_lease_is_removed_through_the_ledger() {
    let ground = listing().await;
    let (engine, _, lease) = lost(&ground).await;
    let removed = engine
        .orphans()
        .remove(None, &lease.user_name)
        .await
        .unwrap();
    assert_eq!(removed.state, State::Revoked);
    assert!(!exists(&ground, &lease.user_name).await);
    let events = engine.leases().show(&removed.id).unwrap().events;
    let kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["adopted", "cut", "ended"]);
}

#[tokio::test(start_paused = true)]
async fn a_removal_that_aws_puts_off_goes_on_by_itself() {
    let ground = listing().await;
    let (engine, wire, lease) = lost(&ground).await;
    wire.rule(Rule::always("DeleteUser", Fault::DENIED));
    let removed = engine
        .orphans()
        .remove(None, &lease.user_name)
        .await
        .unwrap();
    assert_eq!(removed.state, State::AccessCut);
    assert!(removed.reason.is_some());
    wire.heal();
    let over = || engine.leases().show(&removed.id).unwrap().lease.state == State::Revoked;
    ground.run_until(&engine, over).await;
}

#[tokio::test(start_paused = true)]
async fn a_user_of_ours_without_a_dated_guard_or_key_can_only_be_removed() {
    let ground = listing().await;
    let (engine, _, lease) = lost(&ground).await;
    let aws = ground.aws();
    for key in aws.list_access_keys(&lease.user_name).await.unwrap() {
        aws.delete_access_key(&lease.user_name, &key.id)
            .await
            .unwrap();
    }
    let refused = engine
        .orphans()
        .adopt(None, &lease.user_name)
        .await
        .unwrap_err();
    assert!(refused.message.contains("no key"), "{refused:?}");
    let whose = engine.orphans().list(None).await.unwrap().orphans[0]
        .installation
        .clone();
    let whose = InstallationId::parse(&whose.unwrap()).unwrap();
    let dated = guard::until_name(Moment::from(lease.expires_at), &whose);
    aws.delete_user_policy(&lease.user_name, &dated)
        .await
        .unwrap();
    let refused = engine
        .orphans()
        .adopt(None, &lease.user_name)
        .await
        .unwrap_err();
    assert!(refused.message.contains("no dated guard"), "{refused:?}");
    assert!(ground.leases(&engine).is_empty());
    let removed = engine
        .orphans()
        .remove(None, &lease.user_name)
        .await
        .unwrap();
    assert_eq!(removed.state, State::Revoked);
}

#[tokio::test(start_paused = true)]
async fn a_user_that_was_replaced_since_it_was_listed_is_not_touched() {
    let ground = listing().await;
    let (engine, wire, lease) = lost(&ground).await;
    let listed = format!(
        "<ListUsersResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListUsersResult>\
         <Users><member><Path>{}</Path><UserName>{name}</UserName><UserId>AIDAEARLIER</UserId>\
         <Arn>arn:aws:iam::{}:user{}{name}</Arn><CreateDate>2026-11-21T10:00:00Z</CreateDate>\
         </member></Users><IsTruncated>false</IsTruncated></ListUsersResult></ListUsersResponse>",
        lease.iam_path,
        lease.account_id,
        lease.iam_path,
        name = lease.user_name,
    );
    wire.rule(Rule::always("ListUsers", Fault::Answer(listed)));
    for refused in [
        engine
            .orphans()
            .remove(None, &lease.user_name)
            .await
            .unwrap_err(),
        engine
            .orphans()
            .adopt(None, &lease.user_name)
            .await
            .unwrap_err(),
    ] {
        assert_eq!(refused.code, Code::AwsForeign, "{refused:?}");
    }
    assert!(ground.leases(&engine).is_empty());
    assert!(exists(&ground, &lease.user_name).await);
}
