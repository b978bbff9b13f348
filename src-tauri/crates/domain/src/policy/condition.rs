//! The condition block of a statement.

use std::collections::HashSet;

use super::grammar::Fault;
use super::node::Node;
use crate::suggest::{clip, nearest};

/// All condition operators ("IAM JSON policy elements: Condition operators").
const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];

/// Checks a condition block.
pub(super) fn check(place: &str, value: &Node) -> Result<(), Fault> {
    let Node::Object(operators) = value else {
        return Err(Fault::new(
            format!("{place}: Condition is an object; this is {}.", value.kind()),
            "Write \"Condition\": { \"StringEquals\": { \"aws:…\": \"…\" } }.",
        ));
    };
    for (operator, keys) in operators {
        let at = format!("{place}, Condition");
        check_operator(&at, operator)?;
        let at = format!("{at} {operator}");
        let Node::Object(keys) = keys else {
            return Err(Fault::new(
                format!(
                    "{at} is {}; it is an object of keys and values.",
                    keys.kind()
                ),
                format!("Write \"{operator}\": {{ \"aws:…\": \"…\" }}."),
            ));
        };
        if keys.is_empty() {
            return Err(Fault::new(
                format!("{at} has no key."),
                "Give it a condition key and a value, or remove it.",
            ));
        }
        let mut seen: HashSet<String> = HashSet::new();
        for (key, values) in keys {
            check_condition_key(&at, key)?;
            let lower = key.to_lowercase();
            if seen.contains(&lower) {
                return Err(Fault::new(
                    format!(
                        "{at}: the key {} stands twice; case does not count.",
                        clip(key, 64)
                    ),
                    "Keep one of them and list the values.",
                ));
            }
            seen.insert(lower);
            check_condition_values(&format!("{at}, {}", clip(key, 64)), values)?;
        }
    }
    Ok(())
}

fn check_operator(at: &str, operator: &str) -> Result<(), Fault> {
    let bare = operator
        .strip_prefix("ForAllValues:")
        .or_else(|| operator.strip_prefix("ForAnyValue:"))
        .unwrap_or(operator);
    let plain = bare.strip_suffix("IfExists").unwrap_or(bare);
    if plain == "Null" && plain != bare {
        return Err(Fault::new(
            format!("{at}: Null takes no IfExists; it asks itself whether a key exists."),
            "Write \"Null\".",
        ));
    }
    if OPERATORS.contains(&plain) {
        return Ok(());
    }
    let fix = match nearest(plain, &OPERATORS) {
        Some(meant) => format!("Did you mean \"{meant}\"?"),
        None => {
            "Use an operator of IAM, for example StringEquals, ArnLike, IpAddress or Bool.".into()
        }
    };
    Err(Fault::new(
        format!(
            "{at}: \"{}\" is not a condition operator.",
            clip(operator, 64)
        ),
        fix,
    ))
}

/// `service:key`, with `/name` for tags and the like.
fn check_condition_key(at: &str, key: &str) -> Result<(), Fault> {
    let shaped = key.split_once(':').is_some_and(|(service, name)| {
        !service.is_empty() && !name.is_empty() && !service.chars().any(char::is_whitespace)
    });
    if shaped && !key.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Fault::new(
        format!(
            "{at}: \"{}\" is not a condition key; that is service:key.",
            clip(key, 64)
        ),
        "Write a key like aws:SourceIp or s3:prefix.",
    ))
}

fn check_condition_values(at: &str, values: &Node) -> Result<(), Fault> {
    let scalar = |node: &Node| matches!(node, Node::Text(_) | Node::Number | Node::Bool);
    match values {
        Node::List(items) if items.is_empty() => Err(Fault::new(
            format!("{at} has no value."),
            "Give it at least one value, or remove it.",
        )),
        Node::List(items) => match items.iter().find(|item| !scalar(item)) {
            None => Ok(()),
            Some(wrong) => Err(Fault::new(
                format!("{at} has {} among its values.", wrong.kind()),
                "Use strings.",
            )),
        },
        node if scalar(node) => Ok(()),
        other => Err(Fault::new(
            format!(
                "{at} is {}; it is a value or a list of values.",
                other.kind()
            ),
            "Use a string or a list of strings.",
        )),
    }
}
