//! What an HTTP answer or a broken connection says before anybody asks which call it was.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;

use crate::text;

/// How much of an answer is looked at to tell what it is.
pub(crate) const HEAD: usize = 4_096;

/// Whether an error code throttles.
pub(crate) fn is_throttle(code: &str) -> bool {
    matches!(
        code,
        "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "RequestLimitExceeded"
            | "TooManyRequests"
            | "TooManyRequestsException"
            | "SlowDown"
    )
}

/// Whether an error says that the request was signed at a wrong time.
pub(crate) fn is_clock(code: &str, message: &str) -> bool {
    match code {
        "RequestExpired" | "RequestTimeTooSkewed" | "RequestInTheFuture" => true,
        "SignatureDoesNotMatch" | "InvalidSignatureException" => {
            message.contains("Signature expired") || message.contains("Signature not yet current")
        }
        _ => false,
    }
}

/// Whether this answer throttles: such a request was not executed.
pub(crate) fn is_throttle_answer(answer: &HttpResponse) -> bool {
    match error_code(answer) {
        Some(code) => is_throttle(code),
        None => answer.status().as_u16() == 429,
    }
}

/// Whether this answer refuses the time a request was signed with.
pub(crate) fn is_clock_answer(answer: &HttpResponse) -> bool {
    let body = head(answer);
    error_code(answer).is_some_and(|code| is_clock(code, &String::from_utf8_lossy(body)))
}

/// Whether this answer shows that the request's signature was looked at and its time found right.
pub(crate) fn took_the_time(answer: &HttpResponse) -> bool {
    answer.status().is_success()
        || matches!(
            error_code(answer),
            Some("AccessDenied" | "NoSuchEntity" | "EntityAlreadyExists" | "DeleteConflict")
        )
}

/// Whether a status says that nothing was executed. 408 comes from something on the way.
pub(crate) fn is_refusal(status: u16) -> bool {
    (300..500).contains(&status) && status != 408
}

/// Whether the request provably never left: no connection was made.
pub(crate) fn never_connected(error: &ConnectorError) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error
            .downcast_ref::<hyper_util::client::legacy::Error>()
            .is_some_and(hyper_util::client::legacy::Error::is_connect)
            || error
                .downcast_ref::<std::io::Error>()
                .is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused)
        {
            return true;
        }
        cause = error.source();
    }
    false
}

fn head(answer: &HttpResponse) -> &[u8] {
    let body = answer.body().bytes().unwrap_or_default();
    &body[..body.len().min(HEAD)]
}

/// The text of the answer's `<Code>` element.
fn error_code(answer: &HttpResponse) -> Option<&str> {
    if answer.status().is_success() {
        return None;
    }
    let head = head(answer);
    let valid = head.utf8_chunks().next()?.valid();
    let (_, rest) = valid.split_once("<Code>")?;
    rest.split_once("</Code>").map(|(code, _)| code.trim())
}

/// Whether this is a web page: a captive portal's or a proxy's.
pub(crate) fn is_web_page(answer: &HttpResponse) -> bool {
    let says_so = answer
        .headers()
        .get("content-type")
        .is_some_and(|t| t.contains("text/html"));
    let head = head(answer).to_ascii_lowercase();
    says_so || contains(&head, b"<html") || contains(&head, b"<!doctype html")
}

/// AWS's name for the request.
pub(crate) fn request_id(answer: &HttpResponse) -> Option<String> {
    let id = answer.headers().get("x-amzn-requestid").map(text::token)?;
    (!id.is_empty()).then_some(id)
}

/// Whether `needle` is somewhere in `haystack`.
pub(crate) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}
