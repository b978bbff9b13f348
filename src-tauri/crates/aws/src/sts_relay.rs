//! One request to an STS on somebody else's behalf: exactly the headers that are given, to an address
//! that was looked at, with no redirect, no retry and a limit on time and size.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tokio::time::timeout;

/// For everything, from the name to the last byte.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether every one of these addresses may be connected to.
pub type MayReach = Arc<dyn Fn(&[IpAddr]) -> bool + Send + Sync>;

/// Where a request goes.
#[derive(Clone)]
pub struct Addressee {
    /// `https://host/`; `http` only where `may_reach` lets nothing but this computer pass.
    pub url: String,
    /// Asked with the very addresses of the connection. `None` is AWS itself, which is also reached
    /// through the proxy that the environment names.
    pub may_reach: Option<MayReach>,
}

impl fmt::Debug for Addressee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Addressee")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayAnswer {
    /// HTTP status.
    pub status: u16,
    /// The header of that name.
    pub content_type: Option<String>,
    /// Never longer than was asked for.
    pub body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelayError {
    /// No connection, or no whole answer in time.
    Unreachable,
    /// An address may not be connected to, or the certificate is not to be trusted.
    Untrusted,
    /// The answer is too long, or breaks HTTP.
    Invalid,
}

/// Sends a `POST` with these headers and this body, once.
///
/// # Errors
/// No answer, or none that may be read.
pub async fn relay(
    to: &Addressee,
    headers: &[(String, &str)],
    body: &'static str,
    most: usize,
) -> Result<RelayAnswer, RelayError> {
    timeout(PATIENCE, exchange(to, headers, body, most))
        .await
        .unwrap_or(Err(RelayError::Unreachable))
}

async fn exchange(
    to: &Addressee,
    headers: &[(String, &str)],
    body: &'static str,
    most: usize,
) -> Result<RelayAnswer, RelayError> {
    let connector = connector(to)?;
    let mut request = HttpRequest::new(SdkBody::from(body));
    let invalid = |_| RelayError::Invalid;
    request.set_method("POST").map_err(invalid)?;
    request
        .set_uri(to.url.as_str())
        .map_err(|_| RelayError::Invalid)?;
    for (name, value) in headers {
        let name = name.clone();
        let value = (*value).to_owned();
        request
            .headers_mut()
            .try_append(name, value)
            .map_err(|_| RelayError::Invalid)?;
    }
    let answer = connector
        .call(request)
        .await
        .map_err(|error| fault(&error))?;
    let status = answer.status().as_u16();
    let content_type = answer.headers().get("content-type").map(str::to_owned);
    let body = Limited::new(answer.into_body(), most)
        .collect()
        .await
        .map_err(|error| match error.is::<LengthLimitError>() {
            true => RelayError::Invalid,
            false => RelayError::Unreachable,
        })?;
    Ok(RelayAnswer {
        status,
        content_type,
        body: body.to_bytes().to_vec(),
    })
}

/// A connection of its own: a pool could hold one to an address that was let through before.
fn connector(to: &Addressee) -> Result<Connector, RelayError> {
    let builder: ConnectorBuilder<_> =
        Connector::builder().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    let Some(may_reach) = to.may_reach.clone() else {
        return Ok(builder.proxy_config(ProxyConfig::from_env()).build());
    };
    // Of an address in the URL no resolver is asked.
    if let Some(address) = literal(&to.url)
        && !may_reach(&[address])
    {
        return Err(RelayError::Untrusted);
    }
    Ok(builder.build_with_resolver(Checked(may_reach)))
}

fn literal(url: &str) -> Option<IpAddr> {
    let url = url::Url::parse(url).ok()?;
    match url.host()? {
        url::Host::Ipv4(address) => Some(address.into()),
        url::Host::Ipv6(address) => Some(address.into()),
        url::Host::Domain(_) => None,
    }
}

/// The system's resolver, whose answers are looked at before they are used.
#[derive(Clone)]
struct Checked(MayReach);

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Checked")
    }
}

/// A name stands for an address that may not be connected to.
#[derive(Debug, thiserror::Error)]
#[error("an address may not be connected to")]
struct NotAllowed;

impl ResolveDns for Checked {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let found = tokio::net::lookup_host((name, 0))
                .await
                .map_err(ResolveDnsError::new)?;
            let addresses: Vec<IpAddr> = found.map(|one| one.ip()).collect();
            match (self.0)(&addresses) {
                true => Ok(addresses),
                false => Err(ResolveDnsError::new(NotAllowed)),
            }
        })
    }
}

/// What the connector's words come to. A certificate and an address that is not allowed are the only
/// ones that will not be better in a moment.
fn fault(error: &ConnectorError) -> RelayError {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(one) = next {
        if one.is::<NotAllowed>() || one.to_string().contains("certificate") {
            return RelayError::Untrusted;
        }
        if let Some(io) = one.downcast_ref::<std::io::Error>()
            && let Some(inner) = io.get_ref()
            && (inner.is::<NotAllowed>() || inner.to_string().contains("certificate"))
        {
            return RelayError::Untrusted;
        }
        next = one.source();
    }
    RelayError::Unreachable
}
