//! The tray: what is open, how long still, and the way back to the window.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_engine::wire::{LeaseView, State};
use leasehold_engine::{Engine, LeaseQuery};
use tauri::image::Image;
use tauri::menu::{Menu, MenuBuilder, MenuItem, MenuItemBuilder};
use tauri::tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager, Runtime};
use tokio::sync::{Notify, watch};

use crate::routes;
use crate::state::Shell;
use crate::{life, window};

mod host;

const TRAY: &str = "main";
const OPEN: &str = "open";
const REVOKE_ALL: &str = "revoke-all";
const MORE: &str = "more";
const QUIT: &str = "quit";
const LEASE: &str = "lease:";
/// More leases than this do not fit a menu; the rest is one line.
const MOST: usize = 10;
/// A lease with less time than this turns the icon.
const SOON: TimeDelta = TimeDelta::minutes(15);
/// How often the minutes in the menu are brought up to date.
const EVERY: Duration = Duration::from_secs(60);
/// Changes that come together make one menu.
const SETTLE: Duration = Duration::from_millis(250);

/// What the icon says at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Idle,
    Soon,
    Attention,
}

/// The tray as it should look.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Look {
    mood: Mood,
    tooltip: String,
    /// Id and text of every lease line.
    leases: Vec<(String, String)>,
    revocable: bool,
}

/// Puts the icon into the tray. Where the library that draws it is missing there is none, which
/// is said in the log; the window then does without.
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
    let look = Look::of(&[], DateTime::UNIX_EPOCH);
    TrayIconBuilder::with_id(TRAY)
        .icon(icon(look.mood))
        .tooltip(&look.tooltip)
        .menu(&Drawn::menu(app, &look)?.menu)
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
    app.tray_by_id(TRAY).is_some() && host::is_there().await
}

fn chosen<R: Runtime>(app: &AppHandle<R>, id: &str) {
    match id {
        OPEN => window::show(app),
        MORE => window::show_at(app, routes::leases()),
        REVOKE_ALL => window::show_at(app, routes::revoke_all()),
        QUIT => life::quit(app),
        _ => {
            if let Some(lease_id) = id.strip_prefix(LEASE) {
                window::show_at(app, routes::lease(lease_id));
            }
        }
    }
}

/// Keeps the tray true until it is told to stop: at once after a change, and once a minute while
/// leases are open.
pub(crate) async fn keep<R: Runtime>(
    app: AppHandle<R>,
    engine: Engine,
    bell: Arc<Notify>,
    mut stop: watch::Receiver<bool>,
) {
    if app.tray_by_id(TRAY).is_none() {
        return;
    }
    let mut drawn: Option<Drawn<R>> = None;
    loop {
        let mut open = false;
        match engine.leases().list(&LeaseQuery::default()) {
            Ok(leases) => {
                open = !leases.is_empty();
                let look = Look::of(&leases, app.state::<Shell>().clock.now());
                drawn = Drawn::update(&app, drawn, look);
            }
            Err(problem) => tracing::warn!(%problem, "the tray could not be brought up to date"),
        }
        tokio::select! {
            () = life::stopped(&mut stop) => return,
            () = bell.notified() => tokio::time::sleep(SETTLE).await,
            () = tokio::time::sleep(EVERY), if open => {}
        }
    }
}

impl Look {
    fn of(leases: &[LeaseView], now: DateTime<Utc>) -> Self {
        let mut active: Vec<_> = leases
            .iter()
            .filter(|lease| lease.state == State::Active)
            .map(|lease| (left(lease, now), lease))
            .collect();
        active.sort_by_key(|(left, _)| *left);
        let mut lines: Vec<_> = active
            .iter()
            .take(MOST)
            .map(|(left, lease)| {
                let text = format!("{} ({}) · {}", lease.secret, lease.environment, span(*left));
                (format!("{LEASE}{}", lease.id), text)
            })
            .collect();
        if active.len() > MOST {
            lines.push((MORE.into(), format!("{} more…", active.len() - MOST)));
        }
        let attention = leases.iter().any(|lease| {
            lease.alarm.is_some() || (lease.state != State::Active && lease.reason.is_some())
        });
        let mood = match active.first() {
            _ if attention => Mood::Attention,
            Some((left, _)) if *left <= SOON => Mood::Soon,
            _ => Mood::Idle,
        };
        let tooltip = match active.as_slice() {
            [] => "Leasehold · no active lease".into(),
            [(left, _)] => format!("Leasehold · 1 active lease, {}", span(*left)),
            [(left, _), ..] => {
                format!(
                    "Leasehold · {} active leases, next {}",
                    active.len(),
                    span(*left)
                )
            }
        };
        let revocable = !active.is_empty();
        Self {
            mood,
            tooltip,
            leases: lines,
            revocable,
        }
    }

    /// Two looks of one shape differ in their texts only, so that a menu that is open stays open.
    fn same_shape(&self, other: &Self) -> bool {
        self.revocable == other.revocable
            && self
                .leases
                .iter()
                .map(|(id, _)| id)
                .eq(other.leases.iter().map(|(id, _)| id))
    }
}

/// Time until AWS denies every call, by AWS's clock.
fn left(lease: &LeaseView, now: DateTime<Utc>) -> TimeDelta {
    lease.expires_at - (now + TimeDelta::milliseconds(lease.clock_offset_ms))
}

/// A time left as a menu has room for: `47 min left`.
fn span(left: TimeDelta) -> String {
    let minutes = left.num_minutes();
    let (days, hours) = (left.num_days(), left.num_hours());
    match minutes {
        _ if left <= TimeDelta::zero() => "ending".into(),
        0 => "under a minute left".into(),
        1..60 => format!("{minutes} min left"),
        60..1440 if minutes % 60 == 0 => format!("{hours} h left"),
        60..1440 => format!("{hours} h {} min left", minutes % 60),
        _ if hours % 24 == 0 => format!("{days} d left"),
        _ => format!("{days} d {} h left", hours % 24),
    }
}

fn icon(mood: Mood) -> Image<'static> {
    match mood {
        Mood::Idle => tauri::include_image!("../icons/tray-idle.png"),
        Mood::Soon => tauri::include_image!("../icons/tray-soon.png"),
        Mood::Attention => tauri::include_image!("../icons/tray-attention.png"),
    }
}

/// The tray as it was last drawn.
struct Drawn<R: Runtime> {
    look: Look,
    menu: Menu<R>,
    lines: Vec<MenuItem<R>>,
}

impl<R: Runtime> Drawn<R> {
    fn menu(app: &AppHandle<R>, look: &Look) -> tauri::Result<Self> {
        let line = |id: &str, text: &str, on: bool| {
            MenuItemBuilder::with_id(id, text.replace('&', "&&"))
                .enabled(on)
                .build(app)
        };
        let mut menu = MenuBuilder::new(app)
            .item(&line(OPEN, "Open Leasehold", true)?)
            .separator();
        let mut lines = Vec::with_capacity(look.leases.len());
        for (id, text) in &look.leases {
            let line = line(id, text, true)?;
            menu = menu.item(&line);
            lines.push(line);
        }
        if look.leases.is_empty() {
            menu = menu.item(&line("none", "No active lease", false)?);
        }
        let menu = menu
            .separator()
            .item(&line(REVOKE_ALL, "Revoke all…", look.revocable)?)
            .separator()
            .item(&line(QUIT, "Quit", true)?)
            .build()?;
        Ok(Self {
            look: look.clone(),
            menu,
            lines,
        })
    }

    /// Draws what changed.
    fn update(app: &AppHandle<R>, drawn: Option<Self>, look: Look) -> Option<Self> {
        if drawn.as_ref().is_some_and(|drawn| drawn.look == look) {
            return drawn;
        }
        match Self::draw(app, drawn, look) {
            Ok(drawn) => Some(drawn),
            Err(error) => {
                tracing::warn!(%error, "the tray could not be drawn");
                None
            }
        }
    }

    fn draw(app: &AppHandle<R>, drawn: Option<Self>, look: Look) -> tauri::Result<Self> {
        let Some(tray) = app.tray_by_id(TRAY) else {
            return Self::menu(app, &look);
        };
        if drawn
            .as_ref()
            .is_none_or(|drawn| drawn.look.mood != look.mood)
        {
            tray.set_icon(Some(icon(look.mood)))?;
        }
        tray.set_tooltip(Some(&look.tooltip))?;
        match drawn {
            Some(mut drawn) if drawn.look.same_shape(&look) => {
                for (line, (_, text)) in drawn.lines.iter().zip(&look.leases) {
                    line.set_text(text.replace('&', "&&"))?;
                }
                drawn.look = look;
                Ok(drawn)
            }
            _ => {
                let drawn = Self::menu(app, &look)?;
                tray.set_menu(Some(drawn.menu.clone()))?;
                Ok(drawn)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::sample::{lease, moment};

    #[test]
    fn leases_stand_in_the_order_of_their_end_with_the_time_left() {
        let now = moment();
        let mut long = lease("long");
        long.expires_at = now + TimeDelta::minutes(134);
        let mut short = lease("short");
        short.expires_at = now + TimeDelta::minutes(40);
        let look = Look::of(&[long, short], now);
        assert_eq!(
            look.leases,
            [
                (
                    "lease:short".into(),
                    "short (development) · 40 min left".into()
                ),
                (
                    "lease:long".into(),
                    "long (development) · 2 h 14 min left".into()
                ),
            ]
        );
        assert_eq!(look.mood, Mood::Idle);
        assert_eq!(
            look.tooltip,
            "Leasehold · 2 active leases, next 40 min left"
        );
    }

    #[test]
    fn the_time_left_is_counted_by_the_clock_of_the_account() {
        let now = moment();
        let mut lease = lease("skipped");
        lease.expires_at = now + TimeDelta::minutes(62);
        lease.clock_offset_ms = 3_600_000;
        let look = Look::of(&[lease], now);
        assert_eq!(look.leases[0].1, "skipped (development) · 2 min left");
        assert_eq!(look.mood, Mood::Soon);
    }

    #[test]
    fn a_clean_up_that_is_stuck_wants_attention_and_is_not_an_active_lease() {
        let mut stuck = lease("stuck");
        stuck.state = State::AccessCut;
        assert_eq!(
            Look::of(std::slice::from_ref(&stuck), moment()).mood,
            Mood::Idle
        );
        stuck.reason = Some("AWS denied iam:DeleteUser".into());
        let look = Look::of(&[stuck], moment());
        assert_eq!(look.mood, Mood::Attention);
        assert!(look.leases.is_empty() && !look.revocable);
    }

    #[test]
    fn many_leases_end_in_one_line_for_the_rest() {
        let many: Vec<_> = (0..13).map(|n| lease(&format!("s{n}"))).collect();
        let look = Look::of(&many, moment());
        assert_eq!(look.leases.len(), MOST + 1);
        assert_eq!(look.leases[MOST], ("more".into(), "3 more…".into()));
    }

    #[test]
    fn a_menu_whose_texts_alone_changed_keeps_its_shape() {
        let early = Look::of(&[lease("a")], moment());
        let later = Look::of(&[lease("a")], moment() + TimeDelta::minutes(1));
        assert!(early != later && early.same_shape(&later));
        assert!(!early.same_shape(&Look::of(&[], moment())));
    }

    #[test]
    fn a_span_is_short_and_never_negative() {
        for (seconds, text) in [
            (-5, "ending"),
            (0, "ending"),
            (59, "under a minute left"),
            (60, "1 min left"),
            (3_599, "59 min left"),
            (3_600, "1 h left"),
            (5_400, "1 h 30 min left"),
            (86_400, "1 d left"),
            (90_000, "1 d 1 h left"),
        ] {
            assert_eq!(span(TimeDelta::seconds(seconds)), text);
        }
    }
}
