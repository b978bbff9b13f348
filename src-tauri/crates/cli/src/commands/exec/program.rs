//! Which program a command names, looked for before a lease is made for it.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use leasehold_domain::{Code, Problem};
use tokio::process::Command;

use crate::print::{Printer, printable};

/// As shells, `env` and `timeout` say it.
const NOT_FOUND: u8 = 127;
const NOT_EXECUTABLE: u8 = 126;
/// A label is for people, who know the program by its name.
const LONGEST_LABEL: usize = 60;

/// A command that cannot be run.
#[derive(Debug)]
pub struct Unrunnable {
    code: u8,
    problem: Problem,
}

impl Unrunnable {
    /// Says so, and gives the exit code for it.
    pub fn told(self, printer: Printer) -> ExitCode {
        printer.problem(&self.problem);
        ExitCode::from(self.code)
    }

    /// The system refused to start it.
    pub fn of(command: &Command, error: &std::io::Error) -> Self {
        let name = shown(command.as_std().get_program());
        match error.kind() {
            ErrorKind::NotFound => not_found(&name),
            _ => not_executable(&name, &error.to_string()),
        }
    }
}

/// The command, when there is such a program.
pub fn command(words: &[OsString]) -> Result<Command, Unrunnable> {
    let (name, arguments) = words.split_first().ok_or_else(|| not_found(""))?;
    check(name)?;
    let mut command = Command::new(name);
    command.args(arguments);
    Ok(command)
}

/// A label for a lease that says which program it is for, without its arguments.
pub fn label(words: &[OsString]) -> Option<String> {
    let program = Path::new(words.first()?).file_name()?;
    let program: String = shown(program).chars().take(LONGEST_LABEL).collect();
    Some(format!("exec {program}"))
}

fn check(name: &OsStr) -> Result<(), Unrunnable> {
    let is_path = name.as_encoded_bytes().contains(&b'/') || name.is_empty();
    if is_path {
        return match std::fs::metadata(name) {
            Ok(file) if is_executable(&file) => Ok(()),
            Ok(_) => Err(not_executable(&shown(name), "it is no executable file")),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(not_found(&shown(name))),
            Err(error) => Err(not_executable(&shown(name), &error.to_string())),
        };
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    // Without a PATH, and on Windows with its endings and folders of its own, the system knows best.
    if folders.is_empty() || cfg!(windows) {
        return Ok(());
    }
    let found: Vec<PathBuf> = std::env::split_paths(&folders)
        .map(|folder| folder.join(name))
        .filter(|path| path.is_file())
        .collect();
    let is_there = |path: &PathBuf| std::fs::metadata(path).is_ok_and(|file| is_executable(&file));
    match found.iter().any(is_there) {
        true => Ok(()),
        false if found.is_empty() => Err(not_found(&shown(name))),
        false => Err(not_executable(&shown(name), "it is no executable file")),
    }
}

#[cfg(unix)]
fn is_executable(file: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.is_file() && file.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(file: &std::fs::Metadata) -> bool {
    file.is_file()
}

fn not_found(name: &str) -> Unrunnable {
    Unrunnable {
        code: NOT_FOUND,
        problem: Problem::new(Code::NotFound, format!("There is no command `{name}`."))
            .with_hint("Check its name and PATH; a shell's own commands need `sh -c`.")
            .at("command"),
    }
}

fn not_executable(name: &str, why: &str) -> Unrunnable {
    Unrunnable {
        code: NOT_EXECUTABLE,
        problem: Problem::new(
            Code::Refused,
            format!("The command `{name}` cannot be run: {why}."),
        )
        .at("command"),
    }
}

fn shown(name: &OsStr) -> String {
    let name = name.to_string_lossy();
    printable(&name)
        .replace('\n', " ")
        .chars()
        .take(80)
        .collect()
}
