//! What happens: connections, dynamic secrets, leases, expiry. Every shell calls this and holds no
//! rule of its own.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod activity;
mod ask;
mod break_glass;
mod clock;
mod connections;
mod console;
mod core;
mod credentials;
mod delivery;
mod descriptor;
mod draft;
mod environments;
mod events;
mod gateway;
mod kept;
mod key_input;
mod keys;
mod leases;
mod names;
mod note;
mod orphans;
mod others;
mod place;
mod practice;
mod preflight;
mod profiles;
mod reach;
mod recipes;
mod reference;
mod rotate;
mod secrets;
mod settings;
mod sources;
mod status;
mod sure;
mod turn;
mod variables;
pub mod wire;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use leasehold_domain::{Code, InstallationId, Problem};
use leasehold_keychain::Keychain;
use leasehold_store::{Store, StoreError};
use secrecy::SecretString;
use tokio::sync::{broadcast, watch};

pub use activity::{Activity, ExportFormat};
pub use ask::{AskCode, Asking, Question};
pub use break_glass::BreakGlass;
pub use clock::{Clock, SystemClock};
pub use connections::{AddAccessKey, AddProfile, AddRole, Connections, RoleFrom};
pub use console::{Door, SignIn, open_in_browser};
pub use credentials::Credentials;
pub use delivery::CredentialsRequest;
pub use descriptor::{close_descriptor, passphrase_from_descriptor};
pub use environments::Environments;
pub use gateway::{GatewayDesk, GatewayTurn};
pub use keys::{Keys, TakeIn};
pub use leasehold_keychain::Choice as KeychainChoice;
pub use leases::{Bulk, Caller, IssueRequest, Issued, LeaseQuery, Leases, Owned, Renewal};
pub use names::Names;
pub use orphans::Orphans;
pub use place::{default_home, keychain_choice, sign_in};
pub use practice::PracticeDesk;
pub use profiles::{AwsFiles, ProfileRequest, Profiles};
pub use recipes::{RecipeRefusal, Recipes};
pub use secrets::Secrets;
pub use settings::SettingsDesk;
pub use variables::{OURS, Variables};

/// Name of the keychain entries, as a keyring shows it.
pub const KEYCHAIN_SERVICE: &str = "dev.leasehold";

/// Where and as whom an engine is opened.
#[derive(Debug)]
pub struct Options {
    /// Folder of the state; made when it is missing.
    pub home: PathBuf,
    /// Where managing keys are.
    pub keychain: KeychainChoice,
    /// Who asks through this engine: `window`, `cli`, …
    pub requester: String,
    /// Nobody sits there who could answer the keyring: what is locked is an error at once.
    pub silent: bool,
    /// This computer's time.
    pub clock: Arc<dyn Clock>,
    /// Replaces the network and the way into the practice account; for tests.
    pub http: Option<leasehold_aws::SharedHttpClient>,
    /// Asks the person in front of the shell; nothing where there is none.
    pub ask: Option<Arc<dyn AskCode>>,
    /// Takes the place of AWS's sign-in for the console; for endpoints of one's own and for tests.
    pub sign_in: Option<String>,
}

impl Options {
    /// The real clock and network.
    pub fn new(home: PathBuf, keychain: KeychainChoice, requester: impl Into<String>) -> Self {
        Self {
            home,
            keychain,
            requester: requester.into(),
            silent: false,
            clock: SystemClock::shared(),
            http: None,
            ask: None,
            sign_in: None,
        }
    }
}

/// The parts of an open home that have nothing to do with leases: what access control is kept in.
#[derive(Debug, Clone)]
pub struct Shared {
    /// The state.
    pub store: Store,
    /// This computer's time.
    pub clock: Arc<dyn Clock>,
    /// Who asks: `window`, `cli`, …
    pub requester: String,
    /// The id of this installation.
    pub installation: String,
}

/// One open home. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Engine {
    core: Arc<core::Core>,
}

impl Engine {
    /// Opens a home. What a crash left is finished by [`Self::run`].
    ///
    /// A damaged state file is kept aside and a new one begun; the status says so until the
    /// engine is closed. The AWS users of its leases still end on time, because AWS denies them.
    ///
    /// # Errors
    /// The folder cannot be made or written, or the state is from a newer Leasehold.
    pub fn open(options: Options) -> Result<Self, Problem> {
        std::fs::create_dir_all(&options.home).map_err(|error| {
            Problem::new(
                Code::StoreFailed,
                format!(
                    "The folder {} cannot be made: {error}.",
                    options.home.display()
                ),
            )
            .with_hint("Choose another with `--home`.")
        })?;
        let path = options.home.join("leasehold.db");
        let (store, notice) = match Store::open(&path) {
            Ok(opened) => (opened.store, opened.notice),
            Err(damaged @ StoreError::Damaged { .. }) => {
                (Store::open(&path)?.store, Some(Problem::from(damaged)))
            }
            Err(error) => return Err(error.into()),
        };
        let installation = InstallationId::parse(&store.installation()?)?;
        let keychain = match options.silent {
            true => Keychain::open_silent(options.keychain, KEYCHAIN_SERVICE),
            false => Keychain::open(options.keychain, KEYCHAIN_SERVICE),
        };
        let sign_in = options.sign_in.as_deref().map(key_input::endpoint_url);
        let sign_in = sign_in.transpose()?;
        let core = Arc::new(core::Core::new(
            options.home,
            store,
            keychain,
            options.clock,
            installation,
            options.requester,
            notice,
            options.http,
            options.ask,
            sign_in,
        ));
        Ok(Self { core })
    }

    /// Connections to AWS accounts.
    #[must_use]
    pub fn connections(&self) -> Connections<'_> {
        Connections(&self.core)
    }

    /// Environments.
    #[must_use]
    pub fn environments(&self) -> Environments<'_> {
        Environments(&self.core)
    }

    /// Dynamic secrets.
    #[must_use]
    pub fn secrets(&self) -> Secrets<'_> {
        Secrets(&self.core)
    }

    /// Dynamic secrets as a file.
    #[must_use]
    pub fn recipes(&self) -> Recipes<'_> {
        Recipes(&self.core)
    }

    /// Leases.
    #[must_use]
    pub fn leases(&self) -> Leases<'_> {
        Leases(&self.core)
    }

    /// Users in the accounts that no lease knows.
    #[must_use]
    pub fn orphans(&self) -> Orphans<'_> {
        Orphans(&self.core)
    }

    /// The activity log.
    #[must_use]
    pub fn activity(&self) -> Activity<'_> {
        Activity(&self.core)
    }

    /// The keys in the keychain.
    #[must_use]
    pub fn keys(&self) -> Keys<'_> {
        Keys(&self.core)
    }

    /// The break-glass kit.
    #[must_use]
    pub fn break_glass(&self) -> BreakGlass<'_> {
        BreakGlass(&self.core)
    }

    /// The practice account's own buttons.
    #[must_use]
    pub fn practice(&self) -> PracticeDesk<'_> {
        PracticeDesk(&self.core)
    }

    /// Profiles of the AWS config file.
    #[must_use]
    pub fn profiles(&self) -> Profiles<'_> {
        Profiles(&self.core)
    }

    /// Settings.
    #[must_use]
    pub fn settings(&self) -> SettingsDesk<'_> {
        SettingsDesk(&self.core)
    }

    /// Which process of this home serves the gateway.
    #[must_use]
    pub fn gateway(&self) -> GatewayDesk<'_> {
        GatewayDesk(&self.core)
    }

    /// The home: where the state is.
    #[must_use]
    pub fn home(&self) -> &std::path::Path {
        &self.core.home
    }

    /// Tells whoever listens that access control changed, by somebody who works on the shared store; what is
    /// written there by other processes is told without this.
    pub fn access_changed(&self) {
        self.core.events.tell(wire::Event::AccessChanged);
        self.core.activity_grew();
    }

    /// Tells that lines were added to the activity log, by somebody who works on the shared store.
    pub fn activity_grew(&self) {
        self.core.activity_grew();
    }

    /// One screen of everything.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub async fn status(&self) -> Result<wire::StatusView, Problem> {
        status::status(&self.core).await
    }

    /// The kept key of a live lease of this secret and caller, or a new lease.
    ///
    /// # Errors
    /// As [`Leases::issue`]; [`Code::Busy`] when another process issues for minutes.
    pub async fn credentials(&self, request: &CredentialsRequest) -> Result<Issued, Problem> {
        delivery::credentials(&self.core, request).await
    }

    /// Does work that a person waits for: where a code of an MFA device is needed, they are asked
    /// ([`Options::ask`]) and the work goes on. No other work ever asks anybody.
    pub fn in_person<T>(&self, work: impl Future<Output = T>) -> impl Future<Output = T> {
        ask::in_person(work)
    }

    /// The kept key of a live lease of this secret that was made for this very caller, where there is one.
    ///
    /// # Errors
    /// There is no such secret, or the keychain cannot be asked.
    pub async fn kept_for(
        &self,
        request: &CredentialsRequest,
        caller: &Caller,
    ) -> Result<Option<Issued>, Problem> {
        delivery::found_for(&self.core, request, caller).await
    }

    /// The same, or a new lease for this caller, which is kept.
    ///
    /// # Errors
    /// As [`Self::credentials`] and [`Leases::issue_for`].
    pub async fn credentials_for(
        &self,
        request: &CredentialsRequest,
        caller: &Caller,
        session_id: &str,
    ) -> Result<Issued, Problem> {
        delivery::credentials_for(&self.core, request, caller, session_id).await
    }

    /// Whether this process has had to do with an AWS account, or was about to: then it also looks
    /// after what others left there.
    #[must_use]
    pub fn has_reached_out(&self) -> bool {
        !core::lock(&self.core.reached).is_empty()
    }

    /// How much of a lease is left, as far as is known of AWS's time. `None` when it is over or
    /// ends already.
    #[must_use]
    pub fn left_of(&self, lease: &wire::LeaseView) -> Option<std::time::Duration> {
        let now = self.core.clock.now() + chrono::TimeDelta::milliseconds(lease.clock_offset_ms);
        let is_open = lease.state == wire::State::Active && lease.end_asked_at.is_none();
        let left = (lease.expires_at - now).to_std().ok();
        left.filter(|left| is_open && !left.is_zero())
    }

    /// Whether the keychain lets itself be read now, asking nobody.
    ///
    /// # Errors
    /// Why not: it is locked, or there is none.
    pub async fn keychain_answers(&self) -> Result<(), Problem> {
        let keychain = self.core.keychain.clone();
        core::blocking(move || match keychain.status().problem {
            None => Ok(()),
            Some(problem) => Err(problem),
        })
        .await
    }

    /// A secret of this home's own in the keychain, such as the key of the gateway's certificate.
    ///
    /// # Errors
    /// There is none, or the keychain cannot be read.
    pub async fn own_secret(&self, name: &str) -> Result<SecretString, Problem> {
        self.core.keychain_get(&format!("own/{name}")).await
    }

    /// Keeps one.
    ///
    /// # Errors
    /// The keychain cannot be written.
    pub async fn keep_own_secret(&self, name: &str, secret: SecretString) -> Result<(), Problem> {
        self.core.keychain_set(&format!("own/{name}"), secret).await
    }

    /// Hears of everything that happens from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<wire::Event> {
        self.core.events.subscribe()
    }

    /// Looks at the deadlines again: after a wake-up, or when another process may have written.
    pub fn look_again(&self) {
        self.core.ring();
    }

    /// Finishes what a crash left and ends leases on time, until `stop` turns true. What other
    /// processes do to the same home is heard and told like what happens here.
    pub async fn run(&self, stop: watch::Receiver<bool>) {
        if let Err(problem) = self.secrets().finish_removals_by(note::TIMER) {
            tracing::warn!(code = ?problem.code, "removals wait");
        }
        // The keyring may wait for its user; expiry does not.
        let tidy = async {
            if let Err(problem) = self.connections().take_up(note::TIMER).await {
                tracing::warn!(code = ?problem.code, "half-added connections wait");
            }
            rotate::run(&self.core).await
        };
        tokio::select! {
            () = tidy => {}
            () = break_glass::run(&self.core) => {}
            () = others::hear(&self.core) => {}
            () = leases::run_timer(&self.core, stop) => {}
        }
    }

    /// From now on the disk has room for so many writes of the state; those after fail as on a full
    /// disk. Only in debug builds, for tests.
    #[cfg(debug_assertions)]
    #[doc(hidden)]
    pub fn leave_room_for(&self, writes: u64) {
        self.core.store.leave_room_for(writes);
    }

    /// What the rooms beside the engine work with.
    #[must_use]
    pub fn shared(&self) -> Shared {
        Shared {
            store: self.core.store.clone(),
            clock: Arc::clone(&self.core.clock),
            requester: self.core.requester.clone(),
            installation: self.core.installation.as_str().to_owned(),
        }
    }

    /// Marks the state as cleanly closed. Call when nothing else is under way.
    pub fn close(&self) {
        break_glass::settle(&self.core);
        self.core.store.close_clean();
    }
}
