//! Issuing: a row, then `CreateUser`, then everything else at once. Whatever fails after the row
//! turns it into an ending that the next start would find and finish.

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::{join, join_all};
use leasehold_aws::{AwsErrorKind, Entity, NewKey, NewUser};
use leasehold_domain::recipe::Recipe;
use leasehold_domain::{Code, EndReason, LeaseState, Moment, Problem, guard, lease_ttl};
use leasehold_store::{ConnectionKind, ConnectionRow, LeaseRow, SecretRow};

use super::work::{CLAIM, Fault, Patience, Work, passes};
use super::{IssueRequest, Issued};
use crate::core::Core;
use crate::credentials::Credentials;
use crate::wire::{Event, IssueStep};

/// How far `CreateDate` may lie from what we take for AWS's time before we believe neither.
const CLOCKS_AGREE: TimeDelta = TimeDelta::minutes(15);
/// Keys and policies are listed once more so long after the issue: self-protection may have
/// lagged behind the key.
const RECHECK: TimeDelta = TimeDelta::seconds(30);

pub(super) async fn issue(core: &Core, request: &IssueRequest) -> Result<Issued, Problem> {
    let secret = crate::reference::resolve(&core.store, &request.secret)?;
    if secret.deleting {
        return Err(crate::secrets::deleting(&secret));
    }
    let connection = core.connection(&secret.connection_id)?;
    let recipe = crate::secrets::recipe_of(&secret, &connection)?;
    let ttl = lease_ttl(request.ttl.as_deref(), recipe.default_ttl, recipe.max_ttl)?;
    let label = match request.label.as_deref().map(str::trim) {
        None | Some("") => None,
        Some(label) => Some(leasehold_domain::Label::parse("label", label)?),
    };
    let user_name = crate::secrets::Secrets(core).user_name(&recipe)?;
    // The keychain may be locked: known before anything is written.
    let reached = core.reach(&connection).await?;

    let mut row = plan(core, &secret, &connection, &recipe, user_name.as_str());
    row.ttl_s = ttl.secs();
    row.expires_at = core.aws_now(&connection) + ttl.as_delta();
    row.label = label.map(|label| label.as_str().to_owned());
    row.kept = request.keep;
    let now = core.clock.now();
    let claim = core.store.leases().insert_claimed(
        &row,
        &core.worker,
        now + CLAIM,
        (
            now,
            "recorded",
            &format!("Recorded before AWS was asked, for {}.", row.requested_by),
        ),
    )?;
    let mut work = Work::with(core, reached.aws, connection, row, claim);
    let progress = Progress {
        core,
        request_id: request.request_id.clone(),
    };
    progress.step(&work.row, IssueStep::Recorded);

    match make(&mut work, &progress).await {
        Ok(key) => {
            work.release();
            let credentials = Credentials {
                access_key_id: key.access_key_id,
                secret_access_key: key.secret,
                region: work.row.region.clone(),
                user_name: work.row.user_name.clone(),
                expires_at: work.row.expires_at,
            };
            Ok(Issued {
                lease: super::view::lease(core, &work.row),
                credentials,
            })
        }
        Err(fault) => Err(undo(&mut work, fault).await),
    }
}

struct Progress<'a> {
    core: &'a Core,
    request_id: Option<String>,
}

impl Progress<'_> {
    fn step(&self, row: &LeaseRow, step: IssueStep) {
        let Some(request_id) = self.request_id.clone() else {
            return;
        };
        self.core.events.tell(Event::IssueProgress {
            request_id,
            lease_id: row.id.clone(),
            step,
        });
    }
}

/// Both round trips. On `Ok` the lease is active, every guard acknowledged, and the row says so.
async fn make(work: &mut Work<'_>, progress: &Progress<'_>) -> Result<NewKey, Fault> {
    create_user(work).await?;
    progress.step(&work.row, IssueStep::UserCreated);
    let key = dress(work).await?;
    if work.aws_now() >= work.row.expires_at {
        return Err(Fault::Other(
            Problem::new(
                Code::Refused,
                "AWS took so long that the lease's time was over before it could be used.",
            )
            .with_hint("Choose a longer TTL, or try again when AWS throttles less."),
        ));
    }
    if work.row.kept
        && let Err(problem) = work.core.keep_key(&work.row.id, &key.secret).await
    {
        // The lease itself is fine; only the convenience is lost.
        tracing::warn!(lease = %work.row.id, code = ?problem.code, "the key is not kept");
        work.row.kept = false;
    }
    work.row.access_key_id = Some(key.access_key_id.clone());
    work.row.state = LeaseState::Active;
    work.row.recheck_at = Some(work.core.clock.now() + RECHECK);
    let text = format!(
        "Every guard was acknowledged; AWS denies the key after {}.",
        { Moment::from(work.row.expires_at).document() }
    );
    work.save("active", &text)?;
    progress.step(&work.row, IssueStep::Guarded);
    Ok(key)
}

/// First round trip.
async fn create_user(work: &mut Work<'_>) -> Result<(), Fault> {
    let user = NewUser {
        name: work.row.user_name.clone(),
        path: work.row.iam_path.clone(),
        boundary: work.row.boundary.clone(),
        tags: work.row.tags.clone(),
    };
    let mut answer = work.call(work.aws.create_user(&user)).await;
    if !user.tags.is_empty() && denies_tags(&answer) {
        // `iam:TagUser` is an optional permission; AWS makes no user when tags are refused.
        let untagged = NewUser {
            tags: Vec::new(),
            ..user.clone()
        };
        work.row.tags = Vec::new();
        work.save(
            "tags_left_out",
            "The managing user may not tag users; tags are left out.",
        )?;
        answer = work.call(work.aws.create_user(&untagged)).await;
    }
    let (user_id, arn, created_at) = match answer {
        Ok(created) => (created.user_id, created.arn, created.created_at),
        Err(Fault::Aws(error)) if error.kind == AwsErrorKind::AlreadyThere => {
            // A lost answer and the SDK's retry look like this. The name has at least 64 random
            // bits; a user under our path that was made just now is ours.
            let found = work.patient(|| work.aws.get_user(&user.name)).await?;
            if !looks_ours(work, &found.path, found.created_at) {
                return Err(Fault::Aws(error));
            }
            (found.user_id, found.arn, found.created_at)
        }
        Err(fault) => return Err(fault),
    };
    if (created_at - work.aws_now()).abs() > CLOCKS_AGREE {
        // The user is ours: its id is recorded so that the undoing can find it.
        work.row.user_id = Some(user_id);
        work.save_quietly()?;
        return Err(Fault::Other(
            Problem::new(
                Code::AwsClock,
                format!(
                    "AWS dates the new user {}, far from this computer's time.",
                    Moment::from(created_at).document()
                ),
            )
            .with_hint("Set this computer's clock, then check the connection."),
        ));
    }
    let issued = Moment::from(created_at).datetime();
    let ttl = seconds(work.row.ttl_s);
    work.row.user_arn = arn;
    work.row.user_id = Some(user_id);
    work.row.issued_at = Some(issued);
    work.row.expires_at = issued + ttl;
    work.row.max_expires_at = issued + seconds(work.row.max_ttl_s);
    work.row.guards = vec![work.row.expires_at];
    work.save("user_created", "AWS made the user; it can do nothing yet.")
}

/// True for a user that can only have come from this row: under its path, with a name of at least
/// 64 random bits (the caller asked by that name), and not older than the row.
pub(super) fn looks_ours(work: &Work<'_>, path: &str, created_at: DateTime<Utc>) -> bool {
    let behind = (work.aws_now() - work.core.clock.now()).min(TimeDelta::zero());
    path == work.row.iam_path && created_at >= work.row.created_at + behind - CLOCKS_AGREE
}

fn denies_tags<T>(answer: &Result<T, Fault>) -> bool {
    let Err(Fault::Aws(error)) = answer else {
        return false;
    };
    matches!(&error.kind, AwsErrorKind::Denied { action, .. } if action.eq_ignore_ascii_case("iam:TagUser"))
}

/// One thing that the second round trip puts on the user.
enum Put {
    Inline {
        name: String,
        document: String,
        field: Option<String>,
    },
    Managed(String),
    Group(String),
}

fn wardrobe(row: &LeaseRow, installation: &leasehold_domain::InstallationId) -> Vec<Put> {
    let mut puts = vec![
        Put::Inline {
            name: guard::self_name(installation),
            document: guard::self_document(&row.user_arn),
            field: None,
        },
        Put::Inline {
            name: guard::until_name(Moment::from(row.expires_at), installation),
            document: guard::until_document(Moment::from(row.expires_at)),
            field: None,
        },
    ];
    puts.extend(
        row.documents
            .iter()
            .enumerate()
            .map(|(index, document)| Put::Inline {
                name: guard::doc_name(index + 1),
                document: document.clone(),
                field: Some(format!("policy_documents[{index}]")),
            }),
    );
    puts.extend(row.policy_arns.iter().cloned().map(Put::Managed));
    puts.extend(row.groups.iter().cloned().map(Put::Group));
    puts
}

/// Second round trip: guards, documents, attachments, groups and the key, all at once.
async fn dress(work: &Work<'_>) -> Result<NewKey, Fault> {
    let puts = wardrobe(&work.row, &work.core.installation);
    let all = join_all(puts.iter().map(|put| apply(work, put)));
    let (answers, key) = join(all, make_key(work)).await;
    let mut again = Vec::new();
    for (put, answer) in puts.iter().zip(answers) {
        match answer {
            Ok(()) => {}
            // "Another request is changing this user": then one after another.
            Err(fault) if fault.is_concurrent() => again.push(put),
            Err(fault) => return Err(fault),
        }
    }
    for put in again {
        one_by_one(work, || apply(work, put)).await?;
    }
    match key {
        Err(fault) if fault.is_concurrent() => one_by_one(work, || make_key(work)).await,
        key => key,
    }
}

async fn apply(work: &Work<'_>, put: &Put) -> Result<(), Fault> {
    let (aws, user) = (&work.aws, work.row.user_name.as_str());
    match put {
        Put::Inline {
            name,
            document,
            field,
        } => {
            let answer = work
                .patient(|| aws.put_user_policy(user, name, document))
                .await;
            match field {
                Some(field) => answer.map_err(|fault| about(fault, field)),
                None => answer,
            }
        }
        Put::Managed(arn) => work
            .patient(|| aws.attach_user_policy(user, arn))
            .await
            .map_err(|fault| about(fault, "policy_arns")),
        Put::Group(group) => work
            .patient(|| aws.add_user_to_group(user, group))
            .await
            .map_err(|fault| about(fault, "groups")),
    }
}

/// Names the form's field in a refusal that is about what the field holds.
fn about(fault: Fault, field: &str) -> Fault {
    match fault {
        Fault::Aws(error)
            if matches!(
                error.kind,
                AwsErrorKind::NotThere(Entity::Policy | Entity::Group | Entity::Other)
                    | AwsErrorKind::Malformed
                    | AwsErrorKind::Limit
            ) =>
        {
            Fault::Other(Problem::from(error).at(field))
        }
        other => other,
    }
}

/// Repeats what met `ConcurrentModification`, alone this time.
async fn one_by_one<T, F, R>(work: &Work<'_>, act: F) -> Result<T, Fault>
where
    F: Fn() -> R,
    R: Future<Output = Result<T, Fault>>,
{
    let mut patience = Patience::new();
    loop {
        match act().await {
            Err(fault) if fault.is_concurrent() && patience.left() => {
                patience.pause(work.core).await;
            }
            answer => return answer,
        }
    }
}

/// Makes the key. It is asked for again only after an answer that proves that none was made;
/// after a lost answer every key of the user is removed first, since nobody knows its secret.
async fn make_key(work: &Work<'_>) -> Result<NewKey, Fault> {
    let user = work.row.user_name.as_str();
    let mut patience = Patience::new();
    let mut cleared = false;
    loop {
        match work.call(work.aws.create_access_key(user)).await {
            Err(Fault::Aws(error)) if error.maybe_done => {
                if cleared {
                    return Err(Fault::Aws(error));
                }
                for key in work.patient(|| work.aws.list_access_keys(user)).await? {
                    work.patient(|| work.aws.delete_access_key(user, &key.id))
                        .await?;
                }
                cleared = true;
            }
            Err(fault) if passes(&fault) && patience.left() => patience.pause(work.core).await,
            answer => return answer,
        }
    }
}

/// Takes everything down again and says what failed; what cannot be undone stays visible.
async fn undo(work: &mut Work<'_>, fault: Fault) -> Problem {
    let nothing_made =
        matches!(&fault, Fault::Aws(error) if !error.maybe_done) && work.row.user_id.is_none();
    let lost = matches!(fault, Fault::Lost);
    let field_of_boundary = matches!(fault.not_there(), Some(Entity::Policy | Entity::Other))
        && work.row.user_id.is_none();
    let mut problem = Problem::from(fault);
    if field_of_boundary {
        problem = problem.at("permission_boundary");
    }
    if lost {
        return problem;
    }
    work.row.reason = Some(problem.message.clone());
    work.row.hint.clone_from(&problem.hint);
    let undone = if nothing_made {
        super::end::rest_without_user(work)
    } else {
        let begun = work.begin_end(EndReason::IssueFailed, &problem.message);
        match begun {
            Ok(()) => super::end::run(work).await,
            Err(fault) => Err(fault),
        }
    };
    work.release();
    if undone.is_err() || !work.row.state.is_rest() {
        let then = "What was made is still being removed; the lease stays visible until AWS \
                    confirms.";
        let hint = problem.hint.take();
        problem.hint = Some(hint.map_or(then.to_owned(), |hint| format!("{hint} {then}")));
    }
    problem
}

fn plan(
    core: &Core,
    secret: &SecretRow,
    connection: &ConnectionRow,
    recipe: &Recipe,
    user_name: &str,
) -> LeaseRow {
    let now = core.clock.now();
    let aws_now = core.aws_now(connection);
    LeaseRow {
        id: uuid::Uuid::new_v4().to_string(),
        secret_id: Some(secret.id.clone()),
        secret_name: secret.name.clone(),
        environment: secret.environment.clone(),
        folder: secret.folder.clone(),
        connection_id: connection.id.clone(),
        connection_name: connection.name.clone(),
        practice: connection.kind == ConnectionKind::Practice,
        account_id: connection.account_id.clone(),
        partition: connection.partition.clone(),
        region: secret.region.clone(),
        iam_path: recipe.iam_path.as_str().to_owned(),
        user_name: user_name.to_owned(),
        user_arn: format!(
            "arn:{}:iam::{}:user{}{user_name}",
            connection.partition,
            connection.account_id,
            recipe.iam_path.as_str()
        ),
        user_id: None,
        access_key_id: None,
        boundary: secret.boundary.clone(),
        groups: secret.groups.clone(),
        policy_arns: secret.policy_arns.clone(),
        documents: recipe
            .documents
            .iter()
            .map(|doc| doc.compact().to_owned())
            .collect(),
        tags: secret.tags.clone(),
        default_ttl_s: secret.default_ttl_s,
        ttl_s: secret.default_ttl_s,
        max_ttl_s: secret.max_ttl_s,
        label: None,
        requested_by: core.requester.clone(),
        installation: core.installation.as_str().to_owned(),
        guards: Vec::new(),
        state: LeaseState::Issuing,
        end_reason: None,
        created_at: now,
        issued_at: None,
        expires_at: aws_now,
        max_expires_at: aws_now + recipe.max_ttl.as_delta(),
        pending_expires_at: None,
        cut_at: None,
        ended_at: None,
        usable_after_ms: None,
        step: 0,
        total_steps: super::end::STEPS,
        blocked_by: None,
        next_attempt_at: None,
        recheck_at: None,
        attempts: 0,
        reason: None,
        hint: None,
        alarm: None,
        notified_minutes: Vec::new(),
        kept: false,
        generation: 0,
    }
}

/// Seconds of a stored TTL; the domain keeps them under ten years.
pub(super) fn seconds(secs: u64) -> TimeDelta {
    i64::try_from(secs)
        .ok()
        .and_then(TimeDelta::try_seconds)
        .unwrap_or(TimeDelta::MAX)
}
