//! What is looked at before anything else: where a request says it goes, that no web page sent it, that it
//! is JSON of a bounded size that arrives in time.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, ORIGIN, TRANSFER_ENCODING,
    UPGRADE,
};
use axum::http::{HeaderMap, Method, StatusCode, Version};
use http_body_util::{BodyExt as _, Limited};

use crate::answer::Fail;
use crate::routes::container::ROOT;

/// A cloud identity has at most 16 KiB; nothing else comes near.
pub(crate) const MAX_BODY: usize = 64 * 1024;
pub(crate) const BODY_TIME: Duration = Duration::from_secs(10);
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// The names that callers may know the gateway by.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    allowed: Vec<String>,
}

impl Names {
    /// This computer's own names and those given. Ports do not count: a forwarded port is another one, and
    /// a page that gets another site's name to lead here brings that name.
    pub(crate) fn new(more: impl IntoIterator<Item = String>) -> Self {
        let own = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned);
        let more = more.into_iter().map(|name| name.to_ascii_lowercase());
        Self {
            allowed: own.into_iter().chain(more).collect(),
        }
    }

    fn admit(&self, authority: &str) -> bool {
        let host = match authority.rsplit_once(':') {
            Some((host, port))
                if !port.is_empty()
                    && port.len() <= 5
                    && port.bytes().all(|b| b.is_ascii_digit()) =>
            {
                host
            }
            _ => authority,
        };
        let host = host.to_ascii_lowercase();
        self.allowed.contains(&host)
    }
}

/// Reads the body of a request in which nothing is wrong.
pub(crate) async fn pass(names: &Names, request: Request) -> Result<(Request, Bytes), Fail> {
    let (head, body) = request.into_parts();
    check_place(names, &head.uri, head.version, &head.headers)?;
    check_sender(&head.headers)?;
    // AWS's clients read their credentials; whoever else reads means something else.
    let is_read = head.method == Method::GET && head.uri.path().starts_with(ROOT);
    if is_read {
        check_no_body(&head.headers)?;
        return Ok((Request::from_parts(head, Body::empty()), Bytes::new()));
    }
    if head.method != Method::POST {
        return Err(Fail::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "Every call is a POST.",
        ));
    }
    check_form(&head.headers)?;
    let body = read(body).await?;
    Ok((Request::from_parts(head, Body::empty()), body))
}

fn check_place(
    names: &Names,
    uri: &axum::http::Uri,
    version: Version,
    headers: &HeaderMap,
) -> Result<(), Fail> {
    if !matches!(version, Version::HTTP_11 | Version::HTTP_10) {
        return Err(Fail::bad("HTTP/1.1 is spoken here."));
    }
    let mut hosts = headers.get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok(),
        _ => None,
    };
    // A request for a whole URL names its host a second time.
    let is_whole = uri.scheme().is_some() || uri.authority().is_some();
    if is_whole || !host.is_some_and(|host| names.admit(host)) {
        let hint = "Its owner adds the names that it is called by (`gateway serve --name`).";
        return Err(Fail {
            hint: Some(hint.to_owned()),
            ..Fail::new(
                StatusCode::FORBIDDEN,
                "wrong_host",
                "The request names another host than this one.",
            )
        });
    }
    // What stands in an address ends in logs and histories.
    if uri.query().is_some() {
        return Err(Fail::bad("Nothing is taken from the query; send JSON."));
    }
    Ok(())
}

/// No page of a browser calls here, whatever its site.
fn check_sender(headers: &HeaderMap) -> Result<(), Fail> {
    let from_a_page = headers.contains_key(ORIGIN)
        || headers.contains_key(FETCH_MODE)
        || headers.contains_key(FETCH_SITE);
    if from_a_page {
        return Err(Fail::new(
            StatusCode::FORBIDDEN,
            "browser_refused",
            "Calls from web pages are refused.",
        ));
    }
    Ok(())
}

/// A read has nothing to say beside its path and its token.
fn check_no_body(headers: &HeaderMap) -> Result<(), Fail> {
    if headers.contains_key(UPGRADE) {
        return Err(Fail::bad("There is nothing to upgrade to."));
    }
    let lengths = headers.get_all(CONTENT_LENGTH);
    let is_empty = lengths.iter().all(|length| length.as_bytes() == b"0");
    if headers.contains_key(TRANSFER_ENCODING) || !is_empty {
        return Err(Fail::bad("A read has no body."));
    }
    if headers.get_all(AUTHORIZATION).iter().count() > 1 {
        return Err(Fail::bad("The token was sent twice."));
    }
    Ok(())
}

fn check_form(headers: &HeaderMap) -> Result<(), Fail> {
    if headers.contains_key(UPGRADE) {
        return Err(Fail::bad("There is nothing to upgrade to."));
    }
    // A length and chunks together are two readings of one request; without chunks there is one.
    if headers.contains_key(TRANSFER_ENCODING)
        || headers.get_all(CONTENT_LENGTH).iter().count() != 1
    {
        return Err(Fail::new(
            StatusCode::LENGTH_REQUIRED,
            "length_required",
            "Send the body in one piece, with a Content-Length.",
        ));
    }
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let is_json = match (types.next().and_then(|one| one.to_str().ok()), types.next()) {
        (Some(one), None) => {
            let plain = one.split(';').next().unwrap_or_default().trim();
            plain.eq_ignore_ascii_case("application/json")
        }
        _ => false,
    };
    if !is_json {
        return Err(Fail::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not_json",
            "Send Content-Type: application/json.",
        ));
    }
    let length = headers
        .get(CONTENT_LENGTH)
        .and_then(|one| one.to_str().ok());
    if length.is_some_and(|one| one.parse().is_ok_and(|length: usize| length > MAX_BODY)) {
        return Err(too_large());
    }
    Ok(())
}

async fn read(body: Body) -> Result<Bytes, Fail> {
    let whole = Limited::new(body, MAX_BODY).collect();
    match tokio::time::timeout(BODY_TIME, whole).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(_)) => Err(Fail::bad("The body is not whole, or too long.")),
        Err(_) => Err(Fail::new(
            StatusCode::REQUEST_TIMEOUT,
            "too_slow",
            "The body took too long.",
        )),
    }
}

fn too_large() -> Fail {
    Fail::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        "A request has at most 64 KiB.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_gateways_own_names_are_taken() {
        let names = Names::new(["vault.example".to_owned()]);
        for good in [
            "localhost",
            "LOCALHOST:8732",
            "127.0.0.1:9000",
            "[::1]:8732",
            "[::1]",
            "vault.example:443",
        ] {
            assert!(names.admit(good), "{good}");
        }
        for bad in [
            "",
            "attacker.example",
            "localhost.attacker.example",
            "127.0.0.1.attacker.example:8732",
            "localhost:8732@attacker.example",
            "localhost:",
            "localhost:80:80",
            "localhost.",
            "127.0.0.2",
            "0.0.0.0:8732",
            "::1",
            "localhost:123456",
        ] {
            assert!(!names.admit(bad), "{bad}");
        }
    }
}
