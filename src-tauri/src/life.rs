//! What runs behind the window: opening the engine, its timer, what it tells; and the one way to
//! end it all.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use leasehold_access::desk::view::AccessNews;
use leasehold_domain::{Code, Problem};
use leasehold_engine::wire::{Event, State};
use leasehold_engine::{Engine, LeaseQuery, Options};
use tauri::async_runtime::JoinHandle;
use tauri::{AppHandle, Emitter, Manager, Runtime};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;

use crate::ask::InWindow;
use crate::keys::Shown;
use crate::notify::{Notifier, act};
use crate::state::{Shell, lock};
use crate::window::MAIN;
use crate::{gateway, place, routes, tray, wake, window};

/// How long the end may take before the process leaves anyway; the next start finishes the rest.
const PATIENCE: Duration = Duration::from_secs(5);

/// The owner of everything that runs.
pub(crate) struct Life {
    stop: watch::Sender<bool>,
    running: Mutex<Option<JoinHandle<()>>>,
    probes: Mutex<JoinSet<()>>,
}

impl Default for Life {
    fn default() -> Self {
        Self {
            stop: watch::Sender::new(false),
            running: Mutex::default(),
            probes: Mutex::default(),
        }
    }
}

/// Opens the engine and runs it until [`end`]. The window is up meanwhile; its commands wait.
pub(crate) fn begin<R: Runtime>(
    app: &AppHandle<R>,
    options: impl Fn() -> Result<Options, Problem> + Send + Sync + 'static,
) {
    let shell = app.state::<Shell>();
    let stop = shell.life.stop.subscribe();
    let all = {
        let app = app.clone();
        async move {
            tokio::join!(
                run(app.clone(), options, stop.clone()),
                window::appear(&app),
                heed_signals(app.clone(), stop)
            );
        }
    };
    *lock(&shell.life.running) = Some(tauri::async_runtime::spawn(all));
}

/// Resolves when everything is to end.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // The sender lives as long as the shell; an error would mean the end as well.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// A logout or a Ctrl-C ends the application as its menu does, so that no secret stays in the
/// clipboard.
async fn heed_signals<R: Runtime>(app: AppHandle<R>, mut stop: watch::Receiver<bool>) {
    let asked = tokio::select! {
        () = stopped(&mut stop) => return,
        asked = asked_to_end() => asked,
    };
    match asked {
        Ok(()) => quit(&app),
        Err(error) => tracing::warn!(%error, "signals are not heard"),
    }
}

#[cfg(unix)]
async fn asked_to_end() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted,
    }
}

#[cfg(not(unix))]
async fn asked_to_end() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

async fn run<R: Runtime>(
    app: AppHandle<R>,
    options: impl Fn() -> Result<Options, Problem>,
    mut stop: watch::Receiver<bool>,
) {
    let shell = app.state::<Shell>();
    let engine = loop {
        match open(options().map(|options| in_window(&app, options))).await {
            Ok(engine) => break engine,
            Err(problem) => {
                tracing::error!(%problem, "the engine could not be opened");
                shell.opened(Err(problem));
            }
        }
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = shell.wanted_again() => {}
        }
    };
    let events = engine.subscribe();
    shell.place.recall(&engine);
    shell.pause.recall(&engine);
    if let Ok(settings) = engine.settings().get() {
        window::dress(&app, settings.theme);
    }
    shell.opened(Ok(engine.clone()));
    window::place(&app);
    let bell = Arc::new(Notify::new());
    let (tell_news, news) = mpsc::unbounded_channel();
    tokio::join!(
        engine.run(stop.clone()),
        gateway::keep(&app, &engine, &bell, stop.clone()),
        leasehold_gateway::news(
            &engine,
            // Nobody hears it any more when everything ends.
            |news| drop(tell_news.send(news)),
            stop.clone()
        ),
        tray::keep(app.clone(), engine.clone(), Arc::clone(&bell), stop.clone()),
        hear(&app, &engine, events, news, &bell, stop.clone()),
        place::keep(&app, &engine, stop.clone()),
        window::unload_when_left(&app, &engine, stop.clone()),
        tray::watch_host(&app, stop.clone()),
        wake::keep(&app, &engine, &bell, stop),
    );
    engine.close();
}

/// What a person must be asked is asked in the window.
fn in_window<R: Runtime>(app: &AppHandle<R>, options: Options) -> Options {
    Options {
        ask: Some(Arc::new(InWindow::new(app))),
        ..options
    }
}

/// Opening reads, checks and may move files, which must not hold up the runtime.
async fn open(options: Result<Options, Problem>) -> Result<Engine, Problem> {
    let options = options?;
    tokio::task::spawn_blocking(move || Engine::open(options))
        .await
        .unwrap_or_else(|stopped| {
            Err(Problem::new(
                Code::Internal,
                format!("Opening the state stopped: {stopped}."),
            ))
        })
}

/// Hands on what the engine tells: to the pages, the tray, the notifications, the keys on show.
async fn hear<R: Runtime>(
    app: &AppHandle<R>,
    engine: &Engine,
    mut events: broadcast::Receiver<Event>,
    mut news: mpsc::UnboundedReceiver<AccessNews>,
    tray: &Notify,
    mut stop: watch::Receiver<bool>,
) {
    let shell = app.state::<Shell>();
    let mut notifier = Notifier::new(&shell, engine);
    notifier.recall();
    let mut acts = JoinSet::new();
    loop {
        tokio::select! {
            () = stopped(&mut stop) => break,
            pressed = notifier.pressed() => {
                acts.spawn(act(app.clone(), engine.clone(), pressed));
            }
            Some(done) = acts.join_next() => match done {
                Ok(Ok(Some(note))) => notifier.say(note),
                Ok(Ok(None)) => {}
                Ok(Err(refusal)) => notifier.refuse(refusal),
                Err(error) => tracing::error!(%error, "a notification's button broke"),
            },
            Some(news) = news.recv() => {
                notifier.hear_of_access(&news);
                tray.notify_one();
                tell_of_access(app, &news);
            }
            event = events.recv() => match event {
                Ok(event) => {
                    settle(app, engine, &event).await;
                    notifier.hear(&event);
                    tray.notify_one();
                    tell(app, &event);
                }
                Err(RecvError::Lagged(missed)) => {
                    tracing::debug!(missed, "events were missed, the pages load anew");
                    tray.notify_one();
                    tell(app, &Event::CatalogChanged);
                }
                Err(RecvError::Closed) => break,
            },
        }
    }
    notifier.end().await;
}

fn tell<R: Runtime>(app: &AppHandle<R>, event: &Event) {
    if let Err(error) = app.emit_to(MAIN, "engine", event) {
        tracing::warn!(%error, "the pages could not be told");
    }
    window::credentials::tell(app, event);
}

fn tell_of_access<R: Runtime>(app: &AppHandle<R>, news: &AccessNews) {
    if let Err(error) = app.emit_to(MAIN, "access", news) {
        tracing::warn!(%error, "the pages could not be told who asks to be let in");
    }
}

/// What the shell itself has to do: the key of a lease that is over is neither kept nor left in
/// the clipboard, and the windows' frames follow the theme.
async fn settle<R: Runtime>(app: &AppHandle<R>, engine: &Engine, event: &Event) {
    let shell = app.state::<Shell>();
    match event {
        Event::LeaseChanged { lease } if !matches!(lease.state, State::Issuing | State::Active) => {
            shell.keys.close(&lease.id);
            shell.clipboard.lease_over(&lease.id).await;
        }
        Event::LeaseChanged { lease } => shell.keys.kept(&lease.id, lease.kept),
        Event::SettingsChanged => {
            if let Ok(settings) = engine.settings().get() {
                window::dress(app, settings.theme);
            }
        }
        _ => {}
    }
}

/// Tries a fresh key until it works, which the engine tells by an event. It goes on when its
/// window is closed meanwhile, so that the lease's history says when its key worked.
pub(crate) fn probe_usable<R: Runtime>(
    app: &AppHandle<R>,
    engine: Engine,
    lease_id: String,
    shown: Arc<Shown>,
    request_id: Option<String>,
) {
    let shell = app.state::<Shell>();
    let mut probes = lock(&shell.life.probes);
    while probes.try_join_next().is_some() {}
    probes.spawn(async move {
        let leases = engine.leases();
        if let Err(problem) = leases
            .wait_usable(&lease_id, &shown.credentials, request_id)
            .await
        {
            tracing::info!(%problem, lease_id, "the new key did not answer yet");
        }
    });
}

/// Ends the application, or asks first what is to become of leases that are open.
pub(crate) async fn quit_asked<R: Runtime>(app: AppHandle<R>) {
    let open = async {
        let engine = app.state::<Shell>().engine().await.ok()?;
        let leases = engine.leases().list(&LeaseQuery::default()).ok()?;
        Some(leases.iter().any(|lease| lease.state == State::Active))
    };
    // An engine that is not open knows of none; whoever wants to quit then may.
    match tokio::time::timeout(PATIENCE, open).await {
        Ok(Some(true)) => window::show_at(&app, routes::quit()),
        _ => quit(&app),
    }
}

/// Ends the application.
pub(crate) fn quit<R: Runtime>(app: &AppHandle<R>) {
    app.exit(0);
}

/// Stops what runs and takes our secrets out of memory and clipboard. Called once, when the event
/// loop has ended.
pub(crate) fn end<R: Runtime>(app: &AppHandle<R>) {
    let shell = app.state::<Shell>();
    shell.keys.clear();
    shell.clipboard.end();
    lock(&shell.life.probes).abort_all();
    shell.life.stop.send_replace(true);
    let Some(running) = lock(&shell.life.running).take() else {
        return;
    };
    // Waited for by a channel of the standard library: a timer of the runtime would never be due if each
    // of its threads waited for this one, which the event loop no longer serves.
    let (done, ended) = std::sync::mpsc::channel();
    tauri::async_runtime::spawn(async move {
        // Whoever no longer waits has left.
        let _ = done.send(running.await);
    });
    match ended.recv_timeout(PATIENCE) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "what ran behind the window broke"),
        Err(_) => tracing::warn!("the engine took too long to stop; the next start goes on"),
    }
}
