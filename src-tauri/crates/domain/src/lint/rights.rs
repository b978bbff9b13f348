//! The rights with which a leased user outlives its lease or takes the account over.
//!
//! After "AWS IAM Privilege Escalation – Methods and Mitigation" (Rhino Security Labs) and the list of
//! policy_sentry (MIT), with what IAM and STS got since.

/// What a right leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Leads {
    /// A key, a password or a user that nobody ends.
    AnotherCredential,
    /// Any right there is.
    EveryRight,
    /// Sessions that outlive the lease.
    Sessions,
}

/// In lower case, as [`super::patterns::covers`] compares.
pub(super) const RIGHTS: [(&str, Leads); 46] = {
    use Leads::{AnotherCredential, EveryRight, Sessions};
    [
        ("iam:CreateAccessKey", AnotherCredential),
        ("iam:CreateUser", AnotherCredential),
        ("iam:CreateLoginProfile", AnotherCredential),
        ("iam:UpdateLoginProfile", AnotherCredential),
        ("iam:UpdateAccessKey", AnotherCredential),
        ("iam:CreateServiceSpecificCredential", AnotherCredential),
        ("iam:ResetServiceSpecificCredential", AnotherCredential),
        ("iam:UploadSSHPublicKey", AnotherCredential),
        ("iam:UploadSigningCertificate", AnotherCredential),
        ("iam:DeactivateMFADevice", AnotherCredential),
        ("iam:AttachUserPolicy", EveryRight),
        ("iam:PutUserPolicy", EveryRight),
        ("iam:AttachRolePolicy", EveryRight),
        ("iam:PutRolePolicy", EveryRight),
        ("iam:AttachGroupPolicy", EveryRight),
        ("iam:PutGroupPolicy", EveryRight),
        ("iam:AddUserToGroup", EveryRight),
        ("iam:CreatePolicyVersion", EveryRight),
        ("iam:SetDefaultPolicyVersion", EveryRight),
        ("iam:UpdateAssumeRolePolicy", EveryRight),
        ("iam:PutUserPermissionsBoundary", EveryRight),
        ("iam:DeleteUserPermissionsBoundary", EveryRight),
        ("iam:PutRolePermissionsBoundary", EveryRight),
        ("iam:DeleteRolePermissionsBoundary", EveryRight),
        ("iam:DetachUserPolicy", EveryRight),
        ("iam:DeleteUserPolicy", EveryRight),
        ("iam:AddRoleToInstanceProfile", EveryRight),
        ("iam:CreateSAMLProvider", EveryRight),
        ("iam:UpdateSAMLProvider", EveryRight),
        ("iam:CreateOpenIDConnectProvider", EveryRight),
        ("iam:AddClientIDToOpenIDConnectProvider", EveryRight),
        ("iam:UpdateOpenIDConnectProviderThumbprint", EveryRight),
        ("iam:AcceptDelegationRequest", EveryRight),
        ("sso:CreateAccountAssignment", EveryRight),
        ("sso:AttachManagedPolicyToPermissionSet", EveryRight),
        ("sso:PutInlinePolicyToPermissionSet", EveryRight),
        ("identitystore:CreateGroupMembership", EveryRight),
        ("organizations:LeaveOrganization", EveryRight),
        ("organizations:DetachPolicy", EveryRight),
        ("sts:AssumeRole", Sessions),
        ("sts:AssumeRoot", Sessions),
        ("sts:GetFederationToken", Sessions),
        ("sts:GetDelegatedAccessToken", Sessions),
        ("rolesanywhere:CreateTrustAnchor", Sessions),
        ("rolesanywhere:CreateProfile", Sessions),
        ("ec2-instance-connect:SendSSHPublicKey", Sessions),
    ]
};

/// With a role passed to it, each of these acts with that role's rights.
pub(super) const HOSTS: [(&str, &str); 14] = [
    ("ec2:RunInstances", "EC2"),
    ("lambda:CreateFunction", "Lambda"),
    ("lambda:UpdateFunctionConfiguration", "Lambda"),
    ("cloudformation:CreateStack", "CloudFormation"),
    ("cloudformation:UpdateStack", "CloudFormation"),
    ("ecs:RunTask", "ECS"),
    ("ecs:RegisterTaskDefinition", "ECS"),
    ("glue:CreateDevEndpoint", "Glue"),
    ("glue:CreateJob", "Glue"),
    ("codebuild:CreateProject", "CodeBuild"),
    ("datapipeline:CreatePipeline", "Data Pipeline"),
    ("sagemaker:CreateNotebookInstance", "SageMaker"),
    ("states:CreateStateMachine", "Step Functions"),
    ("ssm:StartAutomationExecution", "Systems Manager"),
];

/// Managed policies of AWS that make whoever has them an administrator.
pub(super) const ADMINISTRATOR: [&str; 4] = [
    "AdministratorAccess",
    "IAMFullAccess",
    "AdministratorAccess-Amplify",
    "AWSOrganizationsFullAccess",
];
/// Managed policies of AWS that come near.
pub(super) const NEAR_ADMINISTRATOR: [&str; 4] = [
    "PowerUserAccess",
    "SystemAdministrator",
    "DatabaseAdministrator",
    "AWSSSOMasterAccountAdministrator",
];
