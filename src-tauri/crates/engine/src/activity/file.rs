//! Checks an exported log, line by line.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use leasehold_domain::{Code, Problem};
use leasehold_store::{ActivityCall, ActivityLine, ActivityRow, Chain, Hash};

use super::export::ExportedLine;
use crate::wire::{ActivityCheck, ActivityFault};

/// Far more than the longest line we write.
const LONGEST_LINE: u64 = 4 * 1024 * 1024;

pub(super) fn verify(path: &Path) -> Result<ActivityCheck, Problem> {
    let unreadable = |error: std::io::Error| {
        Problem::new(
            Code::NotFound,
            format!("{} cannot be read: {error}.", path.display()),
        )
        .at("file")
    };
    let mut reader = BufReader::new(File::open(path).map_err(unreadable)?);
    let mut chain = Chain::default();
    let mut fault = None;
    let mut text = Vec::new();
    while fault.is_none() {
        text.clear();
        let mut line = reader.by_ref().take(LONGEST_LINE);
        if line.read_until(b'\n', &mut text).map_err(unreadable)? == 0 {
            break;
        }
        let place = chain.end().entries + 1;
        fault = match parse(&text) {
            Some(row) => chain
                .look(&row)
                .err()
                .map(|fault| (fault.seq(), fault.to_string())),
            None => Some((
                place,
                format!("Line {place} is not a line of an exported log."),
            )),
        };
    }
    let end = chain.end();
    Ok(ActivityCheck {
        entries: end.entries,
        head: end.hash.to_string(),
        fault: fault.map(|(seq, text)| ActivityFault { seq, text }),
    })
}

fn parse(text: &[u8]) -> Option<ActivityRow> {
    let line: ExportedLine = serde_json::from_slice(text).ok()?;
    let entry = line.entry;
    // What is more exact than a line ever is would be lost before the hash is looked at.
    let at = chrono::DateTime::from_timestamp_millis(entry.at.timestamp_millis())?;
    if at != entry.at {
        return None;
    }
    Some(ActivityRow {
        seq: entry.seq,
        hash: Hash::parse(&entry.hash)?,
        previous: Hash::parse(&line.previous)?,
        line: ActivityLine {
            at,
            kind: entry.kind,
            actor: entry.actor,
            outcome: entry.outcome.as_str().to_owned(),
            lease_id: entry.lease_id,
            secret: entry.secret,
            secret_id: entry.secret_id,
            connection: entry.connection,
            account_id: entry.account_id,
            text: entry.text,
            calls: entry
                .calls
                .into_iter()
                .map(|call| ActivityCall {
                    action: call.action,
                    resource: call.resource,
                    code: call.code,
                    request_id: call.request_id,
                })
                .collect(),
        },
    })
}
