//! Leases: issue, see, renew, revoke.

mod asked;
mod blocker;
mod bulk;
mod caller;
mod compare;
mod dress;
mod due;
mod end;
mod fault;
mod forget;
mod gone;
mod held;
mod issue;
mod look;
mod looks;
mod owned;
mod pages;
mod patience;
pub(crate) mod plan;
mod reconcile;
mod remind;
mod renew;
mod right;
pub(crate) mod session;
mod takedown;
pub(crate) mod taken_in;
mod usable;
pub(crate) mod view;
mod work;

use chrono::{DateTime, Utc};
use leasehold_domain::{Code, LeaseState, Problem};
use leasehold_store::{LeaseFilter, LeaseRow, SecretRow};

pub use bulk::Bulk;
pub use caller::Caller;
pub(crate) use due::run_timer;
use held::Held;
use issue::MadeFor;
pub use owned::Owned;
pub(crate) use owned::is_abandoned;
pub(crate) use patience::{Patience, backoff};
use work::Work;

use crate::core::Core;
use crate::credentials::Credentials;
use crate::note::Note;
use crate::reference::{resolve, shown};
use crate::wire::{
    ActivityKind, LeaseDetail, LeasePage, LeasePageQuery, LeaseView, ReconcileReport, RevokeReport,
    State,
};

/// Why a lease that was never made active is taken down.
const NOBODY_HAS_IT: &str =
    "The process that issued it is gone, and with it the only copy of the key.";

/// So many leases are ended at once; the account's limiter orders their calls.
const AT_ONCE: usize = 8;

/// What to issue.
#[derive(Debug, Clone, Default)]
pub struct IssueRequest {
    /// The dynamic secret, by any of its names.
    pub secret: String,
    /// Its default where nothing is said.
    pub ttl: Option<String>,
    /// A note that stays with the lease.
    pub label: Option<String>,
    /// Comes back in progress events.
    pub request_id: Option<String>,
    /// Seal the key and keep it until the lease ends. Where that is not possible nothing is issued.
    pub keep: bool,
    /// Issue although the last pre-flight says that the lease could not be revoked.
    pub despite_preflight: bool,
}

/// A lease with its key. The key is nowhere else unless it was kept.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The lease.
    pub lease: LeaseView,
    /// Its key.
    pub credentials: Credentials,
}

/// How far a renewal goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renewal {
    /// By the default TTL.
    Default,
    /// By this TTL.
    By(String),
    /// To the maximum.
    ToMax,
}

/// Which leases to list.
#[derive(Debug, Clone, Default)]
pub struct LeaseQuery {
    /// Only of this dynamic secret.
    pub secret: Option<String>,
    /// Only in these states; all when empty.
    pub states: Vec<State>,
    /// Also the ones at rest.
    pub all: bool,
}

/// The leases of this home.
#[derive(Debug, Clone, Copy)]
pub struct Leases<'a>(pub(crate) &'a Core);

impl Leases<'_> {
    /// Issues a lease: recorded first, then made in two dependent round trips.
    ///
    /// # Errors
    /// The request breaks a rule (nothing is done), the keychain or AWS refuses (what was made is
    /// undone; what cannot be undone at once stays visible and is retried).
    pub async fn issue(&self, request: &IssueRequest) -> Result<Issued, Problem> {
        issue::issue(self.0, request).await
    }

    /// The same for somebody from outside, whom the lease remembers. The session that it is asked for in is
    /// looked at in the commit that records the lease: what shuts a way in misses none that is on its way.
    ///
    /// # Errors
    /// As [`Self::issue`]; [`Code::NotFound`](leasehold_domain::Code::NotFound) when the session is over.
    pub async fn issue_for(
        &self,
        request: &IssueRequest,
        caller: &Caller,
        session_id: &str,
    ) -> Result<Issued, Problem> {
        issue::issue_as(self.0, request, MadeFor::Outside(caller, session_id)).await
    }

    /// Issues a canary under this id. Its key is dropped unseen.
    pub(crate) async fn issue_canary(&self, secret: &SecretRow, id: &str) -> Result<(), Problem> {
        let ttl = match secret.credential.is_session() {
            true => crate::preflight::CANARY_SESSION_TTL,
            false => crate::preflight::CANARY_TTL,
        };
        let request = IssueRequest {
            secret: secret.id.clone(),
            ttl: Some(ttl.into()),
            label: Some(crate::preflight::CANARY_LABEL.into()),
            ..IssueRequest::default()
        };
        issue::issue_as(self.0, &request, MadeFor::Canary(id))
            .await
            .map(drop)
    }

    /// Tries the new key until it works; see `usable_after_ms` of the answer.
    ///
    /// # Errors
    /// The lease or its connection is gone.
    pub async fn wait_usable(
        &self,
        lease_id: &str,
        credentials: &Credentials,
        request_id: Option<String>,
    ) -> Result<LeaseView, Problem> {
        usable::wait(self.0, lease_id, credentials, request_id).await
    }

    /// Leases, newest first.
    ///
    /// # Errors
    /// There is no such secret, or the state file cannot be read.
    pub fn list(&self, query: &LeaseQuery) -> Result<Vec<LeaseView>, Problem> {
        let secret_id = match &query.secret {
            Some(reference) => Some(resolve(&self.0.store, reference)?.id),
            None => None,
        };
        let filter = LeaseFilter {
            secret_id,
            states: query.states.iter().map(|state| (*state).into()).collect(),
            open_only: !query.all && query.states.is_empty(),
            ..LeaseFilter::default()
        };
        let rows = self.0.store.leases().list_readable(&filter)?;
        let offsets = self.0.offsets()?;
        Ok(rows
            .iter()
            .map(|row| view::lease_at(self.0, row, offsets.of(&row.connection_id)))
            .collect())
    }

    /// A page of the history, in whatever order; it costs the same however long the history is.
    ///
    /// # Errors
    /// The mark to go on from is none of this order, or the state file cannot be read.
    pub fn page(&self, query: &LeasePageQuery) -> Result<LeasePage, Problem> {
        pages::list(self.0, query)
    }

    /// One lease with its history.
    ///
    /// # Errors
    /// There is no lease of that id.
    pub fn show(&self, id: &str) -> Result<LeaseDetail, Problem> {
        view::detail(self.0, &row(self.0, id)?)
    }

    /// The moment a renewal would lead to. Nothing is done.
    ///
    /// # Errors
    /// The renewal would be refused.
    pub fn preview_renewal(&self, id: &str, renewal: &Renewal) -> Result<DateTime<Utc>, Problem> {
        let row = row(self.0, id)?;
        let connection = self.0.connection(&row.connection_id)?;
        renew::target(&row, renewal, self.0.aws_now(&connection))
    }

    /// Renews: adds to the current expiry, never past the maximum.
    ///
    /// # Errors
    /// The lease is not active or the renewal would pass its maximum (nothing is done), or AWS
    /// refuses (the lease ends when it would have).
    pub async fn renew(&self, id: &str, renewal: &Renewal) -> Result<LeaseView, Problem> {
        let begun = self.begin_renewal(id, renewal).await;
        let mut work = begun.inspect_err(|problem| {
            self.note_refusal(ActivityKind::RenewRefused, id, problem);
        })?;
        let renewed = renew::renew(&mut work, renewal).await;
        work.release();
        renewed?;
        Ok(view::lease(self.0, &work.row))
    }

    async fn begin_renewal(&self, id: &str, renewal: &Renewal) -> Result<Work<'_>, Problem> {
        if let Err(refusal) = self.preview_renewal(id, renewal) {
            let row = row(self.0, id)?;
            let connection = self.0.connection(&row.connection_id)?;
            let is_over = self.0.aws_now(&connection) >= row.expires_at;
            if row.state != LeaseState::Active || !is_over || self.0.is_sure(&row) {
                return Err(refusal);
            }
            // Over by a row that may be an old copy, or by a clock that may be wrong: AWS is
            // asked first.
            reconcile::one(Held::take_soon(self.0, id).await?).await?;
            self.preview_renewal(id, renewal)?;
        }
        let held = Held::take_soon(self.0, id).await?;
        Ok(Work::connect(held).await?)
    }

    /// Something was asked for and could not be begun.
    fn note_refusal(&self, kind: ActivityKind, id: &str, problem: &Problem) {
        let mut note = Note::refusal(kind, problem);
        if let Ok(row) = row(self.0, id) {
            note = note.of_lease(&row);
        }
        self.0.note_after(note);
    }

    /// Ends leases. The report says what AWS confirmed; the rest is retried without end. That they
    /// are to end is recorded first: also of a lease that another process is making or renewing for
    /// longer than a few seconds, which ends once that one lets go.
    ///
    /// # Errors
    /// One of the ids does not exist; then nothing is done.
    pub async fn revoke(&self, ids: &[String]) -> Result<RevokeReport, Problem> {
        bulk::revoke(self.0, ids, Bulk::default()).await
    }

    /// Ends all open leases of a dynamic secret.
    ///
    /// # Errors
    /// There is no such secret.
    pub async fn revoke_secret(&self, reference: &str) -> Result<RevokeReport, Problem> {
        let query = LeaseQuery {
            secret: Some(reference.to_owned()),
            ..LeaseQuery::default()
        };
        let ids: Vec<_> = self
            .list(&query)?
            .into_iter()
            .map(|lease| lease.id)
            .collect();
        self.revoke(&ids).await
    }

    /// Ends everything.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub async fn revoke_all(&self) -> Result<RevokeReport, Problem> {
        let ids: Vec<_> = self
            .list(&LeaseQuery::default())?
            .into_iter()
            .map(|lease| lease.id)
            .collect();
        self.revoke(&ids).await
    }

    /// Tries an ending lease again now instead of when the next try is due.
    ///
    /// # Errors
    /// The lease is not ending.
    pub async fn retry_now(&self, id: &str) -> Result<RevokeReport, Problem> {
        let row = row(self.0, id)?;
        if !matches!(row.state, LeaseState::Revoking | LeaseState::AccessCut) {
            return Err(Problem::new(
                Code::Refused,
                format!(
                    "This lease is {}; there is nothing to try again.",
                    row.state.as_str()
                ),
            ));
        }
        self.revoke(&[id.to_owned()]).await
    }

    /// Ends many leases, with progress and a way to call it off. That they are to end is recorded
    /// first, so that a crash does not forget it; what is called off before work on it began is as
    /// it was.
    ///
    /// # Errors
    /// One of the ids does not exist; then nothing is done.
    pub async fn revoke_many(&self, ids: &[String], bulk: Bulk) -> Result<RevokeReport, Problem> {
        bulk::revoke(self.0, ids, bulk).await
    }

    /// Compares the ledger with the accounts: of one connection, or of all.
    ///
    /// # Errors
    /// There is no such connection. What could not be asked is in the answer.
    pub async fn reconcile(&self, connection: Option<&str>) -> Result<ReconcileReport, Problem> {
        reconcile::run(self.0, connection).await
    }

    /// Gives a lease up without AWS: its user stays there until somebody deletes it. It is listed
    /// as forgotten for ever.
    ///
    /// # Errors
    /// There is no such lease, or it is at rest.
    pub async fn forget(&self, id: &str) -> Result<LeaseView, Problem> {
        forget::forget(self.0, id).await
    }

    /// Who from outside a lease was made for; nobody where it was made for whoever sits here.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn caller(&self, id: &str) -> Result<Option<Caller>, Problem> {
        caller::of(self.0, id)
    }

    /// The newest leases of one who got some, also those that have ended.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn newest_for(&self, caller: &Caller, most: u32) -> Result<Vec<LeaseView>, Problem> {
        let callers = self.0.store.lease_callers();
        let ids = callers.newest_of(&caller.access_id, &caller.stable_id, &caller.arn, most)?;
        ids.iter()
            .map(|id| Ok(view::lease(self.0, &row(self.0, id)?)))
            .collect()
    }

    /// Notes that a person has seen a lease's alarm.
    ///
    /// # Errors
    /// There is no such lease.
    pub async fn acknowledge(&self, id: &str) -> Result<LeaseView, Problem> {
        reconcile::acknowledge(self.0, id).await
    }

    /// The kept key of an active lease, once more. The activity log says so before it is handed out.
    ///
    /// # Errors
    /// There is no such lease, it is over, its key is not kept, or the keychain cannot open it.
    pub async fn open_kept(&self, id: &str) -> Result<Issued, Problem> {
        crate::delivery::open_kept(self.0, id).await
    }

    /// Seals a lease's key for `leasehold credentials`, or forgets it.
    ///
    /// # Errors
    /// The keychain cannot be asked, or the lease has ended.
    pub async fn keep(
        &self,
        id: &str,
        credentials: &Credentials,
        keep: bool,
    ) -> Result<LeaseView, Problem> {
        let mut held = Held::take_soon(self.0, id).await?;
        let kept = keep_held(&mut held, credentials, keep).await;
        held.release();
        kept?;
        Ok(view::lease(self.0, &held.row))
    }
}

async fn keep_held(
    held: &mut Held<'_>,
    credentials: &Credentials,
    keep: bool,
) -> Result<(), Problem> {
    if held.row.state != LeaseState::Active {
        return Err(Problem::new(
            Code::Refused,
            "Only an active lease's key can be kept.",
        ));
    }
    if keep {
        let (secret, token) = (&credentials.secret_access_key, &credentials.session_token);
        let core = held.core;
        core.keep_key(&held.row.id, secret, token.as_ref()).await?;
    } else {
        held.core.store.kept_keys().remove(&held.row.id)?;
    }
    held.row.kept = keep;
    let (kind, text) = match keep {
        true => (ActivityKind::KeyKept, "Its key is kept, sealed."),
        false => (ActivityKind::KeyForgotten, "Its kept key was removed."),
    };
    Ok(held.save(kind, text)?)
}

pub(crate) fn row(core: &Core, id: &str) -> Result<LeaseRow, Problem> {
    core.store
        .leases()
        .by_id(id)?
        .ok_or_else(|| no_such_lease(id))
}

fn no_such_lease(id: &str) -> Problem {
    Problem::new(
        Code::NotFound,
        format!("There is no lease `{}`.", shown(id)),
    )
    .with_hint("`leasehold lease list --all` shows them.")
    .at("id")
}
