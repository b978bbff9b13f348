//! Answers: JSON in Akeyless's shapes, and errors that tell a caller what it needs and no more.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use leasehold_access::door::{Shut, Turned};
use leasehold_domain::{Code, Problem};
use serde::Serialize;
use serde_json::json;
use zeroize::Zeroizing;

/// Something is wrong with a request, or with us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fail {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    pub(crate) retry_after: Option<u64>,
}

impl Fail {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            hint: None,
            retry_after: None,
        }
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// The same for what is not there and for what may not be seen.
    pub(crate) fn no_such_item() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is no such item, or you may not see it.",
        )
    }

    pub(crate) fn locked() -> Self {
        Self::new(
            StatusCode::LOCKED,
            "vault_locked",
            "The vault is locked. Its owner has to unlock the keyring.",
        )
    }

    pub(crate) fn ours() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong here. The owner of this vault can see what.",
        )
    }
}

impl From<Shut> for Fail {
    fn from(shut: Shut) -> Self {
        match shut {
            Shut::Turned(turned) => turned.into(),
            Shut::Fault(problem) => {
                tracing::error!(code = ?problem.code, message = %problem.message, "a call failed");
                Self::ours()
            }
        }
    }
}

impl From<Turned> for Fail {
    fn from(turned: Turned) -> Self {
        let status = StatusCode::from_u16(turned.told.status);
        Self {
            retry_after: turned.wait.map(|wait| wait.as_secs() + 1),
            ..Self::new(
                status.unwrap_or(StatusCode::UNAUTHORIZED),
                turned.told.code,
                turned.told.message,
            )
        }
    }
}

impl From<Problem> for Fail {
    /// What the engine says to a caller who may do what was asked: its own words where they are about the
    /// request, few where they are about this computer.
    fn from(problem: Problem) -> Self {
        let (status, code) = match problem.code {
            Code::InvalidInput | Code::Usage => (StatusCode::BAD_REQUEST, "invalid_input"),
            Code::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Code::Refused | Code::NameTaken | Code::Ambiguous => (StatusCode::CONFLICT, "refused"),
            Code::Busy | Code::Pending | Code::AwsThrottled => {
                (StatusCode::SERVICE_UNAVAILABLE, "try_again")
            }
            Code::KeychainMissing
            | Code::KeychainLocked
            | Code::KeychainNoBus
            | Code::KeychainNoEntry
            | Code::KeychainFailed => return Self::locked(),
            Code::StoreDamaged | Code::StoreTooNew | Code::StoreFailed | Code::Internal => {
                tracing::error!(code = ?problem.code, message = %problem.message, "a call failed");
                return Self::ours();
            }
            // What AWS answers the managing key names accounts, policies and keys of the owner.
            code => {
                tracing::warn!(?code, message = %problem.message, "AWS did not do it");
                return Self::new(
                    StatusCode::BAD_GATEWAY,
                    "aws_refused",
                    "AWS did not do it. The owner of this vault can see why.",
                );
            }
        };
        Self {
            hint: problem.hint,
            ..Self::new(status, code, problem.message)
        }
    }
}

impl IntoResponse for Fail {
    fn into_response(self) -> Response {
        // `error` is the field that Akeyless's clients show; the rest is for programs.
        let body = json!({
            "error": match &self.hint {
                Some(hint) => format!("{} {hint}", self.message),
                None => self.message.clone(),
            },
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
        });
        let mut response = answer(self.status, &body);
        if let Some(seconds) = self.retry_after {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// A JSON answer that nobody keeps.
pub(crate) fn answer(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        // The copy that serialization made is cleared; the one on its way to the socket is hyper's.
        Ok(text) => with_headers(status, Zeroizing::new(text)),
        Err(_) => with_headers(StatusCode::INTERNAL_SERVER_ERROR, Zeroizing::default()),
    }
}

fn with_headers(status: StatusCode, text: Zeroizing<Vec<u8>>) -> Response {
    let mut response = Response::new(Body::from(text.to_vec()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
