//! Whether the leases of a secret could be made, renewed and ended, known before one is needed.
//!
//! Two ways, both honest about what they do not know. *Probes* ask AWS without changing anything: the
//! policy simulator where the managing user may ask it, else calls about things that cannot exist.
//! The *canary* is the whole life of one lease, with a key that nobody sees. What was found is kept with
//! the recipe it was found for; while it says that a lease could not be revoked, none is issued.

mod canary;
mod judge;
mod needs;
mod probes;
mod sessions;
mod simulation;
mod verdicts;

use std::collections::{BTreeMap, BTreeSet};

use leasehold_aws::CallerIdentity;
use leasehold_domain::recipe::Recipe;
use leasehold_domain::{AccountId, Code, Partition, Problem, managing_policy};
use leasehold_store::{ConnectionRow, LeaseRow, SecretRow};
use serde::{Deserialize, Serialize};

use crate::core::Core;
use crate::draft::Needs;
use crate::note::Note;
use crate::reach::Reached;
use crate::wire::{ActivityKind, NeededFor, Preflight, Probe, Verdict};
use judge::Answer;
use needs::{Question, needs};

pub(crate) use canary::{
    LABEL as CANARY_LABEL, SESSION_TTL as CANARY_SESSION_TTL, TTL as CANARY_TTL,
};

/// Who asked for a canary's lease, instead of a person or program.
pub(crate) const REQUESTER: &str = "preflight";

/// Whether a lease is a canary: nobody holds its key, and nothing reminds of its end.
pub(crate) fn is_canary(row: &LeaseRow) -> bool {
    row.requested_by == REQUESTER
}

/// What is asked about, and over which connection.
struct Flight<'a> {
    core: &'a Core,
    secret: &'a SecretRow,
    connection: &'a ConnectionRow,
    recipe: &'a Recipe,
    reached: &'a Reached,
    caller: &'a CallerIdentity,
}

/// A pre-flight as it is stored: with the recipe and connection that it is about.
#[derive(Serialize, Deserialize)]
struct Stored {
    basis: String,
    preflight: Preflight,
}

/// Asks, flies a canary where one is wanted, and keeps what was found.
pub(crate) async fn run(core: &Core, reference: &str, canary: bool) -> Result<Preflight, Problem> {
    let secret = crate::reference::resolve(&core.store, reference)?;
    if secret.deleting {
        return Err(crate::secrets::deleting(&secret));
    }
    let connection = core.connection(&secret.connection_id)?;
    let recipe = crate::draft::recipe_of(&secret, &connection)?;
    let reached = core.reach(&connection).await?;
    let caller = reached.aws.caller_identity().await?;
    if caller.account != connection.account_id {
        return Err(Problem::new(
            Code::AwsForeign,
            format!(
                "The key of connection `{}` belongs to account {}, not {}.",
                connection.name, caller.account, connection.account_id
            ),
        )
        .with_hint("Add the other account as a connection of its own."));
    }
    let flight = Flight {
        core,
        secret: &secret,
        connection: &connection,
        recipe: &recipe,
        reached: &reached,
        caller: &caller,
    };
    let answers = ask(&flight).await?;
    let basis = basis(&secret, &connection);
    let earlier = stored(core, &secret.id)?
        .filter(|one| one.basis == basis)
        .and_then(|one| one.preflight.canary);
    let (flown, is_fresh) = match canary {
        true => (Some(canary::fly(&flight).await?), true),
        false => (earlier, false),
    };
    let mut probes = rows(&recipe, &connection, &answers);
    if let Some(canary) = &flown {
        verdicts::learn(&mut probes, canary, is_fresh);
    }
    let preflight = Preflight {
        at: core.clock.now(),
        caller_arn: caller.arn.clone(),
        issue: verdicts::of(&probes, NeededFor::Issue),
        renew: match recipe.user() {
            Some(_) => verdicts::of(&probes, NeededFor::Renew),
            None => Verdict::NotPossible,
        },
        revoke: match probes
            .iter()
            .any(|probe| probe.needed_for == NeededFor::Revoke)
        {
            true => verdicts::of(&probes, NeededFor::Revoke),
            false => Verdict::NotPossible,
        },
        missing: missing(&secret, &connection, &probes)?,
        probes,
        canary: flown,
        outdated: false,
    };
    keep(core, &secret.id, basis, &preflight)?;
    let (kind, text) = match canary {
        true => (
            ActivityKind::SecretCanary,
            "The whole life of a lease was tried with a canary.",
        ),
        false => (
            ActivityKind::SecretPreflight,
            "What its leases need was asked without a change.",
        ),
    };
    core.note_after(Note::new(kind, text).of_secret(&secret).over(&connection));
    Ok(preflight)
}

/// One answer a question: the simulator's where it can be asked, else AWS's to a call.
async fn ask(flight: &Flight<'_>) -> Result<BTreeMap<Question, Answer>, Problem> {
    let questions: BTreeSet<Question> = needs(flight.recipe, flight.connection)
        .into_iter()
        .flat_map(|need| need.questions)
        .collect();
    let mut answers = simulation::ask(flight, &questions).await?;
    let open: Vec<Question> = questions
        .into_iter()
        .filter(|question| !answers.contains_key(question))
        .collect();
    answers.extend(probes::ask(flight, open).await?);
    Ok(answers)
}

/// The answers as the shells see them: one row an action, a resource and a use.
fn rows(
    recipe: &Recipe,
    connection: &ConnectionRow,
    answers: &BTreeMap<Question, Answer>,
) -> Vec<Probe> {
    let needs = needs(recipe, connection).into_iter();
    needs
        .map(|need| {
            let found: Vec<&Answer> = need
                .questions
                .iter()
                .filter_map(|q| answers.get(q))
                .collect();
            let answer = judge::worst(&found);
            Probe {
                action: need.action.to_owned(),
                resource: need.resource,
                needed_for: need.needed_for,
                verdict: answer.verdict,
                note: answer.note,
            }
        })
        .collect()
}

/// The statements to add, for what AWS is known to deny.
fn missing(
    secret: &SecretRow,
    connection: &ConnectionRow,
    probes: &[Probe],
) -> Result<Option<String>, Problem> {
    let denied: BTreeSet<&str> = probes
        .iter()
        .filter(|probe| probe.verdict == Verdict::Denied)
        .filter(|probe| probe.needed_for != NeededFor::Optional)
        .map(|probe| probe.action.as_str())
        .collect();
    let partition = Partition::parse("partition", &connection.partition)?;
    let account = AccountId::parse("account_id", &connection.account_id)?;
    Ok(match crate::draft::scope(secret, connection)? {
        Needs::Users(scope) => managing_policy::missing(&partition, &account, &scope, &denied),
        Needs::Sessions(scope) => {
            managing_policy::missing_of_session(&partition, &account, &scope, &denied)
        }
    })
}

/// Everything of a secret and its connection that an answer depends on.
fn basis(secret: &SecretRow, connection: &ConnectionRow) -> String {
    serde_json::json!([
        [
            &connection.id,
            &connection.access_key_id,
            &connection.account_id
        ],
        [&connection.caller_arn, &connection.endpoint_url],
        [
            &secret.name,
            &secret.iam_path,
            &secret.boundary,
            &secret.username_template
        ],
        &secret.groups,
        &secret.policy_arns,
        &secret.documents,
        &secret.tags,
        &secret.credential,
    ])
    .to_string()
}

fn stored(core: &Core, secret_id: &str) -> Result<Option<Stored>, Problem> {
    let text = core.store.secrets().preflight(secret_id)?;
    // What an older Leasehold wrote, or a hand, is as good as nothing.
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

fn keep(core: &Core, secret_id: &str, basis: String, found: &Preflight) -> Result<(), Problem> {
    let stored = Stored {
        basis,
        preflight: found.clone(),
    };
    let text = serde_json::to_string(&stored).map_err(|error| {
        Problem::new(
            Code::Internal,
            format!("A pre-flight cannot be written: {error}."),
        )
    })?;
    core.store.secrets().set_preflight(secret_id, &text)?;
    core.catalog_changed();
    Ok(())
}

/// What is known of a secret; `outdated` where it was edited since.
pub(crate) fn view(
    core: &Core,
    secret: &SecretRow,
    connection: Option<&ConnectionRow>,
) -> Result<Option<Preflight>, Problem> {
    let Some(found) = stored(core, &secret.id)? else {
        return Ok(None);
    };
    let holds = connection.is_some_and(|connection| basis(secret, connection) == found.basis);
    Ok(Some(Preflight {
        outdated: !holds,
        ..found.preflight
    }))
}

/// The same by the secret's id; what cannot be read is as good as nothing.
pub(crate) fn of_secret(core: &Core, secret_id: &str) -> Option<Preflight> {
    stored(core, secret_id).ok().flatten()?;
    let secret = core.store.secrets().by_id(secret_id).ok().flatten()?;
    let connection = core.store.connections().by_id(&secret.connection_id);
    view(core, &secret, connection.ok().flatten().as_ref()).ok()?
}

/// Refuses to issue from a secret whose leases could not be revoked, as far as is known of it as it is
/// now. No AWS call is made.
pub(crate) fn gate(
    core: &Core,
    secret: &SecretRow,
    connection: &ConnectionRow,
) -> Result<(), Problem> {
    // A session ends by itself, whatever is allowed.
    if secret.credential.is_session() {
        return Ok(());
    }
    let Some(found) = view(core, secret, Some(connection))? else {
        return Ok(());
    };
    if found.outdated || found.revoke != Verdict::Denied {
        return Ok(());
    }
    let mut denied: Vec<&str> = found
        .probes
        .iter()
        .filter(|probe| probe.needed_for == NeededFor::Revoke && probe.verdict == Verdict::Denied)
        .map(|probe| probe.action.as_str())
        .collect();
    denied.dedup();
    let denied = denied.join(", ");
    Err(Problem::new(
        Code::Refused,
        format!(
            "A lease of `{}` could not be revoked: AWS denies {denied} to the managing user.",
            secret.name
        ),
    )
    .with_hint(format!(
        "Allow {denied} for {}, then run `leasehold secret preflight {}`. To issue all the same, \
         add `--despite-preflight`.",
        found.caller_arn, secret.name
    )))
}
