//! Sub-claims that are met or not.

use super::*;
use proptest::prelude::*;

fn association(pairs: &[(&str, &str)], ignore_case: bool) -> Association {
    let pairs: Vec<(String, String)> = pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    Association::parse(&pairs, ignore_case, false).unwrap()
}

fn holds(pairs: &[(&str, &str)], ignore_case: bool) -> bool {
    let claims = Claims::from([
        (ClaimKey::RoleName, "Dev-Ops".to_owned()),
        (ClaimKey::AccountId, "123456789012".to_owned()),
    ]);
    association(pairs, ignore_case).check(&claims, false).holds
}

#[test]
fn keys_are_all_met_and_values_are_alternatives() {
    for (pairs, ignore_case, yes) in [
        (&[("role_name", "Dev-Ops")][..], false, true),
        (&[("role_name", "dev-ops")], false, false),
        (&[("role_name", "dev-ops")], true, true),
        (&[("role_name", "A,Dev-*")], false, true),
        (&[("role_name", "A, B")], false, false),
        (&[("role_name", "Dev-Op?")], false, true),
        (&[("role_name", "Dev-Ops?")], false, false),
        (
            &[("role_name", "Dev-*"), ("account_id", "123456789012")],
            false,
            true,
        ),
        (
            &[("role_name", "Dev-*"), ("account_id", "999999999999")],
            false,
            false,
        ),
        (&[("user_name", "*")], false, false),
        (&[("role_name", "Dev-* AND *-Ops")], false, true),
        (&[("role_name", "Dev-* AND *-Dev")], false, false),
        (&[("role_name", "X OR Dev-Ops AND *-Ops")], false, true),
        (&[("role_name", "Dev-Ops OR X AND Y")], false, false),
        (&[("role_name", "X AND Y OR Dev-Ops")], false, true),
        (&[], false, true),
    ] {
        assert_eq!(holds(pairs, ignore_case), yes, "{pairs:?} {ignore_case}");
    }
}

#[test]
fn a_wrong_test_is_refused() {
    for wrong in [
        "",
        " ",
        "a,,b",
        "a,",
        "a b",
        "AND",
        "a AND",
        "a AND AND b",
        "a, b OR c",
        "a\u{7}",
    ] {
        assert!(ClaimTest::parse("sub_claims", wrong).is_err(), "{wrong}");
    }
    let pair = |k: &str, v: &str| (k.to_owned(), v.to_owned());
    assert!(Association::parse(&[pair("groups", "a")], false, false).is_err());
    let twice = [pair("role_name", "a"), pair("role_name", "b")];
    assert!(Association::parse(&twice, false, false).is_err());
}

#[test]
fn forced_sub_claims_leave_bare_associations_without_effect() {
    assert!(Association::parse(&[], false, true).is_err());
    let bare = association(&[], false);
    assert!(bare.check(&Claims::new(), false).holds);
    assert!(!bare.check(&Claims::new(), true).holds);
}

proptest! {
    #[test]
    fn reading_never_panics(text in ".{0,60}", words in "((AND|OR|a\\*|b\\?|,)[ ,]?){0,8}") {
        for text in [text, words] {
            if let Ok(test) = ClaimTest::parse("s", &text) {
                let _ = test.matches("ab", true);
                prop_assert_eq!(ClaimTest::parse("s", &test.to_string()), Ok(test));
            }
        }
    }
}
