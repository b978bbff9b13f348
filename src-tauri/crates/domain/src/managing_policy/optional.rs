//! Beside the managing policy: what makes things better and is not needed, and the part of the policy
//! that somebody lacks.

use std::collections::BTreeSet;

use super::{Document, Scope, SessionScope, Statement, statements};
use crate::guard::literal;
use crate::{AccountId, Arn, Partition};

/// What clears away things that keep a user from being deleted and that no lease makes ("Removing or
/// deactivating an IAM user", IAM User Guide).
pub const BLOCKERS: [&str; 10] = [
    "iam:GetLoginProfile",
    "iam:DeleteLoginProfile",
    "iam:ListMFADevices",
    "iam:DeactivateMFADevice",
    "iam:ListSSHPublicKeys",
    "iam:DeleteSSHPublicKey",
    "iam:ListSigningCertificates",
    "iam:DeleteSigningCertificate",
    "iam:ListServiceSpecificCredentials",
    "iam:DeleteServiceSpecificCredential",
];
/// What removes a virtual MFA device once no user has it; AWS authorizes it on the device.
pub const DELETE_DEVICE: &str = "iam:DeleteVirtualMFADevice";

/// Optional permissions as a document of their own: finding users that no lease knows, tags, clearing
/// away what somebody else hung on a user, cutting sessions of roles, and asking the policy simulator.
///
/// `caller_arn` is the managing user; callers that are none cannot be simulated by their ARN.
#[must_use]
pub fn optional(
    partition: &Partition,
    account: &AccountId,
    scopes: &[Scope],
    sessions: &[SessionScope],
    caller_arn: &str,
) -> String {
    let arns = format!("arn:{partition}:iam::{account}");
    let mut statement = match (scopes, sessions) {
        ([], [_, ..]) => Vec::new(),
        (scopes, _) => of_users(&arns, scopes),
    };
    statement.extend(super::sessions::optional(account, sessions));
    let caller = Arn::parse("caller_arn", caller_arn).ok();
    if let Some(user) =
        caller.filter(|arn| arn.service == "iam" && arn.resource.starts_with("user/"))
    {
        statement.push(Statement::new(
            "AskSimulator",
            &["iam:SimulatePrincipalPolicy"],
            vec![literal(&user.to_string())],
        ));
    }
    text(statement)
}

fn of_users(arns: &str, scopes: &[Scope]) -> Vec<Statement> {
    let mut paths: BTreeSet<&str> = scopes.iter().map(|one| one.iam_path.as_str()).collect();
    if paths.is_empty() {
        paths.insert("/leases/");
    }
    let users = paths
        .iter()
        .map(|path| format!("{arns}:user{}*", literal(path)))
        .collect::<Vec<_>>();
    vec![
        // The one action here that AWS authorizes on no resource.
        Statement::new("FindUsers", &["iam:ListUsers"], vec!["*".into()]),
        Statement::new("TagUsers", &["iam:TagUser"], users.clone()),
        Statement::new("ClearBlockers", &BLOCKERS, users),
        Statement::new(
            "ForgetDevices",
            &[DELETE_DEVICE],
            vec![format!("{arns}:mfa/*")],
        ),
    ]
}

/// A policy with those of these actions that the leases of one dynamic secret need, scoped as the
/// managing policy scopes them. `None` when they need none of them.
#[must_use]
pub fn missing(
    partition: &Partition,
    account: &AccountId,
    scope: &Scope,
    actions: &BTreeSet<&str>,
) -> Option<String> {
    let arns = format!("arn:{partition}:iam::{account}");
    let mut statement = statements(&arns, std::slice::from_ref(scope));
    for one in &mut statement {
        one.action.retain(|action| actions.contains(action));
    }
    statement.retain(|one| !one.action.is_empty());
    (!statement.is_empty()).then(|| text(statement))
}

pub(super) fn text(statement: Vec<Statement>) -> String {
    let document = Document {
        version: "2012-10-17",
        statement,
    };
    serde_json::to_string_pretty(&document).unwrap_or_default()
}
