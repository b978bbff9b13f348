//! `leasehold profile`

use std::path::PathBuf;
use std::process::ExitCode;

use leasehold_domain::{Code, Problem};
use leasehold_engine::wire::InstalledProfile;
use leasehold_engine::{AwsFiles, Engine, ProfileRequest};
use serde_json::json;

use crate::args::ProfileVerb;
use crate::print::{Printer, printable};

pub fn run(engine: &Engine, verb: ProfileVerb, printer: Printer) -> Result<ExitCode, Problem> {
    let files = aws_files()?;
    match verb {
        ProfileVerb::Install { secret, profile } => {
            let request = ProfileRequest {
                secret,
                profile,
                program: program()?,
            };
            let done = engine.profiles().install(&request, &files)?;
            printer.answer(&json!({ "profile": done }), || installed(&done))?;
            for warning in &done.warnings {
                printer.note(warning);
            }
        }
        ProfileVerb::Remove { name } => {
            let done = engine.profiles().remove(&name, &files)?;
            printer.answer(&json!({ "profile": done }), || {
                let name = &done.profile;
                format!("The profile {name} is gone from {}.", printable(&done.file))
            })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn installed(done: &InstalledProfile) -> String {
    let (name, file) = (&done.profile, printable(&done.file));
    let first = match done.changed {
        true => format!("The profile {name} is in {file}:"),
        false => format!("The profile {name} is in {file} already:"),
    };
    let backup = match &done.backup {
        Some(backup) => format!("\nThe file as it was is {}.", printable(backup)),
        None => String::new(),
    };
    format!(
        "{first}\n  credential_process = {}\n  region = {}{backup}\nTry it: aws sts \
         get-caller-identity --profile {name}",
        printable(&done.command),
        done.region
    )
}

/// Where AWS's tools look, by the variables that they heed.
fn aws_files() -> Result<AwsFiles, Problem> {
    Ok(AwsFiles {
        config: aws_file("AWS_CONFIG_FILE", "config")?,
        credentials: aws_file("AWS_SHARED_CREDENTIALS_FILE", "credentials")?,
    })
}

fn aws_file(variable: &str, name: &str) -> Result<PathBuf, Problem> {
    let home = || {
        std::env::home_dir()
            .filter(|home| !home.as_os_str().is_empty())
            .ok_or_else(|| {
                Problem::new(Code::StoreFailed, "This system names no home folder.")
                    .with_hint(format!("Say where the file is in {variable}."))
            })
    };
    let Some(said) = std::env::var_os(variable).filter(|said| !said.is_empty()) else {
        return Ok(home()?.join(".aws").join(name));
    };
    let said = PathBuf::from(said);
    match said.strip_prefix("~") {
        Ok(rest) => Ok(home()?.join(rest)),
        Err(_) => Ok(said),
    }
}

/// This program, as it was called: a link in a folder of programs stays when the version behind it
/// changes.
fn program() -> Result<PathBuf, Problem> {
    let running = std::env::current_exe().map_err(|error| {
        Problem::new(
            Code::Internal,
            format!("The system does not say where this program is: {error}."),
        )
    })?;
    let real = running.canonicalize().ok();
    let called = std::env::args_os().next().and_then(|called| {
        let called = PathBuf::from(called);
        if called.components().count() > 1 {
            return Some(called);
        }
        let folders = std::env::var_os("PATH")?;
        let mut paths = std::env::split_paths(&folders).map(|folder| folder.join(&called));
        paths.find(|path| path.is_file())
    });
    let called = called.filter(|called| real.is_some() && called.canonicalize().ok() == real);
    let called = called.and_then(|called| std::path::absolute(called).ok());
    Ok(called.unwrap_or(running))
}
