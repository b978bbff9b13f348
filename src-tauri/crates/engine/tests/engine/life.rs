//! The life of a lease in the practice account: the same engine and SDK as against AWS.

use leasehold_domain::Code;
use leasehold_engine::wire::{EndReason, Event, Format, State};
use leasehold_engine::{CredentialsRequest, IssueRequest, LeaseQuery, Renewal};
use secrecy::ExposeSecret;

use crate::support::{Home, draft, request};

#[tokio::test]
async fn a_lease_is_issued_used_renewed_and_revoked() {
    let home = Home::new().await;
    let desk = home.engine.leases();
    let issued = desk.issue(&request("s3-upload")).await.unwrap();
    assert_eq!(issued.lease.state, State::Active);
    assert_eq!(
        issued.lease.access_key_id.as_deref(),
        Some(&*issued.credentials.access_key_id)
    );
    assert_eq!(
        issued.lease.expires_at - issued.lease.issued_at.unwrap(),
        chrono::TimeDelta::hours(1)
    );
    let usable = desk
        .wait_usable(&issued.lease.id, &issued.credentials, None)
        .await
        .unwrap();
    assert!(usable.usable_after_ms.is_some());

    let renewed = desk
        .renew(&issued.lease.id, &Renewal::Default)
        .await
        .unwrap();
    assert_eq!(
        renewed.expires_at - issued.lease.expires_at,
        chrono::TimeDelta::hours(1)
    );
    let user = home.user(&issued.lease.user_name).await;
    assert_eq!(user.guards_dated(), 1, "{:?}", user.inline);

    let done = desk
        .revoke(std::slice::from_ref(&issued.lease.id))
        .await
        .unwrap();
    assert_eq!(done.revoked, std::slice::from_ref(&issued.lease.id));
    assert!(!home.user_exists(&issued.lease.user_name).await);
    let detail = desk.show(&issued.lease.id).unwrap();
    assert_eq!(detail.lease.state, State::Revoked);
    assert_eq!(detail.lease.end_reason, Some(EndReason::ByUs));
    let kinds: Vec<_> = detail
        .events
        .iter()
        .map(|event| event.kind.as_str())
        .collect();
    assert_eq!(
        kinds,
        [
            "recorded",
            "user_created",
            "active",
            "usable",
            "renewing",
            "renewed",
            "revoking",
            "cut",
            "ended"
        ]
    );
}

#[tokio::test]
async fn everything_the_recipe_names_is_put_on_the_user() {
    let home = Home::new().await;
    let issued = home
        .engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap();
    let user = home.user(&issued.lease.user_name).await;
    assert_eq!(user.path, "/leases/payments/");
    assert!(
        user.boundary
            .unwrap()
            .ends_with(":policy/practice-boundary")
    );
    assert_eq!(user.groups, ["developers"]);
    assert_eq!(user.managed.len(), 2);
    assert_eq!(user.keys, [issued.credentials.access_key_id]);
    assert!(
        user.inline.iter().any(|name| name == "leasehold-doc-1"),
        "{:?}",
        user.inline
    );
    assert!(
        user.inline
            .iter()
            .any(|name| name.starts_with("leasehold-self-"))
    );
    assert_eq!(user.inline.len(), 3);
}

#[tokio::test]
async fn a_ttl_above_the_maximum_is_refused_and_nothing_is_recorded() {
    let home = Home::new().await;
    let ttl = Some("9h".to_owned());
    let problem = home
        .engine
        .leases()
        .issue(&IssueRequest {
            ttl,
            ..request("s3-upload")
        })
        .await
        .unwrap_err();
    assert_eq!(problem.field.as_deref(), Some("ttl"));
    assert!(
        home.engine
            .leases()
            .list(&LeaseQuery {
                all: true,
                ..LeaseQuery::default()
            })
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn renew_past_the_maximum_is_refused_and_changes_nothing() {
    let home = Home::new().await;
    let desk = home.engine.leases();
    let lease = desk.issue(&request("s3-upload")).await.unwrap().lease;
    let problem = desk
        .renew(&lease.id, &Renewal::By("8h".into()))
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::Refused);
    assert!(problem.hint.unwrap().contains("maximum"));
    assert_eq!(
        desk.show(&lease.id).unwrap().lease.expires_at,
        lease.expires_at
    );
    let extended = desk.renew(&lease.id, &Renewal::ToMax).await.unwrap();
    assert_eq!(extended.expires_at, extended.max_expires_at);
    assert_eq!(
        desk.renew(&lease.id, &Renewal::ToMax)
            .await
            .unwrap_err()
            .code,
        Code::Refused
    );
}

#[tokio::test]
async fn skipping_the_practice_clock_ends_the_lease_on_time() {
    let home = Home::new().await;
    let desk = home.engine.leases();
    let lease = desk.issue(&request("s3-upload")).await.unwrap().lease;
    let timer = home.run();
    home.engine.practice().skip("59m").unwrap();
    assert_eq!(desk.show(&lease.id).unwrap().lease.state, State::Active);
    home.engine.practice().skip("2m").unwrap();
    home.wait_for(|| desk.show(&lease.id).unwrap().lease.state == State::Revoked)
        .await;
    assert_eq!(
        desk.show(&lease.id).unwrap().lease.end_reason,
        Some(EndReason::Expired)
    );
    assert!(!home.user_exists(&lease.user_name).await);
    timer.stop().await;
}

#[tokio::test]
async fn renew_after_expiry_is_refused() {
    let home = Home::new().await;
    let desk = home.engine.leases();
    let lease = desk.issue(&request("s3-upload")).await.unwrap().lease;
    home.engine.practice().skip("61m").unwrap();
    assert_eq!(
        desk.renew(&lease.id, &Renewal::Default)
            .await
            .unwrap_err()
            .code,
        Code::Refused
    );
}

#[tokio::test]
async fn a_policy_that_does_not_exist_is_the_fields_error_and_all_is_undone() {
    let home = Home::new().await;
    let mut bad = draft("broken");
    bad.policy_arns = vec!["arn:aws:iam::aws:policy/NoSuchPolicyAtAll".into()];
    home.engine.secrets().add(&bad).unwrap();
    let problem = home
        .engine
        .leases()
        .issue(&request("broken"))
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::AwsNotThere, "{problem:?}");
    assert_eq!(problem.field.as_deref(), Some("policy_arns"));
    let all = home
        .engine
        .leases()
        .list(&LeaseQuery {
            all: true,
            ..LeaseQuery::default()
        })
        .unwrap();
    assert_eq!(all[0].state, State::Failed);
    assert!(!home.user_exists(&all[0].user_name).await);
}

#[tokio::test]
async fn a_boundary_that_does_not_exist_leaves_no_user() {
    let home = Home::new().await;
    let mut bad = draft("broken");
    bad.permission_boundary = format!("arn:aws:iam::{}:policy/none", home.account());
    home.engine.secrets().add(&bad).unwrap();
    let problem = home
        .engine
        .leases()
        .issue(&request("broken"))
        .await
        .unwrap_err();
    assert_eq!(
        problem.field.as_deref(),
        Some("permission_boundary"),
        "{problem:?}"
    );
    let all = home
        .engine
        .leases()
        .list(&LeaseQuery {
            all: true,
            ..LeaseQuery::default()
        })
        .unwrap();
    assert_eq!(all[0].state, State::Failed);
}

#[tokio::test]
async fn the_leased_key_may_do_what_the_recipe_grants_and_nothing_to_itself() {
    let home = Home::new().await;
    let issued = home
        .engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap();
    let holder = home.client(&issued.credentials);
    assert!(
        holder
            .list_user_policies(&issued.lease.user_name)
            .await
            .is_ok()
    );
    let cut = leasehold_domain::guard::cut_document();
    for refused in [
        holder
            .create_access_key(&issued.lease.user_name)
            .await
            .err(),
        holder
            .put_user_policy(&issued.lease.user_name, "mine", &cut)
            .await
            .err(),
        holder
            .delete_user_policy(&issued.lease.user_name, "leasehold-doc-1")
            .await
            .err(),
    ] {
        let kind = refused.expect("refused").kind.clone();
        assert!(
            matches!(kind, leasehold_aws::AwsErrorKind::Denied { .. }),
            "{kind:?}"
        );
    }
    home.engine.practice().skip("61m").unwrap();
    let late = home.client(&issued.credentials);
    let kind = late
        .list_user_policies(&issued.lease.user_name)
        .await
        .unwrap_err()
        .kind
        .clone();
    assert!(
        matches!(kind, leasehold_aws::AwsErrorKind::Denied { .. }),
        "{kind:?}"
    );
}

#[tokio::test]
async fn a_revoke_takes_away_what_somebody_else_hung_on_the_user() {
    let home = Home::new().await;
    let lease = home
        .engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap()
        .lease;
    let manager = home.manager();
    manager.create_access_key(&lease.user_name).await.unwrap();
    manager
        .put_user_policy(
            &lease.user_name,
            "foreign",
            &leasehold_domain::guard::cut_document(),
        )
        .await
        .unwrap();
    manager
        .attach_user_policy(
            &lease.user_name,
            "arn:aws:iam::aws:policy/IAMReadOnlyAccess",
        )
        .await
        .unwrap();
    manager
        .add_user_to_group(&lease.user_name, "deployers")
        .await
        .unwrap();
    let done = home.engine.leases().revoke(&[lease.id]).await.unwrap();
    assert_eq!(done.pending, []);
    assert!(!home.user_exists(&lease.user_name).await);
}

#[tokio::test]
async fn a_secret_with_open_leases_is_removed_only_together_with_them() {
    let home = Home::new().await;
    let lease = home
        .engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap()
        .lease;
    let problem = home
        .engine
        .secrets()
        .remove("s3-upload", false)
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::Refused);
    let done = home
        .engine
        .secrets()
        .remove("s3-upload", true)
        .await
        .unwrap();
    assert_eq!(done.revoked, std::slice::from_ref(&lease.id));
    assert_eq!(
        home.engine.secrets().show("s3-upload").unwrap_err().code,
        Code::NotFound
    );
    // The history stays.
    assert_eq!(
        home.engine.leases().show(&lease.id).unwrap().lease.secret,
        "s3-upload"
    );
}

#[tokio::test]
async fn an_edit_changes_new_leases_only() {
    let home = Home::new().await;
    let old = home
        .engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap()
        .lease;
    let mut edited = draft("s3-upload");
    edited.iam_path = "/leases/other/".into();
    edited.groups.clear();
    home.engine.secrets().edit("s3-upload", &edited).unwrap();
    let new = home
        .engine
        .leases()
        .issue(&request("s3-upload"))
        .await
        .unwrap()
        .lease;
    assert_eq!(
        (old.iam_path.as_str(), new.iam_path.as_str()),
        ("/leases/payments/", "/leases/other/")
    );
    let done = home.engine.leases().revoke_all().await.unwrap();
    assert_eq!(done.revoked.len(), 2);
}

#[tokio::test]
async fn a_kept_key_is_handed_out_again_and_is_sealed_in_the_store() {
    let home = Home::new().await;
    let first = home
        .engine
        .credentials(&CredentialsRequest::of("s3-upload"))
        .await
        .unwrap();
    let second = home
        .engine
        .credentials(&CredentialsRequest::of("s3-upload"))
        .await
        .unwrap();
    assert_eq!(first.lease.id, second.lease.id);
    let secret = first
        .credentials
        .secret_access_key
        .expose_secret()
        .to_owned();
    assert_eq!(second.credentials.secret_access_key.expose_secret(), secret);
    home.assert_nowhere(&secret);
    home.engine
        .leases()
        .revoke(std::slice::from_ref(&first.lease.id))
        .await
        .unwrap();
    let third = home
        .engine
        .credentials(&CredentialsRequest::of("s3-upload"))
        .await
        .unwrap();
    assert_ne!(third.lease.id, first.lease.id);
}

#[tokio::test]
async fn no_event_and_no_file_holds_a_secret() {
    let home = Home::new().await;
    let mut events = home.engine.subscribe();
    let request = IssueRequest {
        request_id: Some("r1".into()),
        ..request("s3-upload")
    };
    let issued = home.engine.leases().issue(&request).await.unwrap();
    home.engine
        .leases()
        .renew(&issued.lease.id, &Renewal::Default)
        .await
        .unwrap();
    let secret = issued
        .credentials
        .secret_access_key
        .expose_secret()
        .to_owned();
    let mut steps = Vec::new();
    while let Ok(event) = events.try_recv() {
        assert!(!serde_json::to_string(&event).unwrap().contains(&secret));
        if let Event::IssueProgress { step, .. } = event {
            steps.push(step);
        }
    }
    assert_eq!(steps.len(), 3);
    assert!(!format!("{issued:?}").contains(&secret));
    home.assert_nowhere(&secret);
    assert!(
        issued
            .credentials
            .render(Format::Bash, "")
            .unwrap()
            .expose_secret()
            .contains(&secret)
    );
}
