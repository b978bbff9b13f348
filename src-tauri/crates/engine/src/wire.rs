//! What the shells get to see: plain data, the same for the window and for `--json`.
//!
//! Field names are stable. Times are RFC 3339 UTC. No secret is in any of these types; the one that
//! holds a secret access key, [`crate::Credentials`], cannot be serialized.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use leasehold_domain::Problem;

/// Where a lease stands, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Recorded; its IAM user is being made.
    Issuing,
    /// The key works until the lease expires.
    Active,
    /// Asked to end; access may still be open.
    Revoking,
    /// Key gone or denied; the user still exists.
    AccessCut,
    /// AWS confirmed that the user is gone.
    Revoked,
    /// Never became active; nothing is left in AWS.
    Failed,
    /// Given up by a person; the user may still exist.
    Forgotten,
}

/// Why a lease ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Somebody revoked it here.
    ByUs,
    /// Its time was over.
    Expired,
    /// The user was removed by somebody else.
    GoneOutside,
    /// It could not be issued and was undone.
    IssueFailed,
}

/// Clean-up of a lease that is ending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Cleanup {
    /// Steps that AWS confirmed.
    pub done: u32,
    /// All steps: the cut, the listing, the dismantling, the guards, the user.
    pub total: u32,
    /// What AWS says is in the way, where something is.
    pub blocked_by: Option<String>,
}

/// One lease.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct LeaseView {
    /// Unique for ever.
    pub id: String,
    /// Name of the dynamic secret it was made from.
    pub secret: String,
    /// Id of the dynamic secret, while that still exists.
    pub secret_id: Option<String>,
    /// Environment of the dynamic secret at issue.
    pub environment: String,
    /// Folder of the dynamic secret at issue.
    pub folder: String,
    /// Where it stands.
    pub state: State,
    /// Why it ended, once it has or is about to.
    pub end_reason: Option<EndReason>,
    /// Name of the connection it was made over.
    pub connection: String,
    /// True for a lease of the practice account.
    pub practice: bool,
    /// The AWS account.
    pub account_id: String,
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// The region that credential formats name.
    pub region: String,
    /// The IAM path of the user.
    pub iam_path: String,
    /// The IAM user.
    pub user_name: String,
    /// AWS's unique id of the user (`AIDA…`).
    pub user_id: Option<String>,
    /// The leased key's id (`AKIA…`).
    pub access_key_id: Option<String>,
    /// A note by whoever asked.
    pub label: Option<String>,
    /// Who asked: `window`, `cli`, …
    pub requested_by: String,
    /// When it was recorded here.
    pub created_at: DateTime<Utc>,
    /// `CreateDate` of the user.
    pub issued_at: Option<DateTime<Utc>>,
    /// From this moment AWS denies every call.
    pub expires_at: DateTime<Utc>,
    /// Renewing never goes past this.
    pub max_expires_at: DateTime<Utc>,
    /// What a renewal adds when nothing else is said, e.g. `1h`.
    pub default_ttl: String,
    /// When access was cut, once it was.
    pub cut_at: Option<DateTime<Utc>>,
    /// When it came to rest.
    pub ended_at: Option<DateTime<Utc>>,
    /// From the key's creation to its third successful call in a row.
    pub usable_after_ms: Option<u32>,
    /// Present while it is ending.
    pub cleanup: Option<Cleanup>,
    /// When the next try is due, where one failed.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// Failed tries so far.
    pub attempts: u32,
    /// What AWS or the keychain said at the last failed try.
    pub reason: Option<String>,
    /// What would fix it.
    pub hint: Option<String>,
    /// Something was found that a person must look at: a foreign user, a leak alarm.
    pub alarm: Option<String>,
    /// The key is kept, sealed, for `leasehold credentials`.
    pub kept: bool,
    /// AWS's clock minus this computer's, in milliseconds; add it to the local time before
    /// comparing with the times above.
    pub clock_offset_ms: i32,
}

/// One line of a lease's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LeaseEvent {
    /// When.
    pub at: DateTime<Utc>,
    /// `recorded`, `user_created`, `active`, `usable`, `renewed`, `cut`, `revoked`, `retry`, …
    pub kind: String,
    /// A sentence.
    pub text: String,
}

/// A lease with its history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct LeaseDetail {
    /// The lease.
    pub lease: LeaseView,
    /// Oldest first.
    pub events: Vec<LeaseEvent>,
    /// Managed policies attached.
    pub policy_arns: Vec<String>,
    /// Groups joined.
    pub groups: Vec<String>,
    /// Names of the inline policies, guards included.
    pub inline_policies: Vec<String>,
    /// The boundary it was made with.
    pub permission_boundary: Option<String>,
}

/// What can be said of keys without showing them: a lease as `lease create` leaves it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct IssuedView {
    /// The lease.
    pub lease: LeaseView,
    /// The key's id; its secret is asked for separately.
    pub access_key_id: String,
}

/// The way credentials are written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// `credential_process` document.
    Process,
    /// `export` lines.
    Bash,
    /// `set -gx` lines.
    Fish,
    /// `$Env:` lines.
    Powershell,
    /// `set` lines.
    Cmd,
    /// `.env` lines.
    Dotenv,
    /// JSON.
    Json,
    /// A block for `~/.aws/credentials`.
    Profile,
}

/// A connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConnectionView {
    /// Unique for ever.
    pub id: String,
    /// Unique name.
    pub name: String,
    /// True for the practice account.
    pub practice: bool,
    /// The managing key's id, not its secret.
    pub access_key_id: Option<String>,
    /// Region of new dynamic secrets and of the endpoint.
    pub region: String,
    /// Set when it is not AWS's own.
    pub endpoint_url: Option<String>,
    /// From `sts:GetCallerIdentity`.
    pub account_id: String,
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// From `sts:GetCallerIdentity`.
    pub caller_arn: String,
    /// When the caller was last seen.
    pub verified_at: DateTime<Utc>,
    /// When it was added here.
    pub created_at: DateTime<Utc>,
    /// AWS's clock minus this computer's, in milliseconds.
    pub clock_offset_ms: i32,
    /// Dynamic secrets that use it.
    pub secrets: u32,
    /// Leases that are not at rest.
    pub open_leases: u32,
    /// What the last check found, where it found a problem.
    pub problem: Option<Problem>,
}

/// The policy to give a managing user, and what to know about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ManagingPolicy {
    /// The policy document, indented.
    pub document: String,
    /// Scoping hints and warnings.
    pub notes: Vec<String>,
}

/// An environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EnvironmentView {
    /// Unique for ever.
    pub id: String,
    /// Slug, e.g. `development`.
    pub name: String,
    /// Dynamic secrets in it.
    pub secrets: u32,
}

/// A tag of the IAM users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TagView {
    /// 1 to 128 characters.
    pub key: String,
    /// Up to 256 characters.
    pub value: String,
}

/// The form of a dynamic secret, as typed: every field a string or a list of strings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct SecretDraft {
    /// Slug, 1 to 64.
    pub name: String,
    /// Environment name.
    pub environment: String,
    /// `/` or `/payments/s3`.
    pub folder: String,
    /// Connection name.
    pub connection: String,
    /// `1h`
    pub default_ttl: String,
    /// `8h`
    pub max_ttl: String,
    /// `us-east-1`
    pub region: String,
    /// `/leases/`
    pub iam_path: String,
    /// A policy ARN or empty.
    pub permission_boundary: String,
    /// Names; every element may hold several, divided by commas, spaces or new lines.
    pub groups: Vec<String>,
    /// Managed policy ARNs; every element may hold several.
    pub policy_arns: Vec<String>,
    /// Inline policy documents, one JSON text each.
    pub policy_documents: Vec<String>,
    /// `{{randomUsername}}`
    pub username_template: String,
    /// Tags of the user; needs `iam:TagUser`.
    pub tags: Vec<TagView>,
}

/// How much of IAM's 2048 characters of inline policies is spoken for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BudgetView {
    /// The draft's own documents, without insignificant white space.
    pub documents: u32,
    /// The most that Leasehold may ever put beside them.
    pub guards: u32,
    /// 2048.
    pub limit: u32,
}

/// What can be said of a draft before it is submitted. No AWS call is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DraftCheck {
    /// Everything that would be refused, each with field, rule and fix.
    pub problems: Vec<Problem>,
    /// Things to know that are not refused.
    pub warnings: Vec<Problem>,
    /// The size of the inline policies.
    pub budget: BudgetView,
    /// A user name as the template would make it.
    pub user_name_example: Option<String>,
    /// Sentences: who can do what until when.
    pub summary: Vec<String>,
}

/// A dynamic secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct SecretView {
    /// Unique for ever.
    pub id: String,
    /// Everything the form holds, normalised.
    pub draft: SecretDraft,
    /// The account its connection reaches.
    pub account_id: String,
    /// True when it belongs to the practice account.
    pub practice: bool,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was last edited.
    pub updated_at: DateTime<Utc>,
    /// It is waiting for its leases to end and will go then.
    pub deleting: bool,
    /// Leases that are not at rest.
    pub open_leases: u32,
    /// Leases whose access is open now.
    pub active_leases: u32,
    /// Issue moment of the lease that ends next.
    pub next_issued_at: Option<DateTime<Utc>>,
    /// The next expiry.
    pub next_expires_at: Option<DateTime<Utc>>,
    /// AWS's clock minus this computer's, in milliseconds.
    pub clock_offset_ms: i32,
}

/// Answer of a bulk revoke: what AWS confirmed and what is pending.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct RevokeReport {
    /// Ids whose user AWS confirmed gone.
    pub revoked: Vec<String>,
    /// The rest, which is retried without end.
    pub pending: Vec<PendingRevoke>,
}

/// A revoke that is not finished.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct PendingRevoke {
    /// Lease id.
    pub id: String,
    /// Where it stands.
    pub state: State,
    /// What stands in the way.
    pub reason: Option<String>,
    /// When it is tried again.
    pub next_attempt_at: Option<DateTime<Utc>>,
}

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
