//! TLS: a certificate that is given, or one of the gateway's own that is kept.

use std::io::Error as IoError;
use std::sync::Arc;
use std::time::Duration;

use leasehold_domain::{Code, Problem};
use leasehold_engine::Engine;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

use crate::listen::{Options, TlsFiles};

/// So long a handshake may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Certificate and key of the gateway's own, in the keychain.
const KEPT: &str = "gateway-tls";

#[derive(Clone)]
pub(crate) struct Tls {
    acceptor: TlsAcceptor,
    pub(crate) fingerprint: String,
}

impl Tls {
    /// From PEM files.
    pub(crate) fn given(files: &TlsFiles) -> Result<Self, Problem> {
        let certs = std::fs::read(&files.cert).map_err(|error| unreadable("tls_cert", &error))?;
        let key = std::fs::read(&files.key).map_err(|error| unreadable("tls_key", &error))?;
        let key = zeroize::Zeroizing::new(key);
        Self::of_pem(&certs, &key)
    }

    /// Its own, made once for its names and kept in the keychain.
    pub(crate) async fn own(engine: &Engine, options: &Options) -> Result<Self, Problem> {
        match engine.own_secret(KEPT).await {
            Ok(kept) => {
                let pem = kept.expose_secret().as_bytes();
                return Self::of_pem(pem, pem);
            }
            // Only where there is none: another would lock out every client that knows this one.
            Err(problem) if problem.code == Code::KeychainNoEntry => {}
            Err(problem) => return Err(not_read(problem)),
        }
        let mut names = vec![
            "localhost".to_owned(),
            "127.0.0.1".to_owned(),
            "::1".to_owned(),
        ];
        let addresses = options.listen.iter().map(|listen| listen.0.ip());
        names.extend(
            addresses
                .filter(|ip| !ip.is_unspecified())
                .map(|ip| ip.to_string()),
        );
        names.extend(options.names.iter().cloned());
        names.sort();
        names.dedup();
        let made = rcgen::generate_simple_self_signed(names).map_err(|error| {
            Problem::new(
                Code::Internal,
                format!("No certificate could be made: {error}."),
            )
        })?;
        let key = zeroize::Zeroizing::new(made.signing_key.serialize_pem());
        let both = zeroize::Zeroizing::new(format!("{}\n{}", made.cert.pem(), key.as_str()));
        engine
            .keep_own_secret(KEPT, SecretString::from(both.as_str()))
            .await?;
        Self::of_pem(both.as_bytes(), both.as_bytes())
    }

    fn of_pem(certs: &[u8], key: &[u8]) -> Result<Self, Problem> {
        let certs: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certs)
            .collect::<Result<_, _>>()
            .map_err(|error| unusable("tls_cert", &error.to_string()))?;
        let Some(first) = certs.first() else {
            return Err(unusable("tls_cert", "it holds no certificate"));
        };
        let fingerprint = Sha256::digest(first)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|error| unusable("tls_key", &error.to_string()))?;
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable("tls_cert", &error.to_string()))?
            .with_no_client_auth()
            .with_single_cert(certs, key)
            .map_err(|error| unusable("tls_key", &error.to_string()))?;
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            fingerprint,
        })
    }

    pub(crate) async fn accept(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        let accepted = tokio::time::timeout(PATIENCE, self.acceptor.accept(stream)).await;
        accepted.ok()?.ok()
    }
}

/// The gateway's own certificate is somewhere, or may be, and cannot be had now.
fn not_read(problem: Problem) -> Problem {
    let message = format!(
        "The gateway's own certificate cannot be read from the keychain, and no other was made. {}",
        problem.message
    );
    Problem { message, ..problem }
}

fn unreadable(field: &str, error: &IoError) -> Problem {
    Problem::refused_input(
        field,
        format!("The file cannot be read: {error}."),
        "Name a PEM file.",
    )
}

fn unusable(field: &str, what: &str) -> Problem {
    Problem::refused_input(
        field,
        format!("The certificate or its key cannot be used: {what}."),
        "Give a certificate and its private key, both in PEM.",
    )
}
