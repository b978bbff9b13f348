//! Names inside AWS, and the label that a person gives to a lease.

use std::fmt;

use crate::Problem;
use crate::suggest::{clip, counted};

/// Name of an IAM user as Leasehold makes it: 1 to 64 of `[A-Za-z0-9+=,.@_-]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserName(String);

/// Name of an IAM group: 1 to 128 of `[A-Za-z0-9+=,.@_-]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupName(String);

/// A note on a lease: 1 to 256 printable characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(String);

/// True for the characters of IAM names ("IAM and AWS STS quotas", IAM name requirements).
pub(crate) fn is_iam_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+=,.@_-".contains(c)
}

impl UserName {
    /// The longest user name that AWS creates.
    pub const MAX_LEN: usize = 64;

    /// Reads a user name as it is.
    ///
    /// # Errors
    /// The named field, with the rule and a fix.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        iam_name(field, "A user name", text, Self::MAX_LEN).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True when AWS takes both for the same name: it compares without case.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl GroupName {
    /// Reads a group's name; white space around it does not count.
    ///
    /// # Errors
    /// The named field, with the rule and a fix. An ARN is answered with the name inside it.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        if text.starts_with("arn:") {
            let name = text.rsplit(['/', ':']).next().unwrap_or_default();
            return Err(Problem::refused_input(
                field,
                format!(
                    "`{}` is an ARN; a group is given by its name.",
                    clip(text, 80)
                ),
                format!("Write {}.", clip(name, 128)),
            ));
        }
        iam_name(field, "A group name", text, 128).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Label {
    /// Reads a label; white space around it does not count.
    ///
    /// # Errors
    /// The named field: empty, longer than 256 characters, or with something invisible in it.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let count = text.chars().count();
        if count == 0 {
            return Err(Problem::refused_input(
                field,
                "A label must not be empty.",
                "Write what the lease is for, or leave the label out.",
            ));
        }
        if count > 256 {
            return Err(Problem::refused_input(
                field,
                format!("A label has at most 256 characters; this has {count}."),
                "Shorten it.",
            ));
        }
        if let Some(wrong) = text.chars().find(|c| is_unprintable(*c)) {
            return Err(Problem::refused_input(
                field,
                format!(
                    "A label has printable characters only; U+{:04X} is not.",
                    u32::from(wrong)
                ),
                "Remove line breaks, tabs and invisible characters.",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Control characters, line separators, and marks that change the direction of text around them.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'
                ..='\u{202e}'
        )
        || matches!(c, '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

macro_rules! display {
    ($($name:ident)*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}
display!(UserName GroupName Label);

fn iam_name(field: &str, what: &str, text: &str, max: usize) -> Result<String, Problem> {
    let count = text.chars().count();
    if count == 0 {
        return Err(Problem::refused_input(
            field,
            format!("{what} must not be empty."),
            format!("Write 1 to {max} characters."),
        ));
    }
    if let Some(wrong) = text.chars().find(|c| !is_iam_name_char(*c)) {
        return Err(Problem::refused_input(
            field,
            format!(
                "{what} in IAM has letters, digits and + = , . @ _ - only; `{}` in `{}` is none of \
                 them.",
                clip(&wrong.to_string(), 1),
                clip(text, 80)
            ),
            format!("Remove or replace `{}`.", clip(&wrong.to_string(), 1)),
        ));
    }
    if count > max {
        return Err(Problem::refused_input(
            field,
            format!("{what} has at most {max} characters; this has {count}."),
            format!("Shorten it by {}.", counted(count - max, "character")),
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests;
