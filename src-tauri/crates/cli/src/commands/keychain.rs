//! `leasehold keychain`

use std::process::ExitCode;

use leasehold_domain::{Code, Problem};
use leasehold_engine::wire::{KeyState, KeyView, KeychainView, KeysMoved};
use leasehold_engine::{Engine, TakeIn};

use crate::args::KeychainVerb;
use crate::input::Passphrases;
use crate::print::{Cell, Printer, Role, facts, table, word};

pub async fn run(
    engine: &Engine,
    verb: KeychainVerb,
    passphrases: Passphrases,
    printer: Printer,
) -> Result<ExitCode, Problem> {
    let desk = engine.keys();
    match verb {
        KeychainVerb::Status => {
            let status = desk.status().await?;
            printer.answer(&status, || keychain(&status.keychain) + &keys(&status.keys))?;
            let code = match &status.keychain.problem {
                Some(problem) => problem.code,
                None if is_missing(&status.keys) => Code::KeychainNoEntry,
                None => return Ok(ExitCode::SUCCESS),
            };
            Ok(ExitCode::from(code.exit_code()))
        }
        KeychainVerb::Export { file, .. } => {
            let moved = desk.export(&file, passphrases.of_new_file()?).await?;
            told(printer, &moved, "Written to")
        }
        KeychainVerb::Import { file, replace, .. } => {
            let take_in = match replace {
                true => TakeIn::All,
                false => TakeIn::New,
            };
            let moved = desk.import(&file, passphrases.of_file()?, take_in).await?;
            told(printer, &moved, "Read from")
        }
    }
}

fn told(printer: Printer, moved: &KeysMoved, done: &str) -> Result<ExitCode, Problem> {
    printer.answer(moved, || {
        format!("{done} {}.\n\n{}", moved.file, keys(&moved.keys))
    })?;
    if is_missing(&moved.keys) {
        printer.note("A key is missing: add its connection again, or look in another keychain.");
        return Ok(ExitCode::from(Code::Pending.exit_code()));
    }
    Ok(ExitCode::SUCCESS)
}

fn is_missing(keys: &[KeyView]) -> bool {
    keys.iter()
        .any(|key| matches!(key.state, KeyState::Missing | KeyState::Unknown))
}

fn keychain(keychain: &KeychainView) -> String {
    let problem = match &keychain.problem {
        None => "none".to_owned(),
        Some(problem) => {
            let hint = problem.hint.as_deref().unwrap_or_default();
            format!("{} {hint}", problem.message)
        }
    };
    let rows = vec![("Kind", keychain.kind.clone()), ("Problem", problem)];
    facts(("KEYCHAIN", &keychain.name), rows) + "\n"
}

fn keys(keys: &[KeyView]) -> String {
    let row = |key: &KeyView| -> Vec<Cell> {
        let (what, of) = match &key.connection {
            Some(name) => ("managing key", name.clone()),
            None => ("data key", "leased keys kept for re-use".to_owned()),
        };
        let id = key.access_key_id.clone().unwrap_or_default();
        vec![what.into(), of.into(), id.into(), said(key.state)]
    };
    let head = ["KEY", "OF", "ACCESS KEY ID", "STATE"];
    table(&head, &[1], keys.iter().map(row).collect())
}

fn said(state: KeyState) -> Cell {
    match state {
        KeyState::Present => Cell::new(Role::Good, "in the keychain"),
        KeyState::Same => Cell::new(Role::Good, "in the keychain already"),
        KeyState::Missing => Cell::new(Role::Alarm, "MISSING"),
        KeyState::Unknown => Cell::new(Role::Alarm, "not known"),
        KeyState::NotMade => Cell::new(Role::Over, "not needed yet"),
        KeyState::Exported | KeyState::Imported | KeyState::Replaced => {
            Cell::new(Role::Good, word(&state))
        }
    }
}
