//! What happens: connections, dynamic secrets, leases, expiry.

pub mod wire;
