//! Where a call came from when a gateway stands in between.

use std::net::IpAddr;

use leasehold_domain::{ClientAddress, IpBounds};

const MAX_ENTRIES: usize = 32;

/// Where a call came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The caller.
    pub client: ClientAddress,
    /// The gateway that was believed about it.
    pub gateway: Option<ClientAddress>,
}

/// `X-Forwarded-For` holds something else than addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedForwarding;

/// The caller's address: the kernel's, unless that is one of the trusted gateways and it says more.
///
/// Then it is the right-most address of `X-Forwarded-For` that is not itself a trusted gateway's: what
/// stands further left was written by somebody else. A gateway that says nothing is the client itself,
/// and so is everybody when no gateway is trusted.
///
/// # Errors
/// A trusted gateway that hands on anything but addresses: nothing in it can then be relied upon.
pub fn origin(
    peer: ClientAddress,
    gateways: &IpBounds,
    forwarded_for: &[&str],
) -> Result<Origin, MalformedForwarding> {
    let direct = Origin {
        client: peer,
        gateway: None,
    };
    if forwarded_for.is_empty() || !gateways.contains(&peer) {
        return Ok(direct);
    }
    let mut chain = Vec::new();
    for entry in forwarded_for.iter().flat_map(|header| header.split(',')) {
        let address: IpAddr = entry.trim().parse().map_err(|_| MalformedForwarding)?;
        chain.push(ClientAddress::from(address));
    }
    if chain.len() > MAX_ENTRIES {
        return Err(MalformedForwarding);
    }
    let untrusted = chain
        .iter()
        .rev()
        .find(|address| !gateways.contains(address));
    let client = untrusted.or(chain.first()).copied().unwrap_or(peer);
    Ok(Origin {
        client,
        gateway: Some(peer),
    })
}
