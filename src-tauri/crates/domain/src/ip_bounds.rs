//! Where calls may come from: CIDR blocks, and `unix` for a socket that has no address.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::Problem;
use crate::suggest::clip;

/// The word for callers over a Unix socket or a named pipe.
const UNIX: &str = "unix";

/// Where a call came from, as the kernel or a trusted gateway says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClientAddress {
    /// An address; never an IPv4 address in IPv6 form.
    Ip(IpAddr),
    /// A socket without addresses.
    Unix,
}

/// A list of CIDR blocks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IpBounds {
    nets: Vec<IpNet>,
    unix: bool,
}

impl From<IpAddr> for ClientAddress {
    /// `::ffff:127.0.0.1` is 127.0.0.1.
    fn from(ip: IpAddr) -> Self {
        Self::Ip(ip.to_canonical())
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(ip) => ip.fmt(f),
            Self::Unix => f.write_str(UNIX),
        }
    }
}

impl IpBounds {
    /// Reads a list: addresses, CIDR blocks and `unix`.
    ///
    /// # Errors
    /// One problem for every entry that is wrong: the named field, the rule and the block that was
    /// probably meant.
    pub fn parse(field: &str, entries: &[String]) -> Result<Self, Vec<Problem>> {
        let mut bounds = Self::default();
        let mut problems = Vec::new();
        for entry in entries.iter().map(|entry| entry.trim()) {
            if entry == UNIX {
                bounds.unix = true;
                continue;
            }
            match net(field, entry) {
                Ok(net) if bounds.nets.contains(&net) => {}
                Ok(net) => bounds.nets.push(net),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() {
            return Ok(bounds);
        }
        Err(problems)
    }

    /// True when there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nets.is_empty() && !self.unix
    }

    /// Whether an entry names this address. An empty list names none.
    #[must_use]
    pub fn contains(&self, address: &ClientAddress) -> bool {
        match address {
            ClientAddress::Unix => self.unix,
            ClientAddress::Ip(ip) => {
                let ip = ip.to_canonical();
                self.nets.iter().any(|net| net.contains(&ip))
            }
        }
    }

    /// Whether a call from this address may pass: an empty list lets everybody pass.
    #[must_use]
    pub fn admits(&self, address: &ClientAddress) -> bool {
        self.is_empty() || self.contains(address)
    }

    /// True when something on this computer is among them: the socket, or a loopback address.
    #[must_use]
    pub fn reaches_this_computer(&self) -> bool {
        let loopback = [
            IpNet::from(IpAddr::from([127, 0, 0, 0])),
            IpNet::from(IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])),
        ];
        let is_loopback = |net: &IpNet| {
            let inside = match net.addr() {
                IpAddr::V4(v4) => v4.is_loopback(),
                IpAddr::V6(v6) => v6.is_loopback(),
            };
            inside || loopback.iter().any(|one| net.contains(one))
        };
        self.unix || self.nets.iter().any(is_loopback)
    }

    /// Every entry in its plain form.
    #[must_use]
    pub fn entries(&self) -> Vec<String> {
        let unix = self.unix.then(|| UNIX.to_owned());
        self.nets
            .iter()
            .map(ToString::to_string)
            .chain(unix)
            .collect()
    }
}

/// One block; IPv4 blocks in IPv6 form become IPv4 blocks.
fn net(field: &str, entry: &str) -> Result<IpNet, Problem> {
    let refuse = |rule: String, fix: String| Err(Problem::refused_input(field, rule, fix));
    let shown = clip(entry, 60);
    let net = match (entry.parse::<IpNet>(), entry.parse::<IpAddr>()) {
        (Ok(net), _) => net,
        (_, Ok(ip)) => IpNet::from(ip),
        _ => {
            let fix = if entry.contains(':') && !entry.contains('/') && entry.contains('.') {
                "Leave the port out; write an address or a block such as 10.0.0.0/8."
            } else if entry == "localhost" {
                "Write 127.0.0.1 and ::1."
            } else {
                "Write a block such as 10.0.0.0/8, an address, or unix."
            };
            return refuse(format!("`{shown}` is not a CIDR block."), fix.into());
        }
    };
    if net != net.trunc() {
        return refuse(
            format!(
                "`{shown}` has more in it than its prefix of {} bits.",
                net.prefix_len()
            ),
            format!(
                "Write {} for the block or {} for the address alone.",
                net.trunc(),
                net.addr()
            ),
        );
    }
    let IpNet::V6(v6) = net else { return Ok(net) };
    let Some(v4) = v6.addr().to_ipv4_mapped() else {
        return Ok(net);
    };
    let Some(bits) = v6.prefix_len().checked_sub(96) else {
        return Ok(net);
    };
    let Ok(net) = IpNet::new(IpAddr::V4(v4), bits) else {
        return refuse(
            format!("`{shown}` is not a CIDR block."),
            "Write the IPv4 block itself.".into(),
        );
    };
    Ok(net)
}

#[cfg(test)]
mod tests;
