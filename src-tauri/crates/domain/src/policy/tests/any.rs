//! Properties that hold for any document.

use super::*;
use proptest::prelude::*;

/// Any policy of the grammar's shape.
fn policies() -> impl Strategy<Value = Value> {
    let text = "[ -~\u{a1}-\u{ff}]{0,12}";
    let resource = prop_oneof![
        Just("*".to_owned()),
        "[a-z /*?\"\\\\]{1,12}".prop_map(|name| format!("arn:aws:s3:::{name}"))
    ];
    let actions = prop::collection::vec("[a-z0-9]{1,6}:[A-Za-z*?]{1,10}", 1..4);
    let condition = prop::option::of((text, prop::collection::vec(text, 1..3)));
    let statement = (any::<bool>(), actions, prop::collection::vec(resource, 1..3), condition).prop_map(
        |(allow, actions, resources, condition)| {
            let mut statement = json!({
                "Effect": if allow { "Allow" } else { "Deny" }, "Action": actions, "Resource": resources,
            });
            if let Some((name, values)) = condition {
                statement["Condition"] = json!({"StringLike": {format!("aws:x{name}"): values}});
            }
            statement
        },
    );
    prop::collection::vec(statement, 1..4)
        .prop_map(|statements| json!({"Version": "2012-10-17", "Statement": statements}))
}

proptest! {
    #[test]
    fn the_compact_form_is_the_same_document(policy in policies(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&policy) } else { serde_json::to_string(&policy) }.unwrap();
        let document = PolicyDocument::parse("d", &text).unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(document.compact()).unwrap(), policy.clone());
        prop_assert_eq!(document.compact(), serde_json::to_string(&policy).unwrap());
        prop_assert_eq!(PolicyDocument::parse("d", document.compact()).unwrap(), document.clone());
        prop_assert_eq!(document.indented(), serde_json::to_string_pretty(&policy).unwrap());
        prop_assert_eq!(PolicyDocument::parse("d", &document.indented()).unwrap(), document);
    }

    #[test]
    fn parsing_never_panics(text in "\\PC{0,200}") {
        let _ = PolicyDocument::parse("d", &text);
    }

    #[test]
    fn parsing_broken_documents_never_panics(policy in policies(), at in any::<prop::sample::Index>(), insert in "[ -~]{0,3}", cut in 0usize..4) {
        let mut text: Vec<char> = policy.to_string().chars().collect();
        let at = at.index(text.len());
        let end = (at + cut).min(text.len());
        text.splice(at..end, insert.chars());
        let text: String = text.into_iter().collect();
        match PolicyDocument::parse("d", &text) {
            Ok(document) => prop_assert!(serde_json::from_str::<Value>(document.compact()).is_ok()),
            Err(problem) => prop_assert!(problem.hint.is_some() && problem.field.is_some()),
        }
    }

    #[test]
    fn arbitrary_json_never_panics(text in "[\\[\\]{}:,\"a*1 ]{0,60}") {
        let _ = PolicyDocument::parse("d", &text);
    }
}
