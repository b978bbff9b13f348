//! Relayed, bent and hostile requests: each gets an answer in AWS's form, and none gets through.

use chrono::TimeDelta;
use leasehold_practice::{Request, Response};
use proptest::prelude::*;

use crate::desk::{ALLOW_ALL, Desk, start};
use crate::wire::{IDENTITY, post, post_with, presigned, with_header};

fn text(response: &Response) -> &str {
    std::str::from_utf8(&response.body).unwrap()
}

#[tokio::test]
async fn a_relayed_identity_request_works_twice_and_names_the_user() {
    let desk = Desk::new();
    let ann = desk.user(&[]).await;
    let request = post(&ann, "sts", "us-east-1", desk.practice.now(), IDENTITY);
    for _ in 0..2 {
        let answer = desk.practice.answer(&request);
        assert_eq!(answer.status, 200, "{}", text(&answer));
        assert!(text(&answer).contains(&format!("user/{}</Arn>", ann.name)));
    }
}

#[tokio::test]
async fn every_bend_of_a_relayed_request_is_refused() {
    let desk = Desk::new();
    let (ann, bob) = (desk.user(&[]).await, desk.user(&[]).await);
    let request = post(&ann, "sts", "us-east-1", desk.practice.now(), IDENTITY);
    let authorization = |from: &str, to: &str| {
        with_header(&request, "authorization", |value| {
            assert!(value.contains(from));
            value.replace(from, to)
        })
    };
    let mut body = request.clone();
    body.body = b"Action=GetSessionToken&Version=2011-06-15".to_vec();
    let mut path = request.clone();
    path.uri = "/other".to_owned();
    let mut method = request.clone();
    method.method = "PUT".to_owned();
    let mut duplicate = request.clone();
    duplicate
        .headers
        .push(("host".to_owned(), "elsewhere".to_owned()));
    let mut missing = request.clone();
    missing.headers.retain(|(key, _)| key != "content-type");
    let bends = [
        body,
        path,
        method,
        duplicate,
        missing,
        with_header(&request, "host", |_| "elsewhere".to_owned()),
        with_header(&request, "content-type", |_| "text/plain".to_owned()),
        with_header(&request, "x-amz-date", |_| "20260101T000001Z".to_owned()),
        with_header(&request, "x-amz-date", |_| "today".to_owned()),
        authorization(&ann.id, &bob.id),
        authorization("content-type;", ""),
        authorization("SignedHeaders=", "SignedHeaders=accept;"),
        authorization("Signature=", "Signature=0"),
        authorization("us-east-1", "us-east-2"),
        authorization("/aws4_request", ""),
        authorization("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
    ];
    for (number, bent) in bends.iter().enumerate() {
        let answer = desk.practice.answer(bent);
        assert!(
            matches!(answer.status, 400 | 403),
            "{number}: {}",
            text(&answer)
        );
        assert!(text(&answer).contains("<ErrorResponse"), "{number}");
    }
}

#[tokio::test]
async fn a_signature_lives_fifteen_minutes_either_way() {
    let desk = Desk::new();
    let ann = desk.user(&[]).await;
    for (minutes, part) in [
        (
            -20,
            "<Message>Signature expired: 20251231T234000Z is now earlier than 20251231T234500Z (20260101T000000Z - 15 min.)</Message>",
        ),
        (
            20,
            "<Message>Signature not yet current: 20260101T002000Z is still later than 20260101T001500Z (20260101T000000Z + 15 min.)</Message>",
        ),
    ] {
        let at = start() + TimeDelta::minutes(minutes);
        let answer = desk
            .practice
            .answer(&post(&ann, "sts", "us-east-1", at, IDENTITY));
        assert_eq!(answer.status, 403);
        assert!(text(&answer).contains("<Code>SignatureDoesNotMatch</Code>"));
        assert!(text(&answer).contains(part), "{}", text(&answer));
    }
    for minutes in [-14, 14] {
        let at = start() + TimeDelta::minutes(minutes);
        let answer = desk
            .practice
            .answer(&post(&ann, "sts", "us-east-1", at, IDENTITY));
        assert_eq!(answer.status, 200);
    }
}

#[tokio::test]
async fn iam_is_signed_for_us_east_1_and_sts_for_any_region() {
    let desk = Desk::new();
    let ann = desk.user(&[ALLOW_ALL]).await;
    let now = desk.practice.now();
    let list = "Action=ListUsers&Version=2010-05-08";
    let answer = desk
        .practice
        .answer(&post(&ann, "iam", "eu-west-1", now, list));
    assert_eq!(answer.status, 403);
    assert!(text(&answer).contains("SignatureDoesNotMatch"));
    let answer = desk
        .practice
        .answer(&post(&ann, "sts", "us-east-1", now, list));
    assert!(text(&answer).contains("Credential should be scoped to correct service"));
    let answer = desk
        .practice
        .answer(&post(&ann, "sts", "eu-west-1", now, IDENTITY));
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_presigned_url_works_and_no_bend_of_it_does() {
    let desk = Desk::new();
    let ann = desk.user(&[]).await;
    let request = presigned(&ann, desk.practice.now());
    let answer = desk.practice.answer(&request);
    assert_eq!(answer.status, 200, "{}", text(&answer));
    let mut more = request.clone();
    more.uri.push_str("&x=1");
    let mut expires = request.clone();
    expires.uri = expires.uri.replace("Expires=60", "Expires=600");
    let mut bare = request.clone();
    bare.headers.retain(|(key, _)| key == "host");
    let other = with_header(&request, "x-k8s-aws-id", |_| "other".to_owned());
    for bent in [more, expires, bare, other] {
        assert_eq!(desk.practice.answer(&bent).status, 403);
    }
    desk.pass(16 * 60);
    assert_eq!(desk.practice.answer(&request).status, 403);
}

#[tokio::test]
async fn refusals_have_aws_form_and_headers() {
    let desk = Desk::new();
    let admin = desk.admin();
    let now = desk.practice.now();
    let get = "Action=GetUser&UserName=no%3Cbody&Version=2010-05-08";
    let get = get.replace("%3C", "-");
    let answer = desk
        .practice
        .answer(&post(&admin, "iam", "us-east-1", now, &get));
    let header = |name: &str| {
        answer
            .headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let id = header("x-amzn-requestid").unwrap();
    assert_eq!(id.len(), 36);
    assert_eq!(header("date"), Some("Thu, 01 Jan 2026 00:00:00 GMT"));
    assert_eq!(
        text(&answer),
        format!(
            "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error>\
             <Type>Sender</Type><Code>NoSuchEntity</Code><Message>The user with name no-body \
             cannot be found.</Message></Error><RequestId>{id}</RequestId></ErrorResponse>"
        )
    );
    for (body, part) in [
        (
            "Action=Frobnicate&Version=2010-05-08",
            "Could not find operation Frobnicate",
        ),
        (
            "Action=GetUser&Version=1999-01-01",
            "for version 1999-01-01",
        ),
        ("Action=GetUser", "NO_VERSION_SPECIFIED"),
    ] {
        let answer = desk
            .practice
            .answer(&post(&admin, "iam", "us-east-1", now, body));
        assert_eq!(answer.status, 400);
        assert!(text(&answer).contains("<Code>InvalidAction</Code>"));
        assert!(text(&answer).contains(part), "{}", text(&answer));
    }
}

#[tokio::test]
async fn sts_answers_json_to_those_who_ask_for_it() {
    let desk = Desk::new();
    let ann = desk.user(&[]).await;
    let json = [("accept", "application/json")];
    let now = desk.practice.now();
    let request = post_with(&ann, "sts", "us-east-1", now, IDENTITY, &json);
    let answer = desk.practice.answer(&request);
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let result = &body["GetCallerIdentityResponse"]["GetCallerIdentityResult"];
    assert_eq!(result["Account"], leasehold_practice::ACCOUNT_ID);
    let bent = with_header(&request, "authorization", |value| format!("{value}0"));
    let body: serde_json::Value =
        serde_json::from_slice(&desk.practice.answer(&bent).body).unwrap();
    assert_eq!(body["Error"]["Code"], "SignatureDoesNotMatch");
}

#[tokio::test]
async fn a_request_without_a_signature_is_told_so() {
    let desk = Desk::new();
    let request = Request {
        method: "POST".to_owned(),
        uri: "/".to_owned(),
        headers: Vec::new(),
        body: IDENTITY.as_bytes().to_vec(),
    };
    let answer = desk.practice.answer(&request);
    assert_eq!(answer.status, 403);
    assert!(text(&answer).contains("<Code>MissingAuthenticationToken</Code>"));
}

#[tokio::test]
async fn too_much_is_refused_before_it_is_read() {
    let desk = Desk::new();
    let admin = desk.admin();
    let now = desk.practice.now();
    let huge = "x".repeat(2 * 1024 * 1024);
    let answer = desk
        .practice
        .answer(&post(&admin, "iam", "us-east-1", now, &huge));
    assert_eq!(answer.status, 413);
    let many = "a=1&b=2&".repeat(2_000);
    let answer = desk
        .practice
        .answer(&post(&admin, "iam", "us-east-1", now, &many));
    assert_eq!(answer.status, 400);
    let mut headers = post(&admin, "sts", "us-east-1", now, IDENTITY);
    headers
        .headers
        .extend((0..300).map(|n| (format!("x-{n}"), String::new())));
    assert_eq!(desk.practice.answer(&headers).status, 431);
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let put = format!(
        "Action=PutUserPolicy&Version=2010-05-08&UserName=admin&PolicyName=p&PolicyDocument={deep}"
    );
    let answer = desk
        .practice
        .answer(&post(&admin, "iam", "us-east-1", now, &put));
    assert!(
        text(&answer).contains("MalformedPolicyDocument"),
        "{}",
        text(&answer)
    );
    let actions: String = (1..=600)
        .map(|n| format!("&ActionNames.member.{n}=a:b"))
        .collect();
    let ask = format!(
        "Action=SimulatePrincipalPolicy&Version=2010-05-08&PolicySourceArn=arn:aws:iam::000000000000:user/judges/admin&ResourceArns.member.1=a&ResourceArns.member.2=b{actions}"
    );
    let answer = desk
        .practice
        .answer(&post(&admin, "iam", "us-east-1", now, &ask));
    assert!(text(&answer).contains("InvalidInput"), "{}", text(&answer));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nothing_sent_can_make_it_panic(
        method in "GET|POST|[A-Z]{0,9}",
        uri in "/?(\\PC|[?&=%+]){0,60}",
        authorization in "(AWS4-HMAC-SHA256 )?(Credential=\\PC{0,30}, SignedHeaders=\\PC{0,20}, Signature=\\PC{0,20}|\\PC{0,60})",
        date in "2026[0-9TZ]{0,14}|\\PC{0,20}",
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let desk = shared();
        let request = Request {
            method,
            uri,
            headers: vec![
                ("authorization".to_owned(), authorization),
                ("x-amz-date".to_owned(), date),
            ],
            body,
        };
        let answer = desk.practice.answer(&request);
        prop_assert!((400..500).contains(&answer.status));
    }

    #[test]
    fn no_signed_parameter_can_make_it_panic(
        action in "CreateUser|PutUserPolicy|AssumeRole|SimulatePrincipalPolicy|ListUsers|TagUser|CreateRole",
        pairs in proptest::collection::vec(
            ("UserName|Path|PolicyDocument|PolicyName|RoleArn|RoleSessionName|Marker|MaxItems|Tags.member.1.Key|Tags.member.1.Value|PolicySourceArn|ActionNames.member.1|AssumeRolePolicyDocument|RoleName|DurationSeconds", "\\PC{0,40}"),
            0..6,
        ),
    ) {
        let desk = shared();
        let sts = action == "AssumeRole";
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", &action);
        form.append_pair("Version", if sts { "2011-06-15" } else { "2010-05-08" });
        form.extend_pairs(&pairs);
        let service = if sts { "sts" } else { "iam" };
        let now = desk.practice.now();
        let request = post(&desk.admin(), service, "us-east-1", now, &form.finish());
        let answer = desk.practice.answer(&request);
        prop_assert!(answer.status < 500, "{}", text(&answer));
    }
}

fn shared() -> &'static Desk {
    static DESK: std::sync::OnceLock<Desk> = std::sync::OnceLock::new();
    DESK.get_or_init(Desk::new)
}
