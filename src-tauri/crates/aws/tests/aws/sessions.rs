//! Sessions of STS: what is sent for them, and which answers are believed.

use leasehold_aws::{AwsErrorKind, NewSession};
use secrecy::ExposeSecret;

use crate::fake::{Fake, Step, no, yes};

const ROLE: &str = "arn:aws:iam::111122223333:role/ops/deployer";

fn asked() -> NewSession {
    NewSession {
        name: "lh-a".into(),
        seconds: 3600,
        policy: Some("{}".into()),
        policy_arns: vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".into()],
        tags: vec![("team".into(), "pay & co".into())],
    }
}

fn answer(operation: &str, who: &str) -> Step {
    let key = "<Credentials><AccessKeyId>ASIAI44QH8DHBEXAMPLE</AccessKeyId>\
               <SecretAccessKey>je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY</SecretAccessKey>\
               <SessionToken>FwoGZXIvYXdz</SessionToken>\
               <Expiration>2026-11-21T13:00:00Z</Expiration></Credentials>";
    yes(operation, &format!("{key}{who}"))
}

fn assumed(id: &str) -> Step {
    let arn = "arn:aws:sts::111122223333:assumed-role/deployer/lh-a";
    let who = format!(
        "<AssumedRoleUser><Arn>{arn}</Arn><AssumedRoleId>{id}</AssumedRoleId></AssumedRoleUser>"
    );
    answer("AssumeRole", &who)
}

#[tokio::test(start_paused = true)]
async fn everything_that_limits_a_session_is_sent_and_its_facts_are_believed() {
    let fake = Fake::new([assumed("AROAEXAMPLE:lh-a")]);
    let opened = fake
        .aws()
        .open_role_session(ROLE, Some("partner"), &asked())
        .await
        .unwrap();
    assert_eq!(opened.user_id, "AROAEXAMPLE:lh-a");
    assert_eq!(opened.key.access_key_id, "ASIAI44QH8DHBEXAMPLE");
    let token = opened.key.session_token.as_ref().unwrap();
    assert_eq!(token.expose_secret(), "FwoGZXIvYXdz");
    assert!(!format!("{opened:?}").contains("FwoG"));
    let sent = &fake.sent()[0];
    for (field, value) in [
        ("RoleArn", ROLE),
        ("RoleSessionName", "lh-a"),
        ("DurationSeconds", "3600"),
        ("ExternalId", "partner"),
        ("Policy", "{}"),
        (
            "PolicyArns.member.1.arn",
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
        ),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "pay & co"),
    ] {
        assert_eq!(sent.field(field), Some(value));
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_about_another_session_is_not_believed() {
    for id in ["AROAEXAMPLE:another", "AROAEXAMPLE", "lh-a"] {
        let fake = Fake::new([assumed(id)]);
        let opened = fake.aws().open_role_session(ROLE, None, &asked()).await;
        let error = opened.unwrap_err();
        assert_eq!(error.kind, AwsErrorKind::Unexpected, "{id}");
        assert!(error.maybe_done, "AWS may have opened it");
    }
    let fake = Fake::new([answer("GetFederationToken", "")]);
    let error = fake.aws().open_federated_session(&asked()).await;
    assert_eq!(error.unwrap_err().kind, AwsErrorKind::Unexpected);
}

#[tokio::test(start_paused = true)]
async fn a_packed_policy_that_is_too_large_is_a_limit_and_nothing_was_done() {
    let refusal = no(400, "PackedPolicyTooLarge", "Packed size exceeds 100%");
    let fake = Fake::new([refusal]);
    let error = fake.aws().open_role_session(ROLE, None, &asked()).await;
    let error = error.unwrap_err();
    assert_eq!(
        (error.kind.clone(), error.maybe_done),
        (AwsErrorKind::Limit, false)
    );
    assert_eq!(error.code, "PackedPolicyTooLarge");
}
