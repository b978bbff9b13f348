//! A stored lease as the shells see it.

use std::cmp::Ordering;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_domain::{LeaseState, Moment, Ttl, guard};
use leasehold_store::{ActivityRow, LeaseRow};

use super::session;
use crate::core::Core;
use crate::wire::{
    ActivityKind, Cleanup, CleanupStep, CleanupStepName, CleanupStepState, EndReason, LeaseDetail,
    LeaseEvent, LeaseView, RevokeEffect, Standing,
};

pub(crate) fn lease(core: &Core, row: &LeaseRow) -> LeaseView {
    lease_at(core, row, core.offset_over(&row.connection_id))
}

/// The same where the offset of AWS's clock is at hand.
pub(crate) fn lease_at(core: &Core, row: &LeaseRow, offset: TimeDelta) -> LeaseView {
    let ending = matches!(row.state, LeaseState::Revoking | LeaseState::AccessCut);
    let open = matches!(row.state, LeaseState::Issuing | LeaseState::Active);
    let revoke_effect = revoke_effect(core, row);
    LeaseView {
        id: row.id.clone(),
        secret: row.secret_name.clone(),
        secret_id: row.secret_id.clone(),
        environment: row.environment.clone(),
        folder: row.folder.clone(),
        state: row.state.into(),
        end_reason: row.end_reason.map(EndReason::from),
        connection: row.connection_name.clone(),
        practice: row.practice,
        account_id: row.account_id.clone(),
        partition: row.partition.clone(),
        region: row.region.clone(),
        credential: row.credential.clone(),
        renewable: !row.credential.is_session(),
        revoke_effect,
        revoke_note: row
            .state
            .is_open()
            .then(|| session::note(row, revoke_effect)),
        iam_path: row.iam_path.clone(),
        user_name: row.user_name.clone(),
        user_id: row.user_id.clone(),
        access_key_id: row.access_key_id.clone(),
        label: row.label.clone(),
        requested_by: row.requested_by.clone(),
        created_at: row.created_at,
        issued_at: row.issued_at,
        expires_at: row.expires_at,
        max_expires_at: row.max_expires_at,
        default_ttl: Ttl::from_secs(row.default_ttl_s).to_string(),
        cut_at: row.cut_at,
        ended_at: row.ended_at,
        usable_after_ms: row.usable_after_ms,
        cleanup: ending.then(|| cleanup(row)),
        next_attempt_at: row.next_attempt_at,
        attempts: row.attempts,
        reason: row.reason.clone(),
        hint: row.hint.clone(),
        alarm: row.alarm.clone(),
        kept: row.kept,
        end_asked_at: row.end_asked_at.filter(|_| open),
        for_command: row.owner.is_some(),
        abandoned: super::owned::is_abandoned(core, row),
        reconciled_at: row.reconciled_at,
        standing: row.standing.as_deref().and_then(Standing::parse),
        findings: row.findings.clone(),
        clock_offset_ms: offset.num_milliseconds(),
    }
}

/// What was found out of the secret counts as long as it is there; of an ended lease nobody asks.
fn revoke_effect(core: &Core, row: &LeaseRow) -> RevokeEffect {
    let is_asked = row.credential.is_session() && row.state.is_open();
    let preflight = row
        .secret_id
        .as_deref()
        .filter(|_| is_asked)
        .and_then(|id| crate::preflight::of_secret(core, id));
    session::can_do(row, preflight.as_ref())
}

/// How far an ending is, each step by itself: what AWS confirmed, what the last try failed at, and
/// what comes after it.
fn cleanup(row: &LeaseRow) -> Cleanup {
    use CleanupStepName::{Attachments, Guards, Key, User};
    // Access can be cut before the first step is whole: its lists may have failed.
    let is_cut = row.state == LeaseState::AccessCut;
    let done = row.step.max(u32::from(is_cut));
    let has_failed = row.attempts > 0 && row.reason.is_some();
    let steps: &[CleanupStepName] = match row.credential.is_session() {
        true => &[Key, Guards],
        false => &[Key, Attachments, Guards, User],
    };
    let steps = steps.iter().copied().zip(0..);
    let steps = steps.map(|(step, number)| CleanupStep {
        step,
        state: match number.cmp(&done) {
            Ordering::Less => CleanupStepState::Done,
            Ordering::Equal if has_failed => CleanupStepState::Failed,
            Ordering::Equal => CleanupStepState::Next,
            Ordering::Greater => CleanupStepState::Waiting,
        },
    });
    Cleanup {
        done,
        total: row.total_steps,
        steps: steps.collect(),
        blocked_by: row.blocked_by.clone(),
        missing_action: row.missing_action.clone(),
    }
}

pub(super) fn detail(
    core: &Core,
    row: &LeaseRow,
) -> Result<LeaseDetail, leasehold_domain::Problem> {
    let mut history = History::default();
    let leases = core.store.leases();
    leases.each_event(&row.id, |line| history.add(line))?;
    let installation = &core.installation;
    let mut inline_policies = Vec::new();
    if row.credential.is_session() {
        inline_policies.extend(row.cut_policy.clone());
        return Ok(shown(core, row, history, inline_policies));
    }
    inline_policies.push(guard::self_name(installation));
    inline_policies.extend(
        row.guards
            .iter()
            .map(|moment| guard::until_name(Moment::from(*moment), installation)),
    );
    inline_policies.extend((1..=row.documents.len()).map(guard::doc_name));
    Ok(shown(core, row, history, inline_policies))
}

fn shown(
    core: &Core,
    row: &LeaseRow,
    history: History,
    inline_policies: Vec<String>,
) -> LeaseDetail {
    LeaseDetail {
        lease: lease(core, row),
        events: history.events(),
        policy_arns: row.policy_arns.clone(),
        groups: row.groups.clone(),
        inline_policies,
        permission_boundary: row.boundary.clone(),
    }
}

/// A lease's history as a person reads it: without the mere calls and the asking for another try, and
/// the same words many times in a row told once.
#[derive(Default)]
struct History {
    events: Vec<LeaseEvent>,
    /// How often the newest of them came in a row, and when last.
    repeated: Option<(u32, DateTime<Utc>)>,
}

impl History {
    fn add(&mut self, line: ActivityRow) {
        let line = line.line;
        let Some(kind) = line.kind.strip_prefix("lease.") else {
            return;
        };
        let left_out = [ActivityKind::Calls, ActivityKind::RetryAsked];
        if left_out.iter().any(|one| one.as_str() == line.kind) {
            return;
        }
        let newest = self.events.last();
        if newest.is_some_and(|event| event.kind == kind && event.text == line.text) {
            let (times, _) = self.repeated.unwrap_or((1, line.at));
            self.repeated = Some((times + 1, line.at));
            return;
        }
        self.tell_repetition();
        self.events.push(LeaseEvent {
            at: line.at,
            kind: kind.to_owned(),
            text: line.text,
        });
    }

    fn tell_repetition(&mut self) {
        if let (Some((times, last)), Some(event)) = (self.repeated.take(), self.events.last_mut()) {
            let last = Moment::from(last).document();
            event.text = format!("{} ({times} times, the last at {last})", event.text);
        }
    }

    fn events(mut self) -> Vec<LeaseEvent> {
        self.tell_repetition();
        self.events
    }
}
