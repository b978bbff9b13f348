//! A call with a token: the session judged anew, and what its identity may do where.

use leasehold_domain::{Action, Claims, ItemPath, Problem};
use leasehold_store::{ActivityLine, Standing};

use super::{Door, Heard, Peer, Shut, Turned, from_where, origin};
use crate::association::Association;
use crate::desk::note::Kind;
use crate::forwarded::Origin;
use crate::method::{AccessId, AuthMethod, State};
use crate::reason::{Reason, Refusal};
use crate::rights::{AccessRole, Decision, Grant, Rights};
use crate::token::{Session, Token};

/// Somebody whose token is good for this call.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The session's short name.
    pub session_id: String,
    /// Who.
    pub session: Session,
    /// Folder and name of the auth method.
    pub auth_method: String,
    /// From where.
    pub origin: Origin,
    /// Its sub-claims, for this call.
    pub claims: Claims,
    method: AuthMethod,
    held: Vec<(AccessRole, Association)>,
    from: String,
}

impl Caller {
    /// Whether it may do this at a path.
    #[must_use]
    pub fn may(&self, action: Action, path: &ItemPath) -> Decision {
        self.with_rights(|rights| rights.decide(action, path))
    }

    /// Names of the roles that it has.
    #[must_use]
    pub fn roles(&self) -> Vec<String> {
        self.with_rights(|rights| rights.roles().into_iter().map(str::to_owned).collect())
    }

    /// The sub-claims that the owner chose for the activity.
    #[must_use]
    pub fn audited(&self) -> Claims {
        self.method.audited(&self.claims)
    }

    /// What tells it from other clients of its method.
    #[must_use]
    pub fn client_unique_id(&self) -> Option<&str> {
        self.method.client_unique_id(&self.claims)
    }

    fn with_rights<T>(&self, read: impl FnOnce(&Rights<'_>) -> T) -> T {
        let grants: Vec<Grant<'_>> = self
            .held
            .iter()
            .map(|(role, association)| Grant { role, association })
            .collect();
        read(&Rights::of(
            &self.claims,
            &grants,
            self.method.force_sub_claims,
        ))
    }
}

impl<R> Door<R> {
    /// Who calls with this token, if it is good from there at this moment.
    ///
    /// # Errors
    /// Why it is not; what is known of it is in the activity log by then.
    pub fn enter(&self, token: &str, peer: &Peer) -> Result<Caller, Shut> {
        if let Err(wait) = self.pace(|paces, now| paces.call(peer.address, now)) {
            return Err(self.too_often(peer, None, wait)?.into());
        }
        self.known(token, peer)
    }

    /// The same about a token that its holder only asks about.
    fn known(&self, token: &str, peer: &Peer) -> Result<Caller, Shut> {
        let direct = Origin {
            client: peer.address,
            gateway: None,
        };
        let hash = Token::read(token).map(|token| token.hash());
        let row = match &hash {
            Some(hash) => self.desk.store.sessions().get(hash.as_bytes())?,
            None => None,
        };
        let Some(row) = row else {
            // Whoever guesses is slowed down; whoever has a token is not.
            if let Err(wait) = self.pace(|paces, now| paces.wrong_token(peer.address, now)) {
                return Err(self.too_often(peer, None, wait)?.into());
            }
            return self.shut_out("Somebody", &direct, peer, Reason::TokenUnknown.into());
        };
        let Ok(session) = serde_json::from_str::<Session>(&row.session) else {
            let what = format!("The session {}, which cannot be read,", row.id);
            return self.shut_out(&what, &direct, peer, Reason::TokenUnknown.into());
        };
        let who = format!("{} (session {})", session.identity.arn(), row.id);
        let Some(kept) = self.desk.store.auth_methods().find(&row.access_id)? else {
            return self.shut_out(&who, &direct, peer, Reason::TokenUnknown.into());
        };
        let Ok(method) = self.desk.methods().read(&kept) else {
            return self.shut_out(&who, &direct, peer, Reason::TokenOutdated.into());
        };
        let origin = match origin(peer, Some(&method)) {
            Ok(origin) => origin,
            Err(refusal) => return self.shut_out(&who, &direct, peer, refusal),
        };
        let state = State {
            enabled: kept.enabled,
            client: &origin.client,
            now: self.desk.now(),
        };
        if let Err(refusal) = session.check(Some(&method), state) {
            return self.shut_out(&who, &origin, peer, refusal);
        }
        let principals = self.desk.store.principals();
        let known = principals.find(
            &row.access_id,
            session.asserted_by.as_deref().unwrap_or_default(),
            session.identity.stable_id(),
        )?;
        if known.is_some_and(|known| known.standing == Standing::Denied) {
            return self.shut_out(&who, &origin, peer, Reason::AskedAndDenied.into());
        }
        let claims = session.identity.claims(Some(&origin.client));
        let held = self.desk.roles().of_method(session.access_id.as_str())?;
        Ok(Caller {
            from: from_where(&origin, peer),
            session_id: row.id,
            session,
            auth_method: kept.name,
            origin,
            claims,
            method,
            held,
        })
    }

    /// One lease more for this identity.
    ///
    /// # Errors
    /// It gets too many.
    pub fn take_lease(&self, caller: &Caller, peer: &Peer) -> Result<(), Shut> {
        let whom = format!(
            "{} {}",
            caller.session.access_id.as_str(),
            caller.session.identity.stable_id()
        );
        match self.pace(|paces, now| paces.lease(whom, now)) {
            Ok(()) => Ok(()),
            Err(wait) => Err(self
                .too_often(peer, Some(caller.session.access_id.as_str()), wait)?
                .into()),
        }
    }

    /// Writes down that somebody who is let in wanted something that no rule gives.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn refuse(&self, caller: &Caller, what: &str, why: &str) -> Result<(), Problem> {
        // Whoever asks for the same again and again does not fill the log with it.
        if !self.pace(|paces, now| paces.is_refusal_told(&caller.session_id, now)) {
            return Ok(());
        }
        let text = format!(
            "{} (session {}) {} was refused {what}: {why}",
            caller.session.identity.arn(),
            caller.session_id,
            caller.from
        );
        let line = ActivityLine {
            account_id: Some(caller.session.identity.account().as_str().to_owned()),
            ..self.desk.line(Kind::CallRefused, text)
        };
        self.desk.store.activity().add(&line)?;
        (self.voice)(Heard::Noted);
        Ok(())
    }

    /// Writes down that somebody is about to do something to a lease, and who, with the sub-claims that the
    /// owner chose.
    ///
    /// # Errors
    /// The state file cannot be written; then nothing is to be done.
    pub fn note(&self, caller: &Caller, what: &str, lease_id: &str) -> Result<(), Problem> {
        let mut text = format!(
            "{} (session {}) {} asks to {what} the lease {lease_id}.",
            caller.session.identity.arn(),
            caller.session_id,
            caller.from
        );
        for (key, value) in caller.audited() {
            text += &format!(" {key}={value}.");
        }
        let line = ActivityLine {
            lease_id: Some(lease_id.to_owned()),
            account_id: Some(caller.session.identity.account().as_str().to_owned()),
            ..self.desk.line(Kind::CallMade, text)
        };
        self.desk.store.activity().add(&line)?;
        (self.voice)(Heard::Noted);
        Ok(())
    }

    /// Ends the caller's own session.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn leave(&self, caller: &Caller) -> Result<(), Problem> {
        let text = format!(
            "{} ended its session {} {}.",
            caller.session.identity.arn(),
            caller.session_id,
            caller.from
        );
        let line = self.desk.line(Kind::SessionEnded, text);
        let sessions = self.desk.store.sessions().noting(&line);
        sessions.remove(&caller.session_id)?;
        (self.voice)(Heard::Changed);
        Ok(())
    }

    pub(super) fn roles_of(
        &self,
        access_id: &AccessId,
        method: &AuthMethod,
        claims: &Claims,
    ) -> Result<Vec<String>, Problem> {
        let held = self.desk.roles().of_method(access_id.as_str())?;
        let grants: Vec<Grant<'_>> = held
            .iter()
            .map(|(role, association)| Grant { role, association })
            .collect();
        let rights = Rights::of(claims, &grants, method.force_sub_claims);
        Ok(rights.roles().into_iter().map(str::to_owned).collect())
    }

    fn shut_out<T>(
        &self,
        who: &str,
        origin: &Origin,
        peer: &Peer,
        refusal: Refusal,
    ) -> Result<T, Shut> {
        if !self.pace(|paces, now| paces.is_refusal_told(who, now)) {
            return Err(Turned::away(refusal, true).into());
        }
        let text = format!(
            "{who} called {} and was refused: {refusal} [{}]",
            from_where(origin, peer),
            refusal.reason.code()
        );
        self.desk.note(Kind::CallRefused, text)?;
        (self.voice)(Heard::Noted);
        Err(Turned::away(refusal, true).into())
    }
}
