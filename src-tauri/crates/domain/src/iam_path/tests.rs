//! IAM paths.

use super::*;

#[test]
fn paths_begin_and_end_with_a_slash() {
    let longest = format!("/{}/", "a".repeat(510));
    for ok in ["/", "/leases/", "/a/b/c/", "/a.b+c=d@e!/", longest.as_str()] {
        assert_eq!(IamPath::parse("iam_path", ok).unwrap().as_str(), ok);
    }
    assert!(IamPath::parse("iam_path", "").unwrap().is_root());
    assert!(!IamPath::parse("iam_path", " /a/ ").unwrap().is_root());
    let too_long = format!("/{}/", "a".repeat(511));
    for (wrong, fix) in [
        ("leases", "Write /leases/."),
        ("/leases", "Write /leases/."),
        ("leases/", "Write /leases/."),
        ("//", "single slashes"),
        ("/a//b/", "single slashes"),
        ("/a b/", "letters, digits"),
        ("/é/", "letters, digits"),
        ("/a\u{7f}/", "letters, digits"),
        ("/a\nb/", "letters, digits"),
        (too_long.as_str(), "shorter path"),
    ] {
        let problem = IamPath::parse("iam_path", wrong).unwrap_err();
        let hint = problem.hint.unwrap();
        assert!(hint.contains(fix), "{wrong}: {hint}");
    }
}
