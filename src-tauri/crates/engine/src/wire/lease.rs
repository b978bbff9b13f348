//! Leases on the wire.

use chrono::{DateTime, Utc};
use leasehold_domain::{Credential, LeaseState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// So long a fresh key is tried, in seconds, before it is taken as it is: the engine gives up, and the
/// window says that nobody tries it any more.
pub const TRIED_SECONDS: u32 = 120;

/// Where a lease stands, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Recorded; its IAM user is being made.
    Issuing,
    /// The key works until the lease expires.
    Active,
    /// Asked to end; access may still be open.
    Revoking,
    /// Key gone or denied; the user still exists.
    AccessCut,
    /// AWS confirmed that the user is gone; of a session, that it was denied everything.
    Revoked,
    /// Ended by itself, with nothing to take away: a session of STS whose time was over.
    Expired,
    /// Never became active; nothing is left in AWS.
    Failed,
    /// Given up by a person; the user may still exist.
    Forgotten,
}

/// Why a lease ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Somebody revoked it here.
    ByUs,
    /// Its time was over.
    Expired,
    /// The user was removed by somebody else.
    GoneOutside,
    /// It could not be issued and was undone.
    IssueFailed,
}

impl From<LeaseState> for State {
    fn from(state: LeaseState) -> Self {
        match state {
            LeaseState::Issuing => Self::Issuing,
            LeaseState::Active => Self::Active,
            LeaseState::Revoking => Self::Revoking,
            LeaseState::AccessCut => Self::AccessCut,
            LeaseState::Revoked => Self::Revoked,
            LeaseState::Expired => Self::Expired,
            LeaseState::Failed => Self::Failed,
            LeaseState::Forgotten => Self::Forgotten,
        }
    }
}

impl From<State> for LeaseState {
    fn from(state: State) -> Self {
        match state {
            State::Issuing => Self::Issuing,
            State::Active => Self::Active,
            State::Revoking => Self::Revoking,
            State::AccessCut => Self::AccessCut,
            State::Revoked => Self::Revoked,
            State::Expired => Self::Expired,
            State::Failed => Self::Failed,
            State::Forgotten => Self::Forgotten,
        }
    }
}

impl From<leasehold_domain::EndReason> for EndReason {
    fn from(reason: leasehold_domain::EndReason) -> Self {
        use leasehold_domain::EndReason as Ended;
        match reason {
            Ended::ByUs => Self::ByUs,
            Ended::Expired => Self::Expired,
            Ended::GoneOutside => Self::GoneOutside,
            Ended::IssueFailed => Self::IssueFailed,
        }
    }
}

/// What a revoke can do for a lease, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RevokeEffect {
    /// It deletes the key at once, and then the user.
    DeletesUser,
    /// It denies everything to the session: the managing user is known to be allowed to.
    DeniesSession,
    /// The same, if the managing user may; that is not known.
    MayDenySession,
    /// Nothing: the session ends by itself.
    EndsByItself,
}

/// Clean-up of a lease that is ending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Cleanup {
    /// Steps that AWS confirmed.
    pub done: u32,
    /// All steps: the key, the attachments, the guards, the user. Of a session two: everything is denied to
    /// it (`key`), and the policy that does is off its role (`guards`).
    pub total: u32,
    /// Each step by itself, in order.
    pub steps: Vec<CleanupStep>,
    /// What AWS says is in the way, where something is.
    pub blocked_by: Option<String>,
    /// The action the managing key lacks to get past it (`iam:DeleteLoginProfile`).
    pub missing_action: Option<String>,
}

/// One step of a clean-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct CleanupStep {
    /// What it takes away.
    pub step: CleanupStepName,
    /// Where it stands.
    pub state: CleanupStepState,
}

/// What a step of a clean-up takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CleanupStepName {
    /// The leased key: access is cut.
    Key,
    /// Policies, groups, documents, keys and credentials of others.
    Attachments,
    /// The guards.
    Guards,
    /// The IAM user.
    User,
}

/// Where a step of a clean-up stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CleanupStepState {
    /// AWS confirmed it.
    Done,
    /// It is next, and nothing failed so far.
    Next,
    /// Its last try failed; it is tried again.
    Failed,
    /// An earlier one comes first.
    Waiting,
}

/// How a lease stood when it was last compared with its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// As recorded.
    Live,
    /// Something was not as recorded, and was put right.
    PutRight,
    /// Somebody changed it in a way that is not undone here (an attached policy, a group).
    Drifted,
    /// The ledger was older than AWS (restored from a copy): AWS's later expiry was taken over.
    LedgerBehind,
    /// AWS put its quarantine policy on the user: the key was found in public.
    Quarantined,
    /// Another user stands under the name; nothing of it was touched.
    Foreign,
    /// AWS does not show the user, and it is too early to be sure.
    NotSeen,
    /// The user is gone.
    Gone,
    /// AWS could not be asked.
    Unknown,
}

impl Standing {
    const ALL: [Self; 9] = [
        Self::Live,
        Self::PutRight,
        Self::Drifted,
        Self::LedgerBehind,
        Self::Quarantined,
        Self::Foreign,
        Self::NotSeen,
        Self::Gone,
        Self::Unknown,
    ];

    /// The stored word, the same as on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::PutRight => "put_right",
            Self::Drifted => "drifted",
            Self::LedgerBehind => "ledger_behind",
            Self::Quarantined => "quarantined",
            Self::Foreign => "foreign",
            Self::NotSeen => "not_seen",
            Self::Gone => "gone",
            Self::Unknown => "unknown",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

/// One lease.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct LeaseView {
    /// Unique for ever.
    pub id: String,
    /// Name of the dynamic secret it was made from.
    pub secret: String,
    /// Id of the dynamic secret, while that still exists.
    pub secret_id: Option<String>,
    /// Environment of the dynamic secret at issue.
    pub environment: String,
    /// Folder of the dynamic secret at issue.
    pub folder: String,
    /// Where it stands.
    pub state: State,
    /// Why it ended, once it has or is about to.
    pub end_reason: Option<EndReason>,
    /// Name of the connection it was made over.
    pub connection: String,
    /// True for a lease of the practice account.
    pub practice: bool,
    /// The AWS account.
    pub account_id: String,
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// The region that credential formats name.
    pub region: String,
    /// What the lease is of.
    pub credential: Credential,
    /// Its time can be extended. Sessions are not renewed: one gets another.
    pub renewable: bool,
    /// What a revoke can do for it.
    pub revoke_effect: RevokeEffect,
    /// The same in a sentence, with when it ends by itself, while it is open.
    pub revoke_note: Option<String>,
    /// The IAM path of the user; empty of a session.
    pub iam_path: String,
    /// The IAM user; the session's name of a session.
    pub user_name: String,
    /// AWS's unique id of the user (`AIDA…`); what `aws:userid` says of a session (`AROA…:name`).
    pub user_id: Option<String>,
    /// The leased key's id (`AKIA…`, `ASIA…` of a session).
    pub access_key_id: Option<String>,
    /// A note by whoever asked.
    pub label: Option<String>,
    /// Who asked: `window`, `cli`, …
    pub requested_by: String,
    /// When it was recorded here.
    pub created_at: DateTime<Utc>,
    /// `CreateDate` of the user.
    pub issued_at: Option<DateTime<Utc>>,
    /// From this moment AWS denies every call.
    pub expires_at: DateTime<Utc>,
    /// Renewing never goes past this.
    pub max_expires_at: DateTime<Utc>,
    /// What a renewal adds when nothing else is said, e.g. `1h`.
    pub default_ttl: String,
    /// When access was cut, once it was, in AWS's time.
    pub cut_at: Option<DateTime<Utc>>,
    /// When it came to rest, in AWS's time.
    pub ended_at: Option<DateTime<Utc>>,
    /// From the key's creation to its third successful call in a row.
    pub usable_after_ms: Option<u32>,
    /// Present while it is ending.
    pub cleanup: Option<Cleanup>,
    /// When the next try is due, where one failed.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// Failed tries so far.
    pub attempts: u32,
    /// What AWS or the keychain said at the last failed try.
    pub reason: Option<String>,
    /// What would fix it.
    pub hint: Option<String>,
    /// Something was found that a person must look at: a foreign user, a leak alarm.
    pub alarm: Option<String>,
    /// The key is kept, sealed, for `leasehold credentials`.
    pub kept: bool,
    /// When its end was asked for, while no work on it has begun (many at once).
    pub end_asked_at: Option<DateTime<Utc>>,
    /// It was made for a running command and ends with it.
    pub for_command: bool,
    /// That command is gone without having ended it; the next process that asks AWS ends it.
    pub abandoned: bool,
    /// When it was last compared with the account.
    pub reconciled_at: Option<DateTime<Utc>>,
    /// How it stood then.
    pub standing: Option<Standing>,
    /// What was found then, in sentences.
    pub findings: Vec<String>,
    /// AWS's clock minus this computer's, in milliseconds; add it to the local time before
    /// comparing with the times above.
    #[ts(type = "number")]
    pub clock_offset_ms: i64,
}

/// One line of a lease's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct LeaseEvent {
    /// When.
    pub at: DateTime<Utc>,
    /// A word of the activity log without its `lease.`: `recorded`, `user_created`, `active`, …
    pub kind: String,
    /// A sentence. The same one many times in a row is told once, with how often.
    pub text: String,
}

/// A lease with its history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct LeaseDetail {
    /// The lease.
    pub lease: LeaseView,
    /// Oldest first.
    pub events: Vec<LeaseEvent>,
    /// Managed policies attached.
    pub policy_arns: Vec<String>,
    /// Groups joined.
    pub groups: Vec<String>,
    /// Names of the inline policies, guards included.
    pub inline_policies: Vec<String>,
    /// The boundary it was made with.
    pub permission_boundary: Option<String>,
}

/// Which leases of the history a page is of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeaseSet {
    /// All there ever were.
    #[default]
    All,
    /// Those at rest.
    Ended,
    /// Those that a person should look at.
    Attention,
}

/// What the leases of a page are ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeaseSort {
    /// Dynamic secret, then user name.
    Lease,
    /// How much it needs a person.
    State,
    /// When it was asked for.
    #[default]
    Issued,
    /// When it ended, or will.
    Ends,
}

/// Which page of the lease history to list. The default is the newest of all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct LeasePageQuery {
    /// Which leases.
    pub set: LeaseSet,
    /// Only of this dynamic secret (its id).
    pub secret_id: Option<String>,
    /// Only over this connection (its name).
    pub connection: Option<String>,
    /// Only of this environment (its name).
    pub environment: Option<String>,
    /// Only with each of these words in user name, key id, label or secret name.
    pub search: Option<String>,
    /// What they are ordered by.
    pub sort: LeaseSort,
    /// From the first to the last, instead of the last to the first.
    pub ascending: bool,
    /// Only what comes after this mark: `last` of the page before.
    pub after: Option<String>,
    /// Only what comes before this mark: `first` of the page after.
    pub before: Option<String>,
    /// At most so many, 1 to 500; 100 where nothing is said.
    pub limit: Option<u32>,
}

/// Leases of the history, in the order asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct LeasePage {
    /// At most as many as were asked for.
    pub leases: Vec<LeaseView>,
    /// Where the page begins; none where it is empty.
    pub first: Option<String>,
    /// Where it ends.
    pub last: Option<String>,
    /// There is more on the side that was asked for.
    pub more: bool,
    /// How many there are without regard to the page; told where no mark was given.
    pub total: Option<u32>,
    /// There are more than `total`: not all that a search finds are counted.
    pub uncounted: bool,
}

/// The way credentials are written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// `credential_process` document.
    Process,
    /// `export` lines.
    Bash,
    /// `set -gx` lines.
    Fish,
    /// `$Env:` lines.
    Powershell,
    /// `set` lines.
    Cmd,
    /// `.env` lines.
    Dotenv,
    /// JSON.
    Json,
    /// A block for `~/.aws/credentials`.
    Profile,
    /// Options of `docker run`.
    Docker,
}

/// Answer of a bulk revoke: what AWS confirmed and what is pending.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct RevokeReport {
    /// Ids whose access AWS confirmed ended: the user is gone, or the session is denied everything.
    pub revoked: Vec<String>,
    /// Ids of sessions that had ended by themselves.
    #[serde(default)]
    pub ended: Vec<String>,
    /// The rest, which is retried without end.
    pub pending: Vec<PendingRevoke>,
    /// Ids on which no work had begun when the rest was called off; they are as they were.
    pub untouched: Vec<String>,
}

/// A revoke that is not finished.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PendingRevoke {
    /// Lease id.
    pub id: String,
    /// Where it stands.
    pub state: State,
    /// What stands in the way.
    pub reason: Option<String>,
    /// When it is tried again.
    pub next_attempt_at: Option<DateTime<Utc>>,
}
