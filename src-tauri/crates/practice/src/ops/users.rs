//! Users: create, look at, list, delete, tag, and their permissions boundary.

use std::collections::BTreeMap;

use crate::account::iam_arn;
use crate::answer::Node;
use crate::evaluate::Context;
use crate::fault::Fault;
use crate::handle::{Call, Outcome};
use crate::page::page;
use crate::rules;
use crate::state::{Credentials, User};

pub(super) fn create_user(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "UserName")?;
    let path = rules::path(call.params, "Path")?;
    let boundary = boundary_parameter(call)?;
    let tags = rules::tags(call.params)?;

    let mut extra = Context::default();
    if let Some(arn) = boundary {
        extra.text("iam:PermissionsBoundary", arn);
    }
    tag_context(&mut extra, &tags);
    let arn = iam_arn("user", path, name);
    call.allow("iam:CreateUser", &arn, &extra)?;
    if !tags.is_empty() {
        call.allow("iam:TagUser", &arn, &extra)?;
    }

    if call.state.user(name).is_ok() {
        return Err(Fault::already("User", name));
    }
    check_boundary_exists(call, boundary)?;
    if call.state.users.len() >= rules::USERS {
        return Err(Fault::limit(format!(
            "Cannot exceed quota for UsersPerAccount: {}",
            rules::USERS
        )));
    }
    let user = User {
        name: name.to_owned(),
        path: path.to_owned(),
        id: call.state.dice.unique_id("AIDA"),
        created: call.now,
        boundary: boundary.map(str::to_owned),
        tags,
        inline: BTreeMap::new(),
        attached: Vec::new(),
        groups: Vec::new(),
        keys: Vec::new(),
        credentials: Credentials::default(),
    };
    let node = whole(&user);
    call.state.users.insert(name.to_ascii_lowercase(), user);
    call.state.changed = true;
    Ok(Some(Node::Fields(vec![("User", node)])))
}

pub(super) fn get_user(call: &mut Call<'_>) -> Outcome {
    let name = call.subject()?;
    call.allow_user("iam:GetUser", &name, Context::default())?;
    let user = call.state.user(&name)?;
    Ok(Some(Node::Fields(vec![("User", whole(user))])))
}

pub(super) fn list_users(call: &mut Call<'_>) -> Outcome {
    let prefix = rules::path_prefix(call.params)?;
    call.allow(
        "iam:ListUsers",
        &iam_arn("user", prefix, ""),
        &Context::default(),
    )?;
    let users = call
        .state
        .users
        .iter()
        .filter(|(_, user)| user.path.starts_with(prefix));
    let items = users
        .map(|(key, user)| (key.clone(), Node::Fields(brief(user))))
        .collect();
    Ok(Some(Node::Fields(page(call, "Users", items)?)))
}

/// The conflict that AWS names first is the one a clean-up meets first.
pub(super) fn delete_user(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "UserName")?;
    call.allow_user("iam:DeleteUser", name, Context::default())?;
    let user = call.state.user(name)?;
    if !user.groups.is_empty() {
        return Err(Fault::delete_conflict("must remove users from group"));
    }
    if !user.attached.is_empty() {
        return Err(Fault::delete_conflict("must detach all policies"));
    }
    if !user.inline.is_empty() {
        return Err(Fault::delete_conflict("must delete policies"));
    }
    if !user.keys.is_empty() {
        return Err(Fault::delete_conflict("must delete access keys"));
    }
    let Credentials {
        login,
        mfa,
        ssh_keys,
        certificates,
        services,
    } = &user.credentials;
    if login.is_some() {
        return Err(Fault::delete_conflict("must delete login profile"));
    }
    if !mfa.is_empty() {
        return Err(Fault::delete_conflict("must delete MFA device"));
    }
    if !certificates.is_empty() {
        return Err(Fault::delete_conflict("must delete certificates"));
    }
    // AWS names neither of these.
    if !ssh_keys.is_empty() || !services.is_empty() {
        return Err(Fault::delete_conflict("must remove referenced objects"));
    }
    call.state.users.remove(&name.to_ascii_lowercase());
    call.state.changed = true;
    Ok(None)
}

pub(super) fn tag_user(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "UserName")?;
    let tags = rules::tags(call.params)?;
    let mut extra = Context::default();
    tag_context(&mut extra, &tags);
    call.allow_user("iam:TagUser", name, extra)?;
    rules::merge_tags(&mut call.state.user_mut(name)?.tags, tags)?;
    Ok(None)
}

pub(super) fn untag_user(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "UserName")?;
    let keys: Vec<String> = call
        .params
        .members("TagKeys", "")
        .into_iter()
        .map(str::to_lowercase)
        .collect();
    let mut extra = Context::default();
    extra.texts("aws:TagKeys", keys.clone());
    call.allow_user("iam:UntagUser", name, extra)?;
    let user = call.state.user_mut(name)?;
    user.tags
        .retain(|(key, _)| !keys.contains(&key.to_lowercase()));
    Ok(None)
}

pub(super) fn list_user_tags(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "UserName")?;
    call.allow_user("iam:ListUserTags", name, Context::default())?;
    let mut tags = call.state.user(name)?.tags.clone();
    tags.sort();
    let items = tags
        .into_iter()
        .map(|tag| (tag.0.clone(), tag_node(&tag)))
        .collect();
    Ok(Some(Node::Fields(page(call, "Tags", items)?)))
}

pub(super) fn put_boundary(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "UserName")?;
    call.params.need("PermissionsBoundary")?;
    let boundary = boundary_parameter(call)?;
    let mut extra = Context::default();
    if let Some(arn) = boundary {
        extra.text("iam:PermissionsBoundary", arn);
    }
    call.allow_user("iam:PutUserPermissionsBoundary", name, extra)?;
    call.state.user(name)?;
    check_boundary_exists(call, boundary)?;
    call.state.user_mut(name)?.boundary = boundary.map(str::to_owned);
    Ok(None)
}

pub(super) fn delete_boundary(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "UserName")?;
    let extra = boundary_context(call, name);
    call.allow_user("iam:DeleteUserPermissionsBoundary", name, extra)?;
    if call.state.user(name)?.boundary.is_none() {
        return Err(Fault::not_there(format!(
            "The permissions boundary of user {name} cannot be found."
        )));
    }
    call.state.user_mut(name)?.boundary = None;
    Ok(None)
}

/// `iam:PermissionsBoundary` of an action on a user is the boundary the user has.
pub(super) fn boundary_context(call: &Call<'_>, user: &str) -> Context {
    let mut extra = Context::default();
    if let Some(arn) = call
        .state
        .user(user)
        .ok()
        .and_then(|user| user.boundary.as_ref())
    {
        extra.text("iam:PermissionsBoundary", arn);
    }
    extra
}

pub(super) fn boundary_parameter<'a>(call: &Call<'a>) -> Result<Option<&'a str>, Fault> {
    let given = call.params.get("PermissionsBoundary");
    given
        .map(|arn| rules::policy_arn(arn, "PermissionsBoundary"))
        .transpose()
}

pub(super) fn check_boundary_exists(call: &Call<'_>, boundary: Option<&str>) -> Result<(), Fault> {
    match boundary {
        Some(arn) if call.state.managed_document(arn).is_none() => Err(Fault::not_there(format!(
            "Scope ARN: {arn} does not exist or is not attachable."
        ))),
        _ => Ok(()),
    }
}

pub(super) fn tag_context(extra: &mut Context, tags: &[(String, String)]) {
    if tags.is_empty() {
        return;
    }
    extra.texts("aws:TagKeys", tags.iter().map(|(key, _)| key.clone()));
    for (key, value) in tags {
        extra.text(&format!("aws:RequestTag/{key}"), value);
    }
}

/// A user as lists show it: without boundary and tags.
pub(super) fn brief(user: &User) -> Vec<(&'static str, Node)> {
    vec![
        ("Path", (&user.path).into()),
        ("UserName", (&user.name).into()),
        ("UserId", (&user.id).into()),
        ("Arn", user.arn().into()),
        ("CreateDate", user.created.into()),
    ]
}

fn whole(user: &User) -> Node {
    let mut fields = brief(user);
    if let Some(arn) = &user.boundary {
        fields.push(("PermissionsBoundary", boundary_node(arn)));
    }
    if !user.tags.is_empty() {
        fields.push((
            "Tags",
            Node::Members(user.tags.iter().map(tag_node).collect()),
        ));
    }
    Node::Fields(fields)
}

pub(super) fn boundary_node(arn: &str) -> Node {
    Node::Fields(vec![
        ("PermissionsBoundaryType", "Policy".into()),
        ("PermissionsBoundaryArn", arn.into()),
    ])
}

pub(super) fn tag_node((key, value): &(String, String)) -> Node {
    Node::Fields(vec![("Key", key.into()), ("Value", value.into())])
}
