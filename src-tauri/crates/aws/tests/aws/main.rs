//! The whole crate against canned answers: the real SDK, no socket, no real sleep.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may fail by panicking"
)]

mod answers;
mod clock;
mod credentials;
mod errors;
mod fake;
mod pages;
mod relay;
mod renewal;
mod retries;
mod sessions;
mod wire;
