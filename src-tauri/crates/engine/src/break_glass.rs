//! The break-glass kit: a script and a list that end every open lease from any other machine.

use std::path::Path;

use leasehold_domain::{Code, Problem};

use crate::core::Core;
use crate::wire::{BreakGlassFiles, BreakGlassKit};

/// The break-glass kit of this home.
#[derive(Debug, Clone, Copy)]
pub struct BreakGlass<'a>(pub(crate) &'a Core);

impl BreakGlass<'_> {
    /// The kit as of now.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn kit(&self) -> Result<BreakGlassKit, Problem> {
        Err(Problem::new(Code::Internal, "This is not built yet."))
    }

    /// Writes the kit into a folder, over an older one.
    ///
    /// # Errors
    /// The folder does not exist or cannot be written.
    pub fn write(&self, _folder: &Path) -> Result<BreakGlassFiles, Problem> {
        Err(Problem::new(Code::Internal, "This is not built yet."))
    }
}
