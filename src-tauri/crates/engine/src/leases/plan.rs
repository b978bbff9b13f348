//! What is written down before AWS is asked: a snapshot of all that the lease is made of.

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_domain::recipe::{Makes, Recipe};
use leasehold_domain::{Credential, LeaseState};
use leasehold_store::{ConnectionKind, ConnectionRow, LeaseRow, SecretRow};

use crate::core::Core;

/// The row of a lease that is about to be issued, with the name of its user or session. Times are guesses
/// until AWS says when it made it.
pub(super) fn plan(
    core: &Core,
    secret: &SecretRow,
    connection: &ConnectionRow,
    recipe: &Recipe,
    name: &str,
) -> LeaseRow {
    let now = core.clock.now();
    let aws_now = core.aws_now(connection);
    let row = LeaseRow {
        secret_id: Some(secret.id.clone()),
        secret_name: secret.name.clone(),
        environment: secret.environment.clone(),
        folder: secret.folder.clone(),
        connection_id: connection.id.clone(),
        connection_name: connection.name.clone(),
        practice: connection.kind == ConnectionKind::Practice,
        account_id: connection.account_id.clone(),
        partition: connection.partition.clone(),
        region: secret.region.clone(),
        user_name: name.to_owned(),
        policy_arns: secret.policy_arns.clone(),
        documents: secret.documents.clone(),
        tags: secret.tags.clone(),
        default_ttl_s: secret.default_ttl_s,
        ttl_s: secret.default_ttl_s,
        max_ttl_s: secret.max_ttl_s,
        requested_by: core.requester.clone(),
        installation: core.installation.as_str().to_owned(),
        expires_at: aws_now,
        max_expires_at: aws_now + recipe.max_ttl.as_delta(),
        credential: secret.credential.clone(),
        ..bare(now)
    };
    let partition = &connection.partition;
    match &recipe.makes {
        Makes::User(user) => LeaseRow {
            iam_path: user.iam_path.as_str().to_owned(),
            user_arn: format!(
                "arn:{partition}:iam::{}:user{}{name}",
                connection.account_id,
                user.iam_path.as_str()
            ),
            boundary: secret.boundary.clone(),
            groups: secret.groups.clone(),
            documents: user
                .documents
                .iter()
                .map(|doc| doc.compact().to_owned())
                .collect(),
            ..row
        },
        Makes::Role(role) => LeaseRow {
            iam_path: String::new(),
            user_arn: format!(
                "arn:{partition}:sts::{}:assumed-role/{}/{name}",
                role.role.account(),
                role.role.name()
            ),
            total_steps: super::session::STEPS,
            ..row
        },
        Makes::Federation(_) => LeaseRow {
            iam_path: String::new(),
            user_arn: format!(
                "arn:{partition}:sts::{}:federated-user/{name}",
                connection.account_id
            ),
            total_steps: super::session::STEPS,
            ..row
        },
    }
}

/// A row about which nothing is known yet but when it was recorded.
pub(crate) fn bare(now: DateTime<Utc>) -> LeaseRow {
    LeaseRow {
        id: uuid::Uuid::new_v4().to_string(),
        secret_id: None,
        secret_name: String::new(),
        environment: String::new(),
        folder: "/".to_owned(),
        connection_id: String::new(),
        connection_name: String::new(),
        practice: false,
        account_id: String::new(),
        partition: String::new(),
        region: String::new(),
        iam_path: "/".to_owned(),
        user_name: String::new(),
        user_arn: String::new(),
        user_id: None,
        access_key_id: None,
        boundary: None,
        groups: Vec::new(),
        policy_arns: Vec::new(),
        documents: Vec::new(),
        tags: Vec::new(),
        default_ttl_s: 0,
        ttl_s: 0,
        max_ttl_s: 0,
        label: None,
        requested_by: String::new(),
        installation: String::new(),
        guards: Vec::new(),
        state: LeaseState::Issuing,
        end_reason: None,
        created_at: now,
        issued_at: None,
        expires_at: now,
        max_expires_at: now,
        pending_expires_at: None,
        cut_at: None,
        ended_at: None,
        usable_after_ms: None,
        step: 0,
        total_steps: super::end::STEPS,
        blocked_by: None,
        next_attempt_at: None,
        recheck_at: None,
        attempts: 0,
        reason: None,
        hint: None,
        alarm: None,
        notified_minutes: Vec::new(),
        kept: false,
        end_asked_at: None,
        missing_action: None,
        reconciled_at: None,
        standing: None,
        findings: Vec::new(),
        owner: None,
        credential: Credential::IamUser,
        cut_policy: None,
        generation: 0,
    }
}

/// Seconds of a stored TTL; the domain keeps them under ten years.
pub(crate) fn seconds(secs: u64) -> TimeDelta {
    i64::try_from(secs)
        .ok()
        .and_then(TimeDelta::try_seconds)
        .unwrap_or(TimeDelta::MAX)
}
