//! `leasehold secret export` and `leasehold secret apply`

use std::fmt::Write as _;
use std::io::stdout;
use std::path::Path;
use std::process::ExitCode;

use leasehold_domain::Problem;
use leasehold_engine::wire::{PlannedSecret, RecipeAction, RecipeChange, RecipePlan};
use leasehold_engine::{Engine, RecipeRefusal};
use serde_json::{Value, json};

use crate::input;
use crate::print::{self, Printer, Role, marked, paint, printable};

/// Prints recipes as the text of a file; with `--json` the same fields as JSON.
pub fn export(engine: &Engine, names: &[String], printer: Printer) -> Result<(), Problem> {
    let desk = engine.recipes();
    let secrets = desk.list(names)?;
    if names.is_empty() {
        let removed = engine.secrets().list()?.len() - secrets.len();
        if removed > 0 {
            printer.note(&format!("{removed} that are being removed are left out."));
        }
    }
    let text = desk.export(names)?;
    printer.answer(&json!({ "version": 1, "secret": secrets }), || text)
}

/// Applies a file, or says what that would change.
pub fn apply(
    engine: &Engine,
    file: &Path,
    dry_run: bool,
    printer: Printer,
) -> Result<ExitCode, Problem> {
    let text = input::recipes(file)?;
    let desk = engine.recipes();
    let done = match dry_run {
        true => desk.plan(&text),
        false => desk.apply(&text),
    };
    let plan = match done {
        Ok(plan) => plan,
        Err(refusal) => return Ok(refused(file, &refusal, printer)),
    };
    printer.answer(&plan, || tell(&plan, dry_run))?;
    for secret in &plan.secrets {
        for warning in &secret.warnings {
            let hint = warning.hint.as_deref().unwrap_or_default();
            printer.note(&format!("{}: {} {hint}", secret.secret, warning.message));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Every problem with its place, as compilers say it, and then what it comes to.
fn refused(file: &Path, refusal: &RecipeRefusal, printer: Printer) -> ExitCode {
    let RecipeRefusal { problem, faults } = refusal;
    if printer.is_json() {
        print::err(&json!({ "error": problem, "problems": faults }).to_string());
    } else {
        for fault in faults {
            let secret = fault.secret.as_ref().map(|name| format!("{name}: "));
            let message = format!(
                "{}:{}:{}: {}{}",
                file.display(),
                fault.line,
                fault.column,
                secret.unwrap_or_default(),
                fault.problem.message
            );
            printer.problem(&Problem {
                message,
                ..fault.problem.clone()
            });
        }
        printer.problem(problem);
    }
    ExitCode::from(problem.code.exit_code())
}

fn tell(plan: &RecipePlan, dry_run: bool) -> String {
    let mut text = String::new();
    for name in &plan.environments {
        let name = format!("+ environment {name}");
        let _ = writeln!(text, "{}", paint(Role::Good, &name, &stdout()));
    }
    for secret in &plan.secrets {
        describe(&mut text, secret);
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text + &total(plan, dry_run)
}

fn describe(text: &mut String, secret: &PlannedSecret) {
    let (sign, role) = match secret.action {
        RecipeAction::Add => ('+', Role::Good),
        RecipeAction::Change => ('~', Role::Soon),
        RecipeAction::Unchanged => ('=', Role::Over),
    };
    let is_new = secret.action == RecipeAction::Add;
    let name = paint(role, &format!("{sign} {}", secret.secret), &stdout());
    let _ = writeln!(text, "{}", marked(&name, secret.practice));
    for change in &secret.changes {
        difference(text, change, is_new);
    }
}

fn difference(text: &mut String, change: &RecipeChange, is_new: bool) {
    let field = printable(&change.field);
    if let Some(diff) = &change.diff {
        let _ = writeln!(text, "    {field}:");
        for line in diff
            .lines()
            .filter(|line| !line.starts_with("@@") || !is_new)
        {
            let line = printable(line);
            let line = match line.chars().next() {
                Some('+') => paint(Role::Good, &line, &stdout()),
                Some('-') => paint(Role::Denied, &line, &stdout()),
                _ => line,
            };
            let _ = writeln!(text, "      {line}");
        }
        return;
    }
    let (old, new) = (said(&change.old), said(&change.new));
    let _ = match is_new {
        true => writeln!(text, "    {field}: {new}"),
        false => writeln!(text, "    {field}: {old} → {new}"),
    };
}

fn said(value: &Value) -> String {
    match value {
        Value::String(text) => printable(text),
        Value::Array(texts) => {
            let texts: Vec<_> = texts.iter().map(said).collect();
            texts.join(", ")
        }
        _ => "none".to_owned(),
    }
}

fn total(plan: &RecipePlan, dry_run: bool) -> String {
    let count = |action| plan.secrets.iter().filter(|s| s.action == action).count();
    let (added, changed) = (count(RecipeAction::Add), count(RecipeAction::Change));
    let unchanged = count(RecipeAction::Unchanged);
    let mut text = match (added + changed + plan.environments.len(), dry_run) {
        (0, _) => format!("No change: {unchanged} as the file says."),
        (_, true) => format!("Would add {added} and change {changed}; {unchanged} unchanged."),
        (_, false) => format!("Added {added} and changed {changed}; {unchanged} unchanged."),
    };
    if changed > 0 {
        text += " Leases that exist keep what they were made with.";
    }
    if dry_run {
        text += " Nothing was written.";
    }
    text
}
