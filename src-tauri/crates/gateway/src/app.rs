//! What every route works with.

use std::sync::Arc;
use std::time::{Duration, Instant};

use leasehold_access::desk::Desk;
use leasehold_access::door::{Door, Heard, Pacing, Voice};
use leasehold_access::relay::ToSts;
use leasehold_domain::Problem;
use leasehold_engine::Engine;
use tokio::sync::Mutex;

/// So long what the keychain said holds: opening one may cost as much as a login.
const KEYCHAIN_SAID: Duration = Duration::from_secs(3);

pub(crate) struct App {
    pub(crate) engine: Engine,
    pub(crate) door: Door<ToSts>,
    keychain: Mutex<Option<(Instant, Result<(), Problem>)>>,
}

impl App {
    pub(crate) fn new(engine: &Engine, pacing: Option<Pacing>) -> Self {
        let desk = desk_of(engine, "gateway");
        let start = Instant::now();
        let uptime = Arc::new(move || start.elapsed());
        let told = engine.clone();
        // What is written here is no news of another process, so the engine has to be told.
        let telling: Voice = Arc::new(move |heard| match heard {
            Heard::Noted => told.activity_grew(),
            Heard::Changed => told.access_changed(),
        });
        let door = Door::new(desk, ToSts, &engine.shared().installation, uptime).telling(telling);
        Self {
            engine: engine.clone(),
            door: match pacing {
                Some(pacing) => door.at_pace(pacing),
                None => door,
            },
            keychain: Mutex::default(),
        }
    }

    /// Whether the vault is open. Nobody is asked anything, and several who ask at once ask once.
    pub(crate) async fn is_open(&self) -> Result<(), Problem> {
        let mut said = self.keychain.lock().await;
        if let Some((at, answer)) = said.as_ref()
            && at.elapsed() < KEYCHAIN_SAID
        {
            return answer.clone();
        }
        let answer = self.engine.keychain_answers().await;
        *said = Some((Instant::now(), answer.clone()));
        answer
    }
}

/// The owner's desk over the engine's store and clock, for whoever opened the engine.
#[must_use]
pub fn desk(engine: &Engine) -> Desk {
    desk_of(engine, &engine.shared().requester)
}

fn desk_of(engine: &Engine, actor: &str) -> Desk {
    let shared = engine.shared();
    let clock = shared.clock;
    Desk::new(shared.store, Arc::new(move || clock.now()), actor)
}
