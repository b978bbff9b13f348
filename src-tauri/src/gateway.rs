//! The gateway in the window's process: it follows what is chosen, and whatever keeps it from listening is
//! a state that is seen and tried again.

use std::time::Duration;

use chrono::TimeDelta;
use leasehold_domain::{Code, Problem};
use leasehold_engine::Engine;
use leasehold_engine::wire::{Event, GatewaySettings, GatewayState};
use leasehold_gateway::{Gateway, Options};
use tauri::{AppHandle, Emitter, Manager, Runtime};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::sync::{Notify, watch};

use crate::life::stopped;
use crate::state::Shell;
use crate::window::MAIN;

/// So long calls that are under way may take when it stops: the application ends within more than that.
const LAST_CALLS: Duration = Duration::from_secs(3);
/// Between two tries to listen: at first, and at most. What had the port at log-in is often gone soon.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// How it is, for the pages and the tray.
#[derive(Debug)]
pub(crate) struct Hosted {
    state: watch::Sender<GatewayState>,
    again: Notify,
}

impl Default for Hosted {
    fn default() -> Self {
        Self {
            state: watch::Sender::new(GatewayState::Off),
            again: Notify::new(),
        }
    }
}

impl Hosted {
    /// How it is now.
    pub(crate) fn state(&self) -> GatewayState {
        self.state.borrow().clone()
    }

    /// Somebody does not want to wait for the next try.
    pub(crate) fn try_again(&self) {
        // Without one who waits there is nothing to try again, and none is kept for later.
        self.again.notify_waiters();
    }
}

/// Serves while it is switched on, until everything ends.
pub(crate) async fn keep<R: Runtime>(
    app: &AppHandle<R>,
    engine: &Engine,
    tray: &Notify,
    mut stop: watch::Receiver<bool>,
) {
    let show = |state| show(app, tray, state);
    let mut events = engine.subscribe();
    let mut chosen = GatewaySettings::default();
    let mut tries = Tries::default();
    loop {
        chosen = read(engine, chosen);
        if !chosen.on {
            tries = Tries::default();
            show(GatewayState::Off);
            tokio::select! {
                () = stopped(&mut stop) => return,
                () = otherwise(engine, &mut events, &chosen) => continue,
            }
        }
        show(GatewayState::Starting);
        let opened = tokio::select! {
            () = stopped(&mut stop) => return,
            opened = open(engine, &chosen) => opened,
        };
        match opened {
            Ok(gateway) => {
                tries = Tries::default();
                show(GatewayState::Listening {
                    urls: gateway.urls(),
                    certificate_sha256: gateway.fingerprint(),
                    since: app.state::<Shell>().clock.now(),
                });
                let change = otherwise(engine, &mut events, &chosen);
                let is_over = serve(gateway, change, &mut stop, &show).await;
                if is_over {
                    return;
                }
            }
            Err(problem) => {
                let pause = tries.failed(engine, &problem);
                show(failure(app, engine, problem, pause));
                let hosted = &app.state::<Shell>().gateway;
                tokio::select! {
                    () = stopped(&mut stop) => return,
                    () = otherwise(engine, &mut events, &chosen) => tries = Tries::default(),
                    () = hosted.again.notified() => {}
                    () = tokio::time::sleep(pause) => {}
                }
            }
        }
    }
}

/// Serves until something else is chosen, or everything ends: then true.
async fn serve(
    gateway: Gateway,
    change: impl Future<Output = ()>,
    stop: &mut watch::Receiver<bool>,
    show: &impl Fn(GatewayState),
) -> bool {
    let (end, ended) = watch::channel(false);
    // A task of its own: a defect in it ends it and not the window.
    let mut running = tauri::async_runtime::spawn(gateway.run(ended));
    let is_over = tokio::select! {
        done = &mut running => {
            tracing::error!(?done, "the gateway ended by itself");
            return false;
        }
        () = stopped(stop) => true,
        () = change => false,
    };
    show(GatewayState::Stopping);
    end.send_replace(true);
    if let Err(error) = running.await {
        tracing::error!(%error, "the gateway broke while it ended");
    }
    is_over
}

async fn open(engine: &Engine, chosen: &GatewaySettings) -> Result<Gateway, Problem> {
    let options = Options {
        last_calls: Some(LAST_CALLS),
        ..leasehold_gateway::chosen(chosen, engine.home())?
    };
    Gateway::open(engine, options).await
}

/// What is chosen now; what was, where that cannot be read.
fn read(engine: &Engine, before: GatewaySettings) -> GatewaySettings {
    engine.settings().gateway().unwrap_or_else(|problem| {
        tracing::warn!(%problem, "what is chosen for the gateway cannot be read");
        before
    })
}

/// Until something else is chosen than what it goes by.
async fn otherwise(engine: &Engine, events: &mut Receiver<Event>, chosen: &GatewaySettings) {
    loop {
        match events.recv().await {
            Ok(Event::SettingsChanged) | Err(RecvError::Lagged(_)) => {
                if read(engine, chosen.clone()) != *chosen {
                    return;
                }
            }
            Ok(_) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Tries that failed, one after the other.
#[derive(Debug, Default)]
struct Tries {
    count: u32,
    said: Option<String>,
}

impl Tries {
    /// One more: how long to wait. The activity log has each reason once.
    fn failed(&mut self, engine: &Engine, problem: &Problem) -> Duration {
        let pause = FIRST_PAUSE.saturating_mul(1 << self.count.min(10));
        self.count += 1;
        if self.said.as_ref() != Some(&problem.message) {
            engine.gateway().failed(problem);
            self.said = Some(problem.message.clone());
        }
        pause.min(LONGEST_PAUSE)
    }
}

fn failure<R: Runtime>(
    app: &AppHandle<R>,
    engine: &Engine,
    problem: Problem,
    pause: Duration,
) -> GatewayState {
    let pause = TimeDelta::from_std(pause).unwrap_or_default();
    let retry_at = Some(app.state::<Shell>().clock.now() + pause);
    // A socket that is somebody else's is busy too, while nobody of this home serves.
    let serving = engine.gateway().serving();
    match serving.filter(|_| problem.code == Code::Busy) {
        Some(serving) => GatewayState::Elsewhere {
            problem,
            serving,
            retry_at,
        },
        None => GatewayState::Failed { problem, retry_at },
    }
}

fn show<R: Runtime>(app: &AppHandle<R>, tray: &Notify, state: GatewayState) {
    let hosted = &app.state::<Shell>().gateway;
    let is_new = hosted.state.send_if_modified(|old| {
        let is_new = *old != state;
        old.clone_from(&state);
        is_new
    });
    if !is_new {
        return;
    }
    tray.notify_one();
    if let Err(error) = app.emit_to(MAIN, "gateway", state) {
        tracing::warn!(%error, "the pages could not be told of the gateway");
    }
}
