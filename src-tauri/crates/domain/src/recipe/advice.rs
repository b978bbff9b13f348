//! What is worth saying about a valid recipe: warnings, and the whole of it in sentences.

use super::Recipe;
use crate::{Problem, Ttl};

/// A long life for a key that nobody looks at.
const LONG_TTL: Ttl = Ttl::from_secs(90 * 86_400);

/// Things to know that are not refused, with the field that each is about.
#[must_use]
pub fn warnings(recipe: &Recipe) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut warn = |field: &str, rule: String, fix: &str| {
        found.push(Problem::refused_input(field, rule, fix));
    };
    if recipe.iam_path.is_root() {
        warn(
            "iam_path",
            "Users are made at /, where the managing policy cannot be limited to them.".into(),
            "Use a path of their own, for example /leases/.",
        );
    }
    if recipe.boundary.is_none() {
        warn(
            "permission_boundary",
            "Without a permission boundary nothing limits what policies and groups may give."
                .into(),
            "Name a managed policy that allows the most that a lease may ever do.",
        );
    }
    let nothing_granted = recipe.groups.is_empty()
        && recipe.policy_arns.is_empty()
        && !recipe
            .documents
            .iter()
            .any(crate::PolicyDocument::allows_anything);
    if nothing_granted {
        let rule = if recipe.boundary.is_some() {
            "A permission boundary limits and never grants: these users may do nothing."
        } else {
            "No group, managed policy or inline document gives a right: these users may do nothing."
        };
        warn(
            "policy_documents",
            rule.into(),
            "Add a group, a managed policy or a document.",
        );
    }
    for (n, arn) in recipe.policy_arns.iter().enumerate() {
        if arn.account().is_none() && matches!(arn.name(), "AdministratorAccess" | "IAMFullAccess")
        {
            warn(
                &format!("policy_arns[{n}]"),
                format!(
                    "{} makes every lease an administrator of the account.",
                    arn.name()
                ),
                "Attach a policy with only what is needed.",
            );
        }
    }
    if recipe.max_ttl > LONG_TTL {
        warn(
            "max_ttl",
            format!(
                "A lease may live for {}; AWS advises against long-lived keys.",
                recipe.max_ttl
            ),
            "Prefer hours or days, and renew while the key is needed.",
        );
    }
    if !recipe.tags.is_empty() {
        warn(
            "tags",
            "Tags need the optional permission iam:TagUser; without it no user is made.".into(),
            "Look at the connection's managing policy, which includes it.",
        );
    }
    for (n, document) in recipe.documents.iter().enumerate() {
        let field = format!("policy_documents[{n}]");
        found.extend(
            document
                .warnings()
                .into_iter()
                .map(|problem| problem.at(&field)),
        );
    }
    found
}

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
