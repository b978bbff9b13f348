//! The activity log on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One line of the activity log. Never a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ActivityEntry {
    /// Its place in the log, from 1, without gaps.
    #[ts(type = "number")]
    pub seq: i64,
    /// When it was written, by this computer's clock.
    pub at: DateTime<Utc>,
    /// What it is about, e.g. `lease.active`, `lease.retry`, `secret.edited`, `connection.added`.
    pub kind: String,
    /// Who did it: `window`, `cli`, `timer`, …
    pub actor: String,
    /// How it went.
    pub outcome: Outcome,
    /// The lease, where it is about one.
    pub lease_id: Option<String>,
    /// Name of the dynamic secret, where it is about one.
    pub secret: Option<String>,
    /// Name of the connection, where it is about one.
    pub connection: Option<String>,
    /// The AWS account, where it is about one.
    pub account_id: Option<String>,
    /// A sentence.
    pub text: String,
    /// What was asked of AWS since the line before of the same work, with AWS's request ids.
    pub calls: Vec<ActivityCall>,
    /// SHA-256 over this line and the hash of the one before, in hexadecimal.
    pub hash: String,
}

/// One AWS call in the activity log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ActivityCall {
    /// `iam:CreateUser`
    pub action: String,
    /// `user/name`, an ARN, …
    pub resource: Option<String>,
    /// AWS's error code; none when AWS did it.
    pub code: Option<String>,
    /// AWS's request id, as CloudTrail has it.
    pub request_id: Option<String>,
}

/// How something went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was asked for, or begun.
    Begun,
    /// It was done.
    Done,
    /// It was refused or failed.
    Failed,
    /// Something was found that a person must look at.
    Alarm,
}

/// Lines of the log, newest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct ActivityPage {
    /// At most as many as were asked for.
    pub entries: Vec<ActivityEntry>,
    /// Ask for lines before this one to go on; none at the end.
    #[ts(type = "number | null")]
    pub before: Option<i64>,
}

/// Which lines to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct ActivityQuery {
    /// Not older than this.
    pub since: Option<DateTime<Utc>>,
    /// Not newer than this.
    pub until: Option<DateTime<Utc>>,
    /// Only of this lease.
    pub lease_id: Option<String>,
    /// Only over this connection (its name).
    pub connection: Option<String>,
    /// Only of this dynamic secret (its name).
    pub secret: Option<String>,
    /// Only with these outcomes; all when empty.
    pub outcomes: Vec<Outcome>,
    /// Only with this text somewhere in it: words, user names, request ids.
    pub search: Option<String>,
    /// Only lines before this one.
    #[ts(type = "number | null")]
    pub before: Option<i64>,
    /// At most so many, 1 to 1000; 100 where nothing is said.
    pub limit: Option<u32>,
}

/// What a check of the whole log found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ActivityCheck {
    /// Lines that were looked at.
    #[ts(type = "number")]
    pub entries: i64,
    /// Hash of the newest line: keep it elsewhere to be sure that none was taken from the end.
    pub head: String,
    /// The first line that is not as it was written, and how, where there is one.
    pub fault: Option<ActivityFault>,
}

/// A line that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ActivityFault {
    /// The line.
    #[ts(type = "number")]
    pub seq: i64,
    /// Edited, removed, added or moved.
    pub text: String,
}
