//! Every kind of error: how it is recognised, and what a person reads.

use leasehold_aws::{AwsError, AwsErrorKind, Entity, NewUser};
use leasehold_domain::{Code, Problem};

use crate::fake::{Fake, Step, no};

async fn get_user_fails_with(step: Step) -> AwsError {
    let lost = matches!(
        &step,
        Step::Answer(500.., ..) | Step::Reset | Step::Hang | Step::Refused
    );
    let fake = Fake::new(vec![step; 3]);
    let error = fake.aws().get_user("lease-1").await.unwrap_err();
    // What AWS throttles takes two more turns, by whatever name AWS calls it.
    let retried = lost || error.kind == AwsErrorKind::Throttled;
    assert_eq!(fake.sent().len(), if retried { 3 } else { 1 }, "{error}");
    error
}

#[tokio::test(start_paused = true)]
async fn codes_are_sorted_by_what_one_can_do() {
    use AwsErrorKind as Kind;
    let cases: &[(u16, &str, Kind, Code)] = &[
        (
            409,
            "EntityAlreadyExists",
            Kind::AlreadyThere,
            Code::AwsAlreadyThere,
        ),
        (
            409,
            "ConcurrentModification",
            Kind::Concurrent,
            Code::AwsConflict,
        ),
        (
            409,
            "EntityTemporarilyUnmodifiable",
            Kind::Concurrent,
            Code::AwsConflict,
        ),
        (
            409,
            "DeleteConflict",
            Kind::DeleteConflict,
            Code::AwsConflict,
        ),
        (400, "UnmodifiableEntity", Kind::Conflict, Code::AwsConflict),
        (409, "SomethingNew", Kind::Conflict, Code::AwsConflict),
        (409, "LimitExceeded", Kind::Limit, Code::AwsLimit),
        (
            400,
            "MalformedPolicyDocument",
            Kind::Malformed,
            Code::AwsMalformed,
        ),
        (400, "ValidationError", Kind::Malformed, Code::AwsMalformed),
        (400, "InvalidInput", Kind::Malformed, Code::AwsMalformed),
        (
            400,
            "PolicyNotAttachable",
            Kind::Malformed,
            Code::AwsMalformed,
        ),
        (400, "Throttling", Kind::Throttled, Code::AwsThrottled),
        (
            400,
            "ThrottlingException",
            Kind::Throttled,
            Code::AwsThrottled,
        ),
        (
            503,
            "RequestLimitExceeded",
            Kind::Throttled,
            Code::AwsThrottled,
        ),
        (503, "SlowDown", Kind::Throttled, Code::AwsThrottled),
        (429, "TooManyRequests", Kind::Throttled, Code::AwsThrottled),
        (
            429,
            "TooManyRequestsException",
            Kind::Throttled,
            Code::AwsThrottled,
        ),
        (
            403,
            "InvalidClientTokenId",
            Kind::WrongKey,
            Code::AwsWrongKey,
        ),
        (
            403,
            "UnrecognizedClientException",
            Kind::WrongKey,
            Code::AwsWrongKey,
        ),
        (
            403,
            "SignatureDoesNotMatch",
            Kind::WrongKey,
            Code::AwsWrongKey,
        ),
        (403, "InvalidAccessKeyId", Kind::WrongKey, Code::AwsWrongKey),
        (403, "ExpiredToken", Kind::WrongKey, Code::AwsWrongKey),
        (
            403,
            "MissingAuthenticationToken",
            Kind::WrongKey,
            Code::AwsWrongKey,
        ),
        (400, "RequestExpired", Kind::Clock, Code::AwsClock),
        (403, "RequestTimeTooSkewed", Kind::Clock, Code::AwsClock),
        (
            500,
            "ServiceFailure",
            Kind::Unreachable,
            Code::AwsUnreachable,
        ),
        (
            503,
            "ServiceUnavailable",
            Kind::Unreachable,
            Code::AwsUnreachable,
        ),
        (400, "InvalidAction", Kind::Unexpected, Code::AwsUnexpected),
    ];
    for (status, code, kind, problem_code) in cases {
        let error = get_user_fails_with(no(*status, code, "Because of something.")).await;
        assert_eq!((&error.kind, error.code.as_str()), (kind, *code));
        assert_eq!(error.action, "iam:GetUser");
        assert_eq!(error.request_id.as_deref(), Some("r-2"));
        assert_eq!(
            error.maybe_done,
            *kind == AwsErrorKind::Unreachable,
            "{code}"
        );
        let problem = Problem::from(error);
        assert_eq!(problem.code, *problem_code);
        assert!(
            problem.message.contains("Because of something."),
            "{}",
            problem.message
        );
        assert!(
            problem.message.contains("iam:GetUser"),
            "{}",
            problem.message
        );
        assert!(
            problem.hint.is_some_and(|hint| hint.ends_with('.')),
            "{code} has a hint"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_denial_names_the_action_and_arn_that_aws_names() {
    let message = "User: arn:aws:iam::111122223333:user/mgr is not authorized to perform: \
                   iam:TagUser on resource: arn:aws:iam::111122223333:user/leases/lease-1 because \
                   no identity-based policy allows the iam:TagUser action";
    for code in [
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
    ] {
        let error = get_user_fails_with(no(403, code, message)).await;
        let arn = "arn:aws:iam::111122223333:user/leases/lease-1";
        assert_eq!(
            error.kind,
            AwsErrorKind::Denied {
                action: "iam:TagUser".into(),
                resource: Some(arn.into())
            }
        );
        assert!(!error.maybe_done);
        let problem = Problem::from(&error);
        assert!(
            problem
                .message
                .starts_with(&format!("AWS denied iam:TagUser on {arn}."))
        );
        let hint = problem.hint.unwrap();
        assert_eq!(
            hint,
            format!("Allow iam:TagUser on {arn} for the managing user.")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_denial_that_names_nothing_falls_back_to_the_call() {
    for message in [
        "",
        "Access Denied",
        "User: x is not authorized to perform: iam:* on resource: *",
        "is not authorized to perform: anything you like on resource: everything",
    ] {
        let error = get_user_fails_with(no(403, "AccessDenied", message)).await;
        let kind = AwsErrorKind::Denied {
            action: "iam:GetUser".into(),
            resource: Some("user/lease-1".into()),
        };
        assert_eq!(error.kind, kind, "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_hint_of_a_denial_follows_its_reason() {
    let said = |reason: &str| {
        format!(
            "User: arn:aws:iam::111122223333:user/mgr is not authorized to perform: iam:GetUser on \
             resource: user lease-1 {reason}"
        )
    };
    for (code, reason, expected) in [
        (
            "AccessDenied",
            "with an explicit deny in an identity-based policy",
            "out of that Deny",
        ),
        (
            "AccessDenied",
            "because no permissions boundary allows it",
            "permission boundary",
        ),
        (
            "AccessDenied",
            "because no service control policy allows it",
            "service control policy",
        ),
        ("OptInRequired", "", "Enable the service"),
    ] {
        let error = get_user_fails_with(no(403, code, &said(reason))).await;
        let hint = Problem::from(error).hint.unwrap();
        assert!(hint.contains(expected), "{hint}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_read_from_the_beginning_of_the_sentence() {
    for (message, entity) in [
        (
            "The user with name policy-group cannot be found.",
            Entity::User,
        ),
        (
            "The group with name The user with name cannot be found.",
            Entity::Group,
        ),
        (
            "Policy arn:aws:iam::aws:policy/Nope does not exist or is not attachable.",
            Entity::Policy,
        ),
        (
            "Policy arn:aws:iam::aws:policy/Nope was not found.",
            Entity::Policy,
        ),
        (
            "Scope ARN: arn:aws:iam::1:policy/x does not exist or is not attachable.",
            Entity::Policy,
        ),
        (
            "The user policy with name leasehold-doc-1 cannot be found.",
            Entity::Policy,
        ),
        (
            "The Access Key with id AKIAI44QH8DHBEXAMPLE cannot be found.",
            Entity::Key,
        ),
        ("", Entity::User),
    ] {
        let error = get_user_fails_with(no(404, "NoSuchEntity", message)).await;
        assert_eq!(error.kind, AwsErrorKind::NotThere(entity), "{message}");
        assert_eq!(Problem::from(error).code, Code::AwsNotThere);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_follows_the_call_when_aws_does_not_say() {
    let silent = || Fake::new([no(404, "NoSuchEntity", "Not found")]).aws();
    let kind = |error: AwsError| error.kind.clone();
    let user = NewUser {
        name: "u".into(),
        path: "/".into(),
        boundary: None,
        tags: vec![],
    };
    assert_eq!(
        kind(silent().create_user(&user).await.unwrap_err()),
        AwsErrorKind::NotThere(Entity::Policy)
    );
    assert_eq!(
        kind(silent().create_access_key("u").await.unwrap_err()),
        AwsErrorKind::NotThere(Entity::User)
    );
    assert_eq!(
        kind(
            silent()
                .delete_access_key("u", "AKIAI44QH8DHBEXAMPLE")
                .await
                .unwrap_err()
        ),
        AwsErrorKind::NotThere(Entity::Other),
        "user or key: nothing may be concluded"
    );
}

#[tokio::test(start_paused = true)]
async fn hostile_texts_are_shortened_and_cleaned() {
    let message = format!("\u{1b}[2J\u{202e}evil\n{}", "word ".repeat(500));
    let step = no(
        400,
        "Bad\u{1b}[31m&lt;script&gt;",
        &message.replace('\u{1b}', "&#x9b;"),
    );
    let Step::Answer(status, headers, body) = step else {
        unreachable!()
    };
    let body = body.replace('\u{1b}', "&#x9b;");
    let error = get_user_fails_with(Step::Answer(status, headers, body)).await;
    let problem = Problem::from(&error);
    for text in [&error.code, &error.message, &problem.message] {
        assert!(
            !text.chars().any(|c| c.is_control() || c == '\u{202e}'),
            "{text:?}"
        );
    }
    assert_eq!(error.code, "Bad31mscript");
    assert!(error.message.chars().count() <= 301);
    assert!(
        error.message.starts_with("[2J evil word word"),
        "{}",
        error.message
    );
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_not_awss_are_told_apart() {
    let page = |status| {
        let body = "<html><body>Corporate proxy</body></html>".to_owned();
        Step::Answer(status, vec![("content-type", "text/html".into())], body)
    };
    for status in [302, 403, 502] {
        let error = get_user_fails_with(page(status)).await;
        assert_eq!(error.kind, AwsErrorKind::Unreachable);
        let problem = Problem::from(&error);
        assert!(
            problem.message.contains("a web page came back"),
            "{}",
            problem.message
        );
        assert!(problem.hint.unwrap().contains("sign in to the network"));
        assert_eq!(error.maybe_done, status == 502);
    }
    let text = |status| Step::Answer(status, vec![], "no".to_owned());
    assert_eq!(
        get_user_fails_with(text(404)).await.kind,
        AwsErrorKind::Unexpected
    );
    assert_eq!(
        get_user_fails_with(text(429)).await.kind,
        AwsErrorKind::Throttled
    );
    assert_eq!(
        get_user_fails_with(text(500)).await.kind,
        AwsErrorKind::Unreachable
    );
    let lost = get_user_fails_with(text(408)).await;
    assert_eq!(
        (lost.kind.clone(), lost.maybe_done),
        (AwsErrorKind::Unreachable, true)
    );
}

#[tokio::test(start_paused = true)]
async fn lost_connections_say_why() {
    let reset = get_user_fails_with(Step::Reset).await;
    assert_eq!(
        (&reset.kind, reset.maybe_done),
        (&AwsErrorKind::Unreachable, true)
    );
    let refused = get_user_fails_with(Step::Refused).await;
    assert!(!refused.maybe_done);
    assert_eq!(
        Problem::from(refused).message,
        "AWS gave no usable answer to iam:GetUser on user/lease-1: the connection was refused."
    );
    let silent = get_user_fails_with(Step::Hang).await;
    assert_eq!(
        Problem::from(silent).message,
        "AWS gave no usable answer to iam:GetUser on user/lease-1: no answer came in time."
    );
}

#[tokio::test(start_paused = true)]
async fn an_impossible_endpoint_is_the_inputs_fault_and_sends_nothing() {
    use leasehold_aws::{ClockOffset, Limiter};
    for (region, url) in [("us-east-1", Some("not a url")), ("us east 1", None)] {
        let fake = Fake::default();
        let aws = fake.aws_at(region, url, ClockOffset::default(), Limiter::unshared());
        let error = aws.get_user("u").await.unwrap_err();
        assert_eq!(
            (&error.kind, error.maybe_done),
            (&AwsErrorKind::Malformed, false),
            "{error:?}"
        );
        assert!(Problem::from(error).hint.unwrap().contains("endpoint URL"));
        assert!(fake.sent().is_empty());
    }
}
