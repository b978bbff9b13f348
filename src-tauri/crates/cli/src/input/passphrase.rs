//! Passphrases: from a descriptor, the environment or a prompt, in this order.

use std::io::IsTerminal;
use std::path::Path;

use leasehold_domain::{Code, Problem};
use leasehold_engine::{close_descriptor, passphrase_from_descriptor};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::args::{Cli, FilePassphrase, KeychainVerb, Noun};

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

/// What was given without asking anybody.
#[derive(Debug, Default)]
pub struct Passphrases {
    keychain: Option<Result<SecretString, Problem>>,
    exported: Option<Result<SecretString, Problem>>,
}

impl Passphrases {
    /// Takes what descriptors and environment hold. A descriptor that nobody needs is closed all the
    /// same: no child is to inherit a passphrase.
    pub fn take(cli: &Cli) -> Self {
        let exported = match &cli.noun {
            Noun::Keychain(
                KeychainVerb::Export { passphrase, .. } | KeychainVerb::Import { passphrase, .. },
            ) => Some(*passphrase),
            _ => None,
        };
        // A file's passphrase may be the keychain's, also where the keychain is none that needs one.
        let is_needed = cli.keychain == "file" || exported.is_some();
        let keychain = match cli.passphrase_fd {
            Some(number) if is_needed => Some(passphrase_from_descriptor(number)),
            Some(number) => {
                close_descriptor(number);
                None
            }
            None => None,
        };
        let exported = match exported {
            Some(FilePassphrase {
                export_passphrase_fd,
            }) => export_passphrase_fd.map(passphrase_from_descriptor),
            None => {
                let number = std::env::var("LEASEHOLD_EXPORT_PASSPHRASE_FD").ok();
                if let Some(number) = number.and_then(|number| number.parse().ok()) {
                    close_descriptor(number);
                }
                None
            }
        };
        Self {
            keychain: keychain.or_else(|| from_environment("LEASEHOLD_PASSPHRASE").map(Ok)),
            exported: exported.or_else(|| from_environment("LEASEHOLD_EXPORT_PASSPHRASE").map(Ok)),
        }
    }

    /// The passphrase of the keychain file. Empty for a command that needs none; a key file does not
    /// open with that.
    pub fn of_keychain(
        &mut self,
        use_of_keys: UseOfKeys,
        home: &Path,
    ) -> Result<SecretString, Problem> {
        match &self.keychain {
            Some(Ok(text)) => return Ok(text.clone()),
            _ if use_of_keys == UseOfKeys::None => return Ok(SecretString::default()),
            Some(Err(problem)) => return Err(problem.clone()),
            None if use_of_keys == UseOfKeys::Unasked => return Err(unasked()),
            None => {}
        }
        // A slip of the finger in a new passphrase would lock everybody out.
        let is_new = use_of_keys == UseOfKeys::Write && !home.join("keychain.enc").exists();
        let again = is_new.then_some("The same once more, for the new file: ");
        ask("Passphrase of the keychain file: ", again, KEYCHAIN)
    }

    /// The passphrase of a file that keys are written to.
    pub fn of_new_file(self) -> Result<SecretString, Problem> {
        let again = Some("The same once more: ");
        self.given()
            .unwrap_or_else(|| ask("New passphrase for the file: ", again, EXPORTED))
    }

    /// The passphrase of a file that keys are read from.
    pub fn of_file(self) -> Result<SecretString, Problem> {
        self.given()
            .unwrap_or_else(|| ask("Passphrase of the file: ", None, EXPORTED))
    }

    fn given(self) -> Option<Result<SecretString, Problem>> {
        self.exported.or(self.keychain)
    }
}

/// How to give a passphrase without a terminal.
const KEYCHAIN: &str = "Set LEASEHOLD_PASSPHRASE, name a descriptor that holds it with \
                        `--passphrase-fd`, or run this in a terminal to be asked.";
const EXPORTED: &str = "Set LEASEHOLD_EXPORT_PASSPHRASE, name a descriptor that holds it with \
                        `--export-passphrase-fd`, or run this in a terminal to be asked.";

fn from_environment(name: &str) -> Option<SecretString> {
    let text = Zeroizing::new(std::env::var(name).ok()?);
    Some(SecretString::from(text.as_str())).filter(|text| !text.expose_secret().is_empty())
}

fn unasked() -> Problem {
    Problem::new(
        Code::KeychainLocked,
        "The keychain file needs a passphrase, and this command asks for none.",
    )
    .with_hint(
        "Set LEASEHOLD_PASSPHRASE, or LEASEHOLD_PASSPHRASE_FD with a descriptor, where the program \
         that runs this is started.",
    )
}

fn ask(question: &str, again: Option<&str>, instead: &str) -> Result<SecretString, Problem> {
    let refused = |message: &str| Problem::new(Code::KeychainLocked, message).with_hint(instead);
    if !std::io::stdin().is_terminal() && !std::io::stderr().is_terminal() {
        return Err(refused(
            "A passphrase is needed, and there is no terminal to ask for it.",
        ));
    }
    let prompt = |question: &str| {
        rpassword::prompt_password(question)
            .map(Zeroizing::new)
            .map_err(|error| refused(&format!("The passphrase could not be asked for: {error}.")))
    };
    let text = prompt(question)?;
    if text.is_empty() {
        return Err(refused("The passphrase is empty."));
    }
    if let Some(again) = again
        && *prompt(again)? != *text
    {
        return Err(refused("The two passphrases differ."));
    }
    Ok(SecretString::from(text.as_str()))
}
