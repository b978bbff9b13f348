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
    /// The form.
    pub method: AuthMethodDraft,
    /// Names of the access roles that it leads to.
    pub roles: Vec<String>,
    /// What is valid and may still surprise.
    pub notices: Vec<String>,
    /// What today's rules refuse about it; while there is anything here, nobody logs in by it.
    pub problems: Vec<Problem>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
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
    /// Where the login came from.
    pub client: String,
    /// The gateway that was believed about that.
    pub gateway: Option<String>,
    /// When it began.
    pub issued_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

/// Somebody who came to an auth method, and what the owner said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS, JsonSchema)]
pub struct ApprovalView {
    /// What it is answered by.
    pub id: String,
    /// Where it stands: `seen`, `asked`, `once`, `always`, `denied`.
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
