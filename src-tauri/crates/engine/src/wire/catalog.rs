//! Connections, environments and dynamic secrets on the wire.

use chrono::{DateTime, Utc};
use leasehold_domain::{Problem, lint};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What stands behind a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionKind {
    /// A managing access key in the keychain.
    AccessKey,
    /// A named profile of the AWS configuration.
    Profile,
    /// A role, assumed from another connection or from a profile.
    Role,
    /// The practice account.
    Practice,
}

/// A replacement of a managing key that is not finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct RotationView {
    /// `clearing`, `creating`, `made`, `kept`, `switched` or `undoing`.
    pub step: String,
    /// The key that goes.
    pub old_access_key_id: String,
    /// The key that comes, once AWS has named it.
    pub new_access_key_id: Option<String>,
    /// When it was asked for.
    pub started_at: DateTime<Utc>,
    /// When it goes on, where the last try failed.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// Why the last try failed.
    pub problem: Option<Problem>,
}

/// An access key of a managing user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ManagingKey {
    /// `AKIA…`
    pub access_key_id: String,
    /// When AWS made it.
    pub created_at: Option<DateTime<Utc>>,
    /// False when it is switched off.
    pub active: bool,
    /// True for the connection's own key.
    pub own: bool,
    /// Another connection here that signs with it.
    pub connection: Option<String>,
    /// False where AWS does not let the managing user ask (`iam:GetAccessKeyLastUsed`).
    pub last_use_known: bool,
    /// When it was last used; never, where that is known and nothing is said.
    pub last_used_at: Option<DateTime<Utc>>,
    /// What it was last used for.
    pub last_used_for: Option<String>,
}

/// The access keys of a managing user: AWS allows two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ManagingKeys {
    /// The connection.
    pub connection: String,
    /// The IAM user.
    pub user_name: String,
    /// Its keys, the connection's own first.
    pub keys: Vec<ManagingKey>,
    /// There is no room for a new key: one has to be given up before the own one is replaced.
    pub full: bool,
}

/// What came of replacing a managing key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Rotated {
    /// The connection as it is now.
    pub connection: ConnectionView,
    /// The key that goes, or is gone.
    pub old_access_key_id: String,
    /// The key that the connection has now.
    pub new_access_key_id: Option<String>,
    /// Other connections that had the same key and have the new one.
    pub also: Vec<String>,
    /// What is still to be done, and is tried again by itself; nothing when the old key is gone.
    pub pending: Option<Problem>,
}

/// A connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ConnectionView {
    /// Unique for ever.
    pub id: String,
    /// Unique name.
    pub name: String,
    /// What stands behind it.
    pub kind: ConnectionKind,
    /// True for the practice account.
    pub practice: bool,
    /// The managing key's id, not its secret.
    pub access_key_id: Option<String>,
    /// When the managing key was put in.
    pub key_added_at: Option<DateTime<Utc>>,
    /// When the managing key was last replaced here.
    pub key_rotated_at: Option<DateTime<Utc>>,
    /// The profile, or the one that the role is assumed from.
    pub profile: Option<String>,
    /// The role.
    pub role_arn: Option<String>,
    /// Name of the connection that the role is assumed from.
    pub from: Option<String>,
    /// What the role's trust policy asks for.
    pub external_id: Option<String>,
    /// The MFA device whose code opens a session of the role.
    pub mfa_serial: Option<String>,
    /// What sessions of the role are called.
    pub session_name: Option<String>,
    /// How long a session of the role lasts, in seconds.
    pub session_seconds: Option<i32>,
    /// When the present session ends, in the process that shows it.
    pub session_ends_at: Option<DateTime<Utc>>,
    /// The replacement of its key that is under way.
    pub rotation: Option<RotationView>,
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
    #[ts(type = "number")]
    pub clock_offset_ms: i64,
    /// Dynamic secrets that use it.
    pub secrets: u32,
    /// Leases that are not at rest.
    pub open_leases: u32,
    /// What the last check found, where it found a problem.
    pub problem: Option<Problem>,
}

/// The policy to give a managing user, and what to know about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ManagingPolicy {
    /// The policy document, indented.
    pub document: String,
    /// Scoping hints and warnings.
    pub notes: Vec<String>,
    /// A second document with what is not needed and makes some things better: finding users that no
    /// lease knows, tags, clearing away what blocks a clean-up, asking AWS's policy simulator.
    pub optional: String,
}

/// An environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct EnvironmentView {
    /// Unique for ever.
    pub id: String,
    /// Slug, e.g. `development`.
    pub name: String,
    /// Dynamic secrets in it.
    pub secrets: u32,
}

/// A tag of the IAM users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TagView {
    /// 1 to 128 characters.
    pub key: String,
    /// Up to 256 characters.
    pub value: String,
}

/// The form of a dynamic secret, as typed: every field a string or a list of strings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
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
    /// `iam_user`, `assumed_role` or `federation_token`; empty is `iam_user`. What is not of the type is
    /// left empty.
    pub credential_type: String,
    /// The role whose sessions leases are; of `assumed_role` only.
    pub role_arn: String,
    /// What the trust policy of the role asks for; of `assumed_role` only.
    pub external_id: String,
    /// `/leases/`
    pub iam_path: String,
    /// A policy ARN or empty.
    pub permission_boundary: String,
    /// Names; every element may hold several, divided by commas, spaces or new lines.
    pub groups: Vec<String>,
    /// Managed policy ARNs; every element may hold several. Session policies of a session.
    pub policy_arns: Vec<String>,
    /// Inline policy documents, one JSON text each. The session policy of a session: one at most.
    pub policy_documents: Vec<String>,
    /// `{{randomUsername}}`
    pub username_template: String,
    /// Tags of the user, which need `iam:TagUser`, or of the session, which need `sts:TagSession`.
    pub tags: Vec<TagView>,
}

/// How much of IAM's 2048 characters of inline policies is spoken for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct BudgetView {
    /// The draft's own documents, without insignificant white space.
    pub documents: u32,
    /// The most that Leasehold may ever put beside them.
    pub guards: u32,
    /// 2048.
    pub limit: u32,
}

/// What can be said of a draft before it is submitted. No AWS call is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct DraftCheck {
    /// Everything that would be refused, each with field, rule and fix.
    pub problems: Vec<Problem>,
    /// Things to know that are not refused.
    pub warnings: Vec<Problem>,
    /// What the policy lint says of the documents, at its place in them.
    pub marks: Vec<PolicyMark>,
    /// The size of the inline policies.
    pub budget: BudgetView,
    /// A user name as the template would make it; none of sessions.
    pub user_name_example: Option<String>,
    /// Sentences: who can do what until when.
    pub summary: Vec<String>,
}

/// Something the lint says about a place in a policy document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PolicyMark {
    /// Which of `policy_documents`, from 0.
    pub document: u32,
    /// From 1; the line of the text as typed.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// How bad it is.
    pub severity: Severity,
    /// A stable word, e.g. `privilege_escalation`.
    pub rule: String,
    /// What is the matter.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl PolicyMark {
    /// A finding that is about an inline document.
    pub(crate) fn of(finding: &lint::Finding) -> Option<Self> {
        let lint::Place::Document {
            index,
            line,
            column,
        } = finding.place
        else {
            return None;
        };
        Some(Self {
            document: u32::try_from(index).unwrap_or(u32::MAX),
            line,
            column,
            severity: finding.severity.into(),
            rule: finding.rule.to_owned(),
            message: finding.message.clone(),
            hint: Some(finding.fix.clone()),
        })
    }
}

/// How bad something is that is not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Probably not meant.
    Warning,
    /// Lets a leased user outlive its lease or take over the account.
    Danger,
}

impl From<lint::Severity> for Severity {
    fn from(severity: lint::Severity) -> Self {
        match severity {
            lint::Severity::Info => Self::Info,
            lint::Severity::Warning => Self::Warning,
            lint::Severity::Danger => Self::Danger,
        }
    }
}

/// A dynamic secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
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
    /// Somebody pinned it: it stands before the others.
    pub pinned: bool,
    /// The last pre-flight, where there was one.
    pub preflight: Option<super::Preflight>,
    /// Leases that are not at rest.
    pub open_leases: u32,
    /// Leases whose access is open now.
    pub active_leases: u32,
    /// Issue moment of the lease that ends next.
    pub next_issued_at: Option<DateTime<Utc>>,
    /// The next expiry.
    pub next_expires_at: Option<DateTime<Utc>>,
    /// AWS's clock minus this computer's, in milliseconds.
    #[ts(type = "number")]
    pub clock_offset_ms: i64,
}
