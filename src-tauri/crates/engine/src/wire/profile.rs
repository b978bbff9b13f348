//! Profiles of the AWS config file on the wire.

use leasehold_domain::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where the keys of a profile come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProfileOrigin {
    /// An access key in a file.
    Key,
    /// Single sign-on.
    SingleSignOn,
    /// A log-in of the console.
    ConsoleLogin,
    /// A program.
    Process,
    /// A web identity token.
    WebIdentity,
    /// The metadata of the machine.
    Machine,
    /// Nothing here gives a key.
    Nothing,
}

/// A role that a profile asks an MFA code for: it is added as a role, with these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ProfileRole {
    /// The role.
    pub role_arn: String,
    /// The profile that it is assumed from.
    pub from: Option<String>,
    /// The device.
    pub mfa_serial: String,
}

/// A profile of the AWS configuration, and what it resolves to. Nothing was asked or run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct AwsProfileView {
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: Option<String>,
    /// Where its keys begin.
    pub origin: ProfileOrigin,
    /// What it resolves to, in a sentence.
    pub resolves_to: String,
    /// The command that a person logs in with.
    pub login: Option<String>,
    /// Why no connection can be made of it.
    pub problem: Option<Problem>,
    /// The role to add in its place, where it asks for an MFA code.
    pub role: Option<ProfileRole>,
    /// A connection that uses it already.
    pub connection: Option<String>,
}

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
