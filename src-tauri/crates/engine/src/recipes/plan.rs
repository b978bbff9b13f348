//! Compares a file of recipes with what is here: judges all of it first, then writes all of it or
//! nothing.

use std::collections::HashMap;

use leasehold_domain::{Code, Folder, Problem, SecretName, Slug};
use leasehold_store::{Batch, ConnectionKind, EnvironmentRow, Exchange, SecretRow};

use super::file::{self, Stated};
use super::{RecipeRefusal, changes};
use crate::core::Core;
use crate::draft::{draft_of, row};
use crate::note::Note;
use crate::reference::full_name;
use crate::secrets::{Secrets, advice, changed_fields, deleting, other_type};
use crate::wire::{
    ActivityKind, PlannedSecret, RecipeAction, RecipeFault, RecipePlan, SecretDraft,
};

/// What a file that broke no rule changes.
pub(super) struct Plan {
    environments: Vec<EnvironmentRow>,
    secrets: Vec<(PlannedSecret, Step)>,
}

enum Step {
    Add(Box<SecretRow>),
    Change(Box<Exchange>),
    Keep,
}

impl Plan {
    pub(super) fn view(self, applied: bool) -> RecipePlan {
        RecipePlan {
            applied,
            environments: self.environments.into_iter().map(|row| row.name).collect(),
            secrets: self.secrets.into_iter().map(|(view, _)| view).collect(),
        }
    }
}

/// Judges a file.
pub(super) fn make(core: &Core, text: &str) -> Result<Plan, RecipeRefusal> {
    let read = file::read(text);
    let known = core.store.environments().all().map_err(Problem::from)?;
    let mut judge = Judge {
        core,
        known,
        missing: Vec::new(),
        seen: HashMap::new(),
        secrets: Vec::new(),
        faults: read.faults,
    };
    for stated in &read.secrets {
        judge.secret(stated)?;
    }
    if judge.faults.is_empty() {
        return Ok(Plan {
            environments: judge.missing,
            secrets: judge.secrets,
        });
    }
    Err(RecipeRefusal::of(judge.faults))
}

/// Judges a file and writes what it changes.
pub(super) fn apply(core: &Core, text: &str) -> Result<RecipePlan, RecipeRefusal> {
    let mut plan = make(core, text)?;
    let batch = batch(core, &mut plan);
    if batch.is_empty() {
        return Ok(plan.view(false));
    }
    let written = core.store.write_together(&batch);
    written.map_err(|error| RecipeRefusal::from(Problem::from(error)))?;
    Secrets(core).changed();
    Ok(plan.view(true))
}

/// Everything that is to be written, with the lines that tell of it.
fn batch(core: &Core, plan: &mut Plan) -> Batch {
    let mut batch = Batch::default();
    for row in &plan.environments {
        let text = format!(
            "Environment `{}` was added, from a file of recipes.",
            row.name
        );
        let line = core.line(Note::new(ActivityKind::EnvironmentAdded, text));
        batch.environments.push((row.clone(), line));
    }
    let desk = Secrets(core);
    for (_, step) in &mut plan.secrets {
        match std::mem::replace(step, Step::Keep) {
            Step::Keep => {}
            Step::Add(row) => {
                let name = full_name(&row);
                let text = format!("Dynamic secret `{name}` was added, from a file of recipes.");
                let line = desk.line(ActivityKind::SecretAdded, text, &row);
                batch.added.push((*row, line));
            }
            Step::Change(exchange) => {
                let text = format!(
                    "Dynamic secret `{}` was edited, from a file of recipes: {}.",
                    full_name(&exchange.old),
                    changed_fields(&exchange.old, &exchange.new)
                );
                let line = desk.line(ActivityKind::SecretEdited, text, &exchange.new);
                batch.changed.push((*exchange, line));
            }
        }
    }
    batch
}

struct Judge<'a> {
    core: &'a Core,
    known: Vec<EnvironmentRow>,
    missing: Vec<EnvironmentRow>,
    /// Where in the file each name was first stated.
    seen: HashMap<[String; 3], usize>,
    secrets: Vec<(PlannedSecret, Step)>,
    faults: Vec<RecipeFault>,
}

impl Judge<'_> {
    fn secret(&mut self, stated: &Stated) -> Result<(), Problem> {
        let draft = &stated.draft;
        let environment = self.environment(&draft.environment);
        let mut problems = Vec::new();
        let mut old = None;
        if let Some([environment, folder, name]) = names(draft) {
            problems.extend(self.twice(stated, [&environment, &folder, &name]));
            let secrets = self.core.store.secrets();
            old = secrets
                .find(Some(&environment), Some(&folder), &name)?
                .pop();
        }
        if let Some(row) = old.as_ref().filter(|row| row.deleting) {
            problems.push(deleting(row).at("name"));
        }
        let desk = Secrets(self.core);
        let editing = old.as_ref().map(|row| row.id.as_str());
        let accepted = match desk.accept_in(environment, draft, editing) {
            Ok(accepted) => Some(accepted),
            Err(more) => {
                problems.extend(heard_once(stated, more));
                None
            }
        };
        if let (Some(row), Some(accepted)) = (&old, &accepted) {
            let kind = row.credential.kind();
            if accepted.recipe.credential_type() != kind {
                problems.push(other_type(kind));
            }
        }
        let (Some(accepted), true) = (accepted, problems.is_empty()) else {
            let found = problems.into_iter().map(|problem| stated.fault(problem));
            self.faults.extend(found);
            return Ok(());
        };
        let connection = accepted.connection.clone();
        let warnings = advice(draft, &accepted);
        let now = self.core.clock.now();
        let new = match &old {
            Some(old) => in_old_order(old, row(accepted, old.id.clone(), old.created_at, now)),
            None => row(accepted, uuid::Uuid::new_v4().to_string(), now, now),
        };
        let before = match &old {
            Some(old) => self.draft(old)?,
            None => SecretDraft::default(),
        };
        let after = SecretDraft {
            connection: connection.name.clone(),
            ..draft_of(&new)
        };
        let changes = changes::between(&before, &after);
        let (action, step) = match old {
            None => (RecipeAction::Add, Step::Add(Box::new(new.clone()))),
            Some(_) if changes.is_empty() => (RecipeAction::Unchanged, Step::Keep),
            Some(old) => {
                let exchange = Exchange {
                    old,
                    new: new.clone(),
                };
                (RecipeAction::Change, Step::Change(Box::new(exchange)))
            }
        };
        let warnings = match action {
            RecipeAction::Unchanged => Vec::new(),
            RecipeAction::Add | RecipeAction::Change => warnings,
        };
        let view = PlannedSecret {
            secret: full_name(&new),
            environment: new.environment,
            folder: new.folder,
            name: new.name,
            practice: connection.kind == ConnectionKind::Practice,
            action,
            changes,
            warnings,
        };
        self.secrets.push((view, step));
        Ok(())
    }

    /// The environment of this name; one that is not there yet is to be added.
    fn environment(&mut self, name: &str) -> Result<EnvironmentRow, Problem> {
        let name = Slug::parse("environment", name)?;
        let mut all = self.known.iter().chain(&self.missing);
        if let Some(row) = all.find(|row| row.name == name.as_str()) {
            return Ok(row.clone());
        }
        let row = EnvironmentRow {
            id: uuid::Uuid::new_v4().simple().to_string(),
            name: name.as_str().to_owned(),
            position: 0,
        };
        self.missing.push(row.clone());
        Ok(row)
    }

    /// What to say when the file has stated this one before.
    fn twice(&mut self, stated: &Stated, names: [&str; 3]) -> Option<Problem> {
        let [environment, folder, name] = names;
        let line = stated.spot(Some("name")).line;
        let Some(first) = self.seen.get(&names.map(str::to_owned)) else {
            self.seen.insert(names.map(str::to_owned), line);
            return None;
        };
        let text = format!(
            "`{name}` in {environment}:{folder} stands twice in the file, first in line {first}."
        );
        let problem = Problem::new(Code::NameTaken, text);
        let fix = "Remove one of the two, or give it another name or folder.";
        Some(problem.with_hint(fix).at("name"))
    }

    /// A stored recipe as a form.
    fn draft(&self, row: &SecretRow) -> Result<SecretDraft, Problem> {
        let connection = self.core.store.connections().by_id(&row.connection_id)?;
        Ok(SecretDraft {
            connection: connection.map(|row| row.name).unwrap_or_default(),
            ..draft_of(row)
        })
    }
}

/// What the rules say, less what was said while the file was read, and of the two fields that are
/// looked up as well as read only what was said first.
fn heard_once(stated: &Stated, problems: Vec<Problem>) -> Vec<Problem> {
    let mut kept: Vec<Problem> = Vec::new();
    for problem in problems {
        let field = problem.field.as_deref();
        let is_looked_up = matches!(field, Some("connection" | "environment"));
        let is_told = is_looked_up && kept.iter().any(|one| one.field.as_deref() == field);
        if !stated.is_unread(field) && !is_told {
            kept.push(problem);
        }
    }
    kept
}

/// Environment, folder and name as they are stored, where all three can be read.
fn names(draft: &SecretDraft) -> Option<[String; 3]> {
    Some([
        Slug::parse("environment", &draft.environment)
            .ok()?
            .to_string(),
        Folder::parse("folder", &draft.folder).ok()?.to_string(),
        SecretName::parse("name", &draft.name).ok()?.to_string(),
    ])
}

/// Groups, managed policies and tags have no order for AWS: another one is no change.
fn in_old_order(old: &SecretRow, mut new: SecretRow) -> SecretRow {
    fn keep<T: Ord + Clone>(old: &[T], new: &mut Vec<T>) {
        let sorted = |list: &[T]| {
            let mut list = list.to_vec();
            list.sort();
            list
        };
        if sorted(old) == sorted(new) {
            *new = old.to_vec();
        }
    }
    keep(&old.groups, &mut new.groups);
    keep(&old.policy_arns, &mut new.policy_arns);
    keep(&old.tags, &mut new.tags);
    new
}
