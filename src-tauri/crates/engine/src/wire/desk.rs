//! Status, settings and events on the wire.

use chrono::{DateTime, Utc};
use leasehold_domain::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{BreakGlassKept, GatewayStatus, LeaseView};

/// How the keychain answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct KeychainView {
    /// `os`, `file` or `memory`.
    pub kind: String,
    /// What it is called here, e.g. `OS keyring`.
    pub name: String,
    /// Why it cannot be used, where it cannot.
    pub problem: Option<Problem>,
}

/// One screen of everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
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
    #[ts(type = "number")]
    pub next_clock_offset_ms: i64,
    /// The connection whose clock is farthest from this computer's, where that is more than two
    /// minutes. Practice accounts do not count.
    pub clock_off: Option<ClockOff>,
    /// Connections.
    pub connections: u32,
    /// When the oldest managing key was added here.
    pub oldest_key_at: Option<DateTime<Utc>>,
    /// How the keychain answers.
    pub keychain: KeychainView,
    /// Something that must be seen: a damaged file kept aside at start, a break-glass kit that is
    /// not up to date.
    pub notice: Option<Problem>,
    /// Where the break-glass kit is kept, where somebody chose a folder.
    pub break_glass: Option<BreakGlassKept>,
    /// The gateway, and who waits at it.
    pub gateway: GatewayStatus,
}

/// This computer's clock is wrong, as one connection measured it. Leases end on AWS's time all the
/// same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ClockOff {
    /// The connection's name.
    pub connection: String,
    /// AWS's clock minus this computer's, in milliseconds.
    #[ts(type = "number")]
    pub clock_offset_ms: i64,
}

/// Light, dark, or as the system says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
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
    /// Notify when an identity waits to be let in or comes for the first time, and before an auth method ends.
    pub notify_access: bool,
    /// Seconds until a copied secret leaves the clipboard, 5 to 600.
    pub clipboard_seconds: u32,
    /// Folder where the break-glass kit is kept up to date; none when empty.
    pub break_glass_folder: String,
    /// `leasehold credentials` hands a kept key out again while at least so many percent of its
    /// lease's time are left, 0 to 90.
    pub reuse_share: u32,
    /// Minutes after which the hidden window gives its memory back, 1 to 1440; never when 0.
    pub unload_after_minutes: u32,
    /// Quiet hours begin at this time of the day where this computer is, `22:00`; none when empty.
    pub quiet_from: String,
    /// They end at this time, which may be on the next day.
    pub quiet_until: String,
    /// Notifications name no secret, environment, account or label: a lock screen may show them.
    pub hide_names: bool,
    /// Days after which a managing key is called old, 1 to 3650; never when 0.
    pub key_age_days: u32,
    /// The command that opens the AWS console, `firefox --private-window`; the system's browser when
    /// empty. `{}` in it stands for the address, which comes last otherwise.
    pub console_browser: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            notify_expiry: true,
            lead_minutes: vec![5, 15],
            notify_failures: true,
            notify_access: true,
            clipboard_seconds: 30,
            break_glass_folder: String::new(),
            reuse_share: 25,
            unload_after_minutes: 10,
            quiet_from: String::new(),
            quiet_until: String::new(),
            hide_names: false,
            key_age_days: 90,
            console_browser: String::new(),
        }
    }
}

/// The steps of an issue, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
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
    /// A new key was tried until the engine gave up. The lease goes on.
    NotUsable {
        /// The lease.
        lease_id: String,
        /// What was seen, and what to do.
        problem: Problem,
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
    /// How far a revoke of many leases has come.
    BulkProgress {
        /// Chosen by the caller.
        request_id: String,
        /// Leases that were asked for.
        total: u32,
        /// Of those: AWS confirmed the end.
        revoked: u32,
        /// Of those: tried, and to be tried again.
        pending: u32,
        /// Of those: called off before work on them began.
        untouched: u32,
    },
    /// Something was found on a lease that a person must look at: a leak, a foreign user, drift.
    Alarm {
        /// The lease.
        lease: Box<LeaseView>,
    },
    /// A look at what an account holds is finished.
    Reconciled {
        /// Name of the connection.
        connection: String,
    },
    /// The activity log grew.
    ActivityChanged,
    /// Somebody must log in before a connection can be used again. Told once, whatever waits for it.
    LoginNeeded {
        /// The connection's name.
        connection: String,
        /// What to do.
        problem: Problem,
    },
    /// How far the replacement of a managing key has come.
    RotationProgress {
        /// The connection's name.
        connection: String,
        /// The step that is done next, as in [`super::RotationView`].
        step: String,
    },
    /// A dynamic secret, environment or connection changed.
    CatalogChanged,
    /// A connection's clock moved: the practice clock was skipped or AWS's offset measured anew.
    ClockMoved {
        /// The connection's name.
        connection: String,
        /// The new offset in milliseconds.
        #[ts(type = "number")]
        clock_offset_ms: i64,
    },
    /// Settings changed, those of the gateway too.
    SettingsChanged,
    /// An auth method, an access role, a session or what was said of somebody changed.
    AccessChanged,
}
