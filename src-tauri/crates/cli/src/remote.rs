//! Verbs that go to a gateway, as an identity, instead of to the state here.

pub mod http;
pub mod login;
pub mod profile;
mod verbs;

pub use verbs::{credentials, issue_of, revoke_one, run, via};
