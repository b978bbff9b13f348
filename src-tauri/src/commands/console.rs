//! The AWS console as a lease. No answer holds the link.

use tauri::{Runtime, State, WebviewWindow};

use super::credentials::lease_of;
use super::{Answer, filled};
use crate::console::{self, Opened, Way};
use crate::state::Shell;

/// Opens the console as a lease whose key is kept or on show, or copies the link.
#[tauri::command]
pub(crate) async fn console_open(
    shell: State<'_, Shell>,
    lease_id: String,
    service: Option<String>,
    way: Way,
) -> Answer<Opened> {
    console::open(&shell, &lease_id, filled(service).as_deref(), way).await
}

/// The same, of the lease whose key this window shows.
#[tauri::command]
pub(crate) async fn credentials_console<R: Runtime>(
    window: WebviewWindow<R>,
    shell: State<'_, Shell>,
    service: Option<String>,
    way: Way,
) -> Answer<Opened> {
    let lease_id = lease_of(&window)?;
    console::open(&shell, lease_id, filled(service).as_deref(), way).await
}
