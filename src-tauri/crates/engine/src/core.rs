//! What every part of the engine holds: the store, the keychain, the clock, the connections'
//! clients, and the voice.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use leasehold_domain::{Code, InstallationId, Problem};
use leasehold_keychain::Keychain;
use leasehold_practice::Practice;
use leasehold_store::{ConnectionRow, ConnectionState, Store};
use secrecy::SecretString;
use tokio::sync::Notify;

use crate::ask::{AskCode, Questions};
use crate::clock::Clock;
use crate::events::Events;
use crate::reach::Reached;
use crate::sure::Sure;
use crate::wire::Event;

pub(crate) struct Core {
    pub(crate) home: PathBuf,
    pub(crate) store: Store,
    pub(crate) keychain: Keychain,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) events: Events,
    pub(crate) installation: InstallationId,
    /// Who asks through this engine: `window`, `cli`, …
    pub(crate) requester: String,
    /// This process, as the claimer of work.
    pub(crate) worker: String,
    /// Rings the expiry timer when deadlines changed.
    pub(crate) bell: Notify,
    pub(crate) notice: Option<Problem>,
    /// Asks a person, where one is there.
    pub(crate) ask: Option<Arc<dyn AskCode>>,
    /// Takes the place of AWS's sign-in.
    pub(crate) sign_in: Option<String>,
    /// What a person is being asked.
    pub(crate) questions: Questions,
    /// Rings when a rotation is left to be finished.
    pub(crate) rotation_bell: Notify,
    /// Replaces the network and the way into the practice account in tests.
    pub(crate) http: Option<leasehold_aws::SharedHttpClient>,
    /// One queue an account.
    pub(crate) limiters: leasehold_aws::Limiters,
    pub(crate) reached: Mutex<HashMap<String, Reached>>,
    /// What this process knows of its own of the leases and the clocks.
    pub(crate) sure: Mutex<Sure>,
    practice: Mutex<Option<Practice>>,
    /// Somebody has looked at the activity log since it was told that it grew.
    pub(crate) activity_seen: AtomicBool,
    /// The break-glass kit that is kept up to date.
    pub(crate) kept_kit: crate::break_glass::Kept,
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core")
            .field("home", &self.home)
            .finish_non_exhaustive()
    }
}

/// A poisoned lock here guards a cache: what it holds stays usable.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Core {
    #[expect(
        clippy::too_many_arguments,
        reason = "the one place where the parts come together"
    )]
    pub(crate) fn new(
        home: PathBuf,
        store: Store,
        keychain: Keychain,
        clock: Arc<dyn Clock>,
        installation: InstallationId,
        requester: String,
        notice: Option<Problem>,
        http: Option<leasehold_aws::SharedHttpClient>,
        ask: Option<Arc<dyn AskCode>>,
        sign_in: Option<String>,
    ) -> Self {
        Self {
            home,
            store,
            keychain,
            clock,
            events: Events::new(),
            installation,
            worker: format!(
                "{requester}:{}:{}",
                std::process::id(),
                uuid::Uuid::new_v4()
            ),
            requester,
            bell: Notify::new(),
            notice,
            ask,
            questions: Questions::default(),
            sign_in,
            rotation_bell: Notify::new(),
            http,
            limiters: leasehold_aws::Limiters::default(),
            reached: Mutex::default(),
            sure: Mutex::default(),
            practice: Mutex::default(),
            activity_seen: AtomicBool::new(true),
            kept_kit: crate::break_glass::Kept::default(),
        }
    }

    /// Rings the timer: a deadline was added or moved.
    pub(crate) fn ring(&self) {
        self.bell.notify_one();
    }

    pub(crate) fn catalog_changed(&self) {
        self.events.tell(Event::CatalogChanged);
    }

    /// The connection of this name or id, when it can be used.
    pub(crate) fn connection(&self, name: &str) -> Result<ConnectionRow, Problem> {
        let connections = self.store.connections();
        let row = match connections.by_name(name)? {
            Some(row) => Some(row),
            None => connections.by_id(name)?,
        };
        match row {
            Some(row) if row.state == ConnectionState::Ready => Ok(row),
            _ => Err(Problem::new(
                Code::NotFound,
                format!(
                    "There is no connection named `{}`.",
                    crate::reference::shown(name)
                ),
            )
            .with_hint("`leasehold connection list` shows the names.")
            .at("connection")),
        }
    }

    /// The practice account, opened when it is first needed.
    pub(crate) fn practice(&self) -> Result<Practice, Problem> {
        let mut practice = lock(&self.practice);
        if let Some(open) = practice.as_ref() {
            return Ok(open.clone());
        }
        let clock = Arc::clone(&self.clock);
        let opened =
            Practice::open_with_clock(&self.home.join("practice"), Arc::new(move || clock.now()))?;
        *practice = Some(opened.clone());
        Ok(opened)
    }

    /// Reads the keychain without holding up the runtime: it may wait for a person.
    pub(crate) async fn keychain_get(&self, name: &str) -> Result<SecretString, Problem> {
        let (keychain, name) = (self.keychain.clone(), name.to_owned());
        blocking(move || keychain.get(&name)).await
    }

    pub(crate) async fn keychain_set(
        &self,
        name: &str,
        secret: SecretString,
    ) -> Result<(), Problem> {
        let (keychain, name) = (self.keychain.clone(), name.to_owned());
        blocking(move || keychain.set(&name, &secret)).await
    }

    pub(crate) async fn keychain_remove(&self, name: &str) -> Result<(), Problem> {
        let (keychain, name) = (self.keychain.clone(), name.to_owned());
        blocking(move || keychain.remove(&name)).await
    }
}

/// Where a connection's secret access key is in the keychain.
pub(crate) fn keychain_name(connection: &ConnectionRow) -> String {
    match &connection.key_entry {
        Some(entry) => entry.clone(),
        None => format!("connection/{}", connection.id),
    }
}

/// Where a key that takes over goes: beside the one it replaces.
pub(crate) fn keychain_name_of(connection_id: &str, access_key_id: &str) -> String {
    format!("connection/{connection_id}/{access_key_id}")
}

pub(crate) async fn blocking<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Problem>
where
    T: Send + 'static,
    E: Into<Problem> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer.map_err(Into::into),
        Err(stopped) => Err(Problem::new(
            Code::Internal,
            format!("The keychain could not be asked: {stopped}."),
        )),
    }
}
