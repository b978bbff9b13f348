//! Checks Signature Version 4: what the caller signed is signed again here and compared.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use crate::fault::Fault;
use crate::request::Request;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// How far a signature's moment may be from the account's clock, either way.
const SKEW_MINUTES: i64 = 15;
const DATE_FORM: &str = "%Y%m%dT%H%M%SZ";
/// The most header fields one signature may cover.
const MOST_SIGNED_HEADERS: usize = 60;

/// A request's claim: who says to have signed it, for what, and with which result.
pub(crate) struct Claim {
    pub access_key_id: String,
    pub region: String,
    pub service: String,
    pub token: Option<String>,
    signed_at: DateTime<Utc>,
    signed_headers: Vec<String>,
    signature: String,
    /// Seconds of `X-Amz-Expires`, for a pre-signed URL.
    expires: Option<u64>,
}

impl Claim {
    /// Reads the claim from the `Authorization` header or from a pre-signed URL.
    pub fn read(request: &Request) -> Result<Self, Fault> {
        if let Some(header) = request.header("authorization") {
            return Self::from_header(request, header);
        }
        if request.query().contains("X-Amz-Signature=") {
            return Self::from_query(request);
        }
        Err(Fault::new(
            403,
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
        ))
    }

    fn from_header(request: &Request, header: &str) -> Result<Self, Fault> {
        let Some(fields) = header.trim().strip_prefix(ALGORITHM) else {
            return Err(Fault::incomplete_signature(
                "Authorization header requires 'AWS4-HMAC-SHA256' algorithm.",
            ));
        };
        let field = |name: &'static str| {
            fields
                .split(',')
                .filter_map(|part| part.trim().split_once('='))
                .find_map(|(key, value)| (key == name).then_some(value))
                .ok_or_else(|| {
                    Fault::incomplete_signature(format!(
                        "Authorization header requires '{name}' parameter."
                    ))
                })
        };
        let date = request.header("x-amz-date").ok_or_else(|| {
            Fault::incomplete_signature(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' \
                 header.",
            )
        })?;
        Self::assemble(
            field("Credential")?,
            field("SignedHeaders")?,
            field("Signature")?,
            date,
            request.header("x-amz-security-token").map(str::to_owned),
            None,
        )
    }

    fn from_query(request: &Request) -> Result<Self, Fault> {
        let field = |name: &'static str| {
            form_urlencoded::parse(request.query().as_bytes())
                .find_map(|(key, value)| (key == name).then(|| value.into_owned()))
        };
        let need = |name: &'static str| {
            field(name).ok_or_else(|| {
                Fault::incomplete_signature(format!(
                    "AWS query-string parameters must include '{name}'."
                ))
            })
        };
        if need("X-Amz-Algorithm")? != ALGORITHM {
            return Err(Fault::incomplete_signature(
                "Unsupported 'X-Amz-Algorithm'.",
            ));
        }
        // STS takes URLs without X-Amz-Expires too; they live as long as any signature.
        let expires = match field("X-Amz-Expires") {
            Some(text) => Some(
                text.parse::<u64>()
                    .ok()
                    .filter(|s| *s <= 604_800)
                    .ok_or_else(|| {
                        Fault::incomplete_signature("'X-Amz-Expires' must be a number of seconds.")
                    })?,
            ),
            None => None,
        };
        Self::assemble(
            &need("X-Amz-Credential")?,
            &need("X-Amz-SignedHeaders")?,
            &need("X-Amz-Signature")?,
            &need("X-Amz-Date")?,
            field("X-Amz-Security-Token"),
            Some(expires.unwrap_or(0)),
        )
    }

    fn assemble(
        credential: &str,
        signed_headers: &str,
        signature: &str,
        date: &str,
        token: Option<String>,
        expires: Option<u64>,
    ) -> Result<Self, Fault> {
        let malformed = || {
            Fault::incomplete_signature(
                "Credential must have exactly 5 slash-delimited elements, \
                 <access key id>/<date>/<region>/<service>/aws4_request.",
            )
        };
        let scope: Vec<&str> = credential.split('/').collect();
        let &[access_key_id, day, region, service, "aws4_request"] = scope.as_slice() else {
            return Err(malformed());
        };
        let signed_at = NaiveDateTime::parse_from_str(date, DATE_FORM)
            .map_err(|_| {
                Fault::incomplete_signature(
                    "Date must be in ISO-8601 'basic format', such as 20261121T152300Z.",
                )
            })?
            .and_utc();
        // Years before 1970 have no `SystemTime` on every platform.
        if signed_at.timestamp() < 0 || day != signed_at.format("%Y%m%d").to_string() {
            return Err(Fault::signature(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
                 from HTTP: '{day}' != '{}'.",
                signed_at.format("%Y%m%d")
            )));
        }
        let signed_headers: Vec<String> = signed_headers
            .split(';')
            .map(str::to_ascii_lowercase)
            .collect();
        if signed_headers.len() > MOST_SIGNED_HEADERS {
            return Err(Fault::incomplete_signature("Too many signed headers."));
        }
        Ok(Self {
            access_key_id: access_key_id.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            token,
            signed_at,
            signed_headers,
            signature: signature.to_owned(),
            expires,
        })
    }

    /// Whether the signature is of this time: within 15 minutes of the account's clock.
    pub fn check_time(&self, now: DateTime<Utc>) -> Result<(), Fault> {
        let (signed, clock) = (self.signed_at.format(DATE_FORM), now.format(DATE_FORM));
        let window = TimeDelta::minutes(SKEW_MINUTES);
        let (oldest, newest) = (now - window, now + window);
        if self.signed_at < oldest {
            return Err(Fault::signature(format!(
                "Signature expired: {signed} is now earlier than {} ({clock} - 15 min.)",
                oldest.format(DATE_FORM)
            )));
        }
        if self.signed_at > newest {
            return Err(Fault::signature(format!(
                "Signature not yet current: {signed} is still later than {} ({clock} + 15 min.)",
                newest.format(DATE_FORM)
            )));
        }
        Ok(())
    }

    /// Signs the request again with `secret` and compares.
    pub fn check_signature(&self, request: &Request, secret: &str) -> Result<(), Fault> {
        let differs = || {
            Fault::signature(
                "The request signature we calculated does not match the signature you provided. \
                 Check your AWS Secret Access Key and signing method. Consult the service \
                 documentation for details.",
            )
        };
        // A name that was signed and did not arrive makes the two signatures differ by itself.
        let mut headers = Vec::with_capacity(self.signed_headers.len());
        for name in &self.signed_headers {
            let before = headers.len();
            headers.extend(
                request
                    .headers
                    .iter()
                    .filter(|(key, _)| key.eq_ignore_ascii_case(name))
                    .map(|(_, value)| (name.as_str(), value.as_str())),
            );
            if headers.len() == before {
                return Err(differs());
            }
        }
        let expected = self
            .sign_again(request, headers, secret)
            .ok_or_else(differs)?;
        if same(expected.as_bytes(), self.signature.as_bytes()) {
            Ok(())
        } else {
            Err(differs())
        }
    }

    fn sign_again(
        &self,
        request: &Request,
        headers: Vec<(&str, &str)>,
        secret: &str,
    ) -> Option<String> {
        let mut settings = SigningSettings::default();
        settings.excluded_headers = None;
        let path = request.uri.split('?').next().unwrap_or("/");
        let query = match self.expires {
            None => request.query().to_owned(),
            Some(seconds) => {
                settings.signature_location = SignatureLocation::QueryParams;
                settings.expires_in = Some(Duration::from_secs(seconds));
                unsigned_query(request.query())
            }
        };
        let path = if path.starts_with('/') { path } else { "/" };
        // The signer wants an absolute URI; the host that counts is the signed header.
        let uri = format!("https://practice.invalid{path}?{query}");
        let identity = Credentials::new(&self.access_key_id, secret, None, None, "practice").into();
        let time: SystemTime = self.signed_at.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(time)
            .settings(settings)
            .build()
            .ok()?
            .into();
        let body = SignableBody::Bytes(&request.body);
        let signable =
            SignableRequest::new(&request.method, uri, headers.into_iter(), body).ok()?;
        Some(sign(signable, &params).ok()?.into_parts().1)
    }
}

/// The query without the parameters that the signer adds by itself.
fn unsigned_query(query: &str) -> String {
    const ADDED: [&str; 6] = [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
    ];
    query
        .split('&')
        .filter(|pair| !ADDED.contains(&pair.split('=').next().unwrap_or_default()))
        .collect::<Vec<_>>()
        .join("&")
}

/// Compares without stopping at the first difference.
pub(crate) fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .fold(0_u8, |seen, (a, b)| seen | (a ^ b))
            == 0
}
