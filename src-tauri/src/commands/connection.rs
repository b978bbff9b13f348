//! Connections: how an AWS account is reached.

use leasehold_engine::wire::{
    AwsProfileView, ConnectionView, ManagingKeys, ManagingPolicy, Rotated,
};
use leasehold_engine::{AddAccessKey, AddProfile, AddRole, RoleFrom};
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

/// The form behind "add by profile".
#[derive(Debug, Deserialize)]
pub(crate) struct ProfileInput {
    name: String,
    profile: String,
    region: Option<String>,
    endpoint_url: Option<String>,
}

/// The form behind "add by role".
#[derive(Debug, Deserialize)]
pub(crate) struct RoleInput {
    name: String,
    role_arn: String,
    /// A connection; else `from_profile` says.
    from_connection: Option<String>,
    from_profile: Option<String>,
    external_id: Option<String>,
    mfa_serial: Option<String>,
    session_name: Option<String>,
    duration: Option<String>,
    region: Option<String>,
    endpoint_url: Option<String>,
}

impl From<RoleInput> for AddRole {
    fn from(input: RoleInput) -> Self {
        let from = match filled(input.from_connection) {
            Some(connection) => RoleFrom::Named(connection),
            None => RoleFrom::Profile(filled(input.from_profile).unwrap_or_default()),
        };
        Self {
            name: input.name,
            role_arn: input.role_arn,
            from,
            external_id: filled(input.external_id),
            mfa_serial: filled(input.mfa_serial),
            session_name: filled(input.session_name),
            duration: filled(input.duration),
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

/// The profiles of the AWS configuration and what each resolves to.
#[tauri::command]
pub(crate) async fn connection_profiles(shell: State<'_, Shell>) -> Answer<Vec<AwsProfileView>> {
    shell.engine().await?.connections().profiles().await
}

/// Adds one by a profile of the AWS configuration.
#[tauri::command]
pub(crate) async fn connection_add_profile(
    shell: State<'_, Shell>,
    input: ProfileInput,
) -> Answer<ConnectionView> {
    let engine = shell.engine().await?;
    let asked = AddProfile {
        name: input.name,
        profile: input.profile,
        region: filled(input.region),
        endpoint_url: filled(input.endpoint_url),
    };
    engine
        .in_person(engine.connections().add_profile(asked))
        .await
}

/// Adds one by a role.
#[tauri::command]
pub(crate) async fn connection_add_role(
    shell: State<'_, Shell>,
    input: RoleInput,
) -> Answer<ConnectionView> {
    let engine = shell.engine().await?;
    let asked = AddRole::from(input);
    engine.in_person(engine.connections().add_role(asked)).await
}

/// The access keys of its managing user.
#[tauri::command]
pub(crate) async fn connection_keys(shell: State<'_, Shell>, name: String) -> Answer<ManagingKeys> {
    let engine = shell.engine().await?;
    engine
        .in_person(engine.connections().managing_keys(&name))
        .await
}

/// Replaces its managing key; how far that is, is told by events.
#[tauri::command]
pub(crate) async fn connection_rotate(
    shell: State<'_, Shell>,
    name: String,
    remove_key: Option<String>,
) -> Answer<Rotated> {
    let engine = shell.engine().await?;
    let remove_key = filled(remove_key);
    engine
        .connections()
        .rotate(&name, remove_key.as_deref())
        .await
}

/// Asks AWS again who the caller is.
#[tauri::command]
pub(crate) async fn connection_check(
    shell: State<'_, Shell>,
    name: String,
) -> Answer<ConnectionView> {
    let engine = shell.engine().await?;
    engine.in_person(engine.connections().check(&name)).await
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
