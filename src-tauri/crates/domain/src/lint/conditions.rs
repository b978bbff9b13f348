//! Conditions that are never met, or always.

use std::net::IpAddr;

use super::Around;
use super::document::{Condition, Item, Marks, Statement};
use crate::suggest::clip;

/// What a request with a long-term key of an IAM user never carries ("AWS global condition context
/// keys": present with temporary, federated or MFA credentials only).
const NEVER_THERE: [&str; 8] = [
    "aws:multifactorauthpresent",
    "aws:multifactorauthage",
    "aws:tokenissuetime",
    "aws:federatedprovider",
    "aws:sourceidentity",
    "aws:assumedroot",
    "sts:rolesessionname",
    "aws:chatbotsourcearn",
];

/// An operator without its prefix and suffix.
struct Operator<'a> {
    bare: &'a str,
    if_exists: bool,
    for_all: bool,
}

impl<'a> Operator<'a> {
    fn of(text: &'a str) -> Self {
        let single = text.strip_prefix("ForAnyValue:");
        let all = text.strip_prefix("ForAllValues:");
        let rest = all.or(single).unwrap_or(text);
        Self {
            bare: rest.strip_suffix("IfExists").unwrap_or(rest),
            if_exists: rest.ends_with("IfExists"),
            for_all: all.is_some(),
        }
    }

    /// Whether it is met where the key is absent.
    fn holds_without_key(&self) -> bool {
        self.if_exists || self.for_all || self.bare.contains("Not") || self.bare == "Null"
    }
}

pub(super) fn look(statement: &Statement, around: &Around, marks: &mut Marks) {
    for condition in &statement.conditions {
        let operator = Operator::of(&condition.operator);
        let at = format!(
            "{}, {} {}",
            statement.name,
            condition.operator,
            clip(&condition.key, 64)
        );
        values(&at, &operator, condition, marks);
        presence(&at, statement, &operator, condition, around, marks);
    }
    set_without_key(statement, marks);
}

/// Values that the operator cannot read.
fn values(at: &str, operator: &Operator<'_>, condition: &Condition, marks: &mut Marks) {
    let bare = operator.bare;
    let takes_variables = bare.starts_with("String") || bare.starts_with("Arn");
    for value in &condition.values {
        let text = value.text.as_str();
        if text.contains("${") {
            if !takes_variables {
                marks.warn(
                    value.at,
                    "literal_variable",
                    format!("{at}: policy variables are replaced for String and Arn operators only; here it is taken literally."),
                    "Write the value itself.",
                );
            }
            continue;
        }
        let readable = match bare {
            _ if bare.starts_with("Date") => is_date(text),
            _ if bare.starts_with("Numeric") => text.parse::<f64>().is_ok(),
            "Bool" | "Null" => {
                text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
            }
            "IpAddress" | "NotIpAddress" => is_network(text),
            _ if bare.starts_with("Arn") => text.starts_with("arn:") || text.starts_with('*'),
            _ => true,
        };
        if !readable {
            marks.warn(
                value.at,
                "unreadable_value",
                format!(
                    "{at}: \"{}\" is not a value of this operator.",
                    clip(text, 64)
                ),
                match bare {
                    _ if bare.starts_with("Date") => "Write a date like 2026-12-31T00:00:00Z.",
                    "IpAddress" | "NotIpAddress" => {
                        "Write an address or a network like 203.0.113.0/24."
                    }
                    "Bool" | "Null" => "Write \"true\" or \"false\".",
                    _ if bare.starts_with("Arn") => "Write an ARN, with wildcards where needed.",
                    _ => "Write a number.",
                },
            );
        } else if literal_wildcard(bare, value) {
            marks.warn(
                value.at,
                "literal_wildcard",
                format!("{at}: {bare} takes * and ? literally."),
                if bare.contains("Not") {
                    "Use StringNotLike for wildcards."
                } else {
                    "Use StringLike for wildcards."
                },
            );
        }
    }
}

fn literal_wildcard(bare: &str, value: &Item) -> bool {
    bare.starts_with("String") && bare.contains("Equals") && value.text.contains(['*', '?'])
}

/// Keys that a leased key's requests never carry.
fn presence(
    at: &str,
    statement: &Statement,
    operator: &Operator<'_>,
    condition: &Condition,
    around: &Around,
    marks: &mut Marks,
) {
    let key = condition.key.to_lowercase();
    let tag = key
        .strip_prefix("aws:principaltag/")
        .filter(|tag| !around.tags.contains(*tag));
    if !NEVER_THERE.contains(&key.as_str()) && tag.is_none() {
        return;
    }
    let why = match tag {
        Some(tag) => format!("the leased users have no tag {}", clip(tag, 64)),
        None => format!("a leased key never carries {}", clip(&condition.key, 64)),
    };
    let asks_absence = condition
        .values
        .iter()
        .all(|value| value.text.eq_ignore_ascii_case("true"));
    let holds = match operator.bare {
        "Null" => asks_absence,
        _ => operator.holds_without_key(),
    };
    match (statement.allow, holds) {
        (true, false) => marks.warn(
            condition.at,
            "never_met",
            format!("{at}: {why}, so that this statement never allows anything."),
            "Remove the condition, or give the rights in another way.",
        ),
        (false, true) => marks.warn(
            condition.at,
            "always_met",
            format!("{at}: {why}, so that this Deny always applies."),
            "Leave the statement out for leased users, or change the condition.",
        ),
        (false, false) => marks.info(
            condition.at,
            "never_met",
            format!("{at}: {why}, so that this Deny never applies."),
            "Change the condition if the Deny is meant for leased users.",
        ),
        (true, true) => {}
    }
}

/// `ForAllValues` is met where the key is absent ("Single-valued vs. multivalued context keys").
fn set_without_key(statement: &Statement, marks: &mut Marks) {
    if !statement.allow
        || statement
            .conditions
            .iter()
            .any(|c| Operator::of(&c.operator).bare == "Null")
    {
        return;
    }
    let loose = statement
        .conditions
        .iter()
        .find(|c| Operator::of(&c.operator).for_all);
    if let Some(loose) = loose {
        marks.warn(
            loose.at,
            "met_without_key",
            format!(
                "{}: ForAllValues is also met by requests without {}.",
                statement.name,
                clip(&loose.key, 64)
            ),
            "Add \"Null\": { \"…\": \"false\" } for the same key.",
        );
    }
}

/// ISO 8601 as far as IAM takes it, or seconds since 1970.
fn is_date(text: &str) -> bool {
    let year = text
        .get(..4)
        .is_some_and(|year| year.bytes().all(|b| b.is_ascii_digit()));
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_digit() || b"TZ:+-.".contains(&b));
    let month = text
        .get(5..7)
        .is_none_or(|month| month.parse().is_ok_and(|m| (1..=12).contains(&m)));
    let seconds = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    seconds
        || (year && plain && (text.len() == 4 || text.as_bytes().get(4) == Some(&b'-')) && month)
}

fn is_network(text: &str) -> bool {
    let (address, prefix) = text.split_once('/').unwrap_or((text, "0"));
    let Ok(address) = address.parse::<IpAddr>() else {
        return false;
    };
    let longest = if address.is_ipv4() { 32 } else { 128 };
    prefix.parse::<u8>().is_ok_and(|prefix| prefix <= longest)
}
