//! What is known of a request for a lease when it is refused: a line of the activity log says so,
//! since there is no lease yet whose history could.

use leasehold_domain::Problem;
use leasehold_store::{ConnectionRow, SecretRow};

use crate::core::Core;
use crate::note::Note;
use crate::wire::ActivityKind;

/// A request for a lease, as far as it is understood.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) secret: Option<SecretRow>,
    pub(super) connection: Option<ConnectionRow>,
    /// From here on the lease has a history that tells of what goes wrong.
    pub(super) recorded: bool,
}

impl Asked {
    /// Writes down that it was refused before AWS was asked.
    pub(super) fn refused(&self, core: &Core, problem: &Problem) {
        if self.recorded {
            return;
        }
        let mut note = Note::refusal(ActivityKind::Refused, problem);
        if let Some(secret) = &self.secret {
            note = note.of_secret(secret);
        }
        if let Some(connection) = &self.connection {
            note = note.over(connection);
        }
        core.note_after(note);
    }
}
