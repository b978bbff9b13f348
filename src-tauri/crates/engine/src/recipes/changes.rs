//! What differs between two recipes, field by field, as people and programs read it.

use leasehold_domain::PolicyDocument;
use serde_json::{Value, json};
use similar::TextDiff;

use crate::wire::{RecipeChange, SecretDraft};

/// Lines shown around one that differs.
const AROUND: usize = 2;

/// What of `new` is not in `old`. A draft without anything stands for no recipe.
pub(super) fn between(old: &SecretDraft, new: &SecretDraft) -> Vec<RecipeChange> {
    let mut changes = Vec::new();
    let texts = [
        ("connection", &old.connection, &new.connection),
        ("default_ttl", &old.default_ttl, &new.default_ttl),
        ("max_ttl", &old.max_ttl, &new.max_ttl),
        ("region", &old.region, &new.region),
        (
            "credential_type",
            &old.credential_type,
            &new.credential_type,
        ),
        ("role_arn", &old.role_arn, &new.role_arn),
        ("external_id", &old.external_id, &new.external_id),
        ("iam_path", &old.iam_path, &new.iam_path),
        (
            "permission_boundary",
            &old.permission_boundary,
            &new.permission_boundary,
        ),
        (
            "username_template",
            &old.username_template,
            &new.username_template,
        ),
    ];
    for (field, old, new) in texts {
        // A type that is not stated is an IAM user.
        let stated = |text: &String| {
            Some(text.clone()).filter(|text| !text.is_empty() && text != "iam_user")
        };
        changes.extend(change(field, json!(stated(old)), json!(stated(new))));
    }
    for (field, old, new) in [
        ("groups", &old.groups, &new.groups),
        ("policy_arns", &old.policy_arns, &new.policy_arns),
    ] {
        let stated = |texts: &Vec<String>| Some(texts.clone()).filter(|texts| !texts.is_empty());
        changes.extend(change(field, json!(stated(old)), json!(stated(new))));
    }
    changes.extend(documents(&old.policy_documents, &new.policy_documents));
    changes.extend(tags(old, new));
    changes
}

fn change(field: impl Into<String>, old: Value, new: Value) -> Option<RecipeChange> {
    (old != new).then(|| RecipeChange {
        field: field.into(),
        old,
        new,
        diff: None,
    })
}

/// Documents are compared by their place: it is the place that names them in AWS.
fn documents(old: &[String], new: &[String]) -> Vec<RecipeChange> {
    let places = 0..old.len().max(new.len());
    let compared = places.filter_map(|n| {
        let (old, new) = (old.get(n), new.get(n));
        let mut change = change(format!("policy_documents[{n}]"), json!(old), json!(new))?;
        let (old, new) = (indented(old), indented(new));
        let diff = TextDiff::from_lines(&old, &new);
        change.diff = Some(diff.unified_diff().context_radius(AROUND).to_string());
        Some(change)
    });
    compared.collect()
}

fn indented(document: Option<&String>) -> String {
    let Some(text) = document else {
        return String::new();
    };
    match PolicyDocument::parse("policy_documents", text) {
        Ok(document) => document.indented() + "\n",
        Err(_) => text.clone(),
    }
}

fn tags(old: &SecretDraft, new: &SecretDraft) -> Vec<RecipeChange> {
    let value = |draft: &SecretDraft, key: &str| {
        let tag = draft.tags.iter().find(|tag| tag.key == key);
        json!(tag.map(|tag| &tag.value))
    };
    let mut keys: Vec<&str> = old
        .tags
        .iter()
        .chain(&new.tags)
        .map(|tag| &*tag.key)
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let compared = keys
        .into_iter()
        .filter_map(|key| change(format!("tags.{key}"), value(old, key), value(new, key)));
    compared.collect()
}
