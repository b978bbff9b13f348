//! What the pages may ask for. A command parses, makes one engine call, and hands on the answer;
//! errors leave as `{code, message, hint, field}`.
//!
//! A new command: its function here, its path in `list.rs`, its permission in
//! the file of the window that may call it, `capabilities/main.json` or `capabilities/credentials.json`.

#[macro_use]
pub(crate) mod list;

pub(crate) mod access;
pub(crate) mod activity;
pub(crate) mod app;
pub(crate) mod approval;
pub(crate) mod auth_method;
pub(crate) mod break_glass;
pub(crate) mod code;
pub(crate) mod connection;
pub(crate) mod console;
pub(crate) mod credentials;
pub(crate) mod desktop;
pub(crate) mod environment;
pub(crate) mod gateway;
pub(crate) mod identity;
pub(crate) mod lease;
pub(crate) mod orphan;
pub(crate) mod practice;
pub(crate) mod role;
pub(crate) mod secret;
pub(crate) mod session;
pub(crate) mod settings;

use leasehold_domain::{Code, Problem};
use tauri::ipc::Invoke;
use tauri::{Runtime, generate_handler};

/// What every command answers.
pub(crate) type Answer<T> = Result<T, Problem>;

/// The dispatch of all commands.
pub(crate) fn dispatch<R: Runtime>() -> impl Fn(Invoke<R>) -> bool + Send + Sync + 'static {
    every_command!(generate_handler)
}

/// A text field as typed: an empty one was left out.
fn filled(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}

/// Work that reads or writes for longer than the runtime can wait.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> Answer<T> + Send + 'static) -> Answer<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|stopped| {
            Err(Problem::new(
                Code::Internal,
                format!("The work stopped: {stopped}."),
            ))
        })
}
