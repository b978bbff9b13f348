//! The sixth part of a caller's ARN: which kinds there are, and what STS shows of them.

use crate::suggest::clip;
use crate::{Problem, is_glob};

/// What an IAM Identity Center role is called, before the name of the permission set.
const SSO: &str = "AWSReservedSSO_";

/// The service that names such resources, if any does for a caller.
pub(super) fn service_of(resource: &str) -> Option<&'static str> {
    match resource.split('/').next().unwrap_or_default() {
        "role" | "user" | "root" => Some("iam"),
        "assumed-role" | "federated-user" => Some("sts"),
        _ => None,
    }
}

/// Refuses what no caller is ever called.
pub(super) fn check(
    field: &str,
    partition: &str,
    service: &str,
    account: &str,
    resource: &str,
) -> Result<(), Problem> {
    let shown = clip(
        &format!("arn:{partition}:{service}::{account}:{resource}"),
        100,
    );
    let refuse = |rule: String, fix: String| Err(Problem::refused_input(field, rule, fix));
    let (kind, rest) = resource.split_once('/').unwrap_or((resource, ""));
    if let Some(right) = service_of(resource).filter(|right| *right != service) {
        return refuse(
            format!("`{shown}` can never match: what is called {kind} belongs to {right}."),
            format!(
                "Write arn:{partition}:{right}::{account}:{}.",
                clip(resource, 200)
            ),
        );
    }
    if !matches!(service, "iam" | "sts") {
        return refuse(
            format!("`{shown}` is not an ARN of a caller: those belong to iam or sts."),
            "Write iam for users and roles, sts for sessions of roles; without wildcards.".into(),
        );
    }
    if is_glob(kind) {
        return Ok(());
    }
    let begin = format!("arn:{partition}:{service}::{account}:");
    match kind {
        "root" if rest.is_empty() && !resource.contains('/') => Ok(()),
        "root" => refuse(
            format!("`{shown}` has something after root."),
            format!("Write {begin}root."),
        ),
        "user" | "federated-user" | "role" | "assumed-role" if rest.is_empty() => refuse(
            format!("`{shown}` names nobody."),
            format!("Write a name after {kind}/, or * for all."),
        ),
        "role" => role(field, &shown, &begin, rest),
        "assumed-role" => session(field, &shown, &begin, rest),
        "user" | "federated-user" => Ok(()),
        other => refuse(
            format!(
                "`{shown}` is the ARN of a {}, which never calls.",
                clip(other, 24)
            ),
            "Write the ARN of a role, of a role's session or of a user.".into(),
        ),
    }
}

/// Callers show which role they took, never the role's path.
fn role(field: &str, shown: &str, begin: &str, rest: &str) -> Result<(), Problem> {
    let Some((path, name)) = rest.rsplit_once('/') else {
        return Ok(());
    };
    let rule = format!(
        "`{shown}` has a role's path, and STS does not tell the path of the role that a caller took."
    );
    let fix = if let Some(set) = permission_set(name) {
        format!(
            "Write arn:{}:assumed-role/{SSO}{set}_*/*: the name of a single sign-on role ends in \
             digits that change when it is made anew.",
            begin
                .trim_start_matches("arn:")
                .trim_end_matches(':')
                .replacen(":iam:", ":sts:", 1)
        )
    } else if path.starts_with("aws-reserved") {
        format!("Write {begin}role/{SSO}* for the single sign-on roles of the account.")
    } else if name.is_empty() || is_glob(name) {
        "Name the roles without their path, by a common beginning of their names such as \
         role/team-*, or list them in the role names."
            .into()
    } else {
        format!(
            "Write {begin}role/{}; a role's name exists once in an account, whatever its path.",
            clip(name, 64)
        )
    };
    Err(Problem::refused_input(field, rule, fix))
}

/// A session of a role is the role's name, a slash, and the session's name.
fn session(field: &str, shown: &str, begin: &str, rest: &str) -> Result<(), Problem> {
    let slashes = rest.matches('/').count();
    if slashes == 0 && !rest.contains('*') {
        return Err(Problem::refused_input(
            field,
            format!("`{shown}` names no session, and can never match."),
            format!(
                "Write {begin}assumed-role/{}/* for every session of the role.",
                clip(rest, 64)
            ),
        ));
    }
    if rest.ends_with('/') {
        return Err(Problem::refused_input(
            field,
            format!("`{shown}` ends before the session's name."),
            format!("Write {begin}assumed-role/{}*.", clip(rest, 64)),
        ));
    }
    if slashes > 1 {
        let mut last = rest.rsplit('/');
        let session = last.next().unwrap_or_default();
        let name = last.next().unwrap_or_default();
        return Err(Problem::refused_input(
            field,
            format!(
                "`{shown}` has a role's path, and STS does not tell the path of the role that a caller \
                 took."
            ),
            format!(
                "Write {begin}assumed-role/{}/{}.",
                clip(name, 64),
                clip(session, 64)
            ),
        ));
    }
    Ok(())
}

/// What may surprise about a valid one.
pub(super) fn notice(whole: &str, resource: &str) -> Option<String> {
    let (kind, rest) = resource.split_once('/').unwrap_or((resource, ""));
    let name = rest.split('/').next().unwrap_or_default();
    if let Some(set) = permission_set(name) {
        return Some(format!(
            "The digits at the end of {name} change when the permission set is assigned anew; \
             {SSO}{set}_* goes on matching."
        ));
    }
    match kind {
        "root" => Some(format!("{whole} admits the root user of the account.")),
        "assumed-role" if rest.contains('/') && !rest.ends_with("/*") => Some(format!(
            "{whole} bounds the session's name, which whoever may assume the role chooses. It proves \
             something only where AWS chooses it, as for EC2."
        )),
        "assumed-role" if !rest.contains('/') && goes_on_after_a_star(rest) => Some(format!(
            "{whole} is also met by the name of a session alone, since * matches slashes too, and \
             whoever may assume some role chooses that name. Write {}/* to bind the role's name.",
            whole.trim_end_matches('*')
        )),
        _ if is_glob(kind) && whole.contains(":sts:") && goes_on_after_a_star(resource) => {
            Some(format!(
                "{whole} is also met by the name of a session alone, which whoever may assume some role \
                 chooses. Write assumed-role/, the role's name and /* after the account."
            ))
        }
        _ => None,
    }
}

/// A pattern of which something else than wildcards stands behind a `*`.
fn goes_on_after_a_star(pattern: &str) -> bool {
    pattern
        .split_once('*')
        .is_some_and(|(_, rest)| rest.chars().any(|c| !matches!(c, '*' | '?')))
}

/// The name of the permission set inside `AWSReservedSSO_<name>_<16 hexadecimal digits>`.
fn permission_set(name: &str) -> Option<&str> {
    let (set, hash) = name.strip_prefix(SSO)?.rsplit_once('_')?;
    let is_hash = hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    (is_hash && !set.is_empty()).then_some(set)
}
