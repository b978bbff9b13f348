//! Sub-claims: what a verified identity says about itself, under names from one closed list.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Problem;
use crate::suggest::{clip, nearest};

/// A name of a sub-claim.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ClaimKey {
    /// Twelve digits.
    AccountId,
    /// The ARN as STS gave it.
    Arn,
    /// For a role's session the role's ARN without its path, otherwise the ARN.
    CanonicalArn,
    /// `aws`, `aws-cn`, …
    Partition,
    /// `user`, `assumed_role`, `federated_user` or `root`.
    PrincipalType,
    /// Name of the role that was assumed.
    RoleName,
    /// `AROA…`: stays with one role, also when another gets its name.
    RoleId,
    /// Name of the role's session; an instance id on EC2. Whoever assumes the role chooses it.
    ResourceId,
    /// Name of the IAM user.
    UserName,
    /// `AIDA…` of an IAM user; the whole id of a federated user; the account of its root.
    UserId,
    /// Where the call came from: an IP address, or `unix`.
    ClientIp,
}

impl ClaimKey {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 11] = [
        Self::AccountId,
        Self::Arn,
        Self::CanonicalArn,
        Self::Partition,
        Self::PrincipalType,
        Self::RoleName,
        Self::RoleId,
        Self::ResourceId,
        Self::UserName,
        Self::UserId,
        Self::ClientIp,
    ];

    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccountId => "account_id",
            Self::Arn => "arn",
            Self::CanonicalArn => "canonical_arn",
            Self::Partition => "partition",
            Self::PrincipalType => "principal_type",
            Self::RoleName => "role_name",
            Self::RoleId => "role_id",
            Self::ResourceId => "resource_id",
            Self::UserName => "user_name",
            Self::UserId => "user_id",
            Self::ClientIp => "client_ip",
        }
    }

    /// Reads a name as it is.
    ///
    /// # Errors
    /// The named field, with the list and the name that was probably meant.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        if let Some(key) = Self::ALL.into_iter().find(|key| key.as_str() == text) {
            return Ok(key);
        }
        let names = Self::ALL.map(Self::as_str);
        let fix = nearest(text, &names).map_or_else(
            || format!("Use one of {}.", names.join(", ")),
            |name| format!("Write {name}."),
        );
        Err(Problem::refused_input(
            field,
            format!(
                "`{}` is not a sub-claim of an AWS identity.",
                clip(text, 40)
            ),
            fix,
        ))
    }
}

impl fmt::Display for ClaimKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The sub-claims of one caller. A claim that its kind of principal does not have is absent.
pub type Claims = BTreeMap<ClaimKey, String>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_and_is_its_own_wire_form() {
        for key in ClaimKey::ALL {
            assert_eq!(ClaimKey::parse("c", key.as_str()).unwrap(), key);
            assert_eq!(
                serde_json::to_value(key).unwrap(),
                serde_json::json!(key.as_str())
            );
        }
    }

    #[test]
    fn another_name_is_refused_with_the_one_that_was_meant() {
        for (wrong, fix) in [
            ("role-name", "Write role_name."),
            ("Role_Name", "Write role_name."),
            ("groups", "account_id"),
            ("", "account_id"),
        ] {
            let hint = ClaimKey::parse("c", wrong).unwrap_err().hint.unwrap();
            assert!(hint.contains(fix), "{wrong}: {hint}");
        }
    }
}
