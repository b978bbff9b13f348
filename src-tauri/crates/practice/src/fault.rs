//! Refusals as AWS words them: status, code and message of an `ErrorResponse`.

/// A refusal on its way to becoming an `ErrorResponse`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub status: u16,
    pub code: &'static str,
    pub message: String,
}

impl Fault {
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    pub fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationError", message)
    }

    /// The form in which the query protocol reports a broken constraint of its model.
    pub fn constraint(value: &str, field: &str, rule: impl std::fmt::Display) -> Self {
        Self::validation(format!(
            "1 validation error detected: Value '{}' at '{field}' failed to satisfy constraint: {rule}",
            clip(value)
        ))
    }

    pub fn missing(field: &str) -> Self {
        Self::validation(format!(
            "1 validation error detected: Value null at '{field}' failed to satisfy constraint: \
             Member must not be null"
        ))
    }

    pub fn not_there(message: impl Into<String>) -> Self {
        Self::new(404, "NoSuchEntity", message)
    }

    /// `kind` as in "The user with name X cannot be found."
    pub fn no_name(kind: &str, name: &str) -> Self {
        Self::not_there(format!(
            "The {kind} with name {} cannot be found.",
            clip(name)
        ))
    }

    pub fn no_key(id: &str) -> Self {
        Self::not_there(format!(
            "The Access Key with id {} cannot be found.",
            clip(id)
        ))
    }

    pub fn already(kind: &str, name: &str) -> Self {
        Self::new(
            409,
            "EntityAlreadyExists",
            format!("{kind} with name {} already exists.", clip(name)),
        )
    }

    pub fn delete_conflict(what: &str) -> Self {
        Self::new(
            409,
            "DeleteConflict",
            format!("Cannot delete entity, {what} first."),
        )
    }

    pub fn limit(message: impl Into<String>) -> Self {
        Self::new(409, "LimitExceeded", message)
    }

    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(400, "MalformedPolicyDocument", message)
    }

    pub fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidInput", message)
    }

    pub fn denied(message: impl Into<String>) -> Self {
        Self::new(403, "AccessDenied", message)
    }

    pub fn unknown_token() -> Self {
        Self::new(
            403,
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
        )
    }

    pub fn signature(message: impl Into<String>) -> Self {
        Self::new(403, "SignatureDoesNotMatch", message)
    }

    pub fn incomplete_signature(message: impl Into<String>) -> Self {
        Self::new(400, "IncompleteSignature", message)
    }

    /// A failure of ours, not the caller's.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "ServiceFailure", message)
    }
}

/// A caller's text, short enough to be repeated in a message.
fn clip(text: &str) -> String {
    const LONGEST: usize = 512;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain("…".chars()).collect()
}
