//! What AWS and the network may do to an issue, a renewal and a revoke.

use leasehold_domain::Code;
use leasehold_engine::wire::State;
use leasehold_engine::{IssueRequest, Issued, Renewal};

use crate::support::{Fault, Ground, Rule, Settled, draft, request};

async fn issue_through(rule: Rule) -> (Ground, leasehold_engine::Engine, crate::support::Wire) {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    wire.rule(rule);
    let issued = engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap_or_else(|problem| panic!("{problem:?} after {:?}", wire.actions()));
    assert_eq!(issued.lease.state, State::Active);
    assert!(matches!(
        ground.settled(&engine, &issued.lease.id).await,
        Settled::Active
    ));
    let keys = ground
        .aws()
        .list_access_keys(&issued.lease.user_name)
        .await
        .unwrap();
    assert_eq!(keys.len(), 1, "exactly one key");
    assert_eq!(keys[0].id, issued.credentials.access_key_id);
    assert_eq!(ground.leases(&engine).len(), 1);
    ground.assert_secret(&wire.secrets(), "");
    (ground, engine, wire)
}

/// Issues into a fault that cannot be overcome: no key is handed out and no user stays.
async fn issue_fails(rules: &[Rule], code: Code) -> (Ground, leasehold_engine::Engine) {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let mut events = engine.subscribe();
    for rule in rules {
        wire.rule(rule.clone());
    }
    let problem = engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap_err();
    assert_eq!(problem.code, code, "{problem:?}");
    let id = ground.leases(&engine)[0].id.clone();
    wire.heal();
    ground
        .run_until(&engine, || {
            engine.leases().show(&id).unwrap().lease.state == State::Failed
        })
        .await;
    assert!(matches!(
        ground.settled(&engine, &id).await,
        Settled::Rest(State::Failed)
    ));
    let mut said = format!("{problem:?} {engine:?} {:?}", engine.leases().show(&id));
    while let Ok(event) = events.try_recv() {
        said.push_str(&format!("{event:?}"));
    }
    ground.assert_secret(&wire.secrets(), &said);
    (ground, engine)
}

#[tokio::test(start_paused = true)]
async fn a_lost_create_user_answer_ends_in_one_active_lease() {
    let (_ground, _engine, wire) =
        issue_through(Rule::first(1, "CreateUser", Fault::LostAnswer)).await;
    assert_eq!(wire.count("CreateUser"), 2, "the SDK asked again");
    assert_eq!(wire.count("GetUser"), 1, "and we looked whose it is");
}

#[tokio::test(start_paused = true)]
async fn a_lost_create_access_key_answer_leaves_exactly_one_key() {
    let (_ground, _engine, wire) =
        issue_through(Rule::first(1, "CreateAccessKey", Fault::LostAnswer)).await;
    assert_eq!(wire.count("CreateAccessKey"), 2);
    assert_eq!(wire.count("DeleteAccessKey"), 1, "the unknown one is gone");
}

#[tokio::test(start_paused = true)]
async fn a_server_error_to_create_access_key_is_treated_as_a_lost_answer() {
    let (_ground, _engine, wire) =
        issue_through(Rule::first(1, "CreateAccessKey", Fault::SERVER)).await;
    assert_eq!(wire.count("ListAccessKeys"), 1);
}

#[tokio::test(start_paused = true)]
async fn create_access_key_answers_lost_again_and_again_undo_the_lease() {
    let rule = Rule::always("CreateAccessKey", Fault::LostAnswer);
    issue_fails(&[rule], Code::AwsUnreachable).await;
}

#[tokio::test(start_paused = true)]
async fn a_throttled_create_access_key_is_asked_for_again() {
    let (_ground, _engine, wire) =
        issue_through(Rule::first(3, "CreateAccessKey", Fault::THROTTLE)).await;
    assert_eq!(wire.count("CreateAccessKey"), 4);
    assert_eq!(wire.count("ListAccessKeys"), 0, "none was made");
}

#[tokio::test(start_paused = true)]
async fn a_new_user_that_is_not_seen_at_first_is_waited_for() {
    issue_through(Rule::first(6, "PutUserPolicy", Fault::NO_USER)).await;
    issue_through(Rule::first(3, "CreateAccessKey", Fault::NO_USER)).await;
    issue_through(Rule::first(3, "AttachUserPolicy", Fault::NO_USER)).await;
}

#[tokio::test(start_paused = true)]
async fn concurrent_modification_falls_back_to_one_after_another() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    for action in ["PutUserPolicy", "AttachUserPolicy", "CreateAccessKey"] {
        wire.rule(Rule::first(3, action, Fault::CONCURRENT));
    }
    wire.latency(std::time::Duration::from_millis(10));
    let lease = engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap()
        .lease;
    let calls = wire.calls();
    let mut first_refused = calls.iter().skip(8).peekable();
    while let Some(call) = first_refused.next() {
        if let Some(next) = first_refused.peek() {
            assert!(next.start >= call.end.unwrap(), "{:?}", wire.actions());
        }
    }
    for action in ["DeleteUserPolicy", "DetachUserPolicy", "PutUserPolicy"] {
        wire.rule(Rule::first(2, action, Fault::CONCURRENT));
    }
    engine
        .leases()
        .renew(&lease.id, &Renewal::Default)
        .await
        .unwrap();
    let report = engine.leases().revoke(&[lease.id]).await.unwrap();
    assert_eq!(report.pending, []);
}

#[tokio::test(start_paused = true)]
async fn a_guard_that_is_denied_means_no_key_no_user_and_a_failed_lease() {
    for guard in ["leasehold-until-", "leasehold-self-"] {
        let rule = Rule::first(1, "PutUserPolicy", Fault::DENIED).holding(guard);
        let (ground, engine) = issue_fails(&[rule], Code::AwsDenied).await;
        let lease = ground.leases(&engine).pop().unwrap();
        assert_eq!(lease.access_key_id, None, "never shown, never recorded");
    }
}

#[tokio::test(start_paused = true)]
async fn a_user_that_cannot_be_looked_at_after_a_lost_answer_is_not_forgotten() {
    // The refusal is GetUser's; it proves nothing about CreateUser.
    let rules = [
        Rule::first(1, "CreateUser", Fault::LostAnswer),
        Rule::first(2, "GetUser", Fault::DENIED),
    ];
    let (_ground, engine) = issue_fails(&rules, Code::AwsDenied).await;
    drop(engine);
}

#[tokio::test(start_paused = true)]
async fn a_definite_refusal_of_create_user_rests_at_once() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    wire.rule(Rule::always("CreateUser", Fault::DENIED));
    engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap_err();
    assert_eq!(wire.actions(), ["CreateUser"]);
    assert_eq!(ground.leases(&engine)[0].state, State::Failed);
}

/// Issues while a user of the very name comes to be, under this path, before AWS gets to the
/// request. The user's name, what became of the issue, and what was asked of AWS.
async fn issue_of_a_taken_name(
    ground: &Ground,
    path: &str,
) -> (
    String,
    Result<Issued, leasehold_domain::Problem>,
    Vec<String>,
) {
    let (engine, wire) = ground.process();
    wire.rule(Rule::first(1, "CreateUser", Fault::Gate));
    let issuing = tokio::spawn({
        let engine = engine.clone();
        async move { engine.leases().issue(&request("s3-upload")).await }
    });
    while wire.count("CreateUser") == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let name = ground.leases(&engine)[0].user_name.clone();
    let user = leasehold_aws::NewUser {
        name: name.clone(),
        path: path.parse().unwrap(),
        boundary: None,
        tags: Vec::new(),
    };
    ground.aws().create_user(&user).await.unwrap();
    wire.open_gate();
    (name, issuing.await.unwrap(), wire.actions())
}

#[tokio::test(start_paused = true)]
async fn a_name_that_somebody_else_has_is_left_alone() {
    let ground = Ground::new().await;
    let (name, issued, actions) = issue_of_a_taken_name(&ground, "/people/").await;
    assert_eq!(issued.unwrap_err().code, Code::AwsAlreadyThere);
    assert_eq!(actions, ["CreateUser", "GetUser"], "it is not ours");
    assert!(ground.aws().get_user(&name).await.is_ok(), "it stays");
    let (engine, _) = ground.process();
    assert_eq!(ground.leases(&engine)[0].state, State::Failed);
}

/// The network delivered the request twice, and what came back is the answer to the second.
#[tokio::test(start_paused = true)]
async fn a_user_that_an_earlier_delivery_of_the_request_made_is_ours() {
    let ground = Ground::new().await;
    let (name, issued, _) = issue_of_a_taken_name(&ground, "/leases/payments/").await;
    let lease = issued.unwrap().lease;
    assert_eq!((lease.user_name, lease.state), (name, State::Active));
}

#[tokio::test(start_paused = true)]
async fn tags_that_may_not_be_set_are_left_out() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let mut tagged = draft("tagged");
    tagged.tags = vec![leasehold_engine::wire::TagView {
        key: "team".into(),
        value: "payments".into(),
    }];
    engine.secrets().add(&tagged).unwrap();
    let denied = Fault::Refuse(
        403,
        "AccessDenied",
        "User: arn:aws:iam::1:user/m is not authorized to perform: iam:TagUser on resource: \
         arn:aws:iam::1:user/x",
    );
    wire.rule(Rule::first(1, "CreateUser", denied));
    let lease = engine
        .leases()
        .issue(&request("tagged"))
        .await
        .unwrap()
        .lease;
    let events = engine.leases().show(&lease.id).unwrap().events;
    assert!(events.iter().any(|event| event.kind == "tags_left_out"));
}

#[tokio::test(start_paused = true)]
async fn an_issue_that_took_longer_than_its_ttl_is_undone_and_said_to_be() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    wire.rule(Rule::always("AttachUserPolicy", Fault::Gate));
    let issuing = tokio::spawn({
        let engine = engine.clone();
        async move {
            let ttl = Some("2m".to_owned());
            let request = IssueRequest {
                ttl,
                ..request("s3-upload")
            };
            engine.leases().issue(&request).await
        }
    });
    while wire.count("CreateAccessKey") == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    ground.clock.advance(chrono::TimeDelta::minutes(3));
    wire.open_gate();
    let problem = issuing.await.unwrap().unwrap_err();
    assert_eq!(problem.code, Code::Refused, "{problem:?}");
    assert!(problem.message.contains("time was over"), "{problem:?}");
    assert_eq!(ground.leases(&engine)[0].state, State::Failed);
}

#[tokio::test(start_paused = true)]
async fn what_blocks_the_deletion_is_named_with_the_action_that_is_missing() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let lease = engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap()
        .lease;
    let conflict = Fault::Refuse(
        409,
        "DeleteConflict",
        "Cannot delete entity, must delete login profile first.",
    );
    wire.rule(Rule::always("DeleteUser", conflict));
    let report = engine
        .leases()
        .revoke(std::slice::from_ref(&lease.id))
        .await
        .unwrap();
    assert_eq!(report.revoked, Vec::<String>::new());
    assert_eq!(report.pending[0].state, State::AccessCut);
    let blocked = engine.leases().show(&lease.id).unwrap().lease;
    let cleanup = blocked.cleanup.unwrap();
    assert_eq!(cleanup.blocked_by.as_deref(), Some("login profile"));
    assert_eq!((cleanup.done, cleanup.total), (3, 4));
    assert!(blocked.hint.unwrap().contains("iam:DeleteLoginProfile"));
    assert!(blocked.cut_at.is_some() && blocked.next_attempt_at.is_some());
    wire.heal();
    let report = engine.leases().retry_now(&lease.id).await.unwrap();
    assert_eq!(report.revoked, [lease.id]);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_may_not_be_deleted_is_denied_everything_instead() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let lease = engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap()
        .lease;
    wire.rule(Rule::always("DeleteAccessKey", Fault::DENIED));
    let report = engine
        .leases()
        .revoke(std::slice::from_ref(&lease.id))
        .await
        .unwrap();
    assert_eq!(report.pending[0].state, State::AccessCut);
    let inline = ground
        .aws()
        .list_user_policies(&lease.user_name)
        .await
        .unwrap();
    assert!(inline.iter().any(|name| name.starts_with("leasehold-cut-")));
    assert!(
        inline
            .iter()
            .any(|name| name.starts_with("leasehold-until-"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_renewal_whose_guard_is_refused_changes_nothing() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let desk = engine.leases();
    let lease = desk.issue(&request("s3-upload")).await.unwrap().lease;
    for fault in [Fault::DENIED, Fault::LostAnswer] {
        wire.rule(Rule::always("PutUserPolicy", fault));
        desk.renew(&lease.id, &Renewal::Default).await.unwrap_err();
        wire.heal();
        let now = desk.show(&lease.id).unwrap().lease;
        assert_eq!(now.expires_at, lease.expires_at);
        ground.assert_guarded(&engine, &now).await;
    }
    let renewed = desk.renew(&lease.id, &Renewal::Default).await.unwrap();
    ground.assert_guarded(&engine, &renewed).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_failed_renewal_left_is_removed_by_the_next_one() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let desk = engine.leases();
    let lease = desk.issue(&request("s3-upload")).await.unwrap().lease;
    wire.rule(Rule::always("PutUserPolicy", Fault::LostAnswer));
    wire.rule(Rule::always("DeleteUserPolicy", Fault::Reset));
    desk.renew(&lease.id, &Renewal::Default).await.unwrap_err();
    wire.heal();
    let inline = ground
        .aws()
        .list_user_policies(&lease.user_name)
        .await
        .unwrap();
    let dated = |names: &[String]| names.iter().filter(|n| n.contains("-until-")).count();
    assert_eq!(
        dated(&inline),
        2,
        "the later one is harmless: the earlier wins"
    );
    let renewed = desk
        .renew(&lease.id, &Renewal::By("30m".into()))
        .await
        .unwrap();
    ground.assert_guarded(&engine, &renewed).await;
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_could_not_take_the_old_guard_away_is_finished_later() {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    let desk = engine.leases();
    let lease = desk.issue(&request("s3-upload")).await.unwrap().lease;
    wire.rule(Rule::always("DeleteUserPolicy", Fault::LostAnswer));
    let problem = desk.renew(&lease.id, &Renewal::Default).await.unwrap_err();
    assert_eq!(problem.code, Code::Pending, "{problem:?}");
    assert_eq!(
        desk.show(&lease.id).unwrap().lease.expires_at,
        lease.expires_at
    );
    // The old guard is gone by now. A new guard that cannot be put again must not be taken away.
    wire.heal();
    wire.rule(Rule::first(2, "PutUserPolicy", Fault::DENIED));
    ground
        .run_until(&engine, || {
            desk.show(&lease.id).unwrap().lease.expires_at > lease.expires_at
        })
        .await;
    let dated = wire.calls().into_iter().filter(|call| {
        let name = call.params.get("PolicyName");
        call.action == "PutUserPolicy" && name.is_some_and(|n| n.starts_with("leasehold-until-"))
    });
    assert!(dated.count() > 1 + 1 + 2, "{:?}", wire.actions());
    let renewed = desk.show(&lease.id).unwrap().lease;
    assert_eq!(
        renewed.expires_at - lease.expires_at,
        chrono::TimeDelta::hours(1)
    );
    ground.assert_guarded(&engine, &renewed).await;
}
