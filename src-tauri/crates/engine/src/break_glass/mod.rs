//! The break-glass kit: a script and a list that end every open lease from any other machine.
//!
//! The script is data, written here, and `end.sh`, which is the same in every kit: whoever reviews one
//! has reviewed all. It checks the account and each user's UserId before it touches anything, cuts
//! the access of all before it cleans up after the first, and can be run again at any time.

mod files;
mod keep;
mod list;
mod script;
mod sessions;

use std::path::Path;

use chrono::{DateTime, Utc};
use leasehold_domain::{InstallationId, LeaseState, Problem};
use leasehold_store::LeaseRow;

pub(crate) use keep::{Kept, kept, run, settle};

use sessions::OpenSession;

use crate::core::Core;
use crate::environments::count;
use crate::note::Note;
use crate::settings::SettingsDesk;
use crate::wire::{ActivityKind, BreakGlassFiles, BreakGlassKit, Settings};

/// The break-glass kit of this home.
#[derive(Debug, Clone, Copy)]
pub struct BreakGlass<'a>(pub(crate) &'a Core);

impl BreakGlass<'_> {
    /// The kit as of now.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn kit(&self) -> Result<BreakGlassKit, Problem> {
        Ok(Kit::collect(self.0)?.rendered(self.0.clock.now()))
    }

    /// Writes the kit into a folder, over an older one. Nothing else there is touched.
    ///
    /// # Errors
    /// The folder does not exist or cannot be written.
    pub fn write(&self, folder: &Path) -> Result<BreakGlassFiles, Problem> {
        let written = self.kit().and_then(|kit| files::write(folder, &kit));
        self.0.note_after(match &written {
            Ok(files) => Note::new(
                ActivityKind::BreakGlassWritten,
                format!(
                    "The break-glass kit was written to {}: {}.",
                    files.script,
                    counted(files.leases as usize, "lease")
                ),
            ),
            Err(problem) => Note::refusal(ActivityKind::BreakGlassWritten, problem),
        });
        written
    }

    /// Writes the kit into a folder, and from now on again whenever a lease changes.
    ///
    /// # Errors
    /// As [`Self::write`]; then nothing is kept there.
    pub fn keep_in(&self, folder: &Path) -> Result<BreakGlassFiles, Problem> {
        let desk = SettingsDesk(self.0);
        let settings = Settings {
            break_glass_folder: folder.display().to_string(),
            ..desk.get()?
        };
        crate::settings::check_folder(&settings.break_glass_folder)?;
        let written = self.write(folder)?;
        desk.set(settings)?;
        Ok(written)
    }

    /// Writes the kit nowhere by itself any more. What was written stays. The answer is the folder,
    /// where there was one.
    ///
    /// # Errors
    /// The state file cannot be read or written.
    pub fn stop_keeping(&self) -> Result<Option<String>, Problem> {
        let desk = SettingsDesk(self.0);
        let mut settings = desk.get()?;
        let folder = std::mem::take(&mut settings.break_glass_folder);
        if folder.is_empty() {
            return Ok(None);
        }
        desk.set(settings)?;
        Ok(Some(folder))
    }
}

/// What a kit is about.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kit {
    installation: InstallationId,
    /// In the order of their numbers.
    accounts: Vec<Account>,
    /// Open leases of the practice account, which no other machine can reach.
    practice: u32,
}

/// The open leases of one AWS account.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Account {
    id: String,
    partition: String,
    /// Names of the connections that its leases were made over.
    connections: Vec<String>,
    /// Endpoints of these connections that are not AWS's own.
    endpoints: Vec<String>,
    /// Users, first expiry first.
    leases: Vec<OpenLease>,
    /// Sessions of STS, first expiry first.
    sessions: Vec<OpenSession>,
}

/// One lease, with what a person needs to recognise its user.
#[derive(Debug, Clone, PartialEq, Eq)]
struct OpenLease {
    user_name: String,
    user_arn: String,
    /// Not known while `CreateUser` was not answered.
    user_id: Option<String>,
    access_key_id: Option<String>,
    place: String,
    label: Option<String>,
    state: LeaseState,
    /// When its user was made, or recorded where that is not known.
    made_at: DateTime<Utc>,
    /// From then on AWS denies it everything. Of a renewal that was not finished, the later moment.
    denied_from: DateTime<Utc>,
}

impl Kit {
    fn collect(core: &Core) -> Result<Self, Problem> {
        let connections = core.store.connections().all()?;
        let endpoint_of = |id: &str| {
            let connection = connections.iter().find(|one| one.id == id)?;
            connection.endpoint_url.clone()
        };
        let rows = core.store.leases().open()?;
        let mut accounts: Vec<Account> = Vec::new();
        for row in rows.iter().filter(|row| !row.practice) {
            let id = sessions::account_of(row);
            let known = accounts.iter().position(|one| one.id == id);
            let at = known.unwrap_or_else(|| {
                accounts.push(Account {
                    id,
                    partition: row.partition.clone(),
                    connections: Vec::new(),
                    endpoints: Vec::new(),
                    leases: Vec::new(),
                    sessions: Vec::new(),
                });
                accounts.len() - 1
            });
            let Some(account) = accounts.get_mut(at) else {
                continue;
            };
            add_new(&mut account.connections, row.connection_name.clone());
            if let Some(endpoint) = endpoint_of(&row.connection_id) {
                add_new(&mut account.endpoints, endpoint);
            }
            match row.credential.is_session() {
                true => account
                    .sessions
                    .push(OpenSession::of(row, &core.installation)),
                false => account.leases.push(OpenLease::of(row)),
            }
        }
        accounts.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(Self {
            installation: core.installation.clone(),
            accounts,
            practice: count(rows.iter().filter(|row| row.practice)),
        })
    }

    fn rendered(&self, now: DateTime<Utc>) -> BreakGlassKit {
        BreakGlassKit {
            script: script::of(self, now),
            list: list::of(self, now),
            leases: self.leases(),
        }
    }

    fn leases(&self) -> u32 {
        let all = self.accounts.iter().map(Account::count);
        u32::try_from(all.sum::<usize>()).unwrap_or(u32::MAX)
    }

    /// From when on AWS denies every one of them, where there is one at all.
    fn all_denied_from(&self) -> Option<DateTime<Utc>> {
        let leases = self.accounts.iter().flat_map(|account| &account.leases);
        let sessions = self.accounts.iter().flat_map(|account| &account.sessions);
        let ends = sessions.map(|session| session.ends_at);
        leases.map(|lease| lease.denied_from).chain(ends).max()
    }
}

impl Account {
    fn count(&self) -> usize {
        self.leases.len() + self.sessions.len()
    }
}

impl OpenLease {
    fn of(row: &LeaseRow) -> Self {
        let folder = row.folder.trim_end_matches('/');
        Self {
            user_name: row.user_name.clone(),
            user_arn: row.user_arn.clone(),
            user_id: row.user_id.clone(),
            access_key_id: row.access_key_id.clone(),
            place: format!("{}:{folder}/{}", row.environment, row.secret_name),
            label: row.label.clone(),
            state: row.state,
            made_at: row.issued_at.unwrap_or(row.created_at),
            denied_from: row
                .pending_expires_at
                .map_or(row.expires_at, |pending| pending.max(row.expires_at)),
        }
    }

    /// Where it stands, for a person.
    fn standing(&self) -> &'static str {
        match self.state {
            LeaseState::Issuing => "being made; nobody has its key",
            LeaseState::Revoking => "ending; its key may still work",
            LeaseState::AccessCut => "access is cut; its user is still there",
            LeaseState::Active
            | LeaseState::Revoked
            | LeaseState::Expired
            | LeaseState::Failed
            | LeaseState::Forgotten => "active",
        }
    }

    /// When it ends without anybody's doing, for a person.
    fn by_itself(&self) -> String {
        match self.state {
            // A user that was never guarded has no key that anybody knows.
            LeaseState::Issuing => "not certain; nobody has its key".to_owned(),
            LeaseState::AccessCut => "its access has ended".to_owned(),
            _ => utc(self.denied_from),
        }
    }
}

fn add_new(list: &mut Vec<String>, text: String) {
    if !list.contains(&text) {
        list.push(text);
    }
}

/// `2026-11-21 15:23:00 UTC`
fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `1 lease`, `2 leases`
fn counted(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

#[cfg(test)]
mod tests;
