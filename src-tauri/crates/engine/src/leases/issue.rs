//! Issuing: a row, then `CreateUser`, then everything else at once; or a row, then one call to STS.
//! Whatever fails after the row turns it into an ending that the next start would find and finish.

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_aws::{AwsErrorKind, CreatedUser, Entity, KeySet, NewUser};
use leasehold_domain::{Code, EndReason, LeaseState, Moment, Problem, session as sts};
use leasehold_store::LeaseRow;

use super::asked::Asked;
use super::caller::Caller;
use super::dress::dress;
use super::fault::Fault;
use super::held::{CLAIM, Held};
use super::patience::Patience;
use super::plan::{plan, seconds};
use super::session;
use super::work::Work;
use super::{IssueRequest, Issued};
use crate::core::Core;
use crate::credentials::Credentials;
use crate::kept::Sealer;
use crate::note::Note;
use crate::wire::{ActivityKind, Event, IssueStep, Outcome};

/// How far `CreateDate` may lie from what we take for AWS's time before we believe neither.
const CLOCKS_AGREE: TimeDelta = TimeDelta::minutes(15);
/// Keys and policies are listed once more so long after the issue: self-protection may have
/// lagged behind the key.
const RECHECK: TimeDelta = TimeDelta::seconds(30);

/// Renewed once by the shortest TTL, a canary needs no more than this.
const CANARY_MAX: u64 = 180;

pub(super) async fn issue(core: &Core, request: &IssueRequest) -> Result<Issued, Problem> {
    issue_as(core, request, MadeFor::Anyone).await
}

/// What a lease is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MadeFor<'a> {
    /// Whoever asked for it.
    Anyone,
    /// A canary with this id: it passes the gate and is told from others.
    Canary(&'a str),
    /// A running command, by its owner's name.
    Command(&'a str),
    /// Somebody from outside, in the session of this id.
    Outside(&'a Caller, &'a str),
}

/// The same for something in particular.
pub(super) async fn issue_as(
    core: &Core,
    request: &IssueRequest,
    made_for: MadeFor<'_>,
) -> Result<Issued, Problem> {
    let mut asked = Asked::default();
    let issued = go(core, request, made_for, &mut asked).await;
    issued.inspect_err(|problem| asked.refused(core, problem))
}

async fn go(
    core: &Core,
    request: &IssueRequest,
    made_for: MadeFor<'_>,
    asked: &mut Asked,
) -> Result<Issued, Problem> {
    let secret = crate::reference::resolve(&core.store, &request.secret)?;
    asked.secret = Some(secret.clone());
    if secret.deleting {
        return Err(crate::secrets::deleting(&secret));
    }
    let connection = core.connection(&secret.connection_id)?;
    asked.connection = Some(connection.clone());
    let is_canary = matches!(made_for, MadeFor::Canary(_));
    if !is_canary && !request.despite_preflight {
        crate::preflight::gate(core, &secret, &connection)?;
    }
    let recipe = crate::draft::recipe_of(&secret, &connection)?;
    let ttl = recipe.lease_ttl(request.ttl.as_deref(), crate::draft::signer(&connection))?;
    let label = match request.label.as_deref().map(str::trim) {
        None | Some("") => None,
        Some(label) => Some(leasehold_domain::Label::parse("label", label)?),
    };
    let name = match recipe.user() {
        Some(user) => {
            let name = crate::secrets::Secrets(core).user_name(&recipe, user)?;
            name.as_str().to_owned()
        }
        None => sts::new_session_name(recipe.credential_type(), recipe.name.as_str())?,
    };
    // The keychain may be locked: known before anything is written.
    let reached = core.reach(&connection).await?;
    let sealer = match request.keep {
        true => Some(core.sealer().await?),
        false => None,
    };

    let mut row = plan(core, &secret, &connection, &recipe, &name);
    row.ttl_s = ttl.secs();
    row.expires_at = core.aws_now(&connection) + ttl.as_delta();
    if row.credential.is_session() {
        row.max_expires_at = row.expires_at;
    }
    row.label = label.map(|label| label.as_str().to_owned());
    match made_for {
        MadeFor::Anyone => {}
        MadeFor::Canary(id) => {
            row.id = id.to_owned();
            row.requested_by = crate::preflight::REQUESTER.to_owned();
            if !row.credential.is_session() {
                row.max_ttl_s = row.max_ttl_s.max(CANARY_MAX);
                row.max_expires_at = core.aws_now(&connection) + seconds(row.max_ttl_s);
            }
        }
        MadeFor::Command(owner) => row.owner = Some(owner.to_owned()),
        MadeFor::Outside(caller, _) => row.requested_by = caller.arn.clone(),
    }
    let now = core.clock.now();
    let text = match made_for {
        MadeFor::Command(_) => {
            let who = &row.requested_by;
            format!("Recorded before AWS was asked, for {who}: it ends with the command it is for.")
        }
        MadeFor::Outside(caller, _) => {
            format!("Recorded before AWS was asked, for {}.", caller.told())
        }
        _ => format!("Recorded before AWS was asked, for {}.", row.requested_by),
    };
    let line = core.line(Note::new(ActivityKind::Recorded, text).of_lease(&row));
    let leases = core.store.leases().noting(&line);
    let caller = match made_for {
        MadeFor::Outside(caller, session_id) => Some((caller.row(&row.id), session_id)),
        _ => None,
    };
    let caller = caller
        .as_ref()
        .map(|(caller, session_id)| (caller, *session_id));
    let claim = leases.insert_claimed_for(&row, &core.worker, now + CLAIM, caller)?;
    asked.recorded = true;
    core.activity_grew();
    let held = Held::of_new(core, row, claim, now + CLAIM);
    let mut work = Work::with(held, reached.aws, connection);
    let progress = Progress {
        core,
        request_id: request.request_id.clone(),
    };
    progress.step(&work.row, IssueStep::Recorded);

    match make(&mut work, &progress, sealer.as_ref()).await {
        Ok(key) => {
            work.release();
            let credentials = Credentials {
                access_key_id: key.access_key_id,
                secret_access_key: key.secret,
                session_token: key.session_token,
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

/// Both round trips. On `Ok` the lease is active, every guard acknowledged, and the row says so. A
/// key that is to be kept is kept in the commit that makes the lease active: whatever happens then,
/// no lease is open whose key nobody has.
async fn make(
    work: &mut Work<'_>,
    progress: &Progress<'_>,
    sealer: Option<&Sealer>,
) -> Result<KeySet, Fault> {
    let (key, text) = match work.row.credential.is_session() {
        true => session::open(work).await?,
        false => make_user(work, progress).await?,
    };
    if work.aws_now() >= work.row.expires_at {
        return Err(Fault::Other(
            Problem::new(
                Code::Refused,
                "AWS took so long that the lease's time was over before it could be used.",
            )
            .with_hint("Choose a longer TTL, or try again when AWS throttles less."),
        ));
    }
    work.row.access_key_id = Some(key.access_key_id.clone());
    work.row.state = LeaseState::Active;
    if !work.row.credential.is_session() {
        work.row.recheck_at = Some(work.core.clock.now() + RECHECK);
    }
    match sealer {
        Some(sealer) => {
            let sealed = sealer.seal(&work.row.id, &key.secret, key.session_token.as_ref())?;
            work.row.kept = true;
            work.save_with_key(ActivityKind::Active, &text, &sealed)?;
        }
        None => work.save(ActivityKind::Active, &text)?,
    }
    work.core.confirm(&work.row);
    progress.step(&work.row, IssueStep::Guarded);
    Ok(key)
}

/// The user, then all that hangs on it. The second half of the answer is what the history says of it.
async fn make_user(
    work: &mut Work<'_>,
    progress: &Progress<'_>,
) -> Result<(KeySet, String), Fault> {
    create_user(work).await?;
    progress.step(&work.row, IssueStep::UserCreated);
    let key = dress(work).await?;
    let text = format!(
        "Every guard was acknowledged; AWS denies the key after {}.",
        Moment::from(work.row.expires_at).document()
    );
    let key = KeySet {
        access_key_id: key.access_key_id,
        secret: key.secret,
        session_token: None,
        ends_at: None,
    };
    Ok((key, text))
}

/// First round trip.
async fn create_user(work: &mut Work<'_>) -> Result<(), Fault> {
    let made = ask_for_user(work).await;
    if matches!(made, Err(Fault::Lost)) {
        take_back(work).await;
    }
    made
}

async fn ask_for_user(work: &mut Work<'_>) -> Result<(), Fault> {
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
            ActivityKind::TagsLeftOut,
            "The managing user may not tag users; tags are left out.",
        )?;
        answer = work.call(work.aws.create_user(&untagged)).await;
    }
    let created = match answer {
        Ok(created) => created,
        Err(Fault::Aws(error)) if error.kind == AwsErrorKind::AlreadyThere => {
            match made_by_an_earlier_try(work).await? {
                Some(created) => created,
                None => return Err(Fault::Aws(error)),
            }
        }
        Err(fault) => return Err(fault),
    };
    if (created.created_at - work.aws_now()).abs() > CLOCKS_AGREE {
        // The user is ours: its id is recorded so that the undoing can find it.
        work.row.user_id = Some(created.user_id);
        work.save_quietly()?;
        return Err(Fault::Other(
            Problem::new(
                Code::AwsClock,
                format!(
                    "AWS dates the new user {}, far from this computer's time.",
                    Moment::from(created.created_at).document()
                ),
            )
            .with_hint("Set this computer's clock, then check the connection."),
        ));
    }
    let issued = Moment::from(created.created_at).datetime();
    let (ttl, max) = (seconds(work.row.ttl_s), seconds(work.row.max_ttl_s));
    work.row.user_arn = created.arn;
    work.row.user_id = Some(created.user_id);
    work.row.issued_at = Some(issued);
    work.row.expires_at = issued + ttl;
    work.row.max_expires_at = issued + max;
    work.row.guards = vec![work.row.expires_at];
    work.save(
        ActivityKind::UserCreated,
        "AWS made the user; it can do nothing yet.",
    )
}

/// A lost answer and the SDK's retry look like a name that is taken, and so does a request that
/// the network delivered twice. The name has at least 64 random bits, and a user under our path
/// that was made just now is ours. `None` when it is not.
async fn made_by_an_earlier_try(work: &Work<'_>) -> Result<Option<CreatedUser>, Fault> {
    let name = work.row.user_name.as_str();
    let found = work.patient(|| work.aws.get_user(name)).await?;
    let ours = looks_ours(work, &found.path, found.created_at);
    Ok(ours.then_some(CreatedUser {
        user_id: found.user_id,
        arn: found.arn,
        created_at: found.created_at,
    }))
}

/// This process stood still while `CreateUser` was under way, and another one may have concluded
/// meanwhile that AWS never made the user. Where AWS did or does so yet, the bare user is deleted.
/// Where the other one is still at work on the lease it finds the user by itself.
async fn take_back(work: &Work<'_>) {
    let row = super::row(work.core, &work.row.id);
    if !row.is_ok_and(|row| row.state.is_rest()) {
        return;
    }
    let mut patience = Patience::new();
    let deleted = loop {
        match work.aws.delete_user(&work.row.user_name).await {
            Err(_) if patience.left() => patience.pause().await,
            answer => break answer,
        }
    };
    let note = |text: &str| work.mine(Note::new(ActivityKind::LateUser, text));
    let note = match deleted {
        Ok(()) => {
            note("AWS made the user after all, long after it was asked; it was deleted again.")
        }
        Err(error) if error.kind == AwsErrorKind::NotThere(Entity::User) => return,
        Err(_) => note("AWS may have made the user after all; it holds no key and no permission.")
            .went(Outcome::Alarm),
    };
    work.core.note_after(note.calls(work.log.take()));
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

/// Takes everything down again and says what failed; what cannot be undone stays visible.
async fn undo(work: &mut Work<'_>, fault: Fault) -> Problem {
    if work.row.credential.is_session() {
        return session::undo(work, fault).await;
    }
    if matches!(fault, Fault::Lost) {
        return fault.into();
    }
    // Only a plain refusal of `CreateUser` itself proves that there is nothing to take down.
    let nothing_made = work.row.user_id.is_none()
        && matches!(&fault, Fault::Aws(e) if e.action == "iam:CreateUser" && !e.maybe_done);
    let about_boundary = work.row.user_id.is_none()
        && matches!(fault.not_there(), Some(Entity::Policy | Entity::Other));
    let mut problem = Problem::from(fault);
    if about_boundary {
        problem = problem.at("permission_boundary");
    }
    work.row.hint.clone_from(&problem.hint);
    let undone = if nothing_made {
        work.row.reason = Some(problem.message.clone());
        super::end::rest_without_user(work)
    } else {
        match work.begin_end(EndReason::IssueFailed, &problem.message) {
            Ok(()) => super::end::run(work).await,
            Err(Fault::Lost) => Err(Fault::Lost),
            Err(_) => {
                // The ledger cannot be written, and still says that the user may exist. It is taken
                // down all the same: nobody may get to see its key any more.
                work.go_on_unwritten();
                super::end::run(work).await
            }
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
