//! Lists, their pages, and the questions a set-up or a clean-up asks.

use crate::desk::{BOUNDARY, Desk, READ_ONLY, VIEW_ONLY, refused, user_arn};

#[tokio::test]
async fn users_come_in_pages_each_once() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    for n in 0..5 {
        let create = iam.create_user().user_name(format!("u{n}")).path("/pages/");
        create.send().await.unwrap();
    }
    let mut pages = Vec::new();
    let mut marker = None;
    loop {
        let list = iam
            .list_users()
            .path_prefix("/pages")
            .max_items(2)
            .set_marker(marker);
        let page = list.send().await.unwrap();
        pages.push(
            page.users()
                .iter()
                .map(|u| u.user_name.clone())
                .collect::<Vec<_>>(),
        );
        assert_eq!(page.is_truncated, page.marker.is_some());
        marker = page.marker;
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(pages, [vec!["u0", "u1"], vec!["u2", "u3"], vec!["u4"]]);
    refused(
        iam.list_users().marker("no marker").send().await,
        "ValidationError",
        400,
    );
    refused(
        iam.list_users().max_items(0).send().await,
        "ValidationError",
        400,
    );
}

#[tokio::test]
async fn every_list_of_a_user_has_pages() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    iam.create_user().user_name("ann").send().await.unwrap();
    for _ in 0..2 {
        iam.create_access_key()
            .user_name("ann")
            .send()
            .await
            .unwrap();
    }
    for arn in [READ_ONLY, VIEW_ONLY, BOUNDARY] {
        iam.attach_user_policy()
            .user_name("ann")
            .policy_arn(arn)
            .send()
            .await
            .unwrap();
    }
    for group in ["developers", "deployers"] {
        iam.add_user_to_group()
            .user_name("ann")
            .group_name(group)
            .send()
            .await
            .unwrap();
    }
    let document = r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
    for name in ["a", "b", "c"] {
        let put = iam.put_user_policy().user_name("ann").policy_name(name);
        put.policy_document(document).send().await.unwrap();
    }
    let keys = iam.list_access_keys().into_paginator().page_size(1);
    let pages = keys.send();
    assert_eq!(
        pages.collect::<Result<Vec<_>, _>>().await.unwrap().len(),
        1,
        "admin's own key"
    );
    let first = iam
        .list_access_keys()
        .user_name("ann")
        .max_items(1)
        .send()
        .await
        .unwrap();
    assert!(first.is_truncated && first.access_key_metadata().len() == 1);
    let list = iam
        .list_attached_user_policies()
        .user_name("ann")
        .max_items(2);
    assert!(list.send().await.unwrap().is_truncated);
    let jobs = iam
        .list_attached_user_policies()
        .user_name("ann")
        .path_prefix("/job-function/");
    let jobs = jobs.send().await.unwrap().attached_policies.unwrap();
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].policy_arn.as_deref(), Some(VIEW_ONLY));
    let names = iam
        .list_user_policies()
        .user_name("ann")
        .into_paginator()
        .page_size(1)
        .items();
    assert_eq!(
        names.send().collect::<Result<Vec<_>, _>>().await.unwrap(),
        ["a", "b", "c"]
    );
    let groups = iam
        .list_groups_for_user()
        .user_name("ann")
        .max_items(1)
        .send()
        .await
        .unwrap();
    assert!(groups.is_truncated);
}

#[tokio::test]
async fn the_account_summary_knows_counts_and_quotas() {
    let desk = Desk::new();
    let summary = desk.admin().iam.get_account_summary().send().await.unwrap();
    let map = summary.summary_map.unwrap();
    for (key, value) in [
        ("Users", 2),
        ("Groups", 2),
        ("AccessKeysPerUserQuota", 2),
        ("GroupsPerUserQuota", 10),
    ] {
        assert_eq!(map.get(&key.into()), Some(&value), "{key}");
    }
}

#[tokio::test]
async fn the_simulator_tells_what_the_managing_user_may() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    let ask = iam
        .simulate_principal_policy()
        .policy_source_arn(user_arn("practice/leasehold-manager"))
        .action_names("iam:CreateUser")
        .action_names("iam:TagUser");
    let results = ask.send().await.unwrap().evaluation_results.unwrap();
    let told: Vec<_> = results
        .iter()
        .map(|r| r.eval_decision.as_str().to_owned())
        .collect();
    assert_eq!(told, ["allowed", "implicitDeny"]);
    assert_eq!(results[0].matched_statements().len(), 1);
    let none = iam
        .simulate_principal_policy()
        .policy_source_arn(user_arn("nobody"));
    refused(
        none.action_names("iam:GetUser").send().await,
        "NoSuchEntity",
        404,
    );
}

#[tokio::test]
async fn aws_managed_policies_can_be_read() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    let list = iam
        .list_policies()
        .scope("AWS".into())
        .send()
        .await
        .unwrap();
    assert!(list.policies().len() >= 15);
    for policy in list.policies() {
        let arn = policy.arn.as_deref().unwrap();
        let version = policy.default_version_id.as_deref().unwrap();
        let got = iam
            .get_policy_version()
            .policy_arn(arn)
            .version_id(version)
            .send()
            .await;
        let document = got.unwrap().policy_version.unwrap().document.unwrap();
        assert!(document.contains("Statement"), "{arn}");
        let id = policy.policy_id.as_deref().unwrap();
        assert!(id.starts_with("ANPA") && id.len() == 21, "{id}");
    }
    let own = iam
        .list_policies()
        .scope("Local".into())
        .send()
        .await
        .unwrap();
    assert_eq!(own.policies()[0].arn.as_deref(), Some(BOUNDARY));
}

#[tokio::test]
async fn what_a_clean_up_looks_for_is_not_there() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    iam.create_user().user_name("ann").send().await.unwrap();
    let mfa = iam
        .list_mfa_devices()
        .user_name("ann")
        .send()
        .await
        .unwrap();
    assert!(mfa.mfa_devices().is_empty());
    let ssh = iam
        .list_ssh_public_keys()
        .user_name("ann")
        .send()
        .await
        .unwrap();
    assert!(ssh.ssh_public_keys().is_empty());
    let certificates = iam
        .list_signing_certificates()
        .user_name("ann")
        .send()
        .await
        .unwrap();
    assert!(certificates.certificates().is_empty());
    let services = iam
        .list_service_specific_credentials()
        .user_name("ann")
        .send()
        .await
        .unwrap();
    assert!(services.service_specific_credentials().is_empty());
    let message = refused(
        iam.get_login_profile().user_name("ann").send().await,
        "NoSuchEntity",
        404,
    );
    assert_eq!(message, "Login Profile for User ann cannot be found.");
}
