//! What IAM allows and a person should look at twice.

use super::grammar::{Outline, Statement};
use crate::Problem;

/// Every warning; the field is `policy_documents`, and callers put the index in.
pub(super) fn warnings(outline: &Outline) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut warn = |rule: String, fix: &str| {
        found.push(Problem::refused_input("policy_documents", rule, fix));
    };
    match outline.version.as_deref() {
        Some("2012-10-17") => {}
        Some(_) => warn(
            "Version 2008-10-17 takes policy variables such as ${aws:username} literally.".into(),
            "Write \"Version\": \"2012-10-17\".",
        ),
        None => warn(
            "Without a Version, IAM takes 2008-10-17, which takes policy variables literally."
                .into(),
            "Add \"Version\": \"2012-10-17\".",
        ),
    }
    for statement in outline
        .statements
        .iter()
        .filter(|statement| statement.allow)
    {
        let place = &statement.place;
        if statement.not_action {
            warn(
                format!(
                    "{place} allows everything except what NotAction lists, also actions that AWS adds later."
                ),
                "List the actions that are needed.",
            );
        } else if is_everything(statement) {
            warn(
                format!(
                    "{place} allows every action on every resource: the key is an administrator's."
                ),
                "List the actions and resources that are needed.",
            );
        } else {
            for (service, what) in [
                (
                    "iam",
                    "the account's users, roles and policies, and so every right in the account",
                ),
                (
                    "sts",
                    "roles, whose sessions outlive the lease by up to 12 hours",
                ),
            ] {
                if statement
                    .actions
                    .iter()
                    .any(|action| reaches(action, service))
                {
                    warn(
                        format!("{place} gives power over {what}."),
                        "Leave these actions out unless the lease is for exactly that.",
                    );
                }
            }
            if !statement.conditional
                && statement
                    .actions
                    .iter()
                    .any(|action| action == "*" || action == "*:*")
            {
                warn(
                    format!("{place} allows every action on what it names."),
                    "List the actions that are needed.",
                );
            }
        }
        if statement.not_resource {
            warn(
                format!("{place} allows its actions on everything except what NotResource lists."),
                "List the resources that are needed.",
            );
        }
    }
    if !outline.statements.iter().any(|statement| statement.allow) {
        warn(
            "The document only denies: by itself it gives no right.".into(),
            "Add a statement with \"Effect\": \"Allow\", or give rights by a group or a managed policy.",
        );
    }
    found
}

fn is_everything(statement: &Statement) -> bool {
    !statement.conditional
        && statement
            .actions
            .iter()
            .any(|action| action == "*" || action == "*:*")
        && (statement.not_resource || statement.resources.iter().any(|resource| resource == "*"))
}

/// True when a pattern reaches the actions of this service that hand rights on.
fn reaches(action: &str, service: &str) -> bool {
    let Some((prefix, name)) = action.split_once(':') else {
        return false;
    };
    if prefix != service {
        return false;
    }
    match service {
        "sts" => name.starts_with('*') || name.starts_with("assume"),
        _ => !(name.starts_with("get") || name.starts_with("list") || name.starts_with("simulate")),
    }
}
