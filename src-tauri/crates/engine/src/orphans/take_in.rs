//! A user of ours that the ledger lost becomes a lease again, or one that is ending.

use chrono::{DateTime, Utc};
use leasehold_aws::{Aws, KeyFacts, UserFacts};
use leasehold_domain::{Code, EndReason, LeaseState, Moment, Problem};
use leasehold_store::{ConnectionKind, ConnectionRow, LeaseFilter, LeaseRow, SecretRow};

use super::marks::Marks;
use crate::core::Core;
use crate::leases::plan::{bare, seconds};
use crate::leases::taken_in;
use crate::wire::{LeaseView, Origin, OrphanView};

/// A lease without a dynamic secret is named so.
const ADOPTED: &str = "(adopted)";

/// What AWS shows of it now.
struct Found {
    facts: UserFacts,
    keys: Vec<KeyFacts>,
    managed: Vec<String>,
    groups: Vec<String>,
    marks: Marks,
}

pub(super) async fn adopt(
    core: &Core,
    connection: &ConnectionRow,
    orphan: &OrphanView,
) -> Result<LeaseView, Problem> {
    let found = look(core, connection, orphan).await?;
    let only_removal = |why: &str| {
        Problem::new(
            Code::Refused,
            format!(
                "The user `{}` {why}; it cannot be a lease again.",
                orphan.user_name
            ),
        )
        .with_hint("Remove it: `leasehold orphan remove`.")
        .at("user")
    };
    let Some(expires_at) = found.marks.expires_at else {
        return Err(only_removal(
            "has no dated guard, so that nothing says when it was to end",
        ));
    };
    let [key] = found.keys.as_slice() else {
        return Err(only_removal(match found.keys.is_empty() {
            true => "has no key, so that nobody can use it",
            false => "has several keys, of which Leasehold made only one",
        }));
    };
    let mut row = row_of(core, connection, orphan, &found, expires_at)?;
    row.access_key_id = Some(key.id.clone());
    row.state = LeaseState::Active;
    row.recheck_at = Some(core.clock.now());
    let text = format!(
        "Taken in from account {}: the user carries this installation's guards. AWS denies its \
         key after {}.",
        connection.account_id,
        Moment::from(expires_at).document()
    );
    taken_in::keep(core, row, &text)
}

pub(super) async fn remove(
    core: &Core,
    connection: &ConnectionRow,
    orphan: &OrphanView,
) -> Result<LeaseView, Problem> {
    let found = look(core, connection, orphan).await?;
    let expires_at = found.marks.expires_at.unwrap_or(found.facts.created_at);
    let mut row = row_of(core, connection, orphan, &found, expires_at)?;
    row.access_key_id = found.keys.first().map(|key| key.id.clone());
    row.state = LeaseState::Revoking;
    row.end_reason = Some(EndReason::ByUs);
    let text = format!(
        "Taken in from account {} to be removed: the user carries this installation's guards.",
        connection.account_id
    );
    taken_in::end(core, row, &text).await
}

/// Everything of the user in one round trip; it must still be the one that was listed, and ours.
async fn look(
    core: &Core,
    connection: &ConnectionRow,
    orphan: &OrphanView,
) -> Result<Found, Problem> {
    let aws: Aws = core.reach(connection).await?.aws;
    let user = orphan.user_name.as_str();
    let (facts, keys, inline, managed, groups) = tokio::try_join!(
        aws.get_user(user),
        aws.list_access_keys(user),
        aws.list_user_policies(user),
        aws.list_attached_user_policies(user),
        aws.list_groups_for_user(user),
    )?;
    let marks = Marks::of(&inline, &core.installation);
    if facts.user_id != orphan.user_id || marks.origin != Origin::Ours {
        return Err(Problem::new(
            Code::AwsForeign,
            format!("The user `{user}` is not the one that was found; nothing was done."),
        )
        .with_hint("Somebody replaced it just now. Look once more.")
        .at("user"));
    }
    Ok(Found {
        facts,
        keys,
        managed,
        groups,
        marks,
    })
}

fn row_of(
    core: &Core,
    connection: &ConnectionRow,
    orphan: &OrphanView,
    found: &Found,
    expires_at: DateTime<Utc>,
) -> Result<LeaseRow, Problem> {
    let secret = secret_of(core, connection, orphan)?;
    let issued = found.facts.created_at;
    let ttl_s = u64::try_from((expires_at - issued).num_seconds()).unwrap_or_default();
    let max_ttl_s = secret.as_ref().map_or(ttl_s, |s| s.max_ttl_s.max(ttl_s));
    let default_ttl_s = secret.as_ref().map_or(ttl_s.max(60), |s| s.default_ttl_s);
    let issued_at = Moment::from(issued).datetime();
    Ok(LeaseRow {
        secret_id: secret.as_ref().map(|s| s.id.clone()),
        secret_name: secret.as_ref().map_or(ADOPTED.into(), |s| s.name.clone()),
        environment: secret
            .as_ref()
            .map_or(String::new(), |s| s.environment.clone()),
        folder: secret.as_ref().map_or("/".into(), |s| s.folder.clone()),
        connection_id: connection.id.clone(),
        connection_name: connection.name.clone(),
        practice: connection.kind == ConnectionKind::Practice,
        account_id: connection.account_id.clone(),
        partition: connection.partition.clone(),
        region: secret
            .as_ref()
            .map_or(connection.region.clone(), |s| s.region.clone()),
        iam_path: found.facts.path.clone(),
        user_name: orphan.user_name.clone(),
        user_arn: found.facts.arn.clone(),
        user_id: Some(found.facts.user_id.clone()),
        boundary: found.facts.boundary.clone(),
        groups: found.groups.clone(),
        policy_arns: (found.managed.iter())
            .filter(|arn| !taken_in::is_quarantine(arn))
            .cloned()
            .collect(),
        // No permission that is asked for reads what they say.
        documents: vec![String::new(); found.marks.documents],
        tags: found.facts.tags.clone(),
        default_ttl_s,
        ttl_s,
        max_ttl_s,
        requested_by: core.requester.clone(),
        installation: core.installation.as_str().to_owned(),
        guards: found.marks.expires_at.into_iter().collect(),
        issued_at: Some(issued_at),
        expires_at,
        max_expires_at: expires_at.max(issued_at + seconds(max_ttl_s)),
        ..bare(core.clock.now())
    })
}

/// The dynamic secret it was made from, as far as that shows: by the lease at rest that names the
/// same user, else by the path, where only one secret of this connection has it.
fn secret_of(
    core: &Core,
    connection: &ConnectionRow,
    orphan: &OrphanView,
) -> Result<Option<SecretRow>, Problem> {
    let filter = LeaseFilter {
        search: Some(orphan.user_name.clone()),
        ..LeaseFilter::default()
    };
    let earlier = core.store.leases().list(&filter)?.into_iter();
    let mut earlier =
        earlier.filter(|lease| lease.user_id.as_deref() == Some(orphan.user_id.as_str()));
    if let Some(id) = earlier.find_map(|lease| lease.secret_id) {
        return Ok(core.store.secrets().by_id(&id)?);
    }
    let mut secrets = core.store.secrets().all()?;
    secrets.retain(|s| {
        s.connection_id == connection.id && s.iam_path == orphan.iam_path && !s.deleting
    });
    Ok(match secrets.len() {
        1 if orphan.iam_path != "/" => secrets.pop(),
        _ => None,
    })
}
