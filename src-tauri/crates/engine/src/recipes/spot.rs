//! Where in a file something stands, for messages.

use std::ops::Range;

/// Counted from 1, as editors do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) line: usize,
    /// In characters.
    pub(super) column: usize,
}

impl Spot {
    /// The first character.
    pub(super) const START: Self = Self { line: 1, column: 1 };

    /// Where a span of bytes begins.
    pub(super) fn of(text: &str, span: Option<Range<usize>>) -> Self {
        let Some(before) = span.and_then(|span| text.get(..span.start)) else {
            return Self::START;
        };
        let line = before.matches('\n').count() + 1;
        let own = before.rsplit('\n').next().unwrap_or_default();
        Self {
            line,
            column: own.chars().count() + 1,
        }
    }
}
