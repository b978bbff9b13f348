//! Shortening what was typed, and finding what was probably meant, for messages.

/// At most `max` characters of `text`, with an ellipsis when something was left out. Control
/// characters are shown as `\u{…}`, so that a message stays one line.
#[must_use]
pub fn clip(text: &str, max: usize) -> String {
    let mut out = String::new();
    for (n, c) in text.chars().enumerate() {
        if n == max {
            out.push('…');
            break;
        }
        if c.is_control() || c == '\u{feff}' {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// The known word that `word` is closest to, if it is close at all.
#[must_use]
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    if word.chars().count() > 64 {
        return None;
    }
    let lower = word.to_lowercase();
    known
        .iter()
        .map(|candidate| (distance(&lower, &candidate.to_lowercase()), *candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

/// `1 character`, `2 characters`; `y` becomes `ies`.
pub(crate) fn counted(n: usize, what: &str) -> String {
    match (n, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (n, Some(stem)) => format!("{n} {stem}ies"),
        (n, None) => format!("{n} {what}s"),
    }
}

/// Levenshtein distance.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let above = row.get(j + 1).copied().unwrap_or(usize::MAX - 1);
            let cost = diagonal + usize::from(ca != *cb);
            let best = cost.min(above + 1).min(left + 1);
            diagonal = above;
            if let Some(cell) = row.get_mut(j) {
                *cell = left;
            }
            left = best;
        }
        if let Some(cell) = row.last_mut() {
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_single_edits() {
        for (a, b, edits) in [
            ("", "", 0),
            ("a", "", 1),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("acton", "action", 1),
            ("resorce", "resource", 1),
            ("flaw", "lawn", 2),
        ] {
            assert_eq!(distance(a, b), edits, "{a} {b}");
        }
    }

    #[test]
    fn the_nearest_word_is_found_whatever_its_case_and_nonsense_finds_none() {
        let known = ["Action", "NotAction", "Effect"];
        assert_eq!(nearest("Acton", &known), Some("Action"));
        assert_eq!(nearest("actions", &known), Some("Action"));
        assert_eq!(nearest("EFFECT", &known), Some("Effect"));
        assert_eq!(nearest("Banana", &known), None);
    }

    #[test]
    fn things_are_counted_in_english() {
        assert_eq!(counted(1, "character"), "1 character");
        assert_eq!(counted(0, "tag"), "0 tags");
        assert_eq!(counted(2, "managed policy"), "2 managed policies");
    }

    #[test]
    fn clipped_text_stays_on_one_line() {
        assert_eq!(clip("a\nb", 9), "a\\u{a}b");
        assert_eq!(clip("abcdef", 3), "abc…");
    }
}
