//! The policy to give a managing user: fifteen IAM actions, as tight as the recipes allow.

mod optional;
mod sessions;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::guard::literal;
use crate::{AccountId, Arn, GroupName, IamPath, Partition, PolicyArn};

pub use optional::{BLOCKERS, DELETE_DEVICE, missing, optional};
pub use sessions::{SessionScope, missing_of_session};

/// What one dynamic secret needs of the managing user, or what is left of an earlier form of it: an
/// open lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Path of its users.
    pub iam_path: IamPath,
    /// Groups that they join.
    pub groups: Vec<GroupName>,
    /// Managed policies that they get.
    pub policy_arns: Vec<PolicyArn>,
    /// Their boundary.
    pub boundary: Option<PolicyArn>,
    /// True when they are tagged.
    pub has_tags: bool,
    /// True for a lease that is open: nothing is made from it any more, and it must be ended.
    pub is_lease: bool,
}

/// A policy document for the managing user, and what to know about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagingPolicyDoc {
    /// Indented JSON.
    pub document: String,
    /// Scoping hints and warnings.
    pub notes: Vec<String>,
}

/// What ending a lease takes, and making a key: never under a condition, so that old leases can be
/// revoked whatever the recipes say today.
const UNCONDITIONAL: [&str; 10] = [
    "iam:CreateAccessKey",
    "iam:DeleteAccessKey",
    "iam:DeleteUser",
    "iam:DeleteUserPolicy",
    "iam:DetachUserPolicy",
    "iam:GetUser",
    "iam:ListAccessKeys",
    "iam:ListAttachedUserPolicies",
    "iam:ListGroupsForUser",
    "iam:ListUserPolicies",
];

/// Characters without white space of one managed policy, and of all inline policies of a user.
const MANAGED_LIMIT: usize = 6144;
const INLINE_LIMIT: usize = 2048;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    version: &'static str,
    statement: Vec<Statement>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    sid: String,
    effect: &'static str,
    action: Vec<&'static str>,
    resource: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    condition: BTreeMap<&'static str, BTreeMap<&'static str, Vec<String>>>,
}

impl Statement {
    fn new(sid: impl Into<String>, action: &[&'static str], resource: Vec<String>) -> Self {
        Self {
            sid: sid.into(),
            effect: "Allow",
            action: action.to_vec(),
            resource,
            condition: BTreeMap::new(),
        }
    }

    fn when(
        mut self,
        operator: &'static str,
        key: &'static str,
        values: &BTreeSet<String>,
    ) -> Self {
        if !values.is_empty() {
            let values = values.iter().cloned().collect();
            self.condition
                .entry(operator)
                .or_default()
                .insert(key, values);
        }
        self
    }
}

/// What all recipes at one path need together.
#[derive(Default)]
struct AtPath {
    boundaries: BTreeSet<String>,
    some_without_boundary: bool,
    policies: BTreeSet<String>,
    has_tags: bool,
}

/// The policy for these recipes. Without recipes it has all fifteen actions at `/leases/` as an example.
#[must_use]
pub fn generate(
    partition: &Partition,
    account: &AccountId,
    recipes: &[Scope],
    sessions: &[SessionScope],
) -> ManagingPolicyDoc {
    let arns = format!("arn:{partition}:iam::{account}");
    let mut statement = match (recipes, sessions) {
        ([], []) => example(&arns),
        ([], _) => Vec::new(),
        (recipes, _) => statements(&arns, recipes),
    };
    statement.extend(sessions::statements(partition, account, sessions));
    let document = Document {
        version: "2012-10-17",
        statement,
    };
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    let size = serde_json::to_string(&document).map(|compact| compact.chars().count());
    ManagingPolicyDoc {
        notes: notes(recipes, sessions, size.unwrap_or_default()),
        document: text,
    }
}

/// True when users made at `path` share it with the caller itself: the managing user could then be
/// changed through its own policy. Callers that are not IAM users are never covered.
#[must_use]
pub fn covers(path: &IamPath, caller_arn: &str) -> bool {
    let Ok(arn) = Arn::parse("caller_arn", caller_arn) else {
        return false;
    };
    arn.service == "iam"
        && arn
            .resource
            .strip_prefix("user")
            .is_some_and(|rest| rest.starts_with(path.as_str()))
}

fn example(arns: &str) -> Vec<Statement> {
    let users = vec![format!("{arns}:user/leases/*")];
    let making = [
        "iam:CreateUser",
        "iam:PutUserPolicy",
        "iam:AttachUserPolicy",
    ];
    vec![
        Statement::new("MakeUsers1", &making, users.clone()),
        Statement::new("EndLeases1", &UNCONDITIONAL, users),
        Statement::new(
            "JoinGroups",
            &["iam:AddUserToGroup"],
            vec![format!("{arns}:group/leases/*")],
        ),
        leave_groups(arns),
    ]
}

fn leave_groups(arns: &str) -> Statement {
    Statement::new(
        "LeaveGroups",
        &["iam:RemoveUserFromGroup"],
        vec![format!("{arns}:group/*")],
    )
}

fn statements(arns: &str, recipes: &[Scope]) -> Vec<Statement> {
    let mut paths: BTreeMap<&IamPath, AtPath> = BTreeMap::new();
    let mut groups: BTreeSet<&GroupName> = BTreeSet::new();
    for recipe in recipes {
        let at = paths.entry(&recipe.iam_path).or_default();
        match &recipe.boundary {
            Some(arn) => {
                at.boundaries.insert(arn.to_string());
            }
            // A lease without one does not lift the condition for users that are yet to be made.
            None => at.some_without_boundary |= !recipe.is_lease,
        }
        if recipe.is_lease {
            continue;
        }
        at.policies
            .extend(recipe.policy_arns.iter().map(ToString::to_string));
        at.has_tags |= recipe.has_tags;
        groups.extend(&recipe.groups);
    }
    let mut out = Vec::new();
    for (n, (path, at)) in paths.iter().enumerate() {
        let n = n + 1;
        let users = vec![format!("{arns}:user{}*", literal(path.as_str()))];
        let none = BTreeSet::new();
        let boundaries = if at.some_without_boundary {
            &none
        } else {
            &at.boundaries
        };
        let making = ["iam:CreateUser", "iam:PutUserPolicy"];
        out.push(
            Statement::new(format!("MakeUsers{n}"), &making, users.clone()).when(
                "StringEquals",
                "iam:PermissionsBoundary",
                boundaries,
            ),
        );
        if !at.policies.is_empty() {
            out.push(
                Statement::new(
                    format!("AttachPolicies{n}"),
                    &["iam:AttachUserPolicy"],
                    users.clone(),
                )
                .when("ArnEquals", "iam:PolicyARN", &at.policies)
                .when("StringEquals", "iam:PermissionsBoundary", boundaries),
            );
        }
        if at.has_tags {
            out.push(Statement::new(
                format!("TagUsers{n}"),
                &["iam:TagUser"],
                users.clone(),
            ));
        }
        out.push(Statement::new(
            format!("EndLeases{n}"),
            &UNCONDITIONAL,
            users,
        ));
    }
    if !groups.is_empty() {
        // A group's path is not part of a recipe, so that both forms are there.
        let resources = groups
            .iter()
            .flat_map(|name| {
                [
                    format!("{arns}:group/{name}"),
                    format!("{arns}:group/*/{name}"),
                ]
            })
            .collect();
        out.push(Statement::new(
            "JoinGroups",
            &["iam:AddUserToGroup"],
            resources,
        ));
    }
    out.push(leave_groups(arns));
    out
}

fn notes(recipes: &[Scope], sessions: &[SessionScope], size: usize) -> Vec<String> {
    let mut notes = sessions::notes(sessions);
    if recipes.is_empty() && !sessions.is_empty() {
        notes.push("No dynamic secret of this connection makes IAM users.".into());
    } else if recipes.is_empty() {
        notes.push(
            "No dynamic secret uses this connection yet: this is an example for users at /leases/ and \
             groups at /leases/. It gets tighter once there are dynamic secrets."
                .into(),
        );
        notes.push(
            "It lets the managing user attach any managed policy to users at /leases/; a permission \
             boundary on the dynamic secrets ends that."
                .into(),
        );
    } else {
        if recipes.iter().any(|recipe| recipe.iam_path.is_root()) {
            notes.push(
                "A dynamic secret makes its users at /, so that this policy reaches every user of the \
                 account, the managing user included. Give it a path of its own, for example \
                 /leases/."
                    .into(),
            );
        }
        if recipes
            .iter()
            .any(|recipe| recipe.boundary.is_none() && !recipe.is_lease)
        {
            notes.push(
                "A dynamic secret has no permission boundary: at its path the managing user can give \
                 any right to a user that it makes."
                    .into(),
            );
        }
        if recipes.iter().any(|recipe| recipe.is_lease) {
            notes.push(
                "Leases of earlier recipes are open: their paths and boundaries are in it until they \
                 have ended."
                    .into(),
            );
        }
        if recipes.iter().any(|recipe| recipe.has_tags) {
            notes.push("iam:TagUser is there because a dynamic secret sets tags.".into());
        }
        notes.push(
            "Actions that no dynamic secret needs are left out; copy the policy again after adding or \
             editing one."
                .into(),
        );
    }
    if !recipes.is_empty() || sessions.is_empty() {
        notes.push(
            "Revoking is under no condition, so that leases made by earlier recipes can be ended."
                .into(),
        );
    }
    notes.push(match size {
        n if n > MANAGED_LIMIT => format!(
            "It has {n} characters, more than the {MANAGED_LIMIT} of a managed policy: divide its \
             statements between two managed policies."
        ),
        n if n > INLINE_LIMIT => format!(
            "It has {n} characters, more than the {INLINE_LIMIT} of a user's inline policies: create \
             it as a managed policy."
        ),
        n => format!("It has {n} characters and fits a managed or an inline policy."),
    });
    notes
}

#[cfg(test)]
mod tests;
