//! Fields with several values: groups, managed policies, documents and tags.

use std::collections::HashSet;

use super::MAX_GROUPS;
use super::validate::Findings;
use crate::suggest::{clip, counted};
use crate::{AccountId, GroupName, Partition, PolicyArn, PolicyDocument, Tag, split_list};

/// How far AWS raises the quota of managed policies per user.
const MOST_RAISED: usize = 20;

/// Names, each once.
pub(super) fn read_groups(found: &mut Findings, elements: &[String]) -> Vec<GroupName> {
    let mut seen = HashSet::new();
    let mut groups = Vec::new();
    for (n, item) in split_list(elements).iter().enumerate() {
        // IAM compares group names without case.
        if !seen.insert(item.to_lowercase()) {
            continue;
        }
        groups.extend(found.keep(GroupName::parse(&format!("groups[{n}]"), item)));
    }
    if seen.len() > MAX_GROUPS {
        found.refuse(
            "groups",
            format!(
                "An IAM user is in at most {MAX_GROUPS} groups; this names {}.",
                seen.len()
            ),
            format!("Remove {}.", counted(seen.len() - MAX_GROUPS, "group")),
        );
    }
    groups
}

/// Managed policies of a user.
pub(super) fn read_policy_arns(
    found: &mut Findings,
    elements: &[String],
    partition: &Partition,
    account: &AccountId,
    limit: usize,
) -> Vec<PolicyArn> {
    let too_many = |n: usize| {
        let rule = format!(
            "An IAM user of this account has at most {limit} managed policies; this names {n}."
        );
        let fix = format!("Remove {}", counted(n.saturating_sub(limit), "policy"));
        let fix = match limit < MOST_RAISED {
            true => format!(
                "{fix}, or have AWS raise the account's quota of managed policies per user, which \
                 goes up to 20."
            ),
            false => format!("{fix}."),
        };
        (n > limit).then_some((rule, fix))
    };
    read_policy_arns_of(found, elements, partition, account, too_many)
}

/// The same with another limit: what `too_many` answers is the rule that so many break, and the fix.
pub(super) fn read_policy_arns_of(
    found: &mut Findings,
    elements: &[String],
    partition: &Partition,
    account: &AccountId,
    too_many: impl Fn(usize) -> Option<(String, String)>,
) -> Vec<PolicyArn> {
    let items = split_list(elements);
    if let Some((rule, fix)) = too_many(items.len()) {
        found.refuse("policy_arns", rule, fix);
    }
    let mut arns = Vec::new();
    for (n, item) in items.iter().enumerate() {
        let field = format!("policy_arns[{n}]");
        let Some(arn) = found.keep(PolicyArn::parse_for(&field, item, partition, account)) else {
            continue;
        };
        // "PolicyNotAttachable": policies of service-linked roles attach to nothing else.
        if arn.account().is_none() && arn.as_str().contains(":policy/aws-service-role/") {
            found.refuse(
                &field,
                format!(
                    "{} belongs to a service-linked role; IAM attaches it to no user.",
                    arn.name()
                ),
                "Choose another managed policy.",
            );
        }
        arns.push(arn);
    }
    arns
}

/// Documents that are not blank.
pub(super) fn read_documents(
    found: &mut Findings,
    texts: &[String],
    partition: &Partition,
) -> Vec<PolicyDocument> {
    let mut documents = Vec::new();
    for (n, text) in texts.iter().enumerate() {
        if text.trim().is_empty() {
            continue;
        }
        let field = format!("policy_documents[{n}]");
        let Some(document) = found.keep(PolicyDocument::parse(&field, text)) else {
            continue;
        };
        for named in document.resource_partitions() {
            if named != partition.as_str() {
                found.refuse(
                    &field,
                    format!(
                        "A resource is in partition {}, the connection is in {partition}.",
                        clip(named, 40)
                    ),
                    format!("Begin its ARN with arn:{partition}:."),
                );
            }
        }
        documents.push(document);
    }
    documents
}

/// Pairs that are not blank.
pub(super) fn read_tags(found: &mut Findings, pairs: &[(String, String)]) -> Vec<Tag> {
    let mut seen = HashSet::new();
    let mut tags = Vec::new();
    for (n, (key, value)) in pairs.iter().enumerate() {
        if key.trim().is_empty() && value.trim().is_empty() {
            continue;
        }
        let field = format!("tags[{n}]");
        match Tag::parse(&field, key, value) {
            Err(problems) => found.extend(problems),
            Ok(tag) if !seen.insert(tag.key.to_lowercase()) => found.refuse(
                &format!("{field}.key"),
                format!(
                    "The key {} stands twice; IAM compares keys without case.",
                    clip(&tag.key, 64)
                ),
                "Remove one of the two, or give it another key.",
            ),
            Ok(tag) => tags.push(tag),
        }
    }
    if tags.len() > Tag::MAX_PER_USER {
        found.refuse(
            "tags",
            format!(
                "A user or a session has at most 50 tags; this gives {}.",
                tags.len()
            ),
            format!("Remove {}.", counted(tags.len() - Tag::MAX_PER_USER, "tag")),
        );
    }
    tags
}
