//! `leasehold`: the engine in a terminal. Parse, one engine call, print.
#![forbid(unsafe_code)]

mod args;
mod commands;
mod complete;
#[cfg(test)]
mod documents;
mod input;
mod print;
mod remote;
mod usage;

use std::process::ExitCode;

use leasehold_domain::{Code, Problem};
use leasehold_engine::{Engine, Options, default_home, keychain_choice};

use args::{Cli, Noun};
use input::{Passphrases, UseOfKeys};
use print::Printer;

fn main() -> ExitCode {
    complete::answer();
    let cli = match usage::parse() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    // Before anything is opened, which could get the number of a descriptor that was not passed on.
    let passphrases = Passphrases::take(&cli);
    log();
    tracing::debug!(stage = "started");
    let printer = Printer::new(cli.json);
    let done = runtime().and_then(|runtime| {
        let done = runtime.block_on(run(cli, passphrases, printer));
        // A keyring that waits for its user must not keep a finished command from ending.
        runtime.shutdown_background();
        done
    });
    match done {
        Ok(code) => code,
        Err(problem) => {
            printer.problem(&problem);
            ExitCode::from(problem.code.exit_code())
        }
    }
}

/// One thread: a command waits for AWS, it does not compute.
fn runtime() -> Result<tokio::runtime::Runtime, Problem> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Problem::new(
                Code::Internal,
                format!("The system gave no event loop: {error}."),
            )
        })
}

async fn run(
    cli: Cli,
    mut passphrases: Passphrases,
    printer: Printer,
) -> Result<ExitCode, Problem> {
    if let Some(done) = commands::without_state(&cli, printer).await {
        return done.map(|()| ExitCode::SUCCESS);
    }
    let home = cli.home.clone().or_else(default_home).ok_or_else(|| {
        Problem::new(Code::StoreFailed, "This system names no home folder.")
            .with_hint("Say where state lives: `--home DIR`.")
    })?;
    if let Some(done) = commands::without_store(&cli, &home, printer).await {
        return done.map(|()| ExitCode::SUCCESS);
    }
    if let Some(profile) = remote::via(&cli.noun).map(str::to_owned) {
        return remote::run(&home, &profile, cli.noun, printer).await;
    }
    let use_of_keys = commands::use_of_keys(&cli.noun);
    let keychain = keychain_choice(&cli.keychain, &home, || {
        passphrases.of_keychain(use_of_keys, &home)
    })?;
    let is_gateway = matches!(cli.noun, Noun::Gateway(_));
    let requester = if is_gateway { "gateway" } else { "cli" };
    let mut options = Options::new(home, keychain, requester);
    // A stranger's call never makes a keyring ask its user: what is locked stays so.
    options.silent = is_gateway || use_of_keys == UseOfKeys::Unasked;
    options.sign_in = leasehold_engine::sign_in();
    if commands::may_ask(&cli.noun) {
        options.ask = Some(std::sync::Arc::new(commands::ask::Terminal));
    }
    let engine = Engine::open(options)?;
    tracing::debug!(stage = "state opened");
    let outcome = commands::run(&engine, cli.noun, passphrases, printer).await;
    tracing::debug!(stage = "answered");
    engine.close();
    tracing::debug!(stage = "state closed");
    outcome
}

/// Diagnostics on standard error: errors, or what `LEASEHOLD_LOG` (`error` … `trace`) asks for.
/// Only Leasehold's own code is heard, because a library might log what it sends or receives.
fn log() {
    let Ok(level) = std::env::var("LEASEHOLD_LOG") else {
        return tracing_subscriber::fmt()
            .with_writer(std::io::stderr)
            .with_max_level(tracing::Level::ERROR)
            .init();
    };
    let level: tracing::Level = level.parse().unwrap_or(tracing::Level::ERROR);
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(tracing_subscriber::EnvFilter::new(format!(
            "off,leasehold={level}"
        )))
        .init();
}
