//! Who is calling: from a signed request to an identity with everything that limits it.

use chrono::{DateTime, Utc};

use crate::account::{ACCOUNT_ID, IAM_REGION, sts_arn};
use crate::fault::Fault;
use crate::request::Request;
use crate::sigv4::{Claim, same};
use crate::state::{LastUse, Session, SessionKind, State, User};

/// The kind of credentials behind a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An IAM user's access key.
    User,
    /// Credentials of `GetSessionToken`.
    UserSession,
    /// Credentials of `AssumeRole`.
    RoleSession,
    /// Credentials of `GetFederationToken`.
    Federated,
}

/// An authenticated caller with its policies, copied so that the state stays free to change.
#[derive(Clone)]
pub(crate) struct Caller {
    pub kind: Kind,
    /// The ARN that `GetCallerIdentity` shows and error messages name.
    pub arn: String,
    /// `aws:PrincipalArn`: for a role session the role's own ARN.
    pub principal_arn: String,
    /// The `UserId` of `GetCallerIdentity`, which is `aws:userid`.
    pub user_id: String,
    /// The IAM user behind the call, where there is one.
    pub user_name: Option<String>,
    pub region: String,
    pub token_issued: Option<DateTime<Utc>>,
    pub tags: Vec<(String, String)>,
    pub identity: Vec<Source>,
    pub boundary: Option<Source>,
    pub session: Option<Vec<Source>>,
}

/// A policy document and the name under which the simulator reports it.
#[derive(Clone)]
pub(crate) struct Source {
    pub name: String,
    pub kind: &'static str,
    pub document: String,
}

/// Authenticates a request: key, token, time, region and signature, in AWS's order.
pub(crate) fn authenticate(
    state: &mut State,
    request: &Request,
    service: &'static str,
    now: DateTime<Utc>,
) -> Result<Caller, Fault> {
    let claim = Claim::read(request)?;
    check_scope(&claim, request, service)?;
    let id = claim.access_key_id.as_str();
    let (mut caller, secret) = if let Some(session) = state.sessions.get(id) {
        let given = claim.token.as_deref().unwrap_or_default();
        if !same(given.as_bytes(), session.token.as_bytes()) {
            return Err(Fault::unknown_token());
        }
        let caller = of_session(state, session).ok_or_else(Fault::unknown_token)?;
        if session.expires <= now {
            return Err(Fault::new(
                403,
                "ExpiredToken",
                "The security token included in the request is expired",
            ));
        }
        (caller, session.secret.clone())
    } else {
        let (user, key) = state.key(id).ok_or_else(Fault::unknown_token)?;
        if !key.active || claim.token.is_some() {
            return Err(Fault::unknown_token());
        }
        (of_user(state, user), key.secret.clone())
    };
    claim.check_time(now)?;
    claim.check_signature(request, &secret)?;
    caller.region.clone_from(&claim.region);
    note_use(state, &claim, now);
    Ok(caller)
}

/// IAM has one region per partition; STS has one per endpoint.
fn check_scope(claim: &Claim, request: &Request, service: &'static str) -> Result<(), Fault> {
    if claim.service != service {
        return Err(Fault::signature(format!(
            "Credential should be scoped to correct service: '{service}'. "
        )));
    }
    let host = request.header("host").unwrap_or_default();
    let regional = host
        .strip_prefix("sts.")
        .and_then(|rest| rest.strip_suffix(".amazonaws.com"));
    let wanted = match (service, regional) {
        ("iam", _) => Some(IAM_REGION),
        (_, Some(region)) => Some(region),
        _ if host == "sts.amazonaws.com" => Some(IAM_REGION),
        _ => None,
    };
    let well_formed = !claim.region.is_empty()
        && claim
            .region
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if wanted.is_some_and(|region| region != claim.region) || !well_formed {
        return Err(Fault::signature(format!(
            "Credential should be scoped to a valid region, not '{}'. ",
            claim.region.chars().take(64).collect::<String>()
        )));
    }
    Ok(())
}

/// AWS shows a key's last use with some delay; here it is there at once, and not worth a write.
fn note_use(state: &mut State, claim: &Claim, now: DateTime<Utc>) {
    let keys = state
        .users
        .values_mut()
        .flat_map(|user| user.keys.iter_mut());
    for key in keys.filter(|key| key.id == claim.access_key_id) {
        key.last_used = Some(LastUse {
            at: now,
            region: claim.region.clone(),
            service: claim.service.clone(),
        });
    }
}

/// An IAM user as the caller of its own key.
pub(crate) fn of_user(state: &State, user: &User) -> Caller {
    let mut identity = named(&user.name, "user", &user.inline);
    identity.extend(managed(state, &user.attached));
    for group in user.groups.iter().filter_map(|name| state.groups.get(name)) {
        identity.extend(named(&group.name, "group", &group.inline));
        identity.extend(managed(state, &group.attached));
    }
    Caller {
        kind: Kind::User,
        arn: user.arn(),
        principal_arn: user.arn(),
        user_id: user.id.clone(),
        user_name: Some(user.name.clone()),
        region: IAM_REGION.to_owned(),
        token_issued: None,
        tags: user.tags.clone(),
        identity,
        boundary: user.boundary.as_ref().map(|arn| boundary(state, arn)),
        session: None,
    }
}

/// A role as the caller of a session, before the session's own limits.
pub(crate) fn of_role(state: &State, role: &crate::state::Role, session: &str) -> Caller {
    let mut identity = named(&role.name, "role", &role.inline);
    identity.extend(managed(state, &role.attached));
    Caller {
        kind: Kind::RoleSession,
        arn: sts_arn(&format!("assumed-role/{}/{session}", role.name)),
        principal_arn: role.arn(),
        user_id: format!("{}:{session}", role.id),
        user_name: None,
        region: IAM_REGION.to_owned(),
        token_issued: None,
        tags: role.tags.clone(),
        identity,
        boundary: role.boundary.as_ref().map(|arn| boundary(state, arn)),
        session: None,
    }
}

/// `None` when the user or role behind the session is gone: its credentials die with it.
fn of_session(state: &State, session: &Session) -> Option<Caller> {
    let mut caller = match &session.kind {
        SessionKind::Role { role_id, name } => of_role(state, state.role_by_id(role_id)?, name),
        SessionKind::User { user_id } => Caller {
            kind: Kind::UserSession,
            ..of_user(state, state.user_by_id(user_id)?)
        },
        SessionKind::Federated { user_id, name } => {
            let arn = sts_arn(&format!("federated-user/{name}"));
            Caller {
                kind: Kind::Federated,
                principal_arn: arn.clone(),
                arn,
                user_id: format!("{ACCOUNT_ID}:{name}"),
                user_name: None,
                tags: Vec::new(),
                // "Unless you pass a policy, the federated user has no permissions."
                session: Some(Vec::new()),
                ..of_user(state, state.user_by_id(user_id)?)
            }
        }
    };
    caller.token_issued = Some(session.issued);
    // "The new session tag overrides a tag of the role with the same key."
    let is_new = |key: &str| {
        !session
            .tags
            .iter()
            .any(|(new, _)| new.eq_ignore_ascii_case(key))
    };
    caller.tags.retain(|(key, _)| is_new(key));
    caller.tags.extend(session.tags.iter().cloned());
    if let Some(policies) = &session.policies {
        let source = |document: &String| Source {
            name: "session".to_owned(),
            kind: "IAM Policy",
            document: document.clone(),
        };
        caller.session = Some(policies.iter().map(source).collect());
    }
    Some(caller)
}

fn named(
    owner: &str,
    kind: &'static str,
    inline: &std::collections::BTreeMap<String, String>,
) -> Vec<Source> {
    inline
        .iter()
        .map(|(name, document)| Source {
            name: format!("{kind}_{owner}_{name}"),
            kind: "IAM Policy",
            document: document.clone(),
        })
        .collect()
}

fn managed(state: &State, arns: &[String]) -> Vec<Source> {
    arns.iter()
        .filter_map(|arn| {
            state.managed_document(arn).map(|document| Source {
                name: arn.rsplit('/').next().unwrap_or(arn).to_owned(),
                kind: "IAM Policy",
                document: document.to_owned(),
            })
        })
        .collect()
}

/// A boundary whose policy is gone allows nothing.
fn boundary(state: &State, arn: &str) -> Source {
    Source {
        name: arn.rsplit('/').next().unwrap_or(arn).to_owned(),
        kind: "Permissions Boundary",
        document: state
            .managed_document(arn)
            .unwrap_or(r#"{"Statement":[]}"#)
            .to_owned(),
    }
}
