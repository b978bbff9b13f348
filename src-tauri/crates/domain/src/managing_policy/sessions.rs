//! What sessions of STS need of the managing user.

use std::collections::BTreeSet;

use super::Statement;
use super::optional::text;
use crate::guard::literal;
use crate::{AccountId, Partition, RoleArn};

/// What one dynamic secret of sessions, or an open lease of one, needs of the managing user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionScope {
    /// Sessions of this role.
    Role {
        /// The role.
        role: RoleArn,
        /// True when they are tagged.
        has_tags: bool,
        /// True for an open lease: nothing is made from it any more.
        is_lease: bool,
    },
    /// Federated users.
    Federation {
        /// True when they are tagged.
        has_tags: bool,
    },
}

/// What may be granted to cut a session: optional, and strong.
const CUT: [&str; 3] = ["iam:DeleteRolePolicy", "iam:GetRole", "iam:PutRolePolicy"];

fn roles(scopes: &[SessionScope], wanted: impl Fn(bool, bool) -> bool) -> Vec<String> {
    let roles = scopes.iter().filter_map(|scope| match scope {
        SessionScope::Role {
            role,
            has_tags,
            is_lease,
        } => wanted(*has_tags, *is_lease).then(|| literal(role.as_str())),
        SessionScope::Federation { .. } => None,
    });
    roles.collect::<BTreeSet<_>>().into_iter().collect()
}

pub(super) fn statements(
    partition: &Partition,
    account: &AccountId,
    scopes: &[SessionScope],
) -> Vec<Statement> {
    let mut out = Vec::new();
    let mut add = |sid: &str, action: &[&'static str], resource: Vec<String>| {
        if !resource.is_empty() {
            out.push(Statement::new(sid, action, resource));
        }
    };
    add(
        "AssumeRoles",
        &["sts:AssumeRole"],
        roles(scopes, |_, is_lease| !is_lease),
    );
    add(
        "TagSessions",
        &["sts:TagSession"],
        roles(scopes, |has_tags, is_lease| has_tags && !is_lease),
    );
    let federated = |wanted: bool| {
        let is_there = scopes.iter().any(|scope| match scope {
            SessionScope::Federation { has_tags } => *has_tags || !wanted,
            SessionScope::Role { .. } => false,
        });
        let arn = format!("arn:{partition}:sts::{account}:federated-user/lh-*");
        is_there.then_some(arn).into_iter().collect::<Vec<_>>()
    };
    add(
        "FederationTokens",
        &["sts:GetFederationToken"],
        federated(false),
    );
    add("TagFederated", &["sts:TagSession"], federated(true));
    out
}

/// Cutting a session before its end, for the roles of this account.
pub(super) fn optional(account: &AccountId, scopes: &[SessionScope]) -> Option<Statement> {
    let own = scopes.iter().filter_map(|scope| match scope {
        SessionScope::Role { role, .. } if role.account() == account => {
            Some(literal(role.as_str()))
        }
        _ => None,
    });
    let own: BTreeSet<String> = own.collect();
    (!own.is_empty()).then(|| Statement::new("CutSessions", &CUT, own.into_iter().collect()))
}

pub(super) fn notes(scopes: &[SessionScope]) -> Vec<String> {
    let mut notes = Vec::new();
    let has_roles = scopes
        .iter()
        .any(|scope| matches!(scope, SessionScope::Role { .. }));
    if has_roles {
        notes.push(
            "A role must also name the managing user in its own trust policy; for session tags it must \
             allow sts:TagSession there, too."
                .into(),
        );
        notes.push(
            "With iam:PutRolePolicy, which is optional, a session is denied everything when it is \
             revoked. It also lets the managing user give these roles any right: a permission boundary \
             on them ends that. Without it sessions last to their own end."
                .into(),
        );
    }
    if scopes
        .iter()
        .any(|scope| matches!(scope, SessionScope::Federation { .. }))
    {
        notes.push(
            "A federation token may do what both its session policy and the managing user may: whatever \
             it is for has to be allowed to the managing user, too."
                .into(),
        );
    }
    notes
}

/// A policy with those of these actions that the sessions of one dynamic secret need. `None` when they
/// need none of them.
#[must_use]
pub fn missing_of_session(
    partition: &Partition,
    account: &AccountId,
    scope: &SessionScope,
    actions: &BTreeSet<&str>,
) -> Option<String> {
    let scopes = std::slice::from_ref(scope);
    let mut statement = statements(partition, account, scopes);
    statement.extend(optional(account, scopes));
    for one in &mut statement {
        one.action.retain(|action| actions.contains(action));
    }
    statement.retain(|one| !one.action.is_empty());
    (!statement.is_empty()).then(|| text(statement))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PolicyDocument, managing_policy};

    fn role(name: &str, has_tags: bool, is_lease: bool) -> SessionScope {
        let arn = format!("arn:aws:iam::123456789012:role/{name}");
        SessionScope::Role {
            role: RoleArn::parse("r", &arn).unwrap(),
            has_tags,
            is_lease,
        }
    }

    #[test]
    fn sessions_need_their_roles_and_nothing_of_users() {
        let account = AccountId::parse("a", "123456789012").unwrap();
        let scopes = [
            role("b", true, false),
            role("a", false, false),
            role("a", false, false),
            role("old", true, true),
            SessionScope::Federation { has_tags: false },
        ];
        let made = managing_policy::generate(&Partition::aws(), &account, &[], &scopes);
        PolicyDocument::parse("d", &made.document).unwrap();
        let json: serde_json::Value = serde_json::from_str(&made.document).unwrap();
        let statements = json["Statement"].as_array().unwrap();
        let sids: Vec<_> = statements
            .iter()
            .map(|one| one["Sid"].as_str().unwrap())
            .collect();
        assert_eq!(sids, ["AssumeRoles", "TagSessions", "FederationTokens"]);
        let of = |n: usize| statements[n]["Resource"].clone();
        let arn = |name: &str| format!("arn:aws:iam::123456789012:role/{name}");
        assert_eq!(of(0), serde_json::json!([arn("a"), arn("b")]));
        assert_eq!(of(1), serde_json::json!([arn("b")]));
        assert_eq!(
            of(2),
            serde_json::json!(["arn:aws:sts::123456789012:federated-user/lh-*"])
        );
        assert!(!made.document.contains("\"iam:"), "{}", made.document);
    }

    #[test]
    fn cutting_is_optional_and_reaches_only_roles_of_the_own_account() {
        let account = AccountId::parse("a", "123456789012").unwrap();
        let foreign = SessionScope::Role {
            role: RoleArn::parse("r", "arn:aws:iam::999999999999:role/there").unwrap(),
            has_tags: false,
            is_lease: false,
        };
        let user = "arn:aws:iam::123456789012:user/m";
        let document = |scopes: &[SessionScope]| {
            managing_policy::optional(&Partition::aws(), &account, &[], scopes, user)
        };
        let both = document(&[role("here", false, true), foreign.clone()]);
        assert!(
            both.contains("role/here") && !both.contains("there"),
            "{both}"
        );
        assert!(!document(&[foreign]).contains("PutRolePolicy"));
    }
}
