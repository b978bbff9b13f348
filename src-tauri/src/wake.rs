//! Hears from the system that the computer woke up, or that it is in another time zone now. The
//! engine would find out by itself within a minute; people look sooner.

use std::convert::Infallible;

use leasehold_engine::Engine;
use tauri::{AppHandle, Emitter, Runtime};
use tokio::sync::{Notify, watch};

use crate::life::stopped;

/// Looks again at everything that depends on the time, until it is told to stop.
pub(crate) async fn keep<R: Runtime>(
    app: &AppHandle<R>,
    engine: &Engine,
    tray: &Notify,
    mut stop: watch::Receiver<bool>,
) {
    let jumped = || look_again(app, engine, tray);
    tokio::select! {
        () = stopped(&mut stop) => {}
        never = system::hear(jumped) => match never {},
    }
}

/// What was shown or waited for may be wrong now.
pub(crate) fn look_again<R: Runtime>(app: &AppHandle<R>, engine: &Engine, tray: &Notify) {
    engine.look_again();
    tray.notify_one();
    if let Err(error) = app.emit("clock_changed", ()) {
        tracing::debug!(%error, "the pages were not told of the time");
    }
}

#[cfg(target_os = "linux")]
mod system {
    use zbus::export::ordered_stream::OrderedStreamExt as _;
    use zbus::message::{Message, Type};
    use zbus::{Connection, MatchRule, MessageStream};

    use super::Infallible;

    const LOGIND: &str = "org.freedesktop.login1";
    const TIMEDATE: &str = "org.freedesktop.timedate1";

    pub(super) async fn hear(jumped: impl Fn()) -> Infallible {
        if let Err(error) = listen(jumped).await {
            tracing::debug!(%error, "the system does not tell when the computer wakes");
        }
        std::future::pending().await
    }

    async fn listen(jumped: impl Fn()) -> zbus::Result<()> {
        let bus = Connection::system().await?;
        let signal = || MatchRule::builder().msg_type(Type::Signal);
        let sleeps = signal()
            .sender(LOGIND)?
            .interface("org.freedesktop.login1.Manager")?
            .member("PrepareForSleep")?
            .build();
        let zones = signal()
            .sender(TIMEDATE)?
            .interface("org.freedesktop.DBus.Properties")?
            .member("PropertiesChanged")?
            .build();
        let mut sleeps = MessageStream::for_match_rule(sleeps, &bus, None).await?;
        let mut zones = MessageStream::for_match_rule(zones, &bus, None).await?;
        loop {
            let (told, is_jump): (_, fn(&Message) -> bool) = tokio::select! {
                told = sleeps.next() => (told, is_wake),
                told = zones.next() => (told, |_| true),
            };
            let Some(told) = told else { return Ok(()) };
            if is_jump(&told?) {
                jumped();
            }
        }
    }

    /// It is told before the computer sleeps, with true, and after it woke, with false.
    pub(super) fn is_wake(message: &Message) -> bool {
        matches!(message.body().deserialize::<bool>(), Ok(false))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn only_the_end_of_a_sleep_is_a_jump() {
            let told = |begins: bool| {
                Message::signal("/org/freedesktop/login1", LOGIND, "PrepareForSleep")
                    .unwrap()
                    .build(&begins)
                    .unwrap()
            };
            assert!(is_wake(&told(false)));
            assert!(!is_wake(&told(true)));
        }
    }
}

/// On other systems the engine's own look at the wall clock has to do.
#[cfg(not(target_os = "linux"))]
mod system {
    pub(super) async fn hear(_jumped: impl Fn()) -> super::Infallible {
        std::future::pending().await
    }
}
