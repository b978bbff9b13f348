//! A kit on disk: two private files, each renamed into place whole, and nothing else touched.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use leasehold_domain::{Code, Problem};

use crate::wire::{BreakGlassFiles, BreakGlassKit};

const SCRIPT: &str = "leasehold-break-glass.sh";
const LIST: &str = "leasehold-break-glass.md";

/// Where the script of a kit in this folder is.
pub(super) fn script_in(folder: &Path) -> PathBuf {
    folder.join(SCRIPT)
}

/// Writes both files. The list comes first: a script that is there has its list beside it.
pub(super) fn write(folder: &Path, kit: &BreakGlassKit) -> Result<BreakGlassFiles, Problem> {
    if !folder.is_dir() {
        return Err(Problem::refused_input(
            "folder",
            format!("{} is not a folder.", folder.display()),
            "Make it first, or name another one.",
        ));
    }
    let (script, list) = (script_in(folder), folder.join(LIST));
    for (path, text, mode) in [(&list, &kit.list, 0o600), (&script, &kit.script, 0o700)] {
        replace(path, text, mode).map_err(|error| {
            Problem::new(
                Code::StoreFailed,
                format!(
                    "The break-glass kit cannot be written to {}: {error}.",
                    path.display()
                ),
            )
            .with_hint(
                "Make sure that the folder can be written and has room, or choose another one.",
            )
            .at("folder")
        })?;
    }
    Ok(BreakGlassFiles {
        script: script.display().to_string(),
        list: list.display().to_string(),
        leases: kit.leases,
    })
}

/// Puts a file of this text in the place of `path`, at once and durably. A link of that name is
/// replaced, not followed.
fn replace(path: &Path, text: &str, mode: u32) -> std::io::Result<()> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}", uuid::Uuid::new_v4()));
    let unfinished = path.with_file_name(name);
    let written = private(mode)
        .open(&unfinished)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| std::fs::rename(&unfinished, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&unfinished);
        return written;
    }
    #[cfg(unix)]
    if let Some(folder) = path.parent().and_then(|folder| File::open(folder).ok()) {
        // Some file systems do not know this; then the rename is as durable as they make it.
        let _ = folder.sync_all();
    }
    Ok(())
}

fn private(mode: u32) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(mode);
    }
    #[cfg(not(unix))]
    let _ = mode;
    options
}
