//! The tray: what is open, how long still, what can be done about it, and the way back to the window.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use leasehold_domain::Problem;
use leasehold_engine::wire::{LeaseView, State};
use leasehold_engine::{Engine, LeaseQuery, Renewal};
use serde::Serialize;
use tauri::tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager, Runtime};
use tokio::sync::{Notify, watch};

use crate::commands::desktop;
use crate::notify::{Button, PauseFor, Pressed, pause};
use crate::routes;
use crate::state::Shell;
use crate::{life, window};

mod drawn;
mod host;
mod look;

use drawn::Drawn;
use look::{Facts, Look, Renewable, id};

const TRAY: &str = "main";
/// So many dynamic secrets are offered to generate from.
const RECENT: u32 = 8;
/// How often the minutes in the menu are brought up to date.
const EVERY: Duration = Duration::from_secs(60);
/// Changes that come together make one menu.
const SETTLE: Duration = Duration::from_millis(250);

/// Puts the icon into the tray. Where the library that draws it is missing there is none, which
/// is said in the log and in the window; the window then does without.
pub(crate) fn build<R: Runtime>(app: &AppHandle<R>) {
    if !host::library_is_there() {
        tracing::warn!("no tray: the library libayatana-appindicator3 is not installed");
        return;
    }
    if let Err(error) = build_icon(app) {
        tracing::warn!(%error, "no tray");
    }
}

fn build_icon<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    let look = Look::of(&Facts::default());
    TrayIconBuilder::with_id(TRAY)
        .icon(drawn::icon(look.mood))
        .tooltip(&look.tooltip)
        .menu(&drawn::menu(app, &look.items)?)
        .show_menu_on_left_click(cfg!(target_os = "macos"))
        .on_menu_event(|app, event| chosen(app, event.id().as_ref()))
        .on_tray_icon_event(|tray, event| {
            if let TrayIconEvent::Click {
                button: MouseButton::Left,
                button_state: MouseButtonState::Up,
                ..
            } = event
                && cfg!(not(target_os = "macos"))
            {
                window::show(tray.app_handle());
            }
        })
        .build(app)?;
    Ok(())
}

/// Whether there is an icon and somebody shows it.
pub(crate) async fn is_shown<R: Runtime>(app: &AppHandle<R>) -> bool {
    state(app).await == Tray::Shown
}

/// Whether the icon can be seen, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tray {
    Shown,
    /// Nobody on this desktop shows tray icons.
    NoHost,
    /// The library that draws it is not installed.
    NoLibrary,
}

/// How it is now.
pub(crate) async fn state<R: Runtime>(app: &AppHandle<R>) -> Tray {
    if app.tray_by_id(TRAY).is_none() {
        Tray::NoLibrary
    } else if host::is_there().await {
        Tray::Shown
    } else {
        Tray::NoHost
    }
}

/// Tells the window whenever somebody begins or ceases to show tray icons: a panel may come long
/// after this application, and go before it.
pub(crate) async fn watch_host<R: Runtime>(app: &AppHandle<R>, mut stop: watch::Receiver<bool>) {
    if app.tray_by_id(TRAY).is_none() {
        return;
    }
    tokio::select! {
        () = life::stopped(&mut stop) => {}
        () = host::watch(|| desktop::changed(app)) => {}
    }
}

/// What a line of the menu does.
#[derive(Debug, PartialEq, Eq)]
enum Choice<'a> {
    Open,
    Show(String),
    Press(&'a str, Button),
    Pause(PauseFor),
    Quit,
    Nothing,
}

impl<'a> Choice<'a> {
    fn of(id: &'a str) -> Self {
        match id {
            id::OPEN => return Self::Open,
            id::MORE => return Self::Show(routes::leases()),
            id::SECRETS => return Self::Show(routes::overview()),
            id::REVOKE_ALL => return Self::Show(routes::revoke_all()),
            id::GATEWAY => return Self::Show(routes::gateway()),
            id::WAITING => return Self::Show(routes::approvals()),
            id::LOGINS => return Self::Show(routes::connections()),
            id::QUIT => return Self::Quit,
            id::PAUSE_HOUR => return Self::Pause(PauseFor::Hour),
            id::PAUSE_TOMORROW => return Self::Pause(PauseFor::Tomorrow),
            id::RESUME => return Self::Pause(PauseFor::Off),
            _ => {}
        }
        match id.split_once(':') {
            Some((id::GENERATE, secret)) => Self::Press(secret, Button::Generate),
            Some((id::SHOW_KEY, lease)) => Self::Press(lease, Button::ShowKey),
            Some((id::SHOW, lease)) => Self::Show(routes::lease(lease)),
            Some((id::REVOKE, lease)) => Self::Show(routes::revoke(lease)),
            Some((id::COPY, lease)) => Self::Press(lease, Button::Copy),
            Some((id::RENEW, lease)) => Self::Press(lease, Button::Renew),
            Some((id::RENEW_TO_MAX, lease)) => Self::Press(lease, Button::RenewToMax),
            _ => Self::Nothing,
        }
    }
}

fn chosen<R: Runtime>(app: &AppHandle<R>, id: &str) {
    match Choice::of(id) {
        Choice::Open => window::show(app),
        Choice::Show(route) => window::show_at(app, route),
        Choice::Press(about, button) => app.state::<Shell>().press(Pressed::on(about, button)),
        Choice::Pause(span) => {
            let app = app.clone();
            tauri::async_runtime::spawn(async move {
                if let Err(problem) = pause(&app, span).await {
                    tracing::warn!(%problem, "notifications could not be paused");
                }
            });
        }
        Choice::Quit => {
            let app = app.clone();
            tauri::async_runtime::spawn(life::quit_asked(app));
        }
        Choice::Nothing => {}
    }
}

/// Keeps the tray true until it is told to stop: at once after a change, and once a minute while
/// leases are open or notifications are paused.
pub(crate) async fn keep<R: Runtime>(
    app: AppHandle<R>,
    engine: Engine,
    bell: Arc<Notify>,
    mut stop: watch::Receiver<bool>,
) {
    if app.tray_by_id(TRAY).is_none() {
        return;
    }
    let shell = app.state::<Shell>();
    let mut pauses = shell.pause.subscribe();
    let mut drawn: Option<Drawn<R>> = None;
    loop {
        let mut moves = false;
        let now = shell.clock.now();
        let paused = shell.pause.until(now);
        match facts(&engine, now) {
            Ok(facts) => {
                moves = !facts.leases.is_empty() || paused.is_some();
                let format = shell.place.format();
                let look = Look::of(&Facts {
                    paused,
                    format,
                    gateway: shell.gateway.state(),
                    ..facts
                });
                // Drawing waits for the main thread, and the main thread waits for us when it ends.
                let drawing = tauri::async_runtime::spawn_blocking({
                    let app = app.clone();
                    move || Drawn::update(&app, drawn, look)
                });
                drawn = tokio::select! {
                    () = life::stopped(&mut stop) => return,
                    done = drawing => done.ok().flatten(),
                };
            }
            Err(problem) => tracing::warn!(%problem, "the tray could not be brought up to date"),
        }
        tokio::select! {
            () = life::stopped(&mut stop) => return,
            () = bell.notified() => tokio::time::sleep(SETTLE).await,
            _ = pauses.changed() => {}
            () = tokio::time::sleep(EVERY), if moves => {}
        }
    }
}

/// What the menu is made of.
fn facts(engine: &Engine, now: DateTime<Utc>) -> Result<Facts, Problem> {
    let leases = engine.leases().list(&LeaseQuery::default())?;
    let renewals = look::shown(&leases, now)
        .into_iter()
        .map(|lease| (lease.id.clone(), renewable(engine, lease)))
        .collect::<HashMap<_, _>>();
    Ok(Facts {
        recent: engine.secrets().recent(RECENT)?,
        waiting: engine.gateway().waiting()?,
        logins: engine.connections().that_need_login()?.len(),
        renewals,
        leases,
        now,
        ..Facts::default()
    })
}

/// How far one press can move the end of a lease: by its default, or as far as it goes.
fn renewable(engine: &Engine, lease: &LeaseView) -> Renewable {
    if lease.state != State::Active {
        return Renewable::No;
    }
    let preview = |renewal| engine.leases().preview_renewal(&lease.id, &renewal);
    match (preview(Renewal::Default), preview(Renewal::ToMax)) {
        (Ok(at), _) => Renewable::ByDefault(at),
        (Err(_), Ok(at)) => Renewable::ToMax(at),
        (Err(_), Err(_)) => Renewable::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_menu_does_what_it_says() {
        let table = [
            ("open", Choice::Open),
            ("quit", Choice::Quit),
            ("gateway", Choice::Show("/access/gateway".into())),
            ("waiting", Choice::Show("/access/approvals".into())),
            ("logins", Choice::Show("/connections".into())),
            ("more", Choice::Show("/leases".into())),
            ("secrets", Choice::Show("/".into())),
            ("revoke-all", Choice::Show("/revoke-all".into())),
            ("generate:s1", Choice::Press("s1", Button::Generate)),
            ("show-key:l1", Choice::Press("l1", Button::ShowKey)),
            ("show:l1", Choice::Show("/leases/l1".into())),
            ("revoke:l1", Choice::Show("/revoke/l1".into())),
            ("copy:l1", Choice::Press("l1", Button::Copy)),
            ("renew:l1", Choice::Press("l1", Button::Renew)),
            ("renew-max:l1", Choice::Press("l1", Button::RenewToMax)),
            ("pause-hour", Choice::Pause(PauseFor::Hour)),
            ("pause-tomorrow", Choice::Pause(PauseFor::Tomorrow)),
            ("resume", Choice::Pause(PauseFor::Off)),
            ("lease:l1", Choice::Nothing),
            ("", Choice::Nothing),
        ];
        for (id, choice) in table {
            assert_eq!(Choice::of(id), choice, "{id}");
        }
    }
}
