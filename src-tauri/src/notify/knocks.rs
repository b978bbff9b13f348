//! What is shown of who may log in: who asks, who came for the first time, which methods end.

use chrono::{DateTime, Utc};
use leasehold_access::desk::view::{AccessNews, ApprovalView, ExpiryNotice};
use leasehold_engine::wire::Settings;

use super::lookout::{AFTERWARDS, Kind, Lookout, Order, TOGETHER};
use super::{About, Button, Note};

impl Lookout {
    /// What is new about who may log in. An answer takes the question off the screen, wherever it was given.
    pub(super) fn access(
        &mut self,
        news: &AccessNews,
        settings: &Settings,
        now: DateTime<Utc>,
    ) -> Vec<Order> {
        let hides = settings.hide_names;
        match news {
            AccessNews::Answered { id } => self.take(&asked_key(id), now),
            _ if !settings.notify_access => Vec::new(),
            AccessNews::Asked { approval } => {
                let note = asked(approval, hides, now);
                self.put(Kind::Asked, None, None, note, now)
            }
            AccessNews::FirstSeen { approval } => {
                // It is no question, so nothing takes it off the list but time.
                self.forget(Kind::FirstSeen, now - TOGETHER);
                let note = first_seen(approval, hides, now);
                self.put(Kind::FirstSeen, None, None, note, now)
            }
            AccessNews::MethodExpires { notice } => vec![Order::Show(expires(notice, hides, now))],
        }
    }
}

fn asked(approval: &ApprovalView, hides: bool, now: DateTime<Utc>) -> Note {
    let (title, body) = match hides {
        true => (
            "Somebody asks to log in".to_owned(),
            "Open Leasehold to see who, before you answer.".to_owned(),
        ),
        false => (
            format!("{} asks to log in", who(approval)),
            format!("{} Allow it only if you expected it.", about(approval)),
        ),
    };
    // Who cannot be seen is not to be let in from here.
    let buttons = match hides {
        true => vec![Button::Deny, Button::Open],
        false => vec![Button::AllowOnce, Button::AllowAlways, Button::Deny],
    };
    Note {
        key: asked_key(&approval.id),
        about: About::Approval(approval.id.clone()),
        title,
        body,
        buttons,
        stays: true,
        urgent: false,
        until: now + AFTERWARDS,
        counts_to: None,
    }
}

fn first_seen(approval: &ApprovalView, hides: bool, now: DateTime<Utc>) -> Note {
    let (title, body) = match hides {
        true => (
            "Somebody logged in for the first time".to_owned(),
            "Open Leasehold to see who.".to_owned(),
        ),
        false => (
            format!("{} logged in for the first time", who(approval)),
            about(approval),
        ),
    };
    Note {
        key: format!("seen:{}", approval.id),
        about: About::Approval(approval.id.clone()),
        title,
        body,
        buttons: vec![Button::Open],
        stays: false,
        urgent: false,
        until: now + AFTERWARDS,
        counts_to: None,
    }
}

fn expires(notice: &ExpiryNotice, hides: bool, now: DateTime<Utc>) -> Note {
    let is_over = notice.expires_at <= now;
    let what = match hides {
        true => "An auth method",
        false => notice.name.as_str(),
    };
    let title = match is_over {
        true => format!("{what} has stopped working"),
        false => format!("{what} stops working soon"),
    };
    let body = match (is_over, hides) {
        (true, _) => "Nobody logs in by it any more. Open it to give it a later end.".to_owned(),
        (false, true) => "Open Leasehold to see when, or to give it a later end.".to_owned(),
        (false, false) => format!("{} Open it to give it a later end.", notice.text),
    };
    Note {
        key: format!("method:{}", notice.access_id),
        about: About::Method(notice.access_id.clone()),
        title,
        body,
        buttons: vec![Button::Open],
        stays: true,
        urgent: false,
        until: now + AFTERWARDS,
        counts_to: None,
    }
}

fn asked_key(id: &str) -> String {
    format!("asked:{id}")
}

/// `user/bob`, `assumed-role/dev/i-1`: the part of the ARN that people know.
fn who(approval: &ApprovalView) -> &str {
    approval.arn.splitn(6, ':').nth(5).unwrap_or("Somebody")
}

/// In which account, by which method, and who says so where that is not AWS.
fn about(approval: &ApprovalView) -> String {
    let account = approval.arn.split(':').nth(4).unwrap_or_default();
    let by = match &approval.asserted_by {
        Some(host) => format!(" {host} says so, not AWS."),
        None => String::new(),
    };
    format!("Account {account}, by {}.{by}", approval.auth_method)
}

#[cfg(test)]
#[path = "../tests/knocks.rs"]
mod tests;
