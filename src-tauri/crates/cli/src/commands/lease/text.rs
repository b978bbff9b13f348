//! Leases as people read them.

use leasehold_domain::Credential;
use leasehold_engine::wire::{
    Cleanup, CleanupStepName, CleanupStepState, LeaseDetail, LeaseView, RevokeReport, Standing,
    State,
};

use crate::commands::reconcile::standing;
use crate::commands::word;
use crate::print::{Cell, Role, expiry, facts, is_over, marked, moment, past, short_expiry, table};

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
            Cell::from(l.id.as_str()),
            Cell::marked(place(l), l.practice),
            Cell::new(Role::of(l), state(l)),
            ends.into(),
            l.user_name.as_str().into(),
            l.label.clone().unwrap_or_default().into(),
        ]
    };
    let head = ["ID", "SECRET", "STATE", "ENDS", "USER", "LABEL"];
    let mut text = table(&head, &[1, 4, 5], leases.iter().map(row).collect());
    let ending: Vec<_> = leases.iter().filter_map(ending_row).collect();
    if !ending.is_empty() {
        text += "\n";
        text += &table(&["ID", "ENDING", "NEXT TRY", "REASON"], &[3, 1], ending);
    }
    let found: Vec<_> = leases.iter().filter_map(found_row).collect();
    if !found.is_empty() {
        text += "\n";
        text += &table(&["ID", "STANDING", "FOUND"], &[2], found);
    }
    text
}

/// How far an ending is and what it waits for; also a renewal that waits.
fn ending_row(lease: &LeaseView) -> Option<Vec<Cell>> {
    let how = match &lease.cleanup {
        Some(cleanup) => ending(lease, cleanup),
        None if lease.ended_at.is_none() && lease.end_asked_at.is_some() => {
            "asked for, not begun".to_owned()
        }
        None if lease.reason.is_some() && lease.ended_at.is_none() => String::new(),
        None => return None,
    };
    Some(vec![
        Cell::marked(&lease.id, lease.practice),
        Cell::new(Role::Ending, how),
        next_try(lease.next_attempt_at).into(),
        Cell::new(Role::Denied, lease.reason.clone().unwrap_or_default()),
    ])
}

/// What a person should look at.
fn found_row(lease: &LeaseView) -> Option<Vec<Cell>> {
    let is_news = lease.standing.is_some_and(|one| one != Standing::Live);
    if lease.ended_at.is_some() || (!is_news && lease.alarm.is_none()) {
        return None;
    }
    let found = match &lease.alarm {
        Some(alarm) => Cell::new(Role::Alarm, format!("ALARM: {alarm}")),
        None => lease.findings.join(" ").into(),
    };
    Some(vec![
        Cell::marked(&lease.id, lease.practice),
        lease.standing.map(standing).unwrap_or_default().into(),
        found,
    ])
}

/// `access cut 14:02, clean-up 3/4, blocked by login profile: needs iam:DeleteLoginProfile`
fn ending(lease: &LeaseView, cleanup: &Cleanup) -> String {
    let access = match lease.cut_at {
        Some(at) => format!("access cut {}", short(at)),
        None => "access still open".to_owned(),
    };
    let mut text = format!("{access}, clean-up {}/{}", cleanup.done, cleanup.total);
    if let Some(blocker) = &cleanup.blocked_by {
        text += &format!(", blocked by {blocker}");
    }
    if let Some(action) = &cleanup.missing_action {
        text += &format!(": needs {action}");
    }
    text
}

/// Each step with where it stands: `key done, attachments failed, guards waiting, user waiting`
fn steps(cleanup: &Cleanup) -> String {
    let step = |step: &leasehold_engine::wire::CleanupStep| {
        let name = match step.step {
            CleanupStepName::Key => "key",
            CleanupStepName::Attachments => "attachments",
            CleanupStepName::Guards => "guards",
            CleanupStepName::User => "user",
        };
        let state = match step.state {
            CleanupStepState::Done => "done",
            CleanupStepState::Next => "next",
            CleanupStepState::Failed => "failed",
            CleanupStepState::Waiting => "waiting",
        };
        format!("{name} {state}")
    };
    cleanup
        .steps
        .iter()
        .map(step)
        .collect::<Vec<_>>()
        .join(", ")
}

/// A lease with its history.
pub fn detail(detail: &LeaseDetail) -> String {
    let lease = &detail.lease;
    let mut rows = vec![
        ("Secret", Cell::marked(place(lease), lease.practice)),
        ("State", Cell::new(Role::of(lease), state(lease))),
        (who(lease), lease.user_name.as_str().into()),
        (
            "Account",
            format!("{} ({})", lease.account_id, lease.connection).into(),
        ),
        ("Asked by", lease.requested_by.as_str().into()),
    ];
    if let Credential::AssumedRole { role_arn, .. } = &lease.credential {
        rows.push(("Role", role_arn.as_str().into()));
    }
    if let (false, Some(note)) = (lease.renewable, &lease.revoke_note) {
        rows.push(("Revoking", note.as_str().into()));
    }
    let ended = lease.ended_at.map(past);
    let asked = lease.end_asked_at.map(past);
    let asked = asked.filter(|_| lease.ended_at.is_none());
    let progress = lease.cleanup.as_ref().map(|cleanup| {
        let (line, steps) = (ending(lease, cleanup), steps(cleanup));
        [line, steps].join("\n").trim_end().to_owned()
    });
    let compared = lease.reconciled_at.map(|at| match lease.standing {
        Some(how) => format!("{}, {}", standing(how), past(at)),
        None => past(at),
    });
    let findings = (!lease.findings.is_empty()).then(|| lease.findings.join("\n"));
    let next = lease.next_attempt_at.map(|at| next_try(Some(at)));
    for (name, text) in [
        ("Access key id", &lease.access_key_id),
        ("Label", &lease.label),
        ("Ended", &ended),
        ("Alarm", &lease.alarm),
        ("Compared", &compared),
        ("Found", &findings),
        ("End asked for", &asked),
        ("Ending", &progress),
        ("Reason", &lease.reason),
        ("What helps", &lease.hint),
        ("Next try", &next),
    ] {
        let role = match name {
            "Alarm" => Some(Role::Alarm),
            "Ending" | "End asked for" => Some(Role::Ending),
            "Reason" => Some(Role::Denied),
            _ => None,
        };
        rows.extend(text.clone().map(|text| {
            let cell = Cell::from(text);
            (name, Cell { role, ..cell })
        }));
    }
    if lease.ended_at.is_none() {
        rows.push(("Ends", expiry(lease).into()));
        if lease.renewable {
            rows.push(("At the latest", moment(lease.max_expires_at).into()));
        }
    }
    for (name, list) in [
        ("Groups", &detail.groups),
        ("Managed policies", &detail.policy_arns),
        ("Inline policies", &detail.inline_policies),
    ] {
        if !list.is_empty() {
            rows.push((name, list.join("\n").into()));
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
pub fn created(
    lease: &LeaseView,
    access_key_id: &str,
    secret: &str,
    token: Option<&str>,
) -> String {
    let usable = match lease.usable_after_ms {
        None => "not tried".to_owned(),
        Some(ms @ 0..1000) => format!("after {ms} ms"),
        Some(ms) => format!("after {:.1} s", f64::from(ms) / 1000.0),
    };
    let mut rows = vec![
        (who(lease), Cell::from(lease.user_name.as_str())),
        ("Account", Cell::marked(&lease.account_id, lease.practice)),
        ("Access key id", access_key_id.into()),
        ("Secret access key", secret.into()),
    ];
    rows.extend(token.map(|token| ("Session token", token.into())));
    rows.push(("Ends", expiry(lease).into()));
    if lease.renewable {
        rows.push(("At the latest", moment(lease.max_expires_at).into()));
    }
    rows.push(("Usable", usable.into()));
    let end = match lease.practice {
        true => "It works in the practice account only, which is not AWS.",
        false if lease.renewable => "At its end AWS denies it by itself.",
        false => "At its end AWS ends it by itself; it cannot be renewed.",
    };
    facts(("LEASE", &lease.id), rows)
        + &format!("\nThe secret access key is shown this once. {end}\n")
}

/// What the name of a lease is of.
fn who(lease: &LeaseView) -> &'static str {
    match lease.credential {
        Credential::IamUser => "User",
        Credential::AssumedRole { .. } | Credential::FederationToken => "Session",
    }
}

/// What is left of a revoke.
pub fn pending(done: &RevokeReport) -> String {
    let mut text = format!("{} confirmed by AWS", done.revoked.len());
    if !done.ended.is_empty() {
        text += &format!(", {} ended by themselves before", done.ended.len());
    }
    if !done.untouched.is_empty() {
        text += &format!(", {} not begun and as they were", done.untouched.len());
    }
    if done.pending.is_empty() {
        return text + ".";
    }
    let rows = done
        .pending
        .iter()
        .map(|p| {
            vec![
                Cell::from(p.id.as_str()),
                Cell::new(Role::Ending, word(&p.state)),
                next_try(p.next_attempt_at).into(),
                Cell::new(Role::Denied, p.reason.clone().unwrap_or_default()),
            ]
        })
        .collect();
    format!(
        "{text}, {} pending and tried again by `leasehold lease watch` or the window:\n{}",
        done.pending.len(),
        table(&["PENDING", "STATE", "NEXT TRY", "REASON"], &[3], rows)
    )
}

/// What a person has taken upon themselves.
pub fn forgotten(lease: &LeaseView) -> String {
    if !lease.renewable {
        return format!(
            "{} is forgotten here. {} {}",
            lease.user_name,
            lease.reason.clone().unwrap_or_default(),
            lease.hint.clone().unwrap_or_default()
        );
    }
    format!(
        "{} is forgotten here. Its user may still be in account {}: delete it there. AWS denies its key \
         from {} on.",
        lease.user_name,
        marked(&lease.account_id, lease.practice),
        moment(lease.expires_at)
    )
}

/// A state in one word, with the clean-up where there is one.
pub fn state(lease: &LeaseView) -> String {
    if lease.state == State::Active && is_over(lease) {
        return "expired".to_owned(); // AWS denies it; the user is still to be removed.
    }
    let state = word(&lease.state);
    if lease.state == State::Active && lease.end_asked_at.is_some() {
        return format!("{state}, to be ended");
    }
    match (&lease.cleanup, &lease.end_reason) {
        (Some(cleanup), _) => format!("{state} {}/{}", cleanup.done, cleanup.total),
        (None, _) if lease.state == State::Expired => "expired (ended by itself)".to_owned(),
        (None, Some(reason)) if lease.ended_at.is_some() => {
            format!("{state} ({})", word(reason).replace('_', " "))
        }
        (None, _) => state,
    }
}

/// `environment:/folder/name (practice)`
pub fn marked_place(lease: &LeaseView) -> String {
    marked(&place(lease), lease.practice)
}

/// `environment:/folder/name`
pub fn place(lease: &LeaseView) -> String {
    let folder = lease.folder.trim_end_matches('/');
    format!("{}:{folder}/{}", lease.environment, lease.secret)
}

/// The time of day of something that happened lately.
fn short(at: chrono::DateTime<chrono::Utc>) -> String {
    moment(at).get(11..16).unwrap_or_default().to_owned()
}

fn next_try(at: Option<chrono::DateTime<chrono::Utc>>) -> String {
    at.map(|at| short_expiry(at, 0)).unwrap_or_default()
}
