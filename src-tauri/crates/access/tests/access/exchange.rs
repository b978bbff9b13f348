//! T41 to T54: what STS, or something in its place, may answer.

use leasehold_access::{MAX_ANSWER, RelayFault, StsAnswer};
use proptest::prelude::*;

use crate::fixtures::{
    ACCOUNT, Client, NAMESPACE, ROLE_ID, Sts, Vault, answer, caller_xml, code, fault,
};

fn said(answer: Result<StsAnswer, RelayFault>) -> &'static str {
    let vault = Vault::asking(Sts::answering(answer));
    let verdict = vault.login(&Client::usual().token());
    assert_eq!(vault.sts.calls(), 1);
    code(&verdict)
}

fn good() -> String {
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/dev-box/i-0abc");
    caller_xml(&arn, &format!("{ROLE_ID}:i-0abc"), ACCOUNT)
}

#[test]
fn only_the_answer_of_sts_is_an_answer() {
    let xml = |body: String| Ok(answer(200, "text/xml", body));
    let changed = |from: &str, to: &str| {
        assert!(good().contains(from), "{from}");
        xml(good().replacen(from, to, 1))
    };
    let twice = |text: &str, element: &str| {
        let start = text.find(&format!("<{element}>")).unwrap();
        let end = text.find(&format!("</{element}>")).unwrap() + element.len() + 3;
        format!("{}{}{}", &text[..end], &text[start..end], &text[end..])
    };
    let json =
        r#"{"GetCallerIdentityResponse":{"GetCallerIdentityResult":{"Account":"123456789012"}}}"#;
    let laughs = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>";
    let outer = "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>";
    for (case, reply, expected) in [
        ("as it should be", xml(good()), "accepted"),
        (
            "with a declaration",
            xml(format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}",
                good()
            )),
            "accepted",
        ),
        (
            "with a charset",
            Ok(answer(200, "text/xml;charset=utf-8", good())),
            "accepted",
        ),
        (
            "without metadata",
            changed(
                "  <ResponseMetadata>\n    <RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId>\n  </ResponseMetadata>\n",
                "",
            ),
            "accepted",
        ),
        (
            "T41 JSON",
            Ok(answer(200, "application/json", json)),
            "sts_answer_invalid",
        ),
        (
            "T41 JSON called XML",
            Ok(answer(200, "text/xml", json)),
            "sts_answer_invalid",
        ),
        (
            "T42 HTML",
            Ok(answer(200, "text/html", good())),
            "sts_answer_invalid",
        ),
        (
            "T42 no type",
            Ok(StsAnswer {
                content_type: None,
                ..answer(200, "", good())
            }),
            "sts_answer_invalid",
        ),
        (
            "T42 another charset",
            Ok(answer(200, "text/xml; charset=utf-16", good())),
            "sts_answer_invalid",
        ),
        (
            "T43 inside another answer",
            xml(format!(
                "<AssumeRoleWithWebIdentityResponse xmlns=\"{NAMESPACE}\"><x><![CDATA[{}]]></x></AssumeRoleWithWebIdentityResponse>",
                good()
            )),
            "sts_answer_invalid",
        ),
        (
            "T43 as a child of another root",
            xml(format!(
                "<X xmlns=\"{NAMESPACE}\">{}</X>",
                good().replace(&format!(" xmlns=\"{NAMESPACE}\""), "")
            )),
            "sts_answer_invalid",
        ),
        (
            "T44 something before",
            xml(format!("x{}", good())),
            "sts_answer_invalid",
        ),
        (
            "T44 JSON before",
            xml(format!("{json}{}", good())),
            "sts_answer_invalid",
        ),
        (
            "T44 a second root",
            xml(format!("{}{}", good(), good())),
            "sts_answer_invalid",
        ),
        (
            "T44 something after",
            xml(format!("{}x", good())),
            "sts_answer_invalid",
        ),
        (
            "T45 two ARNs",
            xml(twice(&good(), "Arn")),
            "sts_answer_invalid",
        ),
        (
            "T45 two results",
            xml(twice(&good(), "GetCallerIdentityResult")),
            "sts_answer_invalid",
        ),
        (
            "T45 another element",
            changed("<UserId>", "<Extra>x</Extra><UserId>"),
            "sts_answer_invalid",
        ),
        (
            "T45 an ARN inside the ARN",
            changed("<Arn>", "<Arn><Arn>x</Arn>"),
            "sts_answer_invalid",
        ),
        (
            "T45 a result in the metadata",
            changed("<RequestId>", "<Arn>x</Arn><RequestId>"),
            "sts_answer_invalid",
        ),
        (
            "T46 entities that grow",
            xml(format!("{laughs}{}", good())),
            "sts_answer_invalid",
        ),
        (
            "T46 an entity from outside",
            xml(format!("{outer}{}", good())),
            "sts_answer_invalid",
        ),
        (
            "T46 an entity used",
            changed("dev-box", "&a;"),
            "sts_answer_invalid",
        ),
        (
            "T46 a comment inside the ARN",
            changed("dev-box", "dev<!-- -->-box"),
            "sts_answer_invalid",
        ),
        (
            "T52 another namespace",
            changed(NAMESPACE, "https://evil.org/"),
            "sts_answer_invalid",
        ),
        (
            "T52 no namespace",
            changed(&format!(" xmlns=\"{NAMESPACE}\""), ""),
            "sts_answer_invalid",
        ),
        (
            "T52 a prefix",
            changed(
                "<GetCallerIdentityResponse xmlns",
                "<GetCallerIdentityResponse xmlns:a",
            ),
            "sts_answer_invalid",
        ),
        (
            "T53 an empty ARN",
            changed(
                &format!("arn:aws:sts::{ACCOUNT}:assumed-role/dev-box/i-0abc"),
                "",
            ),
            "sts_answer_invalid",
        ),
        (
            "T53 no account",
            changed(&format!("    <Account>{ACCOUNT}</Account>\n"), ""),
            "sts_answer_invalid",
        ),
        (
            "not UTF-8",
            Ok(answer(200, "text/xml", [0xff, 0xfe])),
            "sts_answer_invalid",
        ),
        (
            "T50 longer than 64 KiB",
            xml(good() + &" ".repeat(MAX_ANSWER)),
            "sts_answer_invalid",
        ),
        (
            "T47 a redirect",
            Ok(answer(302, "text/xml", good())),
            "sts_untrusted",
        ),
        (
            "another good status",
            Ok(answer(201, "text/xml", good())),
            "sts_refused",
        ),
    ] {
        assert_eq!(said(reply), expected, "{case}");
    }
}

#[test]
fn t48_what_sts_refuses_is_told_by_its_reason() {
    for (code, message, expected) in [
        (
            "SignatureDoesNotMatch",
            "The request signature we calculated",
            "sts_signature",
        ),
        (
            "SignatureDoesNotMatch",
            "Signature expired: 20260511T100000Z is now earlier than",
            "sts_request_expired",
        ),
        (
            "SignatureDoesNotMatch",
            "Signature not yet current: x",
            "sts_request_expired",
        ),
        (
            "SignatureDoesNotMatch",
            "Credential should be scoped to a valid region. ",
            "region_mismatch",
        ),
        (
            "ExpiredToken",
            "The security token included in the request is expired",
            "sts_credentials_expired",
        ),
        (
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
            "sts_key_unknown",
        ),
        ("Throttling", "Rate exceeded", "sts_busy"),
        ("AccessDenied", "x &quot;y&quot; &#39;z&#39;", "sts_refused"),
        ("Anything", "x", "sts_refused"),
    ] {
        assert_eq!(
            said(Ok(fault(403, code, message))),
            expected,
            "{code} {message}"
        );
    }
}

#[test]
fn t48_nothing_of_the_body_is_repeated() {
    let marker = "<script>marker</script>";
    for reply in [
        fault(403, "SignatureDoesNotMatch", "marker"),
        fault(403, "marker marker", "x"),
        answer(403, "text/html", marker),
        answer(200, "text/xml", marker),
    ] {
        let vault = Vault::asking(Sts::answering(Ok(reply)));
        let verdict = format!("{:?}", vault.login(&Client::usual().token()));
        assert!(!verdict.contains("marker"), "{verdict}");
    }
}

#[test]
fn t49_a_busy_sts_can_be_asked_again_with_the_same_cloud_identity() {
    let token = Client::usual().token();
    for first in [
        Ok(answer(503, "text/html", "x")),
        Ok(fault(400, "Throttling", "x")),
        Err(RelayFault::Unreachable),
    ] {
        let vault = Vault::asking(Sts::usual());
        vault.sts.instead.lock().unwrap().push(first);
        let refused = vault.login(&token).refusal.unwrap();
        assert!(refused.reason.is_passing(), "{refused}");
        assert_eq!(refused.reason.told(false).status, 503);
        vault.sts.instead.lock().unwrap().clear();
        assert_eq!(vault.outcome(&token), "accepted");
    }
}

#[test]
fn t50_t51_t54_what_the_relay_says_becomes_a_reason() {
    // Deadlines, certificates and the system's proxy belong to the relay, whose own tests have sockets
    // (T50, T51, T54); that a proxy cannot come from a cloud identity is T26.
    for (fault, expected) in [
        (RelayFault::Unreachable, "sts_unreachable"),
        (RelayFault::Untrusted, "sts_untrusted"),
        (RelayFault::Invalid, "sts_answer_invalid"),
    ] {
        assert_eq!(said(Err(fault)), expected);
    }
}

proptest! {
    #[test]
    fn reading_an_answer_never_panics_and_never_makes_somebody_up(
        status in prop::sample::select(vec![200u16, 302, 400, 403, 500]), body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        prop_assert!(answer(status, "text/xml", body).read().is_err());
    }

    /// One byte of a good answer changed: the same caller, one whose parts agree, or nothing.
    #[test]
    fn a_changed_byte_is_seen_or_harmless(at in 0usize..600, to in 0x20u8..0x7f) {
        let mut bytes = good().into_bytes();
        let at = at % bytes.len();
        bytes[at] = to;
        let vault = Vault::asking(Sts::answering(Ok(answer(200, "text/xml", bytes))));
        let verdict = vault.login(&Client::usual().token());
        if let Some(proven) = verdict.accepted() {
            prop_assert_eq!(proven.identity.account().as_str(), ACCOUNT);
        }
    }
}
