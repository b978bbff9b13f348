//! The hash of a line: SHA-256 over the hash before it and an encoding that no two lines share.

use std::fmt;

use sha2::{Digest, Sha256};

use super::ActivityLine;
use crate::row::millis;

/// Told first, so that a hash of ours is never one of something else. A change of the encoding
/// would need another name here, and a rule which lines it counts for.
const NAME: &[u8] = b"leasehold activity 1";
/// The name for lines that say the id of a dynamic secret: it is one more text, at the end. Lines
/// without one are hashed as they always were.
const NAME_WITH_ID: &[u8] = b"leasehold activity 2";

/// A SHA-256 hash. Shown in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// What stands before the first line.
    pub const START: Self = Self([0; 32]);

    /// Reads 64 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |at: usize| char::from(pair[at]).to_digit(16);
            *byte = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
        }
        Some(Self(hash))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The hash of `line` at the place `seq`, after a line with the hash `previous`.
///
/// Numbers are eight bytes, the highest first (times in milliseconds); a text is its length in bytes
/// and then its UTF-8; what may be missing is a byte 0, or a byte 1 and the text; the calls are their
/// number and then the four fields of each.
#[must_use]
pub fn hash_of(previous: &Hash, seq: i64, line: &ActivityLine) -> Hash {
    let mut sink = Sink(Sha256::new());
    sink.text(match line.secret_id {
        None => NAME,
        Some(_) => NAME_WITH_ID,
    });
    sink.0.update(previous.0);
    sink.0.update(seq.to_be_bytes());
    sink.0.update(millis(line.at).to_be_bytes());
    sink.text(line.kind.as_bytes());
    sink.text(line.actor.as_bytes());
    sink.text(line.outcome.as_bytes());
    sink.maybe(line.lease_id.as_deref());
    sink.maybe(line.secret.as_deref());
    sink.maybe(line.connection.as_deref());
    sink.maybe(line.account_id.as_deref());
    sink.text(line.text.as_bytes());
    sink.length(line.calls.len());
    for call in &line.calls {
        sink.text(call.action.as_bytes());
        sink.maybe(call.resource.as_deref());
        sink.maybe(call.code.as_deref());
        sink.maybe(call.request_id.as_deref());
    }
    if let Some(id) = &line.secret_id {
        sink.text(id.as_bytes());
    }
    Hash(sink.0.finalize().into())
}

struct Sink(Sha256);

impl Sink {
    fn length(&mut self, length: usize) {
        self.0.update((length as u64).to_be_bytes());
    }

    fn text(&mut self, text: &[u8]) {
        self.length(text.len());
        self.0.update(text);
    }

    fn maybe(&mut self, text: Option<&str>) {
        match text {
            None => self.0.update([0]),
            Some(text) => {
                self.0.update([1]);
                self.text(text.as_bytes());
            }
        }
    }
}
