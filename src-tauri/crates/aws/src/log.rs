//! What was asked of AWS and what it said: kept until the engine writes it into its activity.

use std::sync::{Arc, Mutex, PoisonError};

use crate::attempt::Watch;
use crate::client::Call;
use crate::error::AwsError;

/// A log that nobody empties forgets its oldest lines.
const MOST_LINES: usize = 1_000;

/// One call that was answered, or given up. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// The action that was called (`iam:CreateUser`).
    pub action: &'static str,
    /// What it was called on, as far as it is known here (`user/name`, an ARN).
    pub resource: Option<String>,
    /// AWS's error code or a short word for what happened; `None` when AWS did it.
    pub code: Option<String>,
    /// AWS's id of the last try it answered.
    pub request_id: Option<String>,
}

/// The calls of one piece of work, in the order of their answers. Clones share the lines.
#[derive(Debug, Clone, Default)]
pub struct CallLog(Option<Arc<Mutex<Vec<CallRecord>>>>);

impl CallLog {
    /// An empty log that listens. The default one hears nothing.
    #[must_use]
    pub fn listening() -> Self {
        Self(Some(Arc::default()))
    }

    /// The lines so far; they are forgotten here.
    #[must_use]
    pub fn take(&self) -> Vec<CallRecord> {
        let Some(lines) = &self.0 else {
            return Vec::new();
        };
        std::mem::take(&mut *lines.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn note<T>(&self, call: &Call, answer: &Result<T, AwsError>, watch: &Watch) {
        let Some(lines) = &self.0 else {
            return;
        };
        let failed = answer.as_ref().err();
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == MOST_LINES {
            lines.remove(0);
        }
        lines.push(CallRecord {
            action: call.action,
            resource: call.resource.clone(),
            code: failed.map(|error| error.code.clone()),
            request_id: failed
                .and_then(|error| error.request_id.clone())
                .or_else(|| watch.request_id()),
        });
    }
}
