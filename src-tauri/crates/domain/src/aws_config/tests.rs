//! Profiles go in and out of any text, and nothing else changes.

use proptest::prelude::*;

use super::*;

fn entry(name: &str) -> Entry {
    Entry {
        name: ProfileName::parse(name).unwrap(),
        command: "/usr/bin/leasehold credentials development:/s3".to_owned(),
        region: "eu-central-1".to_owned(),
    }
}

fn installed(text: &str, name: &str) -> String {
    String::from_utf8(install(text.as_bytes(), &entry(name)).unwrap()).unwrap()
}

fn removed(text: &str, name: &str) -> Result<String, Problem> {
    let rest = remove(text.as_bytes(), &ProfileName::parse(name).unwrap())?;
    Ok(String::from_utf8(rest).unwrap())
}

const BLOCK: &str = "\
# leasehold: profile s3 begins
[profile s3]
credential_process = /usr/bin/leasehold credentials development:/s3
region = eu-central-1
# leasehold: profile s3 ends
";

#[test]
fn a_profile_comes_to_the_end_of_the_file() {
    assert_eq!(installed("", "s3"), BLOCK);
    let others = "[default]\nregion = us-east-1\n\n# mine\n[profile dev]\nsso_session = x\n";
    assert_eq!(installed(others, "s3"), format!("{others}{BLOCK}"));
    assert!(installed("", "default").contains("\n[default]\n"));
}

#[test]
fn the_ends_of_lines_are_as_in_the_file() {
    let text = installed("[default]\r\nregion = us-east-1\r\n", "s3");
    assert!(!text.replace("\r\n", "").contains('\n'), "{text:?}");
    assert!(installed("[default]\r\nregion = x", "s3").contains("region = x\r\n# leasehold"));
}

#[test]
fn what_stood_before_and_after_comes_back_as_it_was() {
    for before in [
        "",
        "\u{feff}",
        "[default]\nx = y\n",
        "[default]\nx = y",
        "# end",
        "a\r\nb",
    ] {
        let text = installed(before, "s3");
        assert_eq!(installed(&text, "s3"), text, "twice is once");
        assert_eq!(removed(&text, "s3").unwrap(), before);
        let two = installed(&text, "other");
        assert_eq!(removed(&two, "other").unwrap(), text);
        // In whatever order they go.
        let other = removed(&two, "s3").unwrap();
        assert_eq!(other, installed(before, "other"));
        assert_eq!(removed(&other, "other").unwrap(), before);
    }
}

#[test]
fn a_profile_of_somebody_else_is_left_alone() {
    for header in [
        "[profile s3]",
        "[ profile  s3 ]",
        "[profile \"s3\"]",
        "  [profile s3] # x",
        "[s3]",
        "\u{feff}[profile s3]",
    ] {
        let text = format!("{header}\nregion = x\n");
        let problem = install(text.as_bytes(), &entry("s3")).unwrap_err();
        assert_eq!(problem.code, Code::NameTaken, "{header}");
        assert!(problem.message.contains("line 1"), "{problem:?}");
        assert_eq!(removed(&text, "s3").unwrap_err().code, Code::NameTaken);
        // Nor beside ours.
        let both = format!("{BLOCK}{header}\n").replace('\u{feff}', "");
        assert_eq!(
            install(both.as_bytes(), &entry("s3")).unwrap_err().code,
            Code::NameTaken
        );
    }
    assert!(install(b"[profile s3-other]\n[sso-session s3]\n", &entry("s3")).is_ok());
    assert_eq!(
        removed("[default]\n", "s3").unwrap_err().code,
        Code::NotFound
    );
}

#[test]
fn what_somebody_added_to_our_profile_stays_in_it() {
    let added = BLOCK.replace(
        "region = eu-central-1\n",
        "region = x\noutput = json\n# note\n",
    );
    let mut other = entry("s3");
    other.region = "us-west-2".to_owned();
    let text = String::from_utf8(install(added.as_bytes(), &other).unwrap()).unwrap();
    assert!(
        text.contains("region = us-west-2\noutput = json\n# note\n# leasehold"),
        "{text}"
    );
    assert_eq!(text.matches("region").count(), 1, "{text}");
}

#[test]
fn a_setting_behind_the_block_is_not_given_to_another_profile() {
    let text = format!("[default]\n{BLOCK}\n# c\noutput = json\n");
    let problem = removed(&text, "s3").unwrap_err();
    assert_eq!(problem.code, Code::Refused);
    assert!(problem.message.starts_with("Line 9 "), "{problem:?}");
    let text = format!("[default]\n{BLOCK}\n# c\n[profile x]\noutput = json\n");
    assert_eq!(removed(&text, "s3").unwrap(), text.replace(BLOCK, ""));
}

#[test]
fn a_torn_block_is_told_and_left_as_it_is() {
    let (begin, end) = (begin_line(&entry("s3").name), end_line(&entry("s3").name));
    for text in [
        format!("{begin}\n"),
        format!("{end}\n"),
        format!("{begin}\n{begin}\n{end}\n"),
    ] {
        for problem in [
            install(text.as_bytes(), &entry("s3")).unwrap_err(),
            removed(&text, "s3").unwrap_err(),
        ] {
            assert_eq!(problem.code, Code::Refused, "{text}");
            assert!(problem.message.contains("torn"), "{problem:?}");
        }
    }
    let inside = BLOCK.replace("region", "[profile x]\nregion");
    assert_eq!(
        install(inside.as_bytes(), &entry("s3")).unwrap_err().code,
        Code::Refused
    );
}

#[test]
fn names_that_need_quoting_are_refused() {
    for name in ["", "a b", "x]", "a\nb", "ü", "a#b", &"x".repeat(65)] {
        let problem = ProfileName::parse(name).unwrap_err();
        assert_eq!(problem.field.as_deref(), Some("profile"), "{name}");
    }
}

#[test]
fn commands_are_quoted_for_every_reader() {
    let line = |words: &[&str], shell| {
        let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        command_line(&words, shell)
    };
    let posix = |words: &[&str]| line(words, Shell::Posix).unwrap();
    assert_eq!(
        posix(&["/usr/bin/leasehold", "credentials"]),
        "/usr/bin/leasehold credentials"
    );
    assert_eq!(posix(&["/my apps/lease", ""]), "'/my apps/lease' ''");
    assert_eq!(posix(&["/it's", "$(x)", "a;b"]), r"'/it'\''s' '$(x)' 'a;b'");
    let windows = line(&[r"C:\Program Files\l.exe", r"C:\x"], Shell::Windows).unwrap();
    assert_eq!(windows, r#""C:\Program Files\l.exe" C:\x"#);
    let folder = line(&[r"D:\my home\"], Shell::Windows).unwrap();
    assert_eq!(folder, r#""D:\my home\\""#);
    for (word, shell) in [
        ("a #b", Shell::Posix),
        ("a ;b", Shell::Posix),
        ("a\nb", Shell::Posix),
        ("%PATH%", Shell::Windows),
        ("a\"b", Shell::Windows),
    ] {
        assert_eq!(
            line(&[word], shell).unwrap_err().code,
            Code::Refused,
            "{word}"
        );
    }
}

/// Lines of all kinds, ends of all kinds, and bytes that are no text.
fn any_file() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        Just(b"[default]".to_vec()),
        Just(b"[profile dev]".to_vec()),
        Just(b"region = us-east-1".to_vec()),
        Just(b"  nested = 1".to_vec()),
        Just(b"# comment \xe9".to_vec()),
        Just(Vec::new()),
        proptest::collection::vec(any::<u8>(), 0..12),
    ];
    let end = prop_oneof![
        Just(b"\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(Vec::new())
    ];
    proptest::collection::vec((line, end), 0..12).prop_map(|lines| {
        lines
            .into_iter()
            .flat_map(|(line, end)| [line, end].concat())
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..Default::default() })]

    #[test]
    fn every_other_byte_of_any_file_stays(file in any_file()) {
        let name = entry("s3").name;
        let Ok(with) = install(&file, &entry("s3")) else {
            return Ok(());
        };
        prop_assert!(with.starts_with(&file));
        prop_assert_eq!(&install(&with, &entry("s3")).unwrap(), &with);
        prop_assert_eq!(remove(&with, &name).unwrap(), file);
    }
}
