//! The document around the statements: version, id, and the list of statements.

use std::collections::HashSet;

use super::node::Node;
use super::statement;
use crate::suggest::{clip, nearest};

/// What is wrong with a document, and what to do about it.
#[derive(Debug)]
pub(super) struct Fault {
    pub rule: String,
    pub fix: String,
}

impl Fault {
    pub(super) fn new(rule: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            rule: rule.into(),
            fix: fix.into(),
        }
    }
}

/// What is asked of a document once it is read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Outline {
    pub allows: bool,
    pub partitions: Vec<String>,
}

/// What is asked of a statement once it is read.
pub(super) struct Statement {
    pub allow: bool,
    pub resources: Vec<String>,
}

const KEYS: [&str; 3] = ["Version", "Id", "Statement"];
const CURRENT: &str = "2012-10-17";
const OLD: &str = "2008-10-17";

/// Reads a whole document.
pub(super) fn read(node: &Node) -> Result<Outline, Fault> {
    let Node::Object(entries) = node else {
        return Err(Fault::new(
            format!(
                "A policy document is a JSON object; this is {}.",
                node.kind()
            ),
            "Begin with { and give Version and Statement.",
        ));
    };
    let mut statements = None;
    for (key, value) in entries {
        match key.as_str() {
            "Version" => check_version(value)?,
            "Id" => check_id(value)?,
            "Statement" => statements = Some(read_statements(value)?),
            other => return Err(unknown_top_key(other)),
        }
    }
    let Some(statements) = statements else {
        return Err(Fault::new(
            "The policy document has no Statement.",
            "Add \"Statement\": [ … ] with at least one statement.",
        ));
    };
    let mut partitions = Vec::new();
    let mut seen = HashSet::new();
    for arn in statements.iter().flat_map(|statement| &statement.resources) {
        let literal = statement::literal_partition(arn);
        partitions.extend(
            literal
                .filter(|found| seen.insert(*found))
                .map(str::to_owned),
        );
    }
    Ok(Outline {
        allows: statements.iter().any(|statement| statement.allow),
        partitions,
    })
}

fn check_version(value: &Node) -> Result<(), Fault> {
    match value {
        Node::Text(text) if text == CURRENT || text == OLD => Ok(()),
        Node::Text(text) => Err(Fault::new(
            format!(
                "Version \"{}\" does not exist: it is the version of the policy language, not a date of yours.",
                clip(text, 32)
            ),
            format!("Write \"Version\": \"{CURRENT}\"."),
        )),
        other => Err(Fault::new(
            format!("Version is a string; this is {}.", other.kind()),
            format!("Write \"Version\": \"{CURRENT}\"."),
        )),
    }
}

fn check_id(value: &Node) -> Result<(), Fault> {
    if matches!(value, Node::Text(_)) {
        return Ok(());
    }
    Err(Fault::new(
        format!("Id is a string; this is {}.", value.kind()),
        "Put it in quotes or remove it.",
    ))
}

fn unknown_top_key(key: &str) -> Fault {
    let shown = clip(key, 64);
    if matches!(key, "PolicyDocument" | "Policy" | "PolicyVersion") {
        return Fault::new(
            format!("\"{shown}\" is not a key of a policy document."),
            "Paste only what is inside it: the object with Version and Statement.",
        );
    }
    if statement::KEYS.contains(&key) || statement::PRINCIPALS.contains(&key) {
        return Fault::new(
            format!("\"{shown}\" belongs inside a statement, not beside it."),
            "Move it into \"Statement\": [ { … } ].",
        );
    }
    Fault::new(
        format!("\"{shown}\" is not a key of a policy document."),
        did_you_mean(key, &KEYS),
    )
}

/// The fix for an unknown key.
pub(super) fn did_you_mean(key: &str, known: &[&str]) -> String {
    match nearest(key, known) {
        Some(meant) => format!("Did you mean \"{meant}\"?"),
        None => format!("Remove it; the keys are {}.", known.join(", ")),
    }
}

fn read_statements(value: &Node) -> Result<Vec<Statement>, Fault> {
    let nodes = match value {
        Node::Object(_) => std::slice::from_ref(value),
        Node::List(items) if items.is_empty() => {
            return Err(Fault::new(
                "The list of statements is empty.",
                "Add at least one statement, or remove the document.",
            ));
        }
        Node::List(items) => items.as_slice(),
        other => {
            return Err(Fault::new(
                format!(
                    "Statement is an object or a list of objects; this is {}.",
                    other.kind()
                ),
                "Write \"Statement\": [ { … } ].",
            ));
        }
    };
    let mut sids: HashSet<String> = HashSet::new();
    let mut statements = Vec::with_capacity(nodes.len());
    for (n, node) in nodes.iter().enumerate() {
        let place = format!("Statement {}", n + 1);
        let (statement, sid) = statement::read(&place, node)?;
        if let Some(sid) = sid.filter(|sid| !sid.is_empty()) {
            if sids.contains(&sid) {
                return Err(Fault::new(
                    format!(
                        "{place}: the Sid \"{}\" is taken by an earlier statement.",
                        clip(&sid, 64)
                    ),
                    "Give every statement its own Sid, or leave it out.",
                ));
            }
            sids.insert(sid);
        }
        statements.push(statement);
    }
    Ok(statements)
}
