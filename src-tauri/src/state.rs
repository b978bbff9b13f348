//! What the commands share: the engine once it is open, the keys that are on show, the clipboard.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::Local;
use leasehold_domain::{Code, Problem};
use leasehold_engine::{Clock, Engine};
use tauri::{AppHandle, Runtime};
use tokio::sync::{mpsc, watch};
use tokio::time::{Duration, Instant};

use crate::ask::Questions;
use crate::clipboard::Clipboard;
use crate::gateway::Hosted;
use crate::keys::Keys;
use crate::life::Life;
use crate::notify::{Health, Pause, Pressed};
use crate::papers;
use crate::place::Place;
use crate::stops::Stops;
use crate::window::Page;

/// A poisoned lock here guards plain data that stays usable.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long a failure to open the engine stands before a command makes it be tried again. The
/// commands of one page load come together and get one answer.
const FAILURE_STANDS: Duration = Duration::from_secs(1);

/// How far opening the engine is.
enum Opening {
    UnderWay,
    Open(Engine),
    Failed(Problem, Instant),
}

/// The state behind the commands.
pub(crate) struct Shell {
    engine: watch::Sender<Opening>,
    failure_stands: Duration,
    /// The wall clock, the same as the engine's.
    pub(crate) clock: Arc<dyn Clock>,
    /// The keys on show.
    pub(crate) keys: Keys,
    /// The clipboard.
    pub(crate) clipboard: Clipboard,
    /// Whether notifications reach anybody.
    pub(crate) notifications: Arc<Health>,
    /// A pause of notifications.
    pub(crate) pause: Pause,
    /// Whoever does what the lines of the tray say.
    presses: Mutex<Option<mpsc::UnboundedSender<Pressed>>>,
    /// The gateway that this process serves.
    pub(crate) gateway: Hosted,
    /// Revokes of many leases that are under way.
    pub(crate) stops: Stops,
    /// The home that this start named, if it named one.
    home: Option<PathBuf>,
    /// What a start had to say, until a page hears it.
    word: Mutex<Option<Problem>>,
    /// Where files for a person go instead of to their usual folders.
    papers: Option<PathBuf>,
    /// Whether the pages are up.
    pub(crate) page: Page,
    /// Where the window was and what it showed.
    pub(crate) place: Place,
    /// What runs behind the window.
    pub(crate) life: Life,
    /// What a person is being asked.
    pub(crate) questions: Questions,
    asked: AtomicU64,
}

impl Shell {
    /// Before the engine is open.
    pub(crate) fn new(clock: Arc<dyn Clock>, clipboard: Clipboard) -> Self {
        Self {
            engine: watch::Sender::new(Opening::UnderWay),
            failure_stands: FAILURE_STANDS,
            clock,
            keys: Keys::default(),
            clipboard,
            notifications: Arc::default(),
            pause: Pause::default(),
            presses: Mutex::default(),
            gateway: Hosted::default(),
            stops: Stops::default(),
            home: None,
            word: Mutex::default(),
            papers: None,
            page: Page::default(),
            place: Place::default(),
            life: Life::default(),
            questions: Questions::default(),
            asked: AtomicU64::default(),
        }
    }

    /// The same, on a home that was named at the start.
    pub(crate) fn at_home(self, home: Option<PathBuf>) -> Self {
        Self { home, ..self }
    }

    /// The home that was named at the start; none is this system's usual one.
    pub(crate) fn named_home(&self) -> Option<PathBuf> {
        self.home.clone()
    }

    /// What the next question is known by.
    pub(crate) fn next_question(&self) -> String {
        self.asked.fetch_add(1, Ordering::Relaxed).to_string()
    }

    /// Keeps what is to be said in the window about a start.
    pub(crate) fn say(&self, word: Problem) {
        *lock(&self.word) = Some(word);
    }

    /// What is to be said, once.
    pub(crate) fn take_word(&self) -> Option<Problem> {
        lock(&self.word).take()
    }

    /// The same, with a failure that stands for no time at all.
    #[cfg(test)]
    pub(crate) fn impatient(self) -> Self {
        Self {
            failure_stands: Duration::ZERO,
            ..self
        }
    }

    /// The same, with files for a person in this folder.
    #[cfg(test)]
    pub(crate) fn with_papers(self, folder: PathBuf) -> Self {
        Self {
            papers: Some(folder),
            ..self
        }
    }

    /// From now on this one hears what is pressed in the tray.
    pub(crate) fn listen(&self, presses: mpsc::UnboundedSender<Pressed>) {
        *lock(&self.presses) = Some(presses);
    }

    /// A line of the tray that is about a lease was pressed.
    pub(crate) fn press(&self, pressed: Pressed) {
        if let Some(presses) = &*lock(&self.presses) {
            // Nobody hears it any more when the application ends.
            let _ = presses.send(pressed);
        }
    }

    /// Where files for a person may go, best first.
    pub(crate) fn paper_folders<R: Runtime>(&self, app: &AppHandle<R>) -> Vec<PathBuf> {
        match &self.papers {
            Some(folder) => vec![folder.clone()],
            None => papers::usual_folders(app),
        }
    }

    /// The date of a file's name, where its person is.
    pub(crate) fn today(&self) -> String {
        let now = self.clock.now().with_timezone(&Local);
        now.format("%Y-%m-%d").to_string()
    }

    /// The engine, as soon as it is open. After a failure it is tried again, so that a person can
    /// mend the cause and go on.
    ///
    /// # Errors
    /// It could not be opened; every command then answers why, and the window shows it.
    pub(crate) async fn engine(&self) -> Result<Engine, Problem> {
        self.engine.send_if_modified(|opening| {
            let over =
                matches!(opening, Opening::Failed(_, at) if at.elapsed() >= self.failure_stands);
            if over {
                *opening = Opening::UnderWay;
            }
            over
        });
        let mut opening = self.engine.subscribe();
        let decided = opening
            .wait_for(|opening| !matches!(opening, Opening::UnderWay))
            .await;
        match decided.as_deref() {
            Ok(Opening::Open(engine)) => Ok(engine.clone()),
            Ok(Opening::Failed(problem, _)) => Err(problem.clone()),
            Ok(Opening::UnderWay) | Err(_) => {
                Err(Problem::new(Code::Internal, "Leasehold is about to end."))
            }
        }
    }

    /// The outcome of opening the engine.
    pub(crate) fn opened(&self, outcome: Result<Engine, Problem>) {
        self.engine.send_replace(match outcome {
            Ok(engine) => Opening::Open(engine),
            Err(problem) => Opening::Failed(problem, Instant::now()),
        });
    }

    /// Resolves when a command wants a failed opening to be tried again.
    pub(crate) async fn wanted_again(&self) {
        let mut opening = self.engine.subscribe();
        // The sender lives as long as this; an error cannot come.
        let _ = opening
            .wait_for(|opening| matches!(opening, Opening::UnderWay))
            .await;
    }
}
