//! What an access role allows where: capabilities at paths.

mod pattern;

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::suggest::{clip, nearest};
use crate::{Folder, Problem, SecretName, Slug};

pub use pattern::{PathMatch, PathPattern};

/// Where a dynamic secret stands for whoever asks from outside: `/<environment>/<folder…>/<name>`.
///
/// The environment is the first part, so that a grant below one does not reach into another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemPath(String);

/// What a rule grants, by the names that Akeyless uses.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Nothing: definitions are made by the owner. Accepted so that scripts for other products run.
    Create,
    /// Get leases, and give one's own back.
    Read,
    /// Renew leases.
    Update,
    /// Revoke leases, also those of others.
    Delete,
    /// See that there is such a secret; every other capability but `create` and `deny` has it too.
    List,
    /// Nothing at all, whatever other rules and roles say.
    Deny,
}

/// What a caller wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// See the secret and one's own leases.
    List,
    /// Get a lease.
    Issue,
    /// Renew a lease.
    Renew,
    /// Give back a lease that one has got oneself.
    RevokeOwn,
    /// Revoke somebody else's lease.
    RevokeOther,
}

/// Capabilities at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathRule {
    /// Where.
    pub path: PathPattern,
    /// What; never empty.
    pub capabilities: BTreeSet<Capability>,
}

impl ItemPath {
    /// The path of a dynamic secret.
    #[must_use]
    pub fn of(environment: &Slug, folder: &Folder, name: &SecretName) -> Self {
        let folder = folder.as_str().trim_end_matches('/');
        Self(format!("/{environment}{folder}/{name}"))
    }

    /// Reads a path; a missing leading slash is put right.
    ///
    /// # Errors
    /// The named field, with the rule and a fix.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let inner = text.strip_prefix('/').unwrap_or(text);
        let parts = Some(inner)
            .filter(|inner| !inner.contains("//") && !inner.contains(char::is_whitespace))
            .and_then(|inner| inner.split_once('/'))
            .map(|(environment, rest)| (environment, rest.rsplit_once('/').unwrap_or(("", rest))));
        let Some((environment, (folder, name))) = parts else {
            return Err(Problem::refused_input(
                field,
                format!("`{}` is not the path of a dynamic secret.", clip(text, 80)),
                "Write /environment/folder/name, for example /dev/payments/s3-upload.",
            ));
        };
        Ok(Self::of(
            &Slug::parse(field, environment)?,
            &Folder::parse(field, folder)?,
            &SecretName::parse(field, name)?,
        ))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ItemPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Capability {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Create,
        Self::Read,
        Self::Update,
        Self::Delete,
        Self::List,
        Self::Deny,
    ];

    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::List => "list",
            Self::Deny => "deny",
        }
    }

    /// Reads a name as it is.
    ///
    /// # Errors
    /// The named field, with the list and the name that was probably meant.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        if let Some(one) = Self::ALL.into_iter().find(|one| one.as_str() == text) {
            return Ok(one);
        }
        let names = Self::ALL.map(Self::as_str);
        let fix = match text {
            "issue" | "generate" | "get" => "Write read: it is what getting a lease takes.".into(),
            "renew" => "Write update: it is what renewing takes.".into(),
            "revoke" => "Write delete: it is what revoking takes.".into(),
            other => nearest(other, &names).map_or_else(
                || format!("Use one of {}.", names.join(", ")),
                |name| format!("Write {name}."),
            ),
        };
        Err(Problem::refused_input(
            field,
            format!("`{}` is not a capability.", clip(text, 40)),
            fix,
        ))
    }

    /// Whether this alone is enough for the action. `Deny` is for nothing.
    #[must_use]
    pub fn is_enough_for(self, action: Action) -> bool {
        match self {
            Self::Create | Self::Deny => false,
            Self::List => action == Action::List,
            Self::Read => matches!(action, Action::List | Action::Issue | Action::RevokeOwn),
            Self::Update => matches!(action, Action::List | Action::Renew),
            Self::Delete => matches!(
                action,
                Action::List | Action::RevokeOwn | Action::RevokeOther
            ),
        }
    }
}

impl PathRule {
    /// Reads a rule.
    ///
    /// # Errors
    /// Every problem: the path under `path`, what is granted under `capability`.
    pub fn parse(path: &str, capabilities: &[String]) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let path = PathPattern::parse("path", path)
            .map_err(|problem| problems.push(problem))
            .ok();
        let mut all = BTreeSet::new();
        for word in capabilities.iter().flat_map(|words| words.split(',')) {
            match Capability::parse("capability", word.trim()) {
                Ok(one) => drop(all.insert(one)),
                Err(problem) => problems.push(problem),
            }
        }
        if capabilities.is_empty() {
            problems.push(Problem::refused_input(
                "capability",
                "A rule without a capability grants nothing.",
                "Give list, read, update, delete or deny.",
            ));
        }
        if all.contains(&Capability::Deny) && all.len() > 1 {
            problems.push(Problem::refused_input(
                "capability",
                "deny takes everything away at its path, so nothing stands beside it.",
                "Give deny alone, or make two rules for two paths.",
            ));
        }
        match path {
            Some(path) if problems.is_empty() => Ok(Self {
                path,
                capabilities: all,
            }),
            _ => Err(problems),
        }
    }

    /// True for a rule that takes away.
    #[must_use]
    pub fn is_deny(&self) -> bool {
        self.capabilities.contains(&Capability::Deny)
    }

    /// Whether its capabilities are enough for the action, wherever it applies.
    #[must_use]
    pub fn is_enough_for(&self, action: Action) -> bool {
        self.capabilities
            .iter()
            .any(|one| one.is_enough_for(action))
    }

    /// What to know about a rule that is valid and may still surprise.
    #[must_use]
    pub fn notices(&self) -> Vec<String> {
        let mut notices = Vec::new();
        if self.path.spans_environments() && !self.is_deny() {
            notices.push(format!(
                "{} reaches into every environment that its first part matches.",
                self.path
            ));
        }
        if self.capabilities.contains(&Capability::Create) {
            notices.push(
                "create grants nothing here: dynamic secrets are defined by the owner of this vault."
                    .into(),
            );
        }
        if self.is_deny() && self.path.has_claims() {
            notices.push(format!(
                "{} takes nothing away from callers without that sub-claim.",
                self.path
            ));
        }
        notices
    }
}

#[cfg(test)]
mod tests;
