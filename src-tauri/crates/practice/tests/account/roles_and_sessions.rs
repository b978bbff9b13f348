//! Roles, sessions and federation: STS as a user meets it.

use aws_sdk_sts::types::Credentials;
use leasehold_practice::ACCOUNT_ID;

use crate::desk::{ALLOW_ALL, Desk, Person, allow, denied, refused, statement, user_arn};

fn trust(principal: &str, condition: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole","Condition":{condition}}}]}}"#
    )
}

fn root() -> String {
    format!("arn:aws:iam::{ACCOUNT_ID}:root")
}

async fn role(desk: &Desk, name: &str, trust: &str, policy: Option<&str>) -> String {
    let iam = desk.admin().iam;
    let create = iam
        .create_role()
        .role_name(name)
        .path("/deep/")
        .max_session_duration(7_200);
    let made = create
        .assume_role_policy_document(trust)
        .send()
        .await
        .unwrap();
    if let Some(policy) = policy {
        let put = iam.put_role_policy().role_name(name).policy_name("p");
        put.policy_document(policy).send().await.unwrap();
    }
    made.role.unwrap().arn
}

fn holder(desk: &Desk, credentials: Option<Credentials>) -> Person {
    let c = credentials.unwrap();
    desk.person(
        "session",
        &c.access_key_id,
        &c.secret_access_key,
        Some(&c.session_token),
    )
}

async fn assume(desk: &Desk, who: &Person, arn: &str) -> Person {
    let assume = who
        .sts
        .assume_role()
        .role_arn(arn)
        .role_session_name("sess");
    holder(desk, assume.send().await.unwrap().credentials)
}

#[tokio::test]
async fn a_role_session_has_its_form_and_ends() {
    let desk = Desk::new();
    let admin = desk.admin();
    let arn = role(&desk, "Reader", &trust(&root(), "{}"), None).await;
    let assume = admin
        .sts
        .assume_role()
        .role_arn(&arn)
        .role_session_name("sess");
    let got = assume.send().await.unwrap();
    let credentials = got.credentials.clone().unwrap();
    assert!(credentials.access_key_id.starts_with("ASIA"));
    assert_eq!(
        credentials.expiration.secs(),
        desk.practice.now().timestamp() + 3_600
    );
    let session_arn = format!("arn:aws:sts::{ACCOUNT_ID}:assumed-role/Reader/sess");
    assert_eq!(got.assumed_role_user.unwrap().arn, session_arn);
    let session = holder(&desk, got.credentials);
    let seen = session.sts.get_caller_identity().send().await.unwrap();
    assert_eq!(seen.arn.as_deref(), Some(session_arn.as_str()));
    let id = seen.user_id.unwrap();
    assert!(id.starts_with("AROA") && id.ends_with(":sess"), "{id}");
    desk.pass(3_601);
    refused(
        session.sts.get_caller_identity().send().await,
        "ExpiredToken",
        403,
    );
}

#[tokio::test]
async fn temporary_credentials_need_their_token() {
    let desk = Desk::new();
    let arn = role(&desk, "Reader", &trust(&root(), "{}"), None).await;
    let session = assume(&desk, &desk.admin(), &arn).await;
    for token in [None, Some("wrong")] {
        let bare = desk.person("x", &session.id, &session.secret, token);
        refused(
            bare.sts.get_caller_identity().send().await,
            "InvalidClientTokenId",
            403,
        );
    }
}

#[tokio::test]
async fn a_role_session_has_only_the_roles_permissions_and_a_session_policy_narrows_them() {
    let desk = Desk::new();
    let admin = desk.admin();
    let policy = allow(&["iam:ListUsers", "iam:GetAccountSummary"], "*");
    let arn = role(&desk, "Reader", &trust(&root(), "{}"), Some(&policy)).await;
    let whole = assume(&desk, &admin, &arn).await;
    whole.iam.list_users().send().await.unwrap();
    whole.iam.get_account_summary().send().await.unwrap();
    denied(whole.iam.create_user().user_name("x").send().await);
    let narrow = admin
        .sts
        .assume_role()
        .role_arn(&arn)
        .role_session_name("sess");
    let narrow = narrow
        .policy(allow(&["iam:ListUsers"], "*"))
        .send()
        .await
        .unwrap();
    let narrow = holder(&desk, narrow.credentials);
    narrow.iam.list_users().send().await.unwrap();
    let message = denied(narrow.iam.get_account_summary().send().await);
    assert!(
        message.contains("because no session policy allows"),
        "{message}"
    );
}

#[tokio::test]
async fn older_sessions_can_be_revoked_by_their_token_time() {
    let desk = Desk::new();
    let admin = desk.admin();
    let arn = role(&desk, "Reader", &trust(&root(), "{}"), Some(ALLOW_ALL)).await;
    let old = assume(&desk, &admin, &arn).await;
    let condition = format!(
        r#"{{"DateLessThan":{{"aws:TokenIssueTime":"{}"}}}}"#,
        desk.moment(5)
    );
    let put = admin
        .iam
        .put_role_policy()
        .role_name("Reader")
        .policy_name("AWSRevokeOlderSessions");
    put.policy_document(statement("Deny", &["*"], "*", &condition))
        .send()
        .await
        .unwrap();
    denied(old.iam.list_users().send().await);
    desk.pass(6);
    let new = assume(&desk, &admin, &arn).await;
    new.iam.list_users().send().await.unwrap();
}

#[tokio::test]
async fn trust_and_own_policy_combine_as_within_one_account() {
    let desk = Desk::new();
    let ann = desk.user(&[]).await;
    let bob = desk.user(&[&allow(&["sts:AssumeRole"], "*")]).await;
    let by_account = role(&desk, "ByAccount", &trust(&root(), "{}"), None).await;
    let by_name = role(&desk, "ByName", &trust(&user_arn(&ann.name), "{}"), None).await;
    let take = |who: &Person, arn: &str| {
        who.sts
            .assume_role()
            .role_arn(arn)
            .role_session_name("sess")
            .send()
    };
    take(&bob, &by_account).await.unwrap();
    denied(take(&ann, &by_account).await);
    take(&ann, &by_name).await.unwrap();
    let message = denied(take(&bob, &by_name).await);
    assert_eq!(
        message,
        format!(
            "User: {} is not authorized to perform: sts:AssumeRole on resource: {by_name}",
            user_arn(&bob.name)
        )
    );
    let none = format!("arn:aws:iam::{ACCOUNT_ID}:role/none");
    denied(take(&bob, &none).await);
}

#[tokio::test]
async fn trust_in_a_user_does_not_pass_to_a_later_user_of_the_same_name() {
    let desk = Desk::new();
    let admin = desk.admin().iam;
    let ann = desk.user(&[]).await;
    let arn = role(&desk, "ByName", &trust(&user_arn(&ann.name), "{}"), None).await;
    assume(&desk, &ann, &arn).await;
    let delete = admin
        .delete_access_key()
        .user_name(&ann.name)
        .access_key_id(&ann.id);
    delete.send().await.unwrap();
    admin
        .delete_user()
        .user_name(&ann.name)
        .send()
        .await
        .unwrap();
    admin
        .create_user()
        .user_name(&ann.name)
        .send()
        .await
        .unwrap();
    let key = admin
        .create_access_key()
        .user_name(&ann.name)
        .send()
        .await
        .unwrap();
    let key = key.access_key.unwrap();
    let again = desk.person(&ann.name, &key.access_key_id, &key.secret_access_key, None);
    denied(
        again
            .sts
            .assume_role()
            .role_arn(arn)
            .role_session_name("sess")
            .send()
            .await,
    );
}

#[tokio::test]
async fn a_trust_policy_needs_principals_that_exist() {
    let desk = Desk::new();
    let iam = desk.admin().iam;
    for bad in [trust(&user_arn("nobody"), "{}"), ALLOW_ALL.to_owned()] {
        let made = iam
            .create_role()
            .role_name("r")
            .assume_role_policy_document(bad)
            .send()
            .await;
        refused(made, "MalformedPolicyDocument", 400);
    }
}

#[tokio::test]
async fn an_external_id_must_be_the_right_one() {
    let desk = Desk::new();
    let admin = desk.admin();
    let condition = r#"{"StringEquals":{"sts:ExternalId":"42"}}"#;
    let arn = role(&desk, "Outside", &trust(&root(), condition), None).await;
    let take = || {
        admin
            .sts
            .assume_role()
            .role_arn(&arn)
            .role_session_name("sess")
    };
    take().external_id("42").send().await.unwrap();
    denied(take().external_id("43").send().await);
    denied(take().send().await);
}

#[tokio::test]
async fn durations_and_session_names_are_checked() {
    let desk = Desk::new();
    let admin = desk.admin();
    let arn = role(&desk, "Reader", &trust(&root(), "{}"), Some(ALLOW_ALL)).await;
    let take = |who: &Person, seconds: i32, name: &str| {
        let assume = who.sts.assume_role().role_arn(&arn).role_session_name(name);
        assume.duration_seconds(seconds).send()
    };
    for seconds in [899, 43_201, 7_201] {
        refused(take(&admin, seconds, "sess").await, "ValidationError", 400);
    }
    refused(take(&admin, 900, "a b").await, "ValidationError", 400);
    take(&admin, 7_200, "sess").await.unwrap();
    let chained = assume(&desk, &admin, &arn).await;
    refused(take(&chained, 3_601, "sess").await, "ValidationError", 400);
    take(&chained, 3_600, "sess").await.unwrap();
    for seconds in [899, 129_601] {
        let token = admin
            .sts
            .get_federation_token()
            .name("bob")
            .duration_seconds(seconds);
        refused(token.send().await, "ValidationError", 400);
    }
}

#[tokio::test]
async fn a_federated_user_has_its_names_and_may_not_call_iam() {
    let desk = Desk::new();
    let admin = desk.admin();
    let token = admin
        .sts
        .get_federation_token()
        .name("bob")
        .policy(ALLOW_ALL);
    let got = token.send().await.unwrap();
    let arn = format!("arn:aws:sts::{ACCOUNT_ID}:federated-user/bob");
    let user = got.federated_user.unwrap();
    assert_eq!(
        (user.arn.as_str(), user.federated_user_id),
        (arn.as_str(), format!("{ACCOUNT_ID}:bob"))
    );
    let bob = holder(&desk, got.credentials);
    let seen = bob.sts.get_caller_identity().send().await.unwrap();
    assert_eq!(
        (seen.arn, seen.user_id),
        (Some(arn), Some(format!("{ACCOUNT_ID}:bob")))
    );
    refused(
        bob.iam.list_users().send().await,
        "InvalidClientTokenId",
        403,
    );
    denied(bob.sts.get_session_token().send().await);
}

#[tokio::test]
async fn a_session_token_is_the_user_itself_without_iam() {
    let desk = Desk::new();
    let ann = desk.user(&[ALLOW_ALL]).await;
    let got = ann.sts.get_session_token().send().await.unwrap();
    let session = holder(&desk, got.credentials);
    let seen = session.sts.get_caller_identity().send().await.unwrap();
    assert_eq!(seen.arn, Some(user_arn(&ann.name)));
    refused(
        session.iam.list_users().send().await,
        "InvalidClientTokenId",
        403,
    );
    denied(session.sts.get_federation_token().name("bob").send().await);
    let mfa = ann
        .sts
        .get_session_token()
        .serial_number("arn:aws:iam::1:mfa/x")
        .token_code("123456");
    denied(mfa.send().await);
}

#[tokio::test]
async fn a_role_session_makes_no_federation_token() {
    let desk = Desk::new();
    let arn = role(&desk, "Reader", &trust(&root(), "{}"), Some(ALLOW_ALL)).await;
    let session = assume(&desk, &desk.admin(), &arn).await;
    denied(session.sts.get_federation_token().name("bob").send().await);
}

#[tokio::test]
async fn what_a_user_minted_outlives_its_key_and_dies_with_the_user() {
    let desk = Desk::new();
    let admin = desk.admin().iam;
    let ann = desk.user(&[]).await;
    let session = holder(
        &desk,
        ann.sts
            .get_session_token()
            .send()
            .await
            .unwrap()
            .credentials,
    );
    let delete = admin
        .delete_access_key()
        .user_name(&ann.name)
        .access_key_id(&ann.id);
    delete.send().await.unwrap();
    session.sts.get_caller_identity().send().await.unwrap();
    admin
        .delete_user()
        .user_name(&ann.name)
        .send()
        .await
        .unwrap();
    let seen = session.sts.get_caller_identity().send().await;
    refused(seen, "InvalidClientTokenId", 403);
}

#[tokio::test]
async fn the_account_of_a_key_can_be_asked() {
    let desk = Desk::new();
    let admin = desk.admin();
    let info = admin
        .sts
        .get_access_key_info()
        .access_key_id(&admin.id)
        .send()
        .await
        .unwrap();
    assert_eq!(info.account.as_deref(), Some(ACCOUNT_ID));
}
