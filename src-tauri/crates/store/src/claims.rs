//! Claims: who may act on a lease, until when, and proof that nobody took over in between.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, named_params};

use crate::row::millis;
use crate::{Leases, StoreError};

const CLAIM: &str = "UPDATE leases \
    SET claimed_by = :claimer, claim_until = :until, generation = generation + 1 \
    WHERE id = :id AND (claimed_by IS NULL OR claim_until <= :now OR claim_until > :latest) \
    RETURNING generation";
const HOLDS: &str = "SELECT 1 FROM leases WHERE id = :id AND generation = :generation \
    AND claimed_by IS NOT NULL AND claim_until > :now";
const EXTEND: &str = "UPDATE leases SET claim_until = :until \
    WHERE id = :id AND generation = :generation AND claimed_by IS NOT NULL";
/// The generation moves on here too: nothing can be saved with a claim that was given back.
const RELEASE: &str = "UPDATE leases \
    SET claimed_by = NULL, claim_until = NULL, generation = generation + 1 \
    WHERE id = :id AND generation = :generation";

/// The right to act on one lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The lease.
    pub lease_id: String,
    /// What the lease's generation was when it was claimed.
    pub generation: i64,
}

impl Leases<'_> {
    /// Takes the lease when nobody holds it at `now`; `None` when somebody does or it is unknown.
    ///
    /// A claim that ended before `now` belongs to somebody who died or slept, and is taken over. So
    /// is one that ends later than any that is made now could, by its own length and more: the
    /// clock was set back since, and its holder, if there is one, notices by the generation.
    pub fn claim(
        &self,
        lease_id: &str,
        claimer: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<Claim>, StoreError> {
        self.store.write(|db| {
            let generation = db
                .prepare_cached(CLAIM)?
                .query_row(
                    named_params! {
                        ":id": lease_id,
                        ":claimer": claimer,
                        ":now": millis(now),
                        ":until": millis(until),
                        ":latest": millis(until + (until - now)),
                    },
                    |row| row.get(0),
                )
                .optional()?;
            Ok(generation.map(|generation| Claim {
                lease_id: lease_id.to_owned(),
                generation,
            }))
        })
    }

    /// True while the claim is ours and its time is not over: asked before every AWS call.
    pub fn holds(&self, claim: &Claim, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.store.read(|db| {
            let found = db
                .prepare_cached(HOLDS)?
                .query_row(
                    named_params! {
                        ":id": claim.lease_id,
                        ":generation": claim.generation,
                        ":now": millis(now),
                    },
                    |_| Ok(()),
                )
                .optional()?;
            Ok(found.is_some())
        })
    }

    /// Moves the end of the claim; also one that is over, when nobody took the lease meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Lost`] when somebody did.
    pub fn extend(&self, claim: &Claim, until: DateTime<Utc>) -> Result<(), StoreError> {
        self.store.write(|db| {
            let changed = db.prepare_cached(EXTEND)?.execute(named_params! {
                ":id": claim.lease_id,
                ":generation": claim.generation,
                ":until": millis(until),
            })?;
            match changed {
                0 => Err(StoreError::Lost {
                    lease_id: claim.lease_id.clone(),
                }),
                _ => Ok(()),
            }
        })
    }

    /// Gives the lease back. A claim that was lost meanwhile is fine.
    pub fn release(&self, claim: &Claim) -> Result<(), StoreError> {
        self.store.write(|db| {
            db.prepare_cached(RELEASE)?.execute(named_params! {
                ":id": claim.lease_id, ":generation": claim.generation,
            })?;
            Ok(())
        })
    }
}
