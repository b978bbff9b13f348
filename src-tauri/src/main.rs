//! The desktop shell: a window, a tray, notifications. It holds no rule about leases; those are in
//! `leasehold-engine`.
//!
//! Start-up order: arguments, panics and the log, the display, the single instance, the window and
//! the tray, and only then the engine, so that whatever is wrong with the state is seen in the
//! window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod ask;
mod autostart;
mod clipboard;
mod commands;
mod console;
mod gateway;
mod keys;
mod life;
mod notify;
mod papers;
mod place;
mod routes;
mod second;
mod start;
mod state;
mod stops;
mod tray;
mod wake;
mod window;

#[cfg(test)]
mod tests;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;

use leasehold_domain::Problem;
use leasehold_engine::{Options, SystemClock};
use tauri::{Builder, Manager, RunEvent, Wry};

use clipboard::Clipboard;
use start::Asked;
use state::Shell;

fn main() -> ExitCode {
    let (home, hidden) = match start::arguments(std::env::args_os().skip(1)) {
        Ok(Asked::Window { home, hidden }) => (home, hidden),
        Ok(Asked::Help) => return print(start::HELP),
        Ok(Asked::Version) => return print(concat!("Leasehold ", env!("CARGO_PKG_VERSION"), "\n")),
        Err(reason) => {
            complain(&reason);
            return ExitCode::from(2);
        }
    };
    let inherited = start::inherited(|name| std::env::var_os(name));
    say_panics();
    log();
    if let Some(reason) = start::no_display() {
        complain(reason);
        return ExitCode::FAILURE;
    }
    let environment = |name: &str| std::env::var_os(name);
    if let Some(reason) = start::looked_into(!cfg!(debug_assertions), environment) {
        complain(&reason);
        return ExitCode::FAILURE;
    }
    let named = start::named_home(home, |name| std::env::var_os(name));
    let home = named.clone();
    let options = move || start::options(home.clone(), &inherited, |name| std::env::var_os(name));
    // A panic has been said by the hook; what is left is the exit code.
    catch_unwind(AssertUnwindSafe(|| run(options, named, hidden))).unwrap_or(ExitCode::FAILURE)
}

fn run(
    options: impl Fn() -> Result<Options, Problem> + Send + Sync + 'static,
    home: Option<PathBuf>,
    hidden: bool,
) -> ExitCode {
    let mut builder = Builder::<Wry>::default();
    // First of all plugins: a second start does nothing but show the first one's window.
    if !start::several_allowed() {
        builder = builder.plugin(tauri_plugin_single_instance::init(
            |app, arguments, folder| second::started(app, &arguments, &folder),
        ));
    }
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("the application could not be started: {error}."));
            return ExitCode::FAILURE;
        }
    };
    tauri::async_runtime::set(runtime.handle().clone());
    let clock = SystemClock::shared();
    let app = builder
        .manage(Shell::new(clock.clone(), Clipboard::system(clock)).at_home(home))
        .invoke_handler(commands::dispatch())
        .build(tauri::generate_context!());
    let app = match app {
        Ok(app) => app,
        Err(error) => {
            complain(&format!("the application could not be started: {error}."));
            return ExitCode::FAILURE;
        }
    };
    let mut options = Some(options);
    let code = app.run_return(move |app, event| match event {
        RunEvent::Ready => {
            let Some(options) = options.take() else {
                return;
            };
            tray::build(app);
            if hidden {
                app.state::<Shell>().page.set_hidden(true);
                window::hide_or_explain(app);
            } else if let Err(error) = window::open(app) {
                complain(&format!("the window could not be opened: {error}."));
                return app.exit(1);
            }
            life::begin(app, options);
        }
        RunEvent::ExitRequested { code, api, .. } if window::outlives_window(app, code) => {
            api.prevent_exit();
        }
        RunEvent::Exit => life::end(app),
        _ => {}
    });
    // What is still under way has had its time; a call that hangs keeps nobody.
    runtime.shutdown_background();
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// The threads that the engine's work runs on, which goes deeper than two megabytes of stack, the usual,
/// where a build is not optimized. What is not used of a stack takes no memory.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(8 * 1024 * 1024)
        .build()
}

/// A panic is a defect of ours; it is said in one line and, where the log is on, in full.
fn say_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map_or_else(String::new, |at| format!(" at {at}"));
        let what = panic.payload_as_str().unwrap_or("no reason given");
        if what.contains("gtk") {
            complain(&format!("the display cannot be used: {what}."));
        } else {
            complain(&format!(
                "a defect stopped a part of Leasehold{place}: {what}. Leases still end on time."
            ));
        }
        tracing::debug!(trace = %std::backtrace::Backtrace::force_capture(), "where it was");
    }));
}

fn log() {
    use tracing_subscriber::EnvFilter;
    let filter =
        EnvFilter::try_from_env("LEASEHOLD_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .finish();
    // Nobody else sets one.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Nobody may be there to read; that is no reason to stop.
fn complain(reason: &str) {
    let _ = writeln!(std::io::stderr(), "leasehold-desktop: {reason}");
}

fn print(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
