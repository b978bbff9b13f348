//! Properties that hold for any document, and hostile ones.

use super::*;
use crate::lint::patterns::covers;
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// IAM's matching as it is usually written down: recursive and slow.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            matches(rest, text)
                || text
                    .split_first()
                    .is_some_and(|(_, tail)| matches(pattern, tail))
        }
        (Some((b'?', rest)), Some((_, tail))) => matches(rest, tail),
        (Some((a, rest)), Some((b, tail))) => a == b && matches(rest, tail),
        _ => false,
    }
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("*".to_owned()),
        Just("iam:*".to_owned()),
        Just("iam:CreateUser".to_owned()),
        Just("sts:AssumeRole".to_owned()),
        "[a-z][a-z0-9-]{0,5}:[A-Za-z*?]{1,12}",
    ]
}

fn policies() -> impl Strategy<Value = Value> {
    let resource = prop_oneof![
        Just("*".to_owned()),
        "arn:aws:(s3|iam|sqs|dynamodb|kms):[a-z0-9*-]{0,9}:[0-9*]{0,12}:[a-zA-Z/*?${}\u{e9} ]{1,12}"
            .prop_filter("IAM takes it", |text| !text.contains("${")),
    ];
    let operator = prop_oneof![
        Just("StringEquals"),
        Just("ForAllValues:StringLike"),
        Just("DateLessThan"),
        Just("IpAddress"),
        Just("BoolIfExists"),
        Just("Null"),
        Just("NumericEquals"),
        Just("ArnNotLike"),
    ];
    let key = prop_oneof![
        Just("aws:MultiFactorAuthPresent"),
        Just("aws:PrincipalTag/x"),
        Just("s3:prefix")
    ];
    let values = prop::collection::vec("[ -~]{0,10}", 1..3);
    let condition = prop::option::of((operator, key, values));
    let actions = prop::collection::vec(words(), 1..4);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let statement = (
        flags,
        actions,
        prop::collection::vec(resource, 1..3),
        condition,
    )
        .prop_map(
            |((allow, not_action, not_resource), actions, resources, condition)| {
                let mut statement = json!({
                    "Effect": if allow { "Allow" } else { "Deny" },
                    if not_action { "NotAction" } else { "Action" }: actions,
                    if not_resource { "NotResource" } else { "Resource" }: resources,
                });
                if let Some((operator, key, values)) = condition {
                    statement["Condition"] = json!({operator: {key: values}});
                }
                statement
            },
        );
    prop::collection::vec(statement, 1..5)
        .prop_map(|statements| json!({"Version": "2012-10-17", "Statement": statements}))
}

proptest! {
    #[test]
    fn patterns_match_as_iam_does(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
        prop_assert_eq!(covers(&pattern, &text), matches(pattern.as_bytes(), text.as_bytes()));
    }

    #[test]
    fn linting_never_panics_and_marks_stand_inside_of_the_text(policy in policies(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&policy) } else { serde_json::to_string(&policy) }.unwrap();
        for finding in lint(&draft(&[&text]), None) {
            let Place::Document { line, column, .. } = finding.place else { panic!("{finding:?}") };
            let line = text.lines().nth(usize::try_from(line - 1).unwrap()).expect("a line");
            prop_assert!(usize::try_from(column).unwrap() <= line.chars().count(), "{finding:?}");
            prop_assert!(!finding.message.is_empty() && !finding.fix.is_empty());
        }
    }

    #[test]
    fn white_space_changes_no_finding(policy in policies()) {
        let plain = policy.to_string();
        let pretty = serde_json::to_string_pretty(&policy).unwrap();
        let said = |text: &str| lint(&draft(&[text]), None).into_iter().map(|f| (f.rule, f.message)).collect::<Vec<_>>();
        prop_assert_eq!(said(&plain), said(&pretty));
    }

    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}") {
        let _ = lint(&draft(&[&text]), None);
        let _ = spans::read(&text);
    }

    #[test]
    fn what_is_allowed_to_make_users_is_never_missed(policy in policies()) {
        // Whatever else is said, an Allow of a pattern that reaches iam:CreateUser is a danger.
        let statements = policy["Statement"].as_array().unwrap().clone();
        let reaches = statements.iter().any(|s| {
            s["Effect"] == "Allow" && s["Action"].as_array().is_some_and(|all| all.iter().any(|a| {
                let a = a.as_str().unwrap().to_lowercase();
                a.starts_with("iam:") && matches(a.as_bytes(), b"iam:createuser")
            })) && !s["Action"].as_array().unwrap().iter().any(|a| a == "*")
        });
        if reaches {
            let told = told(&[&policy.to_string()]);
            prop_assert!(told.contains(&("outlives_lease", Severity::Danger)), "{:?}", told);
        }
    }
}

/// The longest that a document may take, in a debug build on a busy machine.
const LONG: Duration = Duration::from_secs(5);

#[test]
fn hostile_documents_are_read_in_time_and_their_findings_are_few() {
    let statement =
        |n: usize| format!(r#"{{"Sid":"s{n}","Effect":"Allow","Action":"i{n}:x","Resource":"*"}}"#);
    let many: Vec<String> = (0..2_000).map(statement).collect();
    let denials: Vec<String> = (0..2_000)
        .map(|n| format!(r#"{{"Effect":"Deny","Action":"s3:a{n}*b*","Resource":"*"}}"#))
        .collect();
    let keys: Vec<String> = (0..8_000).map(|n| format!(r#""a:{n}":"x""#)).collect();
    let one = r#"{"Version":"2012-10-17","Statement":"#;
    for text in [
        format!("{one}[{}]}}", many.join(",")),
        format!("{one}[{}]}}", denials.join(",")),
        format!(
            r#"{one}{{"Effect":"Allow","Action":"iam:{}","Resource":"*"}}}}"#,
            "*a".repeat(60_000)
        ),
        format!(
            r#"{one}{{"Effect":"Allow","Action":"iam:{}","Resource":"*"}}}}"#,
            "a".repeat(120_000)
        ),
        format!(
            r#"{one}{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::{}"}}}}"#,
            "${*}".repeat(30_000)
        ),
        format!(
            r#"{one}{{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{{"StringEquals":{{{}}}}}}}}}"#,
            keys.join(",")
        ),
        format!("{}{}", "[".repeat(60_000), "]".repeat(60_000)),
        format!("{}{}", r#"{"Statement":"#.repeat(9_000), "}".repeat(9_000)),
    ] {
        let began = Instant::now();
        let found = lint(&draft(&[&text]), None);
        assert!(
            began.elapsed() < LONG,
            "{:?} for {}…",
            began.elapsed(),
            &text[..80]
        );
        assert!(found.len() <= MOST + 1, "{}", found.len());
    }
}
