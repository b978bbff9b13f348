//! T104 to T120: what concerns the way in. Cases that need a listener, a window or somebody else's
//! program are named where they belong; what of them is a rule is tested here.
//!
//! Elsewhere: T104 the `Host` header, T105 `Origin` and fetch metadata, T106 DNS rebinding, T107, T111 the
//! locked vault, T112 and T120 over sockets are tests of the gateway (`crates/gateway/tests/gateway`).
//! T117 is there too, in `container.rs`: a session of STS is served to AWS's own clients, the key of an
//! IAM user is refused with the way that works for it. T118, Akeyless's own clients, is a whole-system test
//! (`tests/tests/gateway.rs`).

use std::net::IpAddr;
use std::time::Duration;

use leasehold_access::{MalformedForwarding, Pace, Reason, RelayFault, origin};
use leasehold_domain::{ClientAddress, IpBounds};

use crate::fixtures::{Client, Sts, Vault, method};

fn ip(text: &str) -> ClientAddress {
    match text {
        "unix" => ClientAddress::Unix,
        text => ClientAddress::from(text.parse::<IpAddr>().unwrap()),
    }
}

fn bounds(entries: &[&str]) -> IpBounds {
    let entries: Vec<String> = entries.iter().map(|e| (*e).to_owned()).collect();
    IpBounds::parse("gw_bound_ips", &entries).unwrap()
}

#[test]
fn t107_only_a_trusted_gateway_is_believed() {
    for (case, peer, gateways, forwarded, client, via) in [
        (
            "an untrusted peer",
            "203.0.113.9",
            &["10.0.0.0/8"][..],
            &["192.0.2.1"][..],
            Some("203.0.113.9"),
            false,
        ),
        (
            "no gateway is trusted",
            "10.0.0.1",
            &[],
            &["192.0.2.1"],
            Some("10.0.0.1"),
            false,
        ),
        (
            "a trusted one",
            "10.0.0.1",
            &["10.0.0.0/8"],
            &["192.0.2.1"],
            Some("192.0.2.1"),
            true,
        ),
        (
            "a trusted one that says nothing",
            "10.0.0.1",
            &["10.0.0.0/8"],
            &[],
            Some("10.0.0.1"),
            false,
        ),
        (
            "right-most that is not trusted",
            "10.0.0.1",
            &["10.0.0.0/8"],
            &["192.0.2.66, 192.0.2.1, 10.0.0.2"],
            Some("192.0.2.1"),
            true,
        ),
        (
            "several headers are one list",
            "10.0.0.1",
            &["10.0.0.0/8"],
            &["192.0.2.66", "192.0.2.1"],
            Some("192.0.2.1"),
            true,
        ),
        (
            "gateways all the way",
            "10.0.0.1",
            &["10.0.0.0/8"],
            &["10.0.0.3, 10.0.0.2"],
            Some("10.0.0.3"),
            true,
        ),
        (
            "over a socket",
            "unix",
            &["unix"],
            &["192.0.2.1"],
            Some("192.0.2.1"),
            true,
        ),
        (
            "over a socket that is not trusted",
            "unix",
            &["10.0.0.0/8"],
            &["192.0.2.1"],
            Some("unix"),
            false,
        ),
        (
            "T108 an address in another form",
            "::ffff:10.0.0.1",
            &["10.0.0.0/8"],
            &["::ffff:192.0.2.1"],
            Some("192.0.2.1"),
            true,
        ),
        (
            "garbage",
            "10.0.0.1",
            &["10.0.0.0/8"],
            &["10.0.0.5, garbage"],
            None,
            false,
        ),
        (
            "garbage first",
            "10.0.0.1",
            &["10.0.0.0/8"],
            &["garbage, 192.0.2.1"],
            None,
            false,
        ),
        (
            "an empty entry",
            "10.0.0.1",
            &["10.0.0.0/8"],
            &["192.0.2.1,"],
            None,
            false,
        ),
        (
            "an address with a port",
            "10.0.0.1",
            &["10.0.0.0/8"],
            &["192.0.2.1:80"],
            None,
            false,
        ),
        (
            "garbage from somebody untrusted",
            "203.0.113.9",
            &["10.0.0.0/8"],
            &["garbage"],
            Some("203.0.113.9"),
            false,
        ),
    ] {
        let found = origin(ip(peer), &bounds(gateways), forwarded);
        match client {
            None => assert_eq!(found, Err(MalformedForwarding), "{case}"),
            Some(client) => {
                let found = found.unwrap();
                assert_eq!(found.client, ip(client), "{case}");
                assert_eq!(found.gateway.is_some(), via, "{case}");
            }
        }
    }
    let long = ["192.0.2.1"; 40].join(",");
    assert!(origin(ip("10.0.0.1"), &bounds(&["10.0.0.0/8"]), &[&long]).is_err());
}

#[test]
fn t108_to_t110_where_calls_come_from_is_bound() {
    for (case, entries, client, expected) in [
        ("T108", &["127.0.0.1"][..], "::ffff:127.0.0.1", "accepted"),
        (
            "T109 without loopback",
            &["10.0.0.0/8"],
            "127.0.0.1",
            "client_ip_not_bound",
        ),
        (
            "T109 without loopback",
            &["10.0.0.0/8"],
            "::1",
            "client_ip_not_bound",
        ),
        ("T109 inside", &["10.0.0.0/8"], "10.1.2.3", "accepted"),
        (
            "T110 a socket",
            &["10.0.0.0/8"],
            "unix",
            "client_ip_not_bound",
        ),
        (
            "T110 a socket that is named",
            &["10.0.0.0/8", "unix"],
            "unix",
            "accepted",
        ),
        ("T110 anywhere", &[], "unix", "accepted"),
    ] {
        let entries: Vec<String> = entries.iter().map(|e| (*e).to_owned()).collect();
        let vault = Vault {
            client: ip(client),
            ..Vault::with(method(|draft| draft.bound_ips = entries))
        };
        assert_eq!(vault.outcome(&Client::usual().token()), expected, "{case}");
        assert_eq!(vault.sts.calls() == 1, expected == "accepted", "{case}");
    }
}

#[test]
fn t112_two_hundred_bad_logins_reach_no_sts() {
    let vault = Vault::default();
    let mut pace = Pace::new(10, Duration::from_secs(1));
    let mut passed = 0;
    for n in 0..200_u64 {
        if pace
            .take(vault.client, Duration::from_millis(n * 5))
            .is_ok()
        {
            passed += 1;
            assert_ne!(vault.outcome(&format!("bad{n}")), "accepted");
        }
    }
    assert_eq!(passed, 10);
    assert_eq!(vault.sts.calls(), 0);
}

#[test]
fn t113_a_pinned_endpoint_gets_the_request_as_it_was_signed() {
    // Which endpoints and addresses are refused is in the tables beside `StsEndpoint`.
    let pinned = || method(|draft| draft.sts_url = "https://sts.example.com".into());
    let for_aws = Client::usual().token();
    let for_it = Client::go("sts.example.com", "us-east-1").token();
    for token in [&for_aws, &for_it] {
        let vault = Vault::with(pinned());
        let verdict = vault.login(token);
        let proven = verdict.accepted().unwrap();
        assert_eq!(
            proven.asserted_by.as_deref(),
            Some("https://sts.example.com")
        );
    }
    assert_eq!(Vault::default().outcome(&for_it), "unknown_host");
    let local = method(|draft| {
        draft.sts_url = "http://localhost:4566".into();
        draft.insecure_dev_sts = true;
    });
    let client = Client {
        scheme: "http",
        ..Client::go("localhost:4566", "us-east-1")
    };
    let vault = Vault::with(local);
    assert_eq!(vault.outcome(&client.token()), "accepted");
    assert_eq!(Vault::default().outcome(&client.token()), "unknown_host");
    let one = method(|draft| draft.sts_url = "https://sts.eu-west-1.amazonaws.com".into());
    assert_eq!(Vault::with(one.clone()).outcome(&for_aws), "unknown_host");
    let there = Client::go("sts.eu-west-1.amazonaws.com", "eu-west-1").token();
    let verdict = Vault::with(one).login(&there);
    assert_eq!(verdict.accepted().unwrap().asserted_by, None);
}

/// T115: what the owner sees of a login, good or bad, holds no key, token or signature.
#[test]
fn t115_nothing_secret_is_in_a_verdict() {
    let client = Client::usual();
    let signature = client
        .authorization()
        .rsplit('=')
        .next()
        .unwrap()
        .to_owned();
    let parts = || client.parts();
    for token in [
        client.token(),
        parts()
            .authorization(|text| text.replace("/sts/", "/iam/"))
            .token(),
        parts()
            .with("X\r\n", serde_json::json!(["SESSION"]))
            .token(),
        Client {
            secret: "OTHER".into(),
            ..client.clone()
        }
        .token(),
    ] {
        let verdict = Vault::default().login(&token);
        let told = verdict
            .refusal
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        let seen = format!("{verdict:?} {told}");
        for secret in ["SESSION", "SECRET", &signature, &token[..40]] {
            assert!(!seen.contains(secret), "{secret} in {seen}");
        }
    }
}

#[test]
fn a_caller_learns_little_and_the_owner_all() {
    let bound = method(|draft| draft.bound_role_name = vec!["another".into()]);
    let token = Client::usual().token();
    // Before STS has spoken, whatever depends on the method is one and the same answer.
    let unknown = Vault {
        method: None,
        ..Vault::default()
    };
    let disabled = Vault {
        enabled: false,
        ..Vault::default()
    };
    let refusals = [&unknown, &disabled].map(|vault| vault.login(&token).refusal.unwrap().reason);
    assert_eq!(refusals, [Reason::UnknownAccessId, Reason::MethodDisabled]);
    assert_eq!(refusals[0].told(false), refusals[1].told(false));
    assert_eq!((unknown.sts.calls(), disabled.sts.calls()), (0, 0));
    // A form's faults are told alike whether or not the access id exists.
    assert_eq!(unknown.outcome("x"), Vault::default().outcome("x"));
    // Who is verified learns which kind of bound it was, not its values.
    let verdict = Vault::with(bound).login(&token);
    let reason = verdict.refusal.as_ref().unwrap().reason;
    assert_eq!(reason.told(true).code, "role_name_not_bound");
    assert_eq!(reason.told(false).code, "access_denied");
    let identity = &verdict.proven.as_ref().unwrap().identity;
    assert_eq!(
        identity.arn().resource,
        "assumed-role/dev-box/i-0abc",
        "the owner sees who it was"
    );
    assert!(verdict.accepted().is_none());
    let why = &verdict.judgement.unwrap().checks;
    assert!(why.iter().any(|check| check.why.contains("another")));
}

#[test]
fn t119_without_a_network_the_answer_is_one_to_try_again() {
    let vault = Vault::asking(Sts::answering(Err(RelayFault::Unreachable)));
    let reason = vault
        .login(&Client::usual().token())
        .refusal
        .unwrap()
        .reason;
    assert_eq!(
        (reason.code(), reason.told(false).status),
        ("sts_unreachable", 503)
    );
}

#[test]
fn t120_a_prompt_is_keyed_on_what_is_never_given_to_another() {
    let verdict = Vault::default().login(&Client::usual().token());
    assert_eq!(
        verdict.accepted().unwrap().identity.stable_id(),
        crate::fixtures::ROLE_ID
    );
    assert_eq!(Reason::AskedAndDenied.told(true).status, 403);
}
