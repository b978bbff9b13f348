//! A valid recipe in sentences.

use super::{Makes, Recipe, RoleRecipe, SessionRights, UserRecipe};

/// The recipe in sentences: what a lease may do, until when, and what ends it.
#[must_use]
pub fn summary(recipe: &Recipe) -> Vec<String> {
    match &recipe.makes {
        Makes::User(user) => of_user(recipe, user),
        Makes::Role(role) => of_role(recipe, role),
        Makes::Federation(rights) => of_federation(recipe, rights),
    }
}

fn of_role(recipe: &Recipe, role: &RoleRecipe) -> Vec<String> {
    vec![
        format!(
            "Every lease is a session of the role {}, for {} unless another TTL is chosen, and never \
             for more than {}. It cannot be renewed.",
            role.role.name(),
            recipe.default_ttl,
            recipe.max_ttl
        ),
        match limits(&role.rights) {
            Some(limits) => format!("It may do what both the role and {limits} allow."),
            None => "It may do all that the role may.".into(),
        },
        "When the time is over AWS ends it by itself. Revoking denies the session on the role where \
         the managing user may put a policy there; else it lasts to its end."
            .into(),
    ]
}

fn of_federation(recipe: &Recipe, rights: &SessionRights) -> Vec<String> {
    let limits = limits(rights).unwrap_or_else(|| "nothing".into());
    vec![
        format!(
            "Every lease is a federated user of the managing user, for {} unless another TTL is \
             chosen, and never for more than {}. It cannot be renewed.",
            recipe.default_ttl, recipe.max_ttl
        ),
        format!("It may do what both the managing user and {limits} allow, and nothing in IAM."),
        "When the time is over AWS ends it by itself. Nothing else ends it short of taking rights from \
         the managing user."
            .into(),
    ]
}

/// What session policies there are, in words.
fn limits(rights: &SessionRights) -> Option<String> {
    let mut sources = Vec::new();
    if rights.document.is_some() {
        sources.push("the session policy".to_owned());
    }
    if !rights.policy_arns.is_empty() {
        let names: Vec<&str> = rights
            .policy_arns
            .iter()
            .map(crate::PolicyArn::name)
            .collect();
        sources.push(counted(names.len(), "managed policy", &names.join(", ")));
    }
    (!sources.is_empty()).then(|| enumerated(&sources).replace(" and ", " or "))
}

fn of_user(recipe: &Recipe, user: &UserRecipe) -> Vec<String> {
    let mut lines = vec![format!(
        "Every lease is a new IAM user at {} with one access key, for {} unless another TTL is \
         chosen, and never beyond {}.",
        user.iam_path, recipe.default_ttl, recipe.max_ttl
    )];
    let mut sources = Vec::new();
    if !user.groups.is_empty() {
        sources.push(counted(user.groups.len(), "group", &names(&user.groups)));
    }
    if !user.policy_arns.is_empty() {
        let names: Vec<&str> = user
            .policy_arns
            .iter()
            .map(crate::PolicyArn::name)
            .collect();
        sources.push(counted(names.len(), "managed policy", &names.join(", ")));
    }
    match user.documents.len() {
        0 => {}
        1 => sources.push("1 inline document".into()),
        n => sources.push(format!("{n} inline documents")),
    }
    lines.push(if sources.is_empty() {
        "It has no rights of its own.".into()
    } else {
        format!("Its rights come from {}.", enumerated(&sources))
    });
    lines.push(match &user.boundary {
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
