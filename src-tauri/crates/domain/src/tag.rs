//! Tags of the IAM users.

use crate::Problem;
use crate::suggest::{clip, counted};

/// A tag: key 1 to 128, value up to 256, letters, digits, spaces and `_.:/=+-@`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag {
    /// The key, unique per user without regard to case.
    pub key: String,
    /// The value, which may be empty.
    pub value: String,
}

impl Tag {
    /// The most tags that a user has.
    pub const MAX_PER_USER: usize = 50;

    /// Reads a tag. `field` is the tag's own, such as `tags[0]`; problems name `tags[0].key` or
    /// `tags[0].value`.
    ///
    /// # Errors
    /// Every rule that key and value break.
    pub fn parse(field: &str, key: &str, value: &str) -> Result<Self, Vec<Problem>> {
        let (key, value) = (key.trim(), value.trim());
        let mut problems = Vec::new();
        let key_field = format!("{field}.key");
        if key.is_empty() {
            problems.push(Problem::refused_input(
                &key_field,
                "A tag must have a key.",
                "Write a key, or remove the tag.",
            ));
        }
        problems.extend(text_problem(&key_field, "The key of a tag", key, 128));
        if key
            .get(..4)
            .is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"))
        {
            problems.push(Problem::refused_input(
                &key_field,
                "Keys that begin with aws: are AWS's own.",
                "Use another prefix.",
            ));
        }
        problems.extend(text_problem(
            &format!("{field}.value"),
            "The value of a tag",
            value,
            256,
        ));
        if problems.is_empty() {
            return Ok(Self {
                key: key.to_owned(),
                value: value.to_owned(),
            });
        }
        Err(problems)
    }
}

/// The rule for keys and values ("Tagging IAM resources", rules for tagging).
fn text_problem(field: &str, what: &str, text: &str, max: usize) -> Option<Problem> {
    let allowed = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
    if let Some(wrong) = text.chars().find(|c| !allowed(*c)) {
        let wrong = clip(&wrong.to_string(), 1);
        return Some(Problem::refused_input(
            field,
            format!(
                "{what} has letters, digits, spaces and _ . : / = + - @ only; `{wrong}` is none of them."
            ),
            format!("Remove or replace `{wrong}`."),
        ));
    }
    let count = text.chars().count();
    (count > max).then(|| {
        Problem::refused_input(
            field,
            format!("{what} has at most {max} characters; this has {count}."),
            format!("Shorten it by {}.", counted(count - max, "character")),
        )
    })
}

#[cfg(test)]
mod tests;
