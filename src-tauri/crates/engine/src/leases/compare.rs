//! What AWS shows of a leased user beside what the ledger says of it. Nothing is asked or done here.

use chrono::{DateTime, Utc};
use leasehold_aws::{KeyFacts, UserFacts};
use leasehold_domain::guard::{self, GuardKind};
use leasehold_domain::{InstallationId, Moment};
use leasehold_store::LeaseRow;

use super::end::quarantine;
use crate::sure::Ledger;
use crate::wire::Standing;

/// Everything that AWS lists about one user.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) facts: UserFacts,
    pub(super) keys: Vec<KeyFacts>,
    pub(super) inline: Vec<String>,
    pub(super) managed: Vec<String>,
    pub(super) groups: Vec<String>,
}

/// How long the lease's user has been there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    /// What a list lacks, AWS may only not show yet.
    Young,
    /// What a list lacks is not there.
    Settled,
}

/// One thing that is not as recorded, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) text: String,
    /// A person must look at it.
    pub(super) alarm: bool,
}

impl Finding {
    pub(super) fn alarm(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            alarm: true,
        }
    }

    pub(super) fn note(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            alarm: false,
        }
    }
}

/// What is to be done about what AWS shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Comparison {
    /// What is not undone here.
    pub(super) findings: Vec<Finding>,
    pub(super) quarantined: bool,
    /// An ending of ours was under way in AWS.
    pub(super) cut: bool,
    /// AWS's later expiry, which counts.
    pub(super) later_expiry: Option<DateTime<Utc>>,
    /// Keys nobody here made.
    pub(super) foreign_keys: Vec<String>,
    /// Inline policies nobody here put there.
    pub(super) foreign_policies: Vec<String>,
    /// Inline policies of ours that are not there.
    pub(super) missing: Vec<String>,
    /// Dated guards beside the right one that nobody recorded.
    pub(super) wrong_guards: Vec<String>,
    /// Dated guards beside the right one that a renewal left.
    pub(super) left_guards: Vec<String>,
}

/// Compares them. Path and ARN of the row are AWS's already.
pub(super) fn compare(
    row: &LeaseRow,
    shown: &Shown,
    installation: &InstallationId,
    ledger: Ledger,
    age: Age,
) -> Comparison {
    let mut found = Comparison {
        quarantined: quarantine(&shown.managed).is_some(),
        ..Comparison::default()
    };
    keys(row, shown, age, &mut found);
    inline(row, shown, installation, ledger, &mut found);
    given(row, shown, age, &mut found);
    found
}

fn keys(row: &LeaseRow, shown: &Shown, age: Age, found: &mut Comparison) {
    let ours = row.access_key_id.as_deref();
    let (known, foreign): (Vec<_>, Vec<_>) =
        shown.keys.iter().partition(|key| Some(&*key.id) == ours);
    found.foreign_keys = foreign.into_iter().map(|key| key.id.clone()).collect();
    match (ours, known.first()) {
        (Some(id), Some(key)) if !key.active => found.findings.push(Finding::note(format!(
            "Somebody switched the leased key {id} off; it does not work."
        ))),
        (Some(id), None) if age == Age::Settled => found.findings.push(Finding::note(format!(
            "Somebody deleted the leased key {id}; nothing can be done with this lease any more."
        ))),
        _ => {}
    }
}

fn inline(
    row: &LeaseRow,
    shown: &Shown,
    installation: &InstallationId,
    ledger: Ledger,
    found: &mut Comparison,
) {
    let mut dated = Vec::new();
    for name in &shown.inline {
        match guard::classify(name, installation) {
            GuardKind::SelfProtection => {}
            GuardKind::Cut => found.cut = true,
            GuardKind::Until(moment) => dated.push(moment),
            GuardKind::Document(n) if (1..=row.documents.len()).contains(&n) => {}
            GuardKind::Document(_) | GuardKind::ForeignInstallation | GuardKind::Foreign => {
                found.foreign_policies.push(name.clone());
            }
        }
    }
    found.later_expiry = match ledger {
        Ledger::MayBeBehind => later_expiry(row, &dated),
        Ledger::Sure => None,
    };
    let mut wanted = vec![guard::self_name(installation)];
    // A renewal that is not finished is finished by itself, and puts and takes dated guards.
    if row.pending_expires_at.is_none() || found.later_expiry.is_some() {
        let right = Moment::from(found.later_expiry.unwrap_or(row.expires_at));
        wanted.push(guard::until_name(right, installation));
        for moment in dated.into_iter().filter(|moment| *moment != right) {
            let name = guard::until_name(moment, installation);
            let recorded = row.guards.iter().any(|at| Moment::from(*at) == moment);
            if recorded || found.later_expiry.is_some() {
                found.left_guards.push(name);
            } else {
                found.wrong_guards.push(name);
            }
        }
    }
    wanted.extend((1..=row.documents.len()).map(guard::doc_name));
    wanted.retain(|name| !shown.inline.contains(name));
    found.missing = wanted;
}

/// A renewal that the ledger does not know of leaves a later guard in the place of every recorded
/// one. It counts where it is one that this lease could have been renewed to; the earliest does,
/// as in AWS. A later guard beside a recorded one proves nothing: the earlier date wins in AWS.
pub(super) fn later_expiry(row: &LeaseRow, dated: &[Moment]) -> Option<DateTime<Utc>> {
    let mut recorded = row.guards.iter().copied().chain([row.expires_at]);
    if recorded.any(|at| dated.contains(&Moment::from(at))) {
        return None;
    }
    let earliest = dated.iter().min()?.datetime();
    (earliest > row.expires_at && earliest <= row.max_expires_at).then_some(earliest)
}

fn given(row: &LeaseRow, shown: &Shown, age: Age, found: &mut Comparison) {
    let findings = &mut found.findings;
    if let Some(leak) = quarantine(&shown.managed) {
        findings.push(Finding::alarm(leak));
    }
    for arn in shown.managed.iter().filter(|arn| {
        !row.policy_arns.contains(arn) && quarantine(std::slice::from_ref(arn)).is_none()
    }) {
        findings.push(Finding::alarm(format!(
            "Somebody attached the managed policy {arn}."
        )));
    }
    for group in shown
        .groups
        .iter()
        .filter(|name| !row.groups.contains(name))
    {
        findings.push(Finding::alarm(format!(
            "Somebody put the user into the group `{group}`."
        )));
    }
    if shown.facts.boundary != row.boundary {
        findings.push(Finding::alarm(
            match (&row.boundary, &shown.facts.boundary) {
                (Some(ours), None) => format!("Somebody removed the permission boundary {ours}."),
                (_, other) => format!(
                    "Somebody set the permission boundary {}.",
                    other.as_deref().unwrap_or("of nothing")
                ),
            },
        ));
    }
    if age == Age::Young {
        return;
    }
    for arn in row
        .policy_arns
        .iter()
        .filter(|arn| !shown.managed.contains(arn))
    {
        findings.push(Finding::note(format!(
            "Somebody detached the managed policy {arn}."
        )));
    }
    for group in row
        .groups
        .iter()
        .filter(|name| !shown.groups.contains(name))
    {
        findings.push(Finding::note(format!(
            "Somebody took the user out of the group `{group}`."
        )));
    }
}

impl Comparison {
    /// How the lease stands, once what is to be put right is.
    pub(super) fn standing(&self) -> Standing {
        let put_right = [
            &self.foreign_keys,
            &self.foreign_policies,
            &self.missing,
            &self.wrong_guards,
        ];
        if self.quarantined {
            Standing::Quarantined
        } else if self.later_expiry.is_some() {
            Standing::LedgerBehind
        } else if !self.findings.is_empty() {
            Standing::Drifted
        } else if put_right.iter().any(|list| !list.is_empty()) {
            Standing::PutRight
        } else {
            Standing::Live
        }
    }
}

#[cfg(test)]
mod tests;
