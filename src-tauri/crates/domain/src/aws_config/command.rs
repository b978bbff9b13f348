//! The value of `credential_process`: one line that AWS's tools take apart into a program and its
//! arguments, some by rules of their own and some with a shell.

use crate::{Code, Problem};

/// Whose rules take the line apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// `sh -c` (the SDKs for Rust, Go, JavaScript, Java) and Python's `shlex.split` (the AWS CLI,
    /// boto3). Both read single quotes alike.
    Posix,
    /// `cmd.exe /C` and the C runtime's rules, which know double quotes only.
    Windows,
}

impl Shell {
    /// This computer's.
    #[must_use]
    pub fn here() -> Self {
        match cfg!(windows) {
            true => Self::Windows,
            false => Self::Posix,
        }
    }
}

/// One line for these words.
///
/// # Errors
/// A word has characters that the file or one of the readers cannot carry.
pub fn command_line(words: &[String], shell: Shell) -> Result<String, Problem> {
    let quoted: Result<Vec<_>, _> = words.iter().map(|word| quoted(word, shell)).collect();
    Ok(quoted?.join(" "))
}

fn quoted(word: &str, shell: Shell) -> Result<String, Problem> {
    // Some readers take ` #` and ` ;` for the beginning of a comment, also inside quotes.
    let is_comment = [" #", " ;", "\t#", "\t;"].iter().any(|c| word.contains(c));
    if word.chars().any(char::is_control) || is_comment {
        return Err(cannot_carry(word));
    }
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:=+@,".contains(c);
    match shell {
        Shell::Posix if !word.is_empty() && word.chars().all(is_plain) => Ok(word.to_owned()),
        Shell::Posix => Ok(format!("'{}'", word.replace('\'', r"'\''"))),
        Shell::Windows if word.contains(['"', '%', '^', '!', '&', '|', '<', '>']) => {
            Err(cannot_carry(word))
        }
        Shell::Windows => {
            let is_plain = |c: char| is_plain(c) || c == '\\';
            match !word.is_empty() && word.chars().all(is_plain) {
                true => Ok(word.to_owned()),
                false => {
                    // Backslashes before a quotation mark count by twos.
                    let last = word.len() - word.trim_end_matches('\\').len();
                    Ok(format!("\"{word}{}\"", "\\".repeat(last)))
                }
            }
        }
    }
}

fn cannot_carry(word: &str) -> Problem {
    let word: String = word.chars().filter(|c| !c.is_control()).take(120).collect();
    Problem::new(
        Code::Refused,
        format!("An AWS config file cannot carry `{word}` in a command."),
    )
    .with_hint("Use a folder whose name has no control, quoting or comment characters.")
}
