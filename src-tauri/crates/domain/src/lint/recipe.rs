//! What is worth a second look in the rest of the form.

use super::rights::{ADMINISTRATOR, NEAR_ADMINISTRATOR};
use super::{Finding, Place, Severity, session};
use crate::recipe::{Recipe, UserRecipe};
use crate::suggest::counted;
use crate::{Budget, PolicyArn, PolicyDocument, Ttl};

/// A long life for a key that nobody looks at.
const LONG_TTL: Ttl = Ttl::from_secs(90 * 86_400);
/// Less room than this, in characters, is told of.
pub const BUDGET_NEAR: u32 = 100;

/// The findings of a valid recipe, without those of its documents.
pub(super) fn findings(recipe: &Recipe, budget: Budget) -> Vec<Finding> {
    match recipe.user() {
        Some(user) => of_user(recipe, user, budget),
        None => session::findings(recipe, budget),
    }
}

fn of_user(recipe: &Recipe, user: &UserRecipe, budget: Budget) -> Vec<Finding> {
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
    use Severity::{Danger, Info, Warning};
    if user.iam_path.is_root() {
        tell(
            Warning,
            "iam_path",
            "root_path",
            "Users are made at /, where the managing policy cannot be limited to them.".into(),
            "Use a path of their own, for example /leases/.",
        );
    }
    match &user.boundary {
        None => tell(
            Warning,
            "permission_boundary",
            "no_boundary",
            "Without a permission boundary nothing limits what policies and groups may give."
                .into(),
            "Name a managed policy that allows the most that a lease may ever do.",
        ),
        Some(arn) if is_administrator(arn) => tell(
            Warning,
            "permission_boundary",
            "boundary_without_limit",
            format!(
                "{} as a boundary limits nothing worth limiting.",
                arn.name()
            ),
            "Name a managed policy that allows the most that a lease may ever do.",
        ),
        Some(_) => {}
    }
    if let Some(rule) = nothing_granted(user) {
        tell(
            Warning,
            "policy_documents",
            "nothing_granted",
            rule.into(),
            "Add a group, a managed policy or a document.",
        );
    }
    for (n, arn) in user.policy_arns.iter().enumerate() {
        let field = format!("policy_arns[{n}]");
        let name = arn.name();
        if is_administrator(arn) {
            tell(
                Danger,
                &field,
                "administrator",
                format!("{name} makes every lease an administrator of the account."),
                "Attach a policy with only what is needed.",
            );
        } else if arn.account().is_none() && NEAR_ADMINISTRATOR.contains(&name) {
            tell(
                Warning,
                &field,
                "near_administrator",
                format!("{name} gives every lease nearly everything in the account."),
                "Attach a policy with only what is needed.",
            );
        }
    }
    if recipe.max_ttl > LONG_TTL {
        tell(
            Warning,
            "max_ttl",
            "long_ttl",
            format!(
                "A lease may live for {}; AWS advises against long-lived keys.",
                recipe.max_ttl
            ),
            "Prefer hours or days, and renew while the key is needed.",
        );
    }
    if !user.tags.is_empty() {
        tell(
            Info,
            "tags",
            "tags_need_permission",
            "Tags need the optional permission iam:TagUser; without it users are made without them.".into(),
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
            format!("Only {left} are left of the room for inline policies."),
            "Move a document into a managed policy before it grows.",
        );
    }
    found
}

pub(super) fn is_administrator(arn: &PolicyArn) -> bool {
    arn.account().is_none() && ADMINISTRATOR.contains(&arn.name())
}

fn nothing_granted(recipe: &UserRecipe) -> Option<&'static str> {
    let denies_all = |arn: &PolicyArn| arn.account().is_none() && arn.name() == "AWSDenyAll";
    if recipe.policy_arns.iter().any(denies_all) {
        return Some("AWSDenyAll denies everything: these users may do nothing.");
    }
    let granted = !recipe.groups.is_empty()
        || !recipe.policy_arns.is_empty()
        || recipe.documents.iter().any(PolicyDocument::allows_anything);
    match (granted, &recipe.boundary) {
        (true, _) => None,
        (false, Some(_)) => {
            Some("A permission boundary limits and never grants: these users may do nothing.")
        }
        (false, None) => Some(
            "No group, managed policy or inline document gives a right: these users may do nothing.",
        ),
    }
}
