//! Connections that wait for a person to log in, or to type a code: one notification each, which leads to
//! where that is done and goes once it is.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_domain::Problem;
use leasehold_engine::wire::Settings;

use super::lookout::{Order, UNNAMED};
use super::{About, Button, Note};

/// The connections whose notification is up, by name.
#[derive(Debug, Default)]
pub(super) struct Logins(HashSet<String>);

impl Logins {
    /// Whether any is up.
    pub(super) fn is_any(&self) -> bool {
        !self.0.is_empty()
    }

    /// Somebody must log in. The engine says it once, however many leases wait for it.
    pub(super) fn needed(
        &mut self,
        connection: &str,
        problem: &Problem,
        settings: &Settings,
        now: DateTime<Utc>,
    ) -> Order {
        self.0.insert(connection.to_owned());
        let hidden = settings.hide_names;
        Order::Show(Note {
            key: key(connection),
            about: About::Connections,
            title: match hidden {
                true => "A connection needs you to log in".into(),
                false => format!("{connection} needs you to log in"),
            },
            body: match (hidden, &problem.hint) {
                (true, _) => UNNAMED.into(),
                (false, Some(hint)) => hint.clone(),
                (false, None) => problem.message.clone(),
            },
            buttons: vec![Button::Open],
            stays: true,
            urgent: false,
            until: now + TimeDelta::days(1),
            counts_to: None,
        })
    }

    /// Takes those off the screen that do not wait any more.
    pub(super) fn settle(&mut self, waiting: &[(String, Problem)]) -> Vec<Order> {
        let waits = |name: &String| waiting.iter().any(|(waiting, _)| waiting == name);
        let done = self.0.extract_if(|name| !waits(name));
        done.map(|name| Order::Withdraw(key(&name))).collect()
    }
}

fn key(connection: &str) -> String {
    format!("login:{connection}")
}

#[cfg(test)]
mod tests {
    use leasehold_domain::Code;

    use super::*;
    use crate::tests::sample::moment;

    fn ended() -> Problem {
        Problem::new(Code::LoginNeeded, "The log-in has ended.")
            .with_hint("Run `aws sso login --profile dev`.")
    }

    fn shown(order: Order) -> Note {
        match order {
            Order::Show(note) => note,
            Order::Withdraw(key) => panic!("{key} is withdrawn"),
        }
    }

    #[test]
    fn it_says_what_mends_it_and_leads_to_where_that_is_done() {
        let order = Logins::default().needed("dev", &ended(), &Settings::default(), moment());
        let note = shown(order);
        assert_eq!(note.title, "dev needs you to log in");
        assert_eq!(note.body, "Run `aws sso login --profile dev`.");
        assert_eq!(note.about.route(), "/connections");
    }

    #[test]
    fn it_goes_once_somebody_has_logged_in_and_others_stay() {
        let mut logins = Logins::default();
        for name in ["dev", "ops"] {
            logins.needed(name, &ended(), &Settings::default(), moment());
        }
        let waiting = [("ops".to_owned(), ended())];
        assert_eq!(logins.settle(&waiting), [Order::Withdraw(key("dev"))]);
        assert!(logins.settle(&waiting).is_empty());
        assert_eq!(logins.settle(&[]), [Order::Withdraw(key("ops"))]);
        assert!(!logins.is_any());
    }
}
