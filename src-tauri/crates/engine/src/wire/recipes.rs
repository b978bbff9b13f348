//! What a file of recipes would change, or has changed, and what is wrong with it.

use leasehold_domain::Problem;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// What a file of recipes changes.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RecipePlan {
    /// False when nothing was written: it was only asked for, or there is nothing to change.
    pub applied: bool,
    /// Environments that are added, in their order.
    pub environments: Vec<String>,
    /// Every dynamic secret of the file, in its order.
    pub secrets: Vec<PlannedSecret>,
}

/// What happens to one dynamic secret.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PlannedSecret {
    /// `environment:/folder/name`
    pub secret: String,
    /// Its environment.
    pub environment: String,
    /// Its folder.
    pub folder: String,
    /// Its name.
    pub name: String,
    /// True when it belongs to the practice account.
    pub practice: bool,
    /// What happens to it.
    pub action: RecipeAction,
    /// Field by field, in the order of the file's documentation.
    pub changes: Vec<RecipeChange>,
    /// Things to know that are not refused, as when it is edited by hand.
    pub warnings: Vec<Problem>,
}

/// What happens to a dynamic secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecipeAction {
    /// It is new.
    Add,
    /// It gets another recipe; leases that exist keep what they were made with.
    Change,
    /// The file says what it is.
    Unchanged,
}

/// One field, before and after.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RecipeChange {
    /// Its name in the file; one document is `policy_documents[0]`, one tag is `tags.team`.
    pub field: String,
    /// Before: a string, a list of strings, or null where there was nothing.
    pub old: Value,
    /// After.
    pub new: Value,
    /// For documents: the lines that differ, with `-`, `+` and lines around them.
    pub diff: Option<String>,
}

/// Something in the file that is refused, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RecipeFault {
    /// What is wrong and what to do about it; the field is the file's.
    #[serde(flatten)]
    pub problem: Problem,
    /// The dynamic secret, as far as the file names it.
    pub secret: Option<String>,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}
