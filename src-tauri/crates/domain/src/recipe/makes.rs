//! What the leases of a dynamic secret are made of.

use super::RecipeDraft;
use crate::session::POLICY_LIMIT;
use crate::{
    Budget, CredentialType, ExternalId, GroupName, IamPath, PolicyArn, PolicyDocument, RoleArn,
    Tag, UsernameTemplate,
};

/// One of three: whatever one of them has no use for, it does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Makes {
    /// IAM users.
    User(UserRecipe),
    /// Sessions of a role.
    Role(RoleRecipe),
    /// Federated users.
    Federation(SessionRights),
}

/// IAM users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecipe {
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

/// Sessions of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRecipe {
    /// The role.
    pub role: RoleArn,
    /// What its trust policy asks for.
    pub external_id: Option<ExternalId>,
    /// What limits and marks the sessions.
    pub rights: SessionRights,
}

/// What limits and marks a session. Session policies never give a right that the role, or the managing
/// user, does not have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionRights {
    /// The session policy.
    pub document: Option<PolicyDocument>,
    /// Managed policies that are session policies.
    pub policy_arns: Vec<PolicyArn>,
    /// Session tags.
    pub tags: Vec<Tag>,
}

impl SessionRights {
    /// The room of the session policy. How AWS packs it together with tags and ARNs is known to AWS
    /// alone.
    pub(super) fn budget(&self) -> Budget {
        let size = self.document.as_ref().map_or(0, PolicyDocument::size);
        Budget {
            documents: u32::try_from(size).unwrap_or(u32::MAX),
            guards: 0,
            limit: POLICY_LIMIT,
        }
    }

    /// True where nothing limits what the role, or the managing user, may do.
    #[must_use]
    pub fn is_unlimited(&self) -> bool {
        self.document.is_none() && self.policy_arns.is_empty()
    }

    fn write(&self, draft: &mut RecipeDraft) {
        draft.policy_arns = texts(&self.policy_arns);
        draft.policy_documents = self.document.iter().map(ToString::to_string).collect();
        draft.tags = pairs(&self.tags);
    }
}

impl Makes {
    /// Its type.
    #[must_use]
    pub fn kind(&self) -> CredentialType {
        match self {
            Self::User(_) => CredentialType::IamUser,
            Self::Role(_) => CredentialType::AssumedRole,
            Self::Federation(_) => CredentialType::FederationToken,
        }
    }

    /// What limits and marks a session, where it makes sessions.
    #[must_use]
    pub fn rights(&self) -> Option<&SessionRights> {
        match self {
            Self::User(_) => None,
            Self::Role(role) => Some(&role.rights),
            Self::Federation(rights) => Some(rights),
        }
    }

    /// Fills the fields of a draft that say the same.
    pub(super) fn write(&self, draft: &mut RecipeDraft) {
        match self {
            Self::User(user) => {
                draft.iam_path = user.iam_path.to_string();
                draft.permission_boundary = user
                    .boundary
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                draft.groups = texts(&user.groups);
                draft.policy_arns = texts(&user.policy_arns);
                draft.policy_documents = texts(&user.documents);
                draft.username_template = user.template.to_string();
                draft.tags = pairs(&user.tags);
            }
            Self::Role(role) => {
                draft.role_arn = role.role.to_string();
                draft.external_id = role
                    .external_id
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                role.rights.write(draft);
            }
            Self::Federation(rights) => rights.write(draft),
        }
    }
}

fn texts<T: ToString>(items: &[T]) -> Vec<String> {
    items.iter().map(ToString::to_string).collect()
}

fn pairs(tags: &[Tag]) -> Vec<(String, String)> {
    let pair = |tag: &Tag| (tag.key.clone(), tag.value.clone());
    tags.iter().map(pair).collect()
}
