//! Lines for the activity log: what the parts of the engine say of what they do, and by whom.

use leasehold_aws::CallRecord;
use leasehold_domain::Problem;
use leasehold_store::{ActivityCall, ActivityLine, ConnectionRow, LeaseRow, SecretRow};

use crate::core::Core;
use crate::wire::{ActivityKind, Event, Outcome};

/// Who does what nobody asked for at this moment.
pub(crate) const TIMER: &str = "timer";

/// A line that is to be written.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    kind: ActivityKind,
    outcome: Outcome,
    actor: Option<String>,
    lease_id: Option<String>,
    secret: Option<String>,
    secret_id: Option<String>,
    connection: Option<String>,
    account_id: Option<String>,
    text: String,
    calls: Vec<ActivityCall>,
}

impl Note {
    pub(crate) fn new(kind: ActivityKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            outcome: kind.outcome(),
            actor: None,
            lease_id: None,
            secret: None,
            secret_id: None,
            connection: None,
            account_id: None,
            text: text.into(),
            calls: Vec::new(),
        }
    }

    /// A refusal: its sentence, and the code that programs know it by.
    pub(crate) fn refusal(kind: ActivityKind, problem: &Problem) -> Self {
        let code = serde_json::to_string(&problem.code).unwrap_or_default();
        let text = format!("{} ({})", problem.message, code.trim_matches('"'));
        Self::new(kind, text).went(Outcome::Failed)
    }

    pub(crate) fn went(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// Somebody else than whoever opened the engine.
    pub(crate) fn by(mut self, actor: &str) -> Self {
        self.actor = Some(actor.to_owned());
        self
    }

    pub(crate) fn of_lease(mut self, row: &LeaseRow) -> Self {
        self.lease_id = Some(row.id.clone());
        self.secret = Some(row.secret_name.clone());
        self.secret_id.clone_from(&row.secret_id);
        self.connection = Some(row.connection_name.clone());
        self.account_id = Some(row.account_id.clone());
        self
    }

    pub(crate) fn of_secret(mut self, row: &SecretRow) -> Self {
        self.secret = Some(row.name.clone());
        self.secret_id = Some(row.id.clone());
        self
    }

    /// A connection that is being added is of no account yet.
    pub(crate) fn over(mut self, row: &ConnectionRow) -> Self {
        self.connection = Some(row.name.clone());
        self.account_id = Some(row.account_id.clone()).filter(|account| !account.is_empty());
        self
    }

    pub(crate) fn calls(mut self, calls: Vec<CallRecord>) -> Self {
        self.calls.extend(calls.into_iter().map(stored));
        self
    }

    pub(crate) fn stored_calls(mut self, calls: &[ActivityCall]) -> Self {
        self.calls.extend_from_slice(calls);
        self
    }
}

pub(crate) fn stored(call: CallRecord) -> ActivityCall {
    ActivityCall {
        action: call.action.to_owned(),
        resource: call.resource,
        code: call.code,
        request_id: call.request_id,
    }
}

impl Core {
    /// The line as it is stored, to be written together with the change it tells of.
    pub(crate) fn line(&self, note: Note) -> ActivityLine {
        ActivityLine {
            at: self.clock.now(),
            kind: note.kind.as_str().to_owned(),
            actor: note.actor.unwrap_or_else(|| self.requester.clone()),
            outcome: note.outcome.as_str().to_owned(),
            lease_id: note.lease_id,
            secret: note.secret,
            secret_id: note.secret_id,
            connection: note.connection,
            account_id: note.account_id,
            text: note.text,
            calls: note.calls,
        }
    }

    /// Writes a line that stands for itself.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub(crate) fn note(&self, note: Note) -> Result<(), Problem> {
        self.store.activity().add(&self.line(note))?;
        self.activity_grew();
        Ok(())
    }

    /// The same for what happened already and is not undone for want of a line.
    pub(crate) fn note_after(&self, note: Note) {
        let (kind, lease) = (note.kind.as_str(), note.lease_id.clone());
        if let Err(problem) = self.note(note) {
            tracing::error!(kind, lease, %problem, "not in the activity log");
        }
    }

    /// Tells that lines were added: once, until somebody has looked at the log.
    pub(crate) fn activity_grew(&self) {
        if self
            .activity_seen
            .swap(false, std::sync::atomic::Ordering::AcqRel)
        {
            self.events.tell(Event::ActivityChanged);
        }
    }
}
