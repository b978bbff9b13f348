//! A login at the door: paced, verified, judged, asked about, told of, and given a token.

use std::time::Duration;

use leasehold_domain::{ClientAddress, Problem, random_bytes};
use leasehold_store::{ActivityLine, PrincipalRow, SessionRow, Standing, StoreError};

use super::{Door, Heard, Peer, Shut, Turned, from_where, origin};
use crate::desk::note::Kind;
use crate::forwarded::Origin;
use crate::method::{AccessId, AuthMethod, State};
use crate::reason::{Reason, Refusal};
use crate::token::{Session, Token};
use crate::verify::{Login, Proven, Relay, verify};

/// So many wait for an answer at one method.
const MOST_WAIT: u32 = 100;

/// What somebody logs in with.
#[derive(Clone)]
pub struct Knock<'a> {
    /// The auth method, as the caller names it.
    pub access_id: &'a str,
    /// The cloud identity, as it came.
    pub cloud_identity: &'a str,
    /// From where.
    pub peer: &'a Peer,
}

/// What a login gives.
pub struct LoggedIn {
    /// To be handed to the caller, and to nobody else.
    pub token: Token,
    /// What it stands for.
    pub session: Session,
    /// Names of the roles that it got; none: it may do nothing.
    pub roles: Vec<String>,
}

/// The method that an access id names, as today's rules read it.
struct Found {
    access_id: AccessId,
    name: String,
    enabled: bool,
    method: AuthMethod,
}

impl<R: Relay + Sync> Door<R> {
    /// Lets somebody in who proves to be one of those that the method lets in.
    ///
    /// # Errors
    /// Why not; it is in the activity log by then.
    pub async fn log_in(&self, knock: Knock<'_>) -> Result<LoggedIn, Shut> {
        let peer = knock.peer;
        let access_id = AccessId::parse("access-id", knock.access_id).ok();
        let id = access_id.as_ref().map(AccessId::as_str);
        if let Err(wait) = self.pace(|paces, now| paces.login(peer.address, id, now)) {
            return Err(self.too_often(peer, id, wait)?.into());
        }
        self.used.tidy(self.desk.now());
        let found = match &access_id {
            Some(id) => self.found(id)?,
            None => None,
        };
        let origin = match origin(peer, found.as_ref().map(|one| &one.method)) {
            Ok(origin) => origin,
            Err(refusal) => {
                let direct = Origin {
                    client: peer.address,
                    gateway: None,
                };
                return self.refused(&knock, found.as_ref(), &direct, None, refusal);
            }
        };
        let client = origin.client;
        let login = Login {
            cloud_identity: knock.cloud_identity,
            method: found.as_ref().map(|one| &one.method),
            state: State {
                enabled: found.as_ref().is_some_and(|one| one.enabled),
                client: &client,
                now: self.desk.now(),
            },
            hosts: &self.desk.hosts,
            audience: &self.audience,
            freshness: self.freshness,
        };
        let verdict = verify(login, &self.relay, &self.used).await;
        let (Some(found), Some(proven)) = (&found, &verdict.proven) else {
            let refusal = verdict
                .refusal
                .unwrap_or_else(|| Reason::UnknownAccessId.into());
            return self.refused(&knock, found.as_ref(), &origin, None, refusal);
        };
        if let Some(refusal) = verdict.refusal {
            return self.refused(&knock, Some(found), &origin, Some(proven), refusal);
        }
        if let Err(refusal) = self.stands(found, proven, &origin)? {
            return self.refused(&knock, Some(found), &origin, Some(proven), refusal);
        }
        self.begin(&knock, found, proven, &origin)
    }

    fn found(&self, id: &AccessId) -> Result<Option<Found>, Problem> {
        let Some(row) = self.desk.store.auth_methods().find(id.as_str())? else {
            return Ok(None);
        };
        // What today's rules refuse lets nobody in; the owner's list says why.
        let Ok(method) = self.desk.methods().read(&row) else {
            return Ok(None);
        };
        Ok(Some(Found {
            access_id: id.clone(),
            name: row.name,
            enabled: row.enabled,
            method,
        }))
    }

    /// What the owner said about the identity, and a question where nothing is said yet.
    fn stands(
        &self,
        found: &Found,
        proven: &Proven,
        origin: &Origin,
    ) -> Result<Result<(), Refusal>, Problem> {
        let now = self.desk.now();
        let asks = found.method.ask_first;
        let row = PrincipalRow {
            id: short_id()?,
            access_id: found.access_id.as_str().to_owned(),
            asserted_by: proven.asserted_by.clone().unwrap_or_default(),
            stable_id: proven.identity.stable_id().to_owned(),
            arn: proven.identity.arn().to_string(),
            account_id: proven.identity.account().as_str().to_owned(),
            standing: match asks {
                true => Standing::Asked,
                false => Standing::Seen,
            },
            first_seen_at: now,
            last_seen_at: now,
        };
        let principals = self.desk.store.principals();
        if asks && self.is_crowded(&row)? {
            let many = format!("{MOST_WAIT} wait for an answer already, and it is not among them");
            return Ok(Err(Reason::AskedAndWaiting.because(many)));
        }
        let (met, is_new) = match principals.meet(&row) {
            Ok(met) => met,
            // The method was deleted while STS was asked.
            Err(StoreError::NotFound { .. }) => return Ok(Err(Reason::UnknownAccessId.into())),
            Err(error) => return Err(error.into()),
        };
        let waits = match met.standing {
            Standing::Denied => return Ok(Err(Reason::AskedAndDenied.into())),
            Standing::Once => !principals.use_once(&met.id)?,
            Standing::Always => false,
            // Who came before the owner wanted to be asked was never allowed by anybody.
            Standing::Asked | Standing::Used | Standing::Seen => asks,
        };
        if !waits {
            if met.standing == Standing::Asked {
                principals.ask_no_more(&met.id)?;
            }
            return Ok(Ok(()));
        }
        let again = principals.ask_again(&met.id)?;
        if is_new || again {
            let time = if is_new {
                "for the first time"
            } else {
                "again"
            };
            let text = format!(
                "{} came to auth method {} {time}, from {}: may it log in?",
                met.arn, found.name, origin.client
            );
            self.desk.note(Kind::LoginAsked, text)?;
            (self.voice)(Heard::Changed);
        }
        Ok(Err(Reason::AskedAndWaiting.into()))
    }

    /// Whether so many wait that one more, whom nobody has seen before, is not even kept: whoever can make
    /// identities in a bound account does not fill the owner's list with them.
    fn is_crowded(&self, row: &PrincipalRow) -> Result<bool, Problem> {
        let principals = self.desk.store.principals();
        if principals.waiting(&row.access_id)? < MOST_WAIT {
            return Ok(false);
        }
        let known = principals.find(&row.access_id, &row.asserted_by, &row.stable_id)?;
        Ok(known.is_none())
    }

    fn begin(
        &self,
        knock: &Knock<'_>,
        found: &Found,
        proven: &Proven,
        origin: &Origin,
    ) -> Result<LoggedIn, Shut> {
        let now = self.desk.now();
        let token = Token::generate()?;
        let hash = token.hash();
        let session = Session::of(found.access_id.clone(), &found.method, proven, now);
        let claims = proven.claims(Some(&origin.client));
        let roles = self.roles_of(&found.access_id, &found.method, &claims)?;
        let mut text = format!(
            "{} logged in by auth method {} ({}) {}; session {}.",
            session.identity.arn(),
            found.name,
            found.access_id.as_str(),
            from_where(origin, knock.peer),
            hash.id()
        );
        text += &proved_at(proven);
        for (key, value) in found.method.audited(&claims) {
            text += &format!(" {key}={value}.");
        }
        if roles.is_empty() {
            text += " No access role is associated with it: it may do nothing.";
        }
        let line = ActivityLine {
            account_id: Some(proven.identity.account().as_str().to_owned()),
            ..self.desk.line(Kind::LoginAccepted, text)
        };
        let row = SessionRow {
            id: hash.id(),
            token_hash: *hash.as_bytes(),
            access_id: found.access_id.as_str().to_owned(),
            session: serde_json::to_string(&session).map_err(|error| {
                Problem::new(
                    leasehold_domain::Code::Internal,
                    format!("The session could not be written out: {error}."),
                )
            })?,
            client: origin.client.to_string(),
            gateway: origin.gateway.map(|gateway| gateway.to_string()),
            issued_at: session.issued_at,
            expires_at: session.expires_at,
        };
        match self.desk.store.sessions().noting(&line).insert(&row) {
            Ok(()) => {}
            // Deleted at this very moment.
            Err(StoreError::NotFound { .. }) => {
                let why = Reason::UnknownAccessId.into();
                return self.refused(knock, Some(found), origin, Some(proven), why);
            }
            Err(error) => return Err(error.into()),
        }
        // What was tightened while STS was asked ended the sessions of that moment; this one came after.
        let is_as_judged = self
            .found(&found.access_id)?
            .is_some_and(|now| now.enabled == found.enabled && now.method == found.method);
        if !is_as_judged {
            let _gone_with_the_method = self.desk.store.sessions().remove(&row.id);
            let why = Reason::TokenOutdated.because("the auth method was changed at this moment");
            return self.refused(knock, Some(found), origin, Some(proven), why);
        }
        (self.voice)(Heard::Changed);
        Ok(LoggedIn {
            token,
            session,
            roles,
        })
    }

    /// Writes a refusal down: who, if that is known, by what, from where, and why.
    fn refused<T>(
        &self,
        knock: &Knock<'_>,
        found: Option<&Found>,
        origin: &Origin,
        proven: Option<&Proven>,
        refusal: Refusal,
    ) -> Result<T, Shut> {
        let turned = Turned::away(refusal.clone(), proven.is_some());
        if !self.is_told(knock.peer, proven, refusal.reason) {
            self.too_often(knock.peer, None, Duration::ZERO)?;
            return Err(turned.into());
        }
        let who = match proven {
            Some(proven) => proven.identity.arn().to_string(),
            None => "Somebody who is not verified".to_owned(),
        };
        let by = match found {
            Some(found) => format!("auth method {} ({})", found.name, found.access_id.as_str()),
            // What a stranger typed is not repeated unless it has the form of an access id.
            None => match AccessId::parse("access-id", knock.access_id) {
                Ok(id) => format!("the access id {}", id.as_str()),
                Err(_) => "something that is no access id".to_owned(),
            },
        };
        let mut text = format!(
            "{who} was refused by {by}, {}: {refusal} [{}]",
            from_where(origin, knock.peer),
            refusal.reason.code()
        );
        if let Some(proven) = proven {
            text += &proved_at(proven);
            if let Some(found) = found {
                let claims = proven.claims(Some(&origin.client));
                for (key, value) in found.method.audited(&claims) {
                    text += &format!(" {key}={value}.");
                }
            }
        }
        let line = ActivityLine {
            account_id: proven.map(|one| one.identity.account().as_str().to_owned()),
            ..self.desk.line(Kind::LoginRefused, text)
        };
        self.desk.store.activity().add(&line)?;
        (self.voice)(Heard::Noted);
        Err(turned.into())
    }

    /// Whether a refusal has a line of its own: always of somebody who is verified, unless they only wait
    /// still; of strangers so many that they cannot fill the log.
    fn is_told(&self, peer: &Peer, proven: Option<&Proven>, reason: Reason) -> bool {
        match proven {
            None => self.pace(|paces, now| paces.is_stranger_told(peer.address, now)),
            Some(proven) if reason == Reason::AskedAndWaiting => {
                let who = format!("{} waits", proven.identity.stable_id());
                self.pace(|paces, now| paces.is_refusal_told(&who, now))
            }
            Some(_) => true,
        }
    }
}

impl<R> Door<R> {
    /// Somebody who tries too often: told of once a minute, so that the log does not fill with it.
    pub(super) fn too_often(
        &self,
        peer: &Peer,
        access_id: Option<&str>,
        wait: Duration,
    ) -> Result<Turned, Problem> {
        if self.pace(|paces, now| paces.is_told(peer.address, now)) {
            let by = access_id.map_or_else(String::new, |id| format!(" at {id}"));
            let text = format!(
                "Somebody tries too often{by}, from {}; more of that is not told for a minute. [{}]",
                address(peer.address),
                Reason::RateLimited.code()
            );
            self.desk.note(Kind::LoginRefused, text)?;
            (self.voice)(Heard::Noted);
        }
        Ok(Turned::later(wait))
    }
}

fn address(address: ClientAddress) -> String {
    address.to_string()
}

fn proved_at(proven: &Proven) -> String {
    let by = match &proven.asserted_by {
        Some(host) => format!("asserted by {host}, which is not AWS"),
        None => format!("verified at {}", proven.host),
    };
    let request = match proven.request_id.as_deref().filter(|id| is_plain(id)) {
        Some(id) => format!(", request {id}"),
        None => String::new(),
    };
    format!(" Its key {} was {by}{request}.", proven.access_key_id)
}

fn is_plain(id: &str) -> bool {
    id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn short_id() -> Result<String, Problem> {
    let mut bytes = [0; 6];
    random_bytes(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
