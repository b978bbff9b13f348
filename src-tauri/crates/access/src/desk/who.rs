//! Who can do what: the rules that are about a path, and who has them.

use leasehold_domain::{Action, Claims, ItemPath, PathMatch, Problem};

use super::Roles;
use super::view::{AssociationView, ReachView, WhoView};
use crate::rights::AccessRole;

const ACTIONS: [Action; 5] = [
    Action::List,
    Action::Issue,
    Action::Renew,
    Action::RevokeOwn,
    Action::RevokeOther,
];

impl Roles<'_> {
    /// Every rule that is, or for some caller may be, about a dynamic secret; what denies comes first.
    /// Methods that let nobody in at the moment (switched off, over, refused by today's rules) are left out.
    ///
    /// # Errors
    /// The path is not that of a dynamic secret, or the state file cannot be read.
    pub fn who_can(&self, path: &str) -> Result<Vec<WhoView>, Problem> {
        let path = ItemPath::parse("path", path)?;
        Ok(ways_to(&path, &self.held()?))
    }

    /// The same of every dynamic secret given by its id and path, the other way round: what a role, the
    /// identities of a method, or all of both come to. A secret that nobody reaches is there, without ways.
    ///
    /// # Errors
    /// There is no such role or method, or the state file cannot be read.
    pub fn reach(
        &self,
        secrets: &[(String, ItemPath)],
        role: Option<&str>,
        method: Option<&str>,
    ) -> Result<Vec<ReachView>, Problem> {
        let role = role.map(|name| self.show(name)).transpose()?;
        let method = method.map(|name| self.method(name)).transpose()?;
        let mut held = self.held()?;
        if let Some(role) = role {
            held.retain(|(one, _)| one.name == role.name);
        }
        if let Some(method) = method {
            for (_, who) in &mut held {
                who.retain(|way| way.access_id == method.access_id);
            }
            held.retain(|(_, who)| !who.is_empty());
        }
        let reached = secrets.iter().map(|(id, path)| ReachView {
            secret_id: id.clone(),
            path: path.to_string(),
            ways: ways_to(path, &held),
        });
        Ok(reached.collect())
    }

    /// Every role with the ways to it from methods that let somebody in at the moment.
    fn held(&self) -> Result<Vec<(AccessRole, Vec<AssociationView>)>, Problem> {
        let mut methods = self.0.store.auth_methods().all()?;
        methods.retain(|row| self.0.methods().works(row));
        let rows = self.0.store.access_roles().all()?;
        rows.into_iter()
            .map(|row| Ok((self.role(&row)?, self.associations(&row.id, &methods)?)))
            .collect()
    }
}

/// Every rule of these roles that is, or for some caller may be, about a path; what denies comes first.
fn ways_to(path: &ItemPath, held: &[(AccessRole, Vec<AssociationView>)]) -> Vec<WhoView> {
    let nobody = Claims::new();
    let mut found = Vec::new();
    for (role, who) in held {
        // Where some way ignores case, so must the question.
        let with_case = who.iter().all(|way| way.case_sensitive);
        for rule in &role.rules {
            let with_case = with_case && !rule.is_deny();
            let depends_on = match rule.path.matches(path, &nobody, with_case) {
                PathMatch::No => continue,
                PathMatch::Yes => None,
                PathMatch::NoClaim(key) => Some(key),
            };
            found.push(WhoView {
                role: role.name.clone(),
                path: rule.path.to_string(),
                actions: ACTIONS
                    .into_iter()
                    .filter(|action| !rule.is_deny() && rule.is_enough_for(*action))
                    .collect(),
                denies: rule.is_deny(),
                depends_on,
                who: who.clone(),
            });
        }
    }
    found.sort_by_key(|one| !one.denies);
    found
}

/// Every action, in the order in which it is shown.
pub(super) fn actions() -> impl Iterator<Item = Action> {
    ACTIONS.into_iter()
}
