//! The one window: made here and not by configuration, so that it can go nowhere but to our pages.

use std::sync::Mutex;

use serde::Serialize;
use tauri::webview::{NewWindowResponse, PageLoadEvent};
use tauri::{
    AppHandle, Emitter, Manager, Runtime, Theme, Url, WebviewUrl, WebviewWindow,
    WebviewWindowBuilder, WindowEvent,
};

use crate::state::{Shell, lock};
use crate::tray;

/// The window's label, which its capability file names.
pub(crate) const MAIN: &str = "main";

const SIZE: (f64, f64) = (1160.0, 740.0);
const LEAST: (f64, f64) = (720.0, 480.0);

/// Whether the pages are up, and where they are to go once they are.
#[derive(Debug, Default)]
pub(crate) struct Page(Mutex<PageState>);

#[derive(Debug, Default)]
struct PageState {
    ready: bool,
    route: Option<String>,
}

/// What the event `navigate` carries.
#[derive(Debug, Clone, Serialize)]
struct Navigate {
    route: String,
}

/// Makes the window.
///
/// # Errors
/// The web view could not be made.
pub(crate) fn open<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<WebviewWindow<R>> {
    let development = app
        .config()
        .build
        .dev_url
        .clone()
        .filter(|_| tauri::is_dev());
    let window = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::App("index.html".into()))
        .title("Leasehold")
        .inner_size(SIZE.0, SIZE.1)
        .min_inner_size(LEAST.0, LEAST.1)
        .center()
        .devtools(cfg!(debug_assertions))
        .general_autofill_enabled(false)
        .disable_drag_drop_handler()
        .on_navigation(move |url| {
            let ours = is_our_page(url, development.as_ref());
            if !ours {
                tracing::warn!(origin = %url.origin().ascii_serialization(), "navigation refused");
            }
            ours
        })
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_page_load(|window, load| {
            if load.event() == PageLoadEvent::Started {
                forget_page(window.app_handle());
            }
        })
        .build()?;
    let app = app.clone();
    window.on_window_event(move |event| match event {
        WindowEvent::CloseRequested { api, .. } if is_ready(&app) => {
            api.prevent_close();
            tauri::async_runtime::spawn(close_asked(app.clone()));
        }
        WindowEvent::Destroyed => forget_page(&app),
        _ => {}
    });
    Ok(window)
}

/// Whether the window may go there: our own pages, or the development server of a `tauri dev`.
fn is_our_page(url: &Url, development: Option<&Url>) -> bool {
    let bundled = match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        // Windows serves the bundled pages under this name.
        "http" | "https" if cfg!(windows) => url.host_str() == Some("tauri.localhost"),
        _ => false,
    };
    bundled || development.is_some_and(|server| server.origin() == url.origin())
}

/// The page is being replaced: its keys go with it.
fn forget_page<R: Runtime>(app: &AppHandle<R>) {
    let shell = app.state::<Shell>();
    shell.sheet.clear();
    lock(&shell.page.0).ready = false;
}

/// A page that never came up cannot ask anything; its window just closes.
fn is_ready<R: Runtime>(app: &AppHandle<R>) -> bool {
    lock(&app.state::<Shell>().page.0).ready
}

/// The close button: into the tray where somebody shows one, otherwise the pages ask.
async fn close_asked<R: Runtime>(app: AppHandle<R>) {
    if tray::is_shown(&app).await {
        hide(&app);
    } else if let Err(error) = app.emit_to(MAIN, "close_asked", ()) {
        tracing::warn!(%error, "the window could not be asked about closing");
    }
}

/// The pages are up.
pub(crate) fn ready<R: Runtime>(app: &AppHandle<R>) {
    let route = {
        let shell = app.state::<Shell>();
        let mut page = lock(&shell.page.0);
        page.ready = true;
        page.route.take()
    };
    if let Some(route) = route {
        tell_route(app, route);
    }
}

/// Brings the window up, wherever it was.
pub(crate) fn show<R: Runtime>(app: &AppHandle<R>) {
    let Some(window) = app.get_webview_window(MAIN) else {
        return;
    };
    for step in [window.show(), window.unminimize(), window.set_focus()] {
        if let Err(error) = step {
            tracing::warn!(%error, "the window could not be brought up");
        }
    }
}

/// Brings the window up at a route.
pub(crate) fn show_at<R: Runtime>(app: &AppHandle<R>, route: String) {
    show(app);
    if is_ready(app) {
        tell_route(app, route);
    } else {
        lock(&app.state::<Shell>().page.0).route = Some(route);
    }
}

/// Leaves the application running without its window.
pub(crate) fn hide<R: Runtime>(app: &AppHandle<R>) {
    let Some(window) = app.get_webview_window(MAIN) else {
        return;
    };
    if let Err(error) = window.hide() {
        tracing::warn!(%error, "the window could not be hidden");
    }
}

/// Gives the window's frame the chosen theme; the pages do the rest.
pub(crate) fn dress<R: Runtime>(app: &AppHandle<R>, theme: leasehold_engine::wire::Theme) {
    use leasehold_engine::wire::Theme as Chosen;
    let theme = match theme {
        Chosen::System => None,
        Chosen::Light => Some(Theme::Light),
        Chosen::Dark => Some(Theme::Dark),
    };
    if let Some(window) = app.get_webview_window(MAIN)
        && let Err(error) = window.set_theme(theme)
    {
        tracing::debug!(%error, "the window's theme could not be set");
    }
}

fn tell_route<R: Runtime>(app: &AppHandle<R>, route: String) {
    if let Err(error) = app.emit_to(MAIN, "navigate", Navigate { route }) {
        tracing::warn!(%error, "the window could not be sent to its place");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_goes_nowhere_but_to_its_own_pages() {
        let ours = |url: &str| is_our_page(&url.parse().unwrap(), None);
        assert!(ours("tauri://localhost/index.html") && ours("tauri://localhost/#/leases"));
        for foreign in [
            "https://example.com/",
            "http://localhost/",
            "http://localhost:1420/",
            "tauri://example.com/",
            "file:///etc/passwd",
            "data:text/html,x",
            "javascript:alert(1)",
            "about:blank",
            "blob:tauri://localhost/x",
        ] {
            assert!(!ours(foreign), "{foreign}");
        }
    }

    #[test]
    fn only_a_development_build_may_load_the_development_server() {
        let server: Url = "http://localhost:1420".parse().unwrap();
        assert!(is_our_page(
            &"http://localhost:1420/x".parse().unwrap(),
            Some(&server)
        ));
        assert!(!is_our_page(
            &"http://localhost:1421/x".parse().unwrap(),
            Some(&server)
        ));
    }
}
