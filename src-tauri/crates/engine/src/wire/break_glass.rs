//! The break-glass kit on the wire.

use chrono::{DateTime, Utc};
use leasehold_domain::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What ends every open lease from any other machine. No secret is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct BreakGlassKit {
    /// A POSIX shell script that needs the AWS CLI version 2 and nothing else.
    pub script: String,
    /// The same leases for a person to read, as Markdown.
    pub list: String,
    /// How many leases it ends.
    pub leases: u32,
}

/// Where a kit was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct BreakGlassFiles {
    /// Path of the script.
    pub script: String,
    /// Path of the list.
    pub list: String,
    /// How many leases it ends.
    pub leases: u32,
}

/// Where the kit is kept up to date, and how that goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct BreakGlassKept {
    /// The folder.
    pub folder: String,
    /// When it was last written there; none where it is not there.
    pub written_at: Option<DateTime<Utc>>,
    /// Why the last try failed, where it did.
    pub problem: Option<Problem>,
}
