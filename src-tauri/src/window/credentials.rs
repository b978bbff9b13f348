//! The windows that show keys: one a lease, small, and the only ones whose pages can ask for a
//! secret. They stand by themselves, so that a key is shown without the rest of the application.

use std::time::Duration;

use leasehold_domain::{Code, Problem};
use leasehold_engine::wire::{Event, LeaseView};
use leasehold_engine::{Engine, Issued};
use tauri::webview::PageLoadEvent;
use tauri::{
    AppHandle, Emitter, Manager, Runtime, WebviewWindow, WebviewWindowBuilder, WindowEvent,
};

use super::MAIN;
use crate::keys::Leave;
use crate::life;
use crate::state::Shell;

/// What the labels begin with, which their capability file names; the lease's id follows.
const LABEL: &str = "credentials-";
const SIZE: (f64, f64) = (520.0, 660.0);
const LEAST: (f64, f64) = (420.0, 420.0);
/// A page that takes longer to load is waited for in sight.
const APPEAR: Duration = Duration::from_secs(1);

/// The label of a lease's window.
pub(crate) fn label(lease_id: &str) -> String {
    format!("{LABEL}{lease_id}")
}

/// The lease whose key a window shows.
pub(crate) fn lease_of(label: &str) -> Option<&str> {
    label.strip_prefix(LABEL)
}

/// Shows the key of a lease that was just made, and tries it until it works.
///
/// # Errors
/// There can be no window. The lease is there, and its key is lost.
pub(crate) fn show_fresh<R: Runtime>(
    app: &AppHandle<R>,
    engine: Engine,
    issued: Issued,
    request_id: Option<String>,
) -> Result<LeaseView, Problem> {
    let Issued { lease, credentials } = issued;
    let key = app.state::<Shell>().keys.hold(&lease, credentials);
    life::probe_usable(app, engine, lease.id.clone(), key, request_id);
    show(app, &lease)?;
    Ok(lease)
}

/// Shows the key of a lease once more: in the window that is open, or the one that was kept. The
/// activity log says so first; a locked keyring refuses.
///
/// # Errors
/// It is neither, it cannot be unsealed, or there can be no window.
pub(crate) async fn show_again<R: Runtime>(
    app: &AppHandle<R>,
    engine: &Engine,
    lease_id: &str,
) -> Result<(), Problem> {
    let keys = &app.state::<Shell>().keys;
    if keys.holds(lease_id)
        && let Some(window) = app.get_webview_window(&label(lease_id))
    {
        bring_up(&window);
        return Ok(());
    }
    let Issued { lease, credentials } = engine.leases().open_kept(lease_id).await?;
    keys.hold(&lease, credentials);
    show(app, &lease)
}

fn show<R: Runtime>(app: &AppHandle<R>, lease: &LeaseView) -> Result<(), Problem> {
    let label = label(&lease.id);
    let window = match app.get_webview_window(&label) {
        Some(window) => Ok(window),
        // Two that show the same key at once make one window.
        None => build(app, &label, lease).or_else(|error| {
            let other = app.get_webview_window(&label);
            other.ok_or(error)
        }),
    };
    let window = window.map_err(|error| {
        app.state::<Shell>().keys.close(&lease.id);
        Problem::new(
            Code::Internal,
            format!(
                "The key of {} cannot be shown, since no window can be opened: {error}.",
                lease.user_name
            ),
        )
        .with_hint("Revoke the lease, which goes on without its key, and generate another.")
    })?;
    if window.is_visible().unwrap_or(false) {
        bring_up(&window);
    }
    Ok(())
}

fn build<R: Runtime>(
    app: &AppHandle<R>,
    label: &str,
    lease: &LeaseView,
) -> tauri::Result<WebviewWindow<R>> {
    let builder = super::at_page(app, label, "credentials.html")
        .title(format!("Credentials of {}", lease.user_name))
        .inner_size(SIZE.0, SIZE.1)
        .min_inner_size(LEAST.0, LEAST.1)
        .center()
        .visible(false)
        .on_page_load(|window, load| {
            if load.event() == PageLoadEvent::Finished {
                bring_up(&window);
            }
        });
    let window = over_main(app, builder)?.build()?;
    super::dress_as_chosen(app);
    let (handle, lease_id) = (app.clone(), lease.id.clone());
    window.on_window_event(move |event| match event {
        WindowEvent::CloseRequested { api, .. }
            if handle.state::<Shell>().keys.leave(&lease_id) == Leave::Ask =>
        {
            api.prevent_close();
            ask(&handle, &lease_id);
        }
        WindowEvent::Destroyed => handle.state::<Shell>().keys.close(&lease_id),
        _ => {}
    });
    let late = window.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(APPEAR).await;
        if late.is_visible().is_ok_and(|visible| !visible) {
            bring_up(&late);
        }
    });
    Ok(window)
}

/// Above the main window, where that one is seen. Only where this is a wish to the window manager:
/// on other systems a window that belongs to another is hidden and closed with it.
#[cfg(all(target_os = "linux", not(test)))]
fn over_main<'a, R: Runtime>(
    app: &'a AppHandle<R>,
    builder: WebviewWindowBuilder<'a, R, AppHandle<R>>,
) -> tauri::Result<WebviewWindowBuilder<'a, R, AppHandle<R>>> {
    match app.get_webview_window(MAIN) {
        Some(main) if main.is_visible()? => builder.transient_for(&main),
        _ => Ok(builder),
    }
}

/// The mock of the tests has no such windows either.
#[cfg(not(all(target_os = "linux", not(test))))]
fn over_main<'a, R: Runtime>(
    _app: &'a AppHandle<R>,
    builder: WebviewWindowBuilder<'a, R, AppHandle<R>>,
) -> tauri::Result<WebviewWindowBuilder<'a, R, AppHandle<R>>> {
    Ok(builder)
}

fn bring_up<R: Runtime>(window: &WebviewWindow<R>) {
    for step in [window.show(), window.unminimize(), window.set_focus()] {
        if let Err(error) = step {
            tracing::warn!(%error, "the window of a key could not be brought up");
        }
    }
}

fn ask<R: Runtime>(app: &AppHandle<R>, lease_id: &str) {
    let label = label(lease_id);
    if let Err(error) = app.emit_to(label.as_str(), "close_asked", ()) {
        tracing::warn!(%error, "the window of a key could not be asked about closing");
    }
    if let Some(window) = app.get_webview_window(&label) {
        bring_up(&window);
    }
}

/// Closes the window of a lease; its key is dropped.
pub(crate) fn close<R: Runtime>(app: &AppHandle<R>, lease_id: &str) {
    app.state::<Shell>().keys.close(lease_id);
    if let Some(window) = app.get_webview_window(&label(lease_id))
        && let Err(error) = window.destroy()
    {
        tracing::warn!(%error, "the window of a key could not be closed");
    }
}

/// Hands an event to the windows of the lease that it is about; what is about no lease, to all.
pub(crate) fn tell<R: Runtime>(app: &AppHandle<R>, event: &Event) {
    let about = match event {
        Event::LeaseChanged { lease } => Some(lease.id.as_str()),
        Event::NotUsable { lease_id, .. } => Some(lease_id.as_str()),
        Event::SettingsChanged | Event::CatalogChanged | Event::ClockMoved { .. } => None,
        _ => return,
    };
    for label in app.webview_windows().into_keys() {
        let is_meant = lease_of(&label).is_some_and(|id| about.is_none_or(|about| about == id));
        if is_meant && let Err(error) = app.emit_to(label.as_str(), "engine", event) {
            tracing::warn!(%error, "the window of a key could not be told");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_shows_the_key_of_the_lease_in_its_label_and_the_main_one_shows_none() {
        assert_eq!(lease_of(&label("l-1")), Some("l-1"));
        assert_eq!(lease_of(MAIN), None);
        assert_eq!(lease_of("main-credentials-l-1"), None);
    }
}
