//! The clipboard: copying without the pages, and a copied secret that leaves again by itself.
//!
//! What was copied is remembered as a keyed hash, so that somebody else's content is never cleared
//! and no second copy of a secret is kept.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use leasehold_domain::{Code, Problem};
use leasehold_engine::Clock;
use secrecy::{ExposeSecret, SecretString};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// While a secret is in the clipboard the wall clock is looked at so often.
const LOOK: Duration = Duration::from_secs(5);

/// A clipboard as the shell needs it.
pub(crate) trait Board: Send {
    /// Replaces the content. A confidential one is kept out of clipboard histories.
    fn put(&mut self, text: &str, confidential: bool) -> Result<(), String>;
    /// The content, when it is text.
    fn read(&mut self) -> Option<SecretString>;
    /// Removes the content.
    fn empty(&mut self) -> Result<(), String>;
}

type OpenBoard = dyn Fn() -> Result<Box<dyn Board>, String> + Send + Sync;

/// The desktop's clipboard, opened at first use.
#[derive(Clone)]
pub(crate) struct Clipboard(Arc<Inner>);

struct Inner {
    open: Box<OpenBoard>,
    clock: Arc<dyn Clock>,
    hasher: RandomState,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    board: Option<Box<dyn Board>>,
    ours: Option<Ours>,
    timer: Option<JoinHandle<()>>,
    copies: u64,
}

/// A secret that we put there.
struct Ours {
    digest: u64,
    lease_id: String,
    copy: u64,
}

impl Clipboard {
    /// The operating system's clipboard.
    pub(crate) fn system(clock: Arc<dyn Clock>) -> Self {
        Self::with(clock, || Ok(Box::new(SystemBoard::open()?)))
    }

    /// A clipboard that is opened by this function.
    pub(crate) fn with(
        clock: Arc<dyn Clock>,
        open: impl Fn() -> Result<Box<dyn Board>, String> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner {
            open: Box::new(open),
            clock,
            hasher: RandomState::new(),
            held: Mutex::default(),
        }))
    }

    /// Copies what is no secret; it stays.
    pub(crate) async fn copy_plain(&self, text: String) -> Result<(), Problem> {
        let this = self.clone();
        blocking(move || {
            let mut held = this.held();
            this.put(&mut held, &text, false)?;
            held.ours = None;
            stop_timer(&mut held);
            Ok(())
        })
        .await
    }

    /// Copies a secret of a lease and clears it after so many seconds, if it is still there.
    pub(crate) async fn copy_secret(
        &self,
        lease_id: &str,
        secret: SecretString,
        seconds: u32,
    ) -> Result<(), Problem> {
        let (this, lease_id) = (self.clone(), lease_id.to_owned());
        let copy = blocking(move || {
            let text = secret.expose_secret();
            let mut held = this.held();
            this.put(&mut held, text, true)?;
            held.copies += 1;
            let copy = held.copies;
            let digest = this.0.hasher.hash_one(text);
            held.ours = Some(Ours {
                digest,
                lease_id,
                copy,
            });
            Ok(copy)
        })
        .await?;
        let this = self.clone();
        let copied_at = (self.0.clock.now(), Instant::now());
        let timer = tokio::spawn(async move {
            let time = Duration::from_secs(seconds.into());
            this.wait(copied_at, time).await;
            let clear = move || {
                this.clear_where(|ours| ours.copy == copy);
                Ok(())
            };
            let _ = blocking(clear).await;
        });
        if let Some(earlier) = self.held().timer.replace(timer) {
            earlier.abort();
        }
        Ok(())
    }

    /// Waits for this time to pass by either clock: timers stand still while a computer sleeps, and
    /// the wall clock can be set back.
    async fn wait(&self, (began, start): (DateTime<Utc>, Instant), time: Duration) {
        let end = start + time;
        loop {
            let by_wall = (self.0.clock.now() - began).to_std().unwrap_or_default();
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || by_wall >= time {
                return;
            }
            tokio::time::sleep(left.min(LOOK)).await;
        }
    }

    /// A lease is over: its secret leaves the clipboard now.
    pub(crate) async fn lease_over(&self, lease_id: &str) {
        if self
            .held()
            .ours
            .as_ref()
            .is_none_or(|ours| ours.lease_id != lease_id)
        {
            return;
        }
        let (this, lease_id) = (self.clone(), lease_id.to_owned());
        let clear = move || {
            this.clear_where(|ours| ours.lease_id == lease_id);
            Ok(())
        };
        let _ = blocking(clear).await;
    }

    /// The application ends: a secret of ours leaves the clipboard, other content is handed over
    /// to whoever keeps it.
    pub(crate) fn end(&self) {
        self.clear_where(|_| true);
        let mut held = self.held();
        stop_timer(&mut held);
        held.board = None;
    }

    fn clear_where(&self, which: impl FnOnce(&Ours) -> bool) {
        let mut held = self.held();
        if !held.ours.as_ref().is_some_and(which) {
            return;
        }
        let Some(ours) = held.ours.take() else { return };
        let Some(board) = held.board.as_mut() else {
            return;
        };
        let still_ours = board
            .read()
            .is_some_and(|text| self.0.hasher.hash_one(text.expose_secret()) == ours.digest);
        if still_ours && let Err(reason) = board.empty() {
            tracing::warn!(reason, "the clipboard could not be cleared");
        }
    }

    /// Opens the clipboard at first use and again after a failure.
    fn put(&self, held: &mut Held, text: &str, confidential: bool) -> Result<(), Problem> {
        let mut board = match held.board.take() {
            Some(board) => board,
            None => (self.0.open)().map_err(unreachable_clipboard)?,
        };
        board
            .put(text, confidential)
            .map_err(unreachable_clipboard)?;
        held.board = Some(board);
        Ok(())
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stop_timer(held: &mut Held) {
    if let Some(timer) = held.timer.take() {
        timer.abort();
    }
}

fn unreachable_clipboard(reason: String) -> Problem {
    Problem::new(
        Code::Refused,
        format!("The clipboard of this desktop cannot be reached: {reason}."),
    )
    .with_hint("Reveal the value and select it instead.")
}

/// A clipboard may wait for another program, so it never holds up the runtime.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|stopped| {
            Err(Problem::new(
                Code::Internal,
                format!("Copying stopped: {stopped}."),
            ))
        })
}

/// The operating system's clipboard. On X11 its content lives as long as this value.
struct SystemBoard(arboard::Clipboard);

impl SystemBoard {
    fn open() -> Result<Self, String> {
        arboard::Clipboard::new()
            .map(Self)
            .map_err(|error| error.to_string())
    }
}

impl Board for SystemBoard {
    fn put(&mut self, text: &str, confidential: bool) -> Result<(), String> {
        let set = self.0.set();
        let set = if confidential {
            keep_out_of_histories(set)
        } else {
            set
        };
        set.text(text).map_err(|error| error.to_string())
    }

    fn read(&mut self) -> Option<SecretString> {
        self.0.get_text().ok().map(SecretString::from)
    }

    fn empty(&mut self) -> Result<(), String> {
        self.0.clear().map_err(|error| error.to_string())
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
fn keep_out_of_histories(set: arboard::Set<'_>) -> arboard::Set<'_> {
    use arboard::SetExtLinux as _;
    set.exclude_from_history()
}

#[cfg(target_os = "macos")]
fn keep_out_of_histories(set: arboard::Set<'_>) -> arboard::Set<'_> {
    use arboard::SetExtApple as _;
    set.exclude_from_history()
}

#[cfg(windows)]
fn keep_out_of_histories(set: arboard::Set<'_>) -> arboard::Set<'_> {
    use arboard::SetExtWindows as _;
    set.exclude_from_history()
        .exclude_from_cloud()
        .exclude_from_monitoring()
}
