//! Inline policies of users, groups and roles.

use std::collections::BTreeMap;

use super::users::boundary_context;
use crate::answer::Node;
use crate::document::{Use, check};
use crate::evaluate::Context;
use crate::fault::Fault;
use crate::handle::{Call, Outcome};
use crate::page::page;
use crate::rules;

pub(super) fn put_user_policy(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "UserName")?;
    let (policy, document) = policy_parameters(call)?;
    call.allow_user("iam:PutUserPolicy", name, boundary_context(call, name))?;
    let user = call.state.user(name)?;
    check_size(
        &user.inline,
        policy,
        document,
        ("user", &user.name, rules::USER_INLINE),
    )?;
    call.state
        .user_mut(name)?
        .inline
        .insert(policy.to_owned(), document.to_owned());
    Ok(None)
}

pub(super) fn get_user_policy(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "UserName")?;
    let policy = rules::name(call.params, "PolicyName")?;
    call.allow_user("iam:GetUserPolicy", name, Context::default())?;
    let user = call.state.user(name)?;
    let document = user
        .inline
        .get(policy)
        .ok_or_else(|| Fault::no_name("user policy", policy))?;
    Ok(Some(Node::Fields(vec![
        ("UserName", (&user.name).into()),
        ("PolicyName", policy.into()),
        ("PolicyDocument", url_encoded(document).into()),
    ])))
}

pub(super) fn delete_user_policy(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "UserName")?;
    let policy = rules::name(call.params, "PolicyName")?;
    call.allow_user("iam:DeleteUserPolicy", name, boundary_context(call, name))?;
    let removed = call.state.user_mut(name)?.inline.remove(policy);
    removed
        .map(|_| None)
        .ok_or_else(|| Fault::no_name("user policy", policy))
}

pub(super) fn list_user_policies(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "UserName")?;
    call.allow_user("iam:ListUserPolicies", name, Context::default())?;
    let names = call.state.user(name)?.inline.keys();
    let items = names
        .map(|policy| (policy.clone(), policy.into()))
        .collect();
    Ok(Some(Node::Fields(page(call, "PolicyNames", items)?)))
}

pub(super) fn put_group_policy(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "GroupName")?;
    let (policy, document) = policy_parameters(call)?;
    super::groups::allow_group(call, "iam:PutGroupPolicy", name, &Context::default())?;
    let group = call.state.group(name)?;
    check_size(
        &group.inline,
        policy,
        document,
        ("group", &group.name, rules::GROUP_INLINE),
    )?;
    call.state
        .group_mut(name)?
        .inline
        .insert(policy.to_owned(), document.to_owned());
    Ok(None)
}

pub(super) fn delete_group_policy(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "GroupName")?;
    let policy = rules::name(call.params, "PolicyName")?;
    super::groups::allow_group(call, "iam:DeleteGroupPolicy", name, &Context::default())?;
    let removed = call.state.group_mut(name)?.inline.remove(policy);
    removed
        .map(|_| None)
        .ok_or_else(|| Fault::no_name("group policy", policy))
}

pub(super) fn put_role_policy(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "RoleName")?;
    let (policy, document) = policy_parameters(call)?;
    super::roles::allow_role(call, "iam:PutRolePolicy", name, Context::default())?;
    let role = call.state.role(name)?;
    check_size(
        &role.inline,
        policy,
        document,
        ("role", &role.name, rules::ROLE_INLINE),
    )?;
    call.state
        .role_mut(name)?
        .inline
        .insert(policy.to_owned(), document.to_owned());
    Ok(None)
}

pub(super) fn delete_role_policy(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "RoleName")?;
    let policy = rules::name(call.params, "PolicyName")?;
    super::roles::allow_role(call, "iam:DeleteRolePolicy", name, Context::default())?;
    let removed = call.state.role_mut(name)?.inline.remove(policy);
    removed
        .map(|_| None)
        .ok_or_else(|| Fault::no_name("role policy", policy))
}

fn policy_parameters<'a>(call: &Call<'a>) -> Result<(&'a str, &'a str), Fault> {
    let policy = rules::name(call.params, "PolicyName")?;
    let document = call.params.need("PolicyDocument")?;
    check(document, "policyDocument", Use::Identity)?;
    Ok((policy, document))
}

/// The quota counts all inline policies of one identity together.
fn check_size(
    have: &BTreeMap<String, String>,
    policy: &str,
    document: &str,
    (kind, name, limit): (&str, &str, usize),
) -> Result<(), Fault> {
    let others = have.iter().filter(|(other, _)| *other != policy);
    let size: usize = others.map(|(_, text)| rules::counted_size(text)).sum();
    if size + rules::counted_size(document) <= limit {
        return Ok(());
    }
    Err(Fault::limit(format!(
        "Maximum policy size of {limit} bytes exceeded for {kind} {name}"
    )))
}

/// RFC 3986, as the API reference says documents come back.
pub(super) fn url_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
