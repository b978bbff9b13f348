//! Many dynamic secrets at once: all of them are written, with the lines that tell of them, or none.

use crate::{ActivityLine, EnvironmentRow, SecretRow, Store, StoreError};
use crate::{activity, environments, secrets};

/// What is to be written together. Each change has the line of the activity log that tells of it.
#[derive(Debug, Default)]
pub struct Batch {
    /// Added at the end, in this order; their positions are the store's to give.
    pub environments: Vec<(EnvironmentRow, ActivityLine)>,
    /// New dynamic secrets.
    pub added: Vec<(SecretRow, ActivityLine)>,
    /// Dynamic secrets that get another recipe.
    pub changed: Vec<(Exchange, ActivityLine)>,
}

/// A row, and the one that takes its place.
#[derive(Debug)]
pub struct Exchange {
    /// As it was read.
    pub old: SecretRow,
    /// As it is to be; the same id.
    pub new: SecretRow,
}

impl Batch {
    /// True when there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.environments.is_empty() && self.added.is_empty() && self.changed.is_empty()
    }
}

impl Store {
    /// Writes all of it in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Outdated`] when something that the batch was made from has changed since: a row
    /// is not as it was read, or a name is taken by now. Nothing is written then.
    pub fn write_together(&self, batch: &Batch) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.write(|db| {
            for (row, line) in &batch.environments {
                environments::append(db, &row.id, &row.name).map_err(outdated)?;
                activity::append(db, line)?;
            }
            for (row, line) in &batch.added {
                secrets::insert(db, row).map_err(outdated)?;
                activity::append(db, line)?;
            }
            for (Exchange { old, new }, line) in &batch.changed {
                if !secrets::exchange(db, old, new).map_err(outdated)? {
                    return Err(StoreError::Outdated {
                        name: old.name.clone(),
                    });
                }
                activity::append(db, line)?;
            }
            Ok(())
        })
    }
}

/// What a plan was made from has been checked; where it does not hold, somebody else was quicker.
fn outdated(error: StoreError) -> StoreError {
    match error {
        StoreError::NameTaken { name, .. } => StoreError::Outdated { name },
        other => other,
    }
}
