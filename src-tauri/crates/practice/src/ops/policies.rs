//! Managed policies: the customer's own, and the ones AWS publishes.

use chrono::{DateTime, Utc};

use super::inline::url_encoded;
use crate::account::iam_arn;
use crate::answer::Node;
use crate::aws_managed;
use crate::document::{Use, check};
use crate::evaluate::Context;
use crate::fault::Fault;
use crate::handle::{Call, Outcome};
use crate::page::page;
use crate::rules;
use crate::state::{Policy, State};

/// The one version a policy has here.
const VERSION: &str = "v1";

pub(super) fn create_policy(call: &mut Call<'_>) -> Outcome {
    let name = rules::name(call.params, "PolicyName")?;
    let path = rules::path(call.params, "Path")?;
    let document = call.params.need("PolicyDocument")?;
    let description = call.params.get("Description");
    if let Some(text) = description {
        rules::length(text, "description", 0, 1_000)?;
    }
    check(document, "policyDocument", Use::Identity)?;
    let arn = iam_arn("policy", path, name);
    call.allow("iam:CreatePolicy", &arn, &Context::default())?;
    let lower = name.to_ascii_lowercase();
    if call
        .state
        .policies
        .values()
        .any(|policy| policy.name.to_ascii_lowercase() == lower)
    {
        return Err(Fault::new(
            409,
            "EntityAlreadyExists",
            format!("A policy called {name} already exists. Duplicate names are not allowed."),
        ));
    }
    if rules::counted_size(document) > rules::MANAGED_SIZE {
        return Err(Fault::limit(format!(
            "Cannot exceed quota for PolicySize: {}",
            rules::MANAGED_SIZE
        )));
    }
    if call.state.policies.len() >= rules::POLICIES {
        return Err(Fault::limit(format!(
            "Cannot exceed quota for PoliciesPerAccount: {}",
            rules::POLICIES
        )));
    }
    let policy = Policy {
        name: name.to_owned(),
        path: path.to_owned(),
        id: call.state.dice.unique_id("ANPA"),
        arn: arn.clone(),
        created: call.now,
        description: description.map(str::to_owned),
        document: document.to_owned(),
    };
    let node = Facts::own(&policy).node(call.state);
    call.state.policies.insert(arn, policy);
    call.state.changed = true;
    Ok(Some(Node::Fields(vec![("Policy", node)])))
}

pub(super) fn get_policy(call: &mut Call<'_>) -> Outcome {
    let arn = rules::policy_arn(call.params.need("PolicyArn")?, "PolicyArn")?;
    call.allow("iam:GetPolicy", arn, &Context::default())?;
    let facts = facts(call.state, arn)?;
    Ok(Some(Node::Fields(vec![("Policy", facts.node(call.state))])))
}

pub(super) fn get_policy_version(call: &mut Call<'_>) -> Outcome {
    let arn = rules::policy_arn(call.params.need("PolicyArn")?, "PolicyArn")?;
    let version = call.params.need("VersionId")?;
    call.allow("iam:GetPolicyVersion", arn, &Context::default())?;
    let facts = facts(call.state, arn)?;
    if version != VERSION {
        return Err(Fault::not_there(format!(
            "Policy {arn} version {version} does not exist or is not attachable."
        )));
    }
    let document = call.state.managed_document(arn).unwrap_or_default();
    let node = Node::Fields(vec![
        ("Document", url_encoded(document).into()),
        ("VersionId", VERSION.into()),
        ("IsDefaultVersion", true.into()),
        ("CreateDate", facts.created.into()),
    ]);
    Ok(Some(Node::Fields(vec![("PolicyVersion", node)])))
}

pub(super) fn list_policies(call: &mut Call<'_>) -> Outcome {
    let prefix = rules::path_prefix(call.params)?;
    let scope = call.params.get("Scope").unwrap_or("All");
    if !matches!(scope, "All" | "AWS" | "Local") {
        let rule = "Member must satisfy enum value set: [All, AWS, Local]";
        return Err(Fault::constraint(scope, "scope", rule));
    }
    let only_attached = call.params.get("OnlyAttached") == Some("true");
    call.allow(
        "iam:ListPolicies",
        &format!("policy path {prefix}"),
        &Context::default(),
    )?;
    let state = &*call.state;
    let own = state
        .policies
        .values()
        .filter(|_| scope != "AWS")
        .map(Facts::own);
    let aws = aws_managed::ALL
        .iter()
        .filter(|_| scope != "Local")
        .map(Facts::aws);
    let mut items: Vec<(String, Node)> = own
        .chain(aws)
        .filter(|facts| facts.path.starts_with(prefix))
        .filter(|facts| !only_attached || attachments(state, &facts.arn) > 0)
        .map(|facts| (facts.arn.clone(), facts.node(state)))
        .collect();
    items.sort_by(|left, right| left.0.cmp(&right.0));
    Ok(Some(Node::Fields(page(call, "Policies", items)?)))
}

pub(super) fn delete_policy(call: &mut Call<'_>) -> Outcome {
    let arn = rules::policy_arn(call.params.need("PolicyArn")?, "PolicyArn")?;
    call.allow("iam:DeletePolicy", arn, &Context::default())?;
    facts(call.state, arn)?;
    if aws_managed::find(arn).is_some() {
        return Err(Fault::denied(format!(
            "Cannot delete the AWS managed policy {arn}."
        )));
    }
    if attachments(call.state, arn) + boundaries(call.state, arn) > 0 {
        return Err(Fault::new(
            409,
            "DeleteConflict",
            "Cannot delete a policy attached to entities.",
        ));
    }
    call.state.policies.remove(arn);
    call.state.changed = true;
    Ok(None)
}

/// What a managed policy shows of itself, whoever made it.
struct Facts {
    name: String,
    path: String,
    id: String,
    arn: String,
    created: DateTime<Utc>,
    description: Option<String>,
}

fn facts(state: &State, arn: &str) -> Result<Facts, Fault> {
    let own = state.policies.get(arn).map(Facts::own);
    own.or_else(|| aws_managed::find(arn).map(Facts::aws))
        .ok_or_else(|| Fault::not_there(format!("Policy {arn} was not found.")))
}

impl Facts {
    fn own(policy: &Policy) -> Self {
        Self {
            name: policy.name.clone(),
            path: policy.path.clone(),
            id: policy.id.clone(),
            arn: policy.arn.clone(),
            created: policy.created,
            description: policy.description.clone(),
        }
    }

    fn aws(policy: &aws_managed::AwsPolicy) -> Self {
        Self {
            name: policy.name.to_owned(),
            path: policy.path.to_owned(),
            id: policy.id(),
            arn: policy.arn(),
            created: aws_managed::created(),
            description: Some(policy.description.to_owned()),
        }
    }

    fn node(&self, state: &State) -> Node {
        let mut fields = vec![
            ("PolicyName", (&self.name).into()),
            ("PolicyId", (&self.id).into()),
            ("Arn", (&self.arn).into()),
            ("Path", (&self.path).into()),
            ("DefaultVersionId", VERSION.into()),
            ("AttachmentCount", count(attachments(state, &self.arn))),
            (
                "PermissionsBoundaryUsageCount",
                count(boundaries(state, &self.arn)),
            ),
            ("IsAttachable", true.into()),
            ("CreateDate", self.created.into()),
            ("UpdateDate", self.created.into()),
        ];
        if let Some(text) = &self.description {
            fields.push(("Description", text.into()));
        }
        Node::Fields(fields)
    }
}

fn count(number: usize) -> Node {
    Node::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn attachments(state: &State, arn: &str) -> usize {
    let users = state.users.values().map(|user| &user.attached);
    let groups = state.groups.values().map(|group| &group.attached);
    let roles = state.roles.values().map(|role| &role.attached);
    users
        .chain(groups)
        .chain(roles)
        .flatten()
        .filter(|have| *have == arn)
        .count()
}

fn boundaries(state: &State, arn: &str) -> usize {
    let users = state.users.values().map(|user| &user.boundary);
    let roles = state.roles.values().map(|role| &role.boundary);
    users
        .chain(roles)
        .flatten()
        .filter(|have| *have == arn)
        .count()
}
