//! Profiles of the AWS config file on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A profile that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InstalledProfile {
    /// Its name.
    pub profile: String,
    /// The file it is in.
    pub file: String,
    /// False when the file said all this already.
    pub changed: bool,
    /// The file as it was before, where there was one and it changed.
    pub backup: Option<String>,
    /// The dynamic secret, by its whole name.
    pub secret: String,
    /// What AWS's tools call for a key.
    pub command: String,
    /// The region it says.
    pub region: String,
    /// What keeps it from working as it is thought.
    pub warnings: Vec<String>,
}

/// A profile that was taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RemovedProfile {
    /// Its name.
    pub profile: String,
    /// The file it was in.
    pub file: String,
    /// The file as it was before.
    pub backup: Option<String>,
}
