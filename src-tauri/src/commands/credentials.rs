//! Keys on show. All but [`credentials_open`] are for the windows that show them, and each of those
//! has the key of the lease in its own label: no argument names another. The secret reaches a page
//! by `credentials_reveal` and by nothing else.

use leasehold_domain::{Code, Problem};
use leasehold_engine::wire::{Format, LeaseView};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Runtime, State, WebviewWindow};

use super::Answer;
use crate::state::Shell;
use crate::window::credentials;

/// What a window shows before anything is revealed.
#[derive(Debug, Serialize)]
pub(crate) struct CredentialsView {
    lease: LeaseView,
    /// How keys were copied last.
    format: Format,
}

/// The one answer that carries a secret. Without `Debug`, so that it is never written out.
#[derive(Serialize)]
pub(crate) struct Revealed {
    secret_access_key: String,
    /// The token of a session.
    session_token: Option<String>,
}

/// What to copy: one value, or all of them in a format.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
pub(crate) enum What {
    /// One value.
    Field(Field),
    /// All of them.
    Text(Format),
}

/// One value of a key.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Field {
    /// The IAM user.
    UserName,
    /// `AKIA…`
    AccessKeyId,
    /// The secret.
    SecretAccessKey,
    /// The token of a session.
    SessionToken,
}

/// When the clipboard is cleared; `None` when no secret was copied.
#[derive(Debug, Serialize)]
pub(crate) struct Copied {
    clears_in_seconds: Option<u32>,
}

/// Shows the key of a lease once more, in a window of its own: the one that is open, or one for the
/// key that was kept. Nothing of it is in the answer.
#[tauri::command]
pub(crate) async fn credentials_open<R: Runtime>(
    app: AppHandle<R>,
    shell: State<'_, Shell>,
    lease_id: String,
) -> Answer<()> {
    let engine = shell.engine().await?;
    credentials::show_again(&app, &engine, &lease_id).await
}

/// What this window is about. Its page is up, and can be asked.
#[tauri::command]
pub(crate) async fn credentials_get<R: Runtime>(
    window: WebviewWindow<R>,
    shell: State<'_, Shell>,
) -> Answer<CredentialsView> {
    let lease_id = lease_of(&window)?;
    let engine = shell.engine().await?;
    let lease = engine.leases().show(lease_id)?.lease;
    shell.keys.ready(lease_id);
    Ok(CredentialsView {
        lease,
        format: shell.place.format(),
    })
}

/// Shows the secret in the page.
#[tauri::command]
pub(crate) async fn credentials_reveal<R: Runtime>(
    window: WebviewWindow<R>,
    shell: State<'_, Shell>,
) -> Answer<Revealed> {
    let lease_id = lease_of(&window)?;
    let shown = shell.keys.shown(lease_id)?;
    shell.keys.taken(lease_id);
    let secret = &shown.credentials.secret_access_key;
    let token = shown.credentials.session_token.as_ref();
    Ok(Revealed {
        secret_access_key: secret.expose_secret().to_owned(),
        session_token: token.map(|token| token.expose_secret().to_owned()),
    })
}

/// The text of a format with the secret masked. Keys are copied so from now on.
#[tauri::command]
pub(crate) async fn credentials_preview<R: Runtime>(
    window: WebviewWindow<R>,
    shell: State<'_, Shell>,
    format: Format,
) -> Answer<String> {
    let shown = shell.keys.shown(lease_of(&window)?)?;
    shell.place.copied_as(format);
    shown.credentials.render_masked(format, &shown.profile)
}

/// Copies without passing the page. A copied secret leaves the clipboard by itself.
#[tauri::command]
pub(crate) async fn credentials_copy<R: Runtime>(
    window: WebviewWindow<R>,
    shell: State<'_, Shell>,
    format: What,
) -> Answer<Copied> {
    let lease_id = lease_of(&window)?;
    let shown = shell.keys.shown(lease_id)?;
    let key = &shown.credentials;
    let secret: SecretString = match format {
        What::Field(Field::UserName) => return plain(&shell, &key.user_name).await,
        What::Field(Field::AccessKeyId) => return plain(&shell, &key.access_key_id).await,
        What::Field(Field::SecretAccessKey) => key.secret_access_key.clone(),
        What::Field(Field::SessionToken) => key.session_token.clone().ok_or_else(|| {
            Problem::new(
                Code::NotFound,
                "The key of an IAM user has no session token.",
            )
        })?,
        What::Text(format) => {
            shell.place.copied_as(format);
            key.render(format, &shown.profile)?
        }
    };
    let seconds = shell.engine().await?.settings().get()?.clipboard_seconds;
    shell
        .clipboard
        .copy_secret(lease_id, secret, seconds)
        .await?;
    shell.keys.taken(lease_id);
    Ok(Copied {
        clears_in_seconds: Some(seconds),
    })
}

async fn plain(shell: &Shell, text: &str) -> Answer<Copied> {
    shell.clipboard.copy_plain(text.to_owned()).await?;
    Ok(Copied {
        clears_in_seconds: None,
    })
}

/// Keeps the key, sealed, until the lease ends; or forgets a kept one.
#[tauri::command]
pub(crate) async fn credentials_keep<R: Runtime>(
    window: WebviewWindow<R>,
    shell: State<'_, Shell>,
    keep: bool,
) -> Answer<()> {
    let lease_id = lease_of(&window)?;
    let shown = shell.keys.shown(lease_id)?;
    let lease = shell
        .engine()
        .await?
        .leases()
        .keep(lease_id, &shown.credentials, keep)
        .await?;
    shell.keys.kept(lease_id, lease.kept);
    Ok(())
}

/// Closes this window, and drops its key; whether it did. It does not where nobody has the key yet,
/// unless that was said to be right.
#[tauri::command]
pub(crate) async fn credentials_close<R: Runtime>(
    app: AppHandle<R>,
    window: WebviewWindow<R>,
    shell: State<'_, Shell>,
    anyway: bool,
) -> Answer<bool> {
    let lease_id = lease_of(&window)?;
    let closes = shell.keys.may_close(lease_id) || anyway;
    if closes {
        credentials::close(&app, lease_id);
    }
    Ok(closes)
}

/// The lease whose key the calling window shows.
pub(super) fn lease_of<R: Runtime>(window: &WebviewWindow<R>) -> Answer<&str> {
    credentials::lease_of(window.label())
        .ok_or_else(|| Problem::new(Code::Refused, "This window shows no key."))
}
