//! Leases: generate, look, renew, revoke.

use chrono::{DateTime, Utc};
use leasehold_engine::wire::{
    LeaseDetail, LeasePage, LeasePageQuery, LeaseView, ReconcileReport, RevokeReport,
};
use leasehold_engine::{Bulk, IssueRequest, LeaseQuery, Renewal};
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Runtime, State};

use super::{Answer, apart, filled};
use crate::state::Shell;
use crate::window;

/// What "Generate" sends.
#[derive(Debug, Deserialize)]
pub(crate) struct CreateInput {
    secret_id: String,
    ttl: Option<String>,
    label: Option<String>,
    request_id: Option<String>,
    /// Although the last pre-flight says that it could not be revoked.
    #[serde(default)]
    despite_preflight: bool,
}

/// When a lease would end after a renewal.
#[derive(Debug, Serialize)]
pub(crate) struct RenewalPreview {
    expires_at: DateTime<Utc>,
}

/// Makes a lease. Its key is shown by a window of its own and is in no answer to this one; whether
/// it works yet is told by an event.
#[tauri::command]
pub(crate) async fn lease_create<R: Runtime>(
    app: AppHandle<R>,
    shell: State<'_, Shell>,
    input: CreateInput,
) -> Answer<LeaseView> {
    let engine = shell.engine().await?;
    let request_id = filled(input.request_id);
    let request = IssueRequest {
        secret: input.secret_id,
        ttl: filled(input.ttl),
        label: filled(input.label),
        request_id: request_id.clone(),
        keep: false,
        despite_preflight: input.despite_preflight,
    };
    let issued = engine.in_person(engine.leases().issue(&request)).await?;
    window::credentials::show_fresh(&app, engine, issued, request_id)
}

/// Leases that are not at rest.
#[tauri::command]
pub(crate) async fn lease_list(shell: State<'_, Shell>) -> Answer<Vec<LeaseView>> {
    let engine = shell.engine().await?;
    engine.leases().list(&LeaseQuery::default())
}

/// Some of the history, which has no end: the window asks for it this way alone.
#[tauri::command]
pub(crate) async fn lease_page(
    shell: State<'_, Shell>,
    query: LeasePageQuery,
) -> Answer<LeasePage> {
    let engine = shell.engine().await?;
    apart(move || engine.leases().page(&query)).await
}

/// One lease with its history.
#[tauri::command]
pub(crate) async fn lease_show(shell: State<'_, Shell>, id: String) -> Answer<LeaseDetail> {
    shell.engine().await?.leases().show(&id)
}

/// When the lease would end; nothing is done.
#[tauri::command]
pub(crate) async fn lease_renewal_preview(
    shell: State<'_, Shell>,
    id: String,
    ttl: Option<String>,
    to_max: bool,
) -> Answer<RenewalPreview> {
    let engine = shell.engine().await?;
    let expires_at = engine
        .leases()
        .preview_renewal(&id, &renewal(ttl, to_max))?;
    Ok(RenewalPreview { expires_at })
}

/// Moves the end of a lease.
#[tauri::command]
pub(crate) async fn lease_renew(
    shell: State<'_, Shell>,
    id: String,
    ttl: Option<String>,
    to_max: bool,
) -> Answer<LeaseView> {
    let engine = shell.engine().await?;
    let by = renewal(ttl, to_max);
    engine.in_person(engine.leases().renew(&id, &by)).await
}

/// Ends leases now; says what AWS confirmed.
#[tauri::command]
pub(crate) async fn lease_revoke(
    shell: State<'_, Shell>,
    ids: Vec<String>,
) -> Answer<RevokeReport> {
    let engine = shell.engine().await?;
    engine.in_person(engine.leases().revoke(&ids)).await
}

/// Ends many leases, told step by step, until all are done or the rest is called off.
#[tauri::command]
pub(crate) async fn lease_revoke_many(
    shell: State<'_, Shell>,
    ids: Vec<String>,
    request_id: String,
) -> Answer<RevokeReport> {
    let engine = shell.engine().await?;
    let under_way = shell.stops.begin(&request_id)?;
    let bulk = Bulk {
        request_id: Some(request_id),
        stop: Some(under_way.stop.clone()),
    };
    engine
        .in_person(engine.leases().revoke_many(&ids, bulk))
        .await
}

/// Calls off what is left of a revoke of many; what has begun is finished.
#[tauri::command]
pub(crate) async fn lease_revoke_stop(shell: State<'_, Shell>, request_id: String) -> Answer<()> {
    shell.engine().await?;
    shell.stops.stop(&request_id);
    Ok(())
}

/// Tries a pending clean-up again without waiting for its turn.
#[tauri::command]
pub(crate) async fn lease_retry(shell: State<'_, Shell>, id: String) -> Answer<()> {
    let engine = shell.engine().await?;
    let tried = engine.in_person(engine.leases().retry_now(&id)).await;
    tried.map(drop)
}

/// Gives a lease up without AWS.
#[tauri::command]
pub(crate) async fn lease_forget(shell: State<'_, Shell>, id: String) -> Answer<LeaseView> {
    shell.engine().await?.leases().forget(&id).await
}

/// Notes that a person has seen what was found on a lease.
#[tauri::command]
pub(crate) async fn lease_acknowledge(shell: State<'_, Shell>, id: String) -> Answer<LeaseView> {
    shell.engine().await?.leases().acknowledge(&id).await
}

/// Compares what is recorded with what the accounts hold: of one connection, or of all.
#[tauri::command]
pub(crate) async fn lease_reconcile(
    shell: State<'_, Shell>,
    connection: Option<String>,
) -> Answer<ReconcileReport> {
    let engine = shell.engine().await?;
    engine
        .in_person(engine.leases().reconcile(connection.as_deref()))
        .await
}

fn renewal(ttl: Option<String>, to_max: bool) -> Renewal {
    match filled(ttl) {
        _ if to_max => Renewal::ToMax,
        Some(ttl) => Renewal::By(ttl),
        None => Renewal::Default,
    }
}
