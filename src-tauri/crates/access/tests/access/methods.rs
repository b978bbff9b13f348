//! T92 to T103: methods that change, roles and rules, tokens.

use chrono::TimeDelta;
use leasehold_access::{
    AccessId, AccessRole, Association, AuthMethod, AuthMethodDraft, Grant, Hosts, Limits, Rights,
    RuleEffect, Session, State, Token, reload,
};
use leasehold_domain::{Action, ClaimKey, Claims, ClientAddress, ItemPath, PathRule};

use crate::fixtures::{Client, Vault, method, now};

fn session(method: &AuthMethod) -> Session {
    let vault = Vault::with(method.clone());
    let verdict = vault.login(&Client::usual().token());
    Session::of(
        AccessId::generate().unwrap(),
        method,
        verdict.accepted().unwrap(),
        now(),
    )
}

fn state(minutes: i64) -> State<'static> {
    State {
        enabled: true,
        client: &ClientAddress::Unix,
        now: now() + TimeDelta::minutes(minutes),
    }
}

/// The reason code, or `good`.
fn checked(session: &Session, method: Option<&AuthMethod>, state: State<'_>) -> &'static str {
    match session.check(method, state) {
        Ok(_) => "good",
        Err(refusal) => refusal.reason.code(),
    }
}

fn expiring(minutes: i64) -> impl FnOnce(&mut AuthMethodDraft) {
    let at = (now() + TimeDelta::minutes(minutes)).timestamp();
    move |draft| draft.access_expires = u64::try_from(at).unwrap()
}

#[test]
fn t92_an_expiry_ends_logins_and_sessions_at_that_instant() {
    let method = method(expiring(5));
    let session = session(&method);
    assert_eq!(checked(&session, Some(&method), state(4)), "good");
    assert_eq!(
        session.expires_at,
        now() + TimeDelta::minutes(5),
        "not the fifteen of the method"
    );
    assert_eq!(checked(&session, Some(&method), state(5)), "token_expired");
    let vault = Vault {
        now: now() + TimeDelta::minutes(5),
        max_age: 900,
        ..Vault::with(method)
    };
    assert_eq!(vault.outcome(&Client::usual().token()), "method_expired");
    assert_eq!(vault.sts.calls(), 0);
}

#[test]
fn an_expired_method_is_read_again_and_lets_nobody_in() {
    let mut draft = crate::fixtures::draft();
    draft.access_expires = u64::try_from((now() - TimeDelta::days(1)).timestamp()).unwrap();
    draft.jwt_ttl = 600;
    let limits = Limits {
        default_token_minutes: 15,
        max_token_minutes: 60,
    };
    let method = reload(&draft, &Hosts::default(), limits).unwrap();
    assert_eq!(method.token_minutes, 60, "as long as is allowed today");
    let vault = Vault::with(method);
    assert_eq!(vault.outcome(&Client::usual().token()), "method_expired");
    draft.bound_aws_account_id.clear();
    assert!(reload(&draft, &Hosts::default(), limits).is_err());
}

#[test]
fn the_owner_is_told_before_the_expiry() {
    let days = 24 * 60;
    let method = method(|draft| {
        expiring(30 * days)(draft);
        draft.expiration_event_in = vec![1, 14, 7, 7];
    });
    let told: Vec<u32> = method
        .expiry_notices()
        .into_iter()
        .map(|(_, days)| days)
        .collect();
    assert_eq!(told, [14, 7, 1]);
    let first = method.expiry_notices()[0].0.datetime();
    assert_eq!(first, now() + TimeDelta::days(16));
}

#[test]
fn chosen_claims_go_into_the_audit_and_one_names_the_client() {
    let claims = claims(&[
        (ClaimKey::Arn, "arn:x"),
        (ClaimKey::RoleName, "dev"),
        (ClaimKey::ResourceId, "i-1"),
    ]);
    let method = method(|draft| {
        draft.audit_logs_claims = vec!["role_name, user_name".into()];
        draft.unique_identifier = "resource_id".into();
    });
    assert_eq!(
        method.audited(&claims).into_values().collect::<Vec<_>>(),
        ["dev"]
    );
    assert_eq!(method.client_unique_id(&claims), Some("i-1"));
    assert_eq!(
        crate::fixtures::method(|_| {}).client_unique_id(&claims),
        Some("arn:x")
    );
}

#[test]
fn t93_delete_protection_protects() {
    let guarded = method(|draft| draft.delete_protection = true);
    let problem = guarded.check_delete().unwrap_err();
    assert!(problem.message.contains("/ci/aws") && problem.hint.is_some());
    assert_eq!(method(|_| {}).check_delete(), Ok(()));
}

#[test]
fn t94_what_is_tightened_works_on_the_next_call() {
    let wide = method(|_| {});
    let session = session(&wide);
    let narrow = method(|draft| draft.bound_role_name = vec!["another".into()]);
    let elsewhere = method(|draft| draft.bound_ips = vec!["10.0.0.0/8".into()]);
    let region = method(|draft| draft.bound_sts_region = vec!["eu-*".into()]);
    let asking = method(|draft| draft.require_audience = true);
    let off = State {
        enabled: false,
        ..state(1)
    };
    assert_eq!(checked(&session, Some(&wide), state(1)), "good");
    assert_eq!(checked(&session, Some(&wide), off), "method_disabled");
    assert_eq!(
        checked(&session, Some(&narrow), state(1)),
        "role_name_not_bound"
    );
    assert_eq!(
        checked(&session, Some(&elsewhere), state(1)),
        "client_ip_not_bound"
    );
    assert_eq!(
        checked(&session, Some(&region), state(1)),
        "region_not_bound"
    );
    assert_eq!(checked(&session, Some(&asking), state(1)), "token_outdated");
    assert_eq!(checked(&session, None, state(1)), "token_unknown");
}

#[test]
fn t95_a_token_lives_as_long_as_the_method_says() {
    let of = |minutes: u32| session(&method(|draft| draft.jwt_ttl = minutes)).seconds_left(now());
    assert_eq!(of(0), 15 * 60, "the default");
    assert_eq!(of(60), 60 * 60);
    let session = session(&method(|draft| draft.jwt_ttl = 60));
    assert_eq!(session.seconds_left(now() + TimeDelta::hours(3)), 0);
}

/// T114: sessions from before end when the endpoint is changed, in either direction.
#[test]
fn t114_another_endpoint_ends_sessions() {
    let aws = method(|_| {});
    let pinned = method(|draft| draft.sts_url = "https://sts.example.com".into());
    assert_eq!(
        checked(&session(&aws), Some(&pinned), state(1)),
        "token_outdated"
    );
    let asserted = session(&pinned);
    assert_eq!(
        asserted.asserted_by.as_deref(),
        Some("https://sts.example.com")
    );
    assert_eq!(checked(&asserted, Some(&pinned), state(1)), "good");
    assert_eq!(checked(&asserted, Some(&aws), state(1)), "token_outdated");
}

fn rule(path: &str, capabilities: &[&str]) -> PathRule {
    let capabilities: Vec<String> = capabilities.iter().map(|c| (*c).to_owned()).collect();
    PathRule::parse(path, &capabilities).unwrap()
}

fn role(name: &str, rules: Vec<PathRule>) -> AccessRole {
    AccessRole {
        name: name.into(),
        rules,
    }
}

fn association(pairs: &[(&str, &str)], ignore_case: bool) -> Association {
    let pairs: Vec<(String, String)> = pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    Association::parse(&pairs, ignore_case, false).unwrap()
}

fn claims(pairs: &[(ClaimKey, &str)]) -> Claims {
    pairs
        .iter()
        .map(|(key, value)| (*key, (*value).to_owned()))
        .collect()
}

fn path(text: &str) -> ItemPath {
    ItemPath::parse("path", text).unwrap()
}

#[test]
fn t96_t97_sub_claims_lead_to_roles() {
    // The grammar of tests, T97, is in the table beside `Association`.
    let role = role("r", vec![rule("/dev/*", &["read"])]);
    let dev = claims(&[(ClaimKey::RoleName, "Dev")]);
    for (case, pairs, forced, has) in [
        ("T96 bare", &[][..], false, true),
        ("T96 bare, and forced since", &[], true, false),
        (
            "T96 with a claim, forced",
            &[("role_name", "Dev")],
            true,
            true,
        ),
        ("T97 one of several", &[("role_name", "A,Dev")], false, true),
        (
            "T97 every key",
            &[("role_name", "Dev"), ("user_name", "*")],
            false,
            false,
        ),
        ("T97 case", &[("role_name", "dev")], false, false),
    ] {
        let association = association(pairs, false);
        let grants = [Grant {
            role: &role,
            association: &association,
        }];
        assert_eq!(
            !Rights::of(&dev, &grants, forced).roles().is_empty(),
            has,
            "{case}"
        );
        assert_eq!(
            Rights::associations(&dev, &grants, forced)[0].1.holds,
            has,
            "{case}"
        );
    }
    assert!(
        Association::parse(&[], false, true).is_err(),
        "T96 refused when saved"
    );
}

#[test]
fn t98_t99_claims_in_paths_are_opaque() {
    // Values such as `..`, `a+b`, `*`, `,` and `{{arn}}` are in the table beside `PathPattern`.
    let role = role("r", vec![rule("/x/{{resource_id}}/*", &["read"])]);
    let any = association(&[], false);
    let grants = [Grant {
        role: &role,
        association: &any,
    }];
    for (value, at, allowed) in [
        (Some("i-0abc"), "/x/i-0abc/s3", true),
        (Some(".."), "/y/s3", false),
        (Some("+"), "/x/anything/s3", false),
        (Some("*"), "/x/anything/s3", false),
        (None, "/x/anything/s3", false),
    ] {
        let claims = value.map_or_else(Claims::new, |value| {
            claims(&[(ClaimKey::ResourceId, value)])
        });
        let decision = Rights::of(&claims, &grants, false).decide(Action::Issue, &path(at));
        assert_eq!(decision.allowed, allowed, "{value:?} {at}");
        assert_eq!(decision.rules.len(), 1);
    }
    let decision =
        Rights::of(&Claims::new(), &grants, false).decide(Action::Issue, &path("/x/a/s3"));
    assert!(
        decision.rules[0].why.contains("needs resource_id"),
        "T99: {decision:?}"
    );
}

#[test]
fn t100_deny_wins_over_every_role() {
    let wide = role("wide", vec![rule("/dev/*", &["read"])]);
    let guard = role("guard", vec![rule("/dev/payments/*", &["deny"])]);
    let any = association(&[], false);
    let grants = [
        Grant {
            role: &wide,
            association: &any,
        },
        Grant {
            role: &guard,
            association: &any,
        },
    ];
    let none = Claims::new();
    let rights = Rights::of(&none, &grants, false);
    assert!(rights.decide(Action::Issue, &path("/dev/s3")).allowed);
    let denied = rights.decide(Action::Issue, &path("/dev/payments/s3"));
    assert!(!denied.allowed);
    assert_eq!(denied.why, "/dev/payments/* of role guard denies it.");
    let effects: Vec<RuleEffect> = denied.rules.iter().map(|rule| rule.effect).collect();
    assert_eq!(effects, [RuleEffect::Allows, RuleEffect::Denies]);
    assert!(!rights.sees(&path("/dev/payments/s3")), "not even seen");
    assert_eq!(rights.roles(), ["guard", "wide"]);
}

#[test]
fn t100_a_deny_is_not_escaped_by_case() {
    let wide = role("wide", vec![rule("/*", &["read"])]);
    let guard = role("guard", vec![rule("/{{role_name}}/*", &["deny"])]);
    let any = association(&[], false);
    let grants = [
        Grant {
            role: &wide,
            association: &any,
        },
        Grant {
            role: &guard,
            association: &any,
        },
    ];
    let dev = claims(&[(ClaimKey::RoleName, "Dev")]);
    assert!(
        !Rights::of(&dev, &grants, false)
            .decide(Action::Issue, &path("/dev/s3"))
            .allowed
    );
}

#[test]
fn t101_each_capability_does_what_it_says() {
    use Action::{Issue, List, Renew, RevokeOther, RevokeOwn};
    let any = association(&[], false);
    for (capabilities, can) in [
        (&["list"][..], &[List][..]),
        (&["read"], &[List, Issue, RevokeOwn]),
        (&["update"], &[List, Renew]),
        (&["delete"], &[List, RevokeOwn, RevokeOther]),
        (&["create"], &[]),
        (&["read", "update"], &[List, Issue, Renew, RevokeOwn]),
        (&["deny"], &[]),
    ] {
        let role = role("r", vec![rule("/dev/*", capabilities)]);
        let grants = [Grant {
            role: &role,
            association: &any,
        }];
        let none = Claims::new();
        let rights = Rights::of(&none, &grants, false);
        for action in [List, Issue, Renew, RevokeOwn, RevokeOther] {
            let allowed = rights.decide(action, &path("/dev/s3")).allowed;
            assert_eq!(
                allowed,
                can.contains(&action),
                "{capabilities:?} {action:?}"
            );
        }
        assert!(!rights.sees(&path("/prod/s3")), "{capabilities:?}");
    }
    let none = Claims::new();
    let nobody = Rights::of(&none, &[], false).decide(List, &path("/dev/s3"));
    assert_eq!(
        nobody.why,
        "No access role is associated with this identity."
    );
}

#[test]
fn t102_t103_a_token_is_known_by_its_hash_alone() {
    // Revoking takes the row of a hash away (T102), and another vault has no such row (T103): both are
    // `token_unknown`, which the store's tests show with rows.
    let token = Token::generate().unwrap();
    let again = Token::read(token.expose()).unwrap();
    assert_eq!(again.hash(), token.hash());
    assert_ne!(Token::generate().unwrap().hash(), token.hash());
    let kept = format!("{:?} {}", token.hash(), token.hash().id());
    assert!(!kept.contains(&token.expose()[2..10]));
    assert_eq!(token.hash().id().len(), 12);
    for wrong in [
        "",
        "t-",
        "x",
        &token.expose()[1..],
        &format!("{}x", token.expose()),
        &format!("{} ", token.expose()),
    ] {
        assert!(Token::read(wrong).is_none(), "{wrong}");
    }
    let session = session(&method(|_| {}));
    let stored = serde_json::to_string(&session).unwrap();
    assert_eq!(serde_json::from_str::<Session>(&stored).unwrap(), session);
    assert!(!stored.contains("SESSION") && !stored.contains(token.expose()));
}

#[test]
fn access_ids_have_one_form() {
    let id = AccessId::generate().unwrap();
    assert_eq!(AccessId::parse("access_id", id.as_str()).unwrap(), id);
    for wrong in [
        "",
        "p-",
        "p-short",
        "x-abcdefghjkmnpq",
        "p-ABCDEFGHJKMNPQ",
        "p-abcdefghjkmnpqr",
    ] {
        assert!(AccessId::parse("access_id", wrong).is_err(), "{wrong}");
    }
}
