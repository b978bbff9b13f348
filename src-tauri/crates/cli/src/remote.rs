//! Verbs that go to a gateway, as an identity, instead of to the state here.

pub mod http;
pub mod login;
pub mod profile;
mod verbs;

pub use verbs::{Item, credentials, issue_of, item, renew_one, revoke_one, run, via};
