//! The same for leases that are sessions of STS: what they need, and what can be asked without opening one.

use leasehold_domain::recipe::{Makes, Recipe};
use leasehold_domain::{AccountId, Problem, RoleArn};
use leasehold_store::ConnectionRow;

use super::Flight;
use super::judge::{Answer, judge};
use super::needs::{Need, Question, Subject};
use crate::wire::NeededFor;

/// Name of a policy that no role has.
const NO_POLICY: &str = "leasehold-preflight-of-nothing";

/// In the order in which a lease needs them. `None` of users.
pub(super) fn needs(recipe: &Recipe, connection: &ConnectionRow) -> Option<Vec<Need>> {
    use NeededFor::{Issue, Optional, Revoke};
    let rights = recipe.makes.rights()?;
    let (subject, resource, action) = match &recipe.makes {
        Makes::User(_) => return None,
        Makes::Role(role) => (
            Subject::Role(role.role.to_string()),
            role.role.to_string(),
            "sts:AssumeRole",
        ),
        Makes::Federation(_) => (
            Subject::Federated,
            format!(
                "arn:{}:sts::{}:federated-user/lh-*",
                connection.partition, connection.account_id
            ),
            "sts:GetFederationToken",
        ),
    };
    let on = |action, needed_for| Need {
        action,
        resource: resource.clone(),
        needed_for,
        questions: vec![Question {
            action,
            subject: subject.clone(),
        }],
    };
    let mut needs = vec![on(action, Issue)];
    if !rights.tags.is_empty() {
        needs.push(on("sts:TagSession", Issue));
    }
    if own_role(recipe, &connection.account_id).is_some() {
        needs.push(on("iam:PutRolePolicy", Revoke));
        needs.push(on("iam:DeleteRolePolicy", Revoke));
        needs.push(on("iam:GetRole", Optional));
    }
    needs.push(Need {
        resource: connection.caller_arn.clone(),
        questions: vec![Question {
            action: "iam:SimulatePrincipalPolicy",
            subject: Subject::Caller,
        }],
        ..on("iam:SimulatePrincipalPolicy", Optional)
    });
    Some(needs)
}

/// The role, where a policy of ours can stand on it.
pub(super) fn own_role<'r>(recipe: &'r Recipe, account: &str) -> Option<&'r RoleArn> {
    match &recipe.makes {
        Makes::Role(role) => Some(&role.role).filter(|role| {
            AccountId::parse("account_id", account).is_ok_and(|own| own == *role.account())
        }),
        Makes::User(_) | Makes::Federation(_) => None,
    }
}

/// What AWS says without opening a session.
pub(super) async fn ask(
    flight: &Flight<'_>,
    action: &'static str,
    role: &str,
) -> Result<Answer, Problem> {
    let aws = &flight.reached.aws;
    let name = role.rsplit('/').next().unwrap_or_default();
    match action {
        "iam:DeleteRolePolicy" => {
            let answer = aws.delete_role_policy(name, NO_POLICY).await;
            judge(answer, "it for a policy that the role does not have", None)
        }
        "iam:GetRole" => judge(
            aws.role_limit(name).await.map(drop),
            "a look at the role",
            None,
        ),
        _ => Ok(Answer::unknown(
            "It cannot be asked without doing it. The canary finds out.",
        )),
    }
}
