//! The fixed facts of the practice account: its number, its partition and its managing user.

/// The account number. No AWS account has it.
pub const ACCOUNT_ID: &str = "000000000000";
/// The partition whose rules the practice account follows.
pub const PARTITION: &str = "aws";
/// The region in which IAM requests of this partition are signed.
pub(crate) const IAM_REGION: &str = "us-east-1";
/// The name of the managing user.
pub const MANAGER_NAME: &str = "leasehold-manager";
/// The path of the managing user.
pub const MANAGER_PATH: &str = "/practice/";

/// The managing user's inline policy: the fifteen actions that leases need, and nothing else.
pub const MANAGING_POLICY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "iam:AttachUserPolicy",
        "iam:CreateAccessKey",
        "iam:CreateUser",
        "iam:DeleteAccessKey",
        "iam:DeleteUser",
        "iam:DeleteUserPolicy",
        "iam:DetachUserPolicy",
        "iam:GetUser",
        "iam:ListAccessKeys",
        "iam:ListAttachedUserPolicies",
        "iam:ListGroupsForUser",
        "iam:ListUserPolicies",
        "iam:PutUserPolicy",
        "iam:AddUserToGroup",
        "iam:RemoveUserFromGroup"
      ],
      "Resource": ["*"]
    }
  ]
}"#;

/// The path of the roles to try.
pub(crate) const ROLE_PATH: &str = "/practice/";
/// A role whose sessions the managing user may cut before their time.
pub const READER_ROLE: &str = "practice-reader";
/// A role that asks for an external id, and whose sessions last to their own end.
pub const PARTNER_ROLE: &str = "practice-partner";
/// The external id that [`PARTNER_ROLE`] asks for.
pub const PARTNER_EXTERNAL_ID: &str = "practice";

/// The managing user's second inline policy: what sessions of the practice roles, and federated users,
/// need; cutting those of one role is the optional part.
pub(crate) const SESSION_POLICY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": "arn:aws:iam::000000000000:role/practice/*" },
    { "Effect": "Allow", "Action": ["sts:GetFederationToken", "sts:TagSession"], "Resource": "arn:aws:sts::000000000000:federated-user/lh-*" },
    { "Effect": "Allow", "Action": ["iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:GetRole"], "Resource": "arn:aws:iam::000000000000:role/practice/practice-reader" }
  ]
}"#;

/// An ARN of the practice account's IAM: `kind` is `user`, `group`, `role` or `policy`.
pub(crate) fn iam_arn(kind: &str, path: &str, name: &str) -> String {
    format!("arn:{PARTITION}:iam::{ACCOUNT_ID}:{kind}{path}{name}")
}

/// An ARN of the practice account's STS.
pub(crate) fn sts_arn(resource: &str) -> String {
    format!("arn:{PARTITION}:sts::{ACCOUNT_ID}:{resource}")
}
