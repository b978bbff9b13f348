//! A dynamic secret in its four shapes: the form as typed, the draft the domain judges, the recipe
//! it accepts, and the row.

use leasehold_domain::recipe::{self, Recipe, RecipeDraft};
use leasehold_domain::{
    AccountId, Code, IamPath, Partition, PolicyArn, Problem, Ttl, managing_policy,
};
use leasehold_store::{ConnectionRow, LeaseRow, SecretRow};

use crate::wire::{SecretDraft, TagView};

/// AWS attaches up to ten managed policies to a user unless the account's quota was raised (IAM and
/// STS quotas, IAM User Guide), which nobody can tell us here.
pub(crate) const MANAGED_POLICIES: usize = 10;

/// A draft that broke no rule, with where it belongs.
pub(crate) struct Accepted {
    pub(crate) recipe: Recipe,
    pub(crate) environment: leasehold_store::EnvironmentRow,
    pub(crate) connection: ConnectionRow,
}

/// The account a draft is judged for; AWS's own partition while no connection is chosen.
pub(crate) struct Place {
    pub(crate) partition: Partition,
    pub(crate) account: AccountId,
}

impl Place {
    pub(crate) fn of(connection: Option<&ConnectionRow>) -> Self {
        let parsed = connection.and_then(|row| {
            Some(Self {
                partition: Partition::parse("partition", &row.partition).ok()?,
                account: AccountId::parse("account_id", &row.account_id).ok()?,
            })
        });
        #[expect(clippy::expect_used, reason = "twelve digits are an account id")]
        parsed.unwrap_or_else(|| Self {
            partition: Partition::aws(),
            account: AccountId::parse("account_id", "000000000000").expect("twelve digits"),
        })
    }
}

/// The scope of a stored secret in the managing policy.
pub(crate) fn scope(
    row: &SecretRow,
    connection: &ConnectionRow,
) -> Result<managing_policy::Scope, Problem> {
    let recipe = recipe_of(row, connection)?;
    Ok(managing_policy::Scope {
        iam_path: recipe.iam_path,
        groups: recipe.groups,
        policy_arns: recipe.policy_arns,
        boundary: recipe.boundary,
        has_tags: !recipe.tags.is_empty(),
        is_lease: false,
    })
}

/// What an open lease still needs of the managing user: its path and its boundary, which the recipe
/// may not name any more. `None` where that cannot be read.
pub(crate) fn scope_of_lease(row: &LeaseRow) -> Option<managing_policy::Scope> {
    let boundary = row.boundary.as_deref();
    let boundary = boundary
        .map(|arn| PolicyArn::parse("permission_boundary", arn))
        .transpose();
    Some(managing_policy::Scope {
        iam_path: IamPath::parse("iam_path", &row.iam_path).ok()?,
        groups: Vec::new(),
        policy_arns: Vec::new(),
        boundary: boundary.ok()?,
        has_tags: false,
        is_lease: true,
    })
}

/// The recipe of a stored secret, judged again: what is read from a file is input too.
pub(crate) fn recipe_of(row: &SecretRow, connection: &ConnectionRow) -> Result<Recipe, Problem> {
    let place = Place::of(Some(connection));
    recipe::validate(
        &recipe_draft(&SecretDraft {
            connection: connection.name.clone(),
            ..draft_of(row)
        }),
        &place.partition,
        &place.account,
        MANAGED_POLICIES,
    )
    .map_err(|problems| {
        let problem = first(problems);
        Problem::new(
            problem.code,
            format!(
                "Dynamic secret `{}` cannot be used: {}",
                row.name, problem.message
            ),
        )
        .with_hint(problem.hint.unwrap_or_else(|| "Edit it.".into()))
    })
}

/// A typed form as the domain judges it.
pub(crate) fn recipe_draft(draft: &SecretDraft) -> RecipeDraft {
    RecipeDraft {
        name: draft.name.clone(),
        environment: draft.environment.clone(),
        folder: draft.folder.clone(),
        connection: draft.connection.clone(),
        default_ttl: draft.default_ttl.clone(),
        max_ttl: draft.max_ttl.clone(),
        region: draft.region.clone(),
        iam_path: draft.iam_path.clone(),
        permission_boundary: draft.permission_boundary.clone(),
        groups: draft.groups.clone(),
        policy_arns: draft.policy_arns.clone(),
        policy_documents: draft.policy_documents.clone(),
        username_template: draft.username_template.clone(),
        tags: draft
            .tags
            .iter()
            .map(|tag| (tag.key.clone(), tag.value.clone()))
            .collect(),
    }
}

/// The form of a stored secret, without its connection's name.
pub(crate) fn draft_of(row: &SecretRow) -> SecretDraft {
    SecretDraft {
        name: row.name.clone(),
        environment: row.environment.clone(),
        folder: row.folder.clone(),
        connection: String::new(),
        default_ttl: Ttl::from_secs(row.default_ttl_s).to_string(),
        max_ttl: Ttl::from_secs(row.max_ttl_s).to_string(),
        region: row.region.clone(),
        iam_path: row.iam_path.clone(),
        permission_boundary: row.boundary.clone().unwrap_or_default(),
        groups: row.groups.clone(),
        policy_arns: row.policy_arns.clone(),
        policy_documents: row.documents.clone(),
        username_template: row.username_template.clone(),
        tags: row
            .tags
            .iter()
            .map(|(key, value)| TagView {
                key: key.clone(),
                value: value.clone(),
            })
            .collect(),
    }
}

/// The row of a draft that broke no rule.
pub(crate) fn row(
    accepted: Accepted,
    id: String,
    created_at: chrono::DateTime<chrono::Utc>,
    updated_at: chrono::DateTime<chrono::Utc>,
) -> SecretRow {
    let Accepted {
        recipe,
        environment,
        connection,
    } = accepted;
    SecretRow {
        id,
        environment_id: environment.id,
        environment: environment.name,
        folder: recipe.folder.as_str().to_owned(),
        name: recipe.name.as_str().to_owned(),
        connection_id: connection.id,
        default_ttl_s: recipe.default_ttl.secs(),
        max_ttl_s: recipe.max_ttl.secs(),
        region: recipe.region.as_str().to_owned(),
        iam_path: recipe.iam_path.as_str().to_owned(),
        boundary: recipe.boundary.map(|arn| arn.as_str().to_owned()),
        groups: recipe
            .groups
            .iter()
            .map(|group| group.as_str().to_owned())
            .collect(),
        policy_arns: recipe
            .policy_arns
            .iter()
            .map(|arn| arn.as_str().to_owned())
            .collect(),
        documents: recipe
            .documents
            .iter()
            .map(|doc| doc.compact().to_owned())
            .collect(),
        username_template: recipe.template.as_str().to_owned(),
        tags: recipe
            .tags
            .into_iter()
            .map(|tag| (tag.key, tag.value))
            .collect(),
        created_at,
        updated_at,
        pinned_at: None,
        deleting: false,
    }
}

/// The problem to answer with where only one can be.
pub(crate) fn first(problems: Vec<Problem>) -> Problem {
    problems
        .into_iter()
        .next()
        .unwrap_or_else(|| Problem::new(Code::Internal, "A draft was refused without a reason."))
}
