//! Status, settings and events on the wire.

use chrono::{DateTime, Utc};
use leasehold_domain::Problem;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::LeaseView;

/// How the keychain answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KeychainView {
    /// `os`, `file` or `memory`.
    pub kind: String,
    /// What it is called here, e.g. `OS keyring`.
    pub name: String,
    /// Why it cannot be used, where it cannot.
    pub problem: Option<Problem>,
}

/// One screen of everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct StatusView {
    /// Version of Leasehold.
    pub version: String,
    /// Where state lives.
    pub home: String,
    /// Leases whose access is open.
    pub active_leases: u32,
    /// Leases that end within 15 minutes.
    pub ending_soon: u32,
    /// Leases with a failed revoke or an alarm.
    pub need_attention: u32,
    /// The next expiry of an active lease.
    pub next_expires_at: Option<DateTime<Utc>>,
    /// AWS's clock minus this computer's for that lease's connection.
    pub next_clock_offset_ms: i32,
    /// Connections.
    pub connections: u32,
    /// When the oldest managing key was added here.
    pub oldest_key_at: Option<DateTime<Utc>>,
    /// How the keychain answers.
    pub keychain: KeychainView,
    /// Something that happened at start and must be seen, e.g. a damaged file kept aside.
    pub notice: Option<Problem>,
}

/// Light, dark, or as the system says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// What a person can choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Settings {
    /// Theme of the window.
    pub theme: Theme,
    /// Notify before a lease ends.
    pub notify_expiry: bool,
    /// How long before, in minutes, each 1 to 1440.
    pub lead_minutes: Vec<u32>,
    /// Notify when a revoke fails.
    pub notify_failures: bool,
    /// Seconds until a copied secret leaves the clipboard, 5 to 600.
    pub clipboard_seconds: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            notify_expiry: true,
            lead_minutes: vec![5],
            notify_failures: true,
            clipboard_seconds: 30,
        }
    }
}

/// The steps of an issue, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum IssueStep {
    /// The lease is recorded.
    Recorded,
    /// `CreateUser` was answered.
    UserCreated,
    /// Guards, documents, policies and groups are acknowledged and the key is made.
    Guarded,
    /// The key answered `GetCallerIdentity` three times in a row.
    Usable,
}

/// What the engine tells whoever listens. Never a secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// A step of an issue that is under way.
    IssueProgress {
        /// Chosen by the caller of `issue`.
        request_id: String,
        /// The lease.
        lease_id: String,
        /// The step that is done.
        step: IssueStep,
    },
    /// A lease changed in any way.
    LeaseChanged {
        /// The lease.
        lease: Box<LeaseView>,
    },
    /// A lease will end in so many minutes.
    LeaseExpiring {
        /// The lease.
        lease: Box<LeaseView>,
        /// The lead time that was reached.
        minutes: u32,
    },
    /// A revoke failed and is retried later.
    RevokeFailed {
        /// The lease.
        lease: Box<LeaseView>,
    },
    /// A dynamic secret, environment or connection changed.
    CatalogChanged,
    /// A connection's clock moved: the practice clock was skipped or AWS's offset measured anew.
    ClockMoved {
        /// The connection's name.
        connection: String,
        /// The new offset in milliseconds.
        clock_offset_ms: i32,
    },
    /// Settings changed.
    SettingsChanged,
}
