//! Who can do what: the rules that are about a path, and who has them.

use leasehold_domain::{Action, Claims, ItemPath, PathMatch, Problem};

use super::Roles;
use super::view::WhoView;

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
        let mut methods = self.0.store.auth_methods().all()?;
        methods.retain(|row| self.0.methods().works(row));
        let nobody = Claims::new();
        let mut found = Vec::new();
        for row in self.0.store.access_roles().all()? {
            let role = self.role(&row)?;
            let who = self.associations(&row.id, &methods)?;
            // Where some way ignores case, so must the question.
            let with_case = who.iter().all(|way| way.case_sensitive);
            for rule in &role.rules {
                let with_case = with_case && !rule.is_deny();
                let depends_on = match rule.path.matches(&path, &nobody, with_case) {
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
        Ok(found)
    }
}

/// Every action, in the order in which it is shown.
pub(super) fn actions() -> impl Iterator<Item = Action> {
    ACTIONS.into_iter()
}
