//! The AWS console as a lease: the link goes to a browser or to the clipboard, and never to a page.

use leasehold_domain::Problem;
use leasehold_engine::wire::ConsoleView;
use leasehold_engine::{Credentials, Door, SignIn, open_in_browser};
use serde::{Deserialize, Serialize};

use crate::state::Shell;

/// Where the link goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    /// To the chosen browser.
    Browser,
    /// To the clipboard, which it leaves by itself.
    Copy,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub(crate) struct Opened {
    console: ConsoleView,
    /// When a copied link leaves the clipboard.
    clears_in_seconds: Option<u32>,
}

/// Makes a link for the lease and hands it on. Its key is the one on show, else the kept one.
pub(crate) async fn open(
    shell: &Shell,
    lease_id: &str,
    service: Option<&str>,
    way: Way,
) -> Result<Opened, Problem> {
    let engine = shell.engine().await?;
    let leases = engine.leases();
    let key: Credentials = match shell.keys.shown(lease_id) {
        Ok(shown) => shown.credentials.clone(),
        Err(_) => leases.open_kept(lease_id).await?.credentials,
    };
    let SignIn { link, about } = leases.console(lease_id, &key, service).await?;
    let settings = engine.settings().get()?;
    let clears_in_seconds = match way {
        Way::Copy => {
            let seconds = settings.clipboard_seconds;
            shell.clipboard.copy_secret(lease_id, link, seconds).await?;
            Some(seconds)
        }
        Way::Browser => {
            let door = Door::open(link).await?;
            open_in_browser(&settings.console_browser, &door.address()?)?;
            tauri::async_runtime::spawn(async move {
                if let Err(problem) = door.wait().await {
                    tracing::info!(%problem, "the console was not opened");
                }
            });
            None
        }
    };
    Ok(Opened {
        console: about,
        clears_in_seconds,
    })
}
