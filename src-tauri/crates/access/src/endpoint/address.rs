//! Kinds of addresses: what a connection to one would reach.

use std::net::{IpAddr, Ipv6Addr};

/// What connecting to an address would mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AddressKind {
    Public,
    Private,
    Loopback,
    /// Link-local (instance metadata among them), unspecified, multicast, reserved.
    Never,
}

impl AddressKind {
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                if v4.is_loopback() {
                    Self::Loopback
                } else if v4.is_private() || (a == 100 && (64..128).contains(&b)) {
                    Self::Private
                } else if v4.is_link_local()
                    || a == 0
                    || a >= 224
                    || v4.is_documentation()
                    || (a == 192 && b == 0 && c == 0)
                    || (a == 198 && (18..20).contains(&b))
                {
                    Self::Never
                } else {
                    Self::Public
                }
            }
            IpAddr::V6(v6) => Self::of_v6(v6),
        }
    }

    fn of_v6(v6: Ipv6Addr) -> Self {
        let first = v6.segments()[0];
        if v6.is_loopback() {
            return Self::Loopback;
        }
        // fd00:ec2::/32 is where AWS puts instance metadata and the credential agents of containers.
        if v6.segments()[..2] == [0xfd00, 0x0ec2] {
            return Self::Never;
        }
        if v6.is_unique_local() {
            return Self::Private;
        }
        // 64:ff9b::/96 and 2002::/16 carry an IPv4 address that would escape this check.
        let carries_v4 = v6.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0] || first == 0x2002;
        let is_global = (0x2000..0x4000).contains(&first);
        if carries_v4
            || !is_global
            || v6.segments()[..2] == [0x2001, 0x0db8]
            || v6.segments()[..2] == [0x2001, 0]
        {
            return Self::Never;
        }
        Self::Public
    }

    pub fn sentence(self) -> &'static str {
        match self {
            Self::Public => "is on the public internet",
            Self::Private => "is in a private network",
            Self::Loopback => "is this computer",
            Self::Never => "is never an STS: it is link-local, instance metadata or reserved",
        }
    }
}
