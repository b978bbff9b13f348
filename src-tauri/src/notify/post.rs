//! Sends notifications to the desktop and keeps hold of those on the screen: one task each, with
//! an end of its own, so that a notification service that dies leaves nothing waiting.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use notify_rust::Notification;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

#[cfg(test)]
use super::About;
use super::{Button, Health, Note, Pressed};

/// How long the notification service may take for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long closing everything may take when the application ends.
const FAREWELL: Duration = Duration::from_secs(1);
pub(super) const ICON: &str = "leasehold-desktop";

/// The notifications on the screen.
pub(super) struct Post {
    answers: mpsc::UnboundedSender<Pressed>,
    health: Arc<Health>,
    pinned: HashMap<String, mpsc::UnboundedSender<Pin>>,
    tasks: JoinSet<()>,
}

enum Pin {
    Replace(Note, Duration),
    Withdraw,
}

impl Post {
    pub(super) fn new(answers: mpsc::UnboundedSender<Pressed>, health: Arc<Health>) -> Self {
        Self {
            answers,
            health,
            pinned: HashMap::new(),
            tasks: JoinSet::new(),
        }
    }

    /// Shows a note, in the place of the one with the same key.
    pub(super) fn show(&mut self, note: Note, now: DateTime<Utc>) {
        while self.tasks.try_join_next().is_some() {}
        self.pinned.retain(|_, pin| !pin.is_closed());
        let stay = (note.until - now)
            .to_std()
            .unwrap_or_default()
            .max(Duration::from_secs(60));
        let mut pin = Pin::Replace(note.clone(), stay);
        if let Some(earlier) = self.pinned.get(&note.key) {
            match earlier.send(pin) {
                Ok(()) => return,
                Err(unsent) => pin = unsent.0,
            }
        }
        let (sender, orders) = mpsc::unbounded_channel();
        let _ = sender.send(pin);
        self.pinned.insert(note.key, sender);
        self.tasks.spawn(system::hold(
            orders,
            self.answers.clone(),
            Arc::clone(&self.health),
        ));
    }

    /// Takes a note off the screen, if it is there.
    pub(super) fn withdraw(&mut self, key: &str) {
        if let Some(pin) = self.pinned.remove(key) {
            let _ = pin.send(Pin::Withdraw);
        }
    }

    /// Takes every note off the screen: their buttons would do nothing any more.
    pub(super) async fn end(&mut self) {
        for (_, pin) in self.pinned.drain() {
            let _ = pin.send(Pin::Withdraw);
        }
        let closed = async { while self.tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(FAREWELL, closed).await;
        self.tasks.abort_all();
    }
}

impl Button {
    const ALL: [Self; 10] = [
        Self::Renew,
        Self::RenewToMax,
        Self::Copy,
        Self::ShowKey,
        Self::Generate,
        Self::Revoke,
        Self::AllowOnce,
        Self::AllowAlways,
        Self::Deny,
        Self::Open,
    ];

    const fn id(self) -> &'static str {
        match self {
            Self::Renew => "renew",
            Self::RenewToMax => "renew-to-max",
            Self::Copy => "copy",
            Self::ShowKey => "show-key",
            Self::Generate => "generate",
            Self::Revoke => "revoke",
            Self::AllowOnce => "allow-once",
            Self::AllowAlways => "allow-always",
            Self::Deny => "deny",
            Self::Open => "open",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Renew | Self::RenewToMax => "Renew",
            Self::Copy => "Copy",
            Self::ShowKey => "Show key",
            Self::Generate => "Generate",
            Self::Revoke => "Revoke",
            Self::AllowOnce => "Allow once",
            Self::AllowAlways => "Always",
            Self::Deny => "Deny",
            Self::Open => "Open",
        }
    }
}

/// What the notification service can do.
#[derive(Debug, Clone, Copy, Default)]
struct Server {
    actions: bool,
    markup: bool,
}

/// Writes a note into a notification.
fn dress(notification: &mut Notification, note: &Note, server: Server) {
    let body = if server.markup {
        escaped(&note.body)
    } else {
        note.body.clone()
    };
    notification
        .appname("Leasehold")
        .icon(ICON)
        .summary(&note.title)
        .body(&body)
        .timeout(if note.stays {
            notify_rust::Timeout::Never
        } else {
            notify_rust::Timeout::Default
        });
    #[cfg(all(unix, not(target_os = "macos")))]
    {
        use notify_rust::{Hint, Urgency};
        // A second urgency would stand beside the first.
        notification
            .hints
            .retain(|hint| !matches!(hint, Hint::Urgency(_)));
        notification.urgency(if note.urgent {
            Urgency::Critical
        } else {
            Urgency::Normal
        });
    }
    notification.actions.clear();
    if server.actions {
        notification.action("default", "Open");
        for button in &note.buttons {
            notification.action(button.id(), button.label());
        }
    }
}

/// Text that a service which reads markup shows as it is.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// The freedesktop notification service.
#[cfg(all(unix, not(target_os = "macos")))]
mod system {
    use notify_rust::{NotificationHandle, NotificationResponse};
    use tokio::time::{sleep, timeout};

    use super::*;

    /// Shows a note and stays with it until it is pressed, closed, withdrawn or out of date.
    pub(super) async fn hold(
        mut orders: mpsc::UnboundedReceiver<Pin>,
        answers: mpsc::UnboundedSender<Pressed>,
        health: Arc<Health>,
    ) {
        let Some(Pin::Replace(mut note, mut stay)) = orders.recv().await else {
            return;
        };
        let mut handle = match show(None, &note).await {
            Ok(handle) => handle,
            Err(reason) => return health.failed(&reason),
        };
        health.well();
        loop {
            let mut answer = None;
            let order = tokio::select! {
                () = handle.wait_for_action_async(|given| answer = Some(given.clone())) => {
                    if let Some(button) = answer.as_ref().and_then(button) {
                        let _ = answers.send(Pressed { about: note.about, button });
                        // Some services leave a notification up after its button was pressed.
                        let _ = timeout(PATIENCE, handle.close_async()).await;
                    }
                    return;
                }
                order = orders.recv() => order,
                () = sleep(stay) => None,
            };
            let Some(Pin::Replace(next, longer)) = order else {
                let _ = timeout(PATIENCE, handle.close_async()).await;
                return;
            };
            (note, stay) = (next, longer);
            handle = match show(Some(handle), &note).await {
                Ok(handle) => handle,
                Err(reason) => return health.failed(&reason),
            };
        }
    }

    fn button(answer: &NotificationResponse) -> Option<Button> {
        match answer {
            NotificationResponse::Default => Some(Button::Open),
            NotificationResponse::Action(id) => Button::ALL.into_iter().find(|b| b.id() == id),
            _ => None,
        }
    }

    /// Shows a note, in the place of an earlier one over the same connection: some services take
    /// a notification down when the connection that sent it goes.
    async fn show(
        earlier: Option<NotificationHandle>,
        note: &Note,
    ) -> Result<NotificationHandle, String> {
        let note = note.clone();
        let send = move || {
            let capabilities =
                notify_rust::get_capabilities().map_err(|error| error.to_string())?;
            let server = Server {
                actions: capabilities.iter().any(|can| can == "actions"),
                markup: capabilities.iter().any(|can| can == "body-markup"),
            };
            if let Some(mut handle) = earlier {
                dress(&mut handle, &note, server);
                handle.update().map_err(|error| error.to_string())?;
                return Ok(handle);
            }
            let mut notification = Notification::new();
            dress(&mut notification, &note, server);
            notification.show().map_err(|error| error.to_string())
        };
        let sent = tokio::task::spawn_blocking(send);
        match timeout(PATIENCE, sent).await {
            Ok(Ok(shown)) => shown,
            Ok(Err(stopped)) => Err(stopped.to_string()),
            Err(_) => Err("the notification service does not answer".into()),
        }
    }
}

/// Systems whose notifications are shown without buttons and cannot be taken back.
#[cfg(not(all(unix, not(target_os = "macos"))))]
mod system {
    use super::*;

    /// Shows the notes of one key, one after the other.
    pub(super) async fn hold(
        mut orders: mpsc::UnboundedReceiver<Pin>,
        _answers: mpsc::UnboundedSender<Pressed>,
        health: Arc<Health>,
    ) {
        while let Some(Pin::Replace(note, _)) = orders.recv().await {
            let sent = tokio::task::spawn_blocking(move || {
                let mut notification = Notification::new();
                dress(&mut notification, &note, Server::default());
                notification.show().map(drop)
            });
            match tokio::time::timeout(PATIENCE, sent).await {
                Ok(Ok(Ok(()))) => health.well(),
                Ok(Ok(Err(error))) => return health.failed(&error.to_string()),
                _ => return health.failed("the notification service does not answer"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn note() -> Note {
        Note {
            key: "l1".into(),
            about: About::Lease("l1".into()),
            title: "s3 ends in 5 minutes".into(),
            body: "“<b>bold</b> & <a href='x'>”".into(),
            buttons: vec![Button::Renew, Button::Revoke, Button::Open],
            stays: true,
            urgent: false,
            until: DateTime::UNIX_EPOCH + TimeDelta::minutes(5),
            counts_to: None,
        }
    }

    #[test]
    fn markup_in_a_label_is_shown_and_not_obeyed() {
        let mut sent = Notification::new();
        dress(
            &mut sent,
            &note(),
            Server {
                actions: true,
                markup: true,
            },
        );
        assert_eq!(
            sent.body,
            "“&lt;b&gt;bold&lt;/b&gt; &amp; &lt;a href=&#39;x&#39;&gt;”"
        );
        let mut plain = Notification::new();
        dress(&mut plain, &note(), Server::default());
        assert_eq!(
            plain.body,
            note().body,
            "a service without markup shows text as it is"
        );
    }

    #[cfg(all(unix, not(target_os = "macos")))]
    #[test]
    fn an_urgent_note_says_so_to_the_service() {
        let mut sent = Notification::new();
        let urgent = Note {
            urgent: true,
            ..note()
        };
        dress(&mut sent, &urgent, Server::default());
        let critical = notify_rust::Hint::Urgency(notify_rust::Urgency::Critical);
        assert!(sent.hints.contains(&critical));
        dress(&mut sent, &note(), Server::default());
        assert!(!sent.hints.contains(&critical), "a later note is not");
    }

    #[test]
    fn buttons_are_sent_only_to_a_service_that_has_them_and_are_not_doubled_by_an_update() {
        let mut sent = Notification::new();
        dress(&mut sent, &note(), Server::default());
        assert!(sent.actions.is_empty());
        let server = Server {
            actions: true,
            markup: true,
        };
        dress(&mut sent, &note(), server);
        dress(&mut sent, &note(), server);
        assert_eq!(
            sent.actions,
            [
                "default", "Open", "renew", "Renew", "revoke", "Revoke", "open", "Open"
            ]
        );
    }
}
