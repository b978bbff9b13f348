//! A lease and a dynamic secret as the engine shows them.

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_domain::Credential;
use leasehold_engine::wire::{LeaseView, RevokeEffect, SecretDraft, SecretView, State};

/// A fixed moment.
pub(crate) fn moment() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

/// A dynamic secret of this name, never used.
pub(crate) fn secret(name: &str) -> SecretView {
    SecretView {
        id: format!("id-{name}"),
        draft: SecretDraft {
            name: name.into(),
            environment: "development".into(),
            folder: "/".into(),
            default_ttl: "1h".into(),
            ..SecretDraft::default()
        },
        account_id: "123456789012".into(),
        practice: false,
        created_at: moment(),
        updated_at: moment(),
        deleting: false,
        pinned: false,
        preflight: None,
        open_leases: 0,
        active_leases: 0,
        next_issued_at: None,
        next_expires_at: None,
        clock_offset_ms: 0,
    }
}

/// An active lease of the secret of this name, issued now, for an hour of at most eight.
pub(crate) fn lease(name: &str) -> LeaseView {
    LeaseView {
        id: name.into(),
        secret: name.into(),
        secret_id: Some(format!("id-{name}")),
        environment: "development".into(),
        folder: "/".into(),
        state: State::Active,
        end_reason: None,
        connection: "work".into(),
        practice: false,
        account_id: "123456789012".into(),
        partition: "aws".into(),
        region: "us-east-1".into(),
        credential: Credential::IamUser,
        renewable: true,
        revoke_effect: RevokeEffect::DeletesUser,
        revoke_note: None,
        iam_path: "/leases/".into(),
        user_name: format!("lh-{name}"),
        user_id: Some("AIDAEXAMPLE".into()),
        access_key_id: Some("AKIAEXAMPLE".into()),
        label: None,
        requested_by: "window".into(),
        created_at: moment(),
        issued_at: Some(moment()),
        expires_at: moment() + TimeDelta::hours(1),
        max_expires_at: moment() + TimeDelta::hours(8),
        default_ttl: "1h".into(),
        cut_at: None,
        ended_at: None,
        usable_after_ms: None,
        cleanup: None,
        next_attempt_at: None,
        attempts: 0,
        reason: None,
        hint: None,
        alarm: None,
        kept: false,
        for_command: false,
        abandoned: false,
        end_asked_at: None,
        reconciled_at: None,
        standing: None,
        findings: Vec::new(),
        clock_offset_ms: 0,
    }
}
