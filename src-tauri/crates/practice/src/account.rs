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

/// An ARN of the practice account's IAM: `kind` is `user`, `group`, `role` or `policy`.
pub(crate) fn iam_arn(kind: &str, path: &str, name: &str) -> String {
    format!("arn:{PARTITION}:iam::{ACCOUNT_ID}:{kind}{path}{name}")
}

/// An ARN of the practice account's STS.
pub(crate) fn sts_arn(resource: &str) -> String {
    format!("arn:{PARTITION}:sts::{ACCOUNT_ID}:{resource}")
}
