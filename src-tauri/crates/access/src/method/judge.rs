//! Every bound of a method against one identity: pass or fail, and why.

use chrono::{DateTime, Utc};
use leasehold_domain::{ArnPattern, ClientAddress, glob};
use schemars::JsonSchema;
use serde::Serialize;
use ts_rs::TS;

use super::AuthMethod;
use crate::identity::{Identity, Principal};
use crate::reason::Reason;

/// What is checked, in this order; the first failure is the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The method is switched on.
    Enabled,
    /// It has not expired.
    AccessExpires,
    /// Where the call came from.
    BoundIps,
    /// Where the identity was proved.
    BoundStsRegion,
    /// The account.
    BoundAwsAccountId,
    /// The ARN.
    BoundArn,
    /// The kind of principal.
    Principal,
    /// The role's name.
    BoundRoleName,
    /// The role's id.
    BoundRoleId,
    /// The session's name.
    BoundResourceId,
    /// The user's name.
    BoundUserName,
    /// The user's id.
    BoundUserId,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "BoundOutcome")]
pub enum Outcome {
    /// It is met.
    Pass,
    /// It is not.
    Fail,
    /// Nothing is bound, so that everybody passes.
    Open,
    /// It binds another kind of principal.
    NotConcerned,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS, JsonSchema)]
pub struct BoundCheck {
    /// What was checked.
    pub bound: Bound,
    /// How it ended.
    pub outcome: Outcome,
    /// A sentence.
    pub why: String,
}

/// All checks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS, JsonSchema)]
pub struct Judgement {
    /// In order; all of them, also after one failed.
    pub checks: Vec<BoundCheck>,
    /// The first failure.
    pub reason: Option<Reason>,
}

/// What changes about a method, and about a call.
#[derive(Debug, Clone, Copy)]
pub struct State<'a> {
    /// Whether the method is switched on.
    pub enabled: bool,
    /// Where the call came from.
    pub client: &'a ClientAddress,
    /// The moment.
    pub now: DateTime<Utc>,
}

impl AuthMethod {
    /// What can be said without knowing who it is: asked before anything is sent to STS.
    #[must_use]
    pub fn judge_call(&self, state: State<'_>) -> Judgement {
        let mut judgement = Judgement::default();
        self.add_call(state, &mut judgement);
        judgement
    }

    /// Every bound for one identity, proved in this region. The same function judges a login and every
    /// later call with its token, so that what is tightened works at once.
    #[must_use]
    pub fn judge(&self, identity: &Identity, region: &str, state: State<'_>) -> Judgement {
        let mut judgement = Judgement::default();
        self.add_call(state, &mut judgement);
        judgement.add_list(
            Bound::BoundStsRegion,
            Reason::RegionNotBound,
            "region",
            region,
            &self.bounds.sts_regions,
            |pattern| glob(pattern, region),
        );
        judgement.add_list(
            Bound::BoundAwsAccountId,
            Reason::AccountNotBound,
            "account",
            identity.account().as_str(),
            &self.bounds.accounts,
            |account| account == identity.account(),
        );
        self.add_arns(identity, &mut judgement);
        self.add_groups(identity, &mut judgement);
        judgement
    }

    fn add_call(&self, state: State<'_>, judgement: &mut Judgement) {
        let (outcome, why) = if state.enabled {
            (Outcome::Pass, "The method is switched on.")
        } else {
            (Outcome::Fail, "The method is switched off.")
        };
        judgement.add(Bound::Enabled, outcome, Reason::MethodDisabled, why.into());

        let (outcome, why) = match self.access_expires {
            None => (Outcome::Open, "The method does not expire.".to_owned()),
            Some(at) if state.now < at.datetime() => {
                (Outcome::Pass, format!("The method works until {at}."))
            }
            Some(at) => (Outcome::Fail, format!("The method expired at {at}.")),
        };
        judgement.add(Bound::AccessExpires, outcome, Reason::MethodExpired, why);

        let client = state.client;
        let (outcome, why) = if self.client_ips.is_empty() {
            (
                Outcome::Open,
                format!("Calls may come from anywhere; this one comes from {client}."),
            )
        } else if self.client_ips.contains(client) {
            (Outcome::Pass, format!("{client} is among the client IPs."))
        } else {
            let entries = self.client_ips.entries().join(", ");
            (Outcome::Fail, format!("{client} is not in {entries}."))
        };
        judgement.add(Bound::BoundIps, outcome, Reason::ClientIpNotBound, why);
    }

    fn add_arns(&self, identity: &Identity, judgement: &mut Judgement) {
        let raw = identity.arn();
        let canonical = identity.canonical_arn();
        let patterns: &[ArnPattern] = &self.bounds.arns;
        judgement.add_list(
            Bound::BoundArn,
            Reason::ArnNotBound,
            "ARN",
            &raw.to_string(),
            patterns,
            |pattern| pattern.matches(raw) || pattern.matches(&canonical),
        );
        // Root and federated users come in only where an ARN says so in plain words.
        let (what, named): (_, fn(&str) -> bool) = match identity.principal() {
            Principal::User { .. } | Principal::AssumedRole { .. } => return,
            Principal::Root => ("the root user", |resource| resource == "root"),
            Principal::FederatedUser { .. } => ("a federated user", |resource| {
                resource.starts_with("federated-user/")
            }),
        };
        let is_named = patterns
            .iter()
            .any(|pattern| named(pattern.resource()) && pattern.matches(raw));
        let (outcome, why) = if is_named {
            (Outcome::Pass, format!("An ARN admits {what}."))
        } else {
            (
                Outcome::Fail,
                format!("No ARN names {what}, and nothing else admits one."),
            )
        };
        judgement.add(Bound::Principal, outcome, Reason::PrincipalNotBound, why);
    }

    fn add_groups(&self, identity: &Identity, judgement: &mut Judgement) {
        let bounds = &self.bounds;
        let role_lists = [&bounds.role_names, &bounds.role_ids, &bounds.resource_ids];
        let user_lists = [&bounds.user_names, &bounds.user_ids];
        let has_roles = role_lists.iter().any(|list| !list.is_empty());
        let has_users = user_lists.iter().any(|list| !list.is_empty());
        let own = match identity.principal() {
            Principal::AssumedRole { .. } => has_roles,
            Principal::User { .. } => has_users,
            Principal::FederatedUser { .. } | Principal::Root => false,
        };
        if (has_roles || has_users) && !own {
            let kinds = match (has_roles, has_users) {
                (true, true) => "roles and users",
                (true, false) => "roles",
                _ => "users",
            };
            judgement.add(
                Bound::Principal,
                Outcome::Fail,
                Reason::PrincipalNotBound,
                format!(
                    "Only {kinds} are bound, and this is {}.",
                    identity.principal().kind().replace('_', " ")
                ),
            );
        }
        let (role, role_id, session, user, user_id) = match identity.principal() {
            Principal::AssumedRole {
                role,
                role_id,
                session,
            } => (
                Some(role.as_str()),
                Some(role_id.as_str()),
                Some(session.as_str()),
                None,
                None,
            ),
            Principal::User { name } => (
                None,
                None,
                None,
                Some(name.as_str()),
                Some(identity.stable_id()),
            ),
            Principal::FederatedUser { .. } | Principal::Root => (None, None, None, None, None),
        };
        for (bound, reason, what, value, list) in [
            (
                Bound::BoundRoleName,
                Reason::RoleNameNotBound,
                "role",
                role,
                &bounds.role_names,
            ),
            (
                Bound::BoundRoleId,
                Reason::RoleIdNotBound,
                "role id",
                role_id,
                &bounds.role_ids,
            ),
            (
                Bound::BoundResourceId,
                Reason::ResourceIdNotBound,
                "session",
                session,
                &bounds.resource_ids,
            ),
            (
                Bound::BoundUserName,
                Reason::UserNameNotBound,
                "user",
                user,
                &bounds.user_names,
            ),
            (
                Bound::BoundUserId,
                Reason::UserIdNotBound,
                "user id",
                user_id,
                &bounds.user_ids,
            ),
        ] {
            match value {
                Some(value) => {
                    judgement.add_list(bound, reason, what, value, list, |one| one == value)
                }
                None if list.is_empty() => {}
                None => judgement.add(
                    bound,
                    Outcome::NotConcerned,
                    reason,
                    format!("There is no {what} to compare."),
                ),
            }
        }
    }
}

impl Judgement {
    /// True when nothing failed.
    #[must_use]
    pub fn admits(&self) -> bool {
        self.reason.is_none()
    }

    fn add(&mut self, bound: Bound, outcome: Outcome, reason: Reason, why: String) {
        if outcome == Outcome::Fail {
            self.reason.get_or_insert(reason);
        }
        self.checks.push(BoundCheck {
            bound,
            outcome,
            why,
        });
    }

    fn add_list<T: ToString>(
        &mut self,
        bound: Bound,
        reason: Reason,
        what: &str,
        value: &str,
        list: &[T],
        fits: impl Fn(&T) -> bool,
    ) {
        let (outcome, why) = if list.is_empty() {
            (
                Outcome::Open,
                format!("No {what} is bound; this is {value}."),
            )
        } else if let Some(one) = list.iter().find(|one| fits(one)) {
            let one = one.to_string();
            let how = if one == value {
                "is bound".into()
            } else {
                format!("fits {one}")
            };
            (Outcome::Pass, format!("The {what} {value} {how}."))
        } else {
            let few: Vec<String> = list.iter().take(5).map(ToString::to_string).collect();
            let more = if list.len() > 5 { ", …" } else { "" };
            (
                Outcome::Fail,
                format!("The {what} {value} fits none of {}{more}.", few.join(", ")),
            )
        };
        self.add(bound, outcome, reason, why);
    }
}
