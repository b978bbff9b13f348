//! T1 to T14: the outer form, and what each client does differently.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use leasehold_access::{CloudIdentity, MAX_LEN};
use proptest::prelude::*;
use serde_json::json;

use crate::fixtures::{Client, Sts, Vault, outcome};

fn encode(text: impl AsRef<[u8]>) -> String {
    STANDARD.encode(text)
}

#[test]
fn every_known_client_logs_in() {
    for (case, client) in [
        ("T1 Go, regional", Client::usual()),
        ("T2 JavaScript, host given", Client::js()),
        (
            "T3 Python, two spaces and an unsigned agent",
            Client::python(),
        ),
        (
            "T4 Go in China",
            Client::go("sts.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ),
        (
            "T6 an IAM user without a session",
            Client {
                key: "AKIAIOSFODNN7EXAMPLE".into(),
                token: None,
                ..Client::usual()
            },
        ),
        (
            "Go before regions: global, agent unsigned",
            Client {
                unsigned: vec![("User-Agent".into(), "aws-sdk-go".into())],
                ..Client::js()
            },
        ),
        (
            "the body's hash signed",
            Client::usual().signing(
                "x-amz-content-sha256",
                "ab821ae955788b0e33ebd34c208442ccfc2d406e2edc5e7a39bd6458fbb4f843",
            ),
        ),
    ] {
        assert_eq!(outcome(&client.token()), "accepted", "{case}");
    }
}

#[test]
fn t4_the_partition_is_that_of_the_host() {
    let vault = Vault::default();
    let verdict = vault.login(&Client::go("sts.cn-north-1.amazonaws.com.cn", "cn-north-1").token());
    let proven = verdict.accepted().unwrap();
    assert_eq!(proven.identity.arn().partition.as_str(), "aws-cn");
}

#[test]
fn t3_what_is_not_signed_is_not_sent() {
    let vault = Vault::default();
    assert_eq!(vault.outcome(&Client::python().token()), "accepted");
    let received = vault.sts.received.lock().unwrap();
    let names: Vec<&str> = received[0].iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "authorization",
            "content-length",
            "content-type",
            "host",
            "x-amz-date",
            "x-amz-security-token"
        ]
    );
}

#[test]
fn what_is_not_a_cloud_identity_is_refused_for_what_it_is() {
    let token = Client::usual().token();
    let parts = Client::usual().parts();
    let outer = parts.outer();
    let headers_as = |json: &[u8]| {
        let mut value: serde_json::Value = serde_json::from_str(&outer).unwrap();
        value["sts_request_headers"] = json!(encode(json));
        encode(value.to_string())
    };
    let nulled = parts.clone().without("x-amz-security-token");
    let url = encode(&parts.url);
    let duplicate = outer.replacen('{', &format!("{{\"sts_request_url\":\"{url}\","), 1);
    for (case, token, expected) in [
        (
            "T5 a null token in a list",
            nulled
                .clone()
                .with("X-Amz-Security-Token", json!([null]))
                .token(),
            "security_token_null",
        ),
        (
            "T5 a null token",
            nulled.with("X-Amz-Security-Token", json!(null)).token(),
            "security_token_null",
        ),
        (
            "T7 temporary key without its token",
            Client {
                key: "ASIAIOSFODNN7EXAMPLE".into(),
                token: None,
                ..Client::usual()
            }
            .token(),
            "session_token_missing",
        ),
        (
            "T8 the other alphabet",
            URL_SAFE.encode(format!("{outer}   ???>>>")),
            "not_base64",
        ),
        (
            "T8 no padding",
            token.trim_end_matches('=').to_owned(),
            "not_base64",
        ),
        ("T8 white space", format!("{token}\n"), "not_base64"),
        (
            "T8 trailing bytes",
            encode(format!("{outer} x")),
            "not_json",
        ),
        ("T8 empty", String::new(), "not_json"),
        ("T9 a key twice", encode(duplicate), "duplicate_key"),
        (
            "T10 another key",
            encode(outer.replacen('{', "{\"x\":\"y\",", 1)),
            "unknown_key",
        ),
        (
            "T10 a key less",
            encode(outer.replacen("sts_request_method", "x", 1)),
            "unknown_key",
        ),
        ("T10 no keys", encode("{}"), "missing_key"),
        (
            "T10 a number for a string",
            encode(outer.replacen("\"POST\"", "1", 1)),
            "wrong_type",
        ),
        (
            "T11 a header as a string",
            parts
                .clone()
                .without("x-amz-date")
                .with("X-Amz-Date", json!("20260511T100000Z"))
                .token(),
            "wrong_type",
        ),
        (
            "T11 a header as two",
            parts
                .clone()
                .without("x-amz-date")
                .with("X-Amz-Date", json!(["20260511T100000Z", "x"]))
                .token(),
            "wrong_type",
        ),
        (
            "T11 a header as none",
            parts
                .clone()
                .without("x-amz-date")
                .with("X-Amz-Date", json!([]))
                .token(),
            "wrong_type",
        ),
        (
            "T11 a header as an object",
            parts.clone().with("x", json!({"a": ["b"]})).token(),
            "wrong_type",
        ),
        (
            "T12 longer than 16 KiB",
            "A".repeat(MAX_LEN + 4),
            "too_large",
        ),
        ("T13 nested", encode("[".repeat(4000)), "not_json"),
        (
            "T13 nested in a key",
            encode(outer.replacen(
                "\"POST\"",
                &format!("{}{}", "[".repeat(2000), "]".repeat(2000)),
                1,
            )),
            "not_json",
        ),
        ("T13 not UTF-8", encode([0xff, 0xfe, 0x7b]), "not_json"),
        (
            "T13 not UTF-8 in the headers",
            headers_as(&[0xff]),
            "not_json",
        ),
        ("T13 an array", encode("[]"), "not_json"),
        ("T13 headers twice around", headers_as(b"{}{}"), "not_json"),
        (
            "T14 escaped twice",
            token.replace('=', "%253D"),
            "not_base64",
        ),
        (
            "T14 other escapes",
            token.replacen('e', "%65", 1),
            "not_base64",
        ),
        ("T14 half an escape", format!("{token}%3"), "not_base64"),
    ] {
        assert_eq!(outcome(&token), expected, "{case}");
    }
}

#[test]
fn t8_the_form_for_urls_is_taken_once_escaped() {
    let token = Client::usual().token();
    for (plain, escaped) in [("=", "%3D"), ("=", "%3d"), ("+", "%2B"), ("/", "%2F")] {
        assert_eq!(
            outcome(&token.replace(plain, escaped)),
            "accepted",
            "{escaped}"
        );
    }
}

#[test]
fn t7_the_check_needs_no_network() {
    let vault = Vault::asking(Sts::usual());
    let client = Client {
        key: "ASIAIOSFODNN7EXAMPLE".into(),
        token: None,
        ..Client::usual()
    };
    assert_eq!(vault.outcome(&client.token()), "session_token_missing");
    assert_eq!(vault.sts.calls(), 0);
}

proptest! {
    #[test]
    fn decoding_never_panics(text in ".{0,200}", json in "[{}\\[\\]\":,a-z0-9_ \\\\]{0,120}") {
        let _ = CloudIdentity::decode(&text);
        let _ = CloudIdentity::decode(&encode(&json));
        let mut outer: serde_json::Value = serde_json::from_str(&Client::usual().parts().outer()).unwrap();
        outer["sts_request_headers"] = json!(encode(&json));
        let _ = CloudIdentity::decode(&encode(outer.to_string()));
    }

    /// Whatever byte of a good cloud identity is changed: it is refused, or STS refuses it, or it is
    /// the same request (an unsigned detail such as a header's case).
    #[test]
    fn a_changed_byte_never_makes_another_identity(at in 0usize..700, to in 0x20u8..0x7f) {
        let outer = Client::usual().parts().outer();
        let mut bytes = outer.clone().into_bytes();
        let at = at % bytes.len();
        bytes[at] = to;
        let vault = Vault::default();
        let verdict = vault.login(&encode(&bytes));
        if let Some(proven) = verdict.accepted() {
            prop_assert_eq!(proven.access_key_id.as_str(), "AKID");
            prop_assert_eq!(vault.sts.calls(), 1);
        }
    }
}
