//! What colours mean: one list of roles, and text that knows which it plays.
//!
//! A colour never says what no word says: without colours everything reads the same.

use std::io::IsTerminal;

use leasehold_engine::SystemClock;
use leasehold_engine::wire::{LeaseView, State};
use unicode_width::UnicodeWidthStr;

use super::{colours, is_over};

/// A lease that ends within this is about to.
const SOON_MINUTES: i64 = 15;

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The head of a table, the title of a list of facts.
    Head,
    /// Access is open, or something is as it should be.
    Good,
    /// Access ends soon, or something waits.
    Soon,
    /// It is being ended.
    Ending,
    /// It is over.
    Over,
    /// AWS says no, or something failed.
    Denied,
    /// A person must look at it.
    Alarm,
    /// Of the practice account.
    Practice,
}

impl Role {
    fn code(self) -> &'static str {
        match self {
            Self::Head => "1",
            Self::Good => "32",
            Self::Soon => "33",
            Self::Ending => "36",
            Self::Over => "2",
            Self::Denied => "31",
            Self::Alarm => "1;31",
            Self::Practice => "35",
        }
    }

    /// The role of a lease's state.
    pub fn of(lease: &LeaseView) -> Self {
        let left = lease.expires_at - SystemClock::shared().now();
        let left = left.num_milliseconds() - lease.clock_offset_ms;
        match lease.state {
            _ if lease.alarm.is_some() && lease.ended_at.is_none() => Self::Alarm,
            State::Issuing => Self::Soon,
            State::Active if is_over(lease) || lease.end_asked_at.is_some() => Self::Ending,
            State::Active if left < SOON_MINUTES * 60_000 => Self::Soon,
            State::Active => Self::Good,
            State::Revoking | State::AccessCut => Self::Ending,
            State::Revoked | State::Expired => Self::Over,
            State::Failed | State::Forgotten => Self::Denied,
        }
    }
}

/// The text in its colour, where `stream` shows any. Only of text that cannot steer a terminal.
pub fn paint(role: Role, text: &str, stream: &impl IsTerminal) -> String {
    match colours(stream) {
        true => coloured(role, text),
        false => text.to_owned(),
    }
}

pub fn coloured(role: Role, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("\u{1b}[{}m{text}\u{1b}[0m", role.code())
}

/// What stands in a table or beside the name of a fact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    pub text: String,
    pub role: Option<Role>,
    /// Stands behind the text, however little room there is for that.
    pub is_practice: bool,
}

/// The mark of the practice account.
pub const PRACTICE: &str = "(practice)";

impl Cell {
    /// In columns, with the mark.
    pub fn width(&self) -> usize {
        let mark = if self.is_practice {
            PRACTICE.width() + 1
        } else {
            0
        };
        self.text.width() + mark
    }

    pub fn new(role: Role, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            role: Some(role),
            is_practice: false,
        }
    }

    /// The text, marked where it is about the practice account.
    pub fn marked(text: impl Into<String>, is_practice: bool) -> Self {
        Self {
            text: text.into(),
            role: None,
            is_practice,
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// `development:/s3 (practice)`
pub fn marked(text: &str, is_practice: bool) -> String {
    match is_practice {
        true => format!("{text} {PRACTICE}"),
        false => text.to_owned(),
    }
}
