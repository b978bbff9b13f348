//! `leasehold credentials`: the kept key of a live lease, or a new lease.

use chrono::TimeDelta;
use leasehold_domain::{Code, LeaseState, Problem, Ttl};

use crate::core::Core;
use crate::credentials::Credentials;
use crate::kept::damaged;
use crate::leases::{IssueRequest, Issued, Leases, view};
use crate::note::Note;
use crate::reference::resolve;
use crate::wire::ActivityKind;

/// A kept lease with less left than this is not handed out again.
const ENOUGH: TimeDelta = TimeDelta::minutes(5);

/// The live lease that was kept for this secret and caller when enough of it is left, else a new
/// one that is kept.
pub(crate) async fn credentials(
    core: &Core,
    secret: &str,
    ttl: Option<String>,
) -> Result<Issued, Problem> {
    let row = resolve(&core.store, secret)?;
    let whole = Ttl::from_secs(row.default_ttl_s).as_delta();
    let enough = ENOUGH.min(whole / 4);
    for id in core.store.kept_keys().find_for(&row.id, &core.requester)? {
        let Some(lease) = core.store.leases().by_id(&id)? else {
            continue;
        };
        let aws_now = core.clock.now() + core.offset_over(&lease.connection_id);
        let left = lease.expires_at - aws_now;
        if lease.state != LeaseState::Active || left < enough {
            continue;
        }
        let Some(access_key_id) = lease.access_key_id.clone() else {
            continue;
        };
        let secret_access_key = match core.kept_key(&id).await {
            Ok(Some(secret)) => secret,
            Ok(None) => continue,
            // It will never be readable again; a new lease is.
            Err(problem) if problem.code == Code::KeychainNoEntry || problem == damaged() => {
                tracing::warn!(lease = %id, code = ?problem.code, "the kept key is of no use");
                continue;
            }
            Err(problem) => return Err(problem),
        };
        // No line, no key.
        let text = "Its kept key was handed out again.";
        core.note(Note::new(ActivityKind::HandedOut, text).of_lease(&lease))?;
        let credentials = Credentials {
            access_key_id,
            secret_access_key,
            region: lease.region.clone(),
            user_name: lease.user_name.clone(),
            expires_at: lease.expires_at,
        };
        return Ok(Issued {
            lease: view::lease(core, &lease),
            credentials,
        });
    }
    let request = IssueRequest {
        secret: row.id,
        ttl,
        keep: true,
        ..IssueRequest::default()
    };
    let mut issued = Leases(core).issue(&request).await?;
    issued.lease = Leases(core)
        .wait_usable(&issued.lease.id, &issued.credentials, None)
        .await?;
    Ok(issued)
}
