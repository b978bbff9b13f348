//! `leasehold credentials`: the kept key of a live lease, or a new lease. Whoever asks at the same
//! moment gets the same key.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_domain::{Code, LeaseState, Problem, Ttl, lease_ttl};
use leasehold_store::{LeaseRow, SecretRow};

use crate::core::Core;
use crate::credentials::Credentials;
use crate::kept::damaged;
use crate::leases::{Caller, IssueRequest, Issued, Leases, view};
use crate::note::Note;
use crate::reference::resolve;
use crate::settings::{SettingsDesk, check_share};
use crate::turn::Turn;
use crate::wire::{ActivityKind, TRIED_SECONDS};

/// An issue lasts seconds, the wait until AWS takes its key at most two minutes more.
const PATIENCE: Duration = Duration::from_secs(180);
/// A key of this age that nobody saw working is handed out all the same: it was tried as long.
const TRIED_ENOUGH: TimeDelta = TimeDelta::seconds(TRIED_SECONDS as i64);
/// Whoever sits at this computer, by the command or by the window.
const LOCAL: [&str; 2] = ["cli", "window"];

/// What `leasehold credentials` asks for.
#[derive(Debug, Clone, Default)]
pub struct CredentialsRequest {
    /// The dynamic secret, by any of its names.
    pub secret: String,
    /// Length of a lease that has to be issued; the secret's default where nothing is said.
    pub ttl: Option<String>,
    /// Percent of a lease's time, 0 to 90, that must be left for its kept key to be handed out;
    /// the setting where nothing is said.
    pub reuse_share: Option<u32>,
}

impl CredentialsRequest {
    /// The key of this secret, with nothing special asked for.
    pub fn of(secret: impl Into<String>) -> Self {
        Self {
            secret: secret.into(),
            ..Self::default()
        }
    }
}

/// How much must be left of a lease.
#[derive(Debug, Clone, Copy)]
struct Enough {
    percent: u32,
    /// What was asked for as the length of a lease.
    asked: Option<TimeDelta>,
}

impl Enough {
    /// True when what is left at `now` is the share of the lease's own length, or of the one that
    /// was asked for where that is longer. Nothing left is never enough.
    fn is_left(
        self,
        issued_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> bool {
        let left = (expires_at - now).num_milliseconds();
        let own = expires_at - issued_at;
        let whole = self.asked.map_or(own, |asked| asked.max(own));
        left > 0 && left.saturating_mul(100) >= whole.num_milliseconds() * i64::from(self.percent)
    }
}

/// The live lease that was kept for this secret and caller when enough of it is left, else a new
/// one that is kept. One of several callers at a time issues; the others get what it made.
pub(crate) async fn credentials(
    core: &Core,
    request: &CredentialsRequest,
) -> Result<Issued, Problem> {
    let secret = resolve(&core.store, &request.secret)?;
    let enough = enough(core, &secret, request)?;
    if let Some(issued) = kept(core, &secret, enough, Seen::Working).await? {
        return Ok(issued);
    }
    let turn = format!("credentials {} {}", secret.id, caller(core));
    let _turn = Turn::take(&core.home, &turn, PATIENCE).await?;
    if let Some(mut issued) = kept(core, &secret, enough, Seen::OrNot).await? {
        // Made by somebody who was killed before the key was seen to work.
        if is_untried(core, &issued) {
            issued.lease = wait_usable(core, &issued).await?;
        }
        return Ok(issued);
    }
    let request = IssueRequest {
        secret: secret.id,
        ttl: request.ttl.clone(),
        keep: true,
        ..IssueRequest::default()
    };
    let mut issued = Leases(core).issue(&request).await?;
    issued.lease = wait_usable(core, &issued).await?;
    Ok(issued)
}

/// The same for somebody from outside: what was kept for another is never handed out to this one.
pub(crate) async fn credentials_for(
    core: &Core,
    request: &CredentialsRequest,
    caller: &Caller,
    session_id: &str,
) -> Result<Issued, Problem> {
    let secret = resolve(&core.store, &request.secret)?;
    let enough = enough(core, &secret, request)?;
    if let Some(issued) = kept_for(core, &secret, enough, caller).await? {
        return Ok(issued);
    }
    let turn = format!(
        "credentials {} {} {} {} {}",
        secret.id, caller.access_id, caller.asserted_by, caller.stable_id, caller.arn
    );
    let _turn = Turn::take(&core.home, &turn, PATIENCE).await?;
    if let Some(issued) = kept_for(core, &secret, enough, caller).await? {
        return Ok(issued);
    }
    let request = IssueRequest {
        secret: secret.id,
        ttl: request.ttl.clone(),
        keep: true,
        ..IssueRequest::default()
    };
    let mut issued = Leases(core).issue_for(&request, caller, session_id).await?;
    // What STS gives works at once, and its clients wait for two seconds.
    if issued.lease.renewable {
        issued.lease = wait_usable(core, &issued).await?;
    }
    Ok(issued)
}

/// What was kept for this one, where there is something.
pub(crate) async fn found_for(
    core: &Core,
    request: &CredentialsRequest,
    caller: &Caller,
) -> Result<Option<Issued>, Problem> {
    let secret = resolve(&core.store, &request.secret)?;
    let enough = enough(core, &secret, request)?;
    kept_for(core, &secret, enough, caller).await
}

/// Whether whoever has this caller's name now is the one that the lease was made for.
fn is_of(core: &Core, lease_id: &str, caller: &Caller) -> Result<bool, Problem> {
    let made_for = core.store.lease_callers().get(lease_id)?;
    Ok(made_for.is_some_and(|made| {
        made.access_id == caller.access_id
            && made.asserted_by == caller.asserted_by
            && made.stable_id == caller.stable_id
            && made.arn == caller.arn
    }))
}

async fn kept_for(
    core: &Core,
    secret: &SecretRow,
    enough: Enough,
    caller: &Caller,
) -> Result<Option<Issued>, Problem> {
    let requesters = [caller.arn.as_str()];
    for id in core.store.kept_keys().find_for(&secret.id, &requesters)? {
        let Some(lease) = core.store.leases().by_id(&id)? else {
            continue;
        };
        if is_left_of(core, &lease, enough)
            && is_of(core, &id, caller)?
            && let Some(issued) = hand_out(core, &lease).await?
        {
            return Ok(Some(issued));
        }
    }
    Ok(None)
}

fn is_left_of(core: &Core, lease: &LeaseRow, enough: Enough) -> bool {
    let aws_now = core.clock.now() + core.offset_over(&lease.connection_id);
    let issued_at = lease.issued_at.unwrap_or(lease.created_at);
    lease.state == LeaseState::Active && enough.is_left(issued_at, lease.expires_at, aws_now)
}

fn enough(
    core: &Core,
    secret: &SecretRow,
    request: &CredentialsRequest,
) -> Result<Enough, Problem> {
    let (default, max) = (secret.default_ttl_s, secret.max_ttl_s);
    let asked = match request.ttl.as_deref() {
        None => None,
        some => Some(lease_ttl(some, Ttl::from_secs(default), Ttl::from_secs(max))?.as_delta()),
    };
    let percent = match request.reuse_share {
        Some(percent) => percent,
        None => SettingsDesk(core).get()?.reuse_share,
    };
    check_share(percent)?;
    Ok(Enough { percent, asked })
}

/// Who may be handed what this one kept: the person at this computer is one, by command or window.
fn caller(core: &Core) -> &str {
    match LOCAL.contains(&core.requester.as_str()) {
        true => "local",
        false => &core.requester,
    }
}

/// Whether a key must have been seen working.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// It must: somebody may be trying it right now.
    Working,
    /// Nobody is trying it: the turn is ours.
    OrNot,
}

async fn kept(
    core: &Core,
    secret: &SecretRow,
    enough: Enough,
    seen: Seen,
) -> Result<Option<Issued>, Problem> {
    let own = [core.requester.as_str()];
    let requesters = match caller(core) {
        "local" => LOCAL.as_slice(),
        _ => own.as_slice(),
    };
    for id in core.store.kept_keys().find_for(&secret.id, requesters)? {
        let Some(lease) = core.store.leases().by_id(&id)? else {
            continue;
        };
        let aws_now = core.clock.now() + core.offset_over(&lease.connection_id);
        if !is_left_of(core, &lease, enough)
            || (seen == Seen::Working && may_not_work_yet(&lease, aws_now))
        {
            continue;
        }
        if let Some(issued) = hand_out(core, &lease).await? {
            return Ok(Some(issued));
        }
    }
    Ok(None)
}

fn may_not_work_yet(lease: &LeaseRow, aws_now: DateTime<Utc>) -> bool {
    let issued_at = lease.issued_at.unwrap_or(lease.created_at);
    lease.usable_after_ms.is_none() && aws_now - issued_at < TRIED_ENOUGH
}

/// The kept key of this lease. `None` when it is of no use any more.
async fn hand_out(core: &Core, lease: &LeaseRow) -> Result<Option<Issued>, Problem> {
    let Some(access_key_id) = lease.access_key_id.clone() else {
        return Ok(None);
    };
    let kept = match core.kept_key(&lease.id).await {
        // A session's key without its token, or the other way round, is of no use.
        Ok(Some(kept)) if kept.session_token.is_some() != lease.credential.is_session() => {
            return Ok(None);
        }
        Ok(Some(kept)) => kept,
        Ok(None) => return Ok(None),
        // It will never be readable again; a new lease is.
        Err(problem) if problem.code == Code::KeychainNoEntry || problem == damaged() => {
            tracing::warn!(lease = %lease.id, code = ?problem.code, "the kept key is of no use");
            return Ok(None);
        }
        Err(problem) => return Err(problem),
    };
    tracing::debug!(stage = "key opened");
    // No line, no key.
    let text = "Its kept key was handed out again.";
    let line = core.line(Note::new(ActivityKind::HandedOut, text).of_lease(lease));
    if !core.store.kept_keys().hand_out(&lease.id, &line)? {
        return Ok(None);
    }
    tracing::debug!(stage = "line written");
    core.activity_grew();
    Ok(Some(Issued {
        lease: view::lease(core, lease),
        credentials: Credentials {
            access_key_id,
            secret_access_key: kept.secret,
            session_token: kept.session_token,
            region: lease.region.clone(),
            user_name: lease.user_name.clone(),
            expires_at: lease.expires_at,
        },
    }))
}

/// The kept key of one lease, shown again to the person who kept it. Written into the activity log
/// first.
///
/// # Errors
/// The lease is unknown, is not active or over, its key was not kept or cannot be opened, or
/// the keychain is locked.
pub(crate) async fn open_kept(core: &Core, lease_id: &str) -> Result<Issued, Problem> {
    let lease = crate::leases::row(core, lease_id)?;
    let aws_now = core.clock.now() + core.offset_over(&lease.connection_id);
    if lease.state != LeaseState::Active || aws_now >= lease.expires_at {
        return Err(Problem::new(
            Code::Refused,
            "The lease is over or about to end; its key is not shown any more.",
        )
        .with_hint("Generate a new lease."));
    }
    if !lease.kept {
        return Err(not_kept());
    }
    // Kept keys that cannot be opened are skipped by `hand_out`; here a person asked for this one.
    if let Err(problem) = core.kept_key(lease_id).await {
        return Err(match problem.code {
            Code::KeychainNoEntry => damaged(),
            _ => problem,
        });
    }
    hand_out(core, &lease).await?.ok_or_else(|| {
        Problem::new(
            Code::Refused,
            "The end of this lease was asked for, or something was found on it: its key is not shown any more.",
        )
        .with_hint("Look at the lease, then generate a new one.")
    })
}

fn not_kept() -> Problem {
    Problem::new(Code::NotFound, "The key of this lease is not kept.").with_hint(
        "A secret access key is shown once, unless it is kept then. Generate a new lease.",
    )
}

fn is_untried(core: &Core, issued: &Issued) -> bool {
    let row = core.store.leases().by_id(&issued.lease.id);
    row.ok().flatten().is_some_and(|lease| {
        let aws_now = core.clock.now() + core.offset_over(&lease.connection_id);
        may_not_work_yet(&lease, aws_now)
    })
}

async fn wait_usable(core: &Core, issued: &Issued) -> Result<crate::wire::LeaseView, Problem> {
    Leases(core)
        .wait_usable(&issued.lease.id, &issued.credentials, None)
        .await
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::Enough;

    #[test]
    fn a_share_of_the_longer_of_both_lengths_must_be_left() {
        // percent, length asked for, the lease's own length, left, is it enough?
        let table = [
            (25, None, 3600, 3600, true),
            (25, None, 3600, 900, true),
            (25, None, 3600, 899, false),
            (25, Some(60), 3600, 900, true),
            (25, Some(7200), 3600, 1800, true),
            (25, Some(7200), 3600, 1799, false),
            (0, None, 3600, 1, true),
            (0, None, 3600, 0, false),
            (0, None, 3600, -5, false),
            (90, None, 3600, 3240, true),
            (90, None, 3600, 3239, false),
            (90, Some(3600), 3600, 3600, true),
        ];
        let at = |s: i64| DateTime::from_timestamp(1_800_000_000 + s, 0).unwrap();
        for (percent, asked, own, left, expected) in table {
            let enough = Enough {
                percent,
                asked: asked.map(TimeDelta::seconds),
            };
            assert_eq!(
                enough.is_left(at(0), at(own), at(own - left)),
                expected,
                "{percent} % of {asked:?} or {own}, {left} left"
            );
        }
    }
}
