//! One screen of everything.

use chrono::TimeDelta;
use leasehold_domain::{Code, LeaseState, Problem};
use leasehold_store::{ConnectionKind, ConnectionRow, LeaseRow, StoreError};

use crate::connections::login_needed;
use crate::core::Core;
use crate::environments::count;
use crate::wire::{ClockOff, KeychainView, StatusView};

const SOON: TimeDelta = TimeDelta::minutes(15);

/// A smaller difference is nobody's trouble.
const CLOCK_OFF: TimeDelta = TimeDelta::minutes(2);

/// The connection by which this computer's clock is worst. The practice account's clock may be
/// skipped at will.
fn clock_off(core: &Core, connections: &[ConnectionRow]) -> Option<ClockOff> {
    connections
        .iter()
        .filter(|connection| connection.kind != ConnectionKind::Practice)
        .map(|connection| (connection, core.offset(connection)))
        .filter(|(_, offset)| offset.abs() > CLOCK_OFF)
        .max_by_key(|(_, offset)| offset.abs())
        .map(|(connection, offset)| ClockOff {
            connection: connection.name.clone(),
            clock_offset_ms: offset.num_milliseconds(),
        })
}

pub(crate) async fn status(core: &Core) -> Result<StatusView, Problem> {
    let (open, broken) = core.store.leases().open_readable()?;
    let connections = core.store.connections().all()?;
    let offsets = core.offsets()?;
    let now = core.clock.now();
    let local_expiry = |lease: &LeaseRow| lease.expires_at - offsets.of(&lease.connection_id);
    // Past its expiry AWS denies the key, whatever the row says.
    let active: Vec<_> = open
        .iter()
        .filter(|l| l.state == LeaseState::Active && local_expiry(l) > now)
        .collect();
    let next = active.iter().min_by_key(|lease| local_expiry(lease));
    let keychain = core.keychain.clone();
    let keychain = tokio::task::spawn_blocking(move || keychain.status())
        .await
        .map_err(|error| {
            Problem::new(
                Code::Internal,
                format!("The keychain could not be asked: {error}."),
            )
        })?;
    let break_glass = crate::break_glass::kept(core)?;
    let notice = core.notice.clone();
    Ok(StatusView {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        home: core.home.display().to_string(),
        active_leases: count(active.iter()),
        ending_soon: count(active.iter().filter(|l| local_expiry(l) - now <= SOON)),
        need_attention: need_attention(core, &connections, &open, |lease| {
            local_expiry(lease) <= now
        }),
        next_expires_at: next.map(|lease| lease.expires_at),
        next_clock_offset_ms: next.map_or(0, |lease| {
            offsets.of(&lease.connection_id).num_milliseconds()
        }),
        clock_off: clock_off(core, &connections),
        connections: count(connections.iter()),
        oldest_key_at: connections
            .iter()
            .filter(|c| c.kind == ConnectionKind::AccessKey)
            .map(|c| c.key_at.unwrap_or(c.created_at))
            .min(),
        keychain: KeychainView {
            kind: keychain.kind.to_owned(),
            name: keychain.name,
            problem: keychain.problem,
        },
        notice: notice
            .or_else(|| unreadable(&broken))
            .or_else(|| break_glass.as_ref()?.problem.clone()),
        break_glass,
        gateway: crate::gateway::status(core)?,
    })
}

/// Leases with an alarm or a failed end, and connections that somebody must log in to: what waits for
/// one log-in is one thing.
fn need_attention(
    core: &Core,
    connections: &[ConnectionRow],
    open: &[LeaseRow],
    is_past: impl Fn(&LeaseRow) -> bool,
) -> u32 {
    let waiting: Vec<_> = connections
        .iter()
        .filter(|row| login_needed(row).is_some())
        .collect();
    let leases = open.iter().filter(|lease| {
        let is_ending = matches!(lease.state, LeaseState::Revoking | LeaseState::AccessCut);
        let is_over = lease.state == LeaseState::Active && is_past(lease);
        let waits = waiting.iter().any(|row| row.id == lease.connection_id);
        lease.alarm.is_some()
            || crate::leases::is_abandoned(core, lease)
            || (lease.attempts > 0 && (is_ending || is_over) && !waits)
    });
    count(leases) + count(waiting.iter())
}

/// What to tell of leases that cannot be read.
fn unreadable(broken: &[StoreError]) -> Option<Problem> {
    let first = broken.first()?;
    let more = match broken.len() - 1 {
        0 => String::new(),
        1 => " So is one more.".to_owned(),
        many => format!(" So are {many} more."),
    };
    Some(
        Problem::new(
            Code::StoreDamaged,
            format!("An open lease cannot be read. {first}{more}"),
        )
        .with_hint(
            "The other leases are looked after. AWS still ends this one at its expiry, but its IAM \
             user stays until the state file is restored from a copy or somebody deletes the user.",
        ),
    )
}
