//! `leasehold man`: the help texts as manual pages.

use std::path::Path;

use clap::CommandFactory;
use leasehold_domain::{Code, Problem};
use serde_json::json;

use crate::args::Cli;
use crate::print::Printer;

/// Writes `leasehold.1`, `leasehold-secret-add.1`, … into a folder.
pub fn write(folder: &Path, printer: Printer) -> Result<(), Problem> {
    let failed = |error: std::io::Error| {
        Problem::new(
            Code::Internal,
            format!(
                "The manual could not be written to {}: {error}.",
                folder.display()
            ),
        )
        .with_hint("Name a folder that you may write to.")
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut pages = Vec::new();
    let mut grammar = Cli::command().disable_help_subcommand(true);
    grammar.build();
    page(&grammar, "leasehold", folder, &mut pages).map_err(failed)?;
    pages.sort();
    printer.answer(&json!({ "folder": folder, "pages": pages }), || {
        format!("{} pages in {}.", pages.len(), folder.display())
    })
}

/// A page of a verb, and of all below it.
fn page(
    grammar: &clap::Command,
    name: &str,
    folder: &Path,
    pages: &mut Vec<String>,
) -> std::io::Result<()> {
    for verb in grammar.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        let name = format!("{name}-{}", verb.get_name());
        page(verb, &name, folder, pages)?;
    }
    let mut text = Vec::new();
    // A page is found by its own name; the line of usage keeps the words with spaces.
    clap_mangen::Man::new(grammar.clone().display_name(name.to_owned()))
        .title(name.to_uppercase())
        .render(&mut text)?;
    let file = format!("{name}.1");
    std::fs::write(folder.join(&file), text)?;
    pages.push(file);
    Ok(())
}
