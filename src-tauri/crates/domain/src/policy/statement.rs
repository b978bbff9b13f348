//! One statement: effect, actions, resources, conditions.

use super::condition;
use super::grammar::{Fault, Statement, did_you_mean};
use super::node::Node;
use crate::suggest::{clip, nearest};

pub(super) const KEYS: [&str; 7] = [
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];
pub(super) const PRINCIPALS: [&str; 2] = ["Principal", "NotPrincipal"];

/// Reads a statement; `place` is what messages call it.
pub(super) fn read(place: &str, node: &Node) -> Result<(Statement, Option<String>), Fault> {
    let Node::Object(entries) = node else {
        return Err(Fault::new(
            format!("{place} is {}; a statement is an object.", node.kind()),
            "Write { \"Effect\": …, \"Action\": …, \"Resource\": … }.",
        ));
    };
    for (key, _) in entries {
        if PRINCIPALS.contains(&key.as_str()) {
            return Err(Fault::new(
                format!(
                    "{place}: {key} has no place in a policy of a user; its user is the principal."
                ),
                format!("Remove {key}."),
            ));
        }
        if !KEYS.contains(&key.as_str()) {
            return Err(Fault::new(
                format!(
                    "{place}: \"{}\" is not a key of a statement.",
                    clip(key, 64)
                ),
                did_you_mean(key, &KEYS),
            ));
        }
    }
    let get = |wanted: &str| {
        entries
            .iter()
            .find(|(key, _)| key == wanted)
            .map(|(_, value)| value)
    };
    let sid = get("Sid").map(|value| read_sid(place, value)).transpose()?;
    let allow = read_effect(place, get("Effect"))?;
    let (action_key, actions) = one_of(place, "Action", "NotAction", &get)?;
    let actions = texts(place, action_key, actions)?;
    for (at, action) in &actions {
        check_action(at, action)?;
    }
    let (resource_key, resources) = one_of(place, "Resource", "NotResource", &get)?;
    let resources = texts(place, resource_key, resources)?;
    for (at, resource) in &resources {
        check_resource(at, resource)?;
    }
    if let Some(value) = get("Condition") {
        condition::check(place, value)?;
    }
    let statement = Statement {
        allow,
        resources: resources
            .into_iter()
            .map(|(_, resource)| resource.to_owned())
            .collect(),
    };
    Ok((statement, sid))
}

fn read_sid(place: &str, value: &Node) -> Result<String, Fault> {
    match value {
        Node::Text(sid) if sid.bytes().all(|b| b.is_ascii_alphanumeric()) => Ok(sid.clone()),
        Node::Text(sid) => Err(Fault::new(
            format!(
                "{place}: the Sid \"{}\" has something else than letters and digits.",
                clip(sid, 64)
            ),
            "Use A-Z, a-z and 0-9 only, for example ReadReports.",
        )),
        other => Err(Fault::new(
            format!("{place}: Sid is a string; this is {}.", other.kind()),
            "Put it in quotes or remove it.",
        )),
    }
}

fn read_effect(place: &str, value: Option<&Node>) -> Result<bool, Fault> {
    match value {
        Some(Node::Text(effect)) if effect == "Allow" => Ok(true),
        Some(Node::Text(effect)) if effect == "Deny" => Ok(false),
        Some(Node::Text(effect)) => Err(Fault::new(
            format!(
                "{place}: Effect is Allow or Deny, in this spelling; not \"{}\".",
                clip(effect, 32)
            ),
            match nearest(effect, &["Allow", "Deny"]) {
                Some(meant) => format!("Write \"{meant}\"."),
                None => "Write \"Allow\" or \"Deny\".".into(),
            },
        )),
        Some(other) => Err(Fault::new(
            format!("{place}: Effect is a string; this is {}.", other.kind()),
            "Write \"Allow\" or \"Deny\".",
        )),
        None => Err(Fault::new(
            format!("{place} has no Effect."),
            "Add \"Effect\": \"Allow\" or \"Effect\": \"Deny\".",
        )),
    }
}

/// The one of two keys that is there; both or none is a fault.
fn one_of<'a>(
    place: &str,
    plain: &'static str,
    negated: &'static str,
    get: &impl Fn(&str) -> Option<&'a Node>,
) -> Result<(&'static str, &'a Node), Fault> {
    match (get(plain), get(negated)) {
        (Some(value), None) => Ok((plain, value)),
        (None, Some(value)) => Ok((negated, value)),
        (Some(_), Some(_)) => Err(Fault::new(
            format!("{place} has both {plain} and {negated}."),
            format!("Keep one of {plain} and {negated}; make a second statement for the other."),
        )),
        (None, None) => Err(Fault::new(
            format!("{place} has neither {plain} nor {negated}."),
            format!("Add \"{plain}\"."),
        )),
    }
}

/// A string or a list of strings, each with its place.
fn texts<'a>(place: &str, key: &str, value: &'a Node) -> Result<Vec<(String, &'a str)>, Fault> {
    match value {
        Node::Text(text) => Ok(vec![(format!("{place}, {key}"), text)]),
        Node::List(items) if items.is_empty() => Err(Fault::new(
            format!("{place}: the list of {key} is empty."),
            format!("Give {key} at least one value."),
        )),
        Node::List(items) => items
            .iter()
            .enumerate()
            .map(|(n, item)| match item {
                Node::Text(text) => Ok((format!("{place}, {key} {}", n + 1), text.as_str())),
                other => Err(Fault::new(
                    format!(
                        "{place}, {key} {} is {}; it is a string.",
                        n + 1,
                        other.kind()
                    ),
                    "Put it in quotes.",
                )),
            })
            .collect(),
        other => Err(Fault::new(
            format!(
                "{place}: {key} is a string or a list of strings; this is {}.",
                other.kind()
            ),
            format!("Write \"{key}\": [ \"…\" ]."),
        )),
    }
}

/// `*`, or `service:action` with wildcards in the action.
fn check_action(at: &str, action: &str) -> Result<(), Fault> {
    if action == "*" || action == "*:*" {
        return Ok(());
    }
    let shown = clip(action, 80);
    let Some((service, name)) = action.split_once(':') else {
        return Err(Fault::new(
            format!("{at}: \"{shown}\" names no service; an action is service:action or *."),
            format!(
                "Write the service before it, for example s3:{}.",
                clip(action, 40)
            ),
        ));
    };
    if service.contains(['*', '?']) {
        return Err(Fault::new(
            format!("{at}: \"{shown}\" has a wildcard in the service, where IAM takes none."),
            "Name the service, for example s3:*, or write * alone.",
        ));
    }
    let service_ok = !service.is_empty()
        && service
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !service.starts_with('-');
    if !service_ok {
        return Err(Fault::new(
            format!("{at}: \"{shown}\" does not begin with a service's prefix."),
            "Write service:action without spaces, for example s3:GetObject.",
        ));
    }
    let name_ok = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"*?-_".contains(&b));
    if !name_ok {
        return Err(Fault::new(
            format!("{at}: \"{shown}\" has no action's name after the colon."),
            "Write service:action with letters, digits, * and ?, for example s3:Get*.",
        ));
    }
    Ok(())
}

/// The six parts of an ARN pattern, where colons inside of `${…}` do not divide.
pub(crate) fn arn_parts(text: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::with_capacity(6);
    let mut start = 0;
    let mut in_variable = false;
    for (at, c) in text.char_indices() {
        match c {
            '{' if text.get(..at).is_some_and(|before| before.ends_with('$')) => in_variable = true,
            '}' => in_variable = false,
            ':' if !in_variable && parts.len() < 5 => {
                parts.push(text.get(start..at)?);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..)?);
    (!in_variable).then_some(parts)
}

/// The partition that an ARN pattern names without wildcard or variable.
pub(super) fn literal_partition(arn: &str) -> Option<&str> {
    let parts = arn_parts(arn)?;
    let partition = *parts.get(1).filter(|_| parts.len() == 6)?;
    (!partition.contains(['*', '?', '$'])).then_some(partition)
}

/// `*`, or an ARN with wildcards and policy variables.
fn check_resource(at: &str, resource: &str) -> Result<(), Fault> {
    const SHAPE: &str = "Write * or arn:partition:service:region:account:resource, for example \
                         arn:aws:s3:::my-bucket/*.";
    if resource == "*" {
        return Ok(());
    }
    let shown = clip(resource, 80);
    if resource.chars().any(char::is_control) {
        return Err(Fault::new(
            format!("{at}: \"{shown}\" has a control character in it."),
            SHAPE,
        ));
    }
    let Some(parts) = arn_parts(resource) else {
        return Err(Fault::new(
            format!("{at}: \"{shown}\" has a policy variable that is not closed."),
            "End every ${ with a }.",
        ));
    };
    let [scheme, partition, service, region, account, name] = parts[..] else {
        return Err(Fault::new(
            format!("{at}: \"{shown}\" is not an ARN: that has six parts between colons."),
            SHAPE,
        ));
    };
    if scheme != "arn" {
        return Err(Fault::new(
            format!("{at}: \"{shown}\" does not begin with arn:."),
            SHAPE,
        ));
    }
    let pattern = |text: &str| {
        text.contains("${")
            || text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-*?".contains(c))
    };
    if partition.is_empty() || !pattern(partition) {
        return Err(Fault::new(
            format!("{at}: \"{shown}\" has no partition in its second part."),
            "Write aws, aws-cn or aws-us-gov there.",
        ));
    }
    if service.is_empty() || service.contains(['*', '?']) || !pattern(service) {
        return Err(Fault::new(
            format!(
                "{at}: \"{shown}\" does not name one service in its third part; IAM takes no wildcard there."
            ),
            "Name the service, for example s3, or write * alone for every resource.",
        ));
    }
    if !pattern(region) {
        return Err(Fault::new(
            format!("{at}: \"{shown}\" has something else than a region in its fourth part."),
            "Write a region, * or nothing there.",
        ));
    }
    if !pattern(account) {
        return Err(Fault::new(
            format!("{at}: \"{shown}\" has something else than an account in its fifth part."),
            "Write the twelve digits of an account, * or nothing there.",
        ));
    }
    if name.is_empty() {
        return Err(Fault::new(
            format!("{at}: \"{shown}\" names no resource in its last part."),
            SHAPE,
        ));
    }
    Ok(())
}
