//! A notification daemon that shows nothing, remembers everything, and answers like a user when told to.

use std::time::Duration;

use anyhow::{Result, anyhow};
use tokio::sync::watch;
use tokio::time::timeout;
use zbus::Connection;
use zbus::object_server::SignalEmitter;

use self::daemon::Daemon;
use crate::STEP;
use crate::session::Session;

const PATH: &str = "/org/freedesktop/Notifications";

/// From seeing a notification to pressing a button of it.
pub const HAND: Duration = Duration::from_millis(500);

/// One notification as the application sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The id the daemon gave it.
    pub id: u32,
    /// The id of the notification it replaces, 0 for none.
    pub replaces: u32,
    /// The application's name.
    pub application: String,
    /// The first line.
    pub summary: String,
    /// The text, with whatever markup was sent.
    pub body: String,
    /// Pairs of key and label, as sent.
    pub actions: Vec<String>,
    /// 0 low, 1 normal, 2 critical; `None` when not sent.
    pub urgency: Option<u8>,
    /// Whether the application has taken it back.
    pub closed: bool,
}

/// The daemon, on one session's bus until it is dropped.
pub struct Notifications {
    received: watch::Receiver<Vec<Notification>>,
    connection: Connection,
}

impl Notifications {
    /// Takes the place of the desktop's notification daemon.
    ///
    /// # Errors
    /// When another daemon has it already.
    pub async fn start(session: &Session) -> Result<Self> {
        let (sender, received) = watch::channel(Vec::new());
        let connection = zbus::connection::Builder::address(session.address()?.as_str())?
            .serve_at(PATH, Daemon { received: sender })?
            .name("org.freedesktop.Notifications")?
            .build()
            .await?;
        Ok(Self {
            received,
            connection,
        })
    }

    /// All notifications so far, the oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Notification> {
        self.received.borrow().clone()
    }

    /// Waits for a notification that fulfils `wanted`; also one that came before.
    ///
    /// # Errors
    /// When none comes; the message lists those that did.
    pub async fn wait(&self, wanted: impl Fn(&Notification) -> bool) -> Result<Notification> {
        let mut received = self.received.clone();
        let waiting = received.wait_for(|all| all.iter().any(&wanted));
        if let Ok(Ok(all)) = timeout(STEP, waiting).await
            && let Some(found) = all.iter().find(|one| wanted(one))
        {
            return Ok(found.clone());
        }
        Err(anyhow!("no such notification came, only {:#?}", self.all()))
    }

    /// Presses one of a notification's buttons (`default` is the notification itself), then closes it as daemons do.
    /// No hand is quicker than [`HAND`]; before that the sender may not have heard which notification is its own.
    ///
    /// # Errors
    /// When the bus is gone.
    pub async fn press(&self, id: u32, action: &str) -> Result<()> {
        let daemon = SignalEmitter::new(&self.connection, PATH)?;
        tokio::time::sleep(HAND).await;
        Daemon::action_invoked(&daemon, id, action).await?;
        self.dismiss(id).await
    }

    /// Closes a notification as a user does.
    ///
    /// # Errors
    /// When the bus is gone.
    pub async fn dismiss(&self, id: u32) -> Result<()> {
        let daemon = SignalEmitter::new(&self.connection, PATH)?;
        Ok(Daemon::notification_closed(&daemon, id, 2).await?)
    }
}

/// The object on the bus. Apart, because the macro adds public items of its own.
mod daemon {
    use std::collections::HashMap;

    use tokio::sync::watch;
    use zbus::object_server::SignalEmitter;
    use zbus::zvariant::OwnedValue;

    use super::Notification;

    pub(super) struct Daemon {
        pub(super) received: watch::Sender<Vec<Notification>>,
    }

    #[zbus::interface(name = "org.freedesktop.Notifications")]
    impl Daemon {
        #[expect(
            clippy::too_many_arguments,
            reason = "the Desktop Notifications Specification says so"
        )]
        fn notify(
            &self,
            application: String,
            replaces: u32,
            _icon: String,
            summary: String,
            body: String,
            actions: Vec<String>,
            hints: HashMap<String, OwnedValue>,
            _expire_ms: i32,
        ) -> u32 {
            let urgency = hints
                .get("urgency")
                .and_then(|value| u8::try_from(value).ok());
            let mut id = replaces;
            self.received.send_modify(|all| {
                if replaces == 0 {
                    id = all.iter().map(|one| one.id).max().unwrap_or(0) + 1;
                }
                let closed = false;
                all.push(Notification {
                    id,
                    replaces,
                    application,
                    summary,
                    body,
                    actions,
                    urgency,
                    closed,
                });
            });
            id
        }

        async fn close_notification(
            &self,
            id: u32,
            #[zbus(signal_emitter)] daemon: SignalEmitter<'_>,
        ) {
            self.received.send_modify(|all| {
                all.iter_mut()
                    .filter(|one| one.id == id)
                    .for_each(|one| one.closed = true);
            });
            let _ = Self::notification_closed(&daemon, id, 3).await;
        }

        fn get_capabilities(&self) -> Vec<String> {
            ["body", "body-markup", "actions", "persistence"]
                .map(str::to_owned)
                .to_vec()
        }

        fn get_server_information(&self) -> (String, String, String, String) {
            let [name, vendor, version, spec] =
                ["leasehold-tests", "Leasehold", "1", "1.2"].map(str::to_owned);
            (name, vendor, version, spec)
        }

        /// The user pressed a button.
        #[zbus(signal)]
        pub(super) async fn action_invoked(
            daemon: &SignalEmitter<'_>,
            id: u32,
            key: &str,
        ) -> zbus::Result<()>;

        /// The notification is not shown any more.
        #[zbus(signal)]
        pub(super) async fn notification_closed(
            daemon: &SignalEmitter<'_>,
            id: u32,
            reason: u32,
        ) -> zbus::Result<()>;
    }
}
