//! The gateway that the window's process serves: what is chosen for it, how it is, how clients come to it.

use leasehold_domain::Problem;
use leasehold_engine::Engine;
use leasehold_engine::wire::{ClientHelp, GatewaySettings, GatewayState, GatewayTls, GatewayView};
use tauri::State;

use super::access::desk;
use super::{Answer, filled};
use crate::state::Shell;

/// What is chosen, and how it is.
#[tauri::command]
pub(crate) async fn gateway_get(shell: State<'_, Shell>) -> Answer<GatewayView> {
    let engine = shell.engine().await?;
    view(&shell, &engine)
}

/// Every problem of a choice; nothing is kept.
#[tauri::command]
pub(crate) async fn gateway_check(
    shell: State<'_, Shell>,
    settings: GatewaySettings,
) -> Answer<Vec<Problem>> {
    let engine = shell.engine().await?;
    Ok(leasehold_gateway::check(&settings, engine.home()))
}

/// Keeps a choice; the listener follows it at once.
#[tauri::command]
pub(crate) async fn gateway_set(
    shell: State<'_, Shell>,
    settings: GatewaySettings,
) -> Answer<GatewayView> {
    let engine = shell.engine().await?;
    // Whatever is wrong with the rest, switching it off is never refused.
    let is_off = !settings.on && engine.settings().gateway()?.on;
    if !is_off {
        leasehold_gateway::chosen(&settings, engine.home())?;
    }
    engine.settings().set_gateway(settings)?;
    view(&shell, &engine)
}

/// Tries at once again to listen.
#[tauri::command]
pub(crate) async fn gateway_retry(shell: State<'_, Shell>) -> Answer<()> {
    shell.engine().await?;
    shell.gateway.try_again();
    Ok(())
}

/// Texts that make a client use it, for the auth method of this access id, if one is chosen.
#[tauri::command]
pub(crate) async fn gateway_client(
    shell: State<'_, Shell>,
    id: Option<String>,
) -> Answer<Vec<ClientHelp>> {
    let engine = shell.engine().await?;
    let method = filled(id)
        .map(|id| desk(&engine).methods().show(&id))
        .transpose()?;
    let chosen = engine.settings().gateway()?;
    let (urls, certificate) = match shell.gateway.state() {
        GatewayState::Listening {
            urls,
            certificate_sha256,
            ..
        } => (urls, certificate_sha256),
        GatewayState::Elsewhere { serving, .. } => (serving.urls, serving.certificate_sha256),
        _ => (Vec::new(), None),
    };
    // One that an authority signed is believed without its fingerprint.
    let own = certificate.filter(|_| chosen.tls == GatewayTls::Own);
    let vault = engine.shared().installation;
    Ok(leasehold_gateway::clients(
        method.as_ref(),
        &vault,
        &urls,
        own.as_deref(),
    ))
}

fn view(shell: &Shell, engine: &Engine) -> Answer<GatewayView> {
    let usual = leasehold_gateway::usual_socket(engine.home());
    Ok(GatewayView {
        settings: engine.settings().gateway()?,
        state: shell.gateway.state(),
        usual_socket: usual.map(|path| path.display().to_string()),
    })
}
