//! Lists as people type them: commas, spaces and new lines all divide.

use std::collections::HashSet;

/// Every item of the elements, each of which may hold several, trimmed and without duplicates, in
/// the order in which they first appear.
#[must_use]
pub fn split_list(elements: &[String]) -> Vec<String> {
    let mut seen = HashSet::new();
    elements
        .iter()
        .flat_map(|element| element.split(|c: char| c == ',' || c.is_whitespace()))
        .filter(|item| !item.is_empty() && seen.insert(*item))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(elements: &[&str]) -> Vec<String> {
        split_list(&elements.iter().map(|e| (*e).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn commas_spaces_and_new_lines_divide_and_duplicates_go() {
        assert_eq!(
            split(&["a, b", " c\nd,,a\t", "", "b"]),
            ["a", "b", "c", "d"]
        );
        assert!(split(&["", " ,\r\n "]).is_empty());
        assert_eq!(split(&["A", "a"]), ["A", "a"]);
    }

    proptest! {
        #[test]
        fn splitting_again_changes_nothing(elements in prop::collection::vec("[a-c ,\n]{0,12}", 0..6)) {
            let once = split_list(&elements);
            prop_assert_eq!(split_list(&once), once.clone());
            prop_assert_eq!(split_list(&[once.join(", ")]), once);
        }
    }
}
