//! How the IAM users of a dynamic secret are named.
//!
//! The words are those of Infisical's templates: `{{randomUsername}}`,
//! `{{unixTimestamp}}`, `{{secret.name}}` (also `{{dynamicSecret.name}}`), `{{identity.name}}`,
//! `{{random N}}`, and the functions `truncate`, `replace`, `uppercase` and `lowercase`.

mod expression;
mod parse;

use std::fmt;

use crate::problem::Code;
use crate::suggest::{clip, counted};
use crate::{Problem, UserName};
use expression::{Expression, Lengths};

/// A template for user names that always has 64 random bits, compared without case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UsernameTemplate {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Part {
    Literal(String),
    Expression(Expression),
}

/// What a template is rendered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TemplateContext<'a> {
    /// Name of the dynamic secret.
    pub secret: &'a str,
    /// Who asks: `window`, `cli`, or a name.
    pub identity: &'a str,
    /// Seconds since 1970.
    pub unix_timestamp: i64,
}

/// Longer templates are refused before they are read.
const MAX_CHARS: usize = 255;

/// AWS compares user names without case, so this many bits must be there without it.
const MIN_RANDOM_BITS: f64 = 64.0;

const FIELD: &str = "username_template";

impl UsernameTemplate {
    /// The template of a secret that has none of its own.
    pub const DEFAULT: &'static str = "{{randomUsername}}";

    /// Reads a template; white space around it does not count, and empty is the default.
    ///
    /// # Errors
    /// Field `username_template`: the grammar, characters that IAM does not take, fewer than 64 random
    /// bits, or always longer than 64 characters.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let text = if text.is_empty() { Self::DEFAULT } else { text };
        let count = text.chars().count();
        if count > MAX_CHARS {
            return Err(Problem::refused_input(
                FIELD,
                format!(
                    "A username template has at most {MAX_CHARS} characters; this has {count}."
                ),
                "Shorten it.",
            ));
        }
        let parts =
            parse::parts(text).map_err(|(rule, fix)| Problem::refused_input(FIELD, rule, fix))?;
        let template = Self {
            text: text.to_owned(),
            parts,
        };
        let bits = template.random_bits();
        if bits < MIN_RANDOM_BITS {
            return Err(Problem::refused_input(
                FIELD,
                format!(
                    "The template has {bits:.0} random bits; it needs 64, because AWS compares user \
                     names without case and a name is never used twice."
                ),
                "Add {{random 13}} or {{randomUsername}}, outside of replace and not truncated.",
            ));
        }
        template.check_length(&Lengths::shortest())?;
        Ok(template)
    }

    /// The template as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Random bits of every name, with letters compared without case.
    #[must_use]
    pub fn random_bits(&self) -> f64 {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Literal(_) => 0.0,
                Part::Expression(expression) => expression.random_bits(),
            })
            .sum()
    }

    /// Length of the longest name that it makes for any secret and identity, at most 64: longer ones
    /// are refused.
    #[must_use]
    pub fn max_len(&self) -> usize {
        self.longest(&Lengths::longest()).min(UserName::MAX_LEN)
    }

    /// Length of the longest name that it makes for this secret and any identity.
    ///
    /// # Errors
    /// Field `username_template` when that is more than 64.
    pub fn max_len_for(&self, secret: &str) -> Result<usize, Problem> {
        self.check_length(&Lengths::of_secret(secret))
    }

    /// Makes a name; `random` fills a buffer with random bytes.
    ///
    /// # Errors
    /// Field `username_template` when the name is longer than 64; `internal` when `random` is not random
    /// or the time is before 1970.
    pub fn render(
        &self,
        context: &TemplateContext<'_>,
        random: &mut impl FnMut(&mut [u8]),
    ) -> Result<UserName, Problem> {
        if !(0..=9_999_999_999).contains(&context.unix_timestamp) {
            return Err(Problem::new(
                Code::Internal,
                "The time is outside of the years 1970 to 2286.",
            ));
        }
        let mut name = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => name.push_str(text),
                Part::Expression(expression) => name.push_str(&expression.render(context, random)?),
            }
        }
        UserName::parse(FIELD, &name)
    }

    fn longest(&self, lengths: &Lengths) -> usize {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Literal(text) => text.len(),
                Part::Expression(expression) => expression.max_len(lengths),
            })
            .fold(0, usize::saturating_add)
    }

    fn check_length(&self, lengths: &Lengths) -> Result<usize, Problem> {
        let longest = self.longest(lengths);
        if longest <= UserName::MAX_LEN {
            return Ok(longest);
        }
        Err(Problem::refused_input(
            FIELD,
            format!(
                "The template makes names of up to {longest} characters; IAM takes {}.",
                UserName::MAX_LEN
            ),
            format!(
                "Shorten it by {}, for example with {{{{truncate secret.name 10}}}}.",
                counted(longest - UserName::MAX_LEN, "character")
            ),
        ))
    }
}

impl fmt::Display for UsernameTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Shortens what was typed, for messages.
fn shown(text: &str) -> String {
    clip(text, 40)
}

#[cfg(test)]
mod tests;
