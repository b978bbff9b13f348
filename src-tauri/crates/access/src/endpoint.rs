//! Where a method's identities are verified: at AWS, or at a host that its owner pinned.
//!
//! A pinned host replaces the root of trust: whoever runs it can assert any identity, and receives the
//! session tokens of whoever logs in. So it is told apart everywhere: https only, no private addresses
//! unless that was confirmed, checked again when connecting, and every identity carries its name.

mod address;

use std::net::IpAddr;

use leasehold_domain::{Problem, clip};

use crate::hosts::Hosts;
use address::AddressKind;

/// The value that means AWS itself.
pub const DEFAULT_STS_URL: &str = "https://sts.amazonaws.com";

/// Where identities are verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StsEndpoint {
    /// At the very host of AWS that was signed, whichever of them that is.
    Aws,
    /// At one host of AWS; identities signed for another are refused.
    OneOfAws(String),
    /// At a host that is not AWS's.
    Pinned(Pinned),
}

/// A host that is not AWS's.
///
/// Requests go there whatever host of AWS they were signed for, with the signed name in their `Host`
/// header: that is how a VPC endpoint, a proxy or an emulator sees them. Signed for the pinned host
/// itself is fine, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// True for https.
    pub https: bool,
    /// Name or address, in lower case.
    pub host: String,
    /// Port, if it is not the scheme's own.
    pub port: Option<u16>,
    /// Which addresses the name may stand for.
    pub reach: Reach,
}

/// Which addresses a pinned host may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Those of the public internet.
    Public,
    /// Private networks as well, which the owner confirmed.
    Private,
    /// Loopback only, for trying things out; the one place where http is allowed.
    Loopback,
}

/// What the owner confirmed besides the URL.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Confirmed {
    /// The host may be in a private network.
    pub private: bool,
    /// The host may be on this computer, and http is enough.
    pub insecure_dev: bool,
}

impl StsEndpoint {
    /// Reads the URL of an endpoint; empty is AWS.
    ///
    /// # Errors
    /// The named field: what is not https, is more than a host, or is an address that needs a
    /// confirmation or can never be one of STS.
    pub fn parse(field: &str, text: &str, confirmed: Confirmed) -> Result<Self, Problem> {
        let text = text.trim();
        let plain = text.strip_suffix('/').unwrap_or(text);
        if plain.is_empty() || plain == DEFAULT_STS_URL {
            return Ok(Self::Aws);
        }
        let name = plain.strip_prefix("https://").unwrap_or_default();
        if Hosts::default().get(name).is_some() {
            return Ok(Self::OneOfAws(name.to_owned()));
        }
        Pinned::parse(field, plain, confirmed).map(Self::Pinned)
    }

    /// The word that identities verified here are told apart by, the scheme with it: what http says is
    /// not what https says. `None` for AWS's own.
    #[must_use]
    pub fn namespace(&self) -> Option<String> {
        match self {
            Self::Aws | Self::OneOfAws(_) => None,
            Self::Pinned(pinned) => Some(pinned.origin()),
        }
    }

    /// What the owner must never overlook about it.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let Self::Pinned(pinned) = self else {
            return None;
        };
        let authority = pinned.authority();
        let insecure = if pinned.https {
            ""
        } else {
            " Nothing on the way is encrypted."
        };
        Some(format!(
            "Identities are asserted by {authority}, not by AWS: whoever runs it can log in as anybody, \
             and receives the session tokens of everybody who logs in.{insecure}"
        ))
    }
}

impl Pinned {
    /// The host as in a URL and in a `Host` header: with the port where it is not the scheme's own.
    #[must_use]
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// Scheme and authority.
    #[must_use]
    pub fn origin(&self) -> String {
        let scheme = if self.https { "https" } else { "http" };
        format!("{scheme}://{}", self.authority())
    }

    fn parse(field: &str, text: &str, confirmed: Confirmed) -> Result<Self, Problem> {
        let shown = clip(text, 100);
        let refuse = |rule: String, fix: &str| Err(Problem::refused_input(field, rule, fix));
        let (https, rest) = match text.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) if confirmed.insecure_dev => (false, rest),
            Some(("http", _)) => {
                return refuse(
                    format!("`{shown}` is not https, and who listens on the way can log in."),
                    "Write https://. For an emulator on this computer, confirm insecure-dev-sts.",
                );
            }
            _ => {
                return refuse(
                    format!("`{shown}` is not an https URL."),
                    "Write https:// and a host, for example https://sts.example.com.",
                );
            }
        };
        let (host, port) = split_port(rest);
        let port = match port.map(str::parse::<u16>) {
            None => None,
            Some(Ok(port)) if port > 0 => Some(port),
            Some(_) => {
                return refuse(
                    format!("`{shown}` has no port after the colon."),
                    "Write 1 to 65535.",
                );
            }
        };
        let is_address = host.starts_with('[') || host.parse::<IpAddr>().is_ok();
        if !is_address && !is_host_name(host) {
            return refuse(
                format!(
                    "`{shown}` is more, or less, than a scheme, a host name in lower case and a port."
                ),
                "Write https:// and a host, without a user, a path or a query.",
            );
        }
        let reach = match (confirmed.insecure_dev, confirmed.private) {
            (true, _) => Reach::Loopback,
            (_, true) => Reach::Private,
            _ => Reach::Public,
        };
        let pinned = Self {
            https,
            host: host.to_owned(),
            port: port.filter(|port| *port != if https { 443 } else { 80 }),
            reach,
        };
        if is_address {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            let Ok(address) = bare.parse::<IpAddr>() else {
                return refuse(
                    format!("`{shown}` has no address in its brackets."),
                    "Write a host name.",
                );
            };
            pinned.check_address(field, address)?;
            if reach == Reach::Public {
                return refuse(
                    format!("`{shown}` is an address; certificates and people go by names."),
                    "Write the host's name, or confirm that it is in a private network.",
                );
            }
        } else if host == "localhost" || host.ends_with(".localhost") {
            pinned.check_address(field, IpAddr::from([127, 0, 0, 1]))?;
        }
        Ok(pinned)
    }

    /// Whether every address that the name stands for may be connected to. To be asked with the very
    /// addresses that the connection will use, at each connection: a name can change its mind.
    ///
    /// # Errors
    /// A sentence that names the first address that may not, or says that there is none.
    pub fn check_addresses(&self, addresses: &[IpAddr]) -> Result<(), Problem> {
        if addresses.is_empty() {
            return Err(Problem::refused_input(
                "sts_url",
                format!("{} has no address.", self.host),
                "Look at the host's name.",
            ));
        }
        addresses
            .iter()
            .try_for_each(|address| self.check_address("sts_url", *address))
    }

    fn check_address(&self, field: &str, address: IpAddr) -> Result<(), Problem> {
        let kind = AddressKind::of(address);
        let (may, fix) = match kind {
            AddressKind::Public => (
                matches!(self.reach, Reach::Public | Reach::Private),
                "An insecure endpoint must be on this computer.",
            ),
            AddressKind::Private => (
                self.reach == Reach::Private,
                "If that is meant, confirm that the endpoint is in a private network.",
            ),
            AddressKind::Loopback => (
                self.reach == Reach::Loopback,
                "For an emulator on this computer, confirm insecure-dev-sts.",
            ),
            AddressKind::Never => (false, "Write the host of an STS."),
        };
        if may {
            return Ok(());
        }
        Err(Problem::refused_input(
            field,
            format!(
                "{} stands for {address}, which {}.",
                clip(&self.host, 100),
                kind.sentence()
            ),
            fix,
        ))
    }
}

/// Host and port; brackets around an IPv6 address stay.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    let after_brackets = authority.rfind(']').map_or(0, |at| at + 1);
    let colon = authority
        .get(after_brackets..)
        .and_then(|rest| rest.find(':'))
        .map(|at| after_brackets + at);
    match colon {
        Some(at) => (
            authority.get(..at).unwrap_or_default(),
            authority.get(at + 1..),
        ),
        None => (authority, None),
    }
}

/// Labels of lower-case letters, digits and hyphens; the last one has a letter, so that it is no
/// number that a resolver takes for an address (`0x7f.1`, `2130706433`).
fn is_host_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    text.len() <= 253
        && text.split('.').all(label)
        && last.starts_with(|c: char| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests;
