//! Environments: the tabs that dynamic secrets stand under.

use leasehold_domain::{Code, Problem, Slug};

use crate::core::Core;
use crate::note::Note;
use crate::wire::{ActivityKind, EnvironmentView};

/// The environments of this home, in their order.
#[derive(Debug, Clone, Copy)]
pub struct Environments<'a>(pub(crate) &'a Core);

impl Environments<'_> {
    /// All of them, in the order a person gave them.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn list(&self) -> Result<Vec<EnvironmentView>, Problem> {
        let secrets = self.0.store.secrets().all()?;
        let rows = self.0.store.environments().all()?;
        Ok(rows
            .into_iter()
            .map(|row| EnvironmentView {
                secrets: count(secrets.iter().filter(|s| s.environment_id == row.id)),
                id: row.id,
                name: row.name,
            })
            .collect())
    }

    /// Adds one at the end.
    ///
    /// # Errors
    /// The name is not a slug, or taken.
    pub fn add(&self, name: &str) -> Result<EnvironmentView, Problem> {
        let name = Slug::parse("environment", name.trim())?;
        self.free(name.as_str())?;
        let text = format!("Environment `{}` was added.", name.as_str());
        let line = self.0.line(Note::new(ActivityKind::EnvironmentAdded, text));
        let environments = self.0.store.environments().noting(&line);
        let row = environments.add(name.as_str())?;
        self.changed();
        Ok(EnvironmentView {
            id: row.id,
            name: row.name,
            secrets: 0,
        })
    }

    /// Gives one another name. Leases keep the name they were issued under.
    ///
    /// # Errors
    /// There is none named `old`, or `new` is not a slug or taken.
    pub fn rename(&self, old: &str, new: &str) -> Result<EnvironmentView, Problem> {
        let row = self.named(old)?;
        let new = Slug::parse("environment", new.trim())?;
        if new.as_str() != row.name {
            self.free(new.as_str())?;
            let text = format!("Environment `{}` is now `{}`.", row.name, new.as_str());
            let line = self
                .0
                .line(Note::new(ActivityKind::EnvironmentRenamed, text));
            let environments = self.0.store.environments().noting(&line);
            environments.rename(&row.id, new.as_str())?;
            self.changed();
        }
        self.list()?
            .into_iter()
            .find(|view| view.id == row.id)
            .ok_or_else(|| Problem::new(Code::NotFound, "The environment was removed meanwhile."))
    }

    /// Removes an empty one.
    ///
    /// # Errors
    /// It holds dynamic secrets, is the last one, or does not exist.
    pub fn remove(&self, name: &str) -> Result<(), Problem> {
        let row = self.named(name)?;
        let all = self.list()?;
        let holds = all
            .iter()
            .find(|view| view.id == row.id)
            .map_or(0, |view| view.secrets);
        if holds > 0 {
            return Err(Problem::new(
                Code::Refused,
                format!("Environment `{}` holds {holds} dynamic secrets.", row.name),
            )
            .with_hint("Remove them first.")
            .at("environment"));
        }
        if all.len() == 1 {
            return Err(Problem::new(Code::Refused, "The last environment stays.")
                .with_hint("Rename it instead.")
                .at("environment"));
        }
        let text = format!("Environment `{}` was removed.", row.name);
        let line = self
            .0
            .line(Note::new(ActivityKind::EnvironmentRemoved, text));
        let environments = self.0.store.environments().noting(&line);
        environments.remove(&row.id)?;
        self.changed();
        Ok(())
    }

    /// Puts them in the order of `names`; the ones not named follow as they were.
    ///
    /// # Errors
    /// A name does not exist.
    pub fn reorder(&self, names: &[String]) -> Result<Vec<EnvironmentView>, Problem> {
        let mut ids = Vec::new();
        for name in names {
            let id = self.named(name)?.id;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        for row in self.0.store.environments().all()? {
            if !ids.contains(&row.id) {
                ids.push(row.id);
            }
        }
        let text = "The environments were put in another order.";
        let line = self
            .0
            .line(Note::new(ActivityKind::EnvironmentReordered, text));
        let environments = self.0.store.environments().noting(&line);
        environments.reorder(&ids)?;
        self.changed();
        self.list()
    }

    pub(crate) fn named(&self, name: &str) -> Result<leasehold_store::EnvironmentRow, Problem> {
        self.0
            .store
            .environments()
            .all()?
            .into_iter()
            .find(|row| row.name == name)
            .ok_or_else(|| {
                Problem::new(
                    Code::NotFound,
                    format!(
                        "There is no environment named `{}`.",
                        crate::reference::shown(name)
                    ),
                )
                .with_hint("`leasehold environment list` shows the names.")
                .at("environment")
            })
    }

    fn changed(&self) {
        self.0.activity_grew();
        self.0.catalog_changed();
    }

    fn free(&self, name: &str) -> Result<(), Problem> {
        if self
            .0
            .store
            .environments()
            .all()?
            .iter()
            .any(|row| row.name == name)
        {
            return Err(Problem::new(
                Code::NameTaken,
                format!("There is an environment named `{name}` already."),
            )
            .with_hint("Choose another name.")
            .at("environment"));
        }
        Ok(())
    }
}

/// How many there are, as the wire counts.
pub(crate) fn count<T>(items: impl Iterator<Item = T>) -> u32 {
    u32::try_from(items.count()).unwrap_or(u32::MAX)
}
