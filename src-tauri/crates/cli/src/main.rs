//! `leasehold`: the engine in a terminal. Parse, one engine call, print.
#![forbid(unsafe_code)]
#![expect(clippy::print_stderr, reason = "a command prints its errors")]

mod args;
mod commands;
mod input;
mod print;

use std::process::ExitCode;

use clap::Parser;
use leasehold_domain::{Code, Problem};
use leasehold_engine::{Engine, Options, default_home, keychain_choice};

use args::{Cli, Noun};
use print::Printer;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(tracing_subscriber::EnvFilter::from_env("LEASEHOLD_LOG"))
        .init();
    let printer = Printer::new(cli.json);
    match run(cli, printer).await {
        Ok(code) => code,
        Err(problem) => {
            printer.problem(&problem);
            ExitCode::from(problem.code.exit_code())
        }
    }
}

async fn run(cli: Cli, printer: Printer) -> Result<ExitCode, Problem> {
    if let Noun::Completions { shell } = cli.noun {
        let mut grammar = <Cli as clap::CommandFactory>::command();
        clap_complete::generate(shell, &mut grammar, "leasehold", &mut std::io::stdout());
        return Ok(ExitCode::SUCCESS);
    }
    let home = cli.home.or_else(default_home).ok_or_else(|| {
        Problem::new(Code::StoreFailed, "This system names no home folder.")
            .with_hint("Say where state lives: `--home DIR`.")
    })?;
    let keychain = keychain_choice(&cli.keychain, &home, input::passphrase)?;
    let engine = Engine::open(Options::new(home, keychain, "cli"))?;
    let outcome = commands::run(&engine, cli.noun, printer).await;
    engine.close();
    outcome
}
