//! The windows: made here and not by configuration, so that they can go nowhere but to our pages.
//!
//! The main one comes and goes while the application runs: hidden at once, and given up with its web view
//! when it was hidden for long. What it showed is in [`crate::place`].

use std::time::Duration;

use leasehold_domain::{Code, Problem};
use tauri::webview::{NewWindowResponse, PageLoadEvent};
use tauri::{
    AppHandle, Emitter, Manager, PhysicalPosition, Runtime, Theme, Url, WebviewUrl, WebviewWindow,
    WebviewWindowBuilder, WindowEvent,
};

use crate::life;
use crate::place::{LEAST, Screen, USUAL};
use crate::state::Shell;
use crate::tray;

pub(crate) mod credentials;
mod page;
mod unload;

pub(crate) use page::{Page, forget, place, ready};
pub(crate) use unload::{unload, unload_when_left};

/// The label of the main window, which its capability file names.
pub(crate) const MAIN: &str = "main";

/// A window that waits longer for its remembered place is shown where it is.
const APPEAR: Duration = Duration::from_millis(400);

/// A panel that shows the tray may come so much later than this application: so often it is looked
/// for.
const PANEL_LOOKS: u32 = 10;
const PANEL_COMES: Duration = Duration::from_secs(1);

/// Makes the main window, not yet to be seen, where it was last.
///
/// # Errors
/// The web view could not be made.
pub(crate) fn open<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<WebviewWindow<R>> {
    let window = build(app)?;
    put_in_place(app, &window);
    Ok(window)
}

fn build<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<WebviewWindow<R>> {
    let window = at_page(app, MAIN, "index.html")
        .title("Leasehold")
        .inner_size(USUAL.0, USUAL.1)
        .min_inner_size(LEAST.0, LEAST.1)
        .center()
        .visible(false)
        .on_page_load(|window, load| {
            if load.event() == PageLoadEvent::Started {
                forget(window.app_handle());
            }
        })
        .build()?;
    let app = app.clone();
    window.on_window_event(move |event| match event {
        WindowEvent::CloseRequested { api, .. } => {
            api.prevent_close();
            tauri::async_runtime::spawn(close_asked(app.clone()));
        }
        WindowEvent::Moved(_) | WindowEvent::Resized(_) => app.state::<Shell>().place.stir(),
        WindowEvent::Destroyed => {
            forget(&app);
            // Somebody wanted to see it while it went.
            if !app.state::<Shell>().page.is_hidden() && unload::is_going(&app) {
                let app = app.clone();
                tauri::async_runtime::spawn(async move { show(&app) });
            }
        }
        _ => {}
    });
    Ok(window)
}

/// A window on one of our pages, which it cannot leave.
fn at_page<'a, R: Runtime>(
    app: &'a AppHandle<R>,
    label: &str,
    page: &str,
) -> WebviewWindowBuilder<'a, R, AppHandle<R>> {
    let development = app
        .config()
        .build
        .dev_url
        .clone()
        .filter(|_| tauri::is_dev());
    WebviewWindowBuilder::new(app, label, WebviewUrl::App(page.into()))
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
}

/// Gives the window the size and place it had last, on the screens there are now.
fn put_in_place<R: Runtime>(app: &AppHandle<R>, window: &WebviewWindow<R>) {
    let place = &app.state::<Shell>().place;
    if !place.is_recalled() {
        return;
    }
    let screens: Vec<_> = window
        .available_monitors()
        .unwrap_or_default()
        .iter()
        .map(Screen::from)
        .collect();
    let frame = place.frame().fit(&screens);
    let (width, height) = frame.size;
    let mut steps = vec![window.set_size(tauri::LogicalSize::new(width, height))];
    // Otherwise it is in the middle already; a window that was never seen has no size to centre by.
    if let Some((x, y)) = frame.at {
        steps.push(window.set_position(PhysicalPosition::new(x, y)));
    }
    if frame.maximised {
        steps.push(window.maximize());
    }
    for error in steps.into_iter().filter_map(Result::err) {
        tracing::debug!(%error, "the window could not be put where it was");
    }
}

/// The window of a fresh start is seen as soon as its place is known, which takes the engine; one
/// that takes its time, or cannot be opened, is not waited for.
pub(crate) async fn appear<R: Runtime>(app: &AppHandle<R>) {
    let shell = app.state::<Shell>();
    let _ = tokio::time::timeout(APPEAR, shell.engine()).await;
    if shell.page.is_hidden() {
        return;
    }
    if let Some(window) = app.get_webview_window(MAIN) {
        put_in_place(app, &window);
    }
    show(app);
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

/// The close button: into the tray where somebody shows one, otherwise the pages ask. A page that
/// never came up cannot ask anything.
async fn close_asked<R: Runtime>(app: AppHandle<R>) {
    if tray::is_shown(&app).await {
        hide(&app);
    } else if !app.state::<Shell>().page.is_ready() {
        life::quit(&app);
    } else if let Err(error) = app.emit_to(MAIN, "close_asked", ()) {
        tracing::warn!(%error, "the window could not be asked about closing");
    }
}

/// Brings the window up, wherever it was; makes it again where it was given up.
pub(crate) fn show<R: Runtime>(app: &AppHandle<R>) {
    let shell = app.state::<Shell>();
    shell.page.set_hidden(false);
    let window = match app.get_webview_window(MAIN) {
        Some(window) => window,
        None => match open(app) {
            Ok(window) => {
                unload::is_over(app);
                dress_as_chosen(app);
                window
            }
            Err(error) => {
                return tracing::error!(%error, "the window could not be opened again");
            }
        },
    };
    for step in [window.show(), window.unminimize(), window.set_focus()] {
        if let Err(error) = step {
            tracing::warn!(%error, "the window could not be brought up");
        }
    }
}

/// Brings the window up at a route.
pub(crate) fn show_at<R: Runtime>(app: &AppHandle<R>, route: String) {
    page::go(app, route);
    show(app);
}

/// Leaves the application running without its window.
pub(crate) fn hide<R: Runtime>(app: &AppHandle<R>) {
    let shell = app.state::<Shell>();
    shell.place.look(app);
    shell.page.set_hidden(true);
    shell.questions.give_up();
    if let Some(window) = app.get_webview_window(MAIN)
        && let Err(error) = window.hide()
    {
        tracing::warn!(%error, "the window could not be hidden");
    }
}

/// A start without a window, where somebody shows the tray: a panel of the same session may come a
/// little later. Where nobody does, the window is shown after all, and says why.
pub(crate) fn hide_or_explain<R: Runtime>(app: &AppHandle<R>) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        for _ in 0..PANEL_LOOKS {
            if tray::is_shown(&app).await || !app.state::<Shell>().page.is_hidden() {
                return;
            }
            tokio::time::sleep(PANEL_COMES).await;
        }
        let word = Problem::new(
            Code::Refused,
            "Leasehold was to start hidden, but this desktop shows no tray icon to find it by.",
        )
        .with_hint("The window is shown instead. The settings say what the tray needs.");
        app.state::<Shell>().say(word);
        show(&app);
    });
}

/// Whether the application goes on without a window: it does when it gave the window up itself, or
/// began without one. Whoever quits says so with a code.
pub(crate) fn outlives_window<R: Runtime>(app: &AppHandle<R>, code: Option<i32>) -> bool {
    code.is_none() && app.state::<Shell>().page.is_hidden()
}

fn dress_as_chosen<R: Runtime>(app: &AppHandle<R>) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let settings = async { app.state::<Shell>().engine().await?.settings().get() };
        if let Ok(settings) = settings.await {
            dress(&app, settings.theme);
        }
    });
}

/// Gives the frames of all windows the chosen theme; the pages do the rest.
pub(crate) fn dress<R: Runtime>(app: &AppHandle<R>, theme: leasehold_engine::wire::Theme) {
    use leasehold_engine::wire::Theme as Chosen;
    let theme = match theme {
        Chosen::System => None,
        Chosen::Light => Some(Theme::Light),
        Chosen::Dark => Some(Theme::Dark),
    };
    for window in app.webview_windows().into_values() {
        if let Err(error) = window.set_theme(theme) {
            tracing::debug!(%error, "a window's theme could not be set");
        }
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
