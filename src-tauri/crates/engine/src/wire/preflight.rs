//! Pre-flight on the wire: whether the leases of a secret could be made, renewed and ended.

use chrono::{DateTime, Utc};
use leasehold_domain::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What is known of a connection's permissions for one dynamic secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Preflight {
    /// When it was looked at.
    pub at: DateTime<Utc>,
    /// Who asked AWS: the managing user.
    pub caller_arn: String,
    /// Action by action.
    pub probes: Vec<Probe>,
    /// The last canary of this recipe, where there was one.
    pub canary: Option<Canary>,
    /// Whether a lease could be issued.
    pub issue: Verdict,
    /// Whether it could be renewed.
    pub renew: Verdict,
    /// Whether it could be revoked. While this is `denied`, issuing needs an explicit override.
    pub revoke: Verdict,
    /// A policy with the statements that the managing user lacks, as indented JSON, where something
    /// needed is denied.
    pub missing: Option<String>,
    /// The recipe was edited since: the answer may not hold any more.
    pub outdated: bool,
}

/// What is known of one action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Probe {
    /// `iam:CreateUser`
    pub action: String,
    /// The ARN it is needed on.
    pub resource: String,
    /// What for.
    pub needed_for: NeededFor,
    /// What is known.
    pub verdict: Verdict,
    /// How it is known, or why it is not.
    pub note: String,
}

/// What an action is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NeededFor {
    /// Making a lease.
    Issue,
    /// Extending one.
    Renew,
    /// Ending one.
    Revoke,
    /// Nothing that must be; it makes something better.
    Optional,
}

/// What is known of a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// AWS allows it.
    Allowed,
    /// AWS denies it.
    Denied,
    /// It cannot be found out without changing something; the canary can.
    Unknown,
    /// AWS has no such thing, whoever asks: sessions are not renewed, federation tokens not revoked.
    NotPossible,
}

/// The whole life of one lease with a key nobody saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Canary {
    /// When it flew.
    pub at: DateTime<Utc>,
    /// The IAM user it made.
    pub user_name: String,
    /// Its lease in the ledger, whose clean-up is retried like any other.
    pub lease_id: String,
    /// In order.
    pub steps: Vec<CanaryStep>,
    /// Everything went well and nothing is left.
    pub passed: bool,
}

/// One step of a canary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct CanaryStep {
    /// What it does.
    pub step: CanaryStepName,
    /// Why it failed, where it did.
    pub problem: Option<Problem>,
}

/// The steps of a canary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CanaryStepName {
    /// The user, its guards and everything the recipe gives.
    Issue,
    /// The later guard put, the earlier one deleted.
    Renew,
    /// Everything taken away again.
    Revoke,
}
