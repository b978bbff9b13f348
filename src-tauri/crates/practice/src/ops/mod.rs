//! The operations, one file per noun, and the table that finds them.

mod account;
mod credentials;
mod federation;
mod groups;
mod inline;
mod keys;
mod login;
mod managed;
mod mfa;
mod policies;
mod roles;
mod simulate;
mod sts;
mod users;

use crate::handle::Operation;

/// The operation of a service by its action name.
pub(crate) fn find(service: &str, action: &str) -> Option<Operation> {
    match service {
        "iam" => iam(action),
        "sts" => of_sts(action),
        _ => None,
    }
}

fn of_sts(action: &str) -> Option<Operation> {
    Some(match action {
        "GetCallerIdentity" => sts::get_caller_identity,
        "GetAccessKeyInfo" => sts::get_access_key_info,
        "AssumeRole" => sts::assume_role,
        "GetFederationToken" => federation::get_federation_token,
        "GetSessionToken" => federation::get_session_token,
        _ => return None,
    })
}

fn iam(action: &str) -> Option<Operation> {
    Some(match action {
        "CreateUser" => users::create_user,
        "GetUser" => users::get_user,
        "ListUsers" => users::list_users,
        "DeleteUser" => users::delete_user,
        "TagUser" => users::tag_user,
        "UntagUser" => users::untag_user,
        "ListUserTags" => users::list_user_tags,
        "PutUserPermissionsBoundary" => users::put_boundary,
        "DeleteUserPermissionsBoundary" => users::delete_boundary,
        "CreateAccessKey" => keys::create_access_key,
        "ListAccessKeys" => keys::list_access_keys,
        "UpdateAccessKey" => keys::update_access_key,
        "DeleteAccessKey" => keys::delete_access_key,
        "GetAccessKeyLastUsed" => keys::get_access_key_last_used,
        "PutUserPolicy" => inline::put_user_policy,
        "GetUserPolicy" => inline::get_user_policy,
        "DeleteUserPolicy" => inline::delete_user_policy,
        "ListUserPolicies" => inline::list_user_policies,
        "PutGroupPolicy" => inline::put_group_policy,
        "DeleteGroupPolicy" => inline::delete_group_policy,
        "PutRolePolicy" => inline::put_role_policy,
        "DeleteRolePolicy" => inline::delete_role_policy,
        "AttachUserPolicy" => managed::attach_user_policy,
        "DetachUserPolicy" => managed::detach_user_policy,
        "ListAttachedUserPolicies" => managed::list_attached_user_policies,
        "AttachGroupPolicy" => managed::attach_group_policy,
        "DetachGroupPolicy" => managed::detach_group_policy,
        "AttachRolePolicy" => managed::attach_role_policy,
        "DetachRolePolicy" => managed::detach_role_policy,
        "CreatePolicy" => policies::create_policy,
        "GetPolicy" => policies::get_policy,
        "GetPolicyVersion" => policies::get_policy_version,
        "ListPolicies" => policies::list_policies,
        "DeletePolicy" => policies::delete_policy,
        "CreateGroup" => groups::create_group,
        "GetGroup" => groups::get_group,
        "ListGroups" => groups::list_groups,
        "DeleteGroup" => groups::delete_group,
        "AddUserToGroup" => groups::add_user_to_group,
        "RemoveUserFromGroup" => groups::remove_user_from_group,
        "ListGroupsForUser" => groups::list_groups_for_user,
        "CreateRole" => roles::create_role,
        "GetRole" => roles::get_role,
        "DeleteRole" => roles::delete_role,
        "GetAccountSummary" => account::get_account_summary,
        "CreateLoginProfile" => login::create_login_profile,
        "GetLoginProfile" => login::get_login_profile,
        "DeleteLoginProfile" => login::delete_login_profile,
        "CreateVirtualMFADevice" => mfa::create_virtual_device,
        "DeleteVirtualMFADevice" => mfa::delete_virtual_device,
        "ListVirtualMFADevices" => mfa::list_virtual_devices,
        "EnableMFADevice" => mfa::enable_device,
        "DeactivateMFADevice" => mfa::deactivate_device,
        "ListMFADevices" => mfa::list_devices,
        "UploadSSHPublicKey" => credentials::upload_ssh_key,
        "ListSSHPublicKeys" => credentials::list_ssh_keys,
        "DeleteSSHPublicKey" => credentials::delete_ssh_key,
        "UploadSigningCertificate" => credentials::upload_certificate,
        "ListSigningCertificates" => credentials::list_certificates,
        "DeleteSigningCertificate" => credentials::delete_certificate,
        "CreateServiceSpecificCredential" => credentials::create_service_credential,
        "ListServiceSpecificCredentials" => credentials::list_service_credentials,
        "DeleteServiceSpecificCredential" => credentials::delete_service_credential,
        "SimulatePrincipalPolicy" => simulate::simulate_principal_policy,
        _ => return None,
    })
}
