//! What is tried again and what is not, and what is known afterwards.

use std::time::Duration;

use leasehold_aws::{AwsErrorKind, ClockOffset, Limiter, NewUser};

use crate::fake::{Fake, Step, key, no, user, yes};

fn lease() -> NewUser {
    NewUser {
        name: "lease-1".into(),
        path: "/leases/".into(),
        boundary: None,
        tags: vec![],
    }
}

fn made() -> Step {
    yes("CreateUser", &user("lease-1", "/leases/"))
}

#[tokio::test(start_paused = true)]
async fn create_user_is_tried_again_after_a_500_and_after_a_reset() {
    let fake = Fake::new([no(500, "ServiceFailure", "Oops"), Step::Reset, made()]);
    fake.aws().create_user(&lease()).await.unwrap();
    assert_eq!(fake.sent().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn throttling_is_waited_out() {
    let slow = || no(400, "Throttling", "Rate exceeded");
    let limiter = Limiter::unshared();
    let fake = Fake::new([slow(), slow(), made()]);
    fake.aws_with(ClockOffset::default(), limiter.clone())
        .create_user(&lease())
        .await
        .unwrap();
    assert_eq!(fake.sent().len(), 3);
    assert!(limiter.width() < 16, "the whole account slows down");
}

#[tokio::test(start_paused = true)]
async fn throttling_without_end_is_reported_as_definitely_not_done() {
    let fake = Fake::new(vec![no(503, "RequestLimitExceeded", "Rate exceeded"); 3]);
    let error = fake.aws().create_user(&lease()).await.unwrap_err();
    assert_eq!(
        (error.kind.clone(), error.maybe_done),
        (AwsErrorKind::Throttled, false)
    );
    assert_eq!(fake.sent().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn create_access_key_is_sent_once_whatever_happens() {
    let slow = no(400, "Throttling", "Rate exceeded");
    let late_clock = no(
        403,
        "SignatureDoesNotMatch",
        "Signature expired: 1 is now earlier than 2",
    );
    let cases = [
        (
            no(500, "ServiceFailure", "Oops"),
            AwsErrorKind::Unreachable,
            true,
        ),
        (
            no(503, "ServiceUnavailable", "Oops"),
            AwsErrorKind::Unreachable,
            true,
        ),
        (Step::Reset, AwsErrorKind::Unreachable, true),
        (Step::Hang, AwsErrorKind::Unreachable, true),
        (
            Step::Answer(502, vec![], "<html>Bad gateway</html>".into()),
            AwsErrorKind::Unreachable,
            true,
        ),
        (
            Step::Answer(200, vec![], "<CreateAccessKeyResponse><Crea".into()),
            AwsErrorKind::Unexpected,
            true,
        ),
        (Step::Refused, AwsErrorKind::Unreachable, false),
        (slow, AwsErrorKind::Throttled, false),
        (
            crate::fake::dated(late_clock, 7_200),
            AwsErrorKind::Clock,
            false,
        ),
    ];
    for (step, kind, maybe_done) in cases {
        let fake = Fake::new([step.clone(), key("lease-1")]);
        let error = fake.aws().create_access_key("lease-1").await.unwrap_err();
        assert_eq!(
            (error.kind.clone(), error.maybe_done),
            (kind, maybe_done),
            "{step:?}"
        );
        assert_eq!(fake.sent().len(), 1, "{step:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_next_create_access_key_after_a_throttled_one_waits_for_the_pause() {
    let fake = Fake::new([no(400, "Throttling", "Rate exceeded"), key("lease-1")]);
    let aws = fake.aws();
    aws.create_access_key("lease-1").await.unwrap_err();
    let start = tokio::time::Instant::now();
    aws.create_access_key("lease-1").await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(500));
}

#[tokio::test(start_paused = true)]
async fn already_there_after_a_lost_answer_may_be_our_own_doing() {
    let taken = || {
        no(
            409,
            "EntityAlreadyExists",
            "User with name lease-1 already exists.",
        )
    };
    let fake = Fake::new([Step::Reset, taken()]);
    let error = fake.aws().create_user(&lease()).await.unwrap_err();
    assert_eq!(
        (error.kind.clone(), error.maybe_done),
        (AwsErrorKind::AlreadyThere, true)
    );

    let fake = Fake::new([taken()]);
    let error = fake.aws().create_user(&lease()).await.unwrap_err();
    assert_eq!(
        (error.kind.clone(), error.maybe_done),
        (AwsErrorKind::AlreadyThere, false)
    );
}

#[tokio::test(start_paused = true)]
async fn one_lost_answer_is_remembered_over_later_tries_that_never_connected() {
    let fake = Fake::new([Step::Reset, Step::Refused, Step::Refused]);
    let error = fake.aws().create_user(&lease()).await.unwrap_err();
    assert_eq!(
        (error.kind.clone(), error.maybe_done),
        (AwsErrorKind::Unreachable, true)
    );

    let fake = Fake::new(vec![Step::Refused; 3]);
    let error = fake.aws().create_user(&lease()).await.unwrap_err();
    assert_eq!(
        (error.kind.clone(), error.maybe_done),
        (AwsErrorKind::Unreachable, false)
    );
}

#[tokio::test(start_paused = true)]
async fn a_silent_endpoint_is_given_up_after_45_seconds() {
    let fake = Fake::new(vec![Step::Hang; 3]);
    let start = tokio::time::Instant::now();
    let error = fake.aws().create_user(&lease()).await.unwrap_err();
    assert_eq!(
        (error.kind.clone(), error.code.as_str()),
        (AwsErrorKind::Unreachable, "TimedOut")
    );
    assert!(error.maybe_done);
    let waited = start.elapsed();
    assert!(
        (Duration::from_secs(44)..=Duration::from_secs(46)).contains(&waited),
        "{waited:?}"
    );
    assert_eq!(fake.sent().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_try_that_takes_15_seconds_is_repeated() {
    let fake = Fake::new([Step::Hang, made()]);
    let start = tokio::time::Instant::now();
    fake.aws().create_user(&lease()).await.unwrap();
    assert!((15..20).contains(&start.elapsed().as_secs()));
}

#[tokio::test(start_paused = true)]
async fn calls_for_one_account_share_sixteen_turns() {
    let wait = Duration::from_secs(1);
    let slow = Step::Late(wait, Box::new(yes("DeleteUser", "")));
    let fake = Fake::new(vec![slow; 32]);
    let aws = fake.aws();
    let start = tokio::time::Instant::now();
    let calls: Vec<_> = (0..32)
        .map(|n| {
            let aws = aws.clone();
            tokio::spawn(async move { aws.delete_user(&format!("u{n}")).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(start.elapsed().as_secs(), 2);
}
