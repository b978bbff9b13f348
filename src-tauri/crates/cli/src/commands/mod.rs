//! One file a noun: one engine call, then print.

mod access;
mod activity;
mod apply;
mod approval;
pub mod ask;
mod auth_method;
mod break_glass;
mod bulk;
mod cloud_identity;
mod connection;
mod console;
mod credentials;
mod environment;
mod exec;
mod gateway;
mod keychain;
mod knocks;
mod lease;
mod man;
mod orphan;
mod practice;
mod preflight;
mod profile;
mod progress;
mod reconcile;
mod relay;
mod role;
mod secret;
mod service;
mod session;
mod settings;
mod signals;
mod status;
mod watch;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use leasehold_domain::Problem;
use leasehold_engine::Engine;

use crate::args::{
    ApprovalVerb, AuthMethodVerb, Cli, ConnectionVerb, KeychainVerb, LeaseVerb, Noun, SecretVerb,
    SessionVerb, StatusArgs,
};
use crate::complete;
use crate::input::{Passphrases, UseOfKeys};
use crate::print::{self, Printer, word};
pub use credentials::format;
pub use exec::at_gateway;

/// So long a command that is done waits for the end of what others left.
const PATIENCE: Duration = Duration::from_secs(10);

pub async fn run(
    engine: &Engine,
    noun: Noun,
    passphrases: Passphrases,
    printer: Printer,
) -> Result<ExitCode, Problem> {
    // `exec` does it while its command runs.
    let is_left_to_us = !matches!(noun, Noun::Exec(_));
    // What stays and goes on by itself has nobody to ask: see `may_ask`.
    let done = engine
        .in_person(dispatch(engine, noun, passphrases, printer))
        .await;
    if is_left_to_us && engine.has_reached_out() {
        look_after_others(engine).await;
    }
    done
}

/// Ends the leases of an `exec` that was killed. That they are to end is recorded at once; the end
/// itself is not waited for longer than a person would.
async fn look_after_others(engine: &Engine) {
    let desk = engine.leases();
    match tokio::time::timeout(PATIENCE, desk.end_abandoned()).await {
        Ok(Ok(_)) | Err(_) => {}
        Ok(Err(problem)) => tracing::warn!(code = ?problem.code, "leases of others wait"),
    }
}

async fn dispatch(
    engine: &Engine,
    noun: Noun,
    passphrases: Passphrases,
    printer: Printer,
) -> Result<ExitCode, Problem> {
    match noun {
        Noun::Connection(verb) => connection::run(engine, verb, printer).await,
        Noun::Environment(verb) => environment::run(engine, verb, printer),
        Noun::Practice(verb) => practice::run(engine, verb, printer).await,
        Noun::Secret(verb) => secret::run(engine, verb, printer).await,
        Noun::Lease(verb) => lease::run(engine, verb, printer).await,
        Noun::Orphan(verb) => orphan::run(engine, verb, printer).await,
        Noun::Activity(verb) => activity::run(engine, verb, printer),
        Noun::AuthMethod(verb) => auth_method::run(engine, verb, printer).await,
        Noun::Role(verb) => role::run(engine, verb, printer),
        Noun::Session(verb) => session::run(engine, verb, printer).await,
        Noun::Approval(verb) => approval::run(engine, verb, printer).await,
        Noun::Gateway(verb) => done(gateway::run(engine, verb, printer).await),
        Noun::Configure(_) | Noun::Auth(_) => Ok(ExitCode::SUCCESS),
        Noun::GetCloudIdentity(_) => Ok(ExitCode::SUCCESS),
        Noun::Keychain(verb) => keychain::run(engine, verb, passphrases, printer).await,
        Noun::BreakGlass(asked) => break_glass::run(engine, asked, printer),
        Noun::Console(args) => console::run(engine, args, printer).await,
        Noun::Credentials(args) => credentials::run(engine, args, printer).await,
        Noun::Status(_) => status::run(engine, printer).await,
        Noun::Settings(verb) => settings::run(engine, verb, printer),
        Noun::Completions(_) | Noun::Man(_) => Ok(ExitCode::SUCCESS),
        Noun::Exec(args) => exec::run(engine, args, printer).await,
        Noun::Profile(verb) => profile::run(engine, verb, printer),
    }
}

fn done(done: Result<(), Problem>) -> Result<ExitCode, Problem> {
    done.map(|()| ExitCode::SUCCESS)
}

/// What a command does with the keychain: nobody is asked for a passphrase in vain.
pub fn use_of_keys(noun: &Noun) -> UseOfKeys {
    match noun {
        Noun::Connection(ConnectionVerb::Add(asked)) if asked.practice => UseOfKeys::None,
        Noun::Connection(ConnectionVerb::Add(asked)) if asked.access_key_id.is_none() => {
            UseOfKeys::Read
        }
        Noun::Connection(ConnectionVerb::Add(_) | ConnectionVerb::Rotate { .. }) => {
            UseOfKeys::Write
        }
        Noun::Connection(
            ConnectionVerb::Check { .. }
            | ConnectionVerb::Keys { .. }
            | ConnectionVerb::Remove { .. },
        ) => UseOfKeys::Read,
        Noun::Secret(SecretVerb::Add(asked)) if asked.key.access_key_id.is_some() => {
            UseOfKeys::Write
        }
        Noun::Secret(SecretVerb::Remove { revoke_leases, .. }) if *revoke_leases => UseOfKeys::Read,
        Noun::Secret(SecretVerb::Preflight { .. }) => UseOfKeys::Read,
        Noun::Lease(
            LeaseVerb::List { .. }
            | LeaseVerb::Show { .. }
            | LeaseVerb::Forget { .. }
            | LeaseVerb::Acknowledge { .. },
        ) => UseOfKeys::None,
        Noun::Lease(_) | Noun::Orphan(_) => UseOfKeys::Read,
        Noun::Keychain(KeychainVerb::Import { .. }) => UseOfKeys::Write,
        Noun::Keychain(_) => UseOfKeys::Read,
        Noun::Credentials(_) | Noun::Exec(_) => UseOfKeys::Unasked,
        Noun::Status(_) | Noun::Gateway(_) | Noun::Console(_) => UseOfKeys::Read,
        Noun::AuthMethod(
            AuthMethodVerb::Disable { revoke_leases, .. }
            | AuthMethodVerb::Delete { revoke_leases, .. },
        )
        | Noun::Session(SessionVerb::Revoke { revoke_leases, .. })
        | Noun::Approval(ApprovalVerb::Deny { revoke_leases, .. })
            if *revoke_leases =>
        {
            UseOfKeys::Read
        }
        Noun::Connection(_)
        | Noun::Profile(_)
        | Noun::Environment(_)
        | Noun::Practice(_)
        | Noun::Secret(_)
        | Noun::Activity(_)
        | Noun::AuthMethod(_)
        | Noun::Role(_)
        | Noun::Session(_)
        | Noun::Approval(_)
        | Noun::Configure(_)
        | Noun::Auth(_)
        | Noun::GetCloudIdentity(_)
        | Noun::BreakGlass(_)
        | Noun::Settings(_)
        | Noun::Completions(_)
        | Noun::Man(_) => UseOfKeys::None,
    }
}

/// Whether a person is asked for an MFA code on the way. What programs run never asks, nor does what
/// goes on by itself. `exec` is at a terminal what its command is: a person's.
pub fn may_ask(noun: &Noun) -> bool {
    let stays = matches!(noun, Noun::Lease(LeaseVerb::Watch) | Noun::Gateway(_));
    let is_for_a_program = matches!(noun, Noun::Credentials(_));
    !stays && !is_for_a_program && ask::is_at_terminal()
}

/// Does what needs the home's folder and not its state: whoever logs in elsewhere needs none.
pub async fn without_store(
    cli: &Cli,
    home: &Path,
    printer: Printer,
) -> Option<Result<(), Problem>> {
    match &cli.noun {
        Noun::Configure(asked) => Some(gateway::configure(home, asked.clone(), printer)),
        Noun::Auth(asked) => Some(gateway::auth(home, asked.clone(), printer).await),
        _ => None,
    }
}

/// Does what needs no state, for which none is made. `None`: this verb needs it.
pub async fn without_state(cli: &Cli, printer: Printer) -> Option<Result<(), Problem>> {
    match &cli.noun {
        Noun::Completions(asked) => {
            let script = complete::script(asked.shell);
            Some(script.and_then(|script| print::out(script.trim_end()).map(|_| ())))
        }
        Noun::GetCloudIdentity(asked) => Some(cloud_identity::print(asked, printer).await),
        Noun::Man(asked) => Some(man::write(&asked.folder, printer)),
        Noun::Status(StatusArgs {
            service: Some(kind),
        }) => Some(service::print(cli, *kind, printer)),
        _ => None,
    }
}
