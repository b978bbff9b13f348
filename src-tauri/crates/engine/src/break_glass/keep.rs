//! The kit in the folder that a person chose, kept up to date: written again when a lease changed, beside
//! the work and never in its way. What fails is told in the status and tried again at the next change.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use leasehold_domain::Problem;

use super::{Kit, files};
use crate::core::{Core, lock};
use crate::note::{Note, TIMER};
use crate::settings::SettingsDesk;
use crate::wire::{ActivityKind, BreakGlassKept};

/// Changes that come together are written together.
const TOGETHER: Duration = Duration::from_millis(500);
/// A command that ends waits so long for a slow folder.
const AT_END: Duration = Duration::from_secs(2);
/// Another process may write an older kit over a newer one so often before this one gives up.
const ROUNDS: u32 = 3;
/// Where the last failure is noted for every process of this home.
const PROBLEM: &str = "break_glass_problem";

/// What this process has written.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// The change of [`crate::events::Events`] that is in it.
    written: AtomicU64,
    last: Mutex<Option<(PathBuf, Kit)>>,
}

/// Writes the kit whenever leases or settings changed. Never ends.
pub(crate) async fn run(core: &Arc<Core>) {
    let mut changes = core.events.changes();
    loop {
        // The first round is for what happened while nobody looked.
        changes.borrow_and_update();
        let core = Arc::clone(core);
        let _ = tokio::task::spawn_blocking(move || up_to_date(&core)).await;
        if changes.changed().await.is_err() {
            return;
        }
        tokio::time::sleep(TOGETHER).await;
    }
}

/// Writes what a process that ends has changed, unless the folder takes too long to answer.
pub(crate) fn settle(core: &Arc<Core>) {
    if core.kept_kit.written.load(Ordering::Acquire) == core.events.change() {
        return;
    }
    let (done, written) = channel();
    let core = Arc::clone(core);
    std::thread::spawn(move || {
        up_to_date(&core);
        let _ = done.send(());
    });
    if written.recv_timeout(AT_END).is_err() {
        tracing::warn!("the break-glass folder does not answer; the next start writes the kit");
    }
}

/// Where the kit is kept and how that goes; none where nobody chose a folder.
pub(crate) fn kept(core: &Core) -> Result<Option<BreakGlassKept>, Problem> {
    let folder = SettingsDesk(core).get()?.break_glass_folder;
    if folder.is_empty() {
        return Ok(None);
    }
    let written = std::fs::metadata(files::script_in(folder.as_ref()));
    let written_at = written.and_then(|file| file.modified()).ok();
    let problem = core.store.settings().get(PROBLEM)?;
    Ok(Some(BreakGlassKept {
        folder,
        written_at: written_at.map(DateTime::<Utc>::from),
        problem: problem.and_then(|text| serde_json::from_str(&text).ok()),
    }))
}

fn up_to_date(core: &Core) {
    let change = core.events.change();
    let outcome = write(core);
    core.kept_kit.written.store(change, Ordering::Release);
    if let Err(error) = note(core, outcome.err()) {
        tracing::warn!(%error, "the state of the break-glass kit could not be noted");
    }
}

/// Writes the kit where it differs from what is there.
fn write(core: &Core) -> Result<(), Problem> {
    let folder = PathBuf::from(SettingsDesk(core).get()?.break_glass_folder);
    let mut last = lock(&core.kept_kit.last);
    if folder.as_os_str().is_empty() {
        *last = None;
        return Ok(());
    }
    for _ in 0..ROUNDS {
        let kit = Kit::collect(core)?;
        let is_there = files::script_in(&folder).exists();
        if is_there && last.as_ref() == Some(&(folder.clone(), kit.clone())) {
            return Ok(());
        }
        *last = None;
        files::write(&folder, &kit.rendered(core.clock.now()))?;
        *last = Some((folder.clone(), kit));
        // Looked at once more: another process may have changed a lease, and written its kit before
        // ours came into its place.
    }
    Ok(())
}

/// Keeps the failure for the status, or that there is none any more; only news are written.
fn note(core: &Core, problem: Option<Problem>) -> Result<(), Problem> {
    let settings = core.store.settings();
    let text = problem
        .as_ref()
        .and_then(|problem| serde_json::to_string(problem).ok());
    if settings.get(PROBLEM)? == text {
        return Ok(());
    }
    match (&text, problem) {
        (Some(text), Some(problem)) => {
            settings.set(PROBLEM, text)?;
            let note = Note::refusal(ActivityKind::BreakGlassWritten, &problem);
            core.note_after(note.by(TIMER));
        }
        _ => settings.remove(PROBLEM)?,
    }
    core.events.tell(crate::wire::Event::SettingsChanged);
    Ok(())
}
