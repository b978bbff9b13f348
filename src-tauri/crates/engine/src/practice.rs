//! What only the practice account can do: skip its clock ahead, and begin anew.

use leasehold_domain::{Code, Problem, Ttl};

use leasehold_store::{ConnectionKind, ConnectionState};

use crate::core::Core;
use crate::note::Note;
use crate::wire::ActivityKind;

/// The practice account's own buttons.
#[derive(Debug, Clone, Copy)]
pub struct PracticeDesk<'a>(pub(crate) &'a Core);

impl PracticeDesk<'_> {
    /// Moves the practice account's clock ahead. No real lease is moved.
    ///
    /// # Errors
    /// There is no practice connection, or the time is not in the TTL grammar.
    pub fn skip(&self, by: &str) -> Result<i64, Problem> {
        let by = Ttl::parse(by).map_err(|problem| problem.at("by"))?;
        let row = self.connection()?;
        let practice = self.0.practice()?;
        practice.skip(by.as_delta())?;
        self.0.note_offset(&row.id, practice.clock_offset_ms())?;
        let text = format!("The practice account's clock was moved ahead by {by}.");
        let note = Note::new(ActivityKind::PracticeSkipped, text).over(&row);
        self.0.note_after(note);
        self.0.ring();
        let row = self.connection()?;
        Ok(self.0.offset(&row).num_milliseconds())
    }

    /// Empties the practice account and sets its clock back.
    ///
    /// # Errors
    /// Leases of it are open: they would be left without an account.
    pub async fn reset(&self) -> Result<(), Problem> {
        let row = self.connection()?;
        let open = self.0.store.leases().open()?;
        let mine = open
            .iter()
            .filter(|lease| lease.connection_id == row.id)
            .count();
        if mine > 0 {
            return Err(
                Problem::new(Code::Refused, format!("{mine} practice leases are open."))
                    .with_hint("Revoke them first; the practice account forgets everything."),
            );
        }
        let practice = self.0.practice()?;
        practice.reset()?;
        let text = "The practice account was emptied and its clock set back.";
        let note = Note::new(ActivityKind::PracticeReset, text).over(&row);
        self.0.note_after(note);
        self.0.note_offset(&row.id, practice.clock_offset_ms())?;
        crate::connections::Connections(self.0)
            .check(&row.name)
            .await?;
        Ok(())
    }

    fn connection(&self) -> Result<leasehold_store::ConnectionRow, Problem> {
        self.0
            .store
            .connections()
            .all()?
            .into_iter()
            .find(|row| row.kind == ConnectionKind::Practice && row.state == ConnectionState::Ready)
            .ok_or_else(|| {
                Problem::new(Code::NotFound, "The practice account is not connected.")
                    .with_hint("`leasehold connection add practice --practice` connects it.")
            })
    }
}
