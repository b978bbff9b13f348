//! The log as comma-separated values (RFC 4180), safe to open in a spreadsheet.

use chrono::SecondsFormat;

use crate::wire::{ActivityCall, ActivityEntry};

pub(super) const HEAD: &str =
    "seq,at,kind,actor,outcome,lease_id,secret,secret_id,connection,account_id,text,calls,hash\r\n";

pub(super) fn line(entry: &ActivityEntry) -> String {
    let calls: Vec<_> = entry.calls.iter().map(call).collect();
    let cells = [
        entry.seq.to_string(),
        entry.at.to_rfc3339_opts(SecondsFormat::Millis, true),
        entry.kind.clone(),
        entry.actor.clone(),
        entry.outcome.as_str().to_owned(),
        entry.lease_id.clone().unwrap_or_default(),
        entry.secret.clone().unwrap_or_default(),
        entry.secret_id.clone().unwrap_or_default(),
        entry.connection.clone().unwrap_or_default(),
        entry.account_id.clone().unwrap_or_default(),
        entry.text.clone(),
        calls.join("; "),
        entry.hash.clone(),
    ];
    cells.map(|text| cell(&text)).join(",") + "\r\n"
}

/// `iam:CreateUser user/name ok 1b2c…`
fn call(call: &ActivityCall) -> String {
    let words = [
        Some(call.action.as_str()),
        call.resource.as_deref(),
        Some(call.code.as_deref().unwrap_or("ok")),
        call.request_id.as_deref(),
    ];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// A spreadsheet takes a cell that begins with one of these for a formula, also within quotes
/// (OWASP, "CSV Injection"); behind an apostrophe it is text.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

fn cell(text: &str) -> String {
    let apostrophe = if text.starts_with(FORMULA) { "'" } else { "" };
    if !apostrophe.is_empty() || text.contains([',', '"', '\r', '\n']) {
        return format!("\"{apostrophe}{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula_and_never_ends_early() {
        for (text, expected) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("she said \"no\"", "\"she said \"\"no\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "\"'=1+1\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("=\"a\",b", "\"'=\"\"a\"\",b\""),
            ("", ""),
        ] {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }
}
