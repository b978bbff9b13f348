//! The break-glass kit, written where its person finds it.

use std::path::PathBuf;

use leasehold_domain::{Code, Problem};
use leasehold_engine::wire::BreakGlassFiles;
use tauri::{AppHandle, Runtime, State};

use super::{Answer, apart, filled};
use crate::papers;
use crate::state::Shell;

/// Writes the kit into the folder that is named, or into a new one of its own beside the person's
/// downloads.
#[tauri::command]
pub(crate) async fn break_glass_write<R: Runtime>(
    app: AppHandle<R>,
    shell: State<'_, Shell>,
    folder: Option<String>,
) -> Answer<BreakGlassFiles> {
    let engine = shell.engine().await?;
    let named = filled(folder).map(PathBuf::from);
    if named.as_ref().is_some_and(|folder| !folder.is_absolute()) {
        return Err(
            Problem::new(Code::InvalidInput, "A folder is named from the root on.")
                .with_hint("Write it like /home/ada/break-glass.")
                .at("folder"),
        );
    }
    let folders = shell.paper_folders(&app);
    let stem = format!("leasehold-break-glass-{}", shell.today());
    apart(move || {
        let Some(folder) = named else {
            let folder = papers::new_folder(papers::first_there(&folders)?, &stem)?;
            let written = engine.break_glass().write(&folder);
            if written.is_err() {
                // Whatever is in it stays; an empty one goes.
                let _ = std::fs::remove_dir(&folder);
            }
            return written;
        };
        engine.break_glass().write(&folder)
    })
    .await
}
