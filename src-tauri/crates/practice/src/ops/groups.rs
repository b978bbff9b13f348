//! Groups and who is in them.

use std::collections::BTreeMap;

use super::users::brief;
use crate::account::iam_arn;
use crate::answer::Node;
use crate::evaluate::Context;
use crate::fault::Fault;
use crate::handle::{Call, Outcome};
use crate::page::page;
use crate::rules;
use crate::state::Group;

/// Actions on a group are authorized on the group's ARN, also those that name a user.
pub(super) fn allow_group(
    call: &Call<'_>,
    action: &str,
    name: &str,
    extra: &Context,
) -> Result<(), Fault> {
    let arn = call
        .state
        .group(name)
        .map_or_else(|_| iam_arn("group", "/", name), Group::arn);
    call.allow(action, &arn, extra)
}

pub(super) fn create_group(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "GroupName")?;
    let path = rules::path(call.params, "Path")?;
    call.allow(
        "iam:CreateGroup",
        &iam_arn("group", path, name),
        &Context::default(),
    )?;
    if call.state.group(name).is_ok() {
        return Err(Fault::already("Group", name));
    }
    if call.state.groups.len() >= rules::GROUPS {
        return Err(Fault::limit(format!(
            "Cannot exceed quota for GroupsPerAccount: {}",
            rules::GROUPS
        )));
    }
    let group = Group {
        name: name.to_owned(),
        path: path.to_owned(),
        id: call.state.dice.unique_id("AGPA"),
        created: call.now,
        inline: BTreeMap::new(),
        attached: Vec::new(),
    };
    let node = group_node(&group);
    call.state.groups.insert(name.to_ascii_lowercase(), group);
    call.state.changed = true;
    Ok(Some(Node::Fields(vec![("Group", node)])))
}

pub(super) fn get_group(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "GroupName")?;
    allow_group(call, "iam:GetGroup", name, &Context::default())?;
    let group = call.state.group(name)?;
    let key = name.to_ascii_lowercase();
    let members = call
        .state
        .users
        .iter()
        .filter(|(_, user)| user.groups.contains(&key));
    let items = members
        .map(|(key, user)| (key.clone(), Node::Fields(brief(user))))
        .collect();
    let mut fields = vec![("Group", group_node(group))];
    fields.extend(page(call, "Users", items)?);
    Ok(Some(Node::Fields(fields)))
}

pub(super) fn list_groups(call: &mut Call<'_>) -> Outcome {
    let prefix = rules::path_prefix(call.params)?;
    call.allow(
        "iam:ListGroups",
        &iam_arn("group", prefix, ""),
        &Context::default(),
    )?;
    let groups = call
        .state
        .groups
        .iter()
        .filter(|(_, group)| group.path.starts_with(prefix));
    let items = groups
        .map(|(key, group)| (key.clone(), group_node(group)))
        .collect();
    Ok(Some(Node::Fields(page(call, "Groups", items)?)))
}

pub(super) fn delete_group(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "GroupName")?;
    allow_group(call, "iam:DeleteGroup", name, &Context::default())?;
    let group = call.state.group(name)?;
    let key = name.to_ascii_lowercase();
    if call
        .state
        .users
        .values()
        .any(|user| user.groups.contains(&key))
    {
        return Err(Fault::delete_conflict("must remove users from group"));
    }
    if !group.attached.is_empty() {
        return Err(Fault::delete_conflict("must detach all policies"));
    }
    if !group.inline.is_empty() {
        return Err(Fault::delete_conflict("must delete policies"));
    }
    call.state.groups.remove(&key);
    call.state.changed = true;
    Ok(None)
}

/// Adding a member again changes nothing and is no error.
pub(super) fn add_user_to_group(call: &mut Call<'_>) -> Outcome {
    let group = rules::name(call.params, "GroupName")?;
    let name = rules::name(call.params, "UserName")?;
    allow_group(call, "iam:AddUserToGroup", group, &Context::default())?;
    call.state.group(group)?;
    let groups = &mut call.state.user_mut(name)?.groups;
    let key = group.to_ascii_lowercase();
    if groups.contains(&key) {
        return Ok(None);
    }
    if groups.len() >= rules::GROUPS_PER_USER {
        return Err(Fault::limit(format!(
            "Cannot exceed quota for GroupsPerUser: {}",
            rules::GROUPS_PER_USER
        )));
    }
    groups.push(key);
    Ok(None)
}

pub(super) fn remove_user_from_group(call: &mut Call<'_>) -> Outcome {
    let group = rules::name(call.params, "GroupName")?;
    let name = rules::name(call.params, "UserName")?;
    allow_group(call, "iam:RemoveUserFromGroup", group, &Context::default())?;
    call.state.group(group)?;
    let groups = &mut call.state.user_mut(name)?.groups;
    let key = group.to_ascii_lowercase();
    let place = groups.iter().position(|have| *have == key).ok_or_else(|| {
        Fault::not_there(format!(
            "The user with name {name} cannot be found in group {group}."
        ))
    })?;
    groups.remove(place);
    Ok(None)
}

pub(super) fn list_groups_for_user(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "UserName")?;
    call.allow_user("iam:ListGroupsForUser", name, Context::default())?;
    let mut keys = call.state.user(name)?.groups.clone();
    keys.sort();
    let items = keys
        .into_iter()
        .filter_map(|key| {
            let node = group_node(call.state.groups.get(&key)?);
            Some((key, node))
        })
        .collect();
    Ok(Some(Node::Fields(page(call, "Groups", items)?)))
}

fn group_node(group: &Group) -> Node {
    Node::Fields(vec![
        ("Path", (&group.path).into()),
        ("GroupName", (&group.name).into()),
        ("GroupId", (&group.id).into()),
        ("Arn", group.arn().into()),
        ("CreateDate", group.created.into()),
    ])
}
