//! Access roles: their rules, and the ways to them from auth methods.

use std::collections::BTreeMap;

use leasehold_domain::{Code, PathRule, Problem, Slug, clip};
use leasehold_store::{AccessRoleRow, AccessRuleRow, AssociationRow, AuthMethodRow};

use super::note::Kind;
use super::view::{AssociationView, RoleView, RuleView};
use super::{Desk, Refused};
use crate::association::Association;
use crate::rights::AccessRole;

const MAX_DESCRIPTION: usize = 1024;

/// The access roles of a home.
#[derive(Debug, Clone, Copy)]
pub struct Roles<'a>(pub(super) &'a Desk);

impl Roles<'_> {
    /// All of them, by name.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn list(&self) -> Result<Vec<RoleView>, Problem> {
        let methods = self.0.store.auth_methods().all()?;
        let rows = self.0.store.access_roles().all()?;
        rows.into_iter()
            .map(|row| self.view(row, &methods))
            .collect()
    }

    /// The one of this name.
    ///
    /// # Errors
    /// There is none.
    pub fn show(&self, name: &str) -> Result<RoleView, Problem> {
        let methods = self.0.store.auth_methods().all()?;
        self.view(self.row(name)?, &methods)
    }

    /// Makes one, which allows nothing yet.
    ///
    /// # Errors
    /// The name is not one, or taken.
    pub fn create(&self, name: &str, description: &str) -> Result<RoleView, Problem> {
        let name = Slug::parse("name", name)?;
        let description = description.trim();
        let is_too_long = description.chars().count() > MAX_DESCRIPTION;
        if is_too_long || description.chars().any(|c| c.is_control() && c != '\n') {
            return Err(Problem::refused_input(
                "description",
                format!("A description has at most {MAX_DESCRIPTION} printable characters."),
                "Shorten it, and leave out what cannot be seen.",
            ));
        }
        let row = AccessRoleRow {
            id: uuid::Uuid::new_v4().simple().to_string(),
            name: name.to_string(),
            description: description.to_owned(),
            created_at: self.0.now(),
        };
        let line = self
            .0
            .line(Kind::RoleCreated, format!("Access role {name} was made."));
        self.0.store.access_roles().noting(&line).insert(&row)?;
        self.view(row, &[])
    }

    /// Deletes one, with its rules and the ways to it. The answer is its name.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn delete(&self, name: &str) -> Result<String, Problem> {
        let row = self.row(name)?;
        let text = format!("Access role {} was deleted.", row.name);
        let line = self.0.line(Kind::RoleDeleted, text);
        self.0.store.access_roles().noting(&line).remove(&row.id)?;
        Ok(row.name)
    }

    /// Sets what a role allows at a path; a rule that was there for the path is replaced.
    ///
    /// # Errors
    /// There is no such role, or every problem of path and capabilities.
    pub fn set_rule(
        &self,
        name: &str,
        path: &str,
        capabilities: &[String],
    ) -> Result<RoleView, Refused> {
        let row = self.row(name)?;
        let rule = PathRule::parse(path, capabilities)?;
        let words: Vec<String> = rule
            .capabilities
            .iter()
            .map(|one| one.as_str().to_owned())
            .collect();
        let text = format!(
            "Access role {} has {} at {}.",
            row.name,
            words.join(", "),
            rule.path
        );
        let line = self.0.line(Kind::RuleSet, text);
        self.0
            .store
            .access_rules()
            .noting(&line)
            .set(&AccessRuleRow {
                role_id: row.id,
                path: rule.path.to_string(),
                capabilities: words,
            })?;
        Ok(self.show(name)?)
    }

    /// Takes the rule at a path away.
    ///
    /// # Errors
    /// There is no such role, or it has no rule there.
    pub fn delete_rule(&self, name: &str, path: &str) -> Result<RoleView, Problem> {
        let row = self.row(name)?;
        let path = path.trim();
        let rules = self.0.store.access_rules().of_role(&row.id)?;
        let slashed = format!("/{path}");
        let Some(rule) = rules
            .iter()
            .find(|rule| rule.path == path || rule.path == slashed)
        else {
            let there: Vec<&str> = rules.iter().map(|rule| rule.path.as_str()).collect();
            let hint = match there.is_empty() {
                true => "It has no rules.".to_owned(),
                false => format!("It has rules for {}.", there.join(", ")),
            };
            return Err(Problem::new(
                Code::NotFound,
                format!(
                    "Access role {} has no rule for `{}`.",
                    row.name,
                    clip(path, 80)
                ),
            )
            .with_hint(hint)
            .at("path"));
        };
        let text = format!(
            "Access role {} has no rule for {} any more.",
            row.name, rule.path
        );
        let line = self.0.line(Kind::RuleDeleted, text);
        let store = self.0.store.access_rules().noting(&line);
        store.remove(&row.id, &rule.path)?;
        self.show(name)
    }

    /// Gives a role to identities of an auth method; the way from the same method is replaced.
    ///
    /// # Errors
    /// There is no such role or method, or every problem of the sub-claims.
    pub fn associate(
        &self,
        name: &str,
        method: &str,
        sub_claims: &[(String, String)],
        ignore_case: bool,
    ) -> Result<RoleView, Refused> {
        let row = self.row(name)?;
        let method = self.method(method)?;
        let forced = super::methods::draft_of(&method)?.force_sub_claims;
        let way = Association::parse(sub_claims, ignore_case, forced)?;
        let sub_claims: Vec<(String, String)> = way
            .sub_claims
            .iter()
            .map(|(key, test)| (key.to_string(), test.to_string()))
            .collect();
        let asked: Vec<String> = sub_claims
            .iter()
            .map(|(key, test)| format!("{key}={test}"))
            .collect();
        let whom = match asked.is_empty() {
            true => "every identity".to_owned(),
            false => format!("identities with {}", asked.join(" and ")),
        };
        let text = format!(
            "Access role {} is given to {whom} of auth method {}.",
            row.name, method.name
        );
        let line = self.0.line(Kind::Associated, text);
        self.0
            .store
            .role_associations()
            .noting(&line)
            .set(&AssociationRow {
                role_id: row.id,
                access_id: method.access_id,
                sub_claims,
                ignore_case,
            })?;
        Ok(self.show(name)?)
    }

    /// Takes a role away from an auth method.
    ///
    /// # Errors
    /// There is no such role or method, or they are not associated.
    pub fn dissociate(&self, name: &str, method: &str) -> Result<RoleView, Problem> {
        let row = self.row(name)?;
        let method = self.method(method)?;
        let ways = self
            .0
            .store
            .role_associations()
            .of_method(&method.access_id)?;
        if !ways.iter().any(|way| way.role_id == row.id) {
            return Err(Problem::new(
                Code::NotFound,
                format!(
                    "Access role {} is not associated with auth method {}.",
                    row.name, method.name
                ),
            )
            .with_hint("`leasehold role show NAME` lists its associations.")
            .at("auth_method"));
        }
        let text = format!(
            "Access role {} is not given to identities of auth method {} any more.",
            row.name, method.name
        );
        let line = self.0.line(Kind::Dissociated, text);
        let store = self.0.store.role_associations().noting(&line);
        store.remove(&row.id, &method.access_id)?;
        self.show(name)
    }

    /// The roles that an auth method leads to, with the ways to them: what rights are made of.
    ///
    /// # Errors
    /// The state file cannot be read, or holds a rule that is none.
    pub(crate) fn of_method(
        &self,
        access_id: &str,
    ) -> Result<Vec<(AccessRole, Association)>, Problem> {
        let roles = self.0.store.access_roles().all()?;
        let ways = self.0.store.role_associations().of_method(access_id)?;
        ways.into_iter()
            .filter_map(|way| Some((roles.iter().find(|role| role.id == way.role_id)?, way)))
            .map(|(row, way)| Ok((self.role(row)?, parsed(&way)?)))
            .collect()
    }

    /// A role with its rules, read anew.
    pub(super) fn role(&self, row: &AccessRoleRow) -> Result<AccessRole, Problem> {
        let rules = self.0.store.access_rules().of_role(&row.id)?;
        let rules = rules
            .iter()
            .map(|rule| PathRule::parse(&rule.path, &rule.capabilities).map_err(first))
            .collect::<Result<_, _>>()?;
        Ok(AccessRole {
            name: row.name.clone(),
            rules,
        })
    }

    pub(super) fn associations(
        &self,
        role_id: &str,
        methods: &[AuthMethodRow],
    ) -> Result<Vec<AssociationView>, Problem> {
        let ways = self.0.store.role_associations().all()?;
        let views = ways
            .into_iter()
            .filter(|way| way.role_id == role_id)
            .filter_map(|way| {
                let method = methods.iter().find(|row| row.access_id == way.access_id)?;
                Some(AssociationView {
                    access_id: way.access_id,
                    auth_method: method.name.clone(),
                    sub_claims: way.sub_claims.into_iter().collect::<BTreeMap<_, _>>(),
                    case_sensitive: !way.ignore_case,
                })
            });
        Ok(views.collect())
    }

    fn row(&self, name: &str) -> Result<AccessRoleRow, Problem> {
        let name = name.trim();
        self.0.store.access_roles().by_name(name)?.ok_or_else(|| {
            Problem::new(
                Code::NotFound,
                format!("There is no access role `{}`.", clip(name, 80)),
            )
            .with_hint("`leasehold role list` shows the names.")
            .at("name")
        })
    }

    pub(super) fn method(&self, name: &str) -> Result<AuthMethodRow, Problem> {
        let found = self.0.methods().row(name);
        found.map_err(|problem| problem.at("auth_method"))
    }

    fn view(&self, row: AccessRoleRow, methods: &[AuthMethodRow]) -> Result<RoleView, Problem> {
        let role = self.role(&row)?;
        let associations = self.associations(&row.id, methods)?;
        Ok(RoleView {
            notices: role.rules.iter().flat_map(PathRule::notices).collect(),
            rules: rules(&role),
            associations,
            name: row.name,
            description: row.description,
            created_at: row.created_at,
        })
    }
}

/// A role's rules as they are shown.
pub(super) fn rules(role: &AccessRole) -> Vec<RuleView> {
    role.rules
        .iter()
        .map(|rule| RuleView {
            path: rule.path.to_string(),
            capabilities: rule.capabilities.iter().copied().collect(),
        })
        .collect()
}

fn parsed(way: &AssociationRow) -> Result<Association, Problem> {
    // That sub-claims are forced decides when it is checked, not when it is read.
    Association::parse(&way.sub_claims, way.ignore_case, false).map_err(first)
}

/// What is kept was right once: where it is not any more, one problem says enough.
fn first(problems: Vec<Problem>) -> Problem {
    problems.into_iter().next().unwrap_or_else(|| {
        Problem::new(
            Code::StoreDamaged,
            "A rule of an access role cannot be read.",
        )
    })
}
