//! What is worth a second look in the form of a session.

use super::recipe::{BUDGET_NEAR, is_administrator};
use super::{Finding, Place, Severity};
use crate::Budget;
use crate::recipe::{Makes, Recipe};
use crate::suggest::counted;

/// The findings of a valid recipe, without those of its documents.
pub(super) fn findings(recipe: &Recipe, budget: Budget) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut tell = |severity, field: &str, rule, message: String, fix: &str| {
        found.push(Finding {
            place: Place::Field(field.to_owned()),
            severity,
            rule,
            message,
            fix: fix.to_owned(),
        });
    };
    use Severity::{Info, Warning};
    let Some(rights) = recipe.makes.rights() else {
        return found;
    };
    if let (Makes::Role(role), true) = (&recipe.makes, rights.is_unlimited()) {
        tell(
            Warning,
            "policy_documents",
            "no_session_policy",
            format!(
                "Without a session policy every lease may do all that the role {} may.",
                role.role.name()
            ),
            "Add a policy document with what a lease needs; it never gives more than the role has.",
        );
    }
    let mut documents = rights.document.iter();
    if rights.policy_arns.is_empty() && documents.any(|one| !one.allows_anything()) {
        tell(
            Warning,
            "policy_documents",
            "nothing_granted",
            "The session policy allows nothing: these sessions may do nothing.".into(),
            "Add a statement that allows what a lease needs.",
        );
    }
    for (n, arn) in rights.policy_arns.iter().enumerate() {
        if is_administrator(arn) {
            tell(
                Warning,
                &format!("policy_arns[{n}]"),
                "session_policy_without_limit",
                format!("{} as a session policy limits nothing.", arn.name()),
                "Name a policy with only what is needed.",
            );
        }
    }
    if !rights.tags.is_empty() {
        tell(
            Info,
            "tags",
            "tags_need_permission",
            "Session tags need sts:TagSession, of the managing user and in the trust policy of a role; \
             without it AWS gives no session."
                .into(),
            "Look at the connection's managing policy, which includes it.",
        );
    }
    let left = budget.limit.saturating_sub(budget.total());
    if budget.documents > 0 && left < BUDGET_NEAR {
        let left = counted(usize::try_from(left).unwrap_or(usize::MAX), "character");
        tell(
            Info,
            "policy_documents",
            "budget_near",
            format!("Only {left} are left of the room for a session policy."),
            "Name a managed policy before it grows.",
        );
    }
    found
}
