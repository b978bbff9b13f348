//! Cloud identities that we make are those that we, and STS, take.

use aws_credential_types::Credentials;
use leasehold_access::make::{Extras, cloud_identity, url_safe};
use leasehold_access::{Expected, HostKind, Hosts, StsEndpoint, identify};
use leasehold_domain::ClaimKey;

use crate::fixtures::{VAULT, Vault, method, now, ready};

fn made(host: &str, session: Option<&str>, extras: Extras<'_>) -> String {
    let key = if session.is_some() {
        "AKID"
    } else {
        "AKIAIOSFODNN7EXAMPLE"
    };
    let credentials = Credentials::new(key, "SECRET", session.map(str::to_owned), None, "test");
    let host = Hosts::default().get(host).unwrap().clone();
    cloud_identity(&credentials, &host, extras, now())
        .unwrap()
        .to_string()
}

#[test]
fn what_we_make_logs_in_everywhere() {
    for host in [
        "sts.amazonaws.com",
        "sts.eu-west-1.amazonaws.com",
        "sts.cn-north-1.amazonaws.com.cn",
    ] {
        for session in [Some("SESSION"), None] {
            let token = made(host, session, Extras::default());
            assert_eq!(
                Vault::default().outcome(&token),
                "accepted",
                "{host} {session:?}"
            );
            assert_eq!(
                Vault::default().outcome(&url_safe(&token)),
                "accepted",
                "{host}"
            );
        }
    }
}

#[test]
fn an_audience_and_a_nonce_are_signed() {
    let extras = Extras {
        audience: Some(VAULT),
        nonce: true,
    };
    let vault = Vault::with(method(|draft| draft.require_audience = true));
    let (first, second) = (
        made("sts.eu-west-1.amazonaws.com", Some("SESSION"), extras),
        made("sts.eu-west-1.amazonaws.com", Some("SESSION"), extras),
    );
    assert!(vault.login(&first).accepted().unwrap().has_audience);
    assert_eq!(
        vault.outcome(&second),
        "accepted",
        "of the same second, and not the same"
    );
    let other = Extras {
        audience: Some("another"),
        nonce: true,
    };
    let token = made("sts.eu-west-1.amazonaws.com", Some("SESSION"), other);
    assert_eq!(vault.outcome(&token), "wrong_audience");
}

/// Without a nonce two of one second are the same bytes, and the second is refused.
#[test]
fn plain_ones_of_one_second_are_one() {
    let vault = Vault::default();
    let token = made("sts.amazonaws.com", Some("SESSION"), Extras::default());
    assert_eq!(
        made("sts.amazonaws.com", Some("SESSION"), Extras::default()),
        token
    );
    assert_eq!(vault.outcome(&token), "accepted");
    assert_eq!(vault.outcome(&token), "replayed");
}

#[test]
fn its_maker_sees_what_it_claims_without_using_it_up() {
    let vault = Vault::default();
    let hosts = Hosts::default();
    assert_eq!(
        hosts.in_region("us-east-1", HostKind::Global).unwrap().name,
        "sts.amazonaws.com"
    );
    let token = made("sts.amazonaws.com", Some("SESSION"), Extras::default());
    let expected = Expected {
        hosts: &hosts,
        endpoint: &StsEndpoint::Aws,
        audience: &vault.audience,
        audience_required: false,
    };
    let proven = ready(identify(&token, expected, &vault.sts)).unwrap();
    assert_eq!(proven.claims(None)[&ClaimKey::RoleName], "dev-box");
    assert!(!proven.claims(None).contains_key(&ClaimKey::ClientIp));
    assert_eq!(vault.outcome(&token), "accepted");
    assert!(ready(identify("x", expected, &vault.sts)).is_err());
}
