//! The activity log: looked through, checked, taken along.

use leasehold_engine::ExportFormat;
use leasehold_engine::wire::{ActivityCheck, ActivityPage, ActivityQuery};
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Runtime, State};

use super::{Answer, apart};
use crate::papers;
use crate::state::Shell;

/// How the log is written out.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// One JSON document a line.
    Jsonl,
    /// For a spreadsheet.
    Csv,
}

/// Where it was written.
#[derive(Debug, Serialize)]
pub(crate) struct Exported {
    path: String,
    entries: u64,
}

/// Lines, newest first.
#[tauri::command]
pub(crate) async fn activity_list(
    shell: State<'_, Shell>,
    query: ActivityQuery,
) -> Answer<ActivityPage> {
    let engine = shell.engine().await?;
    apart(move || engine.activity().list(&query)).await
}

/// Looks at every line and at the chain.
#[tauri::command]
pub(crate) async fn activity_verify(shell: State<'_, Shell>) -> Answer<ActivityCheck> {
    let engine = shell.engine().await?;
    apart(move || engine.activity().verify()).await
}

/// Writes the lines into a new file of the person's, whose place is not the page's to choose.
#[tauri::command]
pub(crate) async fn activity_export<R: Runtime>(
    app: AppHandle<R>,
    shell: State<'_, Shell>,
    format: Kind,
    query: ActivityQuery,
) -> Answer<Exported> {
    let engine = shell.engine().await?;
    let folders = shell.paper_folders(&app);
    let (format, ending) = match format {
        Kind::Jsonl => (ExportFormat::Jsonl, "jsonl"),
        Kind::Csv => (ExportFormat::Csv, "csv"),
    };
    let stem = format!("leasehold-activity-{}", shell.today());
    apart(move || {
        let folder = papers::first_there(&folders)?;
        let (path, entries) = papers::write(folder, &stem, ending, |out| {
            engine.activity().export(&query, format, out)
        })?;
        Ok(Exported {
            path: path.display().to_string(),
            entries,
        })
    })
    .await
}
