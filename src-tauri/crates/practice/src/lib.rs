//! The practice account: a small IAM and STS inside the application.
//!
//! [`handle`] is a pure state machine that answers AWS query-protocol requests; [`Practice`] keeps
//! its state in a file and lends it to the AWS SDK as an HTTP client. Nothing here is AWS.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod access;
mod account;
mod answer;
mod aws_managed;
mod caller;
mod client;
#[cfg(test)]
mod differential;
mod disk;
mod document;
mod evaluate;
mod fault;
mod handle;
#[cfg(feature = "listener")]
mod listener;
#[cfg(test)]
mod managing;
mod ops;
mod page;
mod practice;
mod prepare;
mod request;
mod rules;
mod seed;
mod sigv4;
mod state;
mod throttle;

pub use account::{
    ACCOUNT_ID, MANAGER_NAME, MANAGER_PATH, MANAGING_POLICY, PARTITION, PARTNER_EXTERNAL_ID,
    PARTNER_ROLE, READER_ROLE,
};
pub use answer::Response;
pub use disk::PracticeError;
pub use handle::handle;
#[cfg(feature = "listener")]
pub use listener::{add_admin, serve};
pub use practice::{Clock, Practice};
pub use request::Request;
pub use state::State;
pub use throttle::Throttle;
