//! What the window costs beside an empty one of the same toolkit: until it is drawn, in memory, and in wake-ups while nobody does
//! anything. On one machine and in one run, since only the ratios mean something elsewhere.

mod subject;
mod table;
mod tools;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use self::subject::{Running, Subject};
use crate::desktop;
use crate::measure::{Sleeps, family, memory};
use crate::notifications::Notifications;
use crate::process::Process;
use crate::screen::Screen;
use crate::session::{Display, Keyring, Session};
use crate::tray::Tray;

pub use self::table::{table, who_woke};

/// What was asked for before a figure is taken has been done by then.
const SETTLED: Duration = Duration::from_secs(10);
/// WebKit talks on for half a minute in a window that was just hidden, in an empty one too.
const HUSHED: Duration = Duration::from_secs(40);
/// How long a window that was hidden is kept; the shortest that leaves room to look at it hidden.
const KEPT_MINUTES: u32 = 2;
/// That many leases in history, where there are any.
const HISTORY: u32 = 10_000;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Starts of each; the median counts.
    pub starts: usize,
    /// How long an idle program is watched.
    pub idle: Duration,
}

/// What was measured of one program.
#[derive(Debug, Default)]
pub struct Costs {
    /// What it is, for the table's head.
    pub name: &'static str,
    /// From its start until its picture was as it stays.
    pub drawn: Vec<Duration>,
    /// Bytes while it is shown.
    pub shown: Vec<u64>,
    /// Bytes while it is hidden.
    pub hidden: Vec<u64>,
    /// Bytes when its window was given up.
    pub unloaded: Option<u64>,
    /// Bytes when it was started without a window.
    pub started_hidden: Option<u64>,
    /// What woke in which state while nothing was done, and how often.
    pub wakes: Vec<(&'static str, Vec<(String, u64)>)>,
    /// How long that was watched.
    pub idle: Duration,
    /// Whether its page can be looked into with the web view's developer tools.
    pub offers_tools: bool,
}

/// The desktop on which it happens.
struct Ground {
    session: Session,
    screen: Screen,
    _tray: Tray,
    _notifications: Notifications,
    _manager: Process,
}

/// Measures these builds of the window, of the command that fills its homes, and of the empty window.
///
/// # Errors
/// When one of them does not do what it should.
pub async fn measure(desktop: &Path, cli: &Path, empty: &Path, plan: Plan) -> Result<Vec<Costs>> {
    let session = Session::start(Display::Watched, Keyring::Unlocked).await?;
    let ground = Ground {
        screen: Screen::of(&session)?,
        _tray: Tray::start(&session).await?,
        _notifications: Notifications::start(&session).await?,
        _manager: desktop::start_window_manager(&session).await?,
        session,
    };
    let subjects = [
        Subject::empty(empty),
        Subject::leasehold(&ground, desktop, cli, 0).await?,
        Subject::leasehold(&ground, desktop, cli, HISTORY).await?,
    ];
    let mut costs: Vec<Costs> = subjects
        .iter()
        .map(|one| Costs {
            name: one.name,
            idle: plan.idle,
            ..Costs::default()
        })
        .collect();
    // The first start of each fills the caches of the disk.
    for round in 0..=plan.starts {
        for (subject, costs) in subjects.iter().zip(&mut costs) {
            let mut once = Costs::default();
            ground.start_once(subject, &mut once).await?;
            if round > 0 {
                costs.drawn.append(&mut once.drawn);
                costs.shown.append(&mut once.shown);
                costs.hidden.append(&mut once.hidden);
            }
        }
    }
    for (subject, costs) in subjects.iter().zip(&mut costs) {
        ground.watch(subject, costs).await?;
        costs.offers_tools = ground.offers_tools(subject).await?;
    }
    Ok(costs)
}

impl Ground {
    async fn start_once(&self, subject: &Subject, costs: &mut Costs) -> Result<()> {
        let (running, took) = self.open(subject).await?;
        costs.drawn.push(took);
        tokio::time::sleep(SETTLED / 2).await;
        costs.shown.push(running.memory()?);
        self.hide(subject).await?;
        tokio::time::sleep(SETTLED / 2).await;
        costs.hidden.push(running.memory()?);
        running.end().await
    }

    /// Watches it do nothing, in every state it has.
    async fn watch(&self, subject: &Subject, costs: &mut Costs) -> Result<()> {
        let (running, _) = self.open(subject).await?;
        costs.wake("visible", &running, SETTLED).await?;
        self.hide(subject).await?;
        let hidden = Instant::now();
        costs.wake("hidden", &running, HUSHED).await?;
        if subject.gives_up() {
            let limit = Duration::from_secs(u64::from(KEPT_MINUTES) * 60 + 60);
            while running.has_page()? {
                ensure!(hidden.elapsed() < limit, "the window is not given up");
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            costs.wake("given up", &running, SETTLED).await?;
            costs.unloaded = Some(running.memory()?);
            running.end().await?;

            let running = subject.start(&self.session, &["--hidden"])?;
            costs.wake("started hidden", &running, SETTLED).await?;
            costs.started_hidden = Some(running.memory()?);
            return running.end().await;
        }
        running.end().await
    }

    /// Starts it, and says when its picture was finished.
    async fn open(&self, subject: &Subject) -> Result<(Running, Duration)> {
        let before = self.screen.look()?;
        let since = Instant::now();
        let running = subject.start(&self.session, &[])?;
        let finished = self.screen.finished(&before).await;
        let finished = running.explain(finished)?;
        desktop::wait_for_window(&self.session, subject.title, true).await?;
        Ok((running, finished - since))
    }

    async fn hide(&self, subject: &Subject) -> Result<()> {
        desktop::close_window(&self.session, subject.title).await?;
        desktop::wait_for_window(&self.session, subject.title, false).await
    }
}

impl Costs {
    async fn wake(
        &mut self,
        state: &'static str,
        running: &Running,
        after: Duration,
    ) -> Result<()> {
        tokio::time::sleep(after).await;
        let before = Sleeps::of(&running.family()?)?;
        tokio::time::sleep(self.idle).await;
        let woken = before.until(&Sleeps::of(&running.family()?)?);
        self.wakes.push((state, woken));
        Ok(())
    }
}
