//! The gateway on the wire: what is chosen for it, and how it is.

use chrono::{DateTime, Utc};
use leasehold_domain::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where a certificate comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GatewayTls {
    /// There is none: only this computer may be listened to.
    #[default]
    None,
    /// One of its own, made once and kept in the keychain.
    Own,
    /// The files that are named.
    Files,
}

/// What is chosen for the gateway that the window serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct GatewaySettings {
    /// It is switched on, and served while the window's process runs.
    pub on: bool,
    /// Addresses with ports; none: only the socket.
    pub listen: Vec<String>,
    /// A Unix socket: `usual` for the one in the home's own folder, a whole path, or nothing for none.
    pub socket: String,
    /// Where the certificate for the addresses comes from.
    pub tls: GatewayTls,
    /// A PEM file with the certificate; counts with `files`.
    pub tls_cert: String,
    /// A PEM file with its private key; counts with `files`.
    pub tls_key: String,
    /// Names besides the addresses that callers know this computer by.
    pub names: Vec<String>,
}

impl GatewaySettings {
    /// The word for the socket in the home's own folder.
    pub const USUAL: &str = "usual";
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            on: false,
            listen: vec!["127.0.0.1:8732".to_owned()],
            socket: Self::USUAL.to_owned(),
            tls: GatewayTls::None,
            tls_cert: String::new(),
            tls_key: String::new(),
            names: Vec::new(),
        }
    }
}

/// The process of this home that serves the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct GatewayServing {
    /// `window`, or `gateway` for the command.
    pub by: String,
    /// Its process id.
    pub pid: u32,
    /// Where it listens.
    pub urls: Vec<String>,
    /// SHA-256 of its certificate, where it has one.
    pub certificate_sha256: Option<String>,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// The gateway in one screen of everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct GatewayStatus {
    /// The window is to serve it.
    pub on: bool,
    /// Who serves it now.
    pub serving: Option<GatewayServing>,
    /// Identities that wait to be let in.
    pub waiting: u32,
}

/// How the window's gateway is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum GatewayState {
    /// Switched off.
    #[default]
    Off,
    /// It is being opened.
    Starting,
    /// It listens.
    Listening {
        /// Where.
        urls: Vec<String>,
        /// SHA-256 of its certificate, where it has one.
        certificate_sha256: Option<String>,
        /// Since when.
        since: DateTime<Utc>,
    },
    /// It was switched off or changed; calls that are under way may finish.
    Stopping,
    /// Another process of this home serves already.
    Elsewhere {
        /// The same in a sentence, and what to do.
        problem: Problem,
        /// Which one.
        serving: GatewayServing,
        /// When it is tried again.
        retry_at: Option<DateTime<Utc>>,
    },
    /// It cannot listen.
    Failed {
        /// Why, and what to do.
        problem: Problem,
        /// When it is tried again.
        retry_at: Option<DateTime<Utc>>,
    },
}

/// The window's gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct GatewayView {
    /// What is chosen.
    pub settings: GatewaySettings,
    /// How it is.
    pub state: GatewayState,
    /// The socket that `usual` means; none where this system has none.
    pub usual_socket: Option<String>,
}

/// A text that makes a client use the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ClientHelp {
    /// A word for it that stays.
    pub id: String,
    /// What it is for.
    pub title: String,
    /// The text, to be copied.
    pub text: String,
    /// What else to know.
    pub note: Option<String>,
}
