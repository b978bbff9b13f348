//! T15 to T40: what may be signed, and what is made of it.

use leasehold_access::Authorization;
use proptest::prelude::*;
use serde_json::json;

use crate::fixtures::{Client, VAULT, Vault, method, outcome};
use leasehold_access::AUDIENCE_HEADER;

#[test]
fn method_body_and_url_are_one_and_no_other() {
    let parts = || Client::usual().parts();
    for (case, parts, expected) in [
        ("T15 GET", parts().method("GET"), "wrong_method"),
        ("T16 post", parts().method("post"), "wrong_method"),
        (
            "T17 another action",
            parts().body("Action=AssumeRoleWithWebIdentity&Version=2011-06-15"),
            "wrong_body",
        ),
        (
            "T18 two actions",
            parts().body("Action=GetCallerIdentity&Action=GetSessionToken"),
            "wrong_body",
        ),
        (
            "T19 no action",
            parts().body("Version=2011-06-15"),
            "wrong_body",
        ),
        (
            "T20 a query",
            parts().url("https://sts.amazonaws.com/?Action=GetSessionToken"),
            "wrong_url",
        ),
        (
            "T21 more at the end",
            parts().body("Action=GetCallerIdentity&Version=2011-06-15&"),
            "wrong_body",
        ),
        (
            "T21 another order",
            parts().body("Version=2011-06-15&Action=GetCallerIdentity"),
            "wrong_body",
        ),
        ("T21 empty", parts().body(""), "wrong_body"),
        (
            "T29 user info",
            parts().url("https://sts.amazonaws.com@evil.org/"),
            "wrong_url",
        ),
        (
            "T29 a port",
            parts().url("https://sts.amazonaws.com:444/"),
            "unknown_host",
        ),
        (
            "T29 the port of https",
            parts().url("https://sts.amazonaws.com:443/"),
            "unknown_host",
        ),
        (
            "T29 a longer name",
            parts().url("https://sts.amazonaws.com.evil.org/"),
            "unknown_host",
        ),
        (
            "T29 an escaped dot",
            parts().url("https://sts.us-east-1.amazonaws.com%2eevil.org/"),
            "wrong_url",
        ),
        (
            "T29 a final dot",
            parts().url("https://sts.amazonaws.com./"),
            "unknown_host",
        ),
        (
            "T29 a full-width dot",
            parts().url("https://sts.amazonaws\u{ff0e}com/"),
            "wrong_url",
        ),
        (
            "T29 capitals",
            parts().url("https://STS.amazonaws.com/"),
            "wrong_url",
        ),
        (
            "T29 a backslash",
            parts().url("https://evil.org\\@sts.amazonaws.com/"),
            "wrong_url",
        ),
        (
            "T29 a tab",
            parts().url("https://sts.amazonaws.com\t/"),
            "wrong_url",
        ),
        (
            "T30 a label inside",
            parts().url("https://sts.evil.amazonaws.com/"),
            "unknown_host",
        ),
        (
            "T30 another service",
            parts().url("https://evil.us-west-2.amazonaws.com/"),
            "unknown_host",
        ),
        (
            "T30 no region",
            parts().url("https://sts.not-a-region.amazonaws.com/"),
            "unknown_host",
        ),
        (
            "T30 a bucket",
            parts().url("https://sts.s3.us-east-1.amazonaws.com/"),
            "unknown_host",
        ),
        (
            "T31 http",
            parts().url("http://sts.amazonaws.com/"),
            "unknown_host",
        ),
        (
            "T31 no scheme",
            parts().url("sts.amazonaws.com"),
            "wrong_url",
        ),
        (
            "T31 another scheme",
            parts().url("file://sts.amazonaws.com/"),
            "wrong_url",
        ),
        (
            "T32 a path",
            parts().url("https://sts.amazonaws.com/foo"),
            "wrong_url",
        ),
        (
            "T32 two slashes",
            parts().url("https://sts.amazonaws.com//"),
            "wrong_url",
        ),
        (
            "T32 parameters",
            parts().url("https://sts.amazonaws.com/;x"),
            "wrong_url",
        ),
        (
            "T32 a fragment",
            parts().url("https://sts.amazonaws.com/#x"),
            "wrong_url",
        ),
    ] {
        assert_eq!(outcome(&parts.token()), expected, "{case}");
    }
    let bare = Client::usual()
        .parts()
        .url("https://sts.us-east-1.amazonaws.com");
    assert_eq!(outcome(&bare.token()), "accepted", "without the slash");
}

#[test]
fn headers_are_the_known_ones_once_and_right() {
    let parts = || Client::usual().parts();
    let signing = |name: &str, value: &str| Client::usual().signing(name, value).parts();
    for (case, parts, expected) in [
        (
            "T22 Accept, not signed, is dropped",
            parts().with("Accept", json!(["application/json"])),
            "accepted",
        ),
        (
            "T22 Accept, signed",
            signing("accept", "application/json"),
            "unexpected_signed_header",
        ),
        (
            "T22 a target, signed",
            signing("x-amz-target", "x"),
            "unexpected_signed_header",
        ),
        (
            "T23 Authorization twice",
            parts().with("authorization", json!(["x"])),
            "duplicate_header",
        ),
        (
            "T23 a date twice",
            parts().with("X-AMZ-DATE", json!(["20260511T100000Z"])),
            "duplicate_header",
        ),
        (
            "T25 another host",
            parts().with("Host", json!(["evil.org"])),
            "host_mismatch",
        ),
        (
            "T25 the same host",
            parts().with("Host", json!(["sts.us-east-1.amazonaws.com"])),
            "accepted",
        ),
        (
            "T25 another length",
            parts().with("Content-Length", json!(["44"])),
            "host_mismatch",
        ),
        (
            "T25 another hash",
            parts().with("X-Amz-Content-Sha256", json!(["x"])),
            "host_mismatch",
        ),
        (
            "T36 a line break",
            parts().with("X", json!(["a\r\nHost: evil.org"])),
            "bad_header",
        ),
        (
            "T36 a null",
            parts().with("X", json!(["a\u{0}"])),
            "bad_header",
        ),
        (
            "T36 not ASCII",
            parts().with("X", json!(["ä"])),
            "bad_header",
        ),
        (
            "T36 a tab",
            parts().with("X", json!(["a\tb"])),
            "bad_header",
        ),
        (
            "T36 a name with a space",
            parts().with("X y", json!(["a"])),
            "bad_header",
        ),
        (
            "T36 a name with a colon",
            parts().with("X:", json!(["a"])),
            "bad_header",
        ),
        (
            "T36 a name that is empty",
            parts().with("", json!(["a"])),
            "bad_header",
        ),
        (
            "T36 a Kelvin sign for a k",
            parts().with("\u{212a}", json!(["a"])),
            "bad_header",
        ),
        (
            "T36 a long value",
            parts().with("X", json!(["a".repeat(4097)])),
            "bad_header",
        ),
        (
            "no Authorization",
            parts().without("Authorization"),
            "missing_header",
        ),
        ("no date", parts().without("x-amz-date"), "missing_header"),
        (
            "a date that is none",
            parts()
                .without("x-amz-date")
                .with("X-Amz-Date", json!(["20260511"])),
            "bad_header",
        ),
        (
            "a token that is not signed",
            Client {
                token: None,
                ..Client::usual()
            }
            .parts()
            .with("X-Amz-Security-Token", json!(["x"])),
            "header_not_signed",
        ),
        (
            "another type of body",
            Client {
                content_type: "application/json".into(),
                ..Client::usual()
            }
            .parts(),
            "bad_header",
        ),
        (
            "T40 a signed header that is not there",
            parts().without("content-type"),
            "signed_header_missing",
        ),
        (
            "T40 a signed token that is not there",
            parts().without("x-amz-security-token"),
            "signed_header_missing",
        ),
    ] {
        assert_eq!(outcome(&parts.token()), expected, "{case}");
    }
    let many = (0..40).fold(parts(), |parts, n| {
        parts.with(&format!("X-{n}"), json!(["a"]))
    });
    assert_eq!(outcome(&many.token()), "bad_header", "many headers");
}

/// T26: what a proxy on the way could believe is never sent.
#[test]
fn t26_nothing_for_proxies_is_forwarded() {
    let mut parts = Client::usual().parts();
    for name in [
        "X-Forwarded-Host",
        "X-Forwarded-For",
        "Via",
        "Proxy-Authorization",
        "Cookie",
    ] {
        parts = parts.with(name, json!(["evil.org"]));
    }
    let vault = Vault::default();
    assert_eq!(vault.outcome(&parts.token()), "accepted");
    let received = vault.sts.received.lock().unwrap();
    assert!(
        received[0].iter().all(|(_, value)| !value.contains("evil")),
        "{received:?}"
    );
}

#[test]
fn the_authorization_header_has_one_grammar() {
    let changed = |from: &'static str, to: &'static str| {
        Client::usual().parts().authorization(|text| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        })
    };
    for (case, parts, expected) in [
        (
            "T24 SignedHeaders twice",
            changed("Signature=", "SignedHeaders=host, Signature="),
            "bad_authorization",
        ),
        (
            "T24 Credential twice",
            changed(
                "SignedHeaders=",
                "Credential=A/20260511/us-east-1/sts/aws4_request, SignedHeaders=",
            ),
            "bad_authorization",
        ),
        (
            "T24 a Signature twice",
            changed("Signature=", "Signature=x, Signature="),
            "bad_authorization",
        ),
        (
            "T24 something after it",
            changed("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 x=y,"),
            "bad_authorization",
        ),
        (
            "another algorithm",
            changed("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
            "bad_authorization",
        ),
        (
            "T27 a host in the region",
            changed("/us-east-1/", "/evil.org?us-east-1/"),
            "bad_authorization",
        ),
        (
            "T28 a tab in the region",
            changed("/us-east-1/", "/\tus-east-1/"),
            "bad_header",
        ),
        (
            "T28 a line break in the region",
            changed("/us-east-1/", "/us-east-1\nevil/"),
            "bad_header",
        ),
        (
            "T28 a look-alike",
            changed("/us-east-1/", "/us-e\u{430}st-1/"),
            "bad_header",
        ),
        (
            "T28 a semicolon",
            changed("/us-east-1/", "/evil.org;us-east-1/"),
            "bad_authorization",
        ),
        (
            "T28 a part more",
            changed("/us-east-1/", "/x/us-east-1/"),
            "bad_authorization",
        ),
        (
            "T28 a key with a slash",
            changed("AKID/", "/"),
            "bad_authorization",
        ),
        (
            "T37 another day",
            changed("/20260511/", "/20260510/"),
            "scope_date_mismatch",
        ),
        (
            "T37 a day that is none",
            changed("/20260511/", "/2026051x/"),
            "bad_authorization",
        ),
        ("T38 iam", changed("/sts/", "/iam/"), "wrong_service"),
        ("T38 s3", changed("/sts/", "/s3/"), "wrong_service"),
        (
            "T40 not sorted",
            changed("content-length;content-type", "content-type;content-length"),
            "bad_signed_headers",
        ),
        (
            "T40 capitals",
            changed("content-length", "Content-Length"),
            "bad_signed_headers",
        ),
        (
            "T40 twice",
            changed("content-length;", "content-length;content-length;"),
            "bad_signed_headers",
        ),
        (
            "T40 an empty name",
            changed("content-length;", ";content-length;"),
            "bad_signed_headers",
        ),
        ("T40 no host", changed(";host;", ";"), "header_not_signed"),
        (
            "T40 no date",
            changed(";x-amz-date;", ";"),
            "header_not_signed",
        ),
        (
            "one that we could supply, and nobody signed",
            changed(";host;", ";host;x-amz-content-sha256;"),
            "sts_signature",
        ),
        (
            "a signature in capitals",
            changed("Signature=6f", "Signature=6F"),
            "bad_authorization",
        ),
        (
            "a short signature",
            changed("Signature=6f", "Signature="),
            "bad_authorization",
        ),
        (
            "a wrong signature",
            changed("Signature=6f", "Signature=6e"),
            "sts_signature",
        ),
    ] {
        assert_eq!(outcome(&parts.token()), expected, "{case}");
    }
}

#[test]
fn t39_the_region_is_that_of_the_host() {
    for (host, region, expected) in [
        (
            "sts.us-west-2.amazonaws.com",
            "us-east-1",
            "region_mismatch",
        ),
        ("sts.amazonaws.com", "eu-west-1", "region_mismatch"),
        ("sts.amazonaws.com", "us-east-1", "accepted"),
        ("sts-fips.us-west-2.amazonaws.com", "us-west-2", "accepted"),
        ("sts.eu-west-1.api.aws", "eu-west-1", "accepted"),
        (
            "sts.us-gov-west-1.amazonaws.com",
            "us-gov-west-1",
            "accepted",
        ),
    ] {
        let token = Client::go(host, region).token();
        assert_eq!(outcome(&token), expected, "{host} {region}");
    }
}

#[test]
fn the_audience_counts_only_when_it_is_signed() {
    let asking = || Vault::with(method(|draft| draft.require_audience = true));
    let plain = Client::usual().token();
    let ours = Client::usual().signing(AUDIENCE_HEADER, VAULT).token();
    let others = Client::usual().signing(AUDIENCE_HEADER, "another").token();
    let added = Client::usual()
        .parts()
        .with(AUDIENCE_HEADER, json!([VAULT]))
        .token();
    for (case, token, by_asking, by_usual) in [
        (
            "T33 right and not signed",
            &added,
            "header_not_signed",
            "header_not_signed",
        ),
        (
            "T34 signed for another vault",
            &others,
            "wrong_audience",
            "wrong_audience",
        ),
        ("T35 none", &plain, "audience_missing", "accepted"),
        ("signed for this vault", &ours, "accepted", "accepted"),
    ] {
        assert_eq!(asking().outcome(token), by_asking, "{case}");
        assert_eq!(Vault::default().outcome(token), by_usual, "{case}");
    }
}

/// Two logins of one second with the same credentials are the same bytes, but for a nonce.
#[test]
fn a_signed_nonce_tells_two_cloud_identities_apart() {
    let vault = Vault::default();
    let with = |nonce: &str| Client::usual().signing("x-leasehold-nonce", nonce).token();
    assert_eq!(vault.outcome(&with("a1")), "accepted");
    assert_eq!(vault.outcome(&with("a2")), "accepted");
    assert_eq!(vault.outcome(&with("a2")), "replayed");
    assert_eq!(vault.outcome(&with("a;b")), "bad_header");
}

proptest! {
    #[test]
    fn an_authorization_reads_back_as_it_is_written(
        key in "[A-Z0-9]{4,20}", region in "[a-z]{2}-[a-z]{4}-[1-9]", gap in " {0,3}", signature in "[0-9a-f]{64}",
    ) {
        let text = format!(
            "AWS4-HMAC-SHA256 Credential={key}/20260511/{region}/sts/aws4_request,{gap}SignedHeaders=host;x-amz-date,{gap}Signature={signature}"
        );
        let once = Authorization::parse(&text).unwrap();
        prop_assert_eq!(once.region.as_str(), region.as_str());
        let again = Authorization::parse(&once.render()).unwrap();
        prop_assert_eq!(again, once);
    }

    #[test]
    fn reading_an_authorization_never_panics(text in ".{0,120}", like in "(AWS4-HMAC-SHA256|Credential=|SignedHeaders=|Signature=|/|,| |;|a|0|host){0,24}") {
        for text in [text, like] {
            if let Ok(read) = Authorization::parse(&text) {
                prop_assert_eq!(Authorization::parse(&read.render()).unwrap(), read);
            }
        }
    }
}
