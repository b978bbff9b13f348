//! Dynamic secrets as a file that people keep in version control: written out, compared with what
//! is here, and put in place. `RECIPES.md` of this crate documents the format.

mod changes;
mod file;
mod plan;
mod spot;

mod text;

use leasehold_domain::{Code, Problem};

use crate::core::Core;
use crate::draft::draft_of;
use crate::reference::resolve;
use crate::secrets::deleting;
use crate::wire::{RecipeFault, RecipePlan, SecretDraft};

/// Why a file was not applied. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipeRefusal {
    /// In one sentence.
    pub problem: Problem,
    /// Everything that is wrong with the file, in its order; empty where it is not the file's fault.
    pub faults: Vec<RecipeFault>,
}

/// Dynamic secrets as a file.
#[derive(Debug, Clone, Copy)]
pub struct Recipes<'a>(pub(crate) &'a Core);

impl Recipes<'_> {
    /// The recipes of these dynamic secrets, or of all that are not being removed: by environment,
    /// folder and name, each once.
    ///
    /// # Errors
    /// A name names none, more than one, or one that is being removed.
    pub fn list(&self, names: &[String]) -> Result<Vec<SecretDraft>, Problem> {
        let mut rows = if names.is_empty() {
            let mut all = self.0.store.secrets().all()?;
            all.retain(|row| !row.deleting);
            all
        } else {
            let named = names.iter().map(|name| resolve(&self.0.store, name));
            named.collect::<Result<Vec<_>, _>>()?
        };
        if let Some(row) = rows.iter().find(|row| row.deleting) {
            return Err(deleting(row));
        }
        rows.sort_by(|a, b| {
            (&a.environment, &a.folder, &a.name).cmp(&(&b.environment, &b.folder, &b.name))
        });
        rows.dedup_by(|a, b| a.id == b.id);
        let connections = self.0.store.connections().all()?;
        let draft = |row: &leasehold_store::SecretRow| {
            let connection = connections.iter().find(|c| c.id == row.connection_id);
            let mut draft = SecretDraft {
                connection: connection.map(|c| c.name.clone()).unwrap_or_default(),
                ..draft_of(row)
            };
            // A user has tags in no order; a file has them in one.
            draft.tags.sort_by(|a, b| a.key.cmp(&b.key));
            draft
        };
        Ok(rows.iter().map(draft).collect())
    }

    /// The same as the text of a file. The same recipes are always the same text.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub fn export(&self, names: &[String]) -> Result<String, Problem> {
        Ok(text::write(&self.list(names)?))
    }

    /// What [`Self::apply`] would change. Nothing is written.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn plan(&self, text: &str) -> Result<RecipePlan, RecipeRefusal> {
        Ok(plan::make(self.0, text)?.view(false))
    }

    /// Makes what is here as the file says: environments that are missing are added, dynamic secrets
    /// are added or edited; none is removed. All of it is written at once, or nothing.
    ///
    /// # Errors
    /// Everything that is wrong with the file; or somebody changed at this moment what it is about.
    pub fn apply(&self, text: &str) -> Result<RecipePlan, RecipeRefusal> {
        plan::apply(self.0, text)
    }
}

impl From<Problem> for RecipeRefusal {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            faults: Vec::new(),
        }
    }
}

impl RecipeRefusal {
    /// What is wrong with a file. When all of it is of one kind, so is the refusal.
    fn of(mut faults: Vec<RecipeFault>) -> Self {
        faults.sort_by_key(|fault| (fault.line, fault.column));
        let mut codes = faults.iter().map(|fault| fault.problem.code);
        let first = codes.next().unwrap_or(Code::InvalidInput);
        let code = match codes.all(|code| code == first) {
            true => first,
            false => Code::InvalidInput,
        };
        let message = match faults.len() {
            1 => "The file has a problem; nothing was changed.".to_owned(),
            many => format!("The file has {many} problems; nothing was changed."),
        };
        Self {
            problem: Problem::new(code, message).with_hint("Correct the file and apply it again."),
            faults,
        }
    }
}
