//! What an answer proves, and what it does not.

use leasehold_aws::{AwsError, AwsErrorKind};
use leasehold_domain::Problem;

use crate::wire::Verdict;

/// What is known of a question, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) verdict: Verdict,
    pub(super) note: String,
}

impl Answer {
    pub(super) fn allowed(note: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Allowed,
            note: note.into(),
        }
    }

    pub(super) fn denied(note: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Denied,
            note: note.into(),
        }
    }

    pub(super) fn unknown(note: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Unknown,
            note: note.into(),
        }
    }
}

/// The answer to a call that was made to find something out.
///
/// AWS authenticates a request, authorizes it, and only then carries it out ("How IAM works", IAM User
/// Guide). So an error that speaks of what exists (`NoSuchEntity`, `EntityAlreadyExists`, a quota, a
/// conflict) comes after the permission was found. Whether the request is well-formed is looked at
/// before or after, which nobody documents: such an error proves nothing.
///
/// `why_not` says why a denial proves nothing, where AWS was asked about something else than a lease's
/// own user.
///
/// # Errors
/// The account cannot be asked at all: nothing can be said of any action.
pub(super) fn judge(
    answer: Result<(), AwsError>,
    asked: &str,
    why_not: Option<&str>,
) -> Result<Answer, Problem> {
    let error = match answer {
        Ok(()) => return Ok(Answer::allowed(format!("AWS answered {asked}."))),
        Err(error) => error,
    };
    Ok(match &error.kind {
        AwsErrorKind::Denied { .. } => match why_not {
            None => Answer::denied(format!("AWS denied {asked}.")),
            Some(why) => {
                Answer::unknown(format!("AWS denied {asked}, which proves nothing: {why}"))
            }
        },
        AwsErrorKind::NotThere(_)
        | AwsErrorKind::AlreadyThere
        | AwsErrorKind::Conflict
        | AwsErrorKind::Concurrent
        | AwsErrorKind::DeleteConflict
        | AwsErrorKind::Limit => Answer::allowed(format!(
            "AWS allowed {asked} and then found nothing to do ({}).",
            error.code
        )),
        AwsErrorKind::Throttled => {
            Answer::unknown("AWS throttles this account's calls now; ask again later.")
        }
        AwsErrorKind::Malformed | AwsErrorKind::Unexpected => Answer::unknown(format!(
            "AWS answered {asked} with {}, which proves nothing.",
            error.code
        )),
        AwsErrorKind::Unreachable
        | AwsErrorKind::WrongKey
        | AwsErrorKind::NoKey(_)
        | AwsErrorKind::Clock => {
            return Err(Problem::from(error));
        }
    })
}

/// The answer to all of them together: as bad as the worst.
pub(super) fn worst(answers: &[&Answer]) -> Answer {
    let rank = |answer: &&&Answer| match answer.verdict {
        Verdict::Denied => 2,
        Verdict::Unknown => 1,
        Verdict::Allowed | Verdict::NotPossible => 0,
    };
    match answers.iter().max_by_key(rank) {
        Some(answer) => (*answer).clone(),
        None => Answer::unknown("It was not asked."),
    }
}
