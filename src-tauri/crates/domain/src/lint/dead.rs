//! Statements that do nothing because a Deny cancels them.

use std::collections::HashSet;

use super::document::{Document, Marks, Statement};
use super::patterns::{covers, is_all};

/// So many patterns are compared with every action; plain names without limit.
const PATTERNS: usize = 64;

/// What is denied without a condition, everywhere, by any document of the recipe.
#[derive(Debug, Default)]
pub(super) struct Denials {
    plain: HashSet<String>,
    patterns: Vec<String>,
    everything: bool,
}

impl Denials {
    pub(super) fn learn(&mut self, document: &Document) {
        for statement in document
            .statements
            .iter()
            .filter(|one| denies_everywhere(one))
        {
            for action in &statement.actions {
                self.everything |= is_all(&action.text);
                if !action.text.contains(['*', '?']) {
                    self.plain.insert(action.text.clone());
                } else if self.patterns.len() < PATTERNS {
                    self.patterns.push(action.text.clone());
                }
            }
        }
    }

    pub(super) fn look(&self, statement: &Statement, marks: &mut Marks) {
        if self.everything {
            let all = statement.actions.iter().find(|action| is_all(&action.text));
            if let Some(all) = all.filter(|_| denies_everywhere(statement)) {
                marks.warn(
                    all.at,
                    "denies_everything",
                    format!(
                        "{} denies every action on every resource: the lease can do nothing.",
                        statement.name
                    ),
                    "Remove it, or give it a condition.",
                );
            }
            return;
        }
        let cancelled = |action: &str| {
            self.plain.contains(action)
                || self.patterns.iter().any(|pattern| covers(pattern, action))
        };
        let dead = statement.allow
            && !statement.not_action
            && !statement.actions.is_empty()
            && statement
                .actions
                .iter()
                .all(|action| cancelled(&action.text));
        if dead {
            marks.warn(
                statement.at,
                "dead_statement",
                format!(
                    "{} allows only what another statement denies: a Deny always wins.",
                    statement.name
                ),
                "Remove one of the two.",
            );
        }
    }
}

fn denies_everywhere(statement: &Statement) -> bool {
    let everywhere = !statement.not_resource && statement.is_on_everything();
    !statement.allow && !statement.not_action && statement.conditions.is_empty() && everywhere
}
