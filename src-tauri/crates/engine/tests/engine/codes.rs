//! The closed list of error codes and the form errors have on the wire.

use leasehold_domain::{Code, Problem};
use ts_rs::{Config, TS};

/// Every code, by the list that the window's types are generated from.
fn all() -> Vec<Code> {
    Code::inline(&Config::default())
        .split('|')
        .map(|word| serde_json::from_str(word.trim()).unwrap())
        .collect()
}

#[test]
fn every_code_has_one_wire_form_and_one_exit_code() {
    let table: Vec<String> = all()
        .into_iter()
        .map(|code| {
            let problem = Problem::new(code, "What happened.")
                .with_hint("What to do.")
                .at("ttl");
            let wire = serde_json::to_string(&problem).unwrap();
            format!("{} {wire}", code.exit_code())
        })
        .collect();
    insta::assert_snapshot!(table.join("\n"));
    let bare = Problem::new(Code::NotFound, "What happened.");
    assert_eq!(
        serde_json::to_string(&bare).unwrap(),
        r#"{"code":"not_found","message":"What happened.","hint":null,"field":null}"#
    );
}
