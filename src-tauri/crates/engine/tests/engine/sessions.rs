//! Leases that are sessions of STS: got, used, cut before their time or not, over by themselves, and found
//! again after a crash.

use chrono::{TimeDelta, Utc};
use leasehold_aws::{Aws, AwsErrorKind, ClockOffset, Endpoint, Limiter};
use leasehold_domain::{Code, Credential};
use leasehold_engine::wire::{
    EndReason, Format, LeaseView, RevokeEffect, SecretDraft, State, Verdict,
};
use leasehold_engine::{
    Credentials, CredentialsRequest, Engine, IssueRequest, Issued, LeaseQuery, Renewal,
};
use leasehold_practice::ACCOUNT_ID;
use secrecy::ExposeSecret;

use crate::support::{Fault, Ground, Moment, Rule, Wire, request};

/// A session policy that limits nothing of what these tests do.
const ALL: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

fn draft(name: &str, credential_type: &str) -> SecretDraft {
    SecretDraft {
        name: name.into(),
        environment: "development".into(),
        connection: "practice".into(),
        default_ttl: "1h".into(),
        max_ttl: "12h".into(),
        credential_type: credential_type.into(),
        ..SecretDraft::default()
    }
}

fn arn(role: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT_ID}:role/practice/{role}")
}

/// Sessions of a role whose sessions may be cut.
fn reader() -> SecretDraft {
    SecretDraft {
        role_arn: arn("practice-reader"),
        ..draft("reader", "assumed_role")
    }
}

/// Sessions of a role on which the managing user may put no policy.
fn partner() -> SecretDraft {
    SecretDraft {
        role_arn: arn("practice-partner"),
        external_id: "practice".into(),
        ..draft("partner", "assumed_role")
    }
}

fn federated() -> SecretDraft {
    SecretDraft {
        policy_documents: vec![ALL.into()],
        ..draft("upload", "federation_token")
    }
}

async fn ground() -> (Ground, Engine, Wire) {
    let ground = Ground::new().await;
    let (engine, wire) = ground.process();
    for draft in [reader(), partner(), federated()] {
        engine.secrets().add(&draft).unwrap();
    }
    (ground, engine, wire)
}

async fn issued(engine: &Engine, secret: &str) -> Issued {
    engine.leases().issue(&request(secret)).await.unwrap()
}

fn shown(engine: &Engine, id: &str) -> LeaseView {
    engine.leases().show(id).unwrap().lease
}

/// AWS's own client with a leased key.
fn client(ground: &Ground, key: &Credentials) -> Aws {
    use leasehold_engine::Clock as _;
    let endpoint = Endpoint {
        region: "us-east-1".into(),
        url: None,
        http: Some(ground.practice.http_client()),
    };
    let ahead = (ground.clock.now() - Utc::now()).num_milliseconds();
    Aws::new(
        &key.access_key_id,
        &key.secret_access_key,
        key.session_token.as_ref(),
        &endpoint,
        ClockOffset::new(ahead),
        Limiter::unshared(),
    )
}

/// Whether the role's rights reach the session.
async fn may_list(ground: &Ground, key: &Credentials) -> bool {
    match client(ground, key).list_users("/").await {
        Ok(_) => true,
        Err(error) => {
            assert!(
                matches!(error.kind, AwsErrorKind::Denied { .. }),
                "{error:?}"
            );
            false
        }
    }
}

/// Names of the inline policies of the role, as AWS knows them.
fn cuts(ground: &Ground) -> usize {
    let state = std::fs::read_to_string(ground.folder.path().join("practice/practice.json"));
    state.unwrap().matches("\"leasehold-cut-").count()
}

#[tokio::test(start_paused = true)]
async fn a_session_of_a_role_works_and_says_what_can_be_done_with_it() {
    let (ground, engine, wire) = ground().await;
    let one = issued(&engine, "reader").await;
    let lease = &one.lease;
    assert_eq!(lease.state, State::Active);
    assert!(lease.user_name.starts_with("lh-reader-"), "{lease:?}");
    let id = lease.user_id.clone().unwrap();
    assert!(
        id.starts_with("AROA") && id.ends_with(&lease.user_name),
        "{id}"
    );
    assert!(lease.access_key_id.as_deref().unwrap().starts_with("ASIA"));
    assert_eq!(
        lease.credential,
        Credential::AssumedRole {
            role_arn: arn("practice-reader"),
            external_id: None
        }
    );
    assert_eq!(lease.expires_at, lease.max_expires_at);
    assert_eq!(
        (lease.renewable, lease.revoke_effect),
        (false, RevokeEffect::MayDenySession)
    );
    let note = lease.revoke_note.clone().unwrap();
    assert!(note.contains("It ends by itself at "), "{note}");
    assert_eq!(wire.count("AssumeRole"), 1);
    assert!(may_list(&ground, &one.credentials).await);
    let process = one.credentials.render(Format::Process, "x").unwrap();
    assert!(process.expose_secret().contains("SessionToken"));

    let refused = engine.leases().renew(&lease.id, &Renewal::Default).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code, Code::Refused);
    assert!(refused.hint.unwrap().contains("leasehold lease create"));
    let mut secrets = wire.secrets();
    secrets.push(
        one.credentials
            .session_token
            .unwrap()
            .expose_secret()
            .to_owned(),
    );
    ground.assert_secret(&secrets, &format!("{:?}", one.lease));
}

#[tokio::test(start_paused = true)]
async fn a_revoke_denies_exactly_this_session_and_the_policy_goes_after_its_end() {
    let (ground, engine, wire) = ground().await;
    let (one, other) = (
        issued(&engine, "reader").await,
        issued(&engine, "reader").await,
    );
    let report = engine
        .leases()
        .revoke(std::slice::from_ref(&one.lease.id))
        .await
        .unwrap();
    assert_eq!(report.revoked, std::slice::from_ref(&one.lease.id));
    assert!(report.pending.is_empty());
    let lease = shown(&engine, &one.lease.id);
    assert_eq!(lease.state, State::AccessCut);
    assert!(lease.cut_at.is_some());
    assert_eq!(lease.cleanup.unwrap().steps.len(), 2);
    assert!(!may_list(&ground, &one.credentials).await);
    assert!(
        may_list(&ground, &other.credentials).await,
        "another session of the role"
    );
    assert_eq!(cuts(&ground), 1);

    ground.clock.advance(TimeDelta::minutes(59));
    engine.look_again();
    ground.clock.advance(TimeDelta::minutes(7));
    ground
        .run_until(&engine, || {
            shown(&engine, &one.lease.id).state == State::Revoked
        })
        .await;
    assert_eq!(cuts(&ground), 0);
    assert_eq!(wire.count("DeleteRolePolicy"), 1);
    let lease = shown(&engine, &one.lease.id);
    assert_eq!(lease.end_reason, Some(EndReason::ByUs));
    // Nobody asked for the end of the other one, and nothing was asked of AWS for it.
    let other = shown(&engine, &other.lease.id);
    assert_eq!(
        (other.state, other.end_reason),
        (State::Expired, Some(EndReason::Expired))
    );
}

#[tokio::test(start_paused = true)]
async fn what_aws_does_not_let_be_cut_is_pending_with_the_statement_to_add_and_then_expired() {
    let (ground, engine, _wire) = ground().await;
    let one = issued(&engine, "partner").await;
    let id = one.lease.id.clone();
    let report = engine
        .leases()
        .revoke(std::slice::from_ref(&id))
        .await
        .unwrap();
    assert!(report.revoked.is_empty());
    let pending = &report.pending[0];
    assert_eq!(pending.state, State::Revoking);
    let reason = pending.reason.clone().unwrap();
    assert!(
        reason.contains("iam:PutRolePolicy") && reason.contains("It ends by itself at"),
        "{reason}"
    );
    let lease = shown(&engine, &id);
    assert_eq!(lease.revoke_effect, RevokeEffect::EndsByItself);
    assert_eq!(
        lease.cleanup.clone().unwrap().missing_action.as_deref(),
        Some("iam:PutRolePolicy")
    );
    let hint = lease.hint.unwrap();
    assert!(
        hint.contains(r#""Action":["iam:PutRolePolicy","iam:DeleteRolePolicy"]"#),
        "{hint}"
    );
    assert!(hint.contains(&arn("practice-partner")), "{hint}");
    assert_eq!(cuts(&ground), 0);

    ground.clock.advance(TimeDelta::minutes(61));
    ground
        .run_until(&engine, || shown(&engine, &id).state == State::Expired)
        .await;
    let lease = shown(&engine, &id);
    assert_eq!(lease.end_reason, Some(EndReason::Expired));
    assert_eq!(
        (lease.cut_at, lease.ended_at),
        (None, Some(lease.expires_at))
    );
}

#[tokio::test(start_paused = true)]
async fn a_permission_that_is_given_meanwhile_is_used_by_the_next_try() {
    let (ground, engine, _wire) = ground().await;
    let one = issued(&engine, "partner").await;
    let id = one.lease.id.clone();
    engine
        .leases()
        .revoke(std::slice::from_ref(&id))
        .await
        .unwrap();
    let role = arn("practice-partner");
    let statement = leasehold_domain::session::cut_statement(&role);
    ground.manager_may(Some(&statement)).await;
    ground
        .run_until(&engine, || shown(&engine, &id).state == State::AccessCut)
        .await;
    assert_eq!(cuts(&ground), 1);
}

#[tokio::test(start_paused = true)]
async fn a_federation_token_ends_by_itself_and_no_revoke_asks_aws() {
    let (ground, engine, wire) = ground().await;
    let one = issued(&engine, "upload").await;
    assert_eq!(one.lease.revoke_effect, RevokeEffect::EndsByItself);
    let name = &one.lease.user_name;
    assert!(name.len() <= 32, "{name}");
    assert_eq!(one.lease.user_id, Some(format!("{ACCOUNT_ID}:{name}")));
    wire.forget_calls();
    let report = engine.leases().revoke_all().await.unwrap();
    assert_eq!((report.revoked.len(), report.pending.len()), (0, 1));
    let reason = report.pending[0].reason.clone().unwrap();
    assert!(
        reason.contains("federation token") && reason.contains("ends by itself at"),
        "{reason}"
    );
    ground.clock.advance(TimeDelta::minutes(61));
    ground
        .run_until(&engine, || {
            shown(&engine, &one.lease.id).state == State::Expired
        })
        .await;
    assert_eq!(wire.actions(), Vec::<String>::new());
    let again = engine
        .leases()
        .revoke(std::slice::from_ref(&one.lease.id))
        .await
        .unwrap();
    assert_eq!((again.ended, again.revoked.len()), (vec![one.lease.id], 0));
}

#[tokio::test(start_paused = true)]
async fn an_expiry_needs_no_aws_and_no_keychain() {
    let (ground, engine, wire) = ground().await;
    let ids: Vec<String> = [
        issued(&engine, "reader").await,
        issued(&engine, "partner").await,
        issued(&engine, "upload").await,
    ]
    .map(|one| one.lease.id)
    .into();
    wire.rule(Rule::always("*", Fault::Reset));
    wire.forget_calls();
    ground.clock.advance(TimeDelta::minutes(61));
    ground
        .run_until(&engine, || {
            ids.iter()
                .all(|id| shown(&engine, id).state == State::Expired)
        })
        .await;
    assert_eq!(wire.actions(), Vec::<String>::new());
    let open = engine.leases().list(&LeaseQuery::default()).unwrap();
    assert!(open.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_start_after_the_end_finds_it_over_though_aws_cannot_be_asked() {
    let (ground, engine, _wire) = ground().await;
    let id = issued(&engine, "upload").await.lease.id;
    engine.close();
    ground.clock.advance(TimeDelta::hours(3));
    let (engine, wire) = ground.process();
    wire.rule(Rule::always("*", Fault::Reset));
    ground
        .run_until(&engine, || shown(&engine, &id).state == State::Expired)
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_told_as_what_it_is_and_ends_by_itself() {
    let (ground, engine, wire) = ground().await;
    wire.rule(Rule::always("AssumeRole", Fault::LostAnswer));
    let asked = engine.leases().issue(&request("reader")).await.unwrap_err();
    let hint = asked.hint.unwrap();
    assert!(hint.contains("nobody has its key"), "{hint}");
    let lease = ground.leases(&engine).remove(0);
    assert_eq!(lease.state, State::Revoking);
    assert_eq!(lease.end_reason, Some(EndReason::IssueFailed));
    assert!(lease.reason.unwrap().contains("nobody can use it"));
    wire.heal();
    wire.forget_calls();
    ground.clock.advance(TimeDelta::minutes(62));
    ground
        .run_until(&engine, || shown(&engine, &lease.id).state == State::Failed)
        .await;
    assert_eq!(wire.actions(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn what_aws_refuses_leaves_nothing_and_names_the_field() {
    let (ground, engine, wire) = ground().await;
    let ask = |secret: &str, ttl: &str| IssueRequest {
        ttl: Some(ttl.into()),
        ..request(secret)
    };
    // The practice role gives two hours, and the managing user may look at it.
    let too_long = engine
        .leases()
        .issue(&ask("reader", "3h"))
        .await
        .unwrap_err();
    assert!(too_long.message.contains("at most 2h"), "{too_long:?}");
    assert_eq!(too_long.field.as_deref(), Some("ttl"));
    // The other one gives an hour, which nobody may look up.
    let unknown = engine
        .leases()
        .issue(&ask("partner", "2h"))
        .await
        .unwrap_err();
    assert!(
        unknown.hint.as_deref().unwrap().contains("iam:GetRole"),
        "{unknown:?}"
    );
    let mut wrong_id = partner();
    wrong_id.name = "wrong-id".into();
    wrong_id.external_id = "another".into();
    engine.secrets().add(&wrong_id).unwrap();
    let denied = engine
        .leases()
        .issue(&request("wrong-id"))
        .await
        .unwrap_err();
    assert_eq!(
        (denied.code, denied.field.as_deref()),
        (Code::AwsDenied, Some("role_arn"))
    );
    let mut packed = reader();
    packed.name = "packed".into();
    let tag = |n: usize| leasehold_engine::wire::TagView {
        key: format!("key-{n}"),
        value: "x".repeat(250),
    };
    packed.tags = (0..40).map(tag).collect();
    engine.secrets().add(&packed).unwrap();
    let packed = engine.leases().issue(&request("packed")).await.unwrap_err();
    assert_eq!(
        (packed.code, packed.field.as_deref()),
        (Code::AwsLimit, Some("policy_documents"))
    );
    for lease in ground.leases(&engine) {
        assert_eq!(lease.state, State::Failed, "{lease:?}");
    }
    // Shorter than STS gives is refused before AWS is asked.
    wire.forget_calls();
    let short = engine
        .leases()
        .issue(&ask("reader", "5m"))
        .await
        .unwrap_err();
    assert_eq!(
        (short.code, short.field.as_deref()),
        (Code::InvalidInput, Some("ttl"))
    );
    assert_eq!(wire.actions(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn session_policies_and_tags_reach_aws() {
    let (ground, engine, wire) = ground().await;
    let mut limited = reader();
    limited.name = "limited".into();
    limited.policy_documents = vec![
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#
            .into(),
    ];
    limited.tags = vec![leasehold_engine::wire::TagView {
        key: "team".into(),
        value: "pay".into(),
    }];
    engine.secrets().add(&limited).unwrap();
    let one = issued(&engine, "limited").await;
    assert!(
        !may_list(&ground, &one.credentials).await,
        "the role may, the session may not"
    );
    let calls = wire.calls();
    let call = calls
        .iter()
        .find(|call| call.action == "AssumeRole")
        .unwrap();
    assert_eq!(call.params["Tags.member.1.Key"], "team");
    assert_eq!(call.params["DurationSeconds"], "3600");
}

#[tokio::test(start_paused = true)]
async fn a_kept_session_is_handed_out_again_with_its_token() {
    let (ground, engine, wire) = ground().await;
    let first = engine
        .credentials(&CredentialsRequest::of("reader"))
        .await
        .unwrap();
    let again = engine
        .credentials(&CredentialsRequest::of("reader"))
        .await
        .unwrap();
    assert_eq!(wire.count("AssumeRole"), 1);
    let token = |issued: &Issued| {
        let token = issued.credentials.session_token.as_ref().unwrap();
        token.expose_secret().to_owned()
    };
    assert_eq!(token(&first), token(&again));
    ground.assert_secret(&[token(&first)], "");
    assert!(may_list(&ground, &again.credentials).await);
    // Once its end was asked for, also where it cannot come before its time, it is handed out no more.
    let kept = engine
        .credentials(&CredentialsRequest::of("upload"))
        .await
        .unwrap();
    engine
        .leases()
        .revoke(std::slice::from_ref(&kept.lease.id))
        .await
        .unwrap();
    assert!(!shown(&engine, &kept.lease.id).kept);
    let fresh = engine
        .credentials(&CredentialsRequest::of("upload"))
        .await
        .unwrap();
    assert_ne!(fresh.lease.id, kept.lease.id);
}

/// A process that dies at its `n`-th call while it does this.
async fn dies(ground: &Ground, id: Option<&str>, n: usize, moment: Moment) -> bool {
    let (engine, wire) = ground.process();
    wire.die_at(n, moment);
    let id = id.map(str::to_owned);
    let mut task = tokio::spawn({
        let engine = engine.clone();
        async move {
            match id {
                None => drop(engine.leases().issue(&request("reader")).await),
                Some(id) => drop(engine.leases().revoke(&[id]).await),
            }
        }
    });
    tokio::select! {
        () = wire.death() => {}
        done = &mut task => { done.unwrap(); return false; }
    }
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    true
}

#[tokio::test(start_paused = true)]
async fn an_issue_killed_at_its_call_leaves_a_row_that_says_so_until_the_end() {
    for moment in [Moment::Before, Moment::After] {
        let (ground, engine, _wire) = ground().await;
        engine.close();
        assert!(dies(&ground, None, 1, moment).await);
        ground.clock.advance(TimeDelta::minutes(2));
        let (engine, _) = ground.process();
        let id = ground.leases(&engine)[0].id.clone();
        ground
            .run_until(&engine, || shown(&engine, &id).state == State::Revoking)
            .await;
        let lease = shown(&engine, &id);
        assert_eq!(lease.end_reason, Some(EndReason::IssueFailed));
        // It may have been opened a moment before the claim of the dead process ran out.
        use leasehold_engine::Clock as _;
        assert!(
            lease.expires_at >= ground.clock.now() + TimeDelta::minutes(50),
            "{lease:?}"
        );
        ground.clock.advance(TimeDelta::minutes(62));
        ground
            .run_until(&engine, || shown(&engine, &id).state == State::Failed)
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_cut_killed_at_its_call_is_finished_and_its_policy_never_stays() {
    for moment in [Moment::Before, Moment::After] {
        let (ground, engine, _wire) = ground().await;
        let one = issued(&engine, "reader").await;
        engine.close();
        let id = one.lease.id.clone();
        assert!(dies(&ground, Some(&id), 1, moment).await);
        // Past the dead one's claim.
        ground.clock.advance(TimeDelta::minutes(2));
        let (engine, _) = ground.process();
        ground
            .run_until(&engine, || shown(&engine, &id).state == State::AccessCut)
            .await;
        assert_eq!(cuts(&ground), 1);
        assert!(!may_list(&ground, &one.credentials).await);
        ground.clock.advance(TimeDelta::minutes(66));
        ground
            .run_until(&engine, || shown(&engine, &id).state == State::Revoked)
            .await;
        assert_eq!(cuts(&ground), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_cut_that_was_killed_and_whose_time_is_over_leaves_no_policy_either() {
    let (ground, engine, _wire) = ground().await;
    let one = issued(&engine, "reader").await;
    engine.close();
    let id = one.lease.id.clone();
    assert!(dies(&ground, Some(&id), 1, Moment::After).await);
    assert_eq!(cuts(&ground), 1, "AWS acted, and nobody heard");
    ground.clock.advance(TimeDelta::hours(2));
    let (engine, _) = ground.process();
    ground
        .run_until(&engine, || shown(&engine, &id).state == State::Expired)
        .await;
    assert_eq!(cuts(&ground), 0);
}

#[tokio::test(start_paused = true)]
async fn a_full_role_and_a_lost_answer_to_the_cut_are_retried() {
    let (ground, engine, wire) = ground().await;
    let one = issued(&engine, "reader").await;
    let full = Fault::Refuse(
        409,
        "LimitExceeded",
        "Maximum policy size of 10240 bytes exceeded",
    );
    wire.rule(Rule::first(1, "PutRolePolicy", full));
    let report = engine
        .leases()
        .revoke(std::slice::from_ref(&one.lease.id))
        .await
        .unwrap();
    let reason = report.pending[0].reason.clone().unwrap();
    assert!(reason.contains("ends by itself at"), "{reason}");
    assert!(
        shown(&engine, &one.lease.id)
            .hint
            .unwrap()
            .contains("10,240")
    );
    ground
        .run_until(&engine, || {
            shown(&engine, &one.lease.id).state == State::AccessCut
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_cannot_be_taken_off_again_is_told_of_and_tried_again() {
    let (ground, engine, wire) = ground().await;
    let one = issued(&engine, "reader").await;
    engine
        .leases()
        .revoke(std::slice::from_ref(&one.lease.id))
        .await
        .unwrap();
    wire.rule(Rule::first(2, "DeleteRolePolicy", Fault::DENIED));
    ground.clock.advance(TimeDelta::minutes(66));
    ground
        .run_until(&engine, || shown(&engine, &one.lease.id).attempts > 0)
        .await;
    let lease = shown(&engine, &one.lease.id);
    assert_eq!(lease.state, State::AccessCut);
    assert!(
        lease
            .reason
            .unwrap()
            .contains("is still on the role practice-reader")
    );
    ground
        .run_until(&engine, || {
            shown(&engine, &one.lease.id).state == State::Revoked
        })
        .await;
    assert_eq!(cuts(&ground), 0);
}

#[tokio::test(start_paused = true)]
async fn a_look_puts_the_policy_of_a_cut_back_until_the_session_is_over() {
    let (ground, engine, wire) = ground().await;
    let one = issued(&engine, "reader").await;
    let id = std::slice::from_ref(&one.lease.id);
    engine.leases().revoke(id).await.unwrap();
    let cut = engine.leases().show(&id[0]).unwrap().inline_policies;
    // Somebody tidies the role up.
    let manager = ground.practice.manager_keys();
    let manager = Credentials {
        access_key_id: manager.0,
        secret_access_key: manager.1,
        session_token: None,
        ..one.credentials.clone()
    };
    let aws = client(&ground, &manager);
    aws.delete_role_policy("practice-reader", &cut[0])
        .await
        .unwrap();
    assert!(may_list(&ground, &one.credentials).await);
    engine.leases().reconcile(None).await.unwrap();
    assert!(!may_list(&ground, &one.credentials).await);
    assert_eq!(cuts(&ground), 1);
    assert_eq!(shown(&engine, &id[0]).state, State::AccessCut);
    // Past its end nothing is put any more.
    ground.clock.advance(TimeDelta::minutes(61));
    wire.forget_calls();
    engine.leases().reconcile(None).await.unwrap();
    assert_eq!(wire.count("PutRolePolicy"), 0);
    ground.clock.advance(TimeDelta::minutes(5));
    engine.leases().reconcile(None).await.unwrap();
    assert_eq!(cuts(&ground), 0);
    assert_eq!(shown(&engine, &id[0]).state, State::Revoked);
}

#[tokio::test(start_paused = true)]
async fn a_secret_with_sessions_goes_when_the_last_of_them_is_over() {
    let (ground, engine, _wire) = ground().await;
    let one = issued(&engine, "upload").await;
    let report = engine.secrets().remove("upload", true).await.unwrap();
    assert_eq!(report.pending.len(), 1);
    assert!(engine.secrets().show("upload").unwrap().deleting);
    ground.clock.advance(TimeDelta::minutes(61));
    ground
        .run_until(&engine, || {
            shown(&engine, &one.lease.id).state == State::Expired
        })
        .await;
    assert!(engine.secrets().show("upload").is_err());
}

#[tokio::test(start_paused = true)]
async fn a_preflight_says_of_sessions_what_is_known_and_what_never_is() {
    let (_ground, engine, _wire) = ground().await;
    let found = engine.secrets().preflight("reader", false).await.unwrap();
    assert_eq!(found.renew, Verdict::NotPossible);
    assert_eq!(found.issue, Verdict::Unknown);
    let found = engine.secrets().preflight("reader", true).await.unwrap();
    assert!(found.canary.as_ref().unwrap().passed, "{:?}", found.canary);
    assert_eq!(
        (found.issue, found.revoke),
        (Verdict::Allowed, Verdict::Allowed)
    );
    let lease = issued(&engine, "reader").await.lease;
    assert_eq!(lease.revoke_effect, RevokeEffect::DeniesSession);

    let found = engine.secrets().preflight("partner", false).await.unwrap();
    assert_eq!(found.revoke, Verdict::Denied);
    assert!(found.missing.unwrap().contains("DeleteRolePolicy"));
    // That a session cannot be cut keeps nobody from getting one.
    let lease = issued(&engine, "partner").await.lease;
    assert_eq!(lease.revoke_effect, RevokeEffect::EndsByItself);
    let found = engine.secrets().preflight("upload", false).await.unwrap();
    assert_eq!(found.revoke, Verdict::NotPossible);
}

#[tokio::test(start_paused = true)]
async fn a_canary_proves_what_it_did_and_nothing_that_comes_after_it() {
    let (ground, engine, wire) = ground().await;
    // What nobody can end before its time is left to its end: no step of it can fail.
    let found = engine.secrets().preflight("upload", true).await.unwrap();
    let canary = found.canary.unwrap();
    assert!(canary.passed && canary.steps.len() == 1, "{canary:?}");
    assert_eq!(
        (found.issue, found.revoke),
        (Verdict::Allowed, Verdict::NotPossible)
    );
    let asked = wire.calls();
    let call = asked
        .iter()
        .find(|call| call.action == "GetFederationToken");
    assert_eq!(call.unwrap().params["DurationSeconds"], "900");
    let left = shown(&engine, &canary.lease_id);
    assert!(left.reason.unwrap().contains("ends by itself at"));

    // A denied cut is what it says, with the statement to add.
    let found = engine.secrets().preflight("partner", true).await.unwrap();
    let canary = found.canary.unwrap();
    let problem = canary.steps[1].problem.clone().unwrap();
    assert_eq!((canary.passed, problem.code), (false, Code::AwsDenied));
    assert_eq!(
        (found.issue, found.revoke),
        (Verdict::Allowed, Verdict::Denied)
    );

    // That the policy goes again is asked, not concluded from the cut.
    wire.rule(Rule::always("SimulatePrincipalPolicy", Fault::DENIED));
    wire.rule(Rule::always("DeleteRolePolicy", Fault::DENIED));
    let found = engine.secrets().preflight("reader", true).await.unwrap();
    assert!(found.canary.as_ref().unwrap().passed, "{:?}", found.canary);
    let verdict = |action: &str| {
        let mut probes = found.probes.iter();
        probes.find(|probe| probe.action == action).unwrap().verdict
    };
    assert_eq!(verdict("iam:PutRolePolicy"), Verdict::Allowed);
    assert_ne!(verdict("iam:DeleteRolePolicy"), Verdict::Allowed);
    wire.heal();
    ground.clock.advance(TimeDelta::minutes(21));
    let is_over = |lease: &LeaseView| matches!(lease.state, State::Revoked | State::Expired);
    ground
        .run_until(&engine, || ground.leases(&engine).iter().all(is_over))
        .await;
    assert_eq!(cuts(&ground), 0);
}

#[tokio::test(start_paused = true)]
async fn the_type_of_a_secret_stays_and_what_does_not_fit_it_is_named() {
    let (_ground, engine, _wire) = ground().await;
    let mut other = engine.secrets().show("reader").unwrap().draft;
    assert_eq!(other.credential_type, "assumed_role");
    other.max_ttl = "1h".into();
    engine.secrets().edit("reader", &other).unwrap();
    other.credential_type = "iam_user".into();
    other.role_arn.clear();
    let refused = engine.secrets().edit("reader", &other).unwrap_err();
    assert_eq!(refused.field.as_deref(), Some("credential_type"));
    let mut mixed = reader();
    mixed.name = "mixed".into();
    mixed.iam_path = "/leases/".into();
    let check = engine.secrets().check(&mixed, None).unwrap();
    assert_eq!(check.problems[0].field.as_deref(), Some("iam_path"));
    assert_eq!((check.budget.guards, check.budget.limit), (0, 2048));

    let policy = engine.connections().policy("practice").unwrap();
    assert!(
        policy.document.contains("sts:AssumeRole"),
        "{}",
        policy.document
    );
    assert!(
        policy.document.contains("federated-user/lh-*"),
        "{}",
        policy.document
    );
    assert!(
        policy.optional.contains("iam:PutRolePolicy"),
        "{}",
        policy.optional
    );
    let text = engine.recipes().export(&["reader".into()]).unwrap();
    assert!(
        text.contains("credential_type = \"assumed_role\""),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_reconcile_looks_for_no_users_on_account_of_sessions() {
    let (_ground, engine, wire) = ground().await;
    issued(&engine, "reader").await;
    wire.forget_calls();
    engine.leases().reconcile(None).await.unwrap();
    let asked = wire.calls();
    let prefixes: Vec<_> = asked
        .iter()
        .filter(|call| call.action == "ListUsers")
        .map(|call| call.params["PathPrefix"].as_str())
        .collect();
    // That of the secret of users which every home here begins with.
    assert_eq!(prefixes, ["/leases/payments/"]);
}
