//! Which Leasehold a guard belongs to: two installations may look after one account.

use std::fmt;

use crate::Problem;
use crate::problem::Code;

const LENGTH: usize = 8;
const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// Eight characters of `[a-z0-9]`, made once per home folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct InstallationId(String);

impl InstallationId {
    /// A new one, from the operating system's randomness.
    ///
    /// # Errors
    /// `internal` when the operating system has no randomness to give.
    pub fn generate() -> Result<Self, Problem> {
        let mut id = String::with_capacity(LENGTH);
        while id.len() < LENGTH {
            let mut bytes = [0u8; 16];
            random_bytes(&mut bytes)?;
            // 252 is the largest multiple of 36 in a byte: above it the choice would be biased.
            let chosen = bytes.iter().filter(|byte| **byte < 252);
            id.extend(
                chosen
                    .filter_map(|byte| ALPHABET.get(usize::from(byte % 36)))
                    .take(LENGTH - id.len())
                    .map(|byte| char::from(*byte)),
            );
        }
        Ok(Self(id))
    }

    /// Reads one back.
    ///
    /// # Errors
    /// Field `installation` when it is anything but eight of `[a-z0-9]`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if text.len() == LENGTH && text.bytes().all(|byte| ALPHABET.contains(&byte)) {
            return Ok(Self(text.to_owned()));
        }
        Err(Problem::refused_input(
            "installation",
            "An installation id is 8 characters of a-z and 0-9.",
            "Use the one that Leasehold made for this home folder.",
        ))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InstallationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Fills `bytes` from the operating system's randomness.
///
/// # Errors
/// `internal` when the operating system has none to give.
pub fn random_bytes(bytes: &mut [u8]) -> Result<(), Problem> {
    getrandom::fill(bytes).map_err(|error| {
        Problem::new(
            Code::Internal,
            format!("The operating system gave no randomness: {error}."),
        )
        .with_hint("Try again; if it stays, the computer needs a restart.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn generated_ids_parse_and_differ() {
        let ids: HashSet<String> = (0..64)
            .map(|_| InstallationId::generate().unwrap().as_str().to_owned())
            .collect();
        assert_eq!(ids.len(), 64);
        for id in ids {
            assert_eq!(InstallationId::parse(&id).unwrap().to_string(), id);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for wrong in [
            "",
            "abcdefg",
            "abcdefghi",
            "ABCDEFGH",
            "abcd-fgh",
            "abcdefg ",
            "abcdéfg",
        ] {
            let problem = InstallationId::parse(wrong).unwrap_err();
            assert_eq!(problem.field.as_deref(), Some("installation"), "{wrong}");
        }
    }
}
