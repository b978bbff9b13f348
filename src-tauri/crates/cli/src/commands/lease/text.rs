//! Leases as people read them.

use leasehold_engine::wire::{LeaseDetail, LeaseView, RevokeReport, State};

use crate::commands::word;
use crate::print::{expiry, facts, is_over, moment, past, short_expiry, table};

/// One line a lease; what keeps one from ending stands below.
pub fn list(leases: &[LeaseView]) -> String {
    if leases.is_empty() {
        return "No leases.".to_owned();
    }
    let row = |l: &LeaseView| {
        let ends = match l.ended_at {
            Some(at) => short_expiry(at, 0),
            None => short_expiry(l.expires_at, l.clock_offset_ms),
        };
        vec![
            l.id.clone(),
            place(l),
            state(l),
            ends,
            l.user_name.clone(),
            l.label.clone().unwrap_or_default(),
        ]
    };
    let head = ["ID", "SECRET", "STATE", "ENDS", "USER", "LABEL"];
    let mut text = table(&head, &[1, 4, 5], leases.iter().map(row).collect());
    let stuck: Vec<_> = leases
        .iter()
        .filter_map(|l| {
            Some(vec![
                l.id.clone(),
                next_try(l.next_attempt_at),
                l.reason.clone()?,
            ])
        })
        .collect();
    if !stuck.is_empty() {
        text += "\n";
        text += &table(&["ID", "NEXT TRY", "REASON"], &[2], stuck);
    }
    text
}

/// A lease with its history.
pub fn detail(detail: &LeaseDetail) -> String {
    let lease = &detail.lease;
    let mut rows = vec![
        ("Secret", place(lease)),
        ("State", state(lease)),
        ("User", lease.user_name.clone()),
        (
            "Account",
            format!("{} ({})", lease.account_id, lease.connection),
        ),
        ("Asked by", lease.requested_by.clone()),
    ];
    let ended = lease.ended_at.map(past);
    let next = lease.next_attempt_at.map(|at| next_try(Some(at)));
    for (name, text) in [
        ("Access key id", &lease.access_key_id),
        ("Label", &lease.label),
        ("Ended", &ended),
        ("Alarm", &lease.alarm),
        ("Reason", &lease.reason),
        ("What helps", &lease.hint),
        ("Next try", &next),
    ] {
        rows.extend(text.clone().map(|text| (name, text)));
    }
    if lease.ended_at.is_none() {
        rows.push(("Ends", expiry(lease)));
        rows.push(("At the latest", moment(lease.max_expires_at)));
    }
    for (name, list) in [
        ("Groups", &detail.groups),
        ("Managed policies", &detail.policy_arns),
        ("Inline policies", &detail.inline_policies),
    ] {
        if !list.is_empty() {
            rows.push((name, list.join("\n")));
        }
    }
    let history: Vec<_> = detail
        .events
        .iter()
        .map(|e| vec![moment(e.at), e.kind.clone(), e.text.clone()])
        .collect();
    facts(("LEASE", &lease.id), rows) + "\n" + &table(&["WHEN", "WHAT", "HOW"], &[2], history)
}

/// A new lease with its key.
pub fn created(lease: &LeaseView, access_key_id: &str, secret: &str) -> String {
    let usable = match lease.usable_after_ms {
        None => "not tried".to_owned(),
        Some(ms @ 0..1000) => format!("after {ms} ms"),
        Some(ms) => format!("after {:.1} s", f64::from(ms) / 1000.0),
    };
    let rows = vec![
        ("User", lease.user_name.clone()),
        ("Account", lease.account_id.clone()),
        ("Access key id", access_key_id.to_owned()),
        ("Secret access key", secret.to_owned()),
        ("Ends", expiry(lease)),
        ("At the latest", moment(lease.max_expires_at)),
        ("Usable", usable),
    ];
    facts(("LEASE", &lease.id), rows)
        + "\nThe secret access key is shown this once. At its end AWS denies it by itself.\n"
}

/// What is left of a revoke.
pub fn pending(done: &RevokeReport) -> String {
    let rows = done
        .pending
        .iter()
        .map(|p| {
            vec![
                p.id.clone(),
                word(&p.state),
                next_try(p.next_attempt_at),
                p.reason.clone().unwrap_or_default(),
            ]
        })
        .collect();
    format!(
        "{} confirmed by AWS, {} pending and tried again by `leasehold lease watch` or the \
         window:\n{}",
        done.revoked.len(),
        done.pending.len(),
        table(&["PENDING", "STATE", "NEXT TRY", "REASON"], &[3], rows)
    )
}

/// A state in one word, with the clean-up where there is one.
pub fn state(lease: &LeaseView) -> String {
    if lease.state == State::Active && is_over(lease) {
        return "expired".to_owned(); // AWS denies it; the user is still to be removed.
    }
    let state = word(&lease.state);
    match (&lease.cleanup, &lease.end_reason) {
        (Some(cleanup), _) => format!("{state} {}/{}", cleanup.done, cleanup.total),
        (None, Some(reason)) if lease.ended_at.is_some() => {
            format!("{state} ({})", word(reason).replace('_', " "))
        }
        (None, _) => state,
    }
}

/// `environment:/folder/name`
pub fn place(lease: &LeaseView) -> String {
    let folder = lease.folder.trim_end_matches('/');
    format!("{}:{folder}/{}", lease.environment, lease.secret)
}

fn next_try(at: Option<chrono::DateTime<chrono::Utc>>) -> String {
    at.map(|at| short_expiry(at, 0)).unwrap_or_default()
}
