//! Tests of the shell: real commands on a mock window, a real engine, the practice account.

mod access;
mod ask;
mod clipboard;
mod contract;
mod gateway;
mod journey;
mod papers;
mod refusals;
pub(crate) mod rig;
pub(crate) mod sample;
mod sources;
mod window;
