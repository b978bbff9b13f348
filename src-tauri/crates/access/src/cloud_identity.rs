//! A cloud identity: a signed `GetCallerIdentity` request in the wire form that Akeyless made known.

mod authorization;
mod headers;
mod json;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::reason::{Reason, Refusal};
use json::Member;

pub use authorization::Authorization;
pub(crate) use headers::{Field, Headers};

/// The longest cloud identity that is looked at. Real ones have 2 to 4 KiB.
pub const MAX_LEN: usize = 16 * 1024;
/// The one body there is.
pub const BODY: &str = "Action=GetCallerIdentity&Version=2011-06-15";

const METHOD: &str = "sts_request_method";
const URL: &str = "sts_request_url";
const REQUEST_BODY: &str = "sts_request_body";
const HEADERS: &str = "sts_request_headers";

/// What a cloud identity says, decoded strictly. Nothing of it is sent anywhere as it came: the request
/// to STS is made anew from the few values that were found good.
#[derive(Debug)]
pub struct CloudIdentity {
    /// `https://` and a host, as it was signed; not yet looked up.
    pub(crate) origin: String,
    pub(crate) headers: Headers,
}

impl CloudIdentity {
    /// Decodes a cloud identity: base64 of a JSON object with exactly four strings, of which the URL, the
    /// body and the headers are base64 again; headers are lists of one string.
    ///
    /// The form with percent escapes that `--url_safe` prints is taken too, escaped once.
    ///
    /// # Errors
    /// The first thing that is not as it should be.
    pub fn decode(text: &str) -> Result<Self, Refusal> {
        if text.len() > MAX_LEN {
            return Err(Reason::TooLarge.into());
        }
        let plain = unescape(text)?;
        let outer = base64(plain.as_bytes())?;
        let [method, url, body, headers] = four(json::object(&outer)?)?;
        if *method != "POST" {
            return Err(Reason::WrongMethod.into());
        }
        if *base64(body.as_bytes())? != BODY.as_bytes() {
            return Err(Reason::WrongBody.into());
        }
        let origin = origin(&base64(url.as_bytes())?)?;
        let headers = Headers::read(json::object(&base64(headers.as_bytes())?)?)?;
        Ok(Self { origin, headers })
    }
}

/// Percent escapes of the three characters that base64 has and a query has not.
fn unescape(text: &str) -> Result<Zeroizing<String>, Refusal> {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let mut pieces = text.split('%');
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (code, rest) = piece.split_at_checked(2).ok_or(Reason::NotBase64)?;
        out.push(match code {
            "2B" | "2b" => '+',
            "2F" | "2f" => '/',
            "3D" | "3d" => '=',
            _ => return Err(Reason::NotBase64.because("percent escapes")),
        });
        out.push_str(rest);
    }
    Ok(out)
}

fn base64(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let bytes = STANDARD.decode(text).map_err(|_| Reason::NotBase64)?;
    Ok(Zeroizing::new(bytes))
}

/// The four strings, in the order method, URL, body, headers.
fn four(members: Vec<(String, Member)>) -> Result<[Zeroizing<String>; 4], Refusal> {
    let mut found: [Option<Zeroizing<String>>; 4] = [None, None, None, None];
    for (key, member) in members {
        let at = [METHOD, URL, REQUEST_BODY, HEADERS]
            .iter()
            .position(|name| *name == key)
            .ok_or(Reason::UnknownKey)?;
        let Member::Text(text) = member else {
            return Err(Reason::WrongType.because(key));
        };
        if let Some(slot) = found.get_mut(at) {
            *slot = Some(text);
        }
    }
    match found {
        [Some(method), Some(url), Some(body), Some(headers)] => Ok([method, url, body, headers]),
        _ => Err(Reason::MissingKey.into()),
    }
}

/// The URL without its slash. No parser is asked: a URL with anything that one could understand
/// differently than another is refused here, and the rest must equal a known origin byte for byte.
fn origin(url: &[u8]) -> Result<String, Refusal> {
    let wrong = || Refusal::from(Reason::WrongUrl);
    let url = std::str::from_utf8(url).map_err(|_| wrong())?;
    let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
    let host = rest.strip_suffix('/').unwrap_or(rest);
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.:[]".contains(&b);
    let known_scheme = matches!(scheme, "https" | "http");
    if !known_scheme || host.is_empty() || host.len() > 253 || !host.bytes().all(plain) {
        return Err(wrong());
    }
    Ok(format!("{scheme}://{host}"))
}
