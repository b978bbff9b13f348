//! Grammar, length and randomness of templates.

use super::*;
use proptest::prelude::*;
use std::collections::HashMap;

fn context() -> TemplateContext<'static> {
    TemplateContext {
        secret: "s3-upload",
        identity: "jane.doe",
        unix_timestamp: 1_795_273_380,
    }
}

/// Bytes from a small generator, so that tests repeat.
fn source(seed: u64) -> impl FnMut(&mut [u8]) {
    let mut state = seed | 1;
    move |bytes: &mut [u8]| {
        for byte in bytes {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            *byte = (state >> 24) as u8;
        }
    }
}

fn render(template: &str) -> String {
    let template = UsernameTemplate::parse(template).unwrap();
    template
        .render(&context(), &mut source(7))
        .unwrap()
        .as_str()
        .to_owned()
}

/// What stands before the random part.
fn before_random(template: &str) -> String {
    let name = render(&format!("{template}!{{{{random 13}}}}").replace('!', "@"));
    name.split('@').next().unwrap().to_owned()
}

#[test]
fn the_default_is_recognisable_and_random() {
    let name = render("");
    assert_eq!(name, render("{{randomUsername}}"));
    assert!(name.starts_with("lh-") && name.len() == 27, "{name}");
    let template = UsernameTemplate::parse("").unwrap();
    assert_eq!(template.as_str(), UsernameTemplate::DEFAULT);
    assert!(template.random_bits() > 120.0);
}

#[test]
fn variables_and_functions_have_their_values() {
    for (template, value) in [
        ("{{secret.name}}", "s3-upload"),
        ("{{ secret.name }}", "s3-upload"),
        ("{{dynamicSecret.name}}", "s3-upload"),
        ("{{identity.name}}", "jane.doe"),
        ("{{unixTimestamp}}", "1795273380"),
        ("{{truncate secret.name 4}}", "s3-u"),
        ("{{truncate secret.name 64}}", "s3-upload"),
        ("{{replace secret.name \"-\" \"_\"}}", "s3_upload"),
        ("{{replace identity.name '.' ''}}", "janedoe"),
        ("{{replace identity.name '}}' ''}}", "jane.doe"),
        ("{{uppercase secret.name}}", "S3-UPLOAD"),
        ("{{lowercase (uppercase identity.name)}}", "jane.doe"),
        (
            "{{truncate (replace identity.name \".\" \"-\") 6}}",
            "jane-d",
        ),
        ("lh-{{secret.name}}-x", "lh-s3-upload-x"),
        ("a+=,._-Z9", "a+=,._-Z9"),
    ] {
        assert_eq!(before_random(template), value, "{template}");
    }
    let name = render("{{random-13}}");
    assert_eq!(name.len(), 13);
}

#[test]
fn refused_templates_say_why_and_what_instead() {
    for (template, rule, fix) in [
        ("lh", "0 random bits", "random 13"),
        (
            "{{secret.name}}-{{unixTimestamp}}",
            "0 random bits",
            "random 13",
        ),
        ("{{random 12}}", "62 random bits", "random 13"),
        (
            "{{truncate randomUsername 15}}",
            "62 random bits",
            "random 13",
        ),
        ("{{truncate (random 64) 5}}", "26 random bits", "random 13"),
        (
            "{{replace (random 64) \"a\" \"b\"}}",
            "0 random bits",
            "outside of replace",
        ),
        ("{{random 0}}", "not a number", "1 to 64"),
        ("{{random 65}}", "not a number", "1 to 64"),
        (
            "{{random 99999999999999999999999}}",
            "not a number",
            "1 to 64",
        ),
        ("{{random}}", "lacks its number", "random 13"),
        ("{{random \"5\"}}", "lacks its number", "random 13"),
        ("{{random x}}", "not a number", "1 to 64"),
        ("{{random -5}}{{random 64}}", "up to 69", "Shorten it by 5"),
        ("{{random 64}}-", "up to 65", "Shorten it by 1"),
        ("{{random 13", "not closed", "}}"),
        ("{{random 13}", "not closed", "}}"),
        ("random 13}}", "is none of them", "Remove or replace"),
        ("random13}}", "is none of them", "between {{"),
        ("{random 13}", "is none of them", "between {{"),
        ("{{}}", "does not begin", "randomUsername"),
        ("{{ }}", "does not begin", "randomUsername"),
        ("{{\"x\"}}", "does not begin", "randomUsername"),
        ("{{(random 13)}}", "does not begin", "randomUsername"),
        (
            "{{randomUserName}}",
            "not a variable",
            "Did you mean randomUsername?",
        ),
        (
            "{{secretname}}",
            "not a variable",
            "Did you mean secret.name?",
        ),
        ("{{identity}}", "not a variable", "Use one of"),
        ("{{dynamicSecret.type}}", "not a variable", ""),
        ("{{banana}}", "not a variable", "Use one of"),
        ("{{random 13 14}}", "has more after", "one variable"),
        (
            "{{secret.name | truncate 10}}",
            "has `|` in it",
            "truncate secret.name 10",
        ),
        ("{{.SecretName}}", "not a variable", ""),
        ("{{truncate}}", "lacks the value", "truncate secret.name 10"),
        (
            "{{truncate secret.name}}",
            "lacks its number",
            "truncate secret.name 10",
        ),
        (
            "{{truncate 10 secret.name}}",
            "not a variable",
            "Use one of",
        ),
        ("{{truncate secret.name 0}}", "not a number", "1 to 64"),
        (
            "{{truncate random 13}}",
            "without parentheses",
            "parentheses",
        ),
        ("{{truncate (random 13 5}}", "not closed", ")"),
        (
            "{{replace secret.name \"a\"}}",
            "lacks what to replace",
            "in quotes",
        ),
        (
            "{{replace secret.name a b}}",
            "lacks what to replace",
            "in quotes",
        ),
        (
            "{{replace secret.name \"\" \"b\"}}",
            "cannot replace nothing",
            "in quotes",
        ),
        (
            "{{replace secret.name \"a\" \"/\"}}",
            "would put `/`",
            "letters",
        ),
        ("{{replace secret.name \"a\" \"b}}", "not closed", "}}"),
        (
            "user/{{random 13}}",
            "`/` is none of them",
            "Remove or replace",
        ),
        (
            "my user {{random 13}}",
            "` ` is none of them",
            "Remove or replace",
        ),
        (
            "übung-{{random 13}}",
            "`ü` is none of them",
            "Remove or replace",
        ),
        (
            "a:{{random 13}}",
            "`:` is none of them",
            "Remove or replace",
        ),
    ] {
        let problem = UsernameTemplate::parse(template).unwrap_err();
        let hint = problem.hint.clone().unwrap_or_default();
        assert_eq!(
            problem.field.as_deref(),
            Some("username_template"),
            "{template}"
        );
        assert!(
            problem.message.contains(rule),
            "{template}: {}",
            problem.message
        );
        assert!(hint.contains(fix) && !hint.is_empty(), "{template}: {hint}");
    }
}

#[test]
fn deep_nesting_and_long_texts_are_refused() {
    let deep = format!(
        "{{{{{}random 13{}}}}}",
        "lowercase (".repeat(12),
        ")".repeat(12)
    );
    assert!(
        UsernameTemplate::parse(&deep)
            .unwrap_err()
            .message
            .contains("nested")
    );
    let long = "a".repeat(256);
    assert!(
        UsernameTemplate::parse(&long)
            .unwrap_err()
            .message
            .contains("255")
    );
}

#[test]
fn thirteen_random_characters_are_enough_and_their_case_does_not_count() {
    for template in [
        "{{random 13}}",
        "{{uppercase (random 13)}}",
        "{{truncate randomUsername 16}}",
    ] {
        let bits = UsernameTemplate::parse(template).unwrap().random_bits();
        assert!((64.0..68.0).contains(&bits), "{template}: {bits}");
    }
    let split = UsernameTemplate::parse("{{random 6}}-{{random 7}}").unwrap();
    assert!(split.random_bits() >= 64.0);
}

#[test]
fn the_longest_name_depends_on_the_secret() {
    let template = UsernameTemplate::parse("lh-{{secret.name}}-{{random 13}}").unwrap();
    assert_eq!(template.max_len(), 64);
    assert_eq!(template.max_len_for("s3-upload"), Ok(26));
    assert_eq!(template.max_len_for(&"a".repeat(47)), Ok(64));
    let problem = template.max_len_for(&"a".repeat(48)).unwrap_err();
    assert_eq!(problem.field.as_deref(), Some("username_template"));
    assert!(problem.hint.unwrap().contains("truncate secret.name"));
    let growing = "{{replace secret.name \"a\" \"aaaa\"}}-{{random 13}}";
    let growing = UsernameTemplate::parse(growing).unwrap();
    assert_eq!(growing.max_len_for("abc"), Ok(26));
    assert!(growing.max_len_for("abcabcabcabcabc").is_err());
}

#[test]
fn a_name_that_came_out_too_long_is_refused_and_not_cut() {
    let template = UsernameTemplate::parse("{{secret.name}}-{{random 13}}").unwrap();
    let secret = "a".repeat(64);
    let long = TemplateContext {
        secret: &secret,
        ..context()
    };
    assert!(template.render(&long, &mut source(1)).is_err());
}

#[test]
fn strange_identities_become_recognisable_names() {
    let template = UsernameTemplate::parse("{{identity.name}}@{{random 13}}").unwrap();
    for (identity, shown) in [
        ("Jane Doe", "Jane_Doe"),
        ("", "_"),
        ("ä/ö:*", "_____"),
        (
            "arn:aws:sts::123456789012:assumed-role/dev/jane",
            "arn_aws_sts__123456789012_assume",
        ),
    ] {
        let context = TemplateContext {
            identity,
            ..context()
        };
        let name = template.render(&context, &mut source(3)).unwrap();
        assert_eq!(name.as_str().split('@').next(), Some(shown), "{identity}");
    }
}

#[test]
fn a_broken_source_of_randomness_is_an_error_and_not_a_hang() {
    let template = UsernameTemplate::parse("").unwrap();
    let problem = template
        .render(&context(), &mut |bytes: &mut [u8]| bytes.fill(0xff))
        .unwrap_err();
    assert_eq!(problem.code, Code::Internal);
    let before_1970 = TemplateContext {
        unix_timestamp: -1,
        ..context()
    };
    assert!(template.render(&before_1970, &mut source(1)).is_err());
}

/// Every byte once gives every character of the alphabet exactly three times in each case.
#[test]
fn the_choice_of_characters_is_unbiased() {
    let template = UsernameTemplate::parse("{{random 54}}").unwrap();
    let mut counts: HashMap<char, usize> = HashMap::new();
    // 54 accepted bytes a time, four times: the 216 accepted values of a byte.
    let accepted: Vec<u8> = (0..=255u8).filter(|byte| byte & 0x7f < 108).collect();
    for chunk in accepted.chunks(54) {
        let mut fill = |bytes: &mut [u8]| {
            for (at, byte) in bytes.iter_mut().enumerate() {
                *byte = chunk.get(at).copied().unwrap_or(0xff);
            }
        };
        for c in template
            .render(&context(), &mut fill)
            .unwrap()
            .as_str()
            .chars()
        {
            *counts.entry(c.to_ascii_lowercase()).or_default() += 1;
        }
    }
    assert_eq!(counts.len(), 36);
    assert!(counts.values().all(|count| *count == 6), "{counts:?}");
}

#[test]
fn names_differ_without_case() {
    let template = UsernameTemplate::parse("{{random 13}}").unwrap();
    let mut random = source(11);
    let mut seen = std::collections::HashSet::new();
    for _ in 0..2_000 {
        let name = template.render(&context(), &mut random).unwrap();
        assert!(seen.insert(name.as_str().to_lowercase()));
    }
}

proptest! {
    #[test]
    fn parsing_never_panics(text in "(\\{\\{)?[a-zA-Z0-9 .'\"(){}|+-]{0,60}(\\}\\})?") {
        if let Ok(template) = UsernameTemplate::parse(&text) {
            prop_assert!(template.random_bits() >= 64.0);
            prop_assert!(template.max_len() <= 64);
        }
    }

    #[test]
    fn parsing_any_text_never_panics(text in "\\PC{0,80}") {
        let _ = UsernameTemplate::parse(&text);
    }

    #[test]
    fn rendered_names_are_valid_and_no_longer_than_announced(
        prefix in "[a-z+=,.@_-]{0,6}",
        middle in prop::sample::select(vec![
            "", "{{secret.name}}", "{{identity.name}}", "{{unixTimestamp}}", "{{truncate secret.name 5}}",
            "{{replace secret.name \"a\" \"bb\"}}", "{{uppercase (truncate identity.name 3)}}",
        ]),
        random in 13usize..24,
        secret in "[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?",
        identity in "\\PC{0,40}",
        seed in any::<u64>(),
    ) {
        let template = UsernameTemplate::parse(&format!("{prefix}{middle}{{{{random {random}}}}}")).unwrap();
        let context = TemplateContext { secret: &secret, identity: &identity, unix_timestamp: 0 };
        if let Ok(longest) = template.max_len_for(&secret) {
            let name = template.render(&context, &mut source(seed)).unwrap();
            prop_assert!(name.as_str().len() <= longest);
            prop_assert!(longest <= 64);
            prop_assert!(UserName::parse("n", name.as_str()).is_ok());
        }
    }
}
