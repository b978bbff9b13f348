//! Inline policy documents: IAM's grammar, checked before AWS sees them.
//!
//! The rules are those of "Grammar of the IAM JSON policy language" for identity policies.

mod condition;
mod grammar;
mod node;
mod statement;

use std::fmt;

use crate::Problem;
use crate::suggest::clip;
use grammar::Fault;
use node::Node;
pub(crate) use statement::arn_parts;

/// Longer texts are refused before they are read.
const MAX_BYTES: usize = 128 * 1024;

/// An inline policy document that IAM's grammar accepts, without insignificant white space.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PolicyDocument {
    compact: String,
    outline: grammar::Outline,
}

impl PolicyDocument {
    /// Reads a document.
    ///
    /// # Errors
    /// The named field; the message says where in the document the fault is.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        check_text(field, text)?;
        let node: Node =
            serde_json::from_str(text).map_err(|error| not_json(field, text, &error))?;
        let outline = grammar::read(&node)
            .map_err(|Fault { rule, fix }| Problem::refused_input(field, rule, fix))?;
        Ok(Self {
            compact: node::minified(text),
            outline,
        })
    }

    /// The document as it was written, without white space between its tokens.
    #[must_use]
    pub fn compact(&self) -> &str {
        &self.compact
    }

    /// The document over several lines, for people: the same tokens in the same order.
    #[must_use]
    pub fn indented(&self) -> String {
        node::indented(&self.compact)
    }

    /// Characters that count against IAM's limit of 2048 per user.
    #[must_use]
    pub fn size(&self) -> usize {
        self.compact.chars().count()
    }

    /// The literal partitions that its resources name, each once.
    #[must_use]
    pub fn resource_partitions(&self) -> &[String] {
        &self.outline.partitions
    }

    /// True when one statement allows something.
    #[must_use]
    pub fn allows_anything(&self) -> bool {
        self.outline.allows
    }
}

impl fmt::Display for PolicyDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.compact)
    }
}

fn check_text(field: &str, text: &str) -> Result<(), Problem> {
    if text.trim().is_empty() {
        return Err(Problem::refused_input(
            field,
            "The policy document is empty.",
            "Paste a JSON policy document, or remove it.",
        ));
    }
    if text.len() > MAX_BYTES {
        return Err(Problem::refused_input(
            field,
            format!(
                "The policy document has {} bytes; more than 128 KiB is not read.",
                text.len()
            ),
            "IAM takes 2048 characters of inline policies per user; use a managed policy for more.",
        ));
    }
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}');
    if let Some((at, wrong)) = text.char_indices().find(|(_, c)| !allowed(*c)) {
        let before = text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        return Err(Problem::refused_input(
            field,
            format!(
                "The policy document has U+{:04X} at line {line}, column {column}; IAM takes tab, \
                 line feed, carriage return and U+0020 to U+00FF only.",
                u32::from(wrong)
            ),
            match wrong {
                '\u{201c}' | '\u{201d}' => "Replace the typographic quote with a plain one (\").",
                '\u{feff}' => "Remove the byte order mark before the first brace.",
                _ => "Remove or replace that character.",
            },
        ));
    }
    Ok(())
}

fn not_json(field: &str, text: &str, error: &serde_json::Error) -> Problem {
    let full = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let what = full.strip_suffix(&place).unwrap_or(&full);
    let at = format!("at line {}, column {}", error.line(), error.column());
    if let Some(key) = node::duplicate_key(what) {
        return Problem::refused_input(
            field,
            format!("The key {key} stands twice in one object, {at}."),
            "Keep one of them; where both are wanted, make a list or a second statement.",
        );
    }
    if what.starts_with("recursion limit") {
        return Problem::refused_input(
            field,
            format!("The policy document is nested too deeply, {at}."),
            "A policy needs five levels at most; remove the surplus brackets.",
        );
    }
    let fix = if text.trim_start().starts_with("arn:") {
        "This is an ARN: put it under the managed policy ARNs."
    } else if what.starts_with("trailing comma") {
        "Remove the comma before the closing bracket."
    } else if what.starts_with("trailing characters") {
        "Give every document on its own; after its closing brace nothing may follow."
    } else if what.starts_with("EOF") {
        "Close every brace, bracket and quote."
    } else if what.starts_with("key must be a string") {
        "Put the key in double quotes."
    } else {
        "Correct the JSON there."
    };
    Problem::refused_input(
        field,
        format!(
            "The policy document is not JSON: {}, {at}.",
            clip(what, 120)
        ),
        fix,
    )
}

#[cfg(test)]
mod tests;
