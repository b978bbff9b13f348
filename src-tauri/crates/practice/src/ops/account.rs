//! What a careful clean-up asks about a user and finds empty here, and the account's summary.

use crate::answer::Node;
use crate::aws_managed;
use crate::evaluate::Context;
use crate::fault::Fault;
use crate::handle::{Call, Outcome};
use crate::rules;

pub(super) fn get_account_summary(call: &mut Call<'_>) -> Outcome {
    call.allow("iam:GetAccountSummary", "*", &Context::default())?;
    let state = &*call.state;
    let attached = |arn: &String| {
        state.users.values().any(|user| user.attached.contains(arn))
            || state
                .groups
                .values()
                .any(|group| group.attached.contains(arn))
            || state.roles.values().any(|role| role.attached.contains(arn))
    };
    let in_use = state.policies.keys().filter(|arn| attached(arn)).count()
        + aws_managed::ALL
            .iter()
            .filter(|policy| attached(&policy.arn()))
            .count();
    let facts: [(&str, usize); 30] = [
        ("Users", state.users.len()),
        ("UsersQuota", rules::USERS),
        ("Groups", state.groups.len()),
        ("GroupsQuota", rules::GROUPS),
        ("Roles", state.roles.len()),
        ("RolesQuota", rules::ROLES),
        ("Policies", state.policies.len()),
        ("PoliciesQuota", rules::POLICIES),
        ("PolicySizeQuota", rules::MANAGED_SIZE),
        ("PolicyVersionsInUse", in_use),
        ("PolicyVersionsInUseQuota", 10_000),
        ("VersionsPerPolicyQuota", 5),
        ("AccessKeysPerUserQuota", rules::KEYS_PER_USER),
        ("GroupsPerUserQuota", rules::GROUPS_PER_USER),
        ("AttachedPoliciesPerUserQuota", rules::POLICIES_PER_IDENTITY),
        (
            "AttachedPoliciesPerGroupQuota",
            rules::POLICIES_PER_IDENTITY,
        ),
        ("AttachedPoliciesPerRoleQuota", rules::POLICIES_PER_IDENTITY),
        ("UserPolicySizeQuota", rules::USER_INLINE),
        ("GroupPolicySizeQuota", rules::GROUP_INLINE),
        ("RolePolicySizeQuota", rules::ROLE_INLINE),
        ("AssumeRolePolicySizeQuota", 2_048),
        ("SigningCertificatesPerUserQuota", 2),
        ("MFADevices", 0),
        ("MFADevicesInUse", 0),
        ("AccountMFAEnabled", 0),
        ("AccountAccessKeysPresent", 0),
        ("AccountSigningCertificatesPresent", 0),
        ("ServerCertificates", 0),
        ("ServerCertificatesQuota", 20),
        ("GlobalEndpointTokenVersion", 1),
    ];
    let number = |value: usize| Node::Int(i64::try_from(value).unwrap_or(i64::MAX));
    let entries = facts
        .into_iter()
        .map(|(key, value)| (key.to_owned(), number(value)))
        .collect();
    Ok(Some(Node::Fields(vec![(
        "SummaryMap",
        Node::Entries(entries),
    )])))
}

pub(super) fn list_mfa_devices(call: &mut Call<'_>) -> Outcome {
    empty_list(call, "iam:ListMFADevices", "MFADevices")
}

pub(super) fn list_ssh_public_keys(call: &mut Call<'_>) -> Outcome {
    empty_list(call, "iam:ListSSHPublicKeys", "SSHPublicKeys")
}

pub(super) fn list_signing_certificates(call: &mut Call<'_>) -> Outcome {
    empty_list(call, "iam:ListSigningCertificates", "Certificates")
}

pub(super) fn list_service_specific_credentials(call: &mut Call<'_>) -> Outcome {
    empty_list(
        call,
        "iam:ListServiceSpecificCredentials",
        "ServiceSpecificCredentials",
    )
}

pub(super) fn get_login_profile(call: &mut Call<'_>) -> Outcome {
    let name = call.subject()?;
    call.allow_user("iam:GetLoginProfile", &name, Context::default())?;
    call.state.user(&name)?;
    Err(Fault::not_there(format!(
        "Login Profile for User {name} cannot be found."
    )))
}

/// Nothing of these kinds can be made in the practice account.
fn empty_list(call: &mut Call<'_>, action: &str, field: &'static str) -> Outcome {
    let name = call.subject()?;
    call.allow_user(action, &name, Context::default())?;
    call.state.user(&name)?;
    Ok(Some(Node::Fields(vec![
        (field, Node::Members(Vec::new())),
        ("IsTruncated", false.into()),
    ])))
}
