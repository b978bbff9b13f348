//! The IAM path that scopes the users of a dynamic secret.

use std::fmt;

use crate::Problem;
use crate::suggest::clip;

/// An IAM path: `/`, or begins and ends with `/`, at most 512 of U+0021 to U+007E.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IamPath(String);

impl IamPath {
    /// The longest path that IAM takes.
    pub const MAX_LEN: usize = 512;

    /// `/`, where users stand when nothing is said.
    #[must_use]
    pub fn root() -> Self {
        Self("/".into())
    }

    /// Reads a path; white space around it does not count, and empty is `/`.
    ///
    /// # Errors
    /// The named field, the rule and the path that was probably meant.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::root());
        }
        if let Some(wrong) = text.chars().find(|c| !matches!(c, '\u{21}'..='\u{7e}')) {
            return Err(Problem::refused_input(
                field,
                format!(
                    "An IAM path has printable ASCII without spaces; `{}` is not.",
                    clip(&wrong.to_string(), 1)
                ),
                "Use letters, digits and dashes between the slashes, for example /leases/.",
            ));
        }
        if !text.starts_with('/') || !text.ends_with('/') {
            let inner = text.trim_matches('/');
            let meant = if inner.is_empty() {
                "/".into()
            } else {
                format!("/{inner}/")
            };
            return Err(Problem::refused_input(
                field,
                "An IAM path begins and ends with a slash.",
                format!("Write {}.", clip(&meant, 80)),
            ));
        }
        if text.contains("//") {
            return Err(Problem::refused_input(
                field,
                "An IAM path has no empty part between two slashes.",
                "Write single slashes, for example /leases/payments/.",
            ));
        }
        if text.len() > Self::MAX_LEN {
            return Err(Problem::refused_input(
                field,
                format!(
                    "An IAM path has at most 512 characters; this has {}.",
                    text.len()
                ),
                "Use a shorter path; it also counts in the self-protection of every user.",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text, which begins and ends with `/`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for `/`, which does not scope anything.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0 == "/"
    }
}

impl fmt::Display for IamPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
