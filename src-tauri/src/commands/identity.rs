//! Testing an identity: what an auth method would say to it, and what it could do.

use std::net::IpAddr;

use leasehold_access::desk::TestOf;
use leasehold_access::desk::view::TestView;
use leasehold_access::relay::ToSts;
use leasehold_domain::{ClientAddress, Problem};
use secrecy::{ExposeSecret, SecretString};
use tauri::State;

use super::access::desk;
use super::{Answer, filled};
use crate::state::Shell;

/// Tries a cloud identity on a method; STS is asked who it is. It is neither kept nor used up.
#[tauri::command]
pub(crate) async fn identity_test(
    shell: State<'_, Shell>,
    id: String,
    cloud_identity: String,
    client: String,
    path: Option<String>,
) -> Answer<TestView> {
    let cloud_identity = SecretString::from(cloud_identity);
    let engine = shell.engine().await?;
    let (path, vault) = (filled(path), engine.shared().installation);
    let asked = TestOf {
        client: address(&client)?,
        path: path.as_deref(),
        audience: &vault,
    };
    let desk = desk(&engine);
    let methods = desk.methods();
    methods
        .test(&id, cloud_identity.expose_secret(), asked, &ToSts)
        .await
}

/// Tries somebody who came before, or who is imagined.
#[tauri::command]
pub(crate) async fn identity_imagine(
    shell: State<'_, Shell>,
    id: String,
    arn: String,
    unique_id: String,
    region: String,
    client: String,
    path: Option<String>,
) -> Answer<TestView> {
    let engine = shell.engine().await?;
    let (path, vault) = (filled(path), engine.shared().installation);
    let asked = TestOf {
        client: address(&client)?,
        path: path.as_deref(),
        audience: &vault,
    };
    let region = region.trim();
    desk(&engine)
        .methods()
        .imagine(&id, &arn, &unique_id, region, asked)
}

fn address(text: &str) -> Result<ClientAddress, Problem> {
    match text.trim() {
        "unix" => Ok(ClientAddress::Unix),
        text => text
            .parse::<IpAddr>()
            .map(ClientAddress::from)
            .map_err(|_| {
                Problem::refused_input(
                    "client",
                    "A call comes from an address, or from the socket.",
                    "Write for example 127.0.0.1, or unix.",
                )
            }),
    }
}
