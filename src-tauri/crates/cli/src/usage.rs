//! Usage errors: exit code 2, and never a word that could be a secret typed as an argument.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};
use leasehold_domain::{Code, Problem};

use crate::args::{Cli, FormatArg, Noun, RecipeArgs, SecretVerb};
use crate::print::{self, Printer};

const ONE_READER: &str = "standard input can be read only once: by `--secret-access-key-stdin` or \
                          by one `--policy-document -`";
/// Shorter words are no secrets, and taking them out would spoil the text around them.
const SHORT: usize = 8;

/// The command line, or the exit code after what was to be said about it was said.
pub fn parse() -> Result<Cli, ExitCode> {
    let words: Vec<OsString> = std::env::args_os().collect();
    let parsed = Cli::try_parse_from(&words).and_then(|cli| match conflict(&cli) {
        Some(error) => Err(error),
        None => Ok(cli),
    });
    parsed.map_err(|error| explain(&error, &words))
}

fn explain(error: &clap::Error, words: &[OsString]) -> ExitCode {
    if !error.use_stderr() {
        let text = error.render();
        let text = if print::colours(&std::io::stdout()) {
            text.ansi().to_string()
        } else {
            text.to_string()
        };
        // Help for a reader that went away needs no error.
        let _ = print::out(text.trim_end());
        return ExitCode::SUCCESS;
    }
    let code = ExitCode::from(Code::Usage.exit_code());
    if asks_for_json(words) {
        Printer::new(true).problem(&problem(error, words));
        return code;
    }
    let text = error.render();
    let text = if print::colours(&std::io::stderr()) {
        text.ansi().to_string()
    } else {
        text.to_string()
    };
    let text = without_values(&text, words).replacen("error:", "error[usage]:", 1);
    print::err(text.trim_end());
    code
}

/// Whether `--json` stands in a line that was not understood.
fn asks_for_json(words: &[OsString]) -> bool {
    let ours = words.iter().skip(1).take_while(|word| *word != "--");
    ours.into_iter().any(|word| word == "--json")
}

/// What the parser says, in the form of every other error: its first paragraph is the sentence, its
/// tip or the line of usage the hint.
fn problem(error: &clap::Error, words: &[OsString]) -> Problem {
    let text = without_values(&error.render().to_string(), words);
    let mut paragraphs = text.split("\n\n");
    let said = paragraphs.next().unwrap_or_default();
    let said = said.strip_prefix("error:").unwrap_or(said);
    let mut problem = Problem::new(Code::Usage, sentence(said));
    let rest: Vec<_> = paragraphs.map(str::trim).collect();
    let begins = |with: &str| rest.iter().find_map(|one| one.strip_prefix(with));
    let more = rest.last().filter(|last| last.starts_with("For more"));
    let more = more.map(|more| format!(" {more}")).unwrap_or_default();
    if let Some(tip) = begins("tip:") {
        problem = problem.with_hint(sentence(tip) + &more);
    } else if let Some(usage) = begins("Usage:") {
        let usage = usage.split_whitespace().collect::<Vec<_>>().join(" ");
        problem = problem.with_hint(format!("Usage: {usage}.{more}"));
    }
    let is_known = matches!(
        error.kind(),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation | ErrorKind::NoEquals
    );
    match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(arg)) if is_known => problem.at(wire_name(arg)),
        _ => problem,
    }
}

/// One line with a capital and a full stop.
fn sentence(text: &str) -> String {
    let lines: Vec<_> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let text = lines.join(" ");
    let mut rest = text.chars();
    let first = rest.next().map(|first| first.to_uppercase().to_string());
    let text = first.unwrap_or_default() + rest.as_str();
    match text.ends_with(['.', ']', ':']) {
        true => text,
        false => text + ".",
    }
}

/// `--default-ttl <TTL>` is the field `default_ttl`.
fn wire_name(arg: &str) -> String {
    let name = arg.split([' ', '=']).next().unwrap_or_default();
    let name = name.trim_matches(['-', '<', '>', '[', ']', '.']);
    name.to_lowercase().replace('-', "_")
}

/// Takes out of a message whatever was typed and could be a secret: it may stand in the log of a
/// build or on a shared screen.
fn without_values(text: &str, words: &[OsString]) -> String {
    let mut typed: Vec<String> = Vec::new();
    for word in words.iter().skip(1) {
        let word = word.to_string_lossy();
        let bare = word.trim_start_matches('-');
        typed.push(bare.to_owned());
        typed.extend(bare.split_once('=').map(|(_, value)| value.to_owned()));
    }
    typed.retain(|word| !is_harmless(word));
    // Longest first, so that no part of a longer one is left.
    typed.sort_by_key(|word| std::cmp::Reverse(word.len()));
    typed
        .iter()
        .fold(text.to_owned(), |text, word| text.replace(word, "…"))
}

/// Words such as verbs, names of options and plain names. No key, and hardly a passphrase, is
/// made of small letters and hyphens only.
fn is_harmless(word: &str) -> bool {
    word.len() < SHORT || word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
}

/// What the grammar of the parser cannot say.
fn conflict(cli: &Cli) -> Option<clap::Error> {
    let (path, kind, text): (&[&str], _, _) = match &cli.noun {
        Noun::Credentials(asked)
            if cli.json
                && !matches!(
                    asked.format,
                    None | Some(FormatArg::Json | FormatArg::Process)
                ) =>
        {
            let text = "`--json` cannot be used with a `--format` that is not JSON";
            (&["credentials"], ErrorKind::ArgumentConflict, text)
        }
        Noun::Secret(SecretVerb::Add(asked))
            if usize::from(asked.key.secret_access_key_stdin)
                + documents_from_stdin(&asked.recipe)
                > 1 =>
        {
            (&["secret", "add"], ErrorKind::ArgumentConflict, ONE_READER)
        }
        Noun::Secret(SecretVerb::Edit(asked)) if documents_from_stdin(&asked.recipe) > 1 => {
            (&["secret", "edit"], ErrorKind::ArgumentConflict, ONE_READER)
        }
        Noun::Secret(SecretVerb::Edit(asked)) if asked.changes_nothing() => {
            let text = "nothing is said that would change the dynamic secret";
            (
                &["secret", "edit"],
                ErrorKind::MissingRequiredArgument,
                text,
            )
        }
        _ => return None,
    };
    let mut grammar = Cli::command();
    grammar.build();
    let verb = path.iter().try_fold(&mut grammar, |grammar, name| {
        grammar.find_subcommand_mut(name)
    });
    verb.map(|verb| verb.error(kind, text))
}

fn documents_from_stdin(recipe: &RecipeArgs) -> usize {
    recipe
        .policy_documents
        .iter()
        .filter(|path| path.as_path() == Path::new("-"))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    fn said(words: &[&str]) -> String {
        let words: Vec<OsString> = std::iter::once("leasehold")
            .chain(words.iter().copied())
            .map(OsString::from)
            .collect();
        let error = Cli::try_parse_from(&words).expect_err("a usage error");
        without_values(&error.render().to_string(), &words)
    }

    #[test]
    fn the_grammar_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_secret_typed_anywhere_is_not_repeated() {
        let id = "--access-key-id=AKIAIOSFODNN7EXAMPLE";
        for words in [
            vec!["connection", "add", "x", id, KEY],
            vec!["connection", "add", "x", id, "--secret-access-key", KEY],
            vec![
                "connection",
                "add",
                "x",
                id,
                &format!("--secret-access-key={KEY}"),
            ],
            vec![
                "connection",
                "add",
                "x",
                id,
                &format!("--secret-access-key-stdin={KEY}"),
            ],
            vec!["connection", KEY],
            vec![KEY],
            vec!["lease", "list", "--state", KEY],
            vec!["lease", "list", &format!("-s{KEY}")],
            vec!["status", &format!("--{KEY}")],
            vec!["--keychain", KEY, "status"],
        ] {
            let text = said(&words);
            assert!(
                !text.contains("wJalr") && !text.contains("EXAMPLEKEY"),
                "{text}"
            );
            assert!(text.starts_with("error: "), "{text}");
        }
    }

    #[test]
    fn what_was_mistyped_is_still_named() {
        assert!(said(&["lese", "list"]).contains("'lese'"));
        assert!(said(&["lease", "list", "--stat", "active"]).contains("'--stat'"));
        assert!(said(&["secret", "add", "x", "--premission-boundary"]).contains("premission"));
    }
}
