//! What a revoke can do for a session, in words: the same on every screen, in text and in the kit.

use leasehold_domain::{Credential, EndReason, Moment};
use leasehold_store::LeaseRow;

use super::own_role;
use crate::wire::{NeededFor, Preflight, RevokeEffect, Verdict};

/// The two actions that a cut takes.
pub(crate) const CUT: [&str; 2] = ["iam:PutRolePolicy", "iam:DeleteRolePolicy"];

/// What a revoke can do for a lease, as far as it is known: `preflight` is what was last found out of its
/// secret.
pub(crate) fn can_do(row: &LeaseRow, preflight: Option<&Preflight>) -> RevokeEffect {
    if !row.credential.is_session() {
        return RevokeEffect::DeletesUser;
    }
    if why_not(row).is_some() {
        return RevokeEffect::EndsByItself;
    }
    // What AWS denied to this very lease counts most.
    if row.missing_action.is_some() {
        return RevokeEffect::EndsByItself;
    }
    let verdicts = preflight.filter(|found| !found.outdated).map(|found| {
        let about_cut = found.probes.iter().filter(|probe| {
            probe.needed_for == NeededFor::Revoke && CUT.contains(&probe.action.as_str())
        });
        about_cut.map(|probe| probe.verdict).collect::<Vec<_>>()
    });
    match verdicts.as_deref() {
        Some([_, ..])
            if verdicts
                .iter()
                .flatten()
                .all(|one| *one == Verdict::Allowed) =>
        {
            RevokeEffect::DeniesSession
        }
        Some(found) if found.contains(&Verdict::Denied) => RevokeEffect::EndsByItself,
        _ => RevokeEffect::MayDenySession,
    }
}

/// What no policy on its own role reaches.
const NOT_TO: &str = "but not to roles that it assumed";

/// The same in one sentence.
pub(crate) fn note(row: &LeaseRow, effect: RevokeEffect) -> String {
    match effect {
        RevokeEffect::DeletesUser => {
            "Revoking deletes its key at once, and then its user.".to_owned()
        }
        RevokeEffect::DeniesSession => format!(
            "Revoking denies everything to this session from then on, {NOT_TO}. {}",
            by_itself(row)
        ),
        RevokeEffect::MayDenySession => format!(
            "Revoking denies everything to this session, {NOT_TO}, where the managing user may put a policy \
             on its role. {}",
            by_itself(row)
        ),
        RevokeEffect::EndsByItself => {
            let why = why_not(row).unwrap_or_else(|| {
                "The managing user may not put a policy on the role, so that this session cannot be \
                 ended before its time."
                    .to_owned()
            });
            format!("{why} {}", by_itself(row))
        }
    }
}

/// Why AWS is not even asked to end it.
pub(super) fn why_not(row: &LeaseRow) -> Option<String> {
    if row.end_reason == Some(EndReason::IssueFailed) {
        return Some(
            "AWS may have opened a session whose key nobody received; nobody can use it."
                .to_owned(),
        );
    }
    match &row.credential {
        Credential::IamUser => None,
        Credential::FederationToken => Some(
            "A federation token cannot be ended before its time without taking rights from the managing \
             user itself."
                .to_owned(),
        ),
        Credential::AssumedRole { role_arn, .. } => own_role(row).is_none().then(|| {
            format!(
                "The role {role_arn} is in another account than the connection, which can put no policy \
                 on it."
            )
        }),
    }
}

/// "It ends by itself at 2026-11-21T15:23:00Z."
pub(super) fn by_itself(row: &LeaseRow) -> String {
    format!(
        "It ends by itself at {}.",
        Moment::from(row.expires_at).document()
    )
}
