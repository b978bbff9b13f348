//! One file a noun: parse, one engine call, print.

mod connection;
mod credentials;
mod environment;
mod lease;
mod practice;
mod secret;
mod status;

use std::process::ExitCode;

use leasehold_domain::Problem;
use leasehold_engine::Engine;

use crate::args::Noun;
use crate::print::Printer;

pub async fn run(engine: &Engine, noun: Noun, printer: Printer) -> Result<ExitCode, Problem> {
    match noun {
        Noun::Connection(verb) => connection::run(engine, verb, printer).await,
        Noun::Environment(verb) => environment::run(engine, verb, printer),
        Noun::Practice(verb) => practice::run(engine, verb, printer).await,
        Noun::Secret(verb) => secret::run(engine, verb, printer).await,
        Noun::Lease(verb) => lease::run(engine, verb, printer).await,
        Noun::Credentials(args) => credentials::run(engine, args, printer).await,
        Noun::Status => status::run(engine, printer).await,
        Noun::Completions { .. } => Ok(ExitCode::SUCCESS),
    }
}
