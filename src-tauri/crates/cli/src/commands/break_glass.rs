//! `leasehold break-glass`

use std::path::Path;
use std::process::ExitCode;

use leasehold_domain::Problem;
use leasehold_engine::Engine;
use leasehold_engine::wire::BreakGlassFiles;
use serde_json::json;

use crate::args::BreakGlassArgs;
use crate::print::Printer;

pub fn run(engine: &Engine, asked: BreakGlassArgs, printer: Printer) -> Result<ExitCode, Problem> {
    let desk = engine.break_glass();
    if asked.stop_keeping {
        let folder = desk.stop_keeping()?;
        printer.answer(&json!({ "stopped": folder }), || match &folder {
            Some(folder) => format!("The kit in {folder} stays as it is from now on."),
            None => "The kit was not kept anywhere.".to_owned(),
        })?;
    } else if let Some(folder) = asked.keep_in {
        let files = desk.keep_in(&whole(&folder)?)?;
        printer.answer(&files, || {
            written(&files) + "\nFrom now on it is written again whenever a lease changes."
        })?;
    } else if let Some(folder) = asked.folder {
        let files = desk.write(&whole(&folder)?)?;
        printer.answer(&files, || written(&files))?;
    } else {
        let kit = desk.kit()?;
        let text = if asked.list { &kit.list } else { &kit.script };
        printer.answer(&kit, || text.clone())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn written(files: &BreakGlassFiles) -> String {
    let leases = match files.leases {
        1 => "1 open lease".to_owned(),
        n => format!("{n} open leases"),
    };
    format!("{}\n{}\nThey end {leases}.", files.script, files.list)
}

/// The folder from the root on: the window and other commands stand elsewhere.
pub fn whole(folder: &Path) -> Result<std::path::PathBuf, Problem> {
    std::path::absolute(folder).map_err(|error| {
        Problem::refused_input(
            "folder",
            format!("{} is no path: {error}.", folder.display()),
            "Name a folder that exists.",
        )
    })
}
