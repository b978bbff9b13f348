//! Every rule of a dynamic secret at once, before any AWS call.

use std::collections::HashSet;

use super::{MAX_GROUPS, Recipe, RecipeDraft};
use crate::suggest::{clip, counted};
use crate::{
    AccountId, Budget, Folder, GroupName, IamPath, Partition, PolicyArn, PolicyDocument, Problem,
    Region, SecretName, Slug, Tag, Ttl, UserName, UsernameTemplate, guard, split_list,
};

/// Collects problems while values are read.
#[derive(Default)]
struct Findings(Vec<Problem>);

impl Findings {
    fn keep<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.0.push(problem)).ok()
    }

    fn refuse(&mut self, field: &str, rule: String, fix: impl Into<String>) {
        self.0.push(Problem::refused_input(field, rule, fix));
    }
}

/// Reads a draft for a connection's partition and account.
///
/// `managed_policy_limit` is the account's quota of managed policies per user, 10 unless raised.
///
/// # Errors
/// Every problem, each with the field's wire name, the rule and the fix. Fields of list items have
/// their position in brackets: of the item after splitting for `groups` and `policy_arns`, of the
/// element for `policy_documents` and `tags`.
pub fn validate(
    draft: &RecipeDraft,
    partition: &Partition,
    account: &AccountId,
    managed_policy_limit: usize,
) -> Result<Recipe, Vec<Problem>> {
    let mut found = Findings::default();
    let name = found.keep(SecretName::parse("name", &draft.name));
    let environment = found.keep(required_slug("environment", &draft.environment));
    let folder = found.keep(Folder::parse("folder", &draft.folder));
    let connection = found.keep(required_slug("connection", &draft.connection));
    let ttls = read_ttls(&mut found, draft);
    let region = read_region(&mut found, &draft.region, partition);
    let iam_path = found.keep(IamPath::parse("iam_path", &draft.iam_path));
    let boundary = read_boundary(&mut found, draft, partition, account);
    let groups = read_groups(&mut found, &draft.groups);
    let policy_arns = read_policy_arns(
        &mut found,
        &draft.policy_arns,
        partition,
        account,
        managed_policy_limit,
    );
    let documents = read_documents(&mut found, &draft.policy_documents, partition);
    let template = found.keep(UsernameTemplate::parse(&draft.username_template));
    let tags = read_tags(&mut found, &draft.tags);
    if let (Some(name), Some(template)) = (&name, &template) {
        found.keep(template.max_len_for(name.as_str()));
    }
    check_budget(&mut found, draft_budget(draft, partition, account));

    // Nothing is missing without a problem having been found.
    let complete = (
        name,
        environment,
        folder,
        connection,
        ttls,
        region,
        iam_path,
        template,
    );
    match complete {
        (
            Some(name),
            Some(environment),
            Some(folder),
            Some(connection),
            Some((default_ttl, max_ttl)),
            Some(region),
            Some(iam_path),
            Some(template),
        ) if found.0.is_empty() => Ok(Recipe {
            name,
            environment,
            folder,
            connection,
            default_ttl,
            max_ttl,
            region,
            iam_path,
            boundary,
            groups,
            policy_arns,
            documents,
            template,
            tags,
        }),
        _ => Err(found.0),
    }
}

/// The budget of a draft, as far as it can be read: documents that are not valid yet count with
/// every character that is not white space.
#[must_use]
pub fn draft_budget(draft: &RecipeDraft, partition: &Partition, account: &AccountId) -> Budget {
    let documents = draft
        .policy_documents
        .iter()
        .map(
            |text| match PolicyDocument::parse("policy_documents", text) {
                Ok(document) => document.size(),
                Err(_) => text.chars().filter(|c| !c.is_whitespace()).count(),
            },
        )
        .fold(0, usize::saturating_add);
    let path = IamPath::parse("iam_path", &draft.iam_path).unwrap_or_else(|_| IamPath::root());
    let longest_name = UsernameTemplate::parse(&draft.username_template)
        .and_then(|template| template.max_len_for(draft.name.trim()))
        .unwrap_or(UserName::MAX_LEN);
    guard::budget_of(
        documents,
        guard::longest_arn_cost(partition, account, &path, longest_name),
    )
}

fn required_slug(field: &str, text: &str) -> Result<Slug, Problem> {
    if text.trim().is_empty() {
        return Err(Problem::refused_input(
            field,
            format!("A dynamic secret must have a {field}."),
            format!("Choose one of your {field}s, or add one first."),
        ));
    }
    Slug::parse(field, text)
}

fn read_ttls(found: &mut Findings, draft: &RecipeDraft) -> Option<(Ttl, Ttl)> {
    let default = found.keep(Ttl::parse_bounded("default_ttl", &draft.default_ttl));
    let max = found.keep(Ttl::parse_bounded("max_ttl", &draft.max_ttl));
    let (default, max) = (default?, max?);
    if default > max {
        found.refuse(
            "default_ttl",
            format!("The Default TTL, {default}, is more than the Max TTL, {max}."),
            format!("Lower the Default TTL to {max} or raise the Max TTL to {default}."),
        );
    }
    Some((default, max))
}

fn read_region(found: &mut Findings, text: &str, partition: &Partition) -> Option<Region> {
    if text.trim().is_empty() {
        return Some(Region::default_for(partition));
    }
    let region = found.keep(Region::parse("region", text))?;
    if region.partition() != partition.as_str() {
        found.refuse(
            "region",
            format!(
                "{region} is in partition {}, the connection is in {partition}.",
                region.partition()
            ),
            format!(
                "Choose a region of {partition}, for example {}, or another connection.",
                Region::default_for(partition)
            ),
        );
    }
    Some(region)
}

fn read_boundary(
    found: &mut Findings,
    draft: &RecipeDraft,
    partition: &Partition,
    account: &AccountId,
) -> Option<PolicyArn> {
    let text = draft.permission_boundary.trim();
    if text.is_empty() {
        return None;
    }
    found.keep(PolicyArn::parse_for(
        "permission_boundary",
        text,
        partition,
        account,
    ))
}

fn read_groups(found: &mut Findings, elements: &[String]) -> Vec<GroupName> {
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

fn read_policy_arns(
    found: &mut Findings,
    elements: &[String],
    partition: &Partition,
    account: &AccountId,
    limit: usize,
) -> Vec<PolicyArn> {
    let items = split_list(elements);
    if items.len() > limit {
        let fix = if limit < 20 {
            format!(
                "Remove {}, or have AWS raise the account's quota of managed policies per user, \
                 which goes up to 20.",
                counted(items.len() - limit, "policy")
            )
        } else {
            format!("Remove {}.", counted(items.len() - limit, "policy"))
        };
        found.refuse(
            "policy_arns",
            format!(
                "An IAM user of this account has at most {limit} managed policies; this names {}.",
                items.len()
            ),
            fix,
        );
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

fn read_documents(
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

fn read_tags(found: &mut Findings, pairs: &[(String, String)]) -> Vec<Tag> {
    let mut seen = HashSet::new();
    let mut tags = Vec::new();
    for (n, (key, value)) in pairs.iter().enumerate() {
        if key.trim().is_empty() && value.trim().is_empty() {
            continue;
        }
        let field = format!("tags[{n}]");
        match Tag::parse(&field, key, value) {
            Err(problems) => found.0.extend(problems),
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
                "An IAM user has at most 50 tags; this gives {}.",
                tags.len()
            ),
            format!("Remove {}.", counted(tags.len() - Tag::MAX_PER_USER, "tag")),
        );
    }
    tags
}

fn check_budget(found: &mut Findings, budget: Budget) {
    if budget.fits() {
        return;
    }
    let Budget {
        documents,
        guards,
        limit,
    } = budget;
    if guards > limit {
        found.refuse(
            "iam_path",
            format!(
                "With this path the guards of a user take {guards} characters; IAM has {limit} for \
                 all inline policies of a user."
            ),
            format!("Shorten the path by {}.", characters(guards - limit)),
        );
        return;
    }
    found.refuse(
        "policy_documents",
        format!(
            "The inline documents have {documents} characters without white space and the guards of \
             a user take up to {guards}; IAM has {limit} for both."
        ),
        format!(
            "Shorten the documents by {}, or put them into a managed policy.",
            characters(budget.total() - limit)
        ),
    );
}

fn characters(n: u32) -> String {
    counted(usize::try_from(n).unwrap_or(usize::MAX), "character")
}
