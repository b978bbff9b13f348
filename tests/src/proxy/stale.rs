//! Answers of the past: before a request changes a user, what the watched reads say of it is asked and kept.

use std::time::{Duration, Instant};

use super::message::Message;
use super::{Call, Fault, Shared};

/// Reads that a stale answer can be kept of.
const READS: &[&str] = &[
    "GetUser",
    "ListAccessKeys",
    "ListUserPolicies",
    "ListAttachedUserPolicies",
    "ListGroupsForUser",
];

/// What reads said just before a change, oldest first.
#[derive(Default)]
pub(super) struct Snapshots(Vec<Snapshot>);

struct Snapshot {
    read: &'static str,
    user: String,
    until: Instant,
    answer: Message,
}

impl Snapshots {
    /// What this read said so long ago. Nothing when nothing has changed since.
    pub(super) fn as_of(&self, call: &Call, ago: Duration) -> Option<Message> {
        let mut of_it = self
            .0
            .iter()
            .filter(|one| one.read == call.action && one.user == call.user);
        let valid = of_it.find(|one| one.until.elapsed() < ago);
        valid.map(|one| one.answer.clone())
    }
}

impl Shared {
    /// Keeps what the reads that are to be stale say of a user who is about to be changed.
    pub(super) fn snapshot_before(&self, call: &Call) {
        if !call.changes() || call.user.is_empty() {
            return;
        }
        let wanted: Vec<&'static str> = {
            let state = self.state();
            let stale = |read: &str| {
                let mut rules = state.rules.iter();
                rules.any(|rule| {
                    matches!(rule.fault(), Fault::Stale(_))
                        && (rule.call() == read || rule.call() == "*")
                })
            };
            READS.iter().copied().filter(|read| stale(read)).collect()
        };
        for read in wanted {
            let body = format!("Action={read}&Version=2010-05-08&UserName={}", call.user);
            let Ok(answer) = self.ask(&Message::of_root(&self.upstream, &body)) else {
                continue;
            };
            self.state().snapshots.0.push(Snapshot {
                read,
                user: call.user.clone(),
                until: Instant::now(),
                answer,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Call, Message, Snapshot, Snapshots};
    use std::collections::HashMap;
    use std::time::{Duration, Instant};

    #[test]
    fn the_oldest_answer_that_still_held_then_is_given() {
        let form = [("Action", "GetUser"), ("UserName", "u")];
        let form: HashMap<String, String> = form
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let call = Call::of(&form);
        let now = Instant::now();
        let kept = |ago: u64, status| Snapshot {
            read: "GetUser",
            user: "u".into(),
            until: now - Duration::from_secs(ago),
            answer: Message::answer(status, ""),
        };
        let snapshots = Snapshots(vec![kept(10, 404), kept(5, 200)]);
        let status = |ago| {
            let answer = snapshots.as_of(&call, Duration::from_secs(ago));
            answer.map(|answer| answer.status())
        };
        assert_eq!(status(12), Some(404));
        assert_eq!(status(7), Some(200));
        assert_eq!(status(3), None);
    }
}
