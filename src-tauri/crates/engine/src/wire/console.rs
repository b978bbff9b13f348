//! The AWS console on the wire: everything but the link.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What is to be said of a link that signs a browser in. The link itself is in no type of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ConsoleView {
    /// The lease.
    pub lease_id: String,
    /// Its IAM user.
    pub user_name: String,
    /// The account.
    pub account_id: String,
    /// The page it leads to.
    pub destination: String,
    /// Until when the link can be opened, by AWS's time.
    pub link_until: DateTime<Utc>,
    /// Until when the console works at most, by AWS's time.
    pub session_until: DateTime<Utc>,
    /// What is to be known: what does not work there, and when it ends.
    pub notes: Vec<String>,
}
