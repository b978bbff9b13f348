//! The keys on show, each in a window of its own. Nothing else in the shell holds a secret.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use leasehold_domain::{Code, Problem};
use leasehold_engine::Credentials;
use leasehold_engine::wire::LeaseView;
use tokio::time::{Duration, Instant};

use crate::state::lock;

/// A page that has not answered for so long does not answer any more.
const ANSWERS: Duration = Duration::from_secs(1);

/// A key on show.
pub(crate) struct Shown {
    /// The key.
    pub(crate) credentials: Credentials,
    /// What an AWS profile of it is called.
    pub(crate) profile: String,
}

/// What a window that is to close does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leave {
    /// It closes: nothing is lost, or nobody is there who could ask.
    Now,
    /// Its page asks first: what it shows is nowhere else.
    Ask,
}

/// The keys whose windows are open, by lease.
#[derive(Default)]
pub(crate) struct Keys(Mutex<HashMap<String, Held>>);

struct Held {
    key: Arc<Shown>,
    /// A person has it: it was revealed or copied.
    taken: bool,
    /// It is sealed in the state file.
    kept: bool,
    /// The page came up.
    ready: bool,
    /// The page was told to ask, and has not answered since.
    asked: Option<Instant>,
}

impl Held {
    fn is_nowhere_else(&self) -> bool {
        !self.taken && !self.kept
    }
}

impl Keys {
    /// Holds the key of a lease for its window.
    pub(crate) fn hold(&self, lease: &LeaseView, credentials: Credentials) -> Arc<Shown> {
        let key = Arc::new(Shown {
            credentials,
            profile: lease.secret.clone(),
        });
        let held = Held {
            key: Arc::clone(&key),
            taken: false,
            kept: lease.kept,
            ready: false,
            asked: None,
        };
        lock(&self.0).insert(lease.id.clone(), held);
        key
    }

    /// Whether the key of this lease is held.
    pub(crate) fn holds(&self, lease_id: &str) -> bool {
        lock(&self.0).contains_key(lease_id)
    }

    /// The key of a lease whose window is open.
    ///
    /// # Errors
    /// It is not held any more.
    pub(crate) fn shown(&self, lease_id: &str) -> Result<Arc<Shown>, Problem> {
        lock(&self.0)
            .get(lease_id)
            .map(|held| Arc::clone(&held.key))
            .ok_or_else(not_shown)
    }

    /// The page of this lease is up, and can ask.
    pub(crate) fn ready(&self, lease_id: &str) {
        self.note(lease_id, |held| held.ready = true);
    }

    /// A person has the secret of this lease now.
    pub(crate) fn taken(&self, lease_id: &str) {
        self.note(lease_id, |held| held.taken = true);
    }

    /// Whether the key of this lease is sealed in the state file.
    pub(crate) fn kept(&self, lease_id: &str, kept: bool) {
        self.note(lease_id, |held| held.kept = kept);
    }

    /// The page was heard about its closing; whether it may close without a question.
    pub(crate) fn may_close(&self, lease_id: &str) -> bool {
        let mut keys = lock(&self.0);
        let Some(held) = keys.get_mut(lease_id) else {
            return true;
        };
        held.asked = None;
        !held.is_nowhere_else()
    }

    /// The window of this lease is to close, by a hand that did not use its page. A page that never
    /// came up, or that does not answer, asks nothing.
    pub(crate) fn leave(&self, lease_id: &str) -> Leave {
        let mut keys = lock(&self.0);
        let Some(held) = keys.get_mut(lease_id) else {
            return Leave::Now;
        };
        let is_dead = held.asked.is_some_and(|at| at.elapsed() >= ANSWERS);
        if !held.is_nowhere_else() || !held.ready || is_dead {
            return Leave::Now;
        }
        held.asked.get_or_insert_with(Instant::now);
        Leave::Ask
    }

    /// How many keys would be lost with the application.
    pub(crate) fn nowhere_else(&self) -> usize {
        lock(&self.0)
            .values()
            .filter(|held| held.is_nowhere_else())
            .count()
    }

    /// Drops one key: its window is closed, or its lease is over.
    pub(crate) fn close(&self, lease_id: &str) {
        lock(&self.0).remove(lease_id);
    }

    /// Drops every key.
    pub(crate) fn clear(&self) {
        lock(&self.0).clear();
    }

    fn note(&self, lease_id: &str, what: impl FnOnce(&mut Held)) {
        if let Some(held) = lock(&self.0).get_mut(lease_id) {
            what(held);
        }
    }
}

/// What is answered for a key that is not held.
pub(crate) fn not_shown() -> Problem {
    Problem::new(
        Code::NotFound,
        "The key of this lease is not shown any more.",
    )
    .with_hint("A secret access key is shown once, unless it was kept. Generate a new lease.")
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::tests::sample::{lease, moment};

    fn held(kept: bool) -> Keys {
        let keys = Keys::default();
        let credentials = Credentials {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: SecretString::from("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            session_token: None,
            region: "us-east-1".into(),
            user_name: "lh-a".into(),
            expires_at: moment(),
        };
        let lease = LeaseView { kept, ..lease("a") };
        keys.hold(&lease, credentials);
        keys
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_whose_key_is_nowhere_else_asks_before_it_closes() {
        let keys = held(false);
        keys.ready("a");
        assert_eq!(keys.leave("a"), Leave::Ask);
        assert_eq!(keys.leave("a"), Leave::Ask, "pressed twice by a quick hand");
        assert!(!keys.may_close("a"));
        tokio::time::advance(ANSWERS * 2).await;
        assert_eq!(keys.leave("a"), Leave::Ask, "the page has answered");
        assert_eq!(keys.nowhere_else(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_that_cannot_ask_keeps_no_window_open() {
        let keys = held(false);
        assert_eq!(keys.leave("a"), Leave::Now, "it never came up");
        keys.ready("a");
        assert_eq!(keys.leave("a"), Leave::Ask);
        tokio::time::advance(ANSWERS).await;
        assert_eq!(keys.leave("a"), Leave::Now, "it did not answer");
    }

    #[test]
    fn what_somebody_has_closes_without_a_question() {
        let keys = held(false);
        keys.ready("a");
        keys.taken("a");
        assert!(keys.may_close("a"));
        assert_eq!((keys.leave("a"), keys.nowhere_else()), (Leave::Now, 0));

        let keys = held(true);
        keys.ready("a");
        assert_eq!(keys.leave("a"), Leave::Now, "it is kept");
        keys.kept("a", false);
        assert!(!keys.may_close("a"), "it is not kept any more");

        keys.close("a");
        assert!(keys.may_close("a"), "there is no key any more");
        assert_eq!(keys.leave("a"), Leave::Now);
        assert!(keys.shown("a").is_err());
    }
}
