//! Roles, as far as `AssumeRole` needs them.

use std::collections::BTreeMap;

use super::inline::url_encoded;
use super::users::{
    boundary_node, boundary_parameter, check_boundary_exists, tag_context, tag_node,
};
use crate::account::iam_arn;
use crate::answer::Node;
use crate::document::{Use, check, principals};
use crate::evaluate::Context;
use crate::fault::Fault;
use crate::handle::{Call, Outcome};
use crate::rules;
use crate::state::Role;

/// Actions on a role are authorized on its ARN, with the boundary it has.
pub(super) fn allow_role(
    call: &Call<'_>,
    action: &str,
    name: &str,
    mut extra: Context,
) -> Result<(), Fault> {
    let found = call.state.role(name).ok();
    if let Some(arn) = found.and_then(|role| role.boundary.as_ref()) {
        extra.text("iam:PermissionsBoundary", arn);
    }
    let arn = found.map_or_else(|| iam_arn("role", "/", name), Role::arn);
    call.allow(action, &arn, &extra)
}

pub(super) fn create_role(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "RoleName")?;
    let path = rules::path(call.params, "Path")?;
    let trust = call.params.need("AssumeRolePolicyDocument")?;
    let max_session = call
        .params
        .number("MaxSessionDuration", 3_600, 43_200)?
        .unwrap_or(3_600);
    let description = call.params.get("Description");
    if let Some(text) = description {
        rules::length(text, "description", 0, 1_000)?;
    }
    let boundary = boundary_parameter(call)?;
    let tags = rules::tags(call.params)?;
    check(trust, "assumeRolePolicyDocument", Use::Trust)?;

    let arn = iam_arn("role", path, name);
    let mut extra = Context::default();
    if let Some(boundary) = boundary {
        extra.text("iam:PermissionsBoundary", boundary);
    }
    tag_context(&mut extra, &tags);
    call.allow("iam:CreateRole", &arn, &extra)?;
    if !tags.is_empty() {
        call.allow("iam:TagRole", &arn, &extra)?;
    }
    if call.state.role(name).is_ok() {
        return Err(Fault::already("Role", name));
    }
    check_boundary_exists(call, boundary)?;
    let trusted = principals(call.state, trust)?;
    if call.state.roles.len() >= rules::ROLES {
        return Err(Fault::limit(format!(
            "Cannot exceed quota for RolesPerAccount: {}",
            rules::ROLES
        )));
    }
    let role = Role {
        name: name.to_owned(),
        path: path.to_owned(),
        id: call.state.dice.unique_id("AROA"),
        created: call.now,
        description: description.map(str::to_owned),
        trust: trust.to_owned(),
        trusted,
        max_session,
        boundary: boundary.map(str::to_owned),
        tags,
        inline: BTreeMap::new(),
        attached: Vec::new(),
    };
    let node = role_node(&role);
    call.state.roles.insert(name.to_ascii_lowercase(), role);
    call.state.changed = true;
    Ok(Some(Node::Fields(vec![("Role", node)])))
}

pub(super) fn get_role(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "RoleName")?;
    allow_role(call, "iam:GetRole", name, Context::default())?;
    Ok(Some(Node::Fields(vec![(
        "Role",
        role_node(call.state.role(name)?),
    )])))
}

pub(super) fn delete_role(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "RoleName")?;
    allow_role(call, "iam:DeleteRole", name, Context::default())?;
    let role = call.state.role(name)?;
    if !role.attached.is_empty() {
        return Err(Fault::delete_conflict("must detach all policies"));
    }
    if !role.inline.is_empty() {
        return Err(Fault::delete_conflict("must delete policies"));
    }
    call.state.roles.remove(&name.to_ascii_lowercase());
    call.state.changed = true;
    Ok(None)
}

fn role_node(role: &Role) -> Node {
    let mut fields = vec![
        ("Path", (&role.path).into()),
        ("RoleName", (&role.name).into()),
        ("RoleId", (&role.id).into()),
        ("Arn", role.arn().into()),
        ("CreateDate", role.created.into()),
        ("AssumeRolePolicyDocument", url_encoded(&role.trust).into()),
        ("MaxSessionDuration", role.max_session.into()),
    ];
    if let Some(text) = &role.description {
        fields.push(("Description", text.into()));
    }
    if let Some(arn) = &role.boundary {
        fields.push(("PermissionsBoundary", boundary_node(arn)));
    }
    if !role.tags.is_empty() {
        fields.push((
            "Tags",
            Node::Members(role.tags.iter().map(tag_node).collect()),
        ));
    }
    Node::Fields(fields)
}
