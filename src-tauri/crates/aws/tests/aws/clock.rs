//! Requests are signed with AWS's time, learned from its answers.

use std::time::Duration;

use leasehold_aws::{AwsErrorKind, ClockOffset, Limiter};

use crate::fake::{Fake, Step, dated, identity, no, now};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

fn close(left: i64, right: i64) -> bool {
    (left - right).abs() <= 2
}

#[tokio::test(start_paused = true)]
async fn the_date_of_an_answer_moves_the_time_the_next_request_is_signed_with() {
    for ahead in [10 * MINUTE, -10 * MINUTE] {
        let clock = ClockOffset::default();
        let fake = Fake::new([dated(identity(), ahead), identity()]);
        let aws = fake.aws_with(clock.clone(), Limiter::unshared());
        aws.caller_identity().await.unwrap();
        assert!(close(clock.get() / 1_000, ahead), "{}", clock.get());
        aws.caller_identity().await.unwrap();
        let sent = fake.sent();
        assert!(close(sent[0].signed_at, now()), "{sent:?}");
        assert!(close(sent[1].signed_at, now() + ahead), "{sent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_date_hours_away_from_a_time_that_aws_took_is_not_believed() {
    for ahead in [24 * HOUR, -24 * HOUR] {
        let clock = ClockOffset::default();
        let fake = Fake::new([dated(identity(), ahead)]);
        let aws = fake.aws_with(clock.clone(), Limiter::unshared());
        aws.caller_identity().await.unwrap();
        assert_eq!(clock.get(), 0);
        assert!(clock.is_agreed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_time_is_corrected_and_signed_again_within_the_same_call() {
    let refused = no(
        403,
        "SignatureDoesNotMatch",
        "Signature expired: 20261121T1 is now earlier than 2",
    );
    let fake = Fake::new([dated(refused, 9 * HOUR), dated(identity(), 9 * HOUR)]);
    fake.aws().caller_identity().await.unwrap();
    let sent = fake.sent();
    assert!(
        close(sent[1].signed_at, now() + 9 * HOUR),
        "corrected once, not twice: {sent:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_refused_time_without_a_better_one_is_a_clock_error() {
    for (code, message) in [
        (
            "SignatureDoesNotMatch",
            "Signature not yet current: 2 is still later than 1",
        ),
        ("RequestExpired", "Request has expired."),
        ("RequestTimeTooSkewed", "The difference is too large."),
    ] {
        let fake = Fake::new([dated(no(403, code, message), 0)]);
        let error = fake.aws().caller_identity().await.unwrap_err();
        assert_eq!(
            (error.kind.clone(), error.maybe_done),
            (AwsErrorKind::Clock, false)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_signature_is_not_taken_for_a_clock_error() {
    let message = "The request signature we calculated does not match the signature you provided.";
    let fake = Fake::new([dated(no(403, "SignatureDoesNotMatch", message), 5 * HOUR)]);
    let error = fake.aws().caller_identity().await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::WrongKey);
    assert_eq!(fake.sent().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_offset_known_from_before_is_used_from_the_first_request() {
    let fake = Fake::new([dated(identity(), 3 * HOUR)]);
    let clock = ClockOffset::new(3 * HOUR * 1_000);
    fake.aws_with(clock.clone(), Limiter::unshared())
        .caller_identity()
        .await
        .unwrap();
    assert!(close(fake.sent()[0].signed_at, now() + 3 * HOUR));
    assert_eq!(clock.get(), 3 * HOUR * 1_000, "agreement moves nothing");
}

#[tokio::test(start_paused = true)]
async fn slow_and_cached_answers_teach_nothing() {
    let slow = Step::Late(
        Duration::from_secs(6),
        Box::new(dated(identity(), 10 * MINUTE)),
    );
    let Step::Answer(status, mut headers, body) = dated(identity(), 10 * MINUTE) else {
        unreachable!()
    };
    headers.push(("age", "3600".into()));
    let clock = ClockOffset::default();
    let fake = Fake::new([slow, Step::Answer(status, headers, body)]);
    let aws = fake.aws_with(clock.clone(), Limiter::unshared());
    aws.caller_identity().await.unwrap();
    aws.caller_identity().await.unwrap();
    assert_eq!(clock.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_date_proves_the_offset_only_once_a_request_signed_with_it_was_taken() {
    // Whoever writes the header alone, a proxy on the way, moves the offset and proves nothing.
    let clock = ClockOffset::default();
    let skewed = || no(403, "RequestTimeTooSkewed", "The difference is too large.");
    let fake = Fake::new([
        dated(identity(), 10 * MINUTE),
        dated(skewed(), 10 * MINUTE),
        dated(skewed(), 0),
        dated(identity(), 0),
    ]);
    let aws = fake.aws_with(clock.clone(), Limiter::unshared());
    aws.caller_identity().await.unwrap();
    assert!(!clock.is_agreed());
    // Refused at the forged time; the honest date of the second refusal brings it back.
    let refused = aws.caller_identity().await;
    assert!(refused.is_err() && !clock.is_agreed());
    aws.caller_identity().await.unwrap();
    assert!(clock.is_agreed());
    assert_eq!(clock.get(), 0);
    clock.doubt();
    assert!(!clock.is_agreed());
}
