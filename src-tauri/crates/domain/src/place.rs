//! Where a dynamic secret stands: its name, its environment and its folder.

use std::fmt;

use crate::Problem;
use crate::suggest::clip;

const MAX_SLUG: usize = 64;
const MAX_FOLDER: usize = 512;

/// Name of a dynamic secret: 1 to 64 of `[a-z0-9-]`, a letter or digit at both ends.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretName(String);

/// Name of an environment or a connection: as [`SecretName`], and `.` and `_` inside.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slug(String);

/// A folder: `/`, or `/a/b` where every part is a [`Slug`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Folder(String);

impl SecretName {
    /// Reads a name; white space around it does not count.
    ///
    /// # Errors
    /// The named field, the rule and a name that would do.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        slug(field, "A name", text.trim(), "-").map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Slug {
    /// Reads a name; white space around it does not count.
    ///
    /// # Errors
    /// The named field, the rule and a name that would do.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        slug(field, "A name", text.trim(), "-._").map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Folder {
    /// Reads a folder. Empty is `/`; a missing leading slash and a trailing slash are put right.
    ///
    /// # Errors
    /// The named field, the rule and a folder that would do.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        if text.contains("//") {
            return Err(Problem::refused_input(
                field,
                "A folder has no empty part between two slashes.",
                "Write single slashes, for example /payments/s3.",
            ));
        }
        let inner = text.strip_prefix('/').unwrap_or(text);
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        if inner.is_empty() {
            return Ok(Self("/".into()));
        }
        if inner.len() > MAX_FOLDER {
            return Err(Problem::refused_input(
                field,
                format!(
                    "A folder has at most {MAX_FOLDER} characters; this has {}.",
                    inner.len()
                ),
                "Use fewer or shorter parts.",
            ));
        }
        let mut folder = String::with_capacity(inner.len() + 1);
        for part in inner.split('/') {
            folder.push('/');
            folder.push_str(&slug(field, "A part of a folder", part, "-._")?);
        }
        Ok(Self(folder))
    }

    /// The text, which begins with `/` and ends with one only at the root.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
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
display!(SecretName Slug Folder);

/// The rule of all names here; `extra` are the characters besides letters and digits.
fn slug(field: &str, what: &str, text: &str, extra: &str) -> Result<String, Problem> {
    let refuse = |rule: String| {
        let fix = match suggestion(text, extra) {
            Some(better) => format!("Write {better}, for example."),
            None => "Write something like s3-upload.".into(),
        };
        Err(Problem::refused_input(field, rule, fix))
    };
    let count = text.chars().count();
    if count == 0 {
        return refuse(format!("{what} must not be empty."));
    }
    if count > MAX_SLUG {
        return refuse(format!(
            "{what} has 1 to {MAX_SLUG} characters; this has {count}."
        ));
    }
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if let Some(wrong) = text.chars().find(|c| !plain(*c) && !extra.contains(*c)) {
        let also: Vec<String> = extra.chars().map(|c| format!("`{c}`")).collect();
        return refuse(format!(
            "{what} has lower-case letters a-z, digits and {}; `{}` is none of them.",
            also.join(" "),
            clip(&wrong.to_string(), 1)
        ));
    }
    if !text.starts_with(plain) || !text.ends_with(plain) {
        return refuse(format!("{what} begins and ends with a letter or a digit."));
    }
    Ok(text.to_owned())
}

/// What was probably meant, if anything readable is left of it.
fn suggestion(text: &str, extra: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let mut out = String::new();
    for c in text.to_lowercase().chars() {
        if plain(c) || extra.contains(c) {
            out.push(c);
        } else if !out.ends_with('-') {
            out.push('-');
        }
        if out.len() == MAX_SLUG {
            break;
        }
    }
    let out = out.trim_matches(|c| !plain(c));
    (!out.is_empty()).then(|| out.to_owned())
}

#[cfg(test)]
mod tests;
