//! What a shell is told when somebody presses Tab: verbs, options, and the names in the state.
//!
//! The state is read in passing: no keychain, no lock, no trace, and nothing said when it fails.

use std::path::PathBuf;

use clap::CommandFactory;
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};
use leasehold_domain::{Code, Problem};
use leasehold_engine::{Names, default_home};

use crate::args::{Cli, ShellArg};

/// Set by the scripts of [`script`] when they ask for candidates.
const ASKED: &str = "LEASEHOLD_COMPLETE";

/// Answers a shell that asks for candidates, and ends the process then.
pub fn answer() {
    CompleteEnv::with_factory(Cli::command)
        .var(ASKED)
        .complete();
}

/// The script that makes a shell ask.
pub fn script(shell: ShellArg) -> Result<String, Problem> {
    let name = match shell {
        ShellArg::Bash => "bash",
        ShellArg::Fish => "fish",
        ShellArg::Zsh => "zsh",
        ShellArg::Powershell => "powershell",
    };
    let unwritten = || Problem::new(Code::Internal, "The script could not be written.");
    let mut script = Vec::new();
    Shells::builtins()
        .completer(name)
        .ok_or_else(unwritten)?
        .write_registration(ASKED, "leasehold", "leasehold", &program(), &mut script)
        .map_err(|_| unwritten())?;
    String::from_utf8(script).map_err(|_| unwritten())
}

/// This program as a shell finds it again: by its name where that was enough to start it.
fn program() -> String {
    let name = "leasehold".to_owned();
    let typed = std::env::args_os().next().map(PathBuf::from);
    match typed.filter(|typed| typed.components().count() > 1) {
        Some(typed) => std::path::absolute(&typed)
            .unwrap_or(typed)
            .into_os_string()
            .into_string()
            .unwrap_or(name),
        None => name,
    }
}

/// Dynamic secrets.
pub fn secrets() -> ArgValueCandidates {
    ArgValueCandidates::new(|| described(names().secrets))
}

/// Ids of leases that are not at rest.
pub fn leases() -> ArgValueCandidates {
    ArgValueCandidates::new(|| described(names().leases))
}

/// Connections.
pub fn connections() -> ArgValueCandidates {
    ArgValueCandidates::new(|| plain(names().connections))
}

/// Environments.
pub fn environments() -> ArgValueCandidates {
    ArgValueCandidates::new(|| plain(names().environments))
}

fn described(names: Vec<(String, String)>) -> Vec<CompletionCandidate> {
    let one =
        |(name, about): (String, String)| CompletionCandidate::new(name).help(Some(about.into()));
    names.into_iter().map(one).collect()
}

fn plain(names: Vec<String>) -> Vec<CompletionCandidate> {
    names.into_iter().map(CompletionCandidate::new).collect()
}

fn names() -> Names {
    let said = said_home(std::env::args_os().map(|word| word.to_string_lossy().into_owned()));
    let set = || std::env::var_os("LEASEHOLD_HOME").map(PathBuf::from);
    let home = said.or_else(set).or_else(default_home);
    home.map(|home| Names::of(&home)).unwrap_or_default()
}

/// The home that the line under completion names.
fn said_home(words: impl Iterator<Item = String>) -> Option<PathBuf> {
    let words: Vec<_> = words.skip_while(|word| word != "--").skip(1).collect();
    let mut home = None;
    let mut at = words.iter();
    while let Some(word) = at.next() {
        if word == "--" {
            break;
        }
        if word == "--home" {
            // bash divides words at `=`.
            home = at.clone().find(|word| *word != "=").map(PathBuf::from);
        } else if let Some(path) = word.strip_prefix("--home=") {
            home = Some(PathBuf::from(path));
        }
    }
    home
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_of_the_line_is_the_one_that_is_completed_from() {
        let home = |line: &str| said_home(line.split(' ').map(str::to_owned));
        let found = Some(PathBuf::from("/x"));
        assert_eq!(home("leasehold -- leasehold --home /x secret show"), found);
        assert_eq!(home("leasehold -- leasehold --home=/x secret show"), found);
        assert_eq!(
            home("leasehold -- leasehold --home = /x secret show"),
            found
        );
        assert_eq!(home("leasehold -- leasehold exec s3 -- y --home /x"), None);
        assert_eq!(home("leasehold --home /y -- leasehold status"), None);
    }
}
