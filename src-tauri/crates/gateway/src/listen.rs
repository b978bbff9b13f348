//! Where the gateway listens: this computer alone, unless there is TLS.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use leasehold_access::door::Pacing;
use leasehold_domain::{Problem, clip};

/// Where it listens when nobody says anything else.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8732";

/// An address to listen at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen(pub SocketAddr);

/// A certificate and its key, both PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, with those that lead to it.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// How a gateway is opened.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Addresses; none: only the socket.
    pub listen: Vec<Listen>,
    /// A Unix socket.
    pub socket: Option<PathBuf>,
    /// TLS on the addresses with this certificate.
    pub tls: Option<TlsFiles>,
    /// TLS on the addresses with a certificate of its own.
    pub own_tls: bool,
    /// Names besides the addresses that callers know it by.
    pub names: Vec<String>,
    /// Another pace than the usual.
    pub pacing: Option<Pacing>,
    /// So long calls that are under way may take after a stop, where it is not as long as usual.
    pub last_calls: Option<Duration>,
}

impl Listen {
    /// Reads `127.0.0.1:8732` or `[::1]:8732`. Names are not looked up: which address answers is never
    /// somebody else's choice.
    ///
    /// # Errors
    /// The named field, with a form that would do.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self(address));
        }
        let fix = match text.strip_prefix("localhost:") {
            Some(port) => format!("Write 127.0.0.1:{port}."),
            None => format!("Write an address and a port, for example {DEFAULT_LISTEN}."),
        };
        Err(Problem::refused_input(
            field,
            format!("`{}` is not an address and a port.", clip(text, 60)),
            fix,
        ))
    }

    /// Whether only this computer reaches it.
    #[must_use]
    pub fn is_loopback(self) -> bool {
        self.0.ip().to_canonical().is_loopback()
    }
}

impl Options {
    /// Whether there is TLS on the addresses.
    #[must_use]
    pub fn has_tls(&self) -> bool {
        self.own_tls || self.tls.is_some()
    }

    /// Refuses what would put tokens and keys on a network in clear.
    ///
    /// # Errors
    /// The address that would.
    pub fn check(&self) -> Result<(), Problem> {
        if self.listen.is_empty() && self.socket.is_none() {
            return Err(Problem::refused_input(
                "listen",
                "The gateway would listen nowhere.",
                format!("Give it an address such as {DEFAULT_LISTEN}, or a socket."),
            ));
        }
        let open = self.listen.iter().find(|listen| !listen.is_loopback());
        match open.filter(|_| !self.has_tls()) {
            None => Ok(()),
            Some(listen) => Err(Problem::refused_input(
                "listen",
                format!(
                    "{} is reached from other computers, and keys would go over the network in clear.",
                    listen.0
                ),
                "Give a certificate and its key, or let the gateway make one of its own (--tls-own); or listen \
                 at 127.0.0.1 and forward the port.",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_addresses_than_loopback_need_tls() {
        let at = |text: &str, own_tls| Options {
            listen: vec![Listen::parse("listen", text).unwrap()],
            own_tls,
            ..Options::default()
        };
        for near in [
            "127.0.0.1:1",
            "127.8.8.8:1",
            "[::1]:1",
            "[::ffff:127.0.0.1]:1",
        ] {
            assert_eq!(at(near, false).check(), Ok(()), "{near}");
        }
        for far in ["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "[fe80::1]:1"] {
            assert!(at(far, false).check().is_err(), "{far}");
            assert_eq!(at(far, true).check(), Ok(()), "{far}");
        }
        assert!(Options::default().check().is_err());
    }

    #[test]
    fn names_are_not_looked_up() {
        let said = Listen::parse("listen", "localhost:8732").unwrap_err();
        assert_eq!(said.hint.as_deref(), Some("Write 127.0.0.1:8732."));
        assert!(Listen::parse("listen", "example.com:80").is_err());
        assert!(Listen::parse("listen", "127.0.0.1").is_err());
    }
}
