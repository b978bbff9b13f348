//! Making a cloud identity from credentials: what a client does before it logs in.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use leasehold_domain::{Code, Problem, clip, random_bytes};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::cloud_identity::{BODY, Field};
use crate::endpoint::{Confirmed, StsEndpoint};
use crate::hosts::{HostKind, Hosts, StsHost};
use crate::request::{AUDIENCE_HEADER, NONCE_HEADER};

const GLOBAL_HOST: &str = "sts.amazonaws.com";
const GLOBAL_REGION: &str = "us-east-1";
const CONTENT_TYPE: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// What is signed besides the request itself. Neither goes to a verifier other than Leasehold's, which
/// would take them for foreign headers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extras<'a> {
    /// The vault that the cloud identity is for.
    pub audience: Option<&'a str>,
    /// A random word, so that two logins of one second differ.
    pub nonce: bool,
}

/// Where a cloud identity is signed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// As an auth method has it.
    pub endpoint: StsEndpoint,
    url: String,
    host: String,
    region: String,
}

impl Place {
    /// The endpoint of this URL; AWS's of this region where it is empty, and its global one where there
    /// is no region either.
    ///
    /// # Errors
    /// No host of STS is known in the region, or the URL is none of an STS.
    pub fn find(hosts: &Hosts, url: &str, region: Option<&str>) -> Result<Self, Problem> {
        // One's own identity is signed for whatever one names; what a vault trusts is its owner's choice.
        let confirmed = Confirmed {
            private: true,
            insecure_dev: url.trim().starts_with("http://"),
        };
        let endpoint = StsEndpoint::parse("sts_url", url, confirmed)?;
        if let StsEndpoint::Pinned(pinned) = &endpoint {
            return Ok(Self {
                url: format!("{}/", pinned.origin()),
                host: pinned.authority(),
                region: region.unwrap_or(GLOBAL_REGION).to_owned(),
                endpoint,
            });
        }
        let host = match (&endpoint, region) {
            (StsEndpoint::OneOfAws(name), _) => hosts.get(name),
            (_, None) => hosts.get(GLOBAL_HOST),
            (_, Some(region)) => hosts.in_region(region, HostKind::Regional),
        };
        let Some(host) = host else {
            let region = clip(region.unwrap_or_default(), 40);
            return Err(Problem::refused_input(
                "region",
                format!("No STS is known in the region `{region}`."),
                "Write a region such as eu-central-1.",
            ));
        };
        Ok(Self {
            url: format!("https://{}/", host.name),
            host: host.name.clone(),
            region: host.region.clone(),
            endpoint,
        })
    }

    /// A cloud identity for this place; see [`cloud_identity`].
    ///
    /// # Errors
    /// When it could not be signed, or there is no randomness.
    pub fn sign(
        &self,
        credentials: &Credentials,
        extras: Extras<'_>,
        now: DateTime<Utc>,
    ) -> Result<Zeroizing<String>, Problem> {
        make(
            credentials,
            (&self.url, &self.host, &self.region),
            extras,
            now,
        )
    }
}

/// A signed `GetCallerIdentity` request for this host, as a cloud identity. It is not sent.
///
/// It holds the session token, and is as good as a login for some minutes: it is printed for the one
/// who asked for it and written nowhere.
///
/// # Errors
/// When it could not be signed, or there is no randomness.
pub fn cloud_identity(
    credentials: &Credentials,
    host: &StsHost,
    extras: Extras<'_>,
    now: DateTime<Utc>,
) -> Result<Zeroizing<String>, Problem> {
    let url = format!("https://{}/", host.name);
    make(credentials, (&url, &host.name, &host.region), extras, now)
}

/// `at`: the URL, the value of the host header, the region.
fn make(
    credentials: &Credentials,
    at: (&str, &str, &str),
    extras: Extras<'_>,
    now: DateTime<Utc>,
) -> Result<Zeroizing<String>, Problem> {
    let (url, host, region) = at;
    let mut headers = vec![
        (Field::HOST, host.to_owned()),
        (Field::CONTENT_TYPE, CONTENT_TYPE.to_owned()),
        (Field::CONTENT_LENGTH, BODY.len().to_string()),
    ];
    if let Some(audience) = extras.audience {
        headers.push((AUDIENCE_HEADER, audience.to_owned()));
    }
    if extras.nonce {
        headers.push((NONCE_HEADER, nonce()?));
    }
    let signed = signed(credentials, url, region, &headers, now)?;
    let all: Map<String, Value> = headers
        .into_iter()
        .map(|(name, value)| (name.to_owned(), json!([value])))
        .chain(signed)
        .collect();
    let inner = Zeroizing::new(Value::Object(all).to_string());
    let outer = Zeroizing::new(
        json!({
            "sts_request_method": "POST",
            "sts_request_url": STANDARD.encode(url),
            "sts_request_body": STANDARD.encode(BODY),
            "sts_request_headers": STANDARD.encode(inner.as_bytes()),
        })
        .to_string(),
    );
    Ok(Zeroizing::new(STANDARD.encode(outer.as_bytes())))
}

/// The form for a query: the three characters that have a meaning there, escaped.
#[must_use]
pub fn url_safe(cloud_identity: &str) -> Zeroizing<String> {
    let escaped = cloud_identity
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    Zeroizing::new(escaped)
}

/// The headers that signing adds: the date, the session token, the signature.
fn signed(
    credentials: &Credentials,
    url: &str,
    region: &str,
    headers: &[(&str, String)],
    now: DateTime<Utc>,
) -> Result<Vec<(String, Value)>, Problem> {
    let failed = || {
        Problem::new(
            Code::Internal,
            "The request to AWS STS could not be signed.",
        )
        .with_hint("Look at the credentials: an access key id and a secret are needed.")
    };
    let identity = credentials.clone().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("sts")
        .time(SystemTime::from(now))
        .settings(SigningSettings::default())
        .build()
        .map_err(|_| failed())?;
    let given = headers.iter().map(|(name, value)| (*name, value.as_str()));
    let request = SignableRequest::new("POST", url, given, SignableBody::Bytes(BODY.as_bytes()))
        .map_err(|_| failed())?;
    let (instructions, _) = sign(request, &params.into())
        .map_err(|_| failed())?
        .into_parts();
    Ok(instructions
        .headers()
        .map(|(name, value)| (name.to_owned(), json!([value])))
        .collect())
}

fn nonce() -> Result<String, Problem> {
    let mut bytes = [0; 16];
    random_bytes(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
