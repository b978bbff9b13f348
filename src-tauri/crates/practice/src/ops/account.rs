//! The account's summary.

use crate::answer::Node;
use crate::aws_managed;
use crate::evaluate::Context;
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
    let in_hands = state.users.values().map(|user| user.credentials.mfa.len());
    let in_hands = in_hands.sum();
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
        ("MFADevices", state.virtual_mfa.len()),
        ("MFADevicesInUse", in_hands),
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
