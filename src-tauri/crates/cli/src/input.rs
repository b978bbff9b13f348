//! What comes in from outside the arguments: secrets, passphrases, documents.

use std::io::{IsTerminal, Read};
use std::path::Path;

use leasehold_domain::{Code, Problem};
use secrecy::SecretString;
use zeroize::Zeroizing;

/// No policy document or key is longer than this.
const LONGEST: u64 = 128 * 1024;

/// The passphrase of the encrypted file: from the environment or a prompt.
pub fn passphrase() -> Result<SecretString, Problem> {
    if let Ok(text) = std::env::var("LEASEHOLD_PASSPHRASE") {
        return Ok(SecretString::from(Zeroizing::new(text).as_str()));
    }
    if !std::io::stdin().is_terminal() {
        return Err(Problem::new(
            Code::KeychainLocked,
            "The keychain file needs a passphrase.",
        )
        .with_hint("Set LEASEHOLD_PASSPHRASE, or run this in a terminal to be asked."));
    }
    let text = rpassword::prompt_password("Passphrase of the keychain file: ")
        .map(Zeroizing::new)
        .map_err(|error| unreadable("the passphrase", &error))?;
    Ok(SecretString::from(text.as_str()))
}

/// The secret access key, from standard input: one line, nothing else.
pub fn secret_access_key() -> Result<SecretString, Problem> {
    if std::io::stdin().is_terminal() {
        let text = rpassword::prompt_password("Secret access key: ")
            .map(Zeroizing::new)
            .map_err(|error| unreadable("the secret access key", &error))?;
        return Ok(SecretString::from(text.trim()));
    }
    let text = Zeroizing::new(read(&mut std::io::stdin().lock(), "standard input")?);
    Ok(SecretString::from(text.trim()))
}

/// A policy document from a file, or from standard input for `-`.
pub fn document(path: &Path) -> Result<String, Problem> {
    if path.as_os_str() == "-" {
        return read(&mut std::io::stdin().lock(), "standard input");
    }
    let name = path.display().to_string();
    let mut file = std::fs::File::open(path).map_err(|error| unreadable(&name, &error))?;
    read(&mut file, &name)
}

fn read(from: &mut impl Read, name: &str) -> Result<String, Problem> {
    let mut text = String::new();
    from.take(LONGEST + 1)
        .read_to_string(&mut text)
        .map_err(|error| unreadable(name, &error))?;
    if text.len() as u64 > LONGEST {
        return Err(Problem::refused_input(
            "policy_documents",
            format!("{name} is longer than 128 KiB."),
            "A policy document has at most 2048 characters.",
        ));
    }
    Ok(text)
}

fn unreadable(what: &str, error: &std::io::Error) -> Problem {
    Problem::new(
        Code::InvalidInput,
        format!("Reading {what} failed: {error}."),
    )
    .with_hint("Check that it exists, can be read, and is text.")
}
