//! The gateway over real sockets, with an STS that checks signatures.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod container;
mod hostile;
mod house;
mod life;
mod owner;
mod secrecy;
mod tls;
mod way;
