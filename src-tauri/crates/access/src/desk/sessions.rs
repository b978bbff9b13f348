//! Sessions: who is logged in, and an end to that.

use leasehold_domain::{Code, Problem, clip};
use leasehold_store::{AuthMethodRow, SessionRow, WayIn};

use super::Desk;
use super::note::Kind;
use super::shut::{Closed, Leases, Whose};
use super::view::SessionView;
use crate::token::Session;

/// Who it is when the row does not say.
const UNREADABLE: &str = "(cannot be read)";

/// The sessions of a home.
#[derive(Debug, Clone, Copy)]
pub struct Sessions<'a>(pub(super) &'a Desk);

impl Sessions<'_> {
    /// Those that are not over, latest first.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn list(&self) -> Result<Vec<SessionView>, Problem> {
        let methods = self.0.store.auth_methods().all()?;
        let rows = self.0.store.sessions().live(self.0.now())?;
        rows.into_iter()
            .map(|row| self.view(row, &methods))
            .collect()
    }

    /// Ends one: its token is dead from now on. Where that is wanted the leases of its identity by this method
    /// end too; of one that cannot be read, whose identity nobody knows, none do.
    ///
    /// # Errors
    /// There is none with this id.
    pub fn revoke(&self, id: &str, leases: Leases) -> Result<Closed<SessionView>, Problem> {
        let id = id.trim();
        let Some(row) = self.0.store.sessions().by_id(id)? else {
            return Err(Problem::new(
                Code::NotFound,
                format!("There is no session `{}`.", clip(id, 40)),
            )
            .with_hint("`leasehold session list` shows those that are not over.")
            .at("id"));
        };
        let read = read(&row);
        let view = self.view(row, &self.0.store.auth_methods().all()?)?;
        let text = format!(
            "The session {} of {} by auth method {} was revoked.",
            view.id, view.arn, view.auth_method
        );
        let line = self.0.line(Kind::SessionRevoked, text);
        let way = WayIn::Session { id: &view.id };
        let (leases, identity) = match &read {
            Some(session) => (leases, Some(identity(session))),
            None => (Leases::Stay, None),
        };
        let whose = Whose {
            access_id: &view.access_id,
            identity,
        };
        let leases = self.0.shut(way, &line, (leases, whose))?;
        Ok(Closed { way: view, leases })
    }

    /// One that cannot be read is shown and can be ended all the same: nobody gets in by it.
    fn view(&self, row: SessionRow, methods: &[AuthMethodRow]) -> Result<SessionView, Problem> {
        let session = read(&row);
        let method = methods.iter().find(|one| one.access_id == row.access_id);
        let open_leases = match &session {
            Some(session) => self.0.open_leases(Whose {
                access_id: &row.access_id,
                identity: Some(identity(session)),
            })?,
            None => 0,
        };
        let (arn, stable_id) = session.map_or_else(
            || (UNREADABLE.to_owned(), String::new()),
            |session| {
                let identity = session.identity;
                (identity.arn().to_string(), identity.stable_id().to_owned())
            },
        );
        Ok(SessionView {
            id: row.id,
            auth_method: method.map_or_else(String::new, |one| one.name.clone()),
            access_id: row.access_id,
            arn,
            stable_id,
            client: row.client,
            gateway: row.gateway,
            issued_at: row.issued_at,
            expires_at: row.expires_at,
            open_leases,
        })
    }
}

fn read(row: &SessionRow) -> Option<Session> {
    serde_json::from_str(&row.session).ok()
}

/// What asserts its identity, and the id that stays with it.
fn identity(session: &Session) -> (&str, &str) {
    (
        session.asserted_by.as_deref().unwrap_or_default(),
        session.identity.stable_id(),
    )
}
