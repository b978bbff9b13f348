//! A dynamic secret in its four shapes: the form as typed, the draft the domain judges, the recipe
//! it accepts, and the row.

use leasehold_domain::managing_policy::{Scope, SessionScope};
use leasehold_domain::recipe::{
    self, Ground, Makes, Recipe, RecipeDraft, SessionRights, UserRecipe,
};
use leasehold_domain::{
    AccountId, Code, Credential, IamPath, Partition, PolicyArn, Problem, RoleArn, Signer, Tag, Ttl,
};
use leasehold_store::{ConnectionKind, ConnectionRow, LeaseRow, SecretRow};

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
    pub(crate) signer: Signer,
}

impl Place {
    pub(crate) fn of(connection: Option<&ConnectionRow>) -> Self {
        let parsed = connection.and_then(|row| {
            Some(Self {
                partition: Partition::parse("partition", &row.partition).ok()?,
                account: AccountId::parse("account_id", &row.account_id).ok()?,
                signer: signer(row),
            })
        });
        #[expect(clippy::expect_used, reason = "twelve digits are an account id")]
        parsed.unwrap_or_else(|| Self {
            partition: Partition::aws(),
            account: AccountId::parse("account_id", "000000000000").expect("twelve digits"),
            signer: Signer::User,
        })
    }

    pub(crate) fn ground(&self) -> Ground<'_> {
        Ground {
            partition: &self.partition,
            account: &self.account,
            managed_policy_limit: MANAGED_POLICIES,
            signer: self.signer,
        }
    }
}

/// Who signs over a connection. An MFA session of a user has the user's own ARN: AWS says what it will not
/// give to that.
pub(crate) fn signer(connection: &ConnectionRow) -> Signer {
    match connection.kind {
        ConnectionKind::Role => Signer::Session,
        _ => Signer::of(&connection.caller_arn),
    }
}

/// What the managing policy is about: leases that are users, and leases that are sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Needs {
    Users(Scope),
    Sessions(SessionScope),
}

/// The scope of a stored secret in the managing policy.
pub(crate) fn scope(row: &SecretRow, connection: &ConnectionRow) -> Result<Needs, Problem> {
    Ok(match recipe_of(row, connection)?.makes {
        Makes::User(user) => Needs::Users(Scope {
            iam_path: user.iam_path,
            groups: user.groups,
            policy_arns: user.policy_arns,
            boundary: user.boundary,
            has_tags: !user.tags.is_empty(),
            is_lease: false,
        }),
        Makes::Role(role) => Needs::Sessions(SessionScope::Role {
            role: role.role,
            has_tags: !role.rights.tags.is_empty(),
            is_lease: false,
        }),
        Makes::Federation(rights) => Needs::Sessions(SessionScope::Federation {
            has_tags: !rights.tags.is_empty(),
        }),
    })
}

/// What an open lease still needs of the managing user: its path and its boundary, which the recipe
/// may not name any more, or its role. `None` where that cannot be read, and where nothing is needed.
pub(crate) fn scope_of_lease(row: &LeaseRow) -> Option<Needs> {
    match &row.credential {
        Credential::FederationToken => return None,
        Credential::AssumedRole { role_arn, .. } => {
            return Some(Needs::Sessions(SessionScope::Role {
                role: RoleArn::parse("role_arn", role_arn).ok()?,
                has_tags: false,
                is_lease: true,
            }));
        }
        Credential::IamUser => {}
    }
    let boundary = row.boundary.as_deref();
    let boundary = boundary
        .map(|arn| PolicyArn::parse("permission_boundary", arn))
        .transpose();
    Some(Needs::Users(Scope {
        iam_path: IamPath::parse("iam_path", &row.iam_path).ok()?,
        groups: Vec::new(),
        policy_arns: Vec::new(),
        boundary: boundary.ok()?,
        has_tags: false,
        is_lease: true,
    }))
}

/// The recipe of a stored secret, judged again: what is read from a file is input too.
pub(crate) fn recipe_of(row: &SecretRow, connection: &ConnectionRow) -> Result<Recipe, Problem> {
    let place = Place::of(Some(connection));
    recipe::validate(
        &recipe_draft(&SecretDraft {
            connection: connection.name.clone(),
            ..draft_of(row)
        }),
        place.ground(),
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
        credential_type: draft.credential_type.clone(),
        role_arn: draft.role_arn.clone(),
        external_id: draft.external_id.clone(),
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
    let (role_arn, external_id) = match &row.credential {
        Credential::AssumedRole {
            role_arn,
            external_id,
        } => (role_arn.clone(), external_id.clone().unwrap_or_default()),
        Credential::IamUser | Credential::FederationToken => (String::new(), String::new()),
    };
    SecretDraft {
        name: row.name.clone(),
        environment: row.environment.clone(),
        folder: row.folder.clone(),
        connection: String::new(),
        default_ttl: Ttl::from_secs(row.default_ttl_s).to_string(),
        max_ttl: Ttl::from_secs(row.max_ttl_s).to_string(),
        region: row.region.clone(),
        credential_type: row.credential.kind().as_str().to_owned(),
        role_arn,
        external_id,
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
    let row = SecretRow {
        id,
        environment_id: environment.id,
        environment: environment.name,
        folder: recipe.folder.as_str().to_owned(),
        name: recipe.name.as_str().to_owned(),
        connection_id: connection.id,
        default_ttl_s: recipe.default_ttl.secs(),
        max_ttl_s: recipe.max_ttl.secs(),
        region: recipe.region.as_str().to_owned(),
        iam_path: String::new(),
        boundary: None,
        groups: Vec::new(),
        policy_arns: Vec::new(),
        documents: Vec::new(),
        username_template: String::new(),
        tags: Vec::new(),
        created_at,
        updated_at,
        pinned_at: None,
        deleting: false,
        credential: Credential::IamUser,
    };
    match recipe.makes {
        Makes::User(user) => of_user(row, user),
        Makes::Role(role) => SecretRow {
            credential: Credential::AssumedRole {
                role_arn: role.role.to_string(),
                external_id: role.external_id.map(|id| id.to_string()),
            },
            ..of_session(row, role.rights)
        },
        Makes::Federation(rights) => SecretRow {
            credential: Credential::FederationToken,
            ..of_session(row, rights)
        },
    }
}

fn of_user(row: SecretRow, user: UserRecipe) -> SecretRow {
    SecretRow {
        iam_path: user.iam_path.as_str().to_owned(),
        boundary: user.boundary.map(|arn| arn.as_str().to_owned()),
        groups: texts(&user.groups),
        policy_arns: texts(&user.policy_arns),
        documents: texts(&user.documents),
        username_template: user.template.as_str().to_owned(),
        tags: pairs(user.tags),
        ..row
    }
}

fn of_session(row: SecretRow, rights: SessionRights) -> SecretRow {
    SecretRow {
        policy_arns: texts(&rights.policy_arns),
        documents: rights.document.iter().map(ToString::to_string).collect(),
        tags: pairs(rights.tags),
        ..row
    }
}

fn texts<T: ToString>(items: &[T]) -> Vec<String> {
    items.iter().map(ToString::to_string).collect()
}

fn pairs(tags: Vec<Tag>) -> Vec<(String, String)> {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

/// The problem to answer with where only one can be.
pub(crate) fn first(problems: Vec<Problem>) -> Problem {
    problems
        .into_iter()
        .next()
        .unwrap_or_else(|| Problem::new(Code::Internal, "A draft was refused without a reason."))
}
