//! An HTTP request as the practice account takes it, and the query-protocol parameters in it.

use std::collections::BTreeMap;

use crate::fault::Fault;

/// The longest request body that is looked at, in bytes.
pub(crate) const LONGEST_BODY: usize = 1024 * 1024;
/// The longest request line that is looked at, in bytes.
const LONGEST_URI: usize = 64 * 1024;
/// The most parameters one request may carry.
const MOST_PARAMETERS: usize = 2_000;
/// The most members a list parameter may have.
const MOST_MEMBERS: usize = 1_000;

/// An HTTP request with its body in memory.
#[derive(Clone, Default)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: String,
    /// Path and query, as on the request line: `/` or `/?Action=…`.
    pub uri: String,
    /// Header fields in order; names in any case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Request {
    /// Bodies and headers may hold signatures and tokens: only their sizes are shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("headers", &self.headers.len())
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl Request {
    /// The first value of a header field, name compared without case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The part of the URI after the question mark.
    pub(crate) fn query(&self) -> &str {
        self.uri.split_once('?').map_or("", |(_, query)| query)
    }

    /// Refuses what no client of IAM or STS would send, before any work is spent on it.
    pub(crate) fn check_size(&self) -> Result<(), Fault> {
        if self.body.len() > LONGEST_BODY || self.uri.len() > LONGEST_URI {
            return Err(Fault::new(
                413,
                "RequestEntityTooLarge",
                "Request Entity Too Large",
            ));
        }
        let header_bytes: usize = self.headers.iter().map(|(k, v)| k.len() + v.len()).sum();
        if self.headers.len() > 200 || header_bytes > 128 * 1024 {
            return Err(Fault::new(
                431,
                "RequestHeaderFieldsTooLarge",
                "Too many header bytes.",
            ));
        }
        Ok(())
    }
}

/// The parameters of a query-protocol request.
#[derive(Debug, Default)]
pub(crate) struct Params(BTreeMap<String, String>);

impl Params {
    /// From the query of the URI and, for `POST`, the form in the body.
    pub fn read(request: &Request) -> Result<Self, Fault> {
        let mut found = BTreeMap::new();
        let body: &[u8] = if request.method == "POST" {
            &request.body
        } else {
            &[]
        };
        let pairs =
            form_urlencoded::parse(request.query().as_bytes()).chain(form_urlencoded::parse(body));
        for (count, (key, value)) in pairs.enumerate() {
            if count >= MOST_PARAMETERS {
                return Err(Fault::new(400, "MalformedInput", "Too many parameters."));
            }
            found.insert(key.into_owned(), value.into_owned());
        }
        Ok(Self(found))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that must be there; the message names the field as AWS's model does.
    pub fn need(&self, name: &str) -> Result<&str, Fault> {
        self.get(name)
            .ok_or_else(|| Fault::missing(&field_name(name)))
    }

    /// The values of `prefix.member.1`, `prefix.member.2`, … with an optional suffix.
    pub fn members(&self, prefix: &str, suffix: &str) -> Vec<&str> {
        (1..=MOST_MEMBERS)
            .map_while(|n| self.get(&format!("{prefix}.member.{n}{suffix}")))
            .collect()
    }

    /// A whole number between two bounds.
    pub fn number(&self, name: &str, low: i64, high: i64) -> Result<Option<i64>, Fault> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        let field = field_name(name);
        let Ok(number) = text.parse::<i64>() else {
            return Err(Fault::new(
                400,
                "MalformedInput",
                format!("The value of {field} is not a whole number."),
            ));
        };
        if number < low {
            let rule = format!("Member must have value greater than or equal to {low}");
            return Err(Fault::constraint(text, &field, rule));
        }
        if number > high {
            let rule = format!("Member must have value less than or equal to {high}");
            return Err(Fault::constraint(text, &field, rule));
        }
        Ok(Some(number))
    }
}

/// `UserName` as AWS's validation messages spell it: `userName`.
pub(crate) fn field_name(parameter: &str) -> String {
    let mut letters = parameter.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_lowercase().to_string() + letters.as_str()
    })
}
