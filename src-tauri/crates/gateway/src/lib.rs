//! The gateway: a listener where callers who proved who they are get leases.
//!
//! A shell over `access` and `engine`: a route reads its form, asks the door who calls and whether it may,
//! makes one call of the engine, and writes the answer in the shape of Akeyless's public v2 API. It is off
//! until somebody switches it on, and every caller is taken to be hostile.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod answer;
mod app;
mod choose;
mod clients;
mod connection;
mod guard;
mod listen;
mod news;
mod routes;
mod serve;
#[cfg(unix)]
mod socket;
mod tls;

pub use app::desk;
pub use choose::{check, chosen, usual_socket};
pub use clients::clients;
pub use listen::{DEFAULT_LISTEN, Listen, Options, TlsFiles};
pub use news::news;
pub use routes::paths;
pub use serve::Gateway;
