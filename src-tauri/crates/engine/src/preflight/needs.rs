//! What the whole life of a lease needs, action by action.

use leasehold_domain::managing_policy::{BLOCKERS, DELETE_DEVICE};
use leasehold_domain::recipe::{Recipe, UserRecipe};
use leasehold_store::ConnectionRow;

use super::sessions;
use crate::wire::NeededFor;

/// What AWS is asked about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    /// A user as the recipe makes them.
    User,
    /// Such a user together with a managed policy.
    Policy(String),
    /// A group.
    Group(String),
    /// A role, by its ARN.
    Role(String),
    /// A federated user.
    Federated,
    /// A virtual MFA device.
    Device,
    /// The managing user itself.
    Caller,
    /// The path of the users.
    Path,
}

/// One thing to find out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Question {
    pub(super) action: &'static str,
    pub(super) subject: Subject,
}

/// Something that a stage of a lease's life needs: every question must be answered with yes.
pub(super) struct Need {
    pub(super) action: &'static str,
    pub(super) resource: String,
    pub(super) needed_for: NeededFor,
    pub(super) questions: Vec<Question>,
}

const ISSUE: [&str; 3] = ["iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey"];
const RENEW: [&str; 2] = ["iam:PutUserPolicy", "iam:DeleteUserPolicy"];
const REVOKE: [&str; 9] = [
    "iam:GetUser",
    "iam:DeleteAccessKey",
    "iam:ListAccessKeys",
    "iam:ListUserPolicies",
    "iam:ListAttachedUserPolicies",
    "iam:ListGroupsForUser",
    "iam:PutUserPolicy",
    "iam:DeleteUserPolicy",
    "iam:DeleteUser",
];

/// In the order in which a lease needs them.
pub(super) fn needs(recipe: &Recipe, connection: &ConnectionRow) -> Vec<Need> {
    match recipe.user() {
        Some(user) => of_user(user, connection),
        None => sessions::needs(recipe, connection).unwrap_or_default(),
    }
}

fn of_user(recipe: &UserRecipe, connection: &ConnectionRow) -> Vec<Need> {
    use NeededFor::{Issue, Optional, Renew, Revoke};
    let arns = format!(
        "arn:{}:iam::{}",
        connection.partition, connection.account_id
    );
    let users = format!("{arns}:user{}*", recipe.iam_path);
    let on_user = |action, needed_for| Need {
        action,
        resource: users.clone(),
        needed_for,
        questions: vec![Question {
            action,
            subject: Subject::User,
        }],
    };
    let on_policies = |action, needed_for| Need {
        questions: recipe
            .policy_arns
            .iter()
            .map(|arn| Question {
                action,
                subject: Subject::Policy(arn.to_string()),
            })
            .collect(),
        ..on_user(action, needed_for)
    };
    let on_groups = |action: &'static str, needed_for| {
        recipe
            .groups
            .iter()
            .map(move |group| (group.to_string(), action, needed_for))
    };
    let group_need = |(group, action, needed_for): (String, &'static str, NeededFor)| Need {
        action,
        resource: format!("{arns}:group/{group}"),
        needed_for,
        questions: vec![Question {
            action,
            subject: Subject::Group(group),
        }],
    };
    let has_policies = !recipe.policy_arns.is_empty();

    let mut needs: Vec<Need> = ISSUE.iter().map(|action| on_user(action, Issue)).collect();
    if has_policies {
        needs.push(on_policies("iam:AttachUserPolicy", Issue));
    }
    needs.extend(on_groups("iam:AddUserToGroup", Issue).map(group_need));
    needs.extend(RENEW.iter().map(|action| on_user(action, Renew)));
    needs.extend(REVOKE.iter().map(|action| on_user(action, Revoke)));
    // Somebody else, AWS's quarantine among them, may attach what the recipe does not.
    needs.push(match has_policies {
        true => on_policies("iam:DetachUserPolicy", Revoke),
        false => on_user("iam:DetachUserPolicy", Optional),
    });
    needs.extend(on_groups("iam:RemoveUserFromGroup", Revoke).map(group_need));
    if !recipe.tags.is_empty() {
        needs.push(on_user("iam:TagUser", Optional));
    }
    needs.push(Need {
        resource: format!("{arns}:user{}", recipe.iam_path),
        questions: vec![Question {
            action: "iam:ListUsers",
            subject: Subject::Path,
        }],
        ..on_user("iam:ListUsers", Optional)
    });
    needs.extend(BLOCKERS.iter().map(|action| on_user(action, Optional)));
    needs.push(Need {
        resource: format!("{arns}:mfa/*"),
        questions: vec![Question {
            action: DELETE_DEVICE,
            subject: Subject::Device,
        }],
        ..on_user(DELETE_DEVICE, Optional)
    });
    needs.push(Need {
        resource: connection.caller_arn.clone(),
        questions: vec![Question {
            action: "iam:SimulatePrincipalPolicy",
            subject: Subject::Caller,
        }],
        ..on_user("iam:SimulatePrincipalPolicy", Optional)
    });
    needs
}
