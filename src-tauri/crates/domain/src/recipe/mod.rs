//! A dynamic secret as a recipe for IAM users or for sessions of STS: from what was typed to what is
//! valid.

mod advice;
mod lists;
mod makes;
mod sessions;
mod validate;

use crate::session::check_length;
use crate::{
    AccountId, Budget, CredentialType, Folder, Partition, Problem, Region, SecretName, Signer,
    Slug, Ttl, guard, lease_ttl,
};

pub use advice::summary;
pub use makes::{Makes, RoleRecipe, SessionRights, UserRecipe};
pub use validate::{Ground, draft_budget, validate};

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
    /// `iam_user`, `assumed_role` or `federation_token`; empty is `iam_user`.
    pub credential_type: String,
    /// The role of `assumed_role`.
    pub role_arn: String,
    /// What the role's trust policy asks for, or empty.
    pub external_id: String,
    /// `/leases/`; empty is `/`.
    pub iam_path: String,
    /// A policy ARN or empty.
    pub permission_boundary: String,
    /// Names; every element may hold several.
    pub groups: Vec<String>,
    /// Managed policy ARNs; every element may hold several. Session policies of a session.
    pub policy_arns: Vec<String>,
    /// Inline policy documents; blank ones do not count. The session policy of a session: one at most.
    pub policy_documents: Vec<String>,
    /// Empty is `{{randomUsername}}`.
    pub username_template: String,
    /// Key and value; pairs without either do not count. Session tags of a session.
    pub tags: Vec<(String, String)>,
}

/// A valid recipe.
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
    /// What its leases are made of.
    pub makes: Makes,
}

impl Recipe {
    /// What its leases are of.
    #[must_use]
    pub fn credential_type(&self) -> CredentialType {
        self.makes.kind()
    }

    /// The recipe of IAM users, where it is one.
    #[must_use]
    pub fn user(&self) -> Option<&UserRecipe> {
        match &self.makes {
            Makes::User(user) => Some(user),
            Makes::Role(_) | Makes::Federation(_) => None,
        }
    }

    /// How long a lease is to live that was asked for with `asked`.
    ///
    /// # Errors
    /// `ttl` is no TTL, passes the Max TTL, or is nothing that AWS gives.
    pub fn lease_ttl(&self, asked: Option<&str>, signer: Signer) -> Result<Ttl, Problem> {
        let ttl = lease_ttl(asked, self.default_ttl, self.max_ttl)?;
        check_length("ttl", ttl, self.credential_type(), signer)?;
        Ok(ttl)
    }

    /// The room of inline policies: of a user for the longest user name that the template makes, of a
    /// session for its one policy.
    #[must_use]
    pub fn budget(&self, partition: &Partition, account: &AccountId) -> Budget {
        match &self.makes {
            Makes::User(user) => {
                let name = user
                    .template
                    .max_len_for(self.name.as_str())
                    .unwrap_or(user.template.max_len());
                guard::budget(
                    &user.documents,
                    guard::longest_arn_cost(partition, account, &user.iam_path, name),
                )
            }
            Makes::Role(RoleRecipe { rights, .. }) | Makes::Federation(rights) => rights.budget(),
        }
    }

    /// The draft that says the same, every field in its normal form.
    #[must_use]
    pub fn to_draft(&self) -> RecipeDraft {
        let mut draft = RecipeDraft {
            name: self.name.to_string(),
            environment: self.environment.to_string(),
            folder: self.folder.to_string(),
            connection: self.connection.to_string(),
            default_ttl: self.default_ttl.to_string(),
            max_ttl: self.max_ttl.to_string(),
            region: self.region.to_string(),
            credential_type: self.credential_type().to_string(),
            ..RecipeDraft::default()
        };
        self.makes.write(&mut draft);
        draft
    }
}
