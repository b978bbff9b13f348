//! The way to an account: a connection's client, and how far AWS's clock is from this computer's.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_aws::{Aws, ClockOffset, Endpoint, Limiter};
use leasehold_domain::{Code, Problem};
use leasehold_store::{ConnectionKind, ConnectionRow, ConnectionState};
use secrecy::SecretString;

use crate::core::{Core, keychain_name, lock};
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

/// AWS's clock minus this computer's for every connection, at one moment.
pub(crate) struct Offsets(HashMap<String, TimeDelta>);

impl Offsets {
    pub(crate) fn of(&self, connection_id: &str) -> TimeDelta {
        self.0.get(connection_id).copied().unwrap_or_default()
    }
}

impl Core {
    /// The client of a connection; its managing key comes from the keychain once a process.
    pub(crate) async fn reach(&self, connection: &ConnectionRow) -> Result<Reached, Problem> {
        let known = lock(&self.reached).get(&connection.id).cloned();
        let reached = match known {
            Some(reached) => reached,
            None => self.connect(connection).await?,
        };
        if connection.kind == ConnectionKind::Practice {
            // Another process may have skipped it ahead.
            reached.offset.set(self.practice()?.clock_offset_ms());
        }
        Ok(reached)
    }

    async fn connect(&self, connection: &ConnectionRow) -> Result<Reached, Problem> {
        let (access_key_id, secret) = self.managing_key(connection).await?;
        let mut reached = self.client(
            &access_key_id,
            &secret,
            &self.endpoint(connection)?,
            connection.clock_offset_ms,
            self.limiters
                .for_account(&connection.account_id, connection.endpoint_url.as_deref()),
        );
        if connection.kind == ConnectionKind::Practice {
            // The practice clock is known, not measured.
            reached.offset = ClockOffset::new(connection.clock_offset_ms);
        }
        // Two at once: everybody goes on with the first.
        let mut all = lock(&self.reached);
        Ok(all.entry(connection.id.clone()).or_insert(reached).clone())
    }

    /// Forgets a connection's client, so that the next use reads the keychain again.
    pub(crate) fn unreach(&self, connection_id: &str) {
        lock(&self.reached).remove(connection_id);
    }

    /// A client for a key that is not a stored connection's: one being added, or a leased one.
    pub(crate) fn client(
        &self,
        access_key_id: &str,
        secret: &SecretString,
        endpoint: &Endpoint,
        offset_ms: i64,
        limiter: Limiter,
    ) -> Reached {
        let clock = Arc::clone(&self.clock);
        let offset = ClockOffset::against(offset_ms, Box::new(move || clock.now().into()));
        let aws = Aws::new(
            access_key_id,
            secret,
            None,
            endpoint,
            offset.clone(),
            limiter,
        );
        let noted = Arc::new(AtomicI64::new(offset_ms));
        Reached { aws, offset, noted }
    }

    pub(crate) fn endpoint(&self, connection: &ConnectionRow) -> Result<Endpoint, Problem> {
        let http = match (&self.http, connection.kind) {
            (Some(http), _) => Some(http.clone()),
            (None, ConnectionKind::Practice) => Some(self.practice()?.http_client()),
            (None, ConnectionKind::AccessKey) => None,
        };
        Ok(Endpoint {
            region: connection.region.clone(),
            url: connection.endpoint_url.clone(),
            http,
        })
    }

    async fn managing_key(
        &self,
        connection: &ConnectionRow,
    ) -> Result<(String, SecretString), Problem> {
        if connection.kind == ConnectionKind::Practice {
            return Ok(self.practice()?.manager_keys());
        }
        let id = connection.access_key_id.clone().ok_or_else(|| {
            Problem::new(
                Code::Internal,
                format!("Connection `{}` has no access key id.", connection.name),
            )
        })?;
        let secret = self.keychain_get(&keychain_name(&connection.id)).await?;
        Ok((id, secret))
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
    pub(crate) fn note_problem(&self, connection_id: &str, problem: Option<&Problem>) {
        let connections = self.store.connections();
        let noted = connections.by_id(connection_id).and_then(|row| {
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
        match noted {
            Ok(true) => self.catalog_changed(),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "a connection's problem is not noted"),
        }
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
