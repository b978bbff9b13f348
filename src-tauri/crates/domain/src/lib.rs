//! Words and rules of Leasehold: no I/O, no clock, no async.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod problem;

pub use problem::{Code, Problem};
