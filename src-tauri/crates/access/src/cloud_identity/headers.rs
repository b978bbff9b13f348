//! The headers of a cloud identity: which are known, and what each may hold.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use zeroize::Zeroizing;

use super::json::Member;
use crate::reason::{Reason, Refusal};

const MAX_HEADERS: usize = 32;
const MAX_VALUE: usize = 4 * 1024;
const MAX_TOKEN: usize = 8 * 1024;

/// Names of the headers that count.
pub(crate) struct Field;

impl Field {
    pub const AUTHORIZATION: &str = "authorization";
    pub const CONTENT_LENGTH: &str = "content-length";
    pub const CONTENT_TYPE: &str = "content-type";
    pub const CONTENT_SHA256: &str = "x-amz-content-sha256";
    pub const DATE: &str = "x-amz-date";
    pub const HOST: &str = "host";
    pub const TOKEN: &str = "x-amz-security-token";
}

/// Headers by their lower-case names, values without space around them.
#[derive(Default)]
pub(crate) struct Headers(BTreeMap<String, Zeroizing<String>>);

impl Headers {
    /// Reads the members of the JSON. Every header is judged, also those that are dropped later.
    pub(super) fn read(members: Vec<(String, Member)>) -> Result<Self, Refusal> {
        if members.len() > MAX_HEADERS {
            return Err(Reason::BadHeader.because(format!("{} headers", members.len())));
        }
        let mut headers = BTreeMap::new();
        let mut names = BTreeSet::new();
        for (name, member) in members {
            let is_name = !name.is_empty()
                && name.len() <= 64
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            if !is_name {
                return Err(Reason::BadHeader.because("a header's name"));
            }
            let name = name.to_ascii_lowercase();
            if !names.insert(name.clone()) {
                return Err(Reason::DuplicateHeader.because(name));
            }
            let value = value(&name, member)?;
            headers.insert(name, value);
        }
        Ok(Self(headers))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.as_str())
    }

    pub fn take(&mut self, name: &str) -> Option<Zeroizing<String>> {
        self.0.remove(name)
    }
}

impl fmt::Debug for Headers {
    /// Names only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The one string of a header. A plain string instead of a list is not taken: no client sends it, and
/// two forms of one thing are one too many.
fn value(name: &str, member: Member) -> Result<Zeroizing<String>, Refusal> {
    let mut items = match member {
        Member::List(items) => items,
        Member::Null if name == Field::TOKEN => return Err(Reason::SecurityTokenNull.into()),
        Member::Text(_) | Member::Null | Member::Other => {
            return Err(Reason::WrongType.because(name));
        }
    };
    let text = match (items.pop(), items.is_empty()) {
        (Some(Some(text)), true) => text,
        (Some(None), true) if name == Field::TOKEN => {
            return Err(Reason::SecurityTokenNull.into());
        }
        _ => return Err(Reason::WrongType.because(name)),
    };
    let most = if name == Field::TOKEN {
        MAX_TOKEN
    } else {
        MAX_VALUE
    };
    let printable = |b: u8| matches!(b, b' '..=b'~');
    if text.len() > most || !text.bytes().all(printable) {
        return Err(Reason::BadHeader.because(name));
    }
    Ok(Zeroizing::new(text.trim_matches(' ').to_owned()))
}
