//! A valid recipe in sentences.

use super::Recipe;

/// The recipe in sentences: what a lease may do, until when, and what ends it.
#[must_use]
pub fn summary(recipe: &Recipe) -> Vec<String> {
    let mut lines = vec![format!(
        "Every lease is a new IAM user at {} with one access key, for {} unless another TTL is \
         chosen, and never beyond {}.",
        recipe.iam_path, recipe.default_ttl, recipe.max_ttl
    )];
    let mut sources = Vec::new();
    if !recipe.groups.is_empty() {
        sources.push(counted(
            recipe.groups.len(),
            "group",
            &names(&recipe.groups),
        ));
    }
    if !recipe.policy_arns.is_empty() {
        let names: Vec<&str> = recipe
            .policy_arns
            .iter()
            .map(crate::PolicyArn::name)
            .collect();
        sources.push(counted(names.len(), "managed policy", &names.join(", ")));
    }
    match recipe.documents.len() {
        0 => {}
        1 => sources.push("1 inline document".into()),
        n => sources.push(format!("{n} inline documents")),
    }
    lines.push(if sources.is_empty() {
        "It has no rights of its own.".into()
    } else {
        format!("Its rights come from {}.", enumerated(&sources))
    });
    lines.push(match &recipe.boundary {
        Some(arn) => format!("The boundary {} limits them.", arn.name()),
        None => "No permission boundary limits them.".into(),
    });
    lines.push(
        "It cannot change itself: no other key, name, boundary, login, MFA or policy.".into(),
    );
    lines.push(
        "When the time is over AWS itself denies every call, and the user is deleted as soon as \
         Leasehold runs. Roles that it assumed last to their own end."
            .into(),
    );
    lines
}

fn names(items: &[crate::GroupName]) -> String {
    items
        .iter()
        .map(crate::GroupName::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

fn counted(n: usize, what: &str, names: &str) -> String {
    match (n, what.strip_suffix('y')) {
        (1, _) => format!("the {what} {names}"),
        (_, Some(stem)) => format!("the {stem}ies {names}"),
        (_, None) => format!("the {what}s {names}"),
    }
}

/// `a`, `a and b`, `a, b and c`.
fn enumerated(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
