//! Records leases and writes what became of them, each change in one synced transaction.

use chrono::{DateTime, Utc};
use rusqlite::{Transaction, named_params};

use crate::lease_row::{INSERT, LeaseRow, UPDATE, select_leases};
use crate::row::{bind, json, millis};
use crate::store::noting;
use crate::{
    ActivityLine, ActivityRow, Claim, LeaseCallerRow, Store, StoreError, activity, kept_keys,
    lease_callers,
};

const BY_ID: &str = select_leases!("WHERE id = :id");
const CLAIM_NEW: &str = "UPDATE leases SET claimed_by = :claimer, claim_until = :until, \
                         generation = 1 WHERE id = :id";

const ASK_END: &str = "UPDATE leases SET end_asked_at = :at WHERE id = :id \
                       AND end_asked_at IS NULL AND state IN ('issuing', 'active')";
/// Whoever holds the claim may have read that the end was asked for.
const UNASK_END: &str = "UPDATE leases SET end_asked_at = NULL WHERE id = :id \
                         AND end_asked_at IS NOT NULL AND state IN ('issuing', 'active') \
                         AND (claimed_by IS NULL OR claim_until <= :now)";

const REMINDED: &str = "UPDATE leases SET notified_minutes = :minutes \
                        WHERE id = :id AND expires_at = :expires_at";
const ABOUT: &str = "SELECT secret_name, connection_name, account_id, secret_id FROM leases \
                     WHERE id = :id";

/// Access to the leases.
#[derive(Debug)]
pub struct Leases<'s> {
    pub(crate) store: &'s Store,
    pub(crate) line: Option<&'s ActivityLine>,
}

noting!(Leases);

fn insert(db: &Transaction<'_>, row: &LeaseRow) -> Result<(), StoreError> {
    let values = row.values()?;
    db.prepare_cached(INSERT)?
        .execute(bind(&values).as_slice())
        .map_err(|error| {
            if StoreError::is_duplicate(&error) {
                StoreError::NameTaken {
                    what: "a lease",
                    name: row.id.clone(),
                }
            } else if StoreError::is_reference(&error) {
                StoreError::Refused {
                    message: "The dynamic secret of this lease is gone.".to_owned(),
                }
            } else {
                error.into()
            }
        })?;
    Ok(())
}

fn save(db: &Transaction<'_>, claim: &Claim, row: &LeaseRow) -> Result<(), StoreError> {
    let lost = || StoreError::Lost {
        lease_id: claim.lease_id.clone(),
    };
    if row.id != claim.lease_id {
        return Err(lost());
    }
    let mut values = row.values()?;
    values.retain(|(name, _)| !matches!(*name, ":secret_id" | ":created_at" | ":end_asked_at"));
    values.push((":generation", claim.generation.into()));
    match db
        .prepare_cached(UPDATE)?
        .execute(bind(&values).as_slice())?
    {
        0 => Err(lost()),
        _ => Ok(()),
    }
}

/// See [`Leases::ask_end`].
pub(crate) fn ask_end(
    db: &Transaction<'_>,
    ids: &[String],
    at: DateTime<Utc>,
    line: Option<&ActivityLine>,
) -> Result<usize, StoreError> {
    let mut statement = db.prepare_cached(ASK_END)?;
    let mut asked = 0;
    for id in ids {
        let changed = statement.execute(named_params! {":id": id, ":at": millis(at)})?;
        if changed > 0 {
            note_about(db, line, id)?;
        }
        asked += changed;
    }
    Ok(asked)
}

/// The line that is to be noted, about this lease.
fn note_about(
    db: &Transaction<'_>,
    line: Option<&ActivityLine>,
    id: &str,
) -> Result<(), StoreError> {
    let Some(line) = line else {
        return Ok(());
    };
    let mut line = line.clone();
    line.lease_id = Some(id.to_owned());
    (
        line.secret,
        line.connection,
        line.account_id,
        line.secret_id,
    ) = db
        .prepare_cached(ABOUT)?
        .query_row(named_params! {":id": id}, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
    activity::append(db, &line).map(drop)
}

impl Leases<'_> {
    /// Records a lease that nobody works on yet.
    pub fn insert(&self, row: &LeaseRow) -> Result<(), StoreError> {
        self.write(|db| insert(db, row))
    }

    /// Records a lease that is claimed from its first moment, so that nobody else takes it for
    /// an abandoned one.
    pub fn insert_claimed(
        &self,
        row: &LeaseRow,
        claimer: &str,
        until: DateTime<Utc>,
    ) -> Result<Claim, StoreError> {
        self.insert_claimed_for(row, claimer, until, None)
    }

    /// The same for somebody from outside, who is written down with it, in a session that is not over.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] of a session: its way in was shut by now. Nothing is recorded.
    pub fn insert_claimed_for(
        &self,
        row: &LeaseRow,
        claimer: &str,
        until: DateTime<Utc>,
        caller: Option<(&LeaseCallerRow, &str)>,
    ) -> Result<Claim, StoreError> {
        self.write(|db| {
            insert(db, row)?;
            if let Some((caller, session_id)) = caller {
                lease_callers::insert(db, caller, session_id)?;
            }
            db.prepare_cached(CLAIM_NEW)?.execute(named_params! {
                ":id": row.id, ":claimer": claimer, ":until": until.timestamp_millis(),
            })?;
            Ok(Claim {
                lease_id: row.id.clone(),
                generation: 1,
            })
        })
    }

    /// Notes that the end of these leases was asked for, all or none: those on which nobody has
    /// begun, and that are not ending already. The answer is how many they are. A line that is to
    /// be noted is written once for each of them.
    pub fn ask_end(&self, ids: &[String], at: DateTime<Utc>) -> Result<usize, StoreError> {
        self.store.write(|db| ask_end(db, ids, at, self.line))
    }

    /// Takes the asking back where no work has begun and nobody is about to. The answer is the
    /// leases that stay; a line that is to be noted is written once for each of them.
    pub fn unask_end(&self, ids: &[String], now: DateTime<Utc>) -> Result<Vec<String>, StoreError> {
        self.store.write(|db| {
            let mut statement = db.prepare_cached(UNASK_END)?;
            let mut stay = Vec::new();
            for id in ids {
                if statement.execute(named_params! {":id": id, ":now": millis(now)})? > 0 {
                    note_about(db, self.line, id)?;
                    stay.push(id.clone());
                }
            }
            Ok(stay)
        })
    }

    /// Notes for which lead times, in minutes, somebody was reminded of this expiry. Whoever holds
    /// the lease is not disturbed; a lease that was renewed meanwhile stays as it is.
    pub fn note_reminder(
        &self,
        id: &str,
        expires_at: DateTime<Utc>,
        minutes: &[u32],
    ) -> Result<(), StoreError> {
        self.store.write(|db| {
            db.prepare_cached(REMINDED)?.execute(named_params! {
                ":id": id, ":expires_at": millis(expires_at), ":minutes": json(minutes)?,
            })?;
            Ok(())
        })
    }

    /// The one with this id.
    pub fn by_id(&self, id: &str) -> Result<Option<LeaseRow>, StoreError> {
        self.store.read(|db| {
            let mut statement = db.prepare_cached(BY_ID)?;
            let mut rows = statement.query(named_params! {":id": id})?;
            rows.next()?.map(LeaseRow::read).transpose()
        })
    }

    /// The ones with these ids, in their order; unknown ids are left out.
    pub fn by_ids(&self, ids: &[String]) -> Result<Vec<LeaseRow>, StoreError> {
        self.store.read(|db| {
            let mut statement = db.prepare_cached(BY_ID)?;
            let mut found = Vec::with_capacity(ids.len());
            for id in ids {
                let mut rows = statement.query(named_params! {":id": id})?;
                if let Some(row) = rows.next()? {
                    found.push(LeaseRow::read(row)?);
                }
            }
            Ok(found)
        })
    }

    /// Writes a lease by whoever holds its claim: everything but `id`, `secret_id`, `created_at`,
    /// `end_asked_at` and the generation.
    ///
    /// # Errors
    /// [`StoreError::Lost`] when somebody else has claimed it since; then nothing is written.
    pub fn save(&self, claim: &Claim, row: &LeaseRow) -> Result<(), StoreError> {
        self.write(|db| save(db, claim, row))
    }

    /// The same, and keeps the lease's sealed key in the same moment: there is never one without the
    /// other. `kept` is the line that tells of the key.
    ///
    /// # Errors
    /// As [`Leases::save`].
    pub fn save_with_key(
        &self,
        claim: &Claim,
        row: &LeaseRow,
        sealed: &[u8],
        kept: &ActivityLine,
    ) -> Result<(), StoreError> {
        self.store.write(|db| {
            save(db, claim, row)?;
            kept_keys::put(db, &row.id, sealed)?;
            if let Some(line) = self.line {
                activity::append(db, line)?;
            }
            activity::append(db, kept).map(drop)
        })
    }

    /// Every line of the activity log about a lease, oldest first, one after the other.
    pub fn each_event(
        &self,
        lease_id: &str,
        mut tell: impl FnMut(ActivityRow),
    ) -> Result<(), StoreError> {
        self.store
            .read(|db| activity::of_lease(db, lease_id, &mut tell))
    }

    /// The same, all at once.
    pub fn events(&self, lease_id: &str) -> Result<Vec<ActivityRow>, StoreError> {
        let mut all = Vec::new();
        self.each_event(lease_id, |row| all.push(row))?;
        Ok(all)
    }
}
