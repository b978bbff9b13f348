//! From what the SDK reports to what one can do about it.

use std::error::Error;
use std::io::ErrorKind;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use leasehold_domain::Problem;

use crate::answer::{HEAD, is_clock, is_throttle, is_web_page, request_id};
use crate::attempt::Watch;
use crate::client::Call;
use crate::error::{AwsError, AwsErrorKind, Entity, FailedCall};
use crate::text;

/// The error for a call that failed, with what was seen of its tries.
pub(crate) fn sort<E>(call: &Call, error: &SdkError<E, HttpResponse>, watch: &Watch) -> AwsError
where
    E: ProvideErrorMetadata,
{
    let (kind, code, message, request_id) = match error {
        SdkError::ConstructionFailure(_) => not_sent(),
        SdkError::TimeoutError(_) => timed_out(),
        // The SDK files an unusable endpoint URL here, with the whole request in its text.
        SdkError::DispatchFailure(_) if !watch.was_sent() => not_sent(),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => timed_out(),
        SdkError::DispatchFailure(failure) => {
            let message = unconnected(failure.as_connector_error().and_then(Error::source));
            (
                AwsErrorKind::Unreachable,
                "NoConnection".to_owned(),
                message,
                None,
            )
        }
        SdkError::ResponseError(answer) => from_answer(call, answer.raw(), None, None),
        SdkError::ServiceError(answer) => {
            let said = answer.err();
            from_answer(call, answer.raw(), said.code(), said.message())
        }
        _ => {
            let message = "the call failed in a way unknown here".to_owned();
            (
                AwsErrorKind::Unexpected,
                "Unknown".to_owned(),
                message,
                None,
            )
        }
    };
    FailedCall {
        kind,
        action: call.action,
        resource: call.resource.clone(),
        code: text::token(&code),
        message: text::message(&message),
        request_id,
        maybe_done: watch.maybe_done(),
    }
    .into()
}

/// The error for an answer that came and makes no sense: AWS may have done what was asked.
pub(crate) fn nonsense(call: &Call, why: &str) -> AwsError {
    FailedCall {
        kind: AwsErrorKind::Unexpected,
        action: call.action,
        resource: call.resource.clone(),
        code: "UnexpectedAnswer".to_owned(),
        message: why.to_owned(),
        request_id: None,
        maybe_done: true,
    }
    .into()
}

/// The error for what cannot be made a request of. Nothing was sent.
pub(crate) fn unsendable(call: &Call) -> AwsError {
    let (kind, code, message, request_id) = not_sent();
    FailedCall {
        kind,
        action: call.action,
        resource: call.resource.clone(),
        code,
        message,
        request_id,
        maybe_done: false,
    }
    .into()
}

/// The error for a call that could not be signed. Nothing was sent.
pub(crate) fn without_key(call: &Call, problem: Problem) -> AwsError {
    FailedCall {
        action: call.action,
        resource: call.resource.clone(),
        code: "NoKey".to_owned(),
        message: problem.message.clone(),
        request_id: None,
        maybe_done: false,
        kind: AwsErrorKind::NoKey(problem),
    }
    .into()
}

type Sorted = (AwsErrorKind, String, String, Option<String>);

fn not_sent() -> Sorted {
    let message = "no request can be made of the region, the endpoint URL and what was asked";
    (
        AwsErrorKind::Malformed,
        "NotSent".to_owned(),
        message.to_owned(),
        None,
    )
}

fn timed_out() -> Sorted {
    let message = "no answer came in time".to_owned();
    (
        AwsErrorKind::Unreachable,
        "TimedOut".to_owned(),
        message,
        None,
    )
}

fn from_answer(
    call: &Call,
    answer: &HttpResponse,
    code: Option<&str>,
    message: Option<&str>,
) -> Sorted {
    let status = answer.status().as_u16();
    let request_id = request_id(answer);
    if let Some(code) = code.filter(|code| !code.is_empty()) {
        let message = text::tame(message.unwrap_or_default(), HEAD);
        let kind = by_code(call, code, status, &message);
        return (kind, code.to_owned(), message, request_id);
    }
    let code = format!("HTTP{status}");
    if is_web_page(answer) {
        let message = format!("a web page came back instead of AWS's answer (HTTP {status})");
        return (AwsErrorKind::Unreachable, code, message, request_id);
    }
    let (kind, message) = match status {
        429 => (
            AwsErrorKind::Throttled,
            "too many requests (HTTP 429)".to_owned(),
        ),
        408 | 500.. => (
            AwsErrorKind::Unreachable,
            format!("the answer was HTTP {status}"),
        ),
        200..300 => {
            let message = "an answer came that cannot be read as AWS's".to_owned();
            (AwsErrorKind::Unexpected, message)
        }
        _ => {
            let message = format!("the answer was HTTP {status} without a reason");
            (AwsErrorKind::Unexpected, message)
        }
    };
    (kind, code, message, request_id)
}

/// The table of error codes (IAM API reference "Common Errors" and each operation's own).
fn by_code(call: &Call, code: &str, status: u16, message: &str) -> AwsErrorKind {
    if is_clock(code, message) {
        return AwsErrorKind::Clock;
    }
    if is_throttle(code) {
        return AwsErrorKind::Throttled;
    }
    match code {
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "NotAuthorized"
        | "OptInRequired" => denied(call, message),
        "NoSuchEntity" | "NoSuchEntityException" => {
            AwsErrorKind::NotThere(missing(message).unwrap_or(call.missing))
        }
        "EntityAlreadyExists" | "EntityAlreadyExistsException" => AwsErrorKind::AlreadyThere,
        "ConcurrentModification"
        | "ConcurrentModificationException"
        | "EntityTemporarilyUnmodifiable"
        | "EntityTemporarilyUnmodifiableException" => AwsErrorKind::Concurrent,
        "DeleteConflict" | "DeleteConflictException" => AwsErrorKind::DeleteConflict,
        "LimitExceeded"
        | "LimitExceededException"
        // Session policies, tags and ARNs together, packed as AWS alone knows.
        | "PackedPolicyTooLarge"
        | "PackedPolicyTooLargeException" => AwsErrorKind::Limit,
        "MalformedPolicyDocument"
        | "MalformedPolicyDocumentException"
        | "ValidationError"
        | "InvalidInput"
        | "InvalidInputException"
        | "InvalidParameterValue"
        | "MissingParameter"
        | "PolicyNotAttachable"
        | "PolicyNotAttachableException" => AwsErrorKind::Malformed,
        "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "IncompleteSignature"
        | "InvalidAccessKeyId"
        | "AuthFailure"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "MissingAuthenticationToken" => AwsErrorKind::WrongKey,
        "UnmodifiableEntity" | "UnmodifiableEntityException" => AwsErrorKind::Conflict,
        _ => match status {
            408 | 500.. => AwsErrorKind::Unreachable,
            409 => AwsErrorKind::Conflict,
            429 => AwsErrorKind::Throttled,
            _ => AwsErrorKind::Unexpected,
        },
    }
}

/// "User: ARN is not authorized to perform: ACTION on resource: ARN because …"
fn denied(call: &Call, message: &str) -> AwsErrorKind {
    let word_after = |mark: &str| {
        let rest = message.split_once(mark)?.1.trim_start();
        let word = rest.split(' ').next()?.trim_end_matches(['.', ',']);
        (word.len() <= 1_024).then_some(word)
    };
    let action = word_after("not authorized to perform:").filter(|word| is_action(word));
    let resource = word_after("on resource:").filter(|word| word.starts_with("arn:"));
    AwsErrorKind::Denied {
        action: action.unwrap_or(call.action).to_owned(),
        resource: resource
            .map(str::to_owned)
            .or_else(|| call.resource.clone()),
    }
}

/// `service:Action`, without wildcards: what follows becomes a hint to allow it.
fn is_action(word: &str) -> bool {
    let Some((service, action)) = word.split_once(':') else {
        return false;
    };
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    !service.is_empty() && !action.is_empty() && plain(service) && plain(action)
}

/// What is missing, by how AWS's sentence begins: names in it may contain anything.
fn missing(message: &str) -> Option<Entity> {
    let message = message.trim_start().to_ascii_lowercase();
    let begins = |beginnings: &[&str]| beginnings.iter().any(|b| message.starts_with(b));
    if begins(&[
        "the user policy with name",
        "the policy with name",
        "policy ",
        "scope arn",
    ]) {
        Some(Entity::Policy)
    } else if begins(&["the user with name", "user ", "the user "]) {
        Some(Entity::User)
    } else if begins(&["the group with name", "group ", "the group "]) {
        Some(Entity::Group)
    } else if begins(&["the access key with id", "access key ", "the access key "]) {
        Some(Entity::Key)
    } else {
        None
    }
}

/// Why there was no connection, in words of ours where the cause is a usual one: those of the libraries are
/// about how they are built ("client error (Connect): tcp connect error: …").
fn unconnected(mut cause: Option<&(dyn Error + 'static)>) -> String {
    let mut innermost = None;
    while let Some(error) = cause {
        let said = text::message(&error.to_string());
        if said.starts_with("dns error") {
            return "the endpoint's host name cannot be looked up".to_owned();
        }
        let kind = error
            .downcast_ref::<std::io::Error>()
            .map(std::io::Error::kind);
        if let Some(words) = kind.and_then(words_of) {
            return words.to_owned();
        }
        innermost = Some(said).filter(|said| !said.is_empty()).or(innermost);
        cause = error.source();
    }
    innermost.unwrap_or_else(|| "no reason given".to_owned())
}

fn words_of(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::ConnectionRefused => "the connection was refused",
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => "the connection broke off",
        ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::AddrNotAvailable => "the network does not lead there",
        ErrorKind::TimedOut => "no connection was made in time",
        ErrorKind::PermissionDenied => "this system does not allow the connection",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An error as libraries wrap them.
    #[derive(Debug, thiserror::Error)]
    #[error("{says}")]
    struct Wrapped {
        says: &'static str,
        #[source]
        inner: Box<dyn Error + Send + Sync>,
    }

    fn said(says: &'static str, inner: impl Into<Box<dyn Error + Send + Sync>>) -> String {
        let inner = inner.into();
        unconnected(Some(&Wrapped { says, inner }))
    }

    #[test]
    fn usual_reasons_for_no_connection_are_said_in_words() {
        let refused = std::io::Error::from(ErrorKind::ConnectionRefused);
        assert_eq!(
            said("client error (Connect)", refused),
            "the connection was refused"
        );
        assert_eq!(
            said(
                "client error (Connect)",
                Wrapped {
                    says: "dns error",
                    inner: "failed to lookup".into()
                }
            ),
            "the endpoint's host name cannot be looked up"
        );
    }

    #[test]
    fn another_reason_is_said_as_the_innermost_cause_says_it() {
        let broken = std::io::Error::other("invalid peer certificate: UnknownIssuer");
        assert_eq!(
            said("client error (Connect)", broken),
            "invalid peer certificate: UnknownIssuer"
        );
        assert_eq!(unconnected(None), "no reason given");
    }
}
