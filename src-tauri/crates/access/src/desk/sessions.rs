//! Sessions: who is logged in, and an end to that.

use leasehold_domain::{Code, Problem, clip};
use leasehold_store::{AuthMethodRow, SessionRow};

use super::Desk;
use super::note::Kind;
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

    /// Ends one: its token is dead from now on. The answer is whose it was.
    ///
    /// # Errors
    /// There is none with this id.
    pub fn revoke(&self, id: &str) -> Result<SessionView, Problem> {
        let id = id.trim();
        let Some(row) = self.0.store.sessions().by_id(id)? else {
            return Err(Problem::new(
                Code::NotFound,
                format!("There is no session `{}`.", clip(id, 40)),
            )
            .with_hint("`leasehold session list` shows those that are not over.")
            .at("id"));
        };
        let view = self.view(row, &self.0.store.auth_methods().all()?)?;
        let text = format!(
            "The session {} of {} by auth method {} was revoked.",
            view.id, view.arn, view.auth_method
        );
        let line = self.0.line(Kind::SessionRevoked, text);
        self.0.store.sessions().noting(&line).remove(&view.id)?;
        Ok(view)
    }

    /// One that cannot be read is shown and can be ended all the same: nobody gets in by it.
    fn view(&self, row: SessionRow, methods: &[AuthMethodRow]) -> Result<SessionView, Problem> {
        let session = serde_json::from_str::<Session>(&row.session).ok();
        let method = methods.iter().find(|one| one.access_id == row.access_id);
        let stable_id = session
            .as_ref()
            .map(|session| session.identity.stable_id().to_owned());
        let open_leases = match &stable_id {
            Some(id) => self.0.open_leases(&row.access_id, Some(id))?,
            None => 0,
        };
        Ok(SessionView {
            id: row.id,
            auth_method: method.map_or_else(String::new, |one| one.name.clone()),
            access_id: row.access_id,
            arn: session.map_or_else(
                || UNREADABLE.to_owned(),
                |session| session.identity.arn().to_string(),
            ),
            stable_id: stable_id.unwrap_or_default(),
            client: row.client,
            gateway: row.gateway,
            issued_at: row.issued_at,
            expires_at: row.expires_at,
            open_leases,
        })
    }
}
