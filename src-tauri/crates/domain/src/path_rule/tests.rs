//! Paths, wildcards, claims and what each capability is enough for.

use super::*;
use crate::{ClaimKey, Claims};
use proptest::prelude::*;

fn pattern(text: &str) -> PathPattern {
    PathPattern::parse("path", text).unwrap()
}

fn applies(rule: &str, path: &str, claims: &[(ClaimKey, &str)]) -> PathMatch {
    let claims: Claims = claims.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
    pattern(rule).matches(&ItemPath::parse("p", path).unwrap(), &claims, true)
}

#[test]
fn a_star_crosses_parts_and_a_plus_stays_inside_one() {
    for (rule, path, yes) in [
        ("/dev/s3", "/dev/s3", true),
        ("dev/s3", "/dev/s3", true),
        ("/dev/s3", "/dev/s3-upload", false),
        ("/dev/*", "/dev/s3", true),
        ("/dev/*", "/dev/a/b/s3", true),
        ("/dev/*", "/dev2/s3", false),
        ("/dev*", "/dev2/s3", true),
        ("/*", "/prod/s3", true),
        ("/dev/+", "/dev/s3", true),
        ("/dev/+", "/dev/a/s3", false),
        ("/dev/+/+/bar/*", "/dev/a/b/bar/s3", true),
        ("/dev/+/+/bar/*", "/dev/a/bar/s3", false),
        ("/dev/team-+/s3", "/dev/team-a/s3", true),
        ("/dev/team-+/s3", "/dev/team-a/b/s3", false),
        ("/dev/+a/s3", "/dev/a/s3", false),
        ("/dev/*/s3", "/dev/s3", false),
        ("/+/s3", "/dev/s3", true),
    ] {
        let expected = if yes { PathMatch::Yes } else { PathMatch::No };
        assert_eq!(applies(rule, path, &[]), expected, "{rule} {path}");
    }
}

#[test]
fn a_claim_is_one_part_and_only_ever_itself() {
    use ClaimKey::{ResourceId, RoleName};
    let rule = "/x/{{resource_id}}/*";
    for (value, path, yes) in [
        ("i-0abc", "/x/i-0abc/s3", true),
        ("i-0abc", "/x/i-0abd/s3", false),
        ("..", "/y/s3", false),
        ("..", "/x/a/s3", false),
        ("++", "/x/ab/s3", false),
        ("+", "/x/a/s3", false),
        ("a+b", "/x/axb/s3", false),
        ("*", "/x/a/s3", false),
        ("a,b", "/x/a/s3", false),
        ("{{arn}}", "/x/a/s3", false),
        ("{{role_name}}", "/x/dev/s3", false),
        ("a/b", "/x/a/b/s3", false),
        ("", "/x/a/s3", false),
    ] {
        let expected = if yes { PathMatch::Yes } else { PathMatch::No };
        let claims = [(ResourceId, value), (RoleName, "dev")];
        assert_eq!(applies(rule, path, &claims), expected, "{value} {path}");
    }
    assert_eq!(
        applies(rule, "/x/a/s3", &[]),
        PathMatch::NoClaim(ResourceId)
    );
}

#[test]
fn claims_are_compared_with_case_unless_said_otherwise() {
    let claims = Claims::from([(ClaimKey::RoleName, "Dev-Ops".to_owned())]);
    let path = ItemPath::parse("p", "/dev/dev-ops/s3").unwrap();
    let rule = pattern("/dev/{{role_name}}/*");
    assert_eq!(rule.matches(&path, &claims, true), PathMatch::No);
    assert_eq!(rule.matches(&path, &claims, false), PathMatch::Yes);
}

#[test]
fn a_wrong_path_is_refused_with_a_fix() {
    for (wrong, fix) in [
        ("", "/* for everything"),
        ("/", "/* for everything"),
        ("/dev/", "Write /dev/* for everything below it."),
        ("/dev//s3", "single slashes"),
        ("/dev/../prod/*", "single slashes"),
        ("/Dev/S3", "Write /dev/s3."),
        ("/dev/s?", "Use + for any"),
        ("/dev/a b", "Use + or *"),
        ("/dev/{{role_name}}-x/*", "stand alone"),
        ("/dev/{role_name}/*", "stand alone"),
        ("/dev/{{role}}/*", "role_id"),
        ("/dev/{{role_nam}}/*", "Write role_name."),
        ("/dev/{{arn}}/*", "{{role_name}}"),
        ("/dev/{{groups}}/*", "account_id"),
    ] {
        let hint = PathPattern::parse("path", wrong).unwrap_err().hint.unwrap();
        assert!(hint.contains(fix), "{wrong}: {hint}");
    }
    assert!(PathPattern::parse("path", &"/a".repeat(300)).is_err());
}

#[test]
fn each_capability_is_enough_for_what_it_says() {
    use Action::{Issue, List, Renew, RevokeOther, RevokeOwn};
    for (capability, actions) in [
        (Capability::Create, &[][..]),
        (Capability::Deny, &[]),
        (Capability::List, &[List]),
        (Capability::Read, &[List, Issue, RevokeOwn]),
        (Capability::Update, &[List, Renew]),
        (Capability::Delete, &[List, RevokeOwn, RevokeOther]),
    ] {
        for action in [List, Issue, Renew, RevokeOwn, RevokeOther] {
            assert_eq!(
                capability.is_enough_for(action),
                actions.contains(&action),
                "{capability:?} {action:?}"
            );
        }
    }
}

#[test]
fn rules_are_read_whole_and_tell_what_may_surprise() {
    let rule = |path: &str, caps: &[&str]| {
        PathRule::parse(
            path,
            &caps.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>(),
        )
    };
    assert!(
        rule("/dev/*", &["read", "update"])
            .unwrap()
            .notices()
            .is_empty()
    );
    assert!(rule("/dev*", &["read,list"]).unwrap().notices()[0].contains("every environment"));
    assert!(rule("/dev/*", &["create"]).unwrap().notices()[0].contains("grants nothing"));
    assert!(rule("/dev/{{user_name}}/*", &["deny"]).unwrap().notices()[0].contains("sub-claim"));
    for (path, caps, field) in [
        ("/dev/*", &[][..], "capability"),
        ("/dev/*", &["deny", "read"], "capability"),
        ("/dev/*", &["revoke"], "capability"),
        ("/dev/*", &["reed"], "capability"),
        ("/", &["read"], "path"),
    ] {
        let problems = rule(path, caps).unwrap_err();
        assert_eq!(problems[0].field.as_deref(), Some(field), "{path} {caps:?}");
    }
}

#[test]
fn paths_begin_with_the_environment() {
    let path = ItemPath::of(
        &Slug::parse("e", "dev").unwrap(),
        &Folder::parse("f", "/a/b").unwrap(),
        &SecretName::parse("n", "s3").unwrap(),
    );
    assert_eq!(path.as_str(), "/dev/a/b/s3");
    for (text, same) in [
        ("/dev/a/b/s3", true),
        ("dev/a/b/s3", true),
        ("/dev/s3", false),
    ] {
        assert_eq!(ItemPath::parse("p", text).unwrap() == path, same, "{text}");
    }
    for wrong in [
        "",
        "/",
        "/dev",
        "/dev/",
        "/dev/../s3",
        "/dev//s3",
        "/Dev/s3",
        "/dev/a/../s3",
        "/dev/ a/s3",
        "/dev /s3",
    ] {
        assert!(ItemPath::parse("p", wrong).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn a_path_matches_itself_and_everything_matches_a_star(path in "(/[a-z0-9]{1,4}){2,5}") {
        prop_assert_eq!(applies(&path, &path, &[]), PathMatch::Yes);
        prop_assert_eq!(applies("/*", &path, &[]), PathMatch::Yes);
        let parts = path.matches('/').count();
        prop_assert_eq!(applies(&"/+".repeat(parts), &path, &[]), PathMatch::Yes);
        prop_assert_eq!(applies(&"/+".repeat(parts + 1), &path, &[]), PathMatch::No);
    }

    #[test]
    fn whatever_a_claim_holds_it_never_reaches_another_part(value in ".{0,20}", other in "[a-z0-9]{1,6}") {
        prop_assume!(value != other);
        let claims = [(ClaimKey::ResourceId, value.as_str())];
        let path = format!("/x/{other}/s3");
        prop_assert_eq!(applies("/x/{{resource_id}}/s3", &path, &claims), PathMatch::No);
    }

    #[test]
    fn reading_never_panics(text in ".{0,60}", like in "[/a-z*+{}.]{0,40}") {
        let _ = PathPattern::parse("p", &text);
        if let Ok(pattern) = PathPattern::parse("p", &like) {
            let again = PathPattern::parse("p", pattern.as_str());
            prop_assert_eq!(again, Ok(pattern));
        }
        let _ = ItemPath::parse("p", &like);
    }
}
