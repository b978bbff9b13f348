//! Writes recipes as TOML: the same recipes are always the same text, fit for a version control
//! that shows differences line by line.

use leasehold_domain::PolicyDocument;
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value, value};

use super::file::VERSION;
use crate::wire::SecretDraft;

const HEAD: &str = "\
# Dynamic secrets of Leasehold. `leasehold secret apply FILE` makes a home as this file says; it adds
# and edits, and removes nothing. No keys are in here: connections are named.
";

/// The text of a file.
pub(super) fn write(drafts: &[SecretDraft]) -> String {
    let mut document = DocumentMut::new();
    document.insert("version", value(VERSION));
    let mut secrets = ArrayOfTables::new();
    for draft in drafts {
        secrets.push(table(draft));
    }
    if !drafts.is_empty() {
        document.insert("secret", Item::ArrayOfTables(secrets));
    }
    format!("{HEAD}{document}")
}

fn table(draft: &SecretDraft) -> Table {
    let mut table = Table::new();
    // An IAM user is what a file means that says nothing, as older ones do.
    let nothing = String::new();
    let credential_type = match draft.credential_type.as_str() {
        "iam_user" => &nothing,
        _ => &draft.credential_type,
    };
    let texts = [
        ("name", &draft.name),
        ("environment", &draft.environment),
        ("folder", &draft.folder),
        ("connection", &draft.connection),
        ("default_ttl", &draft.default_ttl),
        ("max_ttl", &draft.max_ttl),
        ("region", &draft.region),
        ("credential_type", credential_type),
        ("role_arn", &draft.role_arn),
        ("external_id", &draft.external_id),
        ("iam_path", &draft.iam_path),
        ("permission_boundary", &draft.permission_boundary),
        ("username_template", &draft.username_template),
    ];
    for (field, text) in texts {
        if !text.is_empty() {
            table.insert(field, value(text));
        }
    }
    for (field, texts) in [
        ("groups", &draft.groups),
        ("policy_arns", &draft.policy_arns),
    ] {
        if !texts.is_empty() {
            table.insert(field, list(texts.iter().map(Value::from)));
        }
    }
    if !draft.policy_documents.is_empty() {
        let documents = draft.policy_documents.iter().map(|text| document(text));
        table.insert("policy_documents", list(documents));
    }
    if !draft.tags.is_empty() {
        let mut tags = Table::new();
        for tag in &draft.tags {
            tags.insert(&tag.key, value(&tag.value));
        }
        table.insert("tags", Item::Table(tags));
    }
    table
}

/// One element a line.
fn list(elements: impl Iterator<Item = Value>) -> Item {
    let mut list = Array::new();
    for element in elements {
        list.push_formatted(element.decorated("\n  ", ""));
    }
    list.set_trailing_comma(true);
    list.set_trailing("\n");
    Item::Value(Value::Array(list))
}

/// A policy document over several lines, between `'''` where TOML allows that.
fn document(text: &str) -> Value {
    let text = match PolicyDocument::parse("policy_documents", text) {
        Ok(document) => document.indented() + "\n",
        // Stored by an older version with other rules; it is told when it is used or applied.
        Err(_) => text.to_owned(),
    };
    let literal: Option<Value> = format!("'''\n{text}'''").parse().ok();
    literal
        .filter(|value| value.as_str() == Some(&text))
        .unwrap_or_else(|| Value::from(text))
}
