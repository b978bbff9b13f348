//! Verification as an attacker and as a client meet it. Cases are numbered T1 to T120 as in the list of
//! attacks, quirks and rules that this crate was built against; `every_case_is_somewhere` finds a gap.
#![allow(clippy::unwrap_used, reason = "a test may fail this way")]

mod bounds;
mod decoding;
mod desk;
mod door;
mod exchange;
mod fixtures;
mod freshness;
mod invariants;
mod making;
mod methods;
mod news;
mod practice;
mod requests;
mod surface;
mod vectors;

/// A number that appears in no file is a case that was forgotten.
#[test]
fn every_case_is_somewhere() {
    let files = [
        include_str!("bounds.rs"),
        include_str!("decoding.rs"),
        include_str!("exchange.rs"),
        include_str!("freshness.rs"),
        include_str!("invariants.rs"),
        include_str!("methods.rs"),
        include_str!("requests.rs"),
        include_str!("surface.rs"),
    ];
    let all = files.concat().to_uppercase();
    let words: std::collections::HashSet<&str> =
        all.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let missing: Vec<String> = (1..=120)
        .map(|n| format!("T{n}"))
        .filter(|case| !words.contains(case.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
