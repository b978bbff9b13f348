//! Access keys of users.

use crate::answer::Node;
use crate::evaluate::Context;
use crate::fault::Fault;
use crate::handle::{Call, Outcome};
use crate::page::page;
use crate::rules;
use crate::state::AccessKey;

pub(super) fn create_access_key(call: &mut Call<'_>) -> Outcome {
    let name = call.subject()?;
    call.allow_user("iam:CreateAccessKey", &name, Context::default())?;
    let user = call.state.user(&name)?;
    if user.keys.len() >= rules::KEYS_PER_USER {
        return Err(Fault::limit(format!(
            "Cannot exceed quota for AccessKeysPerUser: {}",
            rules::KEYS_PER_USER
        )));
    }
    let key = AccessKey {
        id: call.state.new_key_id("AKIA"),
        secret: call.state.dice.secret(),
        active: true,
        created: call.now,
        last_used: None,
    };
    let user = call.state.user_mut(&name)?;
    let node = Node::Fields(vec![
        ("UserName", (&user.name).into()),
        ("AccessKeyId", (&key.id).into()),
        ("Status", "Active".into()),
        ("SecretAccessKey", (&key.secret).into()),
        ("CreateDate", key.created.into()),
    ]);
    user.keys.push(key);
    Ok(Some(Node::Fields(vec![("AccessKey", node)])))
}

pub(super) fn list_access_keys(call: &mut Call<'_>) -> Outcome {
    let name = call.subject()?;
    call.allow_user("iam:ListAccessKeys", &name, Context::default())?;
    let user = call.state.user(&name)?;
    let mut items: Vec<(String, Node)> = user
        .keys
        .iter()
        .map(|key| {
            let node = Node::Fields(vec![
                ("UserName", (&user.name).into()),
                ("AccessKeyId", (&key.id).into()),
                ("Status", status(key.active).into()),
                ("CreateDate", key.created.into()),
            ]);
            (key.id.clone(), node)
        })
        .collect();
    items.sort_by(|left, right| left.0.cmp(&right.0));
    let mut fields = vec![("UserName", (&user.name).into())];
    fields.extend(page(call, "AccessKeyMetadata", items)?);
    Ok(Some(Node::Fields(fields)))
}

pub(super) fn update_access_key(call: &mut Call<'_>) -> Outcome {
    let name = call.subject()?;
    let id = rules::key_id(call.params)?;
    let wanted = call.params.need("Status")?;
    if !matches!(wanted, "Active" | "Inactive") {
        let rule = "Member must satisfy enum value set: [Active, Inactive]";
        return Err(Fault::constraint(wanted, "status", rule));
    }
    call.allow_user("iam:UpdateAccessKey", &name, Context::default())?;
    let keys = &mut call.state.user_mut(&name)?.keys;
    let key = keys
        .iter_mut()
        .find(|key| key.id == id)
        .ok_or_else(|| Fault::no_key(id))?;
    key.active = wanted == "Active";
    Ok(None)
}

pub(super) fn delete_access_key(call: &mut Call<'_>) -> Outcome {
    let name = call.subject()?;
    let id = rules::key_id(call.params)?;
    call.allow_user("iam:DeleteAccessKey", &name, Context::default())?;
    let keys = &mut call.state.user_mut(&name)?.keys;
    let place = keys
        .iter()
        .position(|key| key.id == id)
        .ok_or_else(|| Fault::no_key(id))?;
    keys.remove(place);
    Ok(None)
}

pub(super) fn get_access_key_last_used(call: &mut Call<'_>) -> Outcome {
    let id = rules::key_id(call.params)?;
    let owner = call.state.key(id).map(|(user, _)| user.name.clone());
    match &owner {
        Some(name) => call.allow_user("iam:GetAccessKeyLastUsed", name, Context::default())?,
        None => call.allow("iam:GetAccessKeyLastUsed", "*", &Context::default())?,
    }
    let (user, key) = call.state.key(id).ok_or_else(|| Fault::no_key(id))?;
    let used = match &key.last_used {
        Some(used) => vec![
            ("LastUsedDate", used.at.into()),
            ("Region", (&used.region).into()),
            ("ServiceName", (&used.service).into()),
        ],
        None => vec![("Region", "N/A".into()), ("ServiceName", "N/A".into())],
    };
    Ok(Some(Node::Fields(vec![
        ("UserName", (&user.name).into()),
        ("AccessKeyLastUsed", Node::Fields(used)),
    ])))
}

fn status(active: bool) -> &'static str {
    if active { "Active" } else { "Inactive" }
}
