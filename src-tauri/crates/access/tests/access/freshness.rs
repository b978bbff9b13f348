//! T83 to T91: each cloud identity is good for one login, and not for long.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_access::{RelayFault, Seen, SeenFault, SeenInMemory, may_forget};
use leasehold_domain::Moment;

use crate::fixtures::{Client, Vault, code, method, moment, ready};

#[test]
fn t83_the_second_login_with_it_is_refused() {
    let vault = Vault::default();
    let token = Client::usual().token();
    assert_eq!(vault.outcome(&token), "accepted");
    assert_eq!(vault.outcome(&token), "replayed");
    // Neither another spelling nor other headers that nobody signed make it another one.
    assert_eq!(vault.outcome(&token.replace('=', "%3D")), "replayed");
    let dressed = Client {
        unsigned: vec![("User-Agent".into(), "x".into())],
        ..Client::usual()
    };
    assert_eq!(vault.outcome(&dressed.token()), "replayed");
    assert_eq!(vault.sts.calls(), 1);
}

#[test]
fn t84_of_ten_at_once_one_gets_in() {
    let vault = Vault::default();
    let token = Client::usual().token();
    let accepted = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| {
                if vault.login(&token).accepted().is_some() {
                    accepted.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!(accepted.into_inner(), 1);
    assert_eq!(vault.sts.calls(), 1);
}

#[test]
fn t85_what_sts_did_not_judge_may_come_again() {
    let vault = Vault::default();
    let token = Client::usual().token();
    vault
        .sts
        .instead
        .lock()
        .unwrap()
        .push(Err(RelayFault::Unreachable));
    assert_eq!(vault.outcome(&token), "sts_unreachable");
    assert!(vault.seen.is_empty());
    vault.sts.instead.lock().unwrap().clear();
    assert_eq!(vault.outcome(&token), "accepted");
}

#[test]
fn what_sts_refused_may_not() {
    let vault = Vault::default();
    let wrong = Client {
        secret: "OTHER".into(),
        ..Client::usual()
    }
    .token();
    assert_eq!(vault.outcome(&wrong), "sts_signature");
    assert_eq!(vault.outcome(&wrong), "replayed");
    assert_eq!(vault.sts.calls(), 1);
}

#[test]
fn t86_a_restart_forgets_nothing() {
    // The memory is the store's, which outlives the process; here it is handed on.
    let first = Vault::default();
    let token = Client::usual().token();
    assert_eq!(first.outcome(&token), "accepted");
    let second = Vault {
        seen: first.seen,
        ..Vault::default()
    };
    assert_eq!(second.outcome(&token), "replayed");
}

#[test]
fn a_memory_that_fails_lets_nobody_in() {
    struct Broken;
    impl Seen for Broken {
        fn reserve(&self, _: &[u8; 32], _: DateTime<Utc>) -> Result<bool, SeenFault> {
            Err(SeenFault)
        }
        fn release(&self, _: &[u8; 32]) -> Result<(), SeenFault> {
            Err(SeenFault)
        }
    }
    let vault = Vault::default();
    let login = leasehold_access::Login {
        cloud_identity: &Client::usual().token(),
        method: vault.method.as_ref(),
        state: leasehold_access::State {
            enabled: true,
            client: &vault.client,
            now: vault.now,
        },
        hosts: &leasehold_access::Hosts::default(),
        audience: &vault.audience,
        freshness: leasehold_access::Freshness::default(),
    };
    let verdict = ready(leasehold_access::verify(login, &vault.sts, &Broken));
    assert_eq!(code(&verdict), "seen_unavailable");
    assert_eq!(vault.sts.calls(), 0);
}

#[test]
fn t87_t88_age_is_bounded_in_both_directions() {
    let signed = moment("20260511T100000Z");
    for (case, age, max_age, expected) in [
        ("T87", 301, 300, "too_old"),
        ("T87", 300, 300, "accepted"),
        ("T87", 299, 300, "accepted"),
        ("T87 AWS's own limit", 901, 900, "too_old"),
        ("T87 AWS's own limit", 899, 900, "accepted"),
        ("T87 nothing beyond AWS's", 901, 5000, "too_old"),
        ("T88", -121, 300, "from_the_future"),
        ("T88", -120, 300, "accepted"),
    ] {
        let now = signed + TimeDelta::seconds(age);
        let vault = Vault {
            now,
            max_age,
            ..Vault::default()
        };
        assert_eq!(
            vault.outcome(&Client::usual().token()),
            expected,
            "{case} {age}"
        );
    }
    let early = Vault {
        now: signed - TimeDelta::seconds(500),
        ..Vault::default()
    };
    let refusal = early.login(&Client::usual().token()).refusal.unwrap();
    assert_eq!(
        refusal.detail.as_deref(),
        Some("500 seconds"),
        "T88: by how much"
    );
}

#[test]
fn t87_a_fraction_of_a_second_counts() {
    let now = moment("20260511T100500Z") + TimeDelta::milliseconds(1);
    let vault = Vault {
        now,
        ..Vault::default()
    };
    assert_eq!(vault.outcome(&Client::usual().token()), "too_old");
}

/// T89: this vault gives no challenges, so that a cloud identity made for one is not for it. What a
/// challenge is for, one-time use and the audience do.
#[test]
fn t89_a_challenge_of_another_vault_is_refused() {
    let token = Client::usual()
        .signing("x-leasehold-challenge", "abc")
        .token();
    assert_eq!(Vault::default().outcome(&token), "unexpected_signed_header");
}

#[test]
fn t90_one_memory_for_all_methods() {
    let first = Vault::default();
    let token = Client::usual().token();
    assert_eq!(first.outcome(&token), "accepted");
    let other = method(|draft| draft.name = "another".into());
    let second = Vault {
        method: Some(other),
        seen: first.seen,
        ..Vault::default()
    };
    assert_eq!(second.outcome(&token), "replayed");
}

#[test]
fn t91_a_clock_that_is_turned_makes_nothing_forgotten() {
    let hour = Duration::from_hours(1);
    let mut vault = Vault::default();
    let token = Client::usual().token();
    assert_eq!(vault.outcome(&token), "accepted");
    // Turned a day ahead for a moment, then back.
    vault
        .seen
        .forget(vault.now + TimeDelta::days(1), Duration::from_mins(1));
    assert_eq!(vault.outcome(&token), "replayed");
    // After an hour that really passed, AWS takes the signature no more either.
    vault.seen.forget(vault.now + TimeDelta::hours(1), hour);
    assert!(vault.seen.is_empty());
    let late = Vault {
        now: vault.now + TimeDelta::hours(1),
        ..vault
    };
    assert_eq!(late.outcome(&token), "too_old");
    assert!(!may_forget(now_plus(1), now_plus(0), hour));
}

fn now_plus(minutes: i64) -> DateTime<Utc> {
    Moment::from(crate::fixtures::now()).datetime() + TimeDelta::minutes(minutes)
}

#[test]
fn the_memory_counts_what_it_holds() {
    let seen = SeenInMemory::default();
    assert_eq!(seen.reserve(&[1; 32], now_plus(30)), Ok(true));
    assert_eq!(seen.reserve(&[1; 32], now_plus(30)), Ok(false));
    assert_eq!(seen.len(), 1);
    assert_eq!(seen.release(&[1; 32]), Ok(()));
    assert_eq!(seen.reserve(&[1; 32], now_plus(30)), Ok(true));
}
