//! The way to an account: a connection's client, and how far AWS's clock is from this computer's.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_aws::{Aws, ClockOffset, Endpoint, KeySet, Limiter, ProfileSource, Session};
use leasehold_domain::{Code, Problem};
use leasehold_store::{ConnectionKind, ConnectionRow, ConnectionState, StoreError};
use secrecy::SecretString;

use crate::ask::is_somebody_there;
use crate::connections::login_needed;
use crate::core::{Core, lock};
use crate::sources::{RoleOf, StoredKey, lasting};
use crate::wire::Event;

/// A smaller difference of two measurements is noise: `Date` counts whole seconds.
const NOISE_MS: i64 = 2_000;

/// A connection's client and what was measured over it.
#[derive(Clone)]
pub(crate) struct Reached {
    pub(crate) aws: Aws,
    /// AWS's clock minus this computer's.
    pub(crate) offset: ClockOffset,
    /// What the connection's row said when the two were last compared.
    noted: Arc<AtomicI64>,
}

impl Reached {
    fn new(aws: Aws, offset: ClockOffset, noted_ms: i64) -> Self {
        let noted = Arc::new(AtomicI64::new(noted_ms));
        Self { aws, offset, noted }
    }
}

/// AWS's clock minus this computer's for every connection, at one moment.
pub(crate) struct Offsets(HashMap<String, TimeDelta>);

impl Offsets {
    pub(crate) fn of(&self, connection_id: &str) -> TimeDelta {
        self.0.get(connection_id).copied().unwrap_or_default()
    }
}

impl Core {
    /// The client of a connection, with a key that works now; what the keychain holds is read once a
    /// process.
    ///
    /// Where a log-in is needed, a person who waits for this is asked for a code
    /// ([`crate::AskCode`]); else it is [`Code::LoginNeeded`], and the connection shows it once.
    pub(crate) async fn reach(&self, connection: &ConnectionRow) -> Result<Reached, Problem> {
        let reached = self.reach_quietly(connection).await;
        self.note_login(connection, reached.as_ref().err());
        reached
    }

    /// Boxed, because a role is reached over the connection that it is assumed from.
    fn reach_quietly<'a>(
        &'a self,
        connection: &'a ConnectionRow,
    ) -> Pin<Box<dyn Future<Output = Result<Reached, Problem>> + Send + 'a>> {
        Box::pin(async move {
            let known = lock(&self.reached).get(&connection.id).cloned();
            let reached = match known {
                Some(reached) => reached,
                None => self.connect(connection).await?,
            };
            if connection.kind == ConnectionKind::Practice {
                // Another process may have skipped it ahead.
                reached.offset.set(self.practice()?.clock_offset_ms());
            }
            self.open_session(connection, &reached).await?;
            Ok(reached)
        })
    }

    /// Sees that there is a key to sign with.
    pub(crate) async fn open_session(
        &self,
        connection: &ConnectionRow,
        reached: &Reached,
    ) -> Result<(), Problem> {
        let session = reached.aws.session();
        if !session.is_good()
            && let Some(id) = &connection.source.connection_id
        {
            self.reach_quietly(&self.source_of(connection, id)?).await?;
        }
        self.ready_or_ask(connection, session).await
    }

    /// The connection that a role is assumed from.
    fn source_of(&self, role: &ConnectionRow, id: &str) -> Result<ConnectionRow, Problem> {
        let source = self.store.connections().by_id(id)?;
        source.ok_or_else(|| {
            Problem::new(
                Code::SourceFailed,
                format!(
                    "The connection that the role of `{}` is assumed from is gone.",
                    role.name
                ),
            )
            .with_hint("Remove this connection and add it again.")
        })
    }

    async fn connect(&self, connection: &ConnectionRow) -> Result<Reached, Problem> {
        let offset = self.new_offset(connection.clock_offset_ms);
        let endpoint = self.endpoint(connection)?;
        let account = Some(connection.account_id.clone()).filter(|id| !id.is_empty());
        let session = self
            .session(connection, &endpoint, &offset, account.clone())
            .await?;
        let limiter = match account {
            Some(account) => self
                .limiters
                .for_account(&account, connection.endpoint_url.as_deref()),
            None => Limiter::unshared(),
        };
        let mut reached = Reached::new(
            Aws::over(session, &endpoint, offset.clone(), limiter),
            offset,
            connection.clock_offset_ms,
        );
        if connection.kind == ConnectionKind::Practice {
            // The practice clock is known, not measured.
            reached.offset = ClockOffset::new(connection.clock_offset_ms);
        }
        // Two at once: everybody goes on with the first.
        let mut all = lock(&self.reached);
        Ok(all.entry(connection.id.clone()).or_insert(reached).clone())
    }

    /// What the connection signs with.
    async fn session(
        &self,
        connection: &ConnectionRow,
        endpoint: &Endpoint,
        offset: &ClockOffset,
        account: Option<String>,
    ) -> Result<Session, Problem> {
        match connection.kind {
            ConnectionKind::Practice => {
                let (id, secret) = self.practice()?.manager_keys();
                Ok(Session::fixed(lasting(id, secret)))
            }
            ConnectionKind::AccessKey => {
                let source = StoredKey::new(
                    self.store.clone(),
                    self.keychain.clone(),
                    connection.id.clone(),
                );
                let key = source.read().await?;
                Ok(Session::renewed_by(key, source, offset.clone()))
            }
            ConnectionKind::Profile => {
                let name = connection.source.profile.clone().unwrap_or_default();
                let source = ProfileSource::new(name, endpoint.clone(), offset.clone(), account);
                Ok(Session::from_source(source, offset.clone()))
            }
            ConnectionKind::Role => {
                let from = match (&connection.source.connection_id, &connection.source.profile) {
                    (Some(id), _) => {
                        let source = self.source_of(connection, id)?;
                        self.reach_quietly(&source).await?.aws
                    }
                    (None, profile) => {
                        let name = profile.clone().unwrap_or_default();
                        let source =
                            ProfileSource::new(name, endpoint.clone(), offset.clone(), None);
                        let session = Session::from_source(source, offset.clone());
                        Aws::over(session, endpoint, offset.clone(), Limiter::unshared())
                    }
                };
                let source = RoleOf::new(connection, from, self.installation.as_str());
                Ok(Session::from_source(source, offset.clone()))
            }
        }
    }

    /// Forgets a connection's client, and those it was reached over, so that the next use reads
    /// everything again.
    pub(crate) fn unreach(&self, connection_id: &str) {
        lock(&self.reached).remove(connection_id);
        let row = self.store.connections().by_id(connection_id).ok().flatten();
        if let Some(source) = row.and_then(|row| row.source.connection_id) {
            self.unreach(&source);
        }
    }

    /// Whether a person typed a code for the session that is open now.
    pub(crate) fn has_session_by_code(&self, connection: &ConnectionRow) -> bool {
        let reached = lock(&self.reached).get(&connection.id).cloned();
        connection.source.mfa_serial.is_some()
            && reached.is_some_and(|reached| reached.aws.session().is_good())
    }

    /// Forgets this client only.
    pub(crate) fn forget_client(&self, connection_id: &str) -> Option<Reached> {
        lock(&self.reached).remove(connection_id)
    }

    /// Makes the connection's client anew over the session that is open, now that its account is known.
    pub(crate) fn go_on_with(
        &self,
        connection: &ConnectionRow,
        reached: &Reached,
    ) -> Result<(), Problem> {
        let endpoint = self.endpoint(connection)?;
        let url = connection.endpoint_url.as_deref();
        let limiter = self.limiters.for_account(&connection.account_id, url);
        let (session, offset) = (reached.aws.session().clone(), reached.offset.clone());
        let aws = Aws::over(session, &endpoint, offset.clone(), limiter);
        let again = Reached::new(aws, offset, connection.clock_offset_ms);
        lock(&self.reached).insert(connection.id.clone(), again);
        Ok(())
    }

    /// A client for a key that is not a stored connection's: one being added, or a leased one.
    pub(crate) fn client(
        &self,
        access_key_id: &str,
        secret: &SecretString,
        token: Option<&SecretString>,
        endpoint: &Endpoint,
        offset_ms: i64,
        limiter: Limiter,
    ) -> Reached {
        let offset = self.new_offset(offset_ms);
        let session = Session::fixed(KeySet {
            session_token: token.cloned(),
            ..lasting(access_key_id.to_owned(), secret.clone())
        });
        let aws = Aws::over(session, endpoint, offset.clone(), limiter);
        Reached::new(aws, offset, offset_ms)
    }

    fn new_offset(&self, ms: i64) -> ClockOffset {
        let clock = Arc::clone(&self.clock);
        ClockOffset::against(ms, Box::new(move || clock.now().into()))
    }

    pub(crate) fn endpoint(&self, connection: &ConnectionRow) -> Result<Endpoint, Problem> {
        let http = match (&self.http, connection.kind) {
            (Some(http), _) => Some(http.clone()),
            (None, ConnectionKind::Practice) => Some(self.practice()?.http_client()),
            (None, _) => None,
        };
        Ok(Endpoint {
            region: connection.region.clone(),
            url: connection.endpoint_url.clone(),
            http,
        })
    }

    /// Shows at a connection that somebody must log in, or that it is done: once, however much work
    /// waits for it.
    pub(crate) fn note_login(&self, connection: &ConnectionRow, problem: Option<&Problem>) {
        let needs = problem.filter(|problem| problem.code == Code::LoginNeeded);
        match (needs, login_needed(connection)) {
            (Some(problem), None) if self.note_problem(&connection.id, Some(problem)) => {
                // Who waits for it is told by the answer.
                if is_somebody_there() {
                    return;
                }
                self.events.tell(Event::LoginNeeded {
                    connection: connection.name.clone(),
                    problem: problem.clone(),
                });
            }
            (None, Some(_)) if problem.is_none() => {
                self.note_problem(&connection.id, None);
            }
            _ => {}
        }
    }

    /// When the session of a connection that is in use here ends, by this computer's time.
    pub(crate) fn session_end(&self, connection_id: &str) -> Option<DateTime<Utc>> {
        let reached = lock(&self.reached).get(connection_id).cloned()?;
        let end = reached.aws.session().ends_at()?;
        Some(end - TimeDelta::try_milliseconds(reached.offset.get()).unwrap_or_default())
    }

    /// AWS's time over a connection.
    pub(crate) fn aws_now(&self, connection: &ConnectionRow) -> DateTime<Utc> {
        self.clock.now() + self.offset(connection)
    }

    /// AWS's clock minus this computer's: as measured while the connection is in use here, else as
    /// it was last noted.
    pub(crate) fn offset(&self, connection: &ConnectionRow) -> TimeDelta {
        let measured = lock(&self.reached)
            .get(&connection.id)
            .map(|reached| reached.offset.get());
        let ms = measured.unwrap_or(connection.clock_offset_ms);
        TimeDelta::try_milliseconds(ms).unwrap_or_default()
    }

    /// The same for the connection of this id; nothing where it is gone.
    pub(crate) fn offset_over(&self, connection_id: &str) -> TimeDelta {
        let connection = self.store.connections().by_id(connection_id).ok().flatten();
        connection.map_or_else(TimeDelta::zero, |connection| self.offset(&connection))
    }

    /// The same for all connections.
    pub(crate) fn offsets(&self) -> Result<Offsets, Problem> {
        let all = self.store.connections().all()?;
        Ok(Offsets(
            all.into_iter()
                .map(|connection| {
                    let offset = self.offset(&connection);
                    (connection.id, offset)
                })
                .collect(),
        ))
    }

    /// Notes a newly measured offset for the other processes of this home, or takes over what one
    /// of them noted. `connection` is the row as it is stored now.
    pub(crate) fn share_offset(&self, connection: &ConnectionRow) {
        let Some(reached) = lock(&self.reached).get(&connection.id).cloned() else {
            return;
        };
        let (measured, noted) = (reached.offset.get(), reached.noted.load(Ordering::Relaxed));
        if (measured - noted).abs() > NOISE_MS {
            if let Err(problem) = self.note_offset(&connection.id, measured) {
                tracing::warn!(connection = %connection.name, %problem, "the offset is not noted");
            }
        } else if connection.clock_offset_ms != noted {
            reached.offset.set(connection.clock_offset_ms);
            let noted = &reached.noted;
            noted.store(connection.clock_offset_ms, Ordering::Relaxed);
            self.clock_moved(connection);
        }
    }

    /// Writes a connection's offset into its row.
    pub(crate) fn note_offset(&self, connection_id: &str, ms: i64) -> Result<(), Problem> {
        if let Some(reached) = lock(&self.reached).get(connection_id) {
            reached.offset.set(ms);
            reached.noted.store(ms, Ordering::Relaxed);
        }
        let connections = self.store.connections();
        let Some(mut row) = connections.by_id(connection_id)? else {
            return Ok(());
        };
        row.clock_offset_ms = ms;
        connections.update(&row)?;
        self.clock_moved(&row);
        Ok(())
    }

    /// Shows at a connection that it cannot be asked, or that it can again.
    /// Whether that is news.
    pub(crate) fn note_problem(&self, connection_id: &str, problem: Option<&Problem>) -> bool {
        let connections = self.store.connections();
        let noted: Result<bool, StoreError> = connections.by_id(connection_id).and_then(|row| {
            let Some(mut row) = row else {
                return Ok(false);
            };
            let said = problem.and_then(|problem| serde_json::to_string(problem).ok());
            if row.problem_json == said {
                return Ok(false);
            }
            row.problem_json = said;
            connections.update(&row)?;
            Ok(true)
        });
        match &noted {
            Ok(true) => self.catalog_changed(),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "a connection's problem is not noted"),
        }
        noted.unwrap_or(false)
    }

    /// The connection of this name, or all that are in use.
    pub(crate) fn asked_for(&self, name: Option<&str>) -> Result<Vec<ConnectionRow>, Problem> {
        if let Some(name) = name {
            return Ok(vec![self.connection(name)?]);
        }
        let mut all = self.store.connections().all()?;
        all.retain(|row| row.state == ConnectionState::Ready);
        Ok(all)
    }

    fn clock_moved(&self, connection: &ConnectionRow) {
        self.events.tell(Event::ClockMoved {
            connection: connection.name.clone(),
            clock_offset_ms: self.offset(connection).num_milliseconds(),
        });
    }
}
