//! What is sent, what is believed of an answer, and what is not.

use chrono::{TimeZone, Utc};
use leasehold_aws::{Aws, AwsError, AwsErrorKind, ClockOffset, Limiter, NewUser};
use secrecy::ExposeSecret;

use crate::fake::{Fake, Step, identity, key, user, yes};

fn lease() -> NewUser {
    NewUser {
        name: "lease-1".into(),
        path: "/leases/".into(),
        boundary: Some("arn:aws:iam::111122223333:policy/edge".into()),
        tags: vec![("team".into(), "payments & co".into())],
    }
}

fn assert_nonsense(error: &AwsError) {
    assert_eq!(
        (error.kind.clone(), error.maybe_done),
        (AwsErrorKind::Unexpected, true)
    );
}

#[tokio::test(start_paused = true)]
async fn create_user_sends_everything_and_returns_the_facts() {
    let fake = Fake::new([yes("CreateUser", &user("lease-1", "/leases/"))]);
    let made = fake.aws().create_user(&lease()).await.unwrap();
    assert_eq!(made.user_id, "AIDACKCEVSQ6C2EXAMPLE");
    assert_eq!(made.arn, "arn:aws:iam::111122223333:user/leases/lease-1");
    assert_eq!(
        made.created_at,
        Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap()
    );
    let sent = &fake.sent()[0];
    assert_eq!(sent.action(), "CreateUser");
    for (field, value) in [
        ("UserName", "lease-1"),
        ("Path", "/leases/"),
        (
            "PermissionsBoundary",
            "arn:aws:iam::111122223333:policy/edge",
        ),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "payments & co"),
    ] {
        assert_eq!(sent.field(field), Some(value));
    }
}

#[tokio::test(start_paused = true)]
async fn without_tags_and_boundary_neither_is_sent() {
    let fake = Fake::new([yes("CreateUser", &user("lease-1", "/"))]);
    let plain = NewUser {
        path: "/".into(),
        boundary: None,
        tags: vec![],
        ..lease()
    };
    fake.aws().create_user(&plain).await.unwrap();
    let sent = &fake.sent()[0];
    assert!(sent.form.iter().all(|(name, _)| !name.starts_with("Tags")));
    assert_eq!(sent.field("PermissionsBoundary"), None);
}

#[tokio::test(start_paused = true)]
async fn an_answer_about_another_user_is_not_believed() {
    for described in [
        user("other", "/leases/"),
        user("lease-1", "/"),
        user("Lease-1", "/leases/"),
    ] {
        let fake = Fake::new([yes("CreateUser", &described)]);
        assert_nonsense(&fake.aws().create_user(&lease()).await.unwrap_err());
    }
    let fake = Fake::new([yes("GetUser", &user("other", "/"))]);
    assert_nonsense(&fake.aws().get_user("lease-1").await.unwrap_err());
    let fake = Fake::new([key("other")]);
    assert_nonsense(&fake.aws().create_access_key("lease-1").await.unwrap_err());
}

#[tokio::test(start_paused = true)]
async fn get_user_returns_path_boundary_and_tags() {
    let facts = user("lease-1", "/leases/").replace(
        "</User>",
        "<PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType>\
         <PermissionsBoundaryArn>arn:aws:iam::111122223333:policy/edge</PermissionsBoundaryArn>\
         </PermissionsBoundary><Tags><member><Key>k</Key><Value>v</Value></member></Tags></User>",
    );
    let found = Fake::new([yes("GetUser", &facts)])
        .aws()
        .get_user("lease-1")
        .await
        .unwrap();
    assert_eq!(found.path, "/leases/");
    assert_eq!(
        found.boundary.as_deref(),
        Some("arn:aws:iam::111122223333:policy/edge")
    );
    assert_eq!(found.tags, [("k".to_owned(), "v".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_new_key_is_returned_and_its_debug_form_hides_the_secret() {
    let made = Fake::new([key("lease-1")])
        .aws()
        .create_access_key("lease-1")
        .await
        .unwrap();
    assert_eq!(made.access_key_id, "AKIAI44QH8DHBEXAMPLE");
    assert_eq!(
        made.secret.expose_secret(),
        "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"
    );
    assert!(!format!("{made:?}").contains("je7MtGb"));
}

#[tokio::test(start_paused = true)]
async fn the_debug_form_of_a_client_and_of_an_unreadable_key_hide_the_secrets() {
    let broken = "<CreateAccessKeyResponse><CreateAccessKeyResult><AccessKey>\
                  <SecretAccessKey>je7MtGbClwBF</SecretAccessKey><Broken";
    let aws = Fake::new([Step::Answer(200, vec![], broken.into())]).aws();
    assert!(!format!("{aws:?}").contains("wJalrXUtnFEMI"));
    let error = aws.create_access_key("lease-1").await.unwrap_err();
    assert_nonsense(&error);
    assert!(!format!("{error:?} {error}").contains("je7MtGb"));
}

#[tokio::test(start_paused = true)]
async fn a_web_page_with_status_200_never_passes_for_a_yes() {
    let page = Step::Answer(
        200,
        vec![("content-type", "text/html".into())],
        "<!DOCTYPE html><html><body>Sign in to the hotel's network</body></html>".into(),
    );
    let aws = || Fake::new([page.clone()]).aws();
    let errors = [
        aws()
            .delete_access_key("u", "AKIAI44QH8DHBEXAMPLE")
            .await
            .unwrap_err(),
        aws().put_user_policy("u", "p", "{}").await.unwrap_err(),
        aws().delete_user_policy("u", "p").await.unwrap_err(),
        aws()
            .attach_user_policy("u", "arn:aws:iam::aws:policy/p")
            .await
            .unwrap_err(),
        aws()
            .detach_user_policy("u", "arn:aws:iam::aws:policy/p")
            .await
            .unwrap_err(),
        aws().add_user_to_group("u", "g").await.unwrap_err(),
        aws().remove_user_from_group("u", "g").await.unwrap_err(),
        aws().delete_user("u").await.unwrap_err(),
        aws().get_user("u").await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(
            (&error.kind, error.maybe_done),
            (&AwsErrorKind::Unreachable, true),
            "{error}"
        );
        assert!(error.message.contains("web page"), "{error}");
    }
    let empty = Fake::new([Step::Answer(200, vec![], String::new())]).aws();
    assert_nonsense(&empty.delete_user("u").await.unwrap_err());
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_end_is_cut_off() {
    let flood = "x".repeat(9 * 1024 * 1024);
    let fake = Fake::new([Step::Answer(200, vec![], flood)]);
    let error = fake.aws().create_access_key("u").await.unwrap_err();
    assert!(error.maybe_done);
}

#[tokio::test(start_paused = true)]
async fn each_function_makes_its_call_with_its_fields() {
    let empty = |operation: &str| Fake::new([yes(operation, "")]);
    let fields = |fake: &Fake| {
        let sent = fake.sent().remove(0);
        let known = |(name, _): &(String, String)| name != "Version";
        sent.form
            .into_iter()
            .filter(known)
            .map(|(k, v)| format!("{k}={v}"))
            .collect::<Vec<_>>()
    };
    let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let fake = empty("PutUserPolicy");
    fake.aws()
        .put_user_policy("u", "p", "{\"a\": 1}")
        .await
        .unwrap();
    assert_eq!(
        fields(&fake),
        [
            "Action=PutUserPolicy",
            "UserName=u",
            "PolicyName=p",
            "PolicyDocument={\"a\": 1}"
        ]
    );
    let fake = empty("DeleteUserPolicy");
    fake.aws().delete_user_policy("u", "p").await.unwrap();
    assert_eq!(
        fields(&fake),
        ["Action=DeleteUserPolicy", "UserName=u", "PolicyName=p"]
    );
    let fake = empty("AttachUserPolicy");
    fake.aws().attach_user_policy("u", arn).await.unwrap();
    assert_eq!(fields(&fake)[2], format!("PolicyArn={arn}"));
    let fake = empty("DetachUserPolicy");
    fake.aws().detach_user_policy("u", arn).await.unwrap();
    assert_eq!(fields(&fake)[0], "Action=DetachUserPolicy");
    let fake = empty("AddUserToGroup");
    fake.aws().add_user_to_group("u", "g").await.unwrap();
    assert_eq!(
        fields(&fake),
        ["Action=AddUserToGroup", "GroupName=g", "UserName=u"]
    );
    let fake = empty("RemoveUserFromGroup");
    fake.aws().remove_user_from_group("u", "g").await.unwrap();
    assert_eq!(fields(&fake)[0], "Action=RemoveUserFromGroup");
    let fake = empty("DeleteAccessKey");
    fake.aws()
        .delete_access_key("u", "AKIAI44QH8DHBEXAMPLE")
        .await
        .unwrap();
    assert_eq!(fields(&fake)[2], "AccessKeyId=AKIAI44QH8DHBEXAMPLE");
    let fake = empty("DeleteUser");
    fake.aws().delete_user("u").await.unwrap();
    assert_eq!(fields(&fake), ["Action=DeleteUser", "UserName=u"]);
}

#[tokio::test(start_paused = true)]
async fn the_caller_is_returned_and_checked() {
    let who = Fake::new([identity()])
        .aws()
        .caller_identity()
        .await
        .unwrap();
    assert_eq!(who.account, "111122223333");
    assert_eq!(who.arn, "arn:aws:iam::111122223333:user/mgr");
    assert_eq!(who.user_id, "AIDAMGR");
    for (account, arn) in [
        ("11112222333", "arn:aws:iam::11112222333:user/mgr"),
        ("111122223333", "arn:aws:iam::444455556666:user/mgr"),
        ("111122223333", "nonsense"),
    ] {
        let result = format!("<Arn>{arn}</Arn><UserId>A</UserId><Account>{account}</Account>");
        let fake = Fake::new([yes("GetCallerIdentity", &result)]);
        assert_nonsense(&fake.aws().caller_identity().await.unwrap_err());
    }
}

#[tokio::test(start_paused = true)]
async fn each_partition_and_a_custom_url_are_reached_and_signed_for_their_own_region() {
    async fn visit(region: &str, url: Option<&str>) -> (Vec<String>, Vec<String>) {
        let fake = Fake::new([yes("DeleteUser", ""), identity()]);
        let aws: Aws = fake.aws_at(region, url, ClockOffset::default(), Limiter::unshared());
        aws.delete_user("u").await.unwrap();
        aws.caller_identity().await.unwrap();
        let scope = |s: &str| s.split('/').skip(2).collect::<Vec<_>>().join("/");
        let sent = fake.sent();
        (
            sent.iter().map(|s| s.url.clone()).collect(),
            sent.iter().map(|s| scope(&s.scope)).collect(),
        )
    }
    let (urls, scopes) = visit("eu-central-1", None).await;
    assert_eq!(
        urls,
        [
            "https://iam.amazonaws.com/",
            "https://sts.eu-central-1.amazonaws.com/"
        ]
    );
    assert_eq!(
        scopes,
        [
            "us-east-1/iam/aws4_request",
            "eu-central-1/sts/aws4_request"
        ]
    );
    let (urls, scopes) = visit("cn-northwest-1", None).await;
    assert_eq!(
        urls,
        [
            "https://iam.cn-north-1.amazonaws.com.cn/",
            "https://sts.cn-northwest-1.amazonaws.com.cn/"
        ]
    );
    assert_eq!(scopes[0], "cn-north-1/iam/aws4_request");
    let (urls, scopes) = visit("us-gov-east-1", None).await;
    assert_eq!(
        urls,
        [
            "https://iam.us-gov.amazonaws.com/",
            "https://sts.us-gov-east-1.amazonaws.com/"
        ]
    );
    assert_eq!(scopes[0], "us-gov-west-1/iam/aws4_request");
    let (urls, scopes) = visit("eusc-de-east-1", None).await;
    assert_eq!(
        urls,
        [
            "https://iam.eusc-de-east-1.amazonaws.eu/",
            "https://sts.eusc-de-east-1.amazonaws.eu/"
        ]
    );
    assert_eq!(scopes[0], "eusc-de-east-1/iam/aws4_request");
    let (urls, _) = visit("us-east-1", Some("http://127.0.0.1:4566")).await;
    assert_eq!(urls, ["http://127.0.0.1:4566/", "http://127.0.0.1:4566/"]);
    // A private endpoint of IAM's: still the partition's one region.
    for (region, of_iam) in [
        ("eu-central-1", "us-east-1"),
        ("cn-northwest-1", "cn-north-1"),
        ("us-gov-east-1", "us-gov-west-1"),
        ("eusc-de-east-1", "eusc-de-east-1"),
    ] {
        let (_, scopes) = visit(region, Some("https://iam.internal.example")).await;
        assert_eq!(scopes[0], format!("{of_iam}/iam/aws4_request"), "{region}");
        assert_eq!(scopes[1], format!("{region}/sts/aws4_request"), "{region}");
    }
}
