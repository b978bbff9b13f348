//! What somebody may do where: the rules of every role that was got, deny first.

use leasehold_domain::{Action, ClaimKey, Claims, ItemPath, PathMatch, PathRule};
use schemars::JsonSchema;
use serde::Serialize;
use ts_rs::TS;

use crate::association::{Association, AssociationCheck};

/// An access role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRole {
    /// Its name.
    pub name: String,
    /// Its rules.
    pub rules: Vec<PathRule>,
}

/// A role and a way to it from the caller's auth method.
#[derive(Debug, Clone, Copy)]
pub struct Grant<'a> {
    /// The role.
    pub role: &'a AccessRole,
    /// The way.
    pub association: &'a Association,
}

/// The roles that an identity got, and its claims.
#[derive(Debug, Clone)]
pub struct Rights<'a> {
    claims: &'a Claims,
    grants: Vec<Grant<'a>>,
}

/// Whether something may be done, and what every rule said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS, JsonSchema)]
pub struct Decision {
    /// The verdict.
    pub allowed: bool,
    /// A sentence.
    pub why: String,
    /// Every rule of every role.
    pub rules: Vec<RuleCheck>,
}

/// What one rule said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS, JsonSchema)]
pub struct RuleCheck {
    /// The role.
    pub role: String,
    /// The rule's path.
    pub path: String,
    /// What it did.
    pub effect: RuleEffect,
    /// A sentence.
    pub why: String,
}

/// What a rule did to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleEffect {
    /// It took the right away.
    Denies,
    /// It gave it.
    Allows,
    /// It applies to the path, without the capability.
    TooLittle,
    /// It is about another path or another caller.
    NotConcerned,
}

impl<'a> Rights<'a> {
    /// The roles to which an association holds for these claims.
    #[must_use]
    pub fn of(claims: &'a Claims, grants: &[Grant<'a>], force_sub_claims: bool) -> Self {
        let grants = grants
            .iter()
            .filter(|grant| grant.association.check(claims, force_sub_claims).holds)
            .copied()
            .collect();
        Self { claims, grants }
    }

    /// Every association with its verdict, for the owner.
    #[must_use]
    pub fn associations(
        claims: &Claims,
        grants: &[Grant<'_>],
        force_sub_claims: bool,
    ) -> Vec<(String, AssociationCheck)> {
        grants
            .iter()
            .map(|grant| {
                let check = grant.association.check(claims, force_sub_claims);
                (grant.role.name.clone(), check)
            })
            .collect()
    }

    /// Names of the roles, each once.
    #[must_use]
    pub fn roles(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = self
            .grants
            .iter()
            .map(|grant| grant.role.name.as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether the action is allowed at a path: some rule must give it and none may deny it.
    #[must_use]
    pub fn decide(&self, action: Action, path: &ItemPath) -> Decision {
        let rules: Vec<RuleCheck> = self
            .grants
            .iter()
            .flat_map(|grant| grant.role.rules.iter().map(move |rule| (grant, rule)))
            .map(|(grant, rule)| self.check(grant, rule, action, path))
            .collect();
        let find = |effect| rules.iter().find(|rule| rule.effect == effect);
        let (allowed, why) = match (find(RuleEffect::Denies), find(RuleEffect::Allows)) {
            (Some(rule), _) => (
                false,
                format!("{} of role {} denies it.", rule.path, rule.role),
            ),
            (None, Some(rule)) => (
                true,
                format!("{} of role {} allows it.", rule.path, rule.role),
            ),
            (None, None) if self.grants.is_empty() => (
                false,
                "No access role is associated with this identity.".into(),
            ),
            (None, None) => (false, "No rule allows it.".into()),
        };
        Decision {
            allowed,
            why,
            rules,
        }
    }

    /// Whether somebody without this right even learns that there is something at the path.
    #[must_use]
    pub fn sees(&self, path: &ItemPath) -> bool {
        self.decide(Action::List, path).allowed
    }

    fn check(
        &self,
        grant: &Grant<'_>,
        rule: &PathRule,
        action: Action,
        path: &ItemPath,
    ) -> RuleCheck {
        // A deny is never escaped by the case of a name: AWS's own names differ by more than case.
        let with_case = !grant.association.ignore_case && !rule.is_deny();
        let applies = rule.path.matches(path, self.claims, with_case);
        let (effect, why) = match applies {
            PathMatch::No => (
                RuleEffect::NotConcerned,
                format!("{path} is not at {}{}.", rule.path, self.spelled(rule)),
            ),
            PathMatch::NoClaim(key) => (
                RuleEffect::NotConcerned,
                format!("{} needs {key}, which the identity has not.", rule.path),
            ),
            PathMatch::Yes if rule.is_deny() => {
                (RuleEffect::Denies, "It denies everything here.".into())
            }
            PathMatch::Yes if rule.is_enough_for(action) => {
                (RuleEffect::Allows, "Its capabilities are enough.".into())
            }
            PathMatch::Yes => {
                let has: Vec<&str> = rule.capabilities.iter().map(|one| one.as_str()).collect();
                (
                    RuleEffect::TooLittle,
                    format!("It has {} only.", has.join(", ")),
                )
            }
        };
        RuleCheck {
            role: grant.role.name.clone(),
            path: rule.path.to_string(),
            effect,
            why,
        }
    }

    /// The values of a rule's claims, for the sentence.
    fn spelled(&self, rule: &PathRule) -> String {
        let used: Vec<String> = ClaimKey::ALL
            .into_iter()
            .filter(|key| rule.path.as_str().contains(&format!("{{{{{key}}}}}")))
            .filter_map(|key| Some(format!("{key} is {}", self.claims.get(&key)?)))
            .collect();
        if used.is_empty() {
            return String::new();
        }
        format!(" ({})", used.join(", "))
    }
}
