//! Access key ids, and telling them from what people paste in their place.

use std::fmt;

use crate::Problem;
use crate::suggest::clip;

/// An access key id: 16 to 128 of `[A-Za-z0-9_]`, such as `AKIA…`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccessKeyId(String);

/// Prefixes of other unique ids ("IAM identifiers", unique identifiers).
const NOT_KEYS: [(&str, &str); 9] = [
    ("AIDA", "the unique id of an IAM user"),
    ("AROA", "the unique id of a role"),
    ("AGPA", "the unique id of a group"),
    ("AIPA", "the unique id of an instance profile"),
    ("ANPA", "the unique id of a managed policy"),
    ("ANVA", "the unique id of a version of a managed policy"),
    ("ASCA", "the unique id of a certificate"),
    ("APKA", "the unique id of a public key"),
    ("ACCA", "the id of a service-specific credential"),
];

impl AccessKeyId {
    /// Reads an access key id; white space around it does not count.
    ///
    /// # Errors
    /// The named field, with the rule and a fix. The text itself is never repeated when it could be a
    /// secret access key.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Problem::refused_input(
                field,
                "An access key id must not be empty.",
                "Paste the access key id, which looks like AKIA followed by 16 characters.",
            ));
        }
        let count = text.chars().count();
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !plain || !(16..=128).contains(&count) {
            let rule = "An access key id is 16 to 128 letters, digits and underscores.";
            let fix = if count == 40 {
                "This has the length of a secret access key; paste the access key id here (AKIA…) \
                 and the secret in its own field."
            } else {
                "Paste the access key id, which looks like AKIA followed by 16 characters."
            };
            return Err(Problem::refused_input(field, rule, fix));
        }
        // A secret access key without `/` and `+` has the right characters, too.
        if count == 40 && text.bytes().any(|b| b.is_ascii_lowercase()) {
            return Err(Problem::refused_input(
                field,
                "This looks like a secret access key, not like an access key id.",
                "Paste the access key id here (AKIA…) and the secret in its own field.",
            ));
        }
        if let Some((prefix, what)) = NOT_KEYS.iter().find(|(prefix, _)| text.starts_with(prefix)) {
            return Err(Problem::refused_input(
                field,
                format!("An id that begins with {prefix} is {what}, not an access key id."),
                "Paste the access key id, which begins with AKIA.",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// As [`AccessKeyId::parse`], for a managing key: temporary keys are refused.
    ///
    /// # Errors
    /// The named field, with the rule and a fix.
    pub fn parse_managing(field: &str, text: &str) -> Result<Self, Problem> {
        let id = Self::parse(field, text)?;
        if id.is_temporary() {
            return Err(Problem::refused_input(
                field,
                format!(
                    "{} is a temporary key: it ends by itself, and leases could then not be revoked.",
                    clip(id.as_str(), 24)
                ),
                "Use the long-term access key of an IAM user, which begins with AKIA.",
            ));
        }
        Ok(id)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for keys of STS, which come with a session token.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.0.starts_with("ASIA")
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
