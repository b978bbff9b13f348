//! Texts from outside made fit to show: an endpoint may be hostile.

/// The longest text shown of what AWS said.
const SHOWN: usize = 300;

/// Whether a character moves the cursor, reorders the line, or is invisible.
fn is_unruly(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// At most `limit` characters, one line, nothing unruly, single spaces.
pub(crate) fn tame(text: &str, limit: usize) -> String {
    let mut tamed = String::new();
    let mut left = limit;
    for word in text
        .split(|c: char| c.is_whitespace() || is_unruly(c))
        .filter(|w| !w.is_empty())
    {
        let gap = usize::from(!tamed.is_empty());
        let length = word.chars().count();
        if left < gap + length {
            if left > gap {
                tamed.extend(std::iter::repeat_n(' ', gap));
                tamed.extend(word.chars().take(left - gap));
            }
            return tamed + "…";
        }
        tamed.extend(std::iter::repeat_n(' ', gap));
        tamed.push_str(word);
        left -= gap + length;
    }
    tamed
}

/// A message as it is kept and shown.
pub(crate) fn message(text: &str) -> String {
    tame(text, SHOWN)
}

/// An error code or request id: letters, digits and `.:_-`, at most 64.
pub(crate) fn token(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_alphanumeric() || ".:_-".contains(*c))
        .take(64)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_direction_characters_become_gaps() {
        assert_eq!(
            tame("a\u{1b}[31mb\r\nc\u{202e}d\u{200b}e\0", 99),
            "a [31mb c d e"
        );
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        assert_eq!(tame("äöü ß", 4), "äöü…");
        assert_eq!(tame("äöü", 3), "äöü");
        assert_eq!(message(&"x ".repeat(9_999)).chars().count(), 300);
    }

    #[test]
    fn tokens_keep_only_what_codes_are_made_of() {
        assert_eq!(token("Access<b>Denied\u{7}"), "AccessbDenied");
        assert_eq!(token(&"x".repeat(100)).len(), 64);
    }
}
