//! The practice account as AWS's own SDK and raw HTTP clients see it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failing test may panic"
)]

mod desk;

mod authorization;
mod credentials;
mod hostile;
mod judge;
mod keeping;
mod keys_and_signatures;
mod lists;
mod refusals;
mod roles_and_sessions;
mod time_and_conditions;
mod users;
mod wire;
