//! Signatures that were made by other programs: botocore, and aws4 of npm for the JavaScript form.

use crate::fixtures::{Client, FORM_UTF8, Vault, sha256};
use leasehold_access::{AUDIENCE_HEADER, Audience, BODY, CloudIdentity};

/// What the Go client prints for `AKID`, `SECRET`, `SESSION` at 2026-05-11T10:00:00Z in us-east-1.
const GO: &str = concat!(
    "eyJzdHNfcmVxdWVzdF9ib2R5IjoiUVdOMGFXOXVQVWRsZEVOaGJHeGxja2xrWlc1MGFYUjVKbFpsY25OcGIyNDlNakF4TVMw",
    "d05pMHhOUT09Iiwic3RzX3JlcXVlc3RfaGVhZGVycyI6ImV5SkJkWFJvYjNKcGVtRjBhVzl1SWpwYklrRlhVelF0U0UxQlF5",
    "MVRTRUV5TlRZZ1EzSmxaR1Z1ZEdsaGJEMUJTMGxFTHpJd01qWXdOVEV4TDNWekxXVmhjM1F0TVM5emRITXZZWGR6TkY5eVpY",
    "RjFaWE4wTENCVGFXZHVaV1JJWldGa1pYSnpQV052Ym5SbGJuUXRiR1Z1WjNSb08yTnZiblJsYm5RdGRIbHdaVHRvYjNOME8z",
    "Z3RZVzE2TFdSaGRHVTdlQzFoYlhvdGMyVmpkWEpwZEhrdGRHOXJaVzRzSUZOcFoyNWhkSFZ5WlQwMlpqWXhOelUxT0dJME1X",
    "VTJZakk1WVRaaE5UVTBObUZsWkdJME5XWmhPR1pqTURjeU1HVTVZek5qWXpCbE5XVTBaams0WlRNeU16Rm1PVGMxTVRZNElsMHNJ",
    "a052Ym5SbGJuUXRWSGx3WlNJNld5SmhjSEJzYVdOaGRHbHZiaTk0TFhkM2R5MW1iM0p0TFhWeWJHVnVZMjlrWldRaVhTd2lX",
    "QzFCYlhvdFJHRjBaU0k2V3lJeU1ESTJNRFV4TVZReE1EQXdNREJhSWwwc0lsZ3RRVzE2TFZObFkzVnlhWFI1TFZSdmEyVnVJ",
    "anBiSWxORlUxTkpUMDRpWFgwPSIsInN0c19yZXF1ZXN0X21ldGhvZCI6IlBPU1QiLCJzdHNfcmVxdWVzdF91cmwiOiJhSFIw",
    "Y0hNNkx5OXpkSE11ZFhNdFpXRnpkQzB4TG1GdFlYcHZibUYzY3k1amIyMHYifQ=="
);

#[test]
fn our_signer_makes_the_signatures_that_others_made() {
    let audience = Client::go("sts.us-west-2.amazonaws.com", "us-west-2")
        .signing("x-demo-server-id", "vault-laptop-01");
    for (client, signature) in [
        (
            Client::usual(),
            "6f617558b41e6b29a6a5546aedb45fa8fc0720e9c3cc0e5e4f98e3231f975168",
        ),
        (
            Client::go("sts.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            "09e7c514bc813248aad814d786a574bab907b044db016171e867d2e9102a9fe0",
        ),
        (
            Client::js(),
            "bac33dd9e3b1a9ca257e1b56c4a1bdb82ea13f9b00d653a48c86f946c60b2b1d",
        ),
        (
            audience,
            "7f52d6780ae5a64ef80d09f39e26f260e313205bad4d5122b999cb295d4a4f89",
        ),
    ] {
        let authorization = client.authorization();
        assert!(authorization.ends_with(signature), "{authorization}");
    }
    assert_eq!(
        sha256(BODY.as_bytes()),
        "ab821ae955788b0e33ebd34c208442ccfc2d406e2edc5e7a39bd6458fbb4f843"
    );
    assert_eq!(Client::js().content_type, FORM_UTF8);
}

#[test]
fn the_printed_vector_is_accepted_by_an_sts_that_checks_it() {
    let vault = Vault::default();
    assert_eq!(vault.outcome(GO), "accepted");
    let received = vault.sts.received.lock().unwrap();
    let authorization = &received[0]
        .iter()
        .find(|(name, _)| name == "authorization")
        .unwrap()
        .1;
    assert_eq!(*authorization, Client::usual().authorization());
}

#[test]
fn the_vector_with_an_audience_is_accepted_by_the_vault_that_it_names() {
    let token = Client::go("sts.us-west-2.amazonaws.com", "us-west-2")
        .signing("x-demo-server-id", "vault-laptop-01")
        .token();
    let audience = |value: &str| Audience {
        header: "x-demo-server-id".into(),
        value: value.into(),
    };
    let vault = Vault {
        audience: audience("vault-laptop-01"),
        ..Vault::default()
    };
    assert!(vault.login(&token).accepted().unwrap().has_audience);
    let other = Vault {
        audience: audience("vault-desktop-02"),
        ..Vault::default()
    };
    assert_eq!(other.outcome(&token), "wrong_audience");
    assert_eq!(Vault::default().outcome(&token), "unexpected_signed_header");
    assert!(AUDIENCE_HEADER.starts_with("x-leasehold-"));
}

#[test]
fn nothing_secret_is_in_what_debug_prints() {
    let printed = format!("{:?}", CloudIdentity::decode(GO).unwrap());
    assert!(
        !printed.contains("SESSION") && !printed.contains("6f6175"),
        "{printed}"
    );
    let verdict = format!("{:?}", Vault::default().login(GO));
    assert!(
        !verdict.contains("SESSION") && !verdict.contains("6f6175"),
        "{verdict}"
    );
}
