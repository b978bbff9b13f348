//! The emulator refuses and denies what AWS does, and the proxy in front of it counts what it should.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use aws_sdk_iam::error::ProvideErrorMetadata;
use aws_sdk_iam::types::Tag;
use leasehold_tests::emulator::{Emulator, MINIMUM_POLICY, allow};
use leasehold_tests::keys::{Keys, refused};
use leasehold_tests::proxy::{Proxy, depth};

#[tokio::test]
async fn the_emulator_checks_signatures_and_enforces_the_minimum_policy() -> Result<()> {
    let aws = Emulator::start().await?;
    let account = aws.prepare().await?;
    let forged = Keys::new(&account.manager.id, "not/the/secret");
    let unknown = Keys::new("AKIAIOSFODNN7EXAMPLE", "x");
    let identity = |keys: &Keys| keys.sts(aws.url()).get_caller_identity().send();
    assert_eq!(refused(identity(&forged).await)?, "SignatureDoesNotMatch");
    assert_eq!(refused(identity(&unknown).await)?, "InvalidClientTokenId");
    let arn = identity(&account.manager).await?;
    assert_eq!(
        arn.arn(),
        Some("arn:aws:iam::000000000000:user/leasehold-manager")
    );
    let manager = account.manager.iam(aws.url());
    assert_eq!(refused(manager.list_users().send().await)?, "AccessDenied");
    assert_eq!(
        refused(
            manager
                .create_role()
                .role_name("r")
                .assume_role_policy_document("{}")
                .send()
                .await
        )?,
        "AccessDenied"
    );
    let tag = Tag::builder().key("owner").value("me").build()?;
    let tagged = manager
        .create_user()
        .user_name("lease")
        .path("/leases/")
        .tags(tag)
        .send()
        .await;
    let denial = tagged
        .err()
        .and_then(|error| Some(error.message()?.to_owned()));
    let denial = denial.context("creating with tags needs iam:TagUser")?;
    assert!(
        denial.contains("iam:TagUser on resource: arn:aws:iam::000000000000:user/leases/lease"),
        "{denial}"
    );
    manager
        .create_user()
        .user_name("lease")
        .path("/leases/")
        .send()
        .await?;
    manager
        .add_user_to_group()
        .user_name("lease")
        .group_name(&account.group)
        .send()
        .await?;
    let key = manager
        .create_access_key()
        .user_name("lease")
        .send()
        .await?;
    let key = key
        .access_key
        .map(|key| Keys::new(key.access_key_id, key.secret_access_key));
    let lease = key.expect("a new key").iam(aws.url());
    assert_eq!(lease.list_groups().send().await?.groups().len(), 1);
    assert_eq!(refused(lease.list_users().send().await)?, "AccessDenied");
    Ok(())
}

#[tokio::test]
async fn the_emulator_denies_when_a_dated_guard_says_so() -> Result<()> {
    let aws = Emulator::start().await?;
    let account = aws.prepare().await?;
    let policy = serde_json::json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*",
         "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2099-01-01T00:00:00Z"}}},
    ]});
    let guarded = aws
        .user(&account.admin, "guarded", "/", &policy.to_string())
        .await?
        .iam(aws.url());
    guarded.list_users().send().await?;
    aws.judge_at(Duration::from_secs(100 * 365 * 86400))?;
    assert_eq!(refused(guarded.list_users().send().await)?, "AccessDenied");
    aws.judge_at(Duration::ZERO)?;
    guarded.list_users().send().await?;
    Ok(())
}

#[tokio::test]
async fn the_emulator_knows_what_a_request_is_about() -> Result<()> {
    let aws = Emulator::start().await?;
    let account = aws.prepare().await?;
    let boundary = account.boundary.as_str();
    let policy = serde_json::json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iam:CreateUser", "Resource": "arn:aws:iam::000000000000:user/leases/*",
         "Condition": {"StringEquals": {"iam:PermissionsBoundary": boundary}}},
        {"Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": "arn:aws:iam::000000000000:user/leases/*",
         "Condition": {"ArnEquals": {"iam:PolicyARN": account.policies[0]}}},
        {"Effect": "Allow", "Action": "iam:AddUserToGroup", "Resource": "arn:aws:iam::000000000000:user/*"},
    ]});
    let scoped = aws
        .user(&account.admin, "scoped", "/", &policy.to_string())
        .await?
        .iam(aws.url());
    let create = |path: &str| scoped.create_user().user_name("lease").path(path);
    assert_eq!(
        refused(create("/").permissions_boundary(boundary).send().await)?,
        "AccessDenied"
    );
    assert_eq!(refused(create("/leases/").send().await)?, "AccessDenied");
    create("/leases/")
        .permissions_boundary(boundary)
        .send()
        .await?;
    let attach = |arn: &str| {
        scoped
            .attach_user_policy()
            .user_name("lease")
            .policy_arn(arn)
    };
    assert_eq!(
        refused(attach(&account.policies[1]).send().await)?,
        "AccessDenied"
    );
    attach(&account.policies[0]).send().await?;
    let join = scoped
        .add_user_to_group()
        .user_name("lease")
        .group_name(&account.group);
    assert_eq!(
        refused(join.send().await)?,
        "AccessDenied",
        "groups are authorized on the group"
    );
    Ok(())
}

#[tokio::test]
async fn the_emulator_refuses_what_aws_refuses_about_users() -> Result<()> {
    let aws = Emulator::start().await?;
    let account = aws.prepare().await?;
    let iam = account.manager.iam(aws.url());
    iam.create_user().user_name("lease").send().await?;
    iam.add_user_to_group()
        .user_name("lease")
        .group_name(&account.group)
        .send()
        .await?;
    let put = |name: &str, document: String| {
        iam.put_user_policy()
            .user_name("lease")
            .policy_name(name)
            .policy_document(document)
            .send()
    };
    put("small", MINIMUM_POLICY.to_owned()).await?;
    let big = allow(&["iam:ListUsers"; 110]);
    assert_eq!(refused(put("big", big).await)?, "LimitExceeded");
    let delete = || iam.delete_user().user_name("lease").send();
    assert_eq!(refused(delete().await)?, "DeleteConflict");
    iam.delete_user_policy()
        .user_name("lease")
        .policy_name("small")
        .send()
        .await?;
    assert_eq!(refused(delete().await)?, "DeleteConflict");
    iam.remove_user_from_group()
        .user_name("lease")
        .group_name(&account.group)
        .send()
        .await?;
    for _ in 0..2 {
        iam.create_access_key().user_name("lease").send().await?;
    }
    assert_eq!(
        refused(iam.create_access_key().user_name("lease").send().await)?,
        "LimitExceeded"
    );
    assert_eq!(refused(delete().await)?, "DeleteConflict");
    aws.reset().await?;
    assert_eq!(
        refused(delete().await)?,
        "InvalidClientTokenId",
        "the account is empty"
    );
    aws.prepare().await?;
    Ok(())
}

#[tokio::test]
async fn an_emulator_whose_clock_is_ahead_refuses_our_signatures() -> Result<()> {
    let aws = Emulator::start_ahead(Duration::from_secs(3600)).await?;
    let keys = aws.user(&aws.root(), "u", "/", &allow(&["*"])).await?;
    let asked = keys.sts(aws.url()).get_caller_identity().send().await;
    let code = refused(asked)?;
    assert!(
        ["SignatureDoesNotMatch", "RequestExpired"].contains(&code.as_str()),
        "{code}"
    );
    Ok(())
}

#[tokio::test]
async fn the_proxy_keeps_signatures_valid_and_counts_dependent_round_trips() -> Result<()> {
    let aws = Emulator::start().await?;
    let account = aws.prepare().await?;
    let proxy = Proxy::start(aws.url(), Duration::from_millis(120))?;
    let url = proxy.url();
    let iam = account.manager.iam(&url);
    let began = Instant::now();
    iam.create_user().user_name("lease").send().await?;
    let (first, second) = account.policies.each_ref().into();
    let attach = |arn: &str| {
        iam.attach_user_policy()
            .user_name("lease")
            .policy_arn(arn)
            .send()
    };
    tokio::try_join!(attach(first), attach(second))?;
    assert!(began.elapsed() >= Duration::from_millis(240));
    let exchanges = proxy.take();
    let actions: Vec<&str> = exchanges.iter().map(|one| one.action.as_str()).collect();
    assert_eq!(
        actions,
        ["CreateUser", "AttachUserPolicy", "AttachUserPolicy"]
    );
    assert!(exchanges.iter().all(|one| one.status == 200));
    assert_eq!(depth(&exchanges), 2);
    assert!(proxy.take().is_empty());
    Ok(())
}
