//! Attaching managed policies to users, groups and roles.

use super::users::boundary_context;
use crate::answer::Node;
use crate::evaluate::Context;
use crate::fault::Fault;
use crate::handle::{Call, Outcome};
use crate::page::page;
use crate::rules;

pub(super) fn attach_user_policy(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "UserName")?;
    let (arn, extra) = policy_parameter(call, boundary_context(call, name))?;
    call.allow_user("iam:AttachUserPolicy", name, extra)?;
    call.state.user(name)?;
    check_exists(call, arn)?;
    attach(&mut call.state.user_mut(name)?.attached, arn, "User")
}

pub(super) fn detach_user_policy(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "UserName")?;
    let (arn, extra) = policy_parameter(call, boundary_context(call, name))?;
    call.allow_user("iam:DetachUserPolicy", name, extra)?;
    detach(&mut call.state.user_mut(name)?.attached, arn)
}

pub(super) fn list_attached_user_policies(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "UserName")?;
    let prefix = rules::path_prefix(call.params)?;
    call.allow_user("iam:ListAttachedUserPolicies", name, Context::default())?;
    let mut items: Vec<(String, Node)> = call
        .state
        .user(name)?
        .attached
        .iter()
        .filter(|arn| policy_path(arn).starts_with(prefix))
        .map(|arn| {
            let name = arn.rsplit('/').next().unwrap_or_default();
            let node = Node::Fields(vec![("PolicyName", name.into()), ("PolicyArn", arn.into())]);
            (arn.clone(), node)
        })
        .collect();
    items.sort_by(|left, right| left.0.cmp(&right.0));
    Ok(Some(Node::Fields(page(call, "AttachedPolicies", items)?)))
}

pub(super) fn attach_group_policy(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "GroupName")?;
    let (arn, extra) = policy_parameter(call, Context::default())?;
    super::groups::allow_group(call, "iam:AttachGroupPolicy", name, &extra)?;
    call.state.group(name)?;
    check_exists(call, arn)?;
    attach(&mut call.state.group_mut(name)?.attached, arn, "Group")
}

pub(super) fn detach_group_policy(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "GroupName")?;
    let (arn, extra) = policy_parameter(call, Context::default())?;
    super::groups::allow_group(call, "iam:DetachGroupPolicy", name, &extra)?;
    detach(&mut call.state.group_mut(name)?.attached, arn)
}

pub(super) fn attach_role_policy(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "RoleName")?;
    let (arn, extra) = policy_parameter(call, Context::default())?;
    super::roles::allow_role(call, "iam:AttachRolePolicy", name, extra)?;
    call.state.role(name)?;
    check_exists(call, arn)?;
    attach(&mut call.state.role_mut(name)?.attached, arn, "Role")
}

pub(super) fn detach_role_policy(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "RoleName")?;
    let (arn, extra) = policy_parameter(call, Context::default())?;
    super::roles::allow_role(call, "iam:DetachRolePolicy", name, extra)?;
    detach(&mut call.state.role_mut(name)?.attached, arn)
}

fn policy_parameter<'a>(call: &Call<'a>, mut extra: Context) -> Result<(&'a str, Context), Fault> {
    let arn = rules::policy_arn(call.params.need("PolicyArn")?, "PolicyArn")?;
    extra.text("iam:PolicyARN", arn);
    Ok((arn, extra))
}

fn check_exists(call: &Call<'_>, arn: &str) -> Result<(), Fault> {
    if call.state.managed_document(arn).is_some() {
        return Ok(());
    }
    Err(Fault::not_there(format!(
        "Policy {arn} does not exist or is not attachable."
    )))
}

/// Attaching what is attached already changes nothing and is no error.
fn attach(attached: &mut Vec<String>, arn: &str, kind: &str) -> Outcome {
    if attached.iter().any(|have| have == arn) {
        return Ok(None);
    }
    if attached.len() >= rules::POLICIES_PER_IDENTITY {
        return Err(Fault::limit(format!(
            "Cannot exceed quota for PoliciesPer{kind}: {}",
            rules::POLICIES_PER_IDENTITY
        )));
    }
    attached.push(arn.to_owned());
    Ok(None)
}

fn detach(attached: &mut Vec<String>, arn: &str) -> Outcome {
    let place = attached.iter().position(|have| have == arn);
    let place = place.ok_or_else(|| Fault::not_there(format!("Policy {arn} was not found.")))?;
    attached.remove(place);
    Ok(None)
}

/// The path in a policy's ARN: `/job-function/` of `…:policy/job-function/ViewOnlyAccess`.
pub(super) fn policy_path(arn: &str) -> &str {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let from_slash = resource.strip_prefix("policy").unwrap_or("/");
    from_slash
        .rfind('/')
        .map_or("/", |last| &from_slash[..=last])
}
