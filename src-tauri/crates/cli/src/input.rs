//! What comes in from outside the arguments: secrets, passphrases, documents.

use std::io::{IsTerminal, Read};
use std::path::Path;

use leasehold_domain::{Code, Problem};
use secrecy::SecretString;
use zeroize::Zeroizing;

/// No policy document is longer than this; IAM takes 2048 characters, and white space is free.
const LONGEST_DOCUMENT: usize = 128 * 1024;
/// No access key is longer than 128 characters; the rest is room for white space.
const LONGEST_KEY: usize = 1024;

/// What a command does with the keychain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UseOfKeys {
    /// It does not open it.
    None,
    /// It may read from it.
    Read,
    /// It may put a key into it.
    Write,
    /// It may do both, for a program that nobody sits at: it asks for nothing.
    Unasked,
}

/// The passphrase of the encrypted file: from the environment or a prompt. Empty for a command
/// that needs none; a key file does not open with that.
pub fn passphrase(use_of_keys: UseOfKeys, home: &Path) -> Result<SecretString, Problem> {
    let given = std::env::var("LEASEHOLD_PASSPHRASE").map(Zeroizing::new);
    if let Ok(text) = given
        && !text.is_empty()
    {
        return Ok(SecretString::from(text.as_str()));
    }
    if use_of_keys == UseOfKeys::None {
        return Ok(SecretString::default());
    }
    if use_of_keys == UseOfKeys::Unasked {
        return Err(no_passphrase_unasked());
    }
    if !std::io::stdin().is_terminal() && !std::io::stderr().is_terminal() {
        return Err(no_passphrase("The keychain file needs a passphrase."));
    }
    let text = ask("Passphrase of the keychain file: ")?;
    // A slip of the finger in a new passphrase would lock everybody out.
    let is_new = use_of_keys == UseOfKeys::Write && !home.join("keychain.enc").exists();
    if is_new && *ask("The same once more, for the new file: ")? != *text {
        return Err(no_passphrase("The two passphrases differ."));
    }
    Ok(SecretString::from(text.as_str()))
}

fn ask(question: &str) -> Result<Zeroizing<String>, Problem> {
    rpassword::prompt_password(question)
        .map(Zeroizing::new)
        .map_err(|error| no_passphrase(&format!("The passphrase could not be asked for: {error}.")))
}

fn no_passphrase_unasked() -> Problem {
    Problem::new(
        Code::KeychainLocked,
        "The keychain file needs a passphrase, and this command asks for none.",
    )
    .with_hint("Set LEASEHOLD_PASSPHRASE where the program that runs this is started.")
}

fn no_passphrase(message: &str) -> Problem {
    Problem::new(Code::KeychainLocked, message)
        .with_hint("Set LEASEHOLD_PASSPHRASE, or run this in a terminal to be asked.")
}

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
