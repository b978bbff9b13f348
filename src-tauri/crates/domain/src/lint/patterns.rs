//! Actions as IAM matches them: `*` and `?`, without case.

/// Longer ones are no actions; they are not looked at, so that no document is slow.
const LONGEST: usize = 128;

/// Whether a pattern reaches everything that `text` does. Both in lower case; `text` may be a
/// pattern itself.
pub(super) fn covers(pattern: &str, text: &str) -> bool {
    if pattern.len() > LONGEST || text.len() > LONGEST {
        return false;
    }
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where the last `*` stands, and what of the text it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    while let Some(&byte) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(b'?') if byte != b'*' => (p, t) = (p + 1, t + 1),
            Some(&plain) if plain == byte && plain != b'?' => (p, t) = (p + 1, t + 1),
            _ => {
                let Some((at, taken)) = star else {
                    return false;
                };
                star = Some((at, taken + 1));
                (p, t) = (at + 1, taken + 1);
            }
        }
    }
    pattern
        .get(p..)
        .unwrap_or_default()
        .iter()
        .all(|b| *b == b'*')
}

/// Whether this is every action there is.
pub(super) fn is_all(action: &str) -> bool {
    matches!(action, "*" | "*:*")
}
