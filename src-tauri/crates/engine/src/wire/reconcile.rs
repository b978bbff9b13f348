//! Reconciling and orphans on the wire.

use chrono::{DateTime, Utc};
use leasehold_domain::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::lease::Standing;

/// What a comparison of the ledger with its accounts found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ReconcileReport {
    /// Leases that were compared.
    pub looked_at: u32,
    /// Those that were not simply as recorded.
    pub found: Vec<Found>,
    /// Connections that could not be asked, or only in part.
    pub problems: Vec<ConnectionProblem>,
    /// Users under our paths that no lease knows.
    pub orphans: Vec<OrphanView>,
}

/// What was found of one lease.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Found {
    /// The lease.
    pub lease_id: String,
    /// Its dynamic secret.
    pub secret: String,
    /// Its IAM user.
    pub user_name: String,
    /// How it stands.
    pub standing: Standing,
    /// In sentences.
    pub findings: Vec<String>,
}

/// A connection that could not be asked for something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ConnectionProblem {
    /// Its name.
    pub connection: String,
    /// Why, and what would help.
    pub problem: Problem,
}

/// Whose an IAM user without a lease is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// It carries this installation's guards: its lease was lost here (a restored copy).
    Ours,
    /// It carries the guards of another Leasehold installation, which looks after it.
    OtherInstallation,
    /// It carries no guard. It is never touched.
    Foreign,
}

/// An IAM user under a connection's paths that no lease knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct OrphanView {
    /// Name of the connection it was found over.
    pub connection: String,
    /// The AWS account.
    pub account_id: String,
    /// Its name.
    pub user_name: String,
    /// AWS's unique id (`AIDA…`).
    pub user_id: String,
    /// Its ARN.
    pub user_arn: String,
    /// Its IAM path.
    pub iam_path: String,
    /// AWS's time of its creation.
    pub created_at: DateTime<Utc>,
    /// Whose it is.
    pub origin: Origin,
    /// The installation whose guards it carries.
    pub installation: Option<String>,
    /// Its earliest dated guard: from then on AWS denies its keys.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Orphans, and the connections that could not be asked for them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct OrphanList {
    /// Ours first.
    pub orphans: Vec<OrphanView>,
    /// `iam:ListUsers` is an optional permission; where it is missing, this says so.
    pub problems: Vec<ConnectionProblem>,
}
