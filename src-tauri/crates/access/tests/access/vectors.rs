//! Signatures that were made by other programs: botocore, and aws4 of npm for the JavaScript form.

use crate::fixtures::{Client, FORM_UTF8, Vault, moment, sha256};
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

/// What `akeyless_cloud_id` 0.3.2 of PyPI printed for `AKID`, `SECRET`, `SESSION`.
const PYTHON: &str = concat!(
    "eyJzdHNfcmVxdWVzdF9tZXRob2QiOiAiUE9TVCIsICJzdHNfcmVxdWVzdF91cmwiOiAiYUhSMGNITTZMeTl6ZEhNdVlXMWhl",
    "bTl1WVhkekxtTnZiUzg9IiwgInN0c19yZXF1ZXN0X2JvZHkiOiAiUVdOMGFXOXVQVWRsZEVOaGJHeGxja2xrWlc1MGFYUjVK",
    "bFpsY25OcGIyNDlNakF4TVMwd05pMHhOUT09IiwgInN0c19yZXF1ZXN0X2hlYWRlcnMiOiAiZXlKQmRYUm9iM0pwZW1GMGFX",
    "OXVJam9nV3lKQlYxTTBMVWhOUVVNdFUwaEJNalUySUVOeVpXUmxiblJwWVd3OVFVdEpSQzh5TURJMk1URXlNaTkxY3kxbFlY",
    "TjBMVEV2YzNSekwyRjNjelJmY21WeGRXVnpkQ3dnSUZOcFoyNWxaRWhsWVdSbGNuTTlZMjl1ZEdWdWRDMXNaVzVuZEdnN1ky",
    "OXVkR1Z1ZEMxMGVYQmxPMmh2YzNRN2VDMWhiWG90WkdGMFpUdDRMV0Z0ZWkxelpXTjFjbWwwZVMxMGIydGxiaXdnVTJsbmJt",
    "RjBkWEpsUFRrelpURm1Zek0xTTJZd1pHTmhNV1poTVRWbU5ERTBNV0V3WldOaVpXVTRZVGd6TVRReFpEWTVPV05oTTJFNE9X",
    "Wm1aVGxsTXpSbU9UQmxPVE0zTVRVaVhTd2dJa052Ym5SbGJuUXRUR1Z1WjNSb0lqb2dXeUkwTXlKZExDQWlRMjl1ZEdWdWRD",
    "MVVlWEJsSWpvZ1d5SmhjSEJzYVdOaGRHbHZiaTk0TFhkM2R5MW1iM0p0TFhWeWJHVnVZMjlrWldRN0lHTm9ZWEp6WlhROWRY",
    "Um1MVGdpWFN3Z0lsVnpaWEl0UVdkbGJuUWlPaUJiSW1GM2N5MXpaR3N0Y0hsMGFHOXVJbDBzSUNKWUxVRnRlaTFFWVhSbElq",
    "b2dXeUl5TURJMk1URXlNbFF3T0RVek5ETmFJbDBzSUNKWUxVRnRlaTFUWldOMWNtbDBlUzFVYjJ0bGJpSTZJRnNpVTBWVFUw",
    "bFBUaUpkZlE9PSJ9"
);

/// What `akeyless-cloud-id` 2.2.0 of npm printed for the same.
const JAVASCRIPT: &str = concat!(
    "eyJzdHNfcmVxdWVzdF9tZXRob2QiOiJQT1NUIiwic3RzX3JlcXVlc3RfdXJsIjoiYUhSMGNITTZMeTl6ZEhNdVlXMWhlbTl1",
    "WVhkekxtTnZiUzg9Iiwic3RzX3JlcXVlc3RfYm9keSI6IlFXTjBhVzl1UFVkbGRFTmhiR3hsY2tsa1pXNTBhWFI1SmxabGNu",
    "TnBiMjQ5TWpBeE1TMHdOaTB4TlE9PSIsInN0c19yZXF1ZXN0X2hlYWRlcnMiOiJleUpCZFhSb2IzSnBlbUYwYVc5dUlqcGJJ",
    "a0ZYVXpRdFNFMUJReTFUU0VFeU5UWWdRM0psWkdWdWRHbGhiRDFCUzBsRUx6SXdNall4TVRJeUwzVnpMV1ZoYzNRdE1TOXpk",
    "SE12WVhkek5GOXlaWEYxWlhOMExDQlRhV2R1WldSSVpXRmtaWEp6UFdOdmJuUmxiblF0YkdWdVozUm9PMk52Ym5SbGJuUXRk",
    "SGx3WlR0b2IzTjBPM2d0WVcxNkxXUmhkR1U3ZUMxaGJYb3RjMlZqZFhKcGRIa3RkRzlyWlc0c0lGTnBaMjVoZEhWeVpUMHpZ",
    "bUZrWW1ZeFpEazVNV0kxWXpsa1ptSXhZemczWmpobE9UTXpZelF4WWpJMU16WTJZbUU1TmprNE1UVTNZVFV6WldNeVlUVmlP",
    "R015WkdJek5HSTJJbDBzSWtOdmJuUmxiblF0VEdWdVozUm9JanBiSWpReklsMHNJa2h2YzNRaU9sc2ljM1J6TG1GdFlYcHZi",
    "bUYzY3k1amIyMGlYU3dpUTI5dWRHVnVkQzFVZVhCbElqcGJJbUZ3Y0d4cFkyRjBhVzl1TDNndGQzZDNMV1p2Y20wdGRYSnNa",
    "VzVqYjJSbFpEc2dZMmhoY25ObGREMTFkR1l0T0NKZExDSllMVUZ0ZWkxRVlYUmxJanBiSWpJd01qWXhNVEl5VkRBNE5UUXlP",
    "Vm9pWFN3aVdDMUJiWG90VTJWamRYSnBkSGt0Vkc5clpXNGlPbHNpVTBWVFUwbFBUaUpkZlE9PSJ9"
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

#[test]
fn what_other_programs_printed_logs_in() {
    for (token, signed) in [
        (PYTHON, "20261122T085343Z"),
        (JAVASCRIPT, "20261122T085429Z"),
    ] {
        let vault = Vault {
            now: moment(signed),
            ..Vault::default()
        };
        assert_eq!(vault.outcome(token), "accepted", "{signed}");
    }
}
