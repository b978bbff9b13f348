//! How often somebody may try at the door.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use leasehold_domain::ClientAddress;

use crate::pace::Pace;

/// How many at once, and then one every so often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pacing {
    /// Logins of one address.
    pub logins: (u32, Duration),
    /// Logins by one access id, from wherever.
    pub logins_by_id: (u32, Duration),
    /// Calls of one address.
    pub calls: (u32, Duration),
    /// Tokens that are none, of one address.
    pub wrong_tokens: (u32, Duration),
    /// Leases that one identity gets.
    pub leases: (u32, Duration),
}

impl Default for Pacing {
    /// An address alone never uses up what an access id may.
    fn default() -> Self {
        Self {
            logins: (10, Duration::from_secs(1)),
            logins_by_id: (30, Duration::from_millis(300)),
            calls: (60, Duration::from_millis(50)),
            wrong_tokens: (10, Duration::from_secs(2)),
            leases: (20, Duration::from_secs(3)),
        }
    }
}

pub(super) struct Paces {
    logins: Pace<ClientAddress>,
    logins_by_id: Pace<String>,
    calls: Pace<ClientAddress>,
    wrong_tokens: Pace<ClientAddress>,
    leases: Pace<String>,
    /// Lines about those who try too often: one a minute of each address.
    lines: Pace<ClientAddress>,
    /// Lines about what somebody was refused who is let in, or was.
    refusals: Pace<String>,
}

impl Paces {
    pub(super) fn new(pacing: Pacing) -> Self {
        let Pacing {
            logins,
            logins_by_id,
            calls,
            wrong_tokens,
            leases,
        } = pacing;
        Self {
            logins: Pace::new(logins.0, logins.1),
            logins_by_id: Pace::new(logins_by_id.0, logins_by_id.1),
            calls: Pace::new(calls.0, calls.1),
            wrong_tokens: Pace::new(wrong_tokens.0, wrong_tokens.1),
            leases: Pace::new(leases.0, leases.1),
            lines: Pace::new(1, Duration::from_mins(1)),
            refusals: Pace::new(30, Duration::from_secs(10)),
        }
    }

    /// The address first, so that one that tries too often takes nothing from the others.
    pub(super) fn login(
        &mut self,
        address: ClientAddress,
        access_id: Option<&str>,
        now: Duration,
    ) -> Result<(), Duration> {
        self.logins.take(neighbours(address), now)?;
        match access_id {
            Some(id) => self.logins_by_id.take(id.to_owned(), now),
            None => Ok(()),
        }
    }

    pub(super) fn call(&mut self, address: ClientAddress, now: Duration) -> Result<(), Duration> {
        self.calls.take(neighbours(address), now)
    }

    pub(super) fn wrong_token(
        &mut self,
        address: ClientAddress,
        now: Duration,
    ) -> Result<(), Duration> {
        self.wrong_tokens.take(neighbours(address), now)
    }

    pub(super) fn lease(&mut self, whom: String, now: Duration) -> Result<(), Duration> {
        self.leases.take(whom, now)
    }

    /// Whether a line about one refusal more of this caller is written.
    pub(super) fn is_refusal_told(&mut self, whom: &str, now: Duration) -> bool {
        self.refusals.take(whom.to_owned(), now).is_ok()
    }

    /// Whether a line about one refusal more of somebody who is nobody is written.
    pub(super) fn is_stranger_told(&mut self, address: ClientAddress, now: Duration) -> bool {
        let from = format!("a stranger from {}", neighbours(address));
        self.is_refusal_told(&from, now)
    }

    /// Whether a line about somebody who tries too often is written.
    pub(super) fn is_told(&mut self, address: ClientAddress, now: Duration) -> bool {
        self.lines.take(neighbours(address), now).is_ok()
    }
}

/// Who counts as one: whoever has one address of IPv6 has its 64 bits of neighbours too.
#[must_use]
pub fn neighbours(address: ClientAddress) -> ClientAddress {
    match address {
        ClientAddress::Ip(IpAddr::V6(v6)) if !v6.is_loopback() => {
            let bits = u128::from(v6) & !u128::from(u64::MAX);
            ClientAddress::Ip(IpAddr::V6(Ipv6Addr::from(bits)))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_alone_keeps_nobody_else_from_logging_in() {
        let mut paces = Paces::new(Pacing::default());
        let at = |text: &str| ClientAddress::from(text.parse::<IpAddr>().unwrap());
        let id = Some("p-abcdefgh234567");
        let tries = (0..200).filter(|_| paces.login(at("10.0.0.1"), id, Duration::ZERO).is_ok());
        assert_eq!(tries.count(), 10);
        assert!(paces.login(at("10.0.0.2"), id, Duration::ZERO).is_ok());
    }

    #[test]
    fn neighbours_of_ipv6_are_one() {
        let mut paces = Paces::new(Pacing::default());
        let passed = (0..50u16)
            .filter(|n| {
                let one: IpAddr = format!("2001:db8::{n:x}").parse().unwrap();
                paces.login(one.into(), None, Duration::ZERO).is_ok()
            })
            .count();
        assert_eq!(passed, 10);
    }
}
