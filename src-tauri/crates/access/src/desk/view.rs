//! What the shells get to see of the desk: plain data. No token and no key is in any of these types.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use leasehold_domain::{Action, Capability, ClaimKey, Problem};
use schemars::JsonSchema;
use serde::Serialize;
use ts_rs::TS;

use crate::association::AssociationCheck;
use crate::method::{AuthMethodDraft, BoundCheck};
use crate::reason::Reason;
use crate::rights::Decision;

/// An auth method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS, JsonSchema)]
pub struct AuthMethodView {
    /// What callers name it by. Not a secret.
    pub access_id: String,
    /// Folder and name.
    pub name: String,
    /// `aws_iam`
    pub access_type: String,
    /// It is switched on.
    pub enabled: bool,
    /// Its time is over.
    pub expired: bool,
    /// When it stops working by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// That is within a week, or within the days before it at which its owner wants to be told.
    pub expires_soon: bool,
    /// Who asserts its identities, where that is not AWS: never to be overlooked.
    pub banner: Option<String>,
    /// The form.
    pub method: AuthMethodDraft,
    /// Names of the access roles that it leads to.
    pub roles: Vec<String>,
    /// What is valid and may still surprise.
    pub notices: Vec<String>,
    /// What today's rules refuse about it; while there is anything here, nobody logs in by it.
    pub problems: Vec<Problem>,
    /// Leases that are not at rest and were made for its identities.
    pub open_leases: u32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What would be refused about a draft, and what may surprise. Nothing is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS, JsonSchema)]
pub struct AuthMethodCheck {
    /// Every problem, each with its field, the rule and the fix.
    pub problems: Vec<Problem>,
    /// What is valid and may still surprise; none while there are problems.
    pub notices: Vec<String>,
    /// Who asserts its identities, where that is not AWS.
    pub banner: Option<String>,
}

/// A method that ends soon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS, JsonSchema)]
pub struct ExpiryNotice {
    /// The method.
    pub access_id: String,
    /// Its folder and name.
    pub name: String,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
    /// A sentence.
    pub text: String,
}

/// An access role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS, JsonSchema)]
pub struct RoleView {
    /// Its name.
    pub name: String,
    /// A note.
    pub description: String,
    /// What it allows where.
    pub rules: Vec<RuleView>,
    /// Who gets it.
    pub associations: Vec<AssociationView>,
    /// What is valid and may still surprise.
    pub notices: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS, JsonSchema)]
pub struct RuleView {
    /// Where.
    pub path: String,
    /// What.
    pub capabilities: Vec<Capability>,
}

/// A way from an auth method to a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS, JsonSchema)]
pub struct AssociationView {
    /// Access id of the method.
    pub access_id: String,
    /// Its folder and name.
    pub auth_method: String,
    /// What the sub-claims must be; all of them.
    pub sub_claims: BTreeMap<String, String>,
    /// Whether case counts.
    pub case_sensitive: bool,
}

/// Who can do something at a path, by one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS, JsonSchema)]
pub struct WhoView {
    /// The role.
    pub role: String,
    /// The rule's path.
    pub path: String,
    /// What it allows there; empty where it denies.
    pub actions: Vec<Action>,
    /// It takes everything away.
    pub denies: bool,
    /// The sub-claim that the path depends on: it is about callers whose own value fits.
    pub depends_on: Option<ClaimKey>,
    /// Who gets the role.
    pub who: Vec<AssociationView>,
}

/// Who reaches a dynamic secret of today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS, JsonSchema)]
pub struct ReachView {
    /// Its id.
    pub secret_id: String,
    /// Its path.
    pub path: String,
    /// Every rule that is, or for some caller may be, about it; what denies comes first.
    pub ways: Vec<WhoView>,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS, JsonSchema)]
pub struct SessionView {
    /// A short name that is no secret.
    pub id: String,
    /// Access id of the method.
    pub access_id: String,
    /// Its folder and name.
    pub auth_method: String,
    /// Who.
    pub arn: String,
    /// The id that stays with the role or user; empty where the session cannot be read.
    pub stable_id: String,
    /// Where the login came from.
    pub client: String,
    /// The gateway that was believed about that.
    pub gateway: Option<String>,
    /// When it began.
    pub issued_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    /// Leases of its identity that are not at rest.
    pub open_leases: u32,
}

/// Somebody who came to an auth method, and what the owner said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS, JsonSchema)]
pub struct ApprovalView {
    /// What it is answered by.
    pub id: String,
    /// Where it stands: `seen`, `asked`, `once`, `used` (the one login was made), `always`, `denied`.
    pub standing: String,
    /// Access id of the method.
    pub access_id: String,
    /// Its folder and name.
    pub auth_method: String,
    /// The ARN at the last login.
    pub arn: String,
    /// The id that stays with the role or user; what is answered is kept under it.
    pub stable_id: String,
    /// The pinned endpoint that asserted it, if not AWS.
    pub asserted_by: Option<String>,
    /// When it came first.
    pub first_seen_at: DateTime<Utc>,
    /// When it came last.
    pub last_seen_at: DateTime<Utc>,
    /// Its leases by this method that are not at rest.
    pub open_leases: u32,
}

/// What an owner is told at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AccessNews {
    /// Somebody waits to be let in.
    Asked {
        /// Who.
        approval: ApprovalView,
    },
    /// Nobody waits under this id any more: it was answered, here or elsewhere, or is moot.
    Answered {
        /// The id of the approval.
        id: String,
    },
    /// Somebody came for the first time and was let in.
    FirstSeen {
        /// Who.
        approval: ApprovalView,
    },
    /// An auth method stops working soon, or has.
    MethodExpires {
        /// Which, and when.
        notice: ExpiryNotice,
    },
}

/// An identity tried on an auth method: every bound and rule, pass or fail, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS, JsonSchema)]
pub struct TestView {
    /// Access id of the method.
    pub access_id: String,
    /// Its folder and name.
    pub auth_method: String,
    /// Whether it would be let in.
    pub accepted: bool,
    /// Why not, by its code.
    pub reason: Option<Reason>,
    /// The same as a sentence.
    pub why: String,
    /// Its sub-claims, once it is known who it is.
    pub claims: BTreeMap<ClaimKey, String>,
    /// Every bound.
    pub checks: Vec<BoundCheck>,
    /// Every role that the method leads to.
    pub roles: Vec<RoleTest>,
    /// What it could do at the path that was asked about.
    pub decisions: Vec<ActionTest>,
}

/// A role, and whether somebody gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS, JsonSchema)]
pub struct RoleTest {
    /// The role.
    pub role: String,
    /// Whether, and why.
    pub association: AssociationCheck,
    /// What it allows where.
    pub rules: Vec<RuleView>,
}

/// An action, and whether it is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS, JsonSchema)]
pub struct ActionTest {
    /// The action.
    pub action: Action,
    /// Where.
    pub path: String,
    /// Whether, and every rule.
    pub decision: Decision,
}
