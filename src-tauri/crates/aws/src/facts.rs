//! What is asked of AWS and what it answered, in plain values.

use chrono::{DateTime, Utc};
use secrecy::SecretString;

/// Who a key belongs to, as `sts:GetCallerIdentity` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerIdentity {
    /// The account, twelve digits.
    pub account: String,
    /// The caller's ARN.
    pub arn: String,
    /// The caller's unique id (`AIDA…`, `AROA…:session`, or the account of a root user).
    pub user_id: String,
}

/// The user to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// User name, at most 64 characters.
    pub name: String,
    /// IAM path, `/` or `/…/`.
    pub path: String,
    /// ARN of the permission boundary.
    pub boundary: Option<String>,
    /// Keys and values. Anything here needs `iam:TagUser`.
    pub tags: Vec<(String, String)>,
}

/// A user that AWS says it has just created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedUser {
    /// The unique id (`AIDA…`), which survives the re-use of a name.
    pub user_id: String,
    /// The user's ARN.
    pub arn: String,
    /// AWS's own time of creation.
    pub created_at: DateTime<Utc>,
}

/// A user as `iam:GetUser` describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFacts {
    /// The unique id (`AIDA…`).
    pub user_id: String,
    /// The user's ARN.
    pub arn: String,
    /// IAM path.
    pub path: String,
    /// AWS's own time of creation.
    pub created_at: DateTime<Utc>,
    /// ARN of the permission boundary.
    pub boundary: Option<String>,
    /// Keys and values, in AWS's order.
    pub tags: Vec<(String, String)>,
}

/// A user as `iam:ListUsers` describes it: without boundary and tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedUser {
    /// User name.
    pub name: String,
    /// The unique id (`AIDA…`).
    pub user_id: String,
    /// The user's ARN.
    pub arn: String,
    /// IAM path.
    pub path: String,
    /// AWS's own time of creation.
    pub created_at: DateTime<Utc>,
}

/// An access key at the only moment its secret exists outside the holder's hands.
///
/// `Debug` shows the id and never the secret.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The access key id (`AKIA…`).
    pub access_key_id: String,
    /// The secret access key.
    pub secret: SecretString,
}

/// An access key as `iam:ListAccessKeys` describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFacts {
    /// The access key id (`AKIA…`).
    pub id: String,
    /// Whether the key is switched on.
    pub active: bool,
    /// AWS's own time of creation, where it said so.
    pub created_at: Option<DateTime<Utc>>,
}

/// When a key was last used, as `iam:GetAccessKeyLastUsed` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastUse {
    /// Nothing where it never was.
    pub at: Option<DateTime<Utc>>,
    /// `s3`, `iam`, …
    pub service: Option<String>,
}
