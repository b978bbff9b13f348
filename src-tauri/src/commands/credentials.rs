//! The key of a lease whose sheet is open. The secret reaches the page by `credentials_reveal` and
//! by nothing else.

use leasehold_domain::{Code, Problem};
use leasehold_engine::wire::{Format, IssuedView};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tauri::State;

use super::Answer;
use crate::state::Shell;

/// The one answer that carries a secret. Without `Debug`, so that it is never written out.
#[derive(Serialize)]
pub(crate) struct Revealed {
    secret_access_key: String,
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
}

/// When the clipboard is cleared; `None` when no secret was copied.
#[derive(Debug, Serialize)]
pub(crate) struct Copied {
    clears_in_seconds: Option<u32>,
}

/// Opens the sheet of a lease once more, with the key that was kept. The activity log says so first;
/// a locked keyring refuses.
#[tauri::command]
pub(crate) async fn credentials_open(
    shell: State<'_, Shell>,
    lease_id: String,
) -> Answer<IssuedView> {
    let page = shell.sheet.page();
    let _expected = shell.sheet.expect();
    let engine = shell.engine().await?;
    let issued = engine.leases().open_kept(&lease_id).await?;
    let view = IssuedView {
        access_key_id: issued.credentials.access_key_id.clone(),
        lease: issued.lease,
    };
    shell.sheet.open(page, &view.lease, issued.credentials);
    Ok(view)
}

/// Shows the secret in the page.
#[tauri::command]
pub(crate) async fn credentials_reveal(
    shell: State<'_, Shell>,
    lease_id: String,
) -> Answer<Revealed> {
    let shown = shell.sheet.shown(&lease_id)?;
    let secret = shown
        .credentials
        .secret_access_key
        .expose_secret()
        .to_owned();
    Ok(Revealed {
        secret_access_key: secret,
    })
}

/// The text of a format with the secret masked.
#[tauri::command]
pub(crate) async fn credentials_preview(
    shell: State<'_, Shell>,
    lease_id: String,
    format: Format,
) -> Answer<String> {
    let shown = shell.sheet.shown(&lease_id)?;
    shown.credentials.render_masked(format, &shown.profile)
}

/// Copies without passing the page. A copied secret leaves the clipboard by itself.
#[tauri::command]
pub(crate) async fn credentials_copy(
    shell: State<'_, Shell>,
    lease_id: String,
    format: What,
) -> Answer<Copied> {
    let shown = shell.sheet.shown(&lease_id)?;
    let key = &shown.credentials;
    let secret: SecretString = match format {
        What::Field(Field::UserName) => return plain(&shell, &key.user_name).await,
        What::Field(Field::AccessKeyId) => return plain(&shell, &key.access_key_id).await,
        What::Field(Field::SecretAccessKey) => key.secret_access_key.clone(),
        What::Text(format) => key.render(format, &shown.profile)?,
    };
    if let What::Text(format) = format {
        shell.place.copied_as(format);
    }
    let seconds = shell.engine().await?.settings().get()?.clipboard_seconds;
    shell
        .clipboard
        .copy_secret(&lease_id, secret, seconds)
        .await?;
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
pub(crate) async fn credentials_keep(
    shell: State<'_, Shell>,
    lease_id: String,
    keep: bool,
) -> Answer<()> {
    let shown = shell.sheet.shown(&lease_id)?;
    shell
        .engine()
        .await?
        .leases()
        .keep(&lease_id, &shown.credentials, keep)
        .await
        .map(drop)
}

/// The sheet is closed: the key is dropped here.
#[tauri::command]
pub(crate) fn credentials_close(shell: State<'_, Shell>, lease_id: String) -> Answer<()> {
    shell.sheet.close(&lease_id);
    Ok(())
}

/// What a closed sheet answers.
pub(crate) fn not_shown() -> Problem {
    Problem::new(
        Code::NotFound,
        "The key of this lease is not shown any more.",
    )
    .with_hint("A secret access key is shown once, unless it was kept. Generate a new lease.")
}
