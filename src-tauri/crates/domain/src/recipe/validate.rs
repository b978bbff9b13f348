//! Every rule of a dynamic secret at once, before any AWS call.

use super::lists::{read_documents, read_groups, read_policy_arns, read_tags};
use super::sessions::{read_rights, read_role, refuse_role_fields, refuse_user_fields};
use super::{Makes, Recipe, RecipeDraft, UserRecipe};
use crate::session::{POLICY_LIMIT, check_length};
use crate::suggest::counted;
use crate::{
    AccountId, Budget, CredentialType, Folder, IamPath, Partition, PolicyArn, PolicyDocument,
    Problem, Region, SecretName, Signer, Slug, Ttl, UserName, UsernameTemplate, guard,
};

/// Collects problems while values are read.
#[derive(Default)]
pub(super) struct Findings(Vec<Problem>);

impl Findings {
    pub(super) fn keep<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.0.push(problem)).ok()
    }

    pub(super) fn refuse(&mut self, field: &str, rule: String, fix: impl Into<String>) {
        self.0.push(Problem::refused_input(field, rule, fix));
    }

    pub(super) fn extend(&mut self, problems: Vec<Problem>) {
        self.0.extend(problems);
    }
}

/// What a draft is judged for.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The connection's partition.
    pub partition: &'a Partition,
    /// The account that the connection reaches.
    pub account: &'a AccountId,
    /// The account's quota of managed policies per user, 10 unless raised.
    pub managed_policy_limit: usize,
    /// Who signs: it decides how long a session may be.
    pub signer: Signer,
}

/// Reads a draft for a connection.
///
/// # Errors
/// Every problem, each with the field's wire name, the rule and the fix. Fields of list items have
/// their position in brackets: of the item after splitting for `groups` and `policy_arns`, of the
/// element for `policy_documents` and `tags`.
pub fn validate(draft: &RecipeDraft, ground: Ground<'_>) -> Result<Recipe, Vec<Problem>> {
    let mut found = Findings::default();
    let name = found.keep(SecretName::parse("name", &draft.name));
    let environment = found.keep(required_slug("environment", &draft.environment));
    let folder = found.keep(Folder::parse("folder", &draft.folder));
    let connection = found.keep(required_slug("connection", &draft.connection));
    let kind = found.keep(CredentialType::parse(
        "credential_type",
        &draft.credential_type,
    ));
    let ttls = read_ttls(&mut found, draft, kind.unwrap_or_default(), ground.signer);
    let region = read_region(&mut found, &draft.region, ground.partition);
    let makes = kind.and_then(|kind| read_makes(&mut found, draft, kind, ground));
    if let (Some(name), Some(Makes::User(user))) = (&name, &makes) {
        found.keep(user.template.max_len_for(name.as_str()));
    }
    check_budget(
        &mut found,
        kind.unwrap_or_default(),
        draft_budget(draft, ground.partition, ground.account),
    );

    // Nothing is missing without a problem having been found.
    let complete = (name, environment, folder, connection, ttls, region, makes);
    match complete {
        (
            Some(name),
            Some(environment),
            Some(folder),
            Some(connection),
            Some((default_ttl, max_ttl)),
            Some(region),
            Some(makes),
        ) if found.0.is_empty() => Ok(Recipe {
            name,
            environment,
            folder,
            connection,
            default_ttl,
            max_ttl,
            region,
            makes,
        }),
        _ => Err(found.0),
    }
}

fn read_makes(
    found: &mut Findings,
    draft: &RecipeDraft,
    kind: CredentialType,
    ground: Ground<'_>,
) -> Option<Makes> {
    match kind {
        CredentialType::IamUser => {
            refuse_role_fields(found, draft, kind);
            read_user(found, draft, ground).map(Makes::User)
        }
        CredentialType::AssumedRole => {
            refuse_user_fields(found, draft);
            read_role(found, draft, ground).map(Makes::Role)
        }
        CredentialType::FederationToken => {
            refuse_user_fields(found, draft);
            refuse_role_fields(found, draft, kind);
            let rights = read_rights(found, draft, ground, ground.account);
            if rights.is_unlimited() {
                found.refuse(
                    "policy_documents",
                    "A federation token without a session policy may do nothing.".into(),
                    "Add a policy document or a managed policy: the token may do what both it and the \
                     managing user are allowed.",
                );
            }
            Some(Makes::Federation(rights))
        }
    }
}

fn read_user(found: &mut Findings, draft: &RecipeDraft, ground: Ground<'_>) -> Option<UserRecipe> {
    let Ground {
        partition, account, ..
    } = ground;
    let iam_path = found.keep(IamPath::parse("iam_path", &draft.iam_path));
    let boundary = read_boundary(found, draft, partition, account);
    let groups = read_groups(found, &draft.groups);
    let policy_arns = read_policy_arns(
        found,
        &draft.policy_arns,
        partition,
        account,
        ground.managed_policy_limit,
    );
    let documents = read_documents(found, &draft.policy_documents, partition);
    let template = found.keep(UsernameTemplate::parse(&draft.username_template));
    let tags = read_tags(found, &draft.tags);
    Some(UserRecipe {
        iam_path: iam_path?,
        boundary,
        groups,
        policy_arns,
        documents,
        template: template?,
        tags,
    })
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
    let kind = CredentialType::parse("credential_type", &draft.credential_type);
    if kind.is_ok_and(CredentialType::is_session) {
        return Budget {
            documents: u32::try_from(documents).unwrap_or(u32::MAX),
            guards: 0,
            limit: POLICY_LIMIT,
        };
    }
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

fn read_ttls(
    found: &mut Findings,
    draft: &RecipeDraft,
    kind: CredentialType,
    signer: Signer,
) -> Option<(Ttl, Ttl)> {
    let default = found.keep(Ttl::parse_bounded("default_ttl", &draft.default_ttl));
    let max = found.keep(Ttl::parse_bounded("max_ttl", &draft.max_ttl));
    let lengths = [("default_ttl", default), ("max_ttl", max)];
    for (field, ttl) in lengths {
        let Some(problem) = ttl.and_then(|ttl| check_length(field, ttl, kind, signer).err()) else {
            continue;
        };
        let is_of_the_connection = problem.field.as_deref() != Some(field);
        found.extend(vec![problem]);
        if is_of_the_connection {
            break; // Whoever may have none need not hear it twice.
        }
    }
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

fn check_budget(found: &mut Findings, kind: CredentialType, budget: Budget) {
    if budget.fits() {
        return;
    }
    if kind.is_session() {
        found.refuse(
            "policy_documents",
            format!(
                "The session policy has {} characters without white space; STS takes {}.",
                budget.documents, budget.limit
            ),
            format!(
                "Shorten it by {}, or name a managed policy instead.",
                characters(budget.total() - budget.limit)
            ),
        );
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
