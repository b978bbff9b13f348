//! Ask me first: who waits for an answer, and the answers. Kept under the id that stays with a role or
//! user, so that a new one of the same name is asked about again.

use leasehold_domain::{Code, Problem, clip};
use leasehold_store::{AuthMethodRow, PrincipalRow, Standing};

use super::Desk;
use super::note::Kind;
use super::view::ApprovalView;
use crate::token::Session;

/// The approvals of a home.
#[derive(Debug, Clone, Copy)]
pub struct Approvals<'a>(pub(super) &'a Desk);

impl Approvals<'_> {
    /// Everybody who came, those that wait for an answer first, then latest first.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn list(&self) -> Result<Vec<ApprovalView>, Problem> {
        let methods = self.0.store.auth_methods().all()?;
        let mut rows = self.0.store.principals().all()?;
        rows.sort_by_key(|row| row.standing != Standing::Asked);
        rows.into_iter()
            .map(|row| self.view(row, &methods))
            .collect()
    }

    /// Lets somebody in: for one login, or always.
    ///
    /// # Errors
    /// Nobody has this id.
    pub fn allow(&self, id: &str, always: bool) -> Result<ApprovalView, Problem> {
        let (standing, how) = match always {
            true => (Standing::Always, "always"),
            false => (Standing::Once, "for one login"),
        };
        self.decide(id, standing, Kind::Approved, &format!("may log in {how}"))
    }

    /// Keeps somebody out, and ends their sessions.
    ///
    /// # Errors
    /// Nobody has this id.
    pub fn deny(&self, id: &str) -> Result<ApprovalView, Problem> {
        let view = self.decide(id, Standing::Denied, Kind::Denied, "is kept out")?;
        // The denial stands already, and every call looks at it: this is only tidying.
        for row in self.0.store.sessions().live(self.0.now())? {
            let Ok(session) = serde_json::from_str::<Session>(&row.session) else {
                continue;
            };
            let is_theirs = row.access_id == view.access_id
                && session.identity.stable_id() == view.stable_id
                && session.asserted_by == view.asserted_by;
            if is_theirs {
                self.0.store.sessions().remove(&row.id)?;
            }
        }
        Ok(view)
    }

    fn decide(
        &self,
        id: &str,
        standing: Standing,
        kind: Kind,
        what: &str,
    ) -> Result<ApprovalView, Problem> {
        let id = id.trim();
        let principals = self.0.store.principals();
        let Some(mut row) = principals.by_id(id)? else {
            return Err(Problem::new(
                Code::NotFound,
                format!("Nobody with the id `{}` has come.", clip(id, 40)),
            )
            .with_hint("`leasehold approval list` shows who has.")
            .at("id"));
        };
        row.standing = standing;
        let view = self.view(row, &self.0.store.auth_methods().all()?)?;
        let text = format!(
            "{} ({}) {what} by auth method {}.",
            view.arn, view.stable_id, view.auth_method
        );
        let line = self.0.line(kind, text);
        let principals = self.0.store.principals().noting(&line);
        principals.decide(&view.id, standing)?;
        Ok(view)
    }

    pub(super) fn view(
        &self,
        row: PrincipalRow,
        methods: &[AuthMethodRow],
    ) -> Result<ApprovalView, Problem> {
        let method = methods.iter().find(|one| one.access_id == row.access_id);
        Ok(ApprovalView {
            open_leases: self.0.open_leases(&row.access_id, Some(&row.stable_id))?,
            id: row.id,
            standing: row.standing.as_str().to_owned(),
            auth_method: method.map_or_else(String::new, |one| one.name.clone()),
            access_id: row.access_id,
            arn: row.arn,
            stable_id: row.stable_id,
            asserted_by: Some(row.asserted_by).filter(|host| !host.is_empty()),
            first_seen_at: row.first_seen_at,
            last_seen_at: row.last_seen_at,
        })
    }
}
