//! Ask me first: who waits for an answer, and the answers. Kept under the id that stays with a role or
//! user, so that a new one of the same name is asked about again.

use leasehold_domain::{Code, Problem, clip};
use leasehold_store::{ActivityLine, AuthMethodRow, PrincipalRow, Standing, WayIn};

use super::Desk;
use super::note::Kind;
use super::shut::{Closed, Leases, Whose};
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
        let row = self.known(id)?;
        let line = self.line(&row, Kind::Approved, &format!("may log in {how}"))?;
        let principals = self.0.store.principals().noting(&line);
        principals.decide(&row.id, standing)?;
        self.decided(row, standing)
    }

    /// Keeps somebody out with their sessions and, where that is wanted, their leases.
    ///
    /// # Errors
    /// Nobody has this id.
    pub fn deny(&self, id: &str, leases: Leases) -> Result<Closed<ApprovalView>, Problem> {
        let row = self.known(id)?;
        let line = self.line(&row, Kind::Denied, "is kept out")?;
        let way = WayIn::Identity { id: &row.id };
        let leases = self.0.shut(way, &line, (leases, whose(&row)))?;
        let view = self.decided(row, Standing::Denied)?;
        // The denial stands already, and every call looks at it: this is only tidying.
        for row in self.0.store.sessions().live(self.0.now())? {
            let Ok(session) = serde_json::from_str::<Session>(&row.session) else {
                continue;
            };
            let is_theirs = row.access_id == view.access_id
                && session.identity.stable_id() == view.stable_id
                && session.asserted_by == view.asserted_by;
            if is_theirs {
                // One that has ended by itself meanwhile is as good.
                let _ = self.0.store.sessions().remove(&row.id);
            }
        }
        Ok(Closed { way: view, leases })
    }

    fn known(&self, id: &str) -> Result<PrincipalRow, Problem> {
        let id = id.trim();
        self.0.store.principals().by_id(id)?.ok_or_else(|| {
            Problem::new(
                Code::NotFound,
                format!("Nobody with the id `{}` has come.", clip(id, 40)),
            )
            .with_hint("`leasehold approval list` shows who has.")
            .at("id")
        })
    }

    fn line(&self, row: &PrincipalRow, kind: Kind, what: &str) -> Result<ActivityLine, Problem> {
        let method = self.0.store.auth_methods().find(&row.access_id)?;
        let method = method.map_or_else(String::new, |one| one.name);
        let text = format!(
            "{} ({}) {what} by auth method {method}.",
            row.arn, row.stable_id
        );
        Ok(self.0.line(kind, text))
    }

    fn decided(&self, row: PrincipalRow, standing: Standing) -> Result<ApprovalView, Problem> {
        let methods = self.0.store.auth_methods().all()?;
        self.view(PrincipalRow { standing, ..row }, &methods)
    }

    pub(super) fn view(
        &self,
        row: PrincipalRow,
        methods: &[AuthMethodRow],
    ) -> Result<ApprovalView, Problem> {
        let method = methods.iter().find(|one| one.access_id == row.access_id);
        Ok(ApprovalView {
            open_leases: self.0.open_leases(whose(&row))?,
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

fn whose(row: &PrincipalRow) -> Whose<'_> {
    Whose {
        access_id: &row.access_id,
        identity: Some((&row.asserted_by, &row.stable_id)),
    }
}
