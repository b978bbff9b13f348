//! A lease as it is stored: a snapshot of all that is needed to end it, and where it stands.

use chrono::{DateTime, Utc};
use leasehold_domain::{Credential, EndReason, LeaseState};
use rusqlite::Row;
use rusqlite::types::Value;

use crate::StoreError;
use crate::row::{Columns, integer, json, millis};

const TABLE: &str = "leases";
const COLUMNS: &[&str] = &[
    "id",
    "secret_id",
    "secret_name",
    "environment",
    "folder",
    "connection_id",
    "connection_name",
    "practice",
    "account_id",
    "partition",
    "region",
    "iam_path",
    "user_name",
    "user_arn",
    "user_id",
    "access_key_id",
    "boundary",
    "groups",
    "policy_arns",
    "documents",
    "tags",
    "default_ttl_s",
    "ttl_s",
    "max_ttl_s",
    "label",
    "requested_by",
    "installation",
    "guards",
    "state",
    "end_reason",
    "created_at",
    "issued_at",
    "expires_at",
    "max_expires_at",
    "pending_expires_at",
    "cut_at",
    "ended_at",
    "usable_after_ms",
    "step",
    "total_steps",
    "blocked_by",
    "next_attempt_at",
    "recheck_at",
    "attempts",
    "reason",
    "hint",
    "alarm",
    "notified_minutes",
    "kept",
    "end_asked_at",
    "missing_action",
    "reconciled_at",
    "standing",
    "findings",
    "owner",
    "credential",
    "cut_policy",
    "generation",
];

/// `SELECT` of all columns of `leases`, in the order that [`LeaseRow::read`] expects.
macro_rules! select_leases {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            "id, secret_id, secret_name, environment, folder, connection_id, ",
            "connection_name, practice, account_id, partition, region, iam_path, ",
            "user_name, user_arn, user_id, access_key_id, boundary, groups, ",
            "policy_arns, documents, tags, default_ttl_s, ttl_s, max_ttl_s, label, ",
            "requested_by, installation, guards, state, end_reason, created_at, ",
            "issued_at, expires_at, max_expires_at, pending_expires_at, cut_at, ",
            "ended_at, usable_after_ms, step, total_steps, blocked_by, next_attempt_at, ",
            "recheck_at, attempts, reason, hint, alarm, notified_minutes, kept, ",
            "end_asked_at, missing_action, reconciled_at, standing, findings, owner, ",
            "credential, cut_policy, generation ",
            "FROM leases ",
            $rest
        )
    };
}
pub(crate) use select_leases;

pub(crate) const INSERT: &str = "INSERT INTO leases \
    (id, secret_id, secret_name, environment, folder, connection_id, connection_name, \
     practice, account_id, partition, region, iam_path, user_name, user_arn, user_id, \
     access_key_id, boundary, groups, policy_arns, documents, tags, default_ttl_s, \
     ttl_s, max_ttl_s, label, requested_by, installation, guards, state, end_reason, \
     created_at, issued_at, expires_at, max_expires_at, pending_expires_at, cut_at, \
     ended_at, usable_after_ms, step, total_steps, blocked_by, next_attempt_at, \
     recheck_at, attempts, reason, hint, alarm, notified_minutes, kept, end_asked_at, \
     missing_action, reconciled_at, standing, findings, owner, credential, cut_policy) \
    VALUES (:id, :secret_id, :secret_name, :environment, :folder, :connection_id, \
     :connection_name, :practice, :account_id, :partition, :region, :iam_path, \
     :user_name, :user_arn, :user_id, :access_key_id, :boundary, :groups, :policy_arns, \
     :documents, :tags, :default_ttl_s, :ttl_s, :max_ttl_s, :label, :requested_by, \
     :installation, :guards, :state, :end_reason, :created_at, :issued_at, :expires_at, \
     :max_expires_at, :pending_expires_at, :cut_at, :ended_at, :usable_after_ms, :step, \
     :total_steps, :blocked_by, :next_attempt_at, :recheck_at, :attempts, :reason, \
     :hint, :alarm, :notified_minutes, :kept, :end_asked_at, :missing_action, \
     :reconciled_at, :standing, :findings, :owner, :credential, :cut_policy)";

/// Everything but what identifies the lease; only for the holder of the claim.
pub(crate) const UPDATE: &str = "UPDATE leases SET \
     secret_name = :secret_name, environment = :environment, folder = :folder, \
     connection_id = :connection_id, connection_name = :connection_name, practice = \
     :practice, account_id = :account_id, partition = :partition, region = :region, \
     iam_path = :iam_path, user_name = :user_name, user_arn = :user_arn, user_id = \
     :user_id, access_key_id = :access_key_id, boundary = :boundary, groups = :groups, \
     policy_arns = :policy_arns, documents = :documents, tags = :tags, default_ttl_s = \
     :default_ttl_s, ttl_s = :ttl_s, max_ttl_s = :max_ttl_s, label = :label, \
     requested_by = :requested_by, installation = :installation, guards = :guards, \
     state = :state, end_reason = :end_reason, issued_at = :issued_at, expires_at = \
     :expires_at, max_expires_at = :max_expires_at, pending_expires_at = \
     :pending_expires_at, cut_at = :cut_at, ended_at = :ended_at, usable_after_ms = \
     :usable_after_ms, step = :step, total_steps = :total_steps, blocked_by = \
     :blocked_by, next_attempt_at = :next_attempt_at, recheck_at = :recheck_at, \
     attempts = :attempts, reason = :reason, hint = :hint, alarm = :alarm, \
     notified_minutes = :notified_minutes, kept = :kept, missing_action = :missing_action, \
     reconciled_at = :reconciled_at, standing = :standing, findings = :findings, \
     owner = :owner, credential = :credential, cut_policy = :cut_policy \
    WHERE id = :id AND generation = :generation";

/// A lease. Moments are stored to the millisecond.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseRow {
    /// Unique for ever.
    pub id: String,
    /// The dynamic secret, while that exists.
    pub secret_id: Option<String>,
    /// The dynamic secret's name at issue.
    pub secret_name: String,
    /// Environment at issue.
    pub environment: String,
    /// Folder at issue.
    pub folder: String,
    /// The connection it was made over.
    pub connection_id: String,
    /// The connection's name at issue.
    pub connection_name: String,
    /// True in the practice account.
    pub practice: bool,
    /// The AWS account.
    pub account_id: String,
    /// `aws`, `aws-cn`, …
    pub partition: String,
    /// The region that credential formats name.
    pub region: String,
    /// The IAM path of the user.
    pub iam_path: String,
    /// The IAM user.
    pub user_name: String,
    /// The user's ARN.
    pub user_arn: String,
    /// AWS's unique id of the user, once known.
    pub user_id: Option<String>,
    /// The leased key's id, once known.
    pub access_key_id: Option<String>,
    /// ARN of the permission boundary.
    pub boundary: Option<String>,
    /// Group names.
    pub groups: Vec<String>,
    /// Managed policy ARNs.
    pub policy_arns: Vec<String>,
    /// Inline policy documents, compact.
    pub documents: Vec<String>,
    /// Tags of the user.
    pub tags: Vec<(String, String)>,
    /// In seconds.
    pub default_ttl_s: u64,
    /// What was asked for, in seconds.
    pub ttl_s: u64,
    /// In seconds.
    pub max_ttl_s: u64,
    /// A note by whoever asked.
    pub label: Option<String>,
    /// Who asked.
    pub requested_by: String,
    /// Whose guards it carries.
    pub installation: String,
    /// Moments of the dated guards that may exist in AWS.
    pub guards: Vec<DateTime<Utc>>,
    /// Where it stands.
    pub state: LeaseState,
    /// Why it ended or is about to.
    pub end_reason: Option<EndReason>,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
    /// The user's CreateDate.
    pub issued_at: Option<DateTime<Utc>>,
    /// From here on AWS denies every call.
    pub expires_at: DateTime<Utc>,
    /// Renewing never goes past this.
    pub max_expires_at: DateTime<Utc>,
    /// The new expiry of a renewal under way.
    pub pending_expires_at: Option<DateTime<Utc>>,
    /// When access was cut.
    pub cut_at: Option<DateTime<Utc>>,
    /// When it came to rest.
    pub ended_at: Option<DateTime<Utc>>,
    /// From the key to its third success in a row.
    pub usable_after_ms: Option<u32>,
    /// Clean-up steps that AWS confirmed.
    pub step: u32,
    /// All clean-up steps.
    pub total_steps: u32,
    /// What is in the way of the clean-up.
    pub blocked_by: Option<String>,
    /// When the next try is due.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When keys and policies are to be listed once more.
    pub recheck_at: Option<DateTime<Utc>>,
    /// Failed tries so far.
    pub attempts: u32,
    /// What was said at the last failed try.
    pub reason: Option<String>,
    /// What would fix it.
    pub hint: Option<String>,
    /// Something a person must look at.
    pub alarm: Option<String>,
    /// Lead times, in minutes, already notified.
    pub notified_minutes: Vec<u32>,
    /// The key is kept, sealed, for re-use.
    pub kept: bool,
    /// When its end was asked for while no work on it had begun.
    pub end_asked_at: Option<DateTime<Utc>>,
    /// The action that the managing key lacks to get past what blocks the clean-up.
    pub missing_action: Option<String>,
    /// When it was last compared with the account.
    pub reconciled_at: Option<DateTime<Utc>>,
    /// How it stood then, in a word of the engine's list.
    pub standing: Option<String>,
    /// What was found then, in sentences.
    pub findings: Vec<String>,
    /// The running command that it belongs to and ends with; a name in the home's folder `owners`.
    pub owner: Option<String>,
    /// What the lease is of. Of a session, `user_name` is the session's name, `user_arn` its ARN and
    /// `user_id` what `aws:userid` says of it.
    pub credential: Credential,
    /// Name of the policy on the session's role that denies it everything: from before AWS is asked to put
    /// it until AWS confirmed that it is gone.
    pub cut_policy: Option<String>,
    /// Rises with every claim; only [`crate::Leases::claim`] changes it.
    pub generation: i64,
}

impl LeaseRow {
    pub(crate) fn read(row: &Row<'_>) -> Result<Self, StoreError> {
        let mut columns = Columns::new(TABLE, COLUMNS, row);
        Ok(Self {
            id: columns.text()?,
            secret_id: columns.text_or_null()?,
            secret_name: columns.text()?,
            environment: columns.text()?,
            folder: columns.text()?,
            connection_id: columns.text()?,
            connection_name: columns.text()?,
            practice: columns.flag()?,
            account_id: columns.text()?,
            partition: columns.text()?,
            region: columns.text()?,
            iam_path: columns.text()?,
            user_name: columns.text()?,
            user_arn: columns.text()?,
            user_id: columns.text_or_null()?,
            access_key_id: columns.text_or_null()?,
            boundary: columns.text_or_null()?,
            groups: columns.json()?,
            policy_arns: columns.json()?,
            documents: columns.json()?,
            tags: columns.json()?,
            default_ttl_s: columns.count()?,
            ttl_s: columns.count()?,
            max_ttl_s: columns.count()?,
            label: columns.text_or_null()?,
            requested_by: columns.text()?,
            installation: columns.text()?,
            guards: columns.moments()?,
            state: columns.word(LeaseState::parse)?,
            end_reason: columns.word_or_null(EndReason::parse)?,
            created_at: columns.moment()?,
            issued_at: columns.moment_or_null()?,
            expires_at: columns.moment()?,
            max_expires_at: columns.moment()?,
            pending_expires_at: columns.moment_or_null()?,
            cut_at: columns.moment_or_null()?,
            ended_at: columns.moment_or_null()?,
            usable_after_ms: columns.count_or_null()?,
            step: columns.count()?,
            total_steps: columns.count()?,
            blocked_by: columns.text_or_null()?,
            next_attempt_at: columns.moment_or_null()?,
            recheck_at: columns.moment_or_null()?,
            attempts: columns.count()?,
            reason: columns.text_or_null()?,
            hint: columns.text_or_null()?,
            alarm: columns.text_or_null()?,
            notified_minutes: columns.json()?,
            kept: columns.flag()?,
            end_asked_at: columns.moment_or_null()?,
            missing_action: columns.text_or_null()?,
            reconciled_at: columns.moment_or_null()?,
            standing: columns.text_or_null()?,
            findings: columns.json()?,
            owner: columns.text_or_null()?,
            credential: columns.json()?,
            cut_policy: columns.text_or_null()?,
            generation: columns.number()?,
        })
    }

    /// Every column but the generation, by parameter name.
    pub(crate) fn values(&self) -> Result<Vec<(&'static str, Value)>, StoreError> {
        Ok(vec![
            (":id", self.id.clone().into()),
            (":secret_id", self.secret_id.clone().into()),
            (":secret_name", self.secret_name.clone().into()),
            (":environment", self.environment.clone().into()),
            (":folder", self.folder.clone().into()),
            (":connection_id", self.connection_id.clone().into()),
            (":connection_name", self.connection_name.clone().into()),
            (":practice", i64::from(self.practice).into()),
            (":account_id", self.account_id.clone().into()),
            (":partition", self.partition.clone().into()),
            (":region", self.region.clone().into()),
            (":iam_path", self.iam_path.clone().into()),
            (":user_name", self.user_name.clone().into()),
            (":user_arn", self.user_arn.clone().into()),
            (":user_id", self.user_id.clone().into()),
            (":access_key_id", self.access_key_id.clone().into()),
            (":boundary", self.boundary.clone().into()),
            (":groups", json(&self.groups)?.into()),
            (":policy_arns", json(&self.policy_arns)?.into()),
            (":documents", json(&self.documents)?.into()),
            (":tags", json(&self.tags)?.into()),
            (":default_ttl_s", integer(self.default_ttl_s)?.into()),
            (":ttl_s", integer(self.ttl_s)?.into()),
            (":max_ttl_s", integer(self.max_ttl_s)?.into()),
            (":label", self.label.clone().into()),
            (":requested_by", self.requested_by.clone().into()),
            (":installation", self.installation.clone().into()),
            (
                ":guards",
                json(&self.guards.iter().copied().map(millis).collect::<Vec<_>>())?.into(),
            ),
            (":state", Value::from(self.state.as_str().to_owned())),
            (
                ":end_reason",
                self.end_reason.map(|r| r.as_str().to_owned()).into(),
            ),
            (":created_at", millis(self.created_at).into()),
            (":issued_at", self.issued_at.map(millis).into()),
            (":expires_at", millis(self.expires_at).into()),
            (":max_expires_at", millis(self.max_expires_at).into()),
            (
                ":pending_expires_at",
                self.pending_expires_at.map(millis).into(),
            ),
            (":cut_at", self.cut_at.map(millis).into()),
            (":ended_at", self.ended_at.map(millis).into()),
            (
                ":usable_after_ms",
                self.usable_after_ms.map(i64::from).into(),
            ),
            (":step", i64::from(self.step).into()),
            (":total_steps", i64::from(self.total_steps).into()),
            (":blocked_by", self.blocked_by.clone().into()),
            (":next_attempt_at", self.next_attempt_at.map(millis).into()),
            (":recheck_at", self.recheck_at.map(millis).into()),
            (":attempts", i64::from(self.attempts).into()),
            (":reason", self.reason.clone().into()),
            (":hint", self.hint.clone().into()),
            (":alarm", self.alarm.clone().into()),
            (":notified_minutes", json(&self.notified_minutes)?.into()),
            (":kept", i64::from(self.kept).into()),
            (":end_asked_at", self.end_asked_at.map(millis).into()),
            (":missing_action", self.missing_action.clone().into()),
            (":reconciled_at", self.reconciled_at.map(millis).into()),
            (":standing", self.standing.clone().into()),
            (":findings", json(&self.findings)?.into()),
            (":owner", self.owner.clone().into()),
            (":credential", json(&self.credential)?.into()),
            (":cut_policy", self.cut_policy.clone().into()),
        ])
    }
}
