//! Keys and signatures: what is believed and what is not, and by which clock.

use aws_sdk_iam::types::StatusType;

use crate::desk::{ALLOW_ALL, Desk, refused};

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_key_are_told_apart() {
    let desk = Desk::new();
    let ann = desk.user(&[]).await;
    let wrong = desk.person("ann", &ann.id, &"x".repeat(40), None);
    refused(
        wrong.iam.get_user().send().await,
        "SignatureDoesNotMatch",
        403,
    );
    refused(
        wrong.sts.get_caller_identity().send().await,
        "SignatureDoesNotMatch",
        403,
    );
    let unknown = desk.person("ann", "AKIAPRACTICEAAAAAAAA", &ann.secret, None);
    refused(
        unknown.iam.get_user().send().await,
        "InvalidClientTokenId",
        403,
    );
    refused(
        unknown.sts.get_caller_identity().send().await,
        "InvalidClientTokenId",
        403,
    );
    let with_token = desk.person("ann", &ann.id, &ann.secret, Some("token"));
    refused(
        with_token.sts.get_caller_identity().send().await,
        "InvalidClientTokenId",
        403,
    );
}

#[tokio::test]
async fn a_key_switched_off_is_unknown_until_it_is_on_again_and_gone_when_deleted() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    let ann = desk.user(&[]).await;
    let switch = |status: StatusType| {
        iam.update_access_key()
            .user_name(&ann.name)
            .access_key_id(&ann.id)
            .status(status)
            .send()
    };
    switch(StatusType::Inactive).await.unwrap();
    refused(
        ann.sts.get_caller_identity().send().await,
        "InvalidClientTokenId",
        403,
    );
    switch(StatusType::Active).await.unwrap();
    ann.sts.get_caller_identity().send().await.unwrap();
    let delete = iam
        .delete_access_key()
        .user_name(&ann.name)
        .access_key_id(&ann.id);
    delete.send().await.unwrap();
    refused(
        ann.sts.get_caller_identity().send().await,
        "InvalidClientTokenId",
        403,
    );
}

#[tokio::test]
async fn caller_identity_needs_no_permission_and_no_deny_stops_it() {
    let desk = Desk::new();
    let deny = crate::desk::deny(&["*"], "*");
    let ann = desk.user(&[ALLOW_ALL, &deny]).await;
    let seen = ann.sts.get_caller_identity().send().await.unwrap();
    assert_eq!(seen.arn.unwrap(), crate::desk::user_arn(&ann.name));
    assert_eq!(
        seen.account.as_deref(),
        Some(leasehold_practice::ACCOUNT_ID)
    );
    assert!(seen.user_id.unwrap().starts_with("AIDA"));
}

#[tokio::test]
async fn signatures_are_timed_by_the_practice_clock_which_its_date_header_tells() {
    let desk = Desk::new();
    let ann = desk.user(&[]).await;
    // The SDK signs with the clock that its time source had; here it moves along.
    desk.practice.skip(chrono::TimeDelta::hours(5)).unwrap();
    ann.sts.get_caller_identity().send().await.unwrap();
    assert_eq!(desk.practice.clock_offset_ms(), 5 * 3_600_000);
    let expected = crate::desk::start() + chrono::TimeDelta::hours(5);
    assert_eq!(desk.practice.now(), expected);
}

#[tokio::test]
async fn an_sdk_on_the_computers_clock_finds_a_skipped_clock_by_its_date_header() {
    use aws_sdk_sts::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
    use secrecy::ExposeSecret as _;
    let folder = tempfile::tempdir().unwrap();
    let practice = leasehold_practice::Practice::open(folder.path()).unwrap();
    practice.skip(chrono::TimeDelta::hours(1)).unwrap();
    let (id, secret) = practice.manager_keys();
    let config = aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new(
            id,
            secret.expose_secret(),
            None,
            None,
            "test",
        ))
        .http_client(practice.http_client())
        .retry_config(RetryConfig::standard())
        .build();
    let sts = aws_sdk_sts::Client::from_conf(config);
    sts.get_caller_identity().send().await.unwrap();
}
