//! The button that tries whether notifications reach anybody, and what this desktop can do with them.

use std::time::Duration;

use leasehold_domain::Problem;
use notify_rust::Notification;
use serde::Serialize;

use super::Health;
use super::post::ICON;

/// How long the notification service may take for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Tested {
    /// What shows notifications here, where it says.
    server: Option<String>,
    /// Whether it has buttons.
    buttons: bool,
    /// It keeps notifications to itself for now: do not disturb is on.
    inhibited: bool,
}

/// Shows one.
///
/// # Errors
/// Nobody on this desktop shows notifications.
pub(crate) async fn test(health: &Health) -> Result<Tested, Problem> {
    let sent = tokio::task::spawn_blocking(send);
    let sent = match tokio::time::timeout(PATIENCE, sent).await {
        Ok(Ok(sent)) => sent,
        Ok(Err(stopped)) => Err(stopped.to_string()),
        Err(_) => Err("the notification service does not answer".into()),
    };
    let tested = sent.map_err(|reason| health.failure(&reason))?;
    health.well();
    Ok(Tested {
        inhibited: system::is_inhibited().await,
        ..tested
    })
}

fn send() -> Result<Tested, String> {
    let (server, buttons) = system::server()?;
    let mut notification = Notification::new();
    notification
        .appname("Leasehold")
        .icon(ICON)
        .summary("Notifications reach you")
        .body("So Leasehold tells you before a lease ends.");
    notification.show().map_err(|error| error.to_string())?;
    Ok(Tested {
        server,
        buttons,
        inhibited: false,
    })
}

/// The freedesktop notification service.
#[cfg(all(unix, not(target_os = "macos")))]
mod system {
    /// Its name, and whether it has buttons.
    pub(super) fn server() -> Result<(Option<String>, bool), String> {
        let said = |error: notify_rust::error::Error| error.to_string();
        let capabilities = notify_rust::get_capabilities().map_err(said)?;
        let name = notify_rust::get_server_information().ok().map(|s| s.name);
        Ok((name, capabilities.iter().any(|can| can == "actions")))
    }

    /// Some services say so; with the others it is not known, and taken for no.
    #[cfg(target_os = "linux")]
    pub(super) async fn is_inhibited() -> bool {
        const PATIENCE: std::time::Duration = std::time::Duration::from_secs(2);
        matches!(
            tokio::time::timeout(PATIENCE, ask_bus()).await,
            Ok(Ok(true))
        )
    }

    #[cfg(target_os = "linux")]
    async fn ask_bus() -> zbus::Result<bool> {
        const NAME: &str = "org.freedesktop.Notifications";
        let bus = zbus::Connection::session().await?;
        let service = zbus::Proxy::new(&bus, NAME, "/org/freedesktop/Notifications", NAME).await?;
        service.get_property("Inhibited").await
    }

    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unused_async, reason = "the same shape on every system")]
    pub(super) async fn is_inhibited() -> bool {
        false
    }
}

/// Systems whose notifications are shown without buttons.
#[cfg(not(all(unix, not(target_os = "macos"))))]
mod system {
    pub(super) fn server() -> Result<(Option<String>, bool), String> {
        Ok((None, false))
    }

    #[expect(clippy::unused_async, reason = "the same shape on every system")]
    pub(super) async fn is_inhibited() -> bool {
        false
    }
}
