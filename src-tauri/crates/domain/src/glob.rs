//! `*` and `?` in names: with case, against the whole text, and never slow.

/// Whether `text` is what `pattern` describes: `*` is any run of characters, also none, `?` is exactly
/// one, everything else is itself. There are no classes, escapes or regular expressions.
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
    walk(pattern, text).0
}

/// True when there is a `*` or a `?` in it.
#[must_use]
pub fn is_glob(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// The verdict and the number of steps it took: at most one for every pair of characters.
fn walk(pattern: &str, text: &str) -> (bool, usize) {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t, mut steps) = (0, 0, 0);
    // Where the last `*` stands, and how far the text is that it has taken. Giving back to an earlier
    // `*` is never needed: what it could take, the last one can.
    let mut star: Option<(usize, usize)> = None;
    while let Some(c) = text.get(t) {
        steps += 1;
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(one) if *one == '?' || one == c => (p, t) = (p + 1, t + 1),
            _ => {
                let Some((at, taken)) = star else {
                    return (false, steps);
                };
                star = Some((at, taken + 1));
                (p, t) = (at + 1, taken + 1);
            }
        }
    }
    let rest_is_stars = pattern
        .get(p..)
        .unwrap_or_default()
        .iter()
        .all(|c| *c == '*');
    (rest_is_stars, steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, slow and plain.
    fn by_definition(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (None, Some(_)) => false,
            (Some(('*', rest)), None) => by_definition(rest, text),
            (Some(('*', rest)), Some((_, less))) => {
                by_definition(rest, text) || by_definition(pattern, less)
            }
            (Some(_), None) => false,
            (Some((p, rest)), Some((t, less))) => {
                (*p == '?' || p == t) && by_definition(rest, less)
            }
        }
    }

    #[test]
    fn a_star_is_any_run_and_a_question_mark_exactly_one_character() {
        for (pattern, text, matches) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "a/b", true),
            ("?", "", false),
            ("?", "a", true),
            ("?", "ab", false),
            ("dev-?", "dev-", false),
            ("dev-*", "dev-ops", true),
            ("dev-*", "Dev-ops", false),
            ("a.b", "aXb", false),
            ("a+b", "a+b", true),
            ("a+b", "aab", false),
            ("[a]", "a", false),
            ("*ab", "aab", true),
            ("*a*b*", "xxaxxbxx", true),
            ("a*?", "a", false),
            ("é?", "éü", true),
        ] {
            assert_eq!(glob(pattern, text), matches, "{pattern} {text}");
        }
    }

    #[test]
    fn two_hundred_stars_take_no_more_steps_than_pairs_of_characters() {
        let pattern = "*a".repeat(200) + "b";
        let text = "a".repeat(2048);
        let (matches, steps) = walk(&pattern, &text);
        assert!(!matches);
        assert!(steps <= (pattern.len() + 1) * (text.len() + 1), "{steps}");
    }

    proptest! {
        #[test]
        fn it_says_what_the_definition_says(pattern in "[ab*?]{0,8}", text in "[ab]{0,10}") {
            let chars = |s: &str| s.chars().collect::<Vec<_>>();
            prop_assert_eq!(glob(&pattern, &text), by_definition(&chars(&pattern), &chars(&text)));
        }

        #[test]
        fn any_text_without_wildcards_matches_itself_only(a in "[^*?]{0,20}", b in "[^*?]{0,20}") {
            prop_assert!(glob(&a, &a));
            prop_assert_eq!(glob(&a, &b), a == b);
        }

        #[test]
        fn the_steps_are_bounded(pattern in ".{0,60}", text in ".{0,60}") {
            let pairs = (pattern.chars().count() + 1) * (text.chars().count() + 1);
            prop_assert!(walk(&pattern, &text).1 <= pairs);
        }
    }
}
