//! The names that AWS's services and actions have, to find the misspelt ones.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::patterns::covers;
use crate::suggest::{distance, nearest};

fn words(text: &'static str) -> impl Iterator<Item = &'static str> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace)
}

static SERVICES: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| words(include_str!("services.txt")).collect());

/// By prefix: in lower case, and as AWS writes it.
static ACTIONS: LazyLock<HashMap<&'static str, Vec<(String, &'static str)>>> =
    LazyLock::new(|| {
        let mut all: HashMap<&str, Vec<(String, &str)>> = HashMap::new();
        let mut service = "";
        for word in words(include_str!("actions.txt")) {
            match word.strip_suffix(':') {
                Some(prefix) => service = prefix,
                None => all
                    .entry(service)
                    .or_default()
                    .push((word.to_lowercase(), word)),
            }
        }
        all
    });

/// Whether a service has this prefix, in lower case.
pub(super) fn is_service(prefix: &str) -> bool {
    SERVICES.contains(prefix)
}

/// The prefix that was probably meant.
pub(super) fn service_like(prefix: &str) -> Option<&'static str> {
    let mut known: Vec<&str> = SERVICES.iter().copied().collect();
    known.sort_unstable();
    nearest(prefix, &known)
}

/// Whether a service that is known well has an action of this name, or one that this pattern matches.
/// In lower case. True for every other service.
pub(super) fn is_action(service: &str, name: &str) -> bool {
    let Some(known) = ACTIONS.get(service) else {
        return true;
    };
    if name.contains(['*', '?']) {
        return known.iter().any(|(action, _)| covers(name, action));
    }
    known.iter().any(|(action, _)| action == name)
}

/// The action that was probably meant. Only what is very near: an action newer than the list must
/// not be called misspelt.
pub(super) fn action_like(service: &str, name: &str) -> Option<&'static str> {
    if name.len() > 64 {
        return None;
    }
    let near = if name.len() < 8 { 1 } else { 2 };
    let known = ACTIONS.get(service)?.iter();
    let distances = known.map(|(action, shown)| (distance(name, action), *shown));
    let (away, shown) = distances.min_by_key(|(away, _)| *away)?;
    (away <= near).then_some(shown)
}
