//! Makes policy documents ready for the evaluator library: condition keys without case, variables
//! filled in by AWS's rules, dates written out, wildcards told from letters.

use awsim_iam_policy::{
    ActionList, BaseOperator, Condition, ConditionBlock, PolicyDocument, ResourceList, parse_value,
};
use chrono::{NaiveDate, NaiveDateTime};

use crate::evaluate::Context;

/// Letters that never occur in requests stand for `*` and `?` where they are meant literally.
const LITERAL_STAR: char = '\u{1}';
const LITERAL_MARK: char = '\u{2}';
/// Stands where a variable had no value: matches nothing.
const NOTHING: char = '\u{3}';
/// Breaks up `${` where it is meant literally.
const LITERAL_DOLLAR: char = '\u{4}';

/// A request's own text: its stars are no wildcards.
pub(crate) fn mask(text: &str) -> String {
    text.replace('*', "\u{1}").replace('?', "\u{2}")
}

/// A document made ready for one question. What does not parse grants and denies nothing; it
/// cannot get here, because documents are checked when they are put.
pub(crate) fn prepared(text: &str, context: &Context) -> PolicyDocument {
    let empty = PolicyDocument {
        version: None,
        id: None,
        statements: Vec::new(),
    };
    let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else {
        return empty;
    };
    let Ok(mut policy) = parse_value(&value) else {
        return empty;
    };
    // Variables came with version 2012-10-17; before, `${` is text.
    let variables = policy.version.as_deref() == Some("2012-10-17");
    let fill = |text: &str| {
        if variables {
            substituted(text, context)
        } else {
            text.replace("${", "\u{4}{")
        }
    };
    for statement in &mut policy.statements {
        for list in [&mut statement.resource, &mut statement.not_resource]
            .into_iter()
            .flatten()
        {
            *list = ResourceList::Multiple(list.iter().map(fill).collect());
        }
        for list in [&mut statement.action, &mut statement.not_action]
            .into_iter()
            .flatten()
        {
            *list = ActionList::Multiple(list.iter().map(str::to_owned).collect());
        }
        if let Some(block) = &statement.condition {
            let conditions = block
                .conditions
                .iter()
                .flat_map(|c| ready_condition(c, &fill))
                .collect();
            statement.condition = Some(ConditionBlock { conditions });
        }
    }
    policy
}

/// Condition keys have no case; `ArnEquals` matches like `ArnLike`; a negated comparison with
/// several values means "none of them", which is one condition per value.
fn ready_condition(condition: &Condition, fill: &impl Fn(&str) -> String) -> Vec<Condition> {
    use BaseOperator as Op;
    let mut ready = condition.clone();
    ready.key = ready.key.to_lowercase();
    ready.operator.base = match ready.operator.base {
        Op::ArnEquals => Op::ArnLike,
        Op::ArnNotEquals => Op::ArnNotLike,
        other => other,
    };
    let like = matches!(
        ready.operator.base,
        Op::StringLike | Op::StringNotLike | Op::ArnLike | Op::ArnNotLike
    );
    let text = like
        || matches!(
            ready.operator.base,
            Op::StringEquals
                | Op::StringNotEquals
                | Op::StringEqualsIgnoreCase
                | Op::StringNotEqualsIgnoreCase
                | Op::Bool
        );
    for value in &mut ready.values {
        if text {
            *value = fill(value);
        }
        if text && !like {
            *value = mask(value);
        }
        if is_date(ready.operator.base) {
            *value = whole_date(value);
        }
    }
    if matches!(
        ready.operator.base,
        Op::DateNotEquals | Op::NumericNotEquals
    ) {
        return ready
            .values
            .iter()
            .map(|value| Condition {
                values: vec![value.clone()],
                ..ready.clone()
            })
            .collect();
    }
    vec![ready]
}

fn is_date(operator: BaseOperator) -> bool {
    use BaseOperator as Op;
    matches!(
        operator,
        Op::DateEquals
            | Op::DateNotEquals
            | Op::DateLessThan
            | Op::DateLessThanEquals
            | Op::DateGreaterThan
            | Op::DateGreaterThanEquals
    )
}

/// The W3C short forms of ISO 8601 that AWS takes, written out in full.
fn whole_date(text: &str) -> String {
    if text.parse::<i64>().is_ok() && text.len() > 4 {
        return text.to_owned();
    }
    let day = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    if NaiveDate::parse_from_str(&day, "%Y-%m-%d").is_ok() {
        return format!("{day}T00:00:00Z");
    }
    match NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%MZ") {
        Ok(minute) => minute.format("%Y-%m-%dT%H:%M:00Z").to_string(),
        Err(_) => text.to_owned(),
    }
}

/// Puts values for `${key}` and `${key, 'default'}`.
fn substituted(template: &str, context: &Context) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(start) = rest.find("${") {
        let (before, after) = rest.split_at(start);
        out.push_str(before);
        let Some(end) = after.find('}') else {
            out.push(LITERAL_DOLLAR);
            rest = &after[1..];
            continue;
        };
        out.push_str(&variable(&after[2..end], context));
        rest = &after[end + 1..];
    }
    out.push_str(rest);
    out
}

fn variable(name: &str, context: &Context) -> String {
    match name {
        "*" => return LITERAL_STAR.to_string(),
        "?" => return LITERAL_MARK.to_string(),
        "$" => return "$".to_owned(),
        _ => {}
    }
    let (key, default) = match name.split_once(',') {
        Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\''))),
        None => (name.trim(), None),
    };
    context
        .first(&key.to_lowercase())
        .or_else(|| default.map(str::to_owned))
        .unwrap_or_else(|| NOTHING.to_string())
}
