//! Where the window was, what it showed, and how keys were copied there, kept beyond the end of the application.
//!
//! It is in the state file, under keys of its own: a second home has its own window, and whatever
//! the web view stores for itself may be cleared.

use std::sync::Mutex;
use std::time::Duration;

use leasehold_domain::{Code, Problem};
use leasehold_engine::Engine;
use leasehold_engine::wire::Format;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager, Monitor, PhysicalPosition, Runtime};
use tokio::sync::{Notify, watch};

use crate::life::stopped;
use crate::state::{Shell, lock};
use crate::window;

/// The window's size where none is remembered, in logical pixels.
pub(crate) const USUAL: (f64, f64) = (1160.0, 740.0);
/// The least size the pages are made for, in logical pixels.
pub(crate) const LEAST: (f64, f64) = (720.0, 480.0);

const FRAME: &str = "window";
const SPOT: &str = "place";
const FORMAT: &str = "format";
/// Moving a window ends some time after its last step; only then is it known whether it was
/// maximised on the way.
const SETTLE: Duration = Duration::from_secs(1);
/// A path of the pages is shorter.
const LONGEST: usize = 2048;
/// So much of the title bar must be on a screen, in logical pixels, for a hand to find it.
const GRIP: (f64, f64) = (120.0, 24.0);

/// Size and place of the window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Frame {
    /// Of the content, in logical pixels.
    pub(crate) size: (f64, f64),
    /// Of the outer corner, in physical pixels; none where the desktop keeps that to itself.
    pub(crate) at: Option<(i32, i32)>,
    /// It fills its screen; the size is the one that it had before.
    pub(crate) maximised: bool,
}

impl Default for Frame {
    fn default() -> Self {
        Self {
            size: USUAL,
            at: None,
            maximised: false,
        }
    }
}

/// The part of a screen that windows may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    at: (i32, i32),
    size: (u32, u32),
    scale: f64,
}

impl From<&Monitor> for Screen {
    fn from(monitor: &Monitor) -> Self {
        let area = monitor.work_area();
        Self {
            at: (area.position.x, area.position.y),
            size: (area.size.width, area.size.height),
            scale: monitor.scale_factor(),
        }
    }
}

impl Screen {
    /// Whether enough of a title bar that begins there can be taken hold of.
    fn has_grip(&self, (x, y): (i32, i32), width: f64) -> bool {
        let (x, y) = (f64::from(x), f64::from(y));
        let (left, top) = (f64::from(self.at.0), f64::from(self.at.1));
        let right = left + f64::from(self.size.0);
        let bottom = top + f64::from(self.size.1);
        let seen = (x + width * self.scale).min(right) - x.max(left);
        seen >= GRIP.0 * self.scale && y + GRIP.1 * self.scale <= bottom && y >= top - 1.0
    }
}

impl Frame {
    /// The frame on the screens there are now: it may be from a screen that is gone, larger than
    /// any, or nonsense.
    pub(crate) fn fit(self, screens: &[Screen]) -> Self {
        let holder = self
            .at
            .and_then(|at| screens.iter().find(|s| s.has_grip(at, self.size.0)));
        let screen = holder.or(screens.first());
        let within = |wanted: f64, most: Option<f64>, least: f64, usual: f64| {
            let wanted = if wanted.is_finite() { wanted } else { usual };
            wanted.min(most.unwrap_or(wanted)).max(least)
        };
        let most = |side: u32, scale: f64| f64::from(side) / scale.max(0.1);
        Self {
            size: (
                within(
                    self.size.0,
                    screen.map(|s| most(s.size.0, s.scale)),
                    LEAST.0,
                    USUAL.0,
                ),
                within(
                    self.size.1,
                    screen.map(|s| most(s.size.1, s.scale)),
                    LEAST.1,
                    USUAL.1,
                ),
            ),
            at: self.at.filter(|_| holder.is_some()),
            maximised: self.maximised,
        }
    }

    /// What a window has now, over what was known: a maximised one tells nothing of its size, and a
    /// minimised one nothing at all.
    fn of<R: Runtime>(window: &tauri::WebviewWindow<R>, known: Self) -> Option<Self> {
        if window.is_minimized().ok()? || window.is_fullscreen().ok()? {
            return None;
        }
        if window.is_maximized().ok()? {
            return Some(Self {
                maximised: true,
                ..known
            });
        }
        let size = window
            .inner_size()
            .ok()?
            .to_logical::<f64>(window.scale_factor().ok()?);
        let at = window.outer_position().ok().filter(|_| tells_places());
        Some(Self {
            size: (size.width, size.height),
            at: at.map(|PhysicalPosition { x, y }| (x, y)),
            maximised: false,
        })
    }
}

/// Wayland tells no window where it is, and says nought for it.
fn tells_places() -> bool {
    let wayland = || std::env::var_os("WAYLAND_DISPLAY").is_some_and(|name| !name.is_empty());
    let x11 = || std::env::var_os("GDK_BACKEND").is_some_and(|backend| backend == "x11");
    !cfg!(target_os = "linux") || x11() || !wayland()
}

/// What the pages showed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Spot {
    /// A path of the pages, such as `/leases`.
    pub(crate) route: String,
    /// The environment whose tab was open.
    pub(crate) environment: String,
}

/// What is known of both, and whether there is news of it.
#[derive(Debug, Default)]
pub(crate) struct Place {
    known: Mutex<Known>,
    /// The window was moved or changed its size.
    stirred: Notify,
    changed: Notify,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Known {
    /// What an earlier run left was read.
    recalled: bool,
    frame: Frame,
    spot: Spot,
    format: Option<Format>,
}

impl Place {
    /// Takes in what an earlier run left.
    pub(crate) fn recall(&self, engine: &Engine) {
        let mut known = lock(&self.known);
        known.frame = read(engine, FRAME).unwrap_or_default();
        known.spot = read(engine, SPOT).unwrap_or_default();
        known.format = read(engine, FORMAT);
        known.recalled = true;
    }

    /// Whether what an earlier run left was read.
    pub(crate) fn is_recalled(&self) -> bool {
        lock(&self.known).recalled
    }

    pub(crate) fn frame(&self) -> Frame {
        lock(&self.known).frame
    }

    pub(crate) fn spot(&self) -> Spot {
        lock(&self.known).spot.clone()
    }

    /// How keys were copied last; at first as this system's own shell takes them.
    pub(crate) fn format(&self) -> Format {
        let usual = if cfg!(windows) {
            Format::Powershell
        } else {
            Format::Bash
        };
        lock(&self.known).format.unwrap_or(usual)
    }

    /// A key was copied so.
    pub(crate) fn copied_as(&self, format: Format) {
        lock(&self.known).format = Some(format);
        self.changed.notify_one();
    }

    /// The window was moved or changed its size.
    pub(crate) fn stir(&self) {
        self.stirred.notify_one();
    }

    /// Looks where the window is. On the main thread, or while that one is free.
    pub(crate) fn look<R: Runtime>(&self, app: &AppHandle<R>) {
        let Some(window) = app.get_webview_window(window::MAIN) else {
            return;
        };
        let Some(frame) = Frame::of(&window, self.frame()) else {
            return;
        };
        lock(&self.known).frame = frame;
        self.changed.notify_one();
    }

    /// The pages show something else.
    ///
    /// # Errors
    /// That is no place in the pages.
    pub(crate) fn went(&self, spot: Spot) -> Result<(), Problem> {
        let is_path = spot.route.starts_with('/') && !spot.route.contains(char::is_control);
        if !is_path || spot.route.len() > LONGEST || spot.environment.len() > LONGEST {
            return Err(Problem::new(
                Code::InvalidInput,
                "This is no place in the pages.",
            ));
        }
        lock(&self.known).spot = spot;
        self.changed.notify_one();
        Ok(())
    }

    fn write(&self, engine: &Engine, written: &mut Known) {
        let known = lock(&self.known).clone();
        if known.frame != written.frame {
            write(engine, FRAME, &known.frame);
        }
        if known.spot != written.spot {
            write(engine, SPOT, &known.spot);
        }
        if known.format != written.format {
            write(engine, FORMAT, &known.format);
        }
        *written = known;
    }
}

fn read<T: DeserializeOwned>(engine: &Engine, name: &str) -> Option<T> {
    let text = engine.settings().recall(name).ok()??;
    serde_json::from_str(&text).ok()
}

fn write<T: Serialize>(engine: &Engine, name: &str, value: &T) {
    let Ok(text) = serde_json::to_string(value) else {
        return;
    };
    if let Err(problem) = engine.settings().remember(name, &text) {
        tracing::warn!(%problem, name, "the window's place could not be kept");
    }
}

/// Keeps what changes, soon after it did and once more at the end.
pub(crate) async fn keep<R: Runtime>(
    app: &AppHandle<R>,
    engine: &Engine,
    mut stop: watch::Receiver<bool>,
) {
    let place = &app.state::<Shell>().place;
    let mut written = lock(&place.known).clone();
    loop {
        let moved = tokio::select! {
            () = stopped(&mut stop) => break,
            () = place.stirred.notified() => true,
            () = place.changed.notified() => false,
        };
        tokio::select! {
            () = stopped(&mut stop) => break,
            () = tokio::time::sleep(SETTLE) => {}
        }
        if moved {
            // A question to the window waits for the main thread, which at the end waits for this.
            let handle = app.clone();
            let look = move || handle.state::<Shell>().place.look(&handle);
            if let Err(error) = app.run_on_main_thread(look) {
                tracing::debug!(%error, "the window's place could not be asked for");
            }
        } else {
            place.write(engine, &mut written);
        }
    }
    place.write(engine, &mut written);
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEFT: Screen = Screen {
        at: (0, 0),
        size: (1920, 1040),
        scale: 1.0,
    };
    const RIGHT: Screen = Screen {
        at: (1920, 0),
        size: (3840, 2080),
        scale: 2.0,
    };

    fn frame(size: (f64, f64), at: Option<(i32, i32)>) -> Frame {
        Frame {
            size,
            at,
            maximised: false,
        }
    }

    #[test]
    fn a_frame_that_fits_stays_as_it_was() {
        for at in [None, Some((100, 50)), Some((2000, 300)), Some((1700, 0))] {
            let was = frame((900.0, 600.0), at);
            assert_eq!(was.fit(&[LEFT, RIGHT]), was, "{at:?}");
        }
    }

    #[test]
    fn a_window_of_a_screen_that_is_gone_comes_back_to_the_middle() {
        for at in [
            (2000, 300),
            (1900, 100),
            (-1100, 0),
            (100, 1030),
            (100, -500),
        ] {
            let back = frame((900.0, 600.0), Some(at)).fit(&[LEFT]);
            assert_eq!(back, frame((900.0, 600.0), None), "{at:?}");
        }
    }

    #[test]
    fn a_size_is_neither_less_than_the_pages_need_nor_more_than_the_screen_has() {
        let size = |wanted, screens: &[Screen]| frame(wanted, None).fit(screens).size;
        assert_eq!(size((10.0, 10.0), &[LEFT]), LEAST);
        assert_eq!(size((5000.0, 5000.0), &[LEFT]), (1920.0, 1040.0));
        assert_eq!(size((5000.0, 5000.0), &[RIGHT]), (1920.0, 1040.0));
        assert_eq!(size((f64::NAN, f64::INFINITY), &[LEFT]), USUAL);
        assert_eq!(size((10.0, 5000.0), &[]), (LEAST.0, 5000.0));
        let small = Screen {
            size: (640, 400),
            ..LEFT
        };
        assert_eq!(size((1160.0, 740.0), &[small]), LEAST);
    }

    #[test]
    fn what_is_no_place_in_the_pages_is_not_kept() {
        let place = Place::default();
        for route in [
            "",
            "https://example.com",
            "leases",
            "/a\nb",
            &"/".repeat(3000),
        ] {
            let spot = Spot {
                route: route.into(),
                environment: String::new(),
            };
            assert!(place.went(spot).is_err(), "{route}");
        }
        assert_eq!(place.spot(), Spot::default());
    }
}
