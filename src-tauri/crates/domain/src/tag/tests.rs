//! Tags.

use super::*;

#[test]
fn tags_follow_iams_rules() {
    for (key, value) in [
        ("team", "payments"),
        ("a", ""),
        ("Größe", "日本 1"),
        ("a_.:/=+-@ b", "x@y"),
        (&*"k".repeat(128), &*"v".repeat(256)),
    ] {
        assert!(Tag::parse("tags[0]", key, value).is_ok(), "{key}");
    }
    assert_eq!(
        Tag::parse("t", " a ", " b ").unwrap(),
        Tag {
            key: "a".into(),
            value: "b".into()
        }
    );
    for (key, value, fields) in [
        ("", "x", &["tags[2].key"] as &[&str]),
        (&*"k".repeat(129), "x", &["tags[2].key"]),
        ("k", &*"v".repeat(257), &["tags[2].value"]),
        ("aws:team", "x", &["tags[2].key"]),
        ("AWS:team", "x", &["tags[2].key"]),
        ("a,b", "x", &["tags[2].key"]),
        ("a*", "b?", &["tags[2].key", "tags[2].value"]),
        ("a\nb", "x", &["tags[2].key"]),
        ("k", "a\tb", &["tags[2].value"]),
        ("", "#", &["tags[2].key", "tags[2].value"]),
    ] {
        let problems = Tag::parse("tags[2]", key, value).unwrap_err();
        let found: Vec<&str> = problems.iter().filter_map(|p| p.field.as_deref()).collect();
        assert_eq!(found, fields, "{key} {value}");
        assert!(problems.iter().all(|p| p.hint.is_some()));
    }
}
