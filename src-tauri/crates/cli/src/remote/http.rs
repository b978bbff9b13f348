//! The way to a gateway: plain on this computer or a socket, over TLS elsewhere.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use leasehold_domain::{Code, Problem, clip};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::{
    ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
};
use zeroize::Zeroizing;

const MAX_ANSWER: usize = 4 * 1024 * 1024;
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// A lease that is made waits for AWS.
const ANSWER_TIME: Duration = Duration::from_mins(4);

/// Where a gateway is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gateway {
    /// On this computer.
    Plain {
        /// Host and port.
        authority: String,
    },
    /// Anywhere.
    Tls {
        /// The name that its certificate has.
        host: String,
        /// The port.
        port: u16,
        /// SHA-256 of its certificate, instead of the system's authorities.
        pinned: Option<[u8; 32]>,
    },
    /// At a socket.
    Socket(PathBuf),
}

impl Gateway {
    /// Reads a URL.
    pub fn parse(text: &str, pinned: Option<&str>) -> Result<Self, Problem> {
        let refuse = |rule: String, fix: &str| {
            Err(Problem::refused_input("gateway_url", rule, fix.to_owned()))
        };
        let text = text.trim();
        if let Some(path) = text.strip_prefix("unix:") {
            let path = PathBuf::from(path.strip_prefix("//").unwrap_or(path));
            return match path.is_absolute() && cfg!(unix) {
                true => Ok(Self::Socket(path)),
                false => refuse(
                    "A socket has a whole path, on a system that has sockets.".to_owned(),
                    "Write unix: and the path from the root on.",
                ),
            };
        }
        let shown = clip(text, 80);
        let Some((scheme, rest)) = text.split_once("://") else {
            return refuse(
                format!("`{shown}` is not the URL of a gateway."),
                "Write http://127.0.0.1:8732, https://host:port or unix:/path.",
            );
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
        if authority.is_empty() || !authority.chars().all(plain) {
            return refuse(
                format!("`{shown}` has more in it than a host and a port."),
                "Write the scheme, the host and the port.",
            );
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !host.ends_with(':') && !port.ends_with(']') => {
                match port.parse() {
                    Ok(port) => (host, port),
                    Err(_) => {
                        return refuse(format!("`{shown}` has no port."), "Write its number.");
                    }
                }
            }
            _ => (authority, if scheme == "https" { 443 } else { 80 }),
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        match scheme {
            "https" => Ok(Self::Tls {
                host: bare.to_owned(),
                port,
                pinned: pinned.map(fingerprint).transpose()?,
            }),
            "http" if bare == "localhost" || is_loopback(bare) => Ok(Self::Plain {
                authority: format!("{host}:{port}"),
            }),
            "http" => refuse(
                format!("`{shown}` would send tokens over the network in clear."),
                "Use https, or forward a port of this computer to the gateway.",
            ),
            _ => refuse(
                format!("`{shown}` is neither http nor https nor unix."),
                "Write http://127.0.0.1:8732, https://host:port or unix:/path.",
            ),
        }
    }

    /// Sends a form, and gives status and answer.
    pub async fn post(&self, path: &str, form: &Value) -> Result<(u16, Value), Problem> {
        let connect = async || -> Result<Box<dyn Stream>, Problem> {
            match self {
                Self::Plain { authority } => {
                    let stream = TcpStream::connect(authority).await.map_err(unreachable)?;
                    Ok(Stream::boxed(stream))
                }
                Self::Tls { host, port, pinned } => {
                    let stream = TcpStream::connect((host.as_str(), *port))
                        .await
                        .map_err(unreachable)?;
                    let name = ServerName::try_from(host.clone()).map_err(|_| {
                        Problem::new(Code::InvalidInput, "The host is not a name.")
                            .at("gateway_url")
                    })?;
                    let connector = TlsConnector::from(Arc::new(config(*pinned)?));
                    let stream = connector.connect(name, stream).await.map_err(unreachable)?;
                    Ok(Stream::boxed(stream))
                }
                #[cfg(unix)]
                Self::Socket(path) => {
                    let stream = tokio::net::UnixStream::connect(path)
                        .await
                        .map_err(unreachable)?;
                    expect_ours(&stream)?;
                    Ok(Stream::boxed(stream))
                }
                #[cfg(not(unix))]
                Self::Socket(_) => Err(unreachable(std::io::ErrorKind::Unsupported.into())),
            }
        };
        let stream = tokio::time::timeout(CONNECT_TIME, connect())
            .await
            .map_err(|_| unreachable(std::io::ErrorKind::TimedOut.into()))??;
        let ask = self.ask(stream, path, form);
        tokio::time::timeout(ANSWER_TIME, ask)
            .await
            .map_err(|_| unreachable(std::io::ErrorKind::TimedOut.into()))?
    }

    async fn ask(
        &self,
        stream: Box<dyn Stream>,
        path: &str,
        form: &Value,
    ) -> Result<(u16, Value), Problem> {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(broken)?;
        let host = match self {
            Self::Plain { authority } => authority.clone(),
            Self::Tls { host, port, .. } if host.contains(':') => format!("[{host}]:{port}"),
            Self::Tls { host, port, .. } => format!("{host}:{port}"),
            Self::Socket(_) => "localhost".to_owned(),
        };
        let request = Request::post(path)
            .header("host", host)
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(form.to_string())))
            .map_err(|_| Problem::new(Code::Internal, "The request could not be made."))?;
        let exchange = async {
            let answer = sender.send_request(request).await.map_err(broken)?;
            let status = answer.status().as_u16();
            let body = Limited::new(answer.into_body(), MAX_ANSWER)
                .collect()
                .await
                .map_err(|_| not_a_gateway())?;
            let text = Zeroizing::new(body.to_bytes().to_vec());
            let value = serde_json::from_slice(&text).map_err(|_| not_a_gateway())?;
            Ok((status, value))
        };
        tokio::pin!(exchange);
        tokio::pin!(connection);
        tokio::select! {
            answer = &mut exchange => answer,
            _ = &mut connection => exchange.await,
        }
    }
}

/// What is sent there is as good as a login, so that another user's socket at this path gets none of it.
#[cfg(unix)]
fn expect_ours(stream: &tokio::net::UnixStream) -> Result<(), Problem> {
    let own = rustix::process::geteuid().as_raw();
    let theirs = stream.peer_cred().map_err(unreachable)?.uid();
    if own == 0 || theirs == 0 || theirs == own {
        return Ok(());
    }
    Err(Problem::new(
        Code::Refused,
        "The socket belongs to another user of this computer; nothing was sent to it.",
    )
    .with_hint(
        "Forward the gateway to a path that only you may write to, such as one in your home.",
    ))
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {
    fn boxed(self) -> Box<dyn Stream>
    where
        Self: Sized + 'static,
    {
        Box::new(self)
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

fn is_loopback(host: &str) -> bool {
    host.parse::<std::net::IpAddr>()
        .is_ok_and(|ip| ip.to_canonical().is_loopback())
}

fn fingerprint(text: &str) -> Result<[u8; 32], Problem> {
    let plain: String = text.chars().filter(|c| *c != ':').collect();
    let mut bytes = [0; 32];
    let is_one = plain.len() == 64 && plain.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_one {
        return Err(Problem::refused_input(
            "gateway_cert",
            "A certificate's SHA-256 has 64 hexadecimal digits.",
            "Copy it from what `leasehold gateway serve` prints.",
        ));
    }
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        let two = plain.get(at..at + 2).unwrap_or_default();
        *byte = u8::from_str_radix(two, 16).unwrap_or_default();
    }
    Ok(bytes)
}

fn config(pinned: Option<[u8; 32]>) -> Result<ClientConfig, Problem> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Problem::new(Code::Internal, format!("There is no TLS: {error}.")))?;
    let Some(sha256) = pinned else {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(builder.with_root_certificates(roots).with_no_client_auth());
    };
    let pin = Arc::new(Pin { sha256, provider });
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(pin)
        .with_no_client_auth())
}

/// Takes one certificate, whatever else is in it; that the other side has its key is checked as ever.
#[derive(Debug)]
struct Pin {
    sha256: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pin {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        match Sha256::digest(end_entity)[..] == self.sha256 {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(TlsError::General("another certificate".to_owned())),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        tokio_rustls::rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        tokio_rustls::rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` has it")]
fn unreachable(error: std::io::Error) -> Problem {
    Problem::new(
        Code::AwsUnreachable,
        format!("The gateway cannot be reached: {error}."),
    )
    .with_hint("Check that it serves, and the gateway URL of the profile.")
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` has it")]
fn broken(error: hyper::Error) -> Problem {
    Problem::new(
        Code::AwsUnreachable,
        format!("The gateway broke the connection off: {error}."),
    )
    .with_hint("Try again; what was under way there is finished or undone by itself.")
}

fn not_a_gateway() -> Problem {
    Problem::new(
        Code::AwsUnexpected,
        "What answers there is not a gateway of Leasehold.",
    )
    .with_hint("Check the gateway URL of the profile.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_go_in_clear_only_within_this_computer() {
        for near in [
            "http://127.0.0.1:8732",
            "http://localhost:8732/",
            "http://[::1]:8732",
            "unix:/run/x.sock",
            "unix:///run/x.sock",
            "https://vault.example",
        ] {
            assert!(Gateway::parse(near, None).is_ok(), "{near}");
        }
        for far in [
            "http://10.0.0.1:8732",
            "http://localhost.evil.example:80",
            "http://127.0.0.1@evil.example",
            "http://127.0.0.1:1/path",
            "ftp://127.0.0.1",
            "127.0.0.1:8732",
            "unix:relative",
            "http://127.0.0.1:port",
        ] {
            assert!(Gateway::parse(far, None).is_err(), "{far}");
        }
        assert!(Gateway::parse("https://a.example", Some("12")).is_err());
    }
}
