//! A dynamic secret as a recipe for IAM users: from what was typed to what is valid.

mod advice;
mod validate;

use crate::{
    AccountId, Budget, Folder, GroupName, IamPath, Partition, PolicyArn, PolicyDocument, Region,
    SecretName, Slug, Tag, Ttl, UsernameTemplate, guard,
};

pub use advice::summary;
pub use validate::{draft_budget, validate};

/// The most groups that a user is in.
pub const MAX_GROUPS: usize = 10;

/// The form of a dynamic secret, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecipeDraft {
    /// Slug, 1 to 64.
    pub name: String,
    /// Environment name.
    pub environment: String,
    /// `/` or `/payments/s3`; empty is `/`.
    pub folder: String,
    /// Connection name.
    pub connection: String,
    /// `1h`
    pub default_ttl: String,
    /// `8h`
    pub max_ttl: String,
    /// `us-east-1`; empty is the partition's first region.
    pub region: String,
    /// `/leases/`; empty is `/`.
    pub iam_path: String,
    /// A policy ARN or empty.
    pub permission_boundary: String,
    /// Names; every element may hold several.
    pub groups: Vec<String>,
    /// Managed policy ARNs; every element may hold several.
    pub policy_arns: Vec<String>,
    /// Inline policy documents; blank ones do not count.
    pub policy_documents: Vec<String>,
    /// Empty is `{{randomUsername}}`.
    pub username_template: String,
    /// Key and value; pairs without either do not count.
    pub tags: Vec<(String, String)>,
}

/// A valid recipe for IAM users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// Name of the dynamic secret.
    pub name: SecretName,
    /// Environment that it is in.
    pub environment: Slug,
    /// Folder that it is in.
    pub folder: Folder,
    /// Connection that it uses.
    pub connection: Slug,
    /// TTL of a lease when nothing else is said.
    pub default_ttl: Ttl,
    /// Longest life of a lease, renewals included.
    pub max_ttl: Ttl,
    /// Region that credential formats name.
    pub region: Region,
    /// Path of the users.
    pub iam_path: IamPath,
    /// Boundary of the users.
    pub boundary: Option<PolicyArn>,
    /// Groups that the users join.
    pub groups: Vec<GroupName>,
    /// Managed policies that are attached.
    pub policy_arns: Vec<PolicyArn>,
    /// Inline documents, `leasehold-doc-1` first.
    pub documents: Vec<PolicyDocument>,
    /// How users are named.
    pub template: UsernameTemplate,
    /// Tags of the users.
    pub tags: Vec<Tag>,
}

impl Recipe {
    /// The room of inline policies, for the longest user name that the template makes.
    #[must_use]
    pub fn budget(&self, partition: &Partition, account: &AccountId) -> Budget {
        let name = self
            .template
            .max_len_for(self.name.as_str())
            .unwrap_or(self.template.max_len());
        guard::budget(
            &self.documents,
            guard::longest_arn_cost(partition, account, &self.iam_path, name),
        )
    }

    /// The draft that says the same, every field in its normal form.
    #[must_use]
    pub fn to_draft(&self) -> RecipeDraft {
        RecipeDraft {
            name: self.name.to_string(),
            environment: self.environment.to_string(),
            folder: self.folder.to_string(),
            connection: self.connection.to_string(),
            default_ttl: self.default_ttl.to_string(),
            max_ttl: self.max_ttl.to_string(),
            region: self.region.to_string(),
            iam_path: self.iam_path.to_string(),
            permission_boundary: self
                .boundary
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            groups: self.groups.iter().map(ToString::to_string).collect(),
            policy_arns: self.policy_arns.iter().map(ToString::to_string).collect(),
            policy_documents: self.documents.iter().map(ToString::to_string).collect(),
            username_template: self.template.to_string(),
            tags: self
                .tags
                .iter()
                .map(|tag| (tag.key.clone(), tag.value.clone()))
                .collect(),
        }
    }
}
