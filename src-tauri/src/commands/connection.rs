//! Connections: how an AWS account is reached.

use leasehold_engine::AddAccessKey;
use leasehold_engine::wire::{ConnectionView, ManagingPolicy};
use secrecy::SecretString;
use serde::Deserialize;
use tauri::State;

use super::{Answer, filled};
use crate::state::Shell;

/// The form behind "add by key". Without `Debug`, so that it is never written out.
#[derive(Deserialize)]
pub(crate) struct KeyInput {
    name: String,
    access_key_id: String,
    secret_access_key: String,
    region: Option<String>,
    endpoint_url: Option<String>,
}

impl From<KeyInput> for AddAccessKey {
    fn from(input: KeyInput) -> Self {
        Self {
            name: input.name,
            access_key_id: input.access_key_id,
            secret_access_key: SecretString::from(input.secret_access_key),
            region: filled(input.region),
            endpoint_url: filled(input.endpoint_url),
        }
    }
}

/// All of them.
#[tauri::command]
pub(crate) async fn connection_list(shell: State<'_, Shell>) -> Answer<Vec<ConnectionView>> {
    shell.engine().await?.connections().list()
}

/// Adds one by access key, after AWS said whose key it is.
#[tauri::command]
pub(crate) async fn connection_add_key(
    shell: State<'_, Shell>,
    input: KeyInput,
) -> Answer<ConnectionView> {
    shell
        .engine()
        .await?
        .connections()
        .add_access_key(input.into())
        .await
}

/// Adds the built-in practice account.
#[tauri::command]
pub(crate) async fn connection_add_practice(
    shell: State<'_, Shell>,
    name: String,
) -> Answer<ConnectionView> {
    shell
        .engine()
        .await?
        .connections()
        .add_practice(&name)
        .await
}

/// Asks AWS again who the caller is.
#[tauri::command]
pub(crate) async fn connection_check(
    shell: State<'_, Shell>,
    name: String,
) -> Answer<ConnectionView> {
    shell.engine().await?.connections().check(&name).await
}

/// The policy to give its managing user.
#[tauri::command]
pub(crate) async fn connection_policy(
    shell: State<'_, Shell>,
    name: String,
) -> Answer<ManagingPolicy> {
    shell.engine().await?.connections().policy(&name)
}

/// Removes one that nothing uses, and its key from the keychain.
#[tauri::command]
pub(crate) async fn connection_remove(shell: State<'_, Shell>, name: String) -> Answer<()> {
    shell.engine().await?.connections().remove(&name).await
}
