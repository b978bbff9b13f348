//! What comes in from outside the arguments: secrets, passphrases, documents.

mod passphrase;

use std::io::{IsTerminal, Read};
use std::path::Path;

use leasehold_domain::{Code, Problem};
use secrecy::SecretString;
use zeroize::Zeroizing;

pub use passphrase::{Passphrases, UseOfKeys};

/// No policy document is longer than this; IAM takes 2048 characters, and white space is free.
const LONGEST_DOCUMENT: usize = 128 * 1024;
/// More than the engine takes, so that it can say so.
const LONGEST_RECIPES: u64 = 8 * 1024 * 1024;
/// More than the verifier takes, so that it can say so.
const LONGEST_IDENTITY: usize = 64 * 1024;
/// No access key is longer than 128 characters; the rest is room for white space.
const LONGEST_KEY: usize = 1024;

/// The secret access key, from standard input: one line, nothing else. Who has no pipe there but
/// a keyboard is asked, without an echo.
pub fn secret_access_key() -> Result<SecretString, Problem> {
    if std::io::stdin().is_terminal() {
        let text = rpassword::prompt_password("Secret access key: ")
            .map(Zeroizing::new)
            .map_err(|error| unreadable("the secret access key", &error))
            .map_err(|problem| problem.at("secret_access_key"))?;
        return Ok(SecretString::from(text.trim()));
    }
    let text = read(&mut std::io::stdin().lock(), LONGEST_KEY)
        .map_err(|error| unreadable("the secret access key from standard input", &error))
        .map_err(|problem| problem.at("secret_access_key"))?;
    match text {
        Some(text) => Ok(SecretString::from(text.trim())),
        None => Err(Problem::refused_input(
            "secret_access_key",
            "Standard input holds more than a secret access key.",
            "Give it the key alone, on one line.",
        )),
    }
}

/// A policy document from a file, or from standard input for `-`.
pub fn document(path: &Path) -> Result<String, Problem> {
    let (name, text) = if path.as_os_str() == "-" {
        let text = read(&mut std::io::stdin().lock(), LONGEST_DOCUMENT);
        ("standard input".to_owned(), text)
    } else {
        let text = std::fs::File::open(path).and_then(|mut file| read(&mut file, LONGEST_DOCUMENT));
        (path.display().to_string(), text)
    };
    let text = text.map_err(|error| unreadable(&name, &error).at("policy_documents"))?;
    match text {
        Some(text) => Ok(text.to_string()),
        None => Err(Problem::refused_input(
            "policy_documents",
            format!("{name} is longer than 128 KiB."),
            "A policy document has at most 2048 characters.",
        )),
    }
}

/// A cloud identity: what was given, or standard input for `-`. It is as good as a login for some minutes.
pub fn cloud_identity(given: &str) -> Result<Zeroizing<String>, Problem> {
    if given != "-" {
        return Ok(Zeroizing::new(given.trim().to_owned()));
    }
    let text = read(&mut std::io::stdin().lock(), LONGEST_IDENTITY)
        .map_err(|error| unreadable("the cloud identity from standard input", &error))
        .map_err(|problem| problem.at("cloud_id"))?;
    match text {
        Some(text) => Ok(Zeroizing::new(text.trim().to_owned())),
        None => Err(Problem::refused_input(
            "cloud_id",
            "Standard input holds more than a cloud identity.",
            "Give it what `leasehold get-cloud-identity` prints, alone.",
        )),
    }
}

/// A file of recipes, or standard input for `-`. The engine judges what is in it.
pub fn recipes(path: &Path) -> Result<String, Problem> {
    let (name, text) = if path.as_os_str() == "-" {
        let mut text = String::new();
        let stdin = std::io::stdin().lock();
        let read = stdin.take(LONGEST_RECIPES).read_to_string(&mut text);
        ("standard input".to_owned(), read.map(|_| text))
    } else {
        let read = std::fs::File::open(path).and_then(|file| {
            let mut text = String::new();
            file.take(LONGEST_RECIPES).read_to_string(&mut text)?;
            Ok(text)
        });
        (path.display().to_string(), read)
    };
    text.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Problem::new(Code::NotFound, format!("There is no file {name}."))
                .with_hint("`leasehold secret export` prints one.")
                .at("file")
        }
        _ => unreadable(&name, &error).at("file"),
    })
}

/// The whole text, in a buffer that never moves, so that no copy of a secret stays behind. `None`
/// when it is longer than `most` bytes.
fn read(from: &mut impl Read, most: usize) -> std::io::Result<Option<Zeroizing<String>>> {
    let mut text = Zeroizing::new(String::with_capacity(most + 64));
    from.take(most as u64 + 1).read_to_string(&mut text)?;
    Ok((text.len() <= most).then_some(text))
}

fn unreadable(what: &str, error: &std::io::Error) -> Problem {
    Problem::new(
        Code::InvalidInput,
        format!("Reading {what} failed: {error}."),
    )
    .with_hint("Check that it exists, can be read, and is text.")
}
