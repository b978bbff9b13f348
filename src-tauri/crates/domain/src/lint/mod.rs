//! What is allowed and should be looked at twice: the lint of a dynamic secret's permissions.
//!
//! It never refuses; what IAM itself would refuse is a refusal of [`crate::policy`]. Every finding has a
//! stable rule word, a sentence and a fix, and those about an inline document stand at a line and column
//! of the text as typed.

mod actions;
mod conditions;
mod dead;
mod document;
mod patterns;
mod recipe;
mod resources;
mod rights;
mod session;
mod spans;
mod vocabulary;

use std::collections::HashSet;

use crate::recipe::{Recipe, RecipeDraft};
use crate::{Budget, PolicyDocument, Problem};

pub use recipe::BUDGET_NEAR;

/// So many findings are told of one document; the worst stay.
const MOST: usize = 100;

/// How bad something is that is not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Probably not meant.
    Warning,
    /// Lets a leased user outlive its lease or take over the account.
    Danger,
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A field of the form, by its wire name.
    Field(String),
    /// A place in an inline document.
    Document {
        /// Which of `policy_documents`, from 0.
        index: usize,
        /// From 1.
        line: u32,
        /// From 1, in characters.
        column: u32,
    },
}

/// Something that is allowed and should be looked at twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub place: Place,
    /// How bad it is.
    pub severity: Severity,
    /// A stable word, for example `privilege_escalation`.
    pub rule: &'static str,
    /// What is the matter.
    pub message: String,
    /// What to do about it.
    pub fix: String,
}

impl From<&Finding> for Problem {
    fn from(finding: &Finding) -> Self {
        let field = match &finding.place {
            Place::Field(field) => field.clone(),
            Place::Document { index, .. } => format!("policy_documents[{index}]"),
        };
        Self::refused_input(field, &finding.message, &finding.fix)
    }
}

/// Something about a byte of one document's text.
#[derive(Debug)]
struct Mark {
    at: usize,
    severity: Severity,
    rule: &'static str,
    message: String,
    fix: String,
}

/// What several documents of one recipe have to know of each other.
#[derive(Debug, Default)]
struct Around {
    /// The service that could act with a passed role.
    host: Option<&'static str>,
    denials: dead::Denials,
    /// Keys of the users' tags, in lower case.
    tags: HashSet<String>,
}

/// Everything worth a second look in a form: of its documents as far as each can be read, and of the
/// rest once it is valid.
#[must_use]
pub fn lint(draft: &RecipeDraft, valid: Option<(&Recipe, Budget)>) -> Vec<Finding> {
    let documents: Vec<_> = draft
        .policy_documents
        .iter()
        .enumerate()
        .filter(|(_, text)| PolicyDocument::parse("policy_documents", text).is_ok())
        .filter_map(|(index, text)| {
            let root = spans::read(text)?;
            Some((index, text.as_str(), document::Document::of(&root)))
        })
        .collect();
    let mut around = Around {
        tags: draft
            .tags
            .iter()
            .map(|(key, _)| key.trim().to_lowercase())
            .collect(),
        ..Around::default()
    };
    for (_, _, document) in &documents {
        around.host = around.host.or_else(|| actions::host(document));
        around.denials.learn(document);
    }
    let mut found = valid.map_or_else(Vec::new, |(valid, budget)| recipe::findings(valid, budget));
    for (index, text, document) in &documents {
        found.extend(placed(*index, text, document.marks(&around)));
    }
    found
}

/// The worst marks with their lines and columns, in the order of the text.
fn placed(index: usize, text: &str, mut marks: Vec<Mark>) -> Vec<Finding> {
    marks.sort_by_key(|mark| std::cmp::Reverse(mark.severity));
    let left_out = marks.len().saturating_sub(MOST);
    marks.truncate(MOST);
    marks.sort_by_key(|mark| mark.at);
    if left_out > 0 {
        marks.insert(
            0,
            Mark {
                at: 0,
                severity: Severity::Info,
                rule: "more_findings",
                message: format!("{left_out} more findings of this document are not shown."),
                fix: "Correct the ones that are, then look again.".into(),
            },
        );
    }
    let places = spans::lines(text, marks.iter().map(|mark| mark.at));
    let marks = marks.into_iter().zip(places);
    marks
        .map(|(mark, (line, column))| Finding {
            place: Place::Document {
                index,
                line,
                column,
            },
            severity: mark.severity,
            rule: mark.rule,
            message: mark.message,
            fix: mark.fix,
        })
        .collect()
}

#[cfg(test)]
mod tests;
