//! Pages of the lease history: the window shows a few of them, however long it is.

use leasehold_domain::{Code, Problem};
use leasehold_store::{COUNTED_MATCHES, LeaseMark, LeaseOrder, LeasePageFilter, LeaseSet as Set};

use super::view;
use crate::core::Core;
use crate::wire::{LeasePage, LeasePageQuery, LeaseSet, LeaseSort};

/// Leases of a page where nothing is said.
const USUAL: u32 = 100;
/// More are not read at once.
const MOST: u32 = 500;

pub(super) fn list(core: &Core, query: &LeasePageQuery) -> Result<LeasePage, Problem> {
    let filter = filter(query)?;
    let found = core.store.leases().page(&filter)?;
    let offsets = core.offsets()?;
    let total = match (&query.after, &query.before) {
        (None, None) => Some(core.store.leases().count_of(&filter)?),
        _ => None,
    };
    let (first, last) = found.ends.unzip();
    Ok(LeasePage {
        leases: found
            .rows
            .iter()
            .map(|row| view::lease_at(core, row, offsets.of(&row.connection_id)))
            .collect(),
        first: first.map(|mark| mark.text()),
        last: last.map(|mark| mark.text()),
        more: found.more,
        total: total.map(|total| u32::try_from(total).unwrap_or(u32::MAX)),
        uncounted: query.search.is_some() && total == Some(COUNTED_MATCHES),
    })
}

fn filter(query: &LeasePageQuery) -> Result<LeasePageFilter, Problem> {
    let mut filter = LeasePageFilter {
        set: match query.set {
            LeaseSet::All => Set::All,
            LeaseSet::Ended => Set::Ended,
            LeaseSet::Attention => Set::Attention,
        },
        secret_id: query.secret_id.clone(),
        connection: query.connection.clone(),
        environment: query.environment.clone(),
        search: query.search.clone(),
        order: match query.sort {
            LeaseSort::Lease => LeaseOrder::Name,
            LeaseSort::State => LeaseOrder::Gravity,
            LeaseSort::Issued => LeaseOrder::Recorded,
            LeaseSort::Ends => LeaseOrder::End,
        },
        ascending: query.ascending,
        after: None,
        before: None,
        limit: query.limit.unwrap_or(USUAL).clamp(1, MOST),
    };
    let mark = |text: &Option<String>| match text {
        None => Ok(None),
        Some(text) => LeaseMark::parse(text, &filter)
            .map(Some)
            .ok_or_else(unknown_mark),
    };
    let (after, before) = (mark(&query.after)?, mark(&query.before)?);
    filter.after = after;
    filter.before = before;
    Ok(filter)
}

fn unknown_mark() -> Problem {
    Problem::new(
        Code::Refused,
        "The page to go on from is not one of this list and this order.",
    )
    .with_hint("Begin at the first page again.")
}
