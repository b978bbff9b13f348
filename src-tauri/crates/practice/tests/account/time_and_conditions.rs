//! Dated policies: the guards that end a lease, as AWS's clock would judge them.

use crate::desk::{ALLOW_ALL, Desk, denied, statement};

fn dated(effect: &str, operator: &str, key: &str, value: &str) -> String {
    let condition = format!(r#"{{"{operator}":{{"{key}":"{value}"}}}}"#);
    statement(effect, &["*"], "*", &condition)
}

#[tokio::test]
async fn a_dated_deny_denies_once_its_moment_has_passed() {
    let desk = Desk::new();
    let later = desk.moment(60);
    let epoch = (desk.practice.now().timestamp() + 60).to_string();
    for guard in [
        dated("Deny", "DateGreaterThan", "aws:CurrentTime", &later),
        dated("Deny", "DateGreaterThan", "AWS:CURRENTTIME", &later),
        dated("Deny", "NumericGreaterThan", "aws:EpochTime", &epoch),
        dated("Deny", "DateGreaterThan", "aws:EpochTime", &epoch),
        dated("Deny", "DateGreaterThanIfExists", "aws:CurrentTime", &later),
    ] {
        let desk = Desk::new();
        let ann = desk.user(&[ALLOW_ALL, &guard]).await;
        ann.iam.list_users().send().await.unwrap();
        desk.pass(60);
        ann.iam.list_users().send().await.unwrap();
        desk.pass(1);
        denied(ann.iam.list_users().send().await);
        ann.sts.get_caller_identity().send().await.unwrap();
    }
}

#[tokio::test]
async fn a_dated_allow_stops_allowing_also_when_the_clock_is_skipped() {
    let desk = Desk::new();
    let ann = desk
        .user(&[&dated(
            "Allow",
            "DateLessThan",
            "aws:CurrentTime",
            &desk.moment(60),
        )])
        .await;
    ann.iam.list_users().send().await.unwrap();
    desk.practice.skip(chrono::TimeDelta::hours(1)).unwrap();
    denied(ann.iam.list_users().send().await);
}

#[tokio::test]
async fn a_later_guard_keeps_a_live_key_working_past_the_first() {
    let desk = Desk::new();
    let guard = |seconds| {
        dated(
            "Deny",
            "DateGreaterThan",
            "aws:CurrentTime",
            &desk.moment(seconds),
        )
    };
    let ann = desk.user(&[ALLOW_ALL, &guard(60)]).await;
    let put = desk
        .admin()
        .iam
        .put_user_policy()
        .user_name(&ann.name)
        .policy_name("policy-1");
    put.policy_document(guard(600)).send().await.unwrap();
    desk.pass(300);
    ann.iam.list_users().send().await.unwrap();
    desk.pass(301);
    denied(ann.iam.list_users().send().await);
}

#[tokio::test]
async fn of_two_guards_the_earlier_wins() {
    let desk = Desk::new();
    let guard = |seconds| {
        dated(
            "Deny",
            "DateGreaterThan",
            "aws:CurrentTime",
            &desk.moment(seconds),
        )
    };
    let ann = desk.user(&[ALLOW_ALL, &guard(60), &guard(600)]).await;
    desk.pass(61);
    denied(ann.iam.list_users().send().await);
}

#[tokio::test]
async fn short_dates_are_read_as_aws_reads_them() {
    let desk = Desk::new();
    for (value, allowed) in [
        ("2025", true),
        ("2025-12-31", true),
        ("2026-01-01T00:01Z", false),
        ("2027", false),
    ] {
        let ann = desk
            .user(&[&dated("Allow", "DateGreaterThan", "aws:CurrentTime", value)])
            .await;
        let outcome = ann.iam.list_users().send().await;
        assert_eq!(outcome.is_ok(), allowed, "{value}");
    }
}

#[tokio::test]
async fn addresses_and_not_action_are_judged() {
    let desk = Desk::new();
    let near = statement(
        "Allow",
        &["iam:ListUsers"],
        "*",
        r#"{"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}}"#,
    );
    let far = statement(
        "Allow",
        &["iam:GetAccountSummary"],
        "*",
        r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#,
    );
    let ann = desk.user(&[&near, &far]).await;
    ann.iam.list_users().send().await.unwrap();
    denied(ann.iam.get_account_summary().send().await);
    let not = r#"{"Statement":{"Effect":"Allow","NotAction":"iam:ListUsers","Resource":"*"}}"#;
    let bob = desk.user(&[not]).await;
    bob.iam.get_account_summary().send().await.unwrap();
    denied(bob.iam.list_users().send().await);
}

#[tokio::test]
async fn multi_factor_and_token_keys_are_absent_for_a_users_own_key() {
    let desk = Desk::new();
    let deny = r#"{"Null":{"aws:TokenIssueTime":"true","aws:MultiFactorAuthPresent":"true"}}"#;
    let ann = desk
        .user(&[ALLOW_ALL, &statement("Deny", &["*"], "*", deny)])
        .await;
    denied(ann.iam.list_users().send().await);
    let without = r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#;
    let bob = desk
        .user(&[ALLOW_ALL, &statement("Deny", &["*"], "*", without)])
        .await;
    denied(bob.iam.list_users().send().await);
    let old = dated(
        "Deny",
        "DateLessThan",
        "aws:TokenIssueTime",
        &desk.moment(600),
    );
    let eve = desk.user(&[ALLOW_ALL, &old]).await;
    eve.iam.list_users().send().await.unwrap();
}
