//! An auth method from what was typed to what is valid: every problem at once.

use chrono::{DateTime, Utc};
use leasehold_domain::{
    AccountId, ArnPattern, ClaimKey, Folder, IpBounds, Moment, Problem, Slug, clip, glob, is_glob,
    split_list,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::AuthMethod;
use super::bounds::{self, Bounds};
use super::notices::notices;
use crate::endpoint::{Confirmed, StsEndpoint};
use crate::hosts::Hosts;

const MAX_ENTRIES: usize = 256;

/// The form of an auth method, as typed. Names of fields are those of the command line with `_`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuthMethodDraft {
    /// `/ci/aws`: folders and a name.
    pub name: String,
    /// A note.
    pub description: String,
    /// Unix seconds; 0 is never.
    #[ts(type = "number")]
    pub access_expires: u64,
    /// Days before the expiry.
    pub expiration_event_in: Vec<u32>,
    /// CIDR blocks, addresses, `unix`.
    pub bound_ips: Vec<String>,
    /// CIDR blocks of trusted gateways.
    pub gw_bound_ips: Vec<String>,
    /// Names of sub-claims.
    pub audit_logs_claims: Vec<String>,
    /// At least one.
    pub bound_aws_account_id: Vec<String>,
    /// With `*` and `?`; one ARN each.
    pub bound_arn: Vec<String>,
    /// One name each.
    pub bound_role_name: Vec<String>,
    /// `AROA…`
    pub bound_role_id: Vec<String>,
    /// Names of sessions; one each.
    pub bound_resource_id: Vec<String>,
    /// One name each.
    pub bound_user_name: Vec<String>,
    /// `AIDA…`
    pub bound_user_id: Vec<String>,
    /// `us-east-?`
    pub bound_sts_region: Vec<String>,
    /// Empty is `https://sts.amazonaws.com`.
    pub sts_url: String,
    /// The STS endpoint is in a private network, and that is meant.
    pub sts_url_private: bool,
    /// The STS endpoint is on this computer, for trying things out.
    pub insecure_dev_sts: bool,
    /// Name of a sub-claim, or empty.
    pub unique_identifier: String,
    /// Role associations must ask for sub-claims.
    pub force_sub_claims: bool,
    /// Minutes; 0 is the vault's default.
    pub jwt_ttl: u32,
    /// It cannot be deleted.
    pub delete_protection: bool,
    /// Cloud identities must be signed for this vault.
    pub require_audience: bool,
    /// Ask the owner about every identity that they have not allowed yet.
    pub ask_first: bool,
}

/// Limits of the vault, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Life of a token when the method says nothing.
    pub default_token_minutes: u32,
    /// Longest life of a token.
    pub max_token_minutes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            default_token_minutes: 15,
            max_token_minutes: 12 * 60,
        }
    }
}

impl Limits {
    /// How long a token lives for a method that says this many minutes.
    fn minutes(self, said: u32) -> u32 {
        let minutes = if said == 0 {
            self.default_token_minutes
        } else {
            said
        };
        minutes.min(self.max_token_minutes)
    }
}

/// A valid method, and what to know about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The method.
    pub method: AuthMethod,
    /// Sentences for the owner: what is valid and may still surprise.
    pub notices: Vec<String>,
}

/// Judges a draft that is to be saved.
///
/// # Errors
/// Every problem, each with its field, the rule and the corrected form.
pub fn validate(
    draft: &AuthMethodDraft,
    hosts: &Hosts,
    limits: Limits,
    now: DateTime<Utc>,
) -> Result<Saved, Vec<Problem>> {
    let mut form = Form::default();
    let method = form.method(draft, hosts, limits);
    form.in_time(draft, limits, now);
    match method {
        Some(method) if form.problems.is_empty() => {
            let notices = notices(&method);
            Ok(Saved { method, notices })
        }
        _ => Err(form.problems),
    }
}

/// Reads a draft that was saved before. Time may have passed and limits may have been lowered since: an
/// expired method is one that lets nobody in, and tokens live as long as is allowed today.
///
/// # Errors
/// Every problem: what today's rules refuse is no method any more.
pub fn reload(
    draft: &AuthMethodDraft,
    hosts: &Hosts,
    limits: Limits,
) -> Result<AuthMethod, Vec<Problem>> {
    let mut form = Form::default();
    match form.method(draft, hosts, limits) {
        Some(method) if form.problems.is_empty() => Ok(method),
        _ => Err(form.problems),
    }
}

#[derive(Default)]
struct Form {
    problems: Vec<Problem>,
}

impl Form {
    fn method(
        &mut self,
        draft: &AuthMethodDraft,
        hosts: &Hosts,
        limits: Limits,
    ) -> Option<AuthMethod> {
        let (folder, name) = self.name(&draft.name);
        let claims = split_list(&draft.audit_logs_claims);
        let confirmed = Confirmed {
            private: draft.sts_url_private,
            insecure_dev: draft.insecure_dev_sts,
        };
        self.description(&draft.description);
        let client_ips = self.ips("bound_ips", &draft.bound_ips);
        let gateway_ips = self.ips("gw_bound_ips", &draft.gw_bound_ips);
        let audit_claims = self.list("audit_logs_claims", &claims, ClaimKey::parse);
        let bounds = self.bounds(draft, hosts);
        let endpoint = self.keep(StsEndpoint::parse("sts_url", &draft.sts_url, confirmed));
        let unique_identifier = match draft.unique_identifier.trim() {
            "" => None,
            name => self.keep(ClaimKey::parse("unique_identifier", name)),
        };
        Some(AuthMethod {
            access_expires: self.expiry(draft),
            expiration_event_in: draft.expiration_event_in.clone(),
            folder: folder?,
            name: name?,
            description: draft.description.trim().to_owned(),
            client_ips,
            gateway_ips,
            audit_claims,
            bounds,
            endpoint: endpoint?,
            unique_identifier,
            force_sub_claims: draft.force_sub_claims,
            token_minutes: limits.minutes(draft.jwt_ttl),
            delete_protection: draft.delete_protection,
            audience_required: draft.require_audience,
            ask_first: draft.ask_first,
        })
    }

    fn keep<T>(&mut self, read: Result<T, Problem>) -> Option<T> {
        read.map_err(|problem| self.problems.push(problem)).ok()
    }

    fn refuse(&mut self, field: &str, rule: impl Into<String>, fix: impl Into<String>) {
        self.problems.push(Problem::refused_input(field, rule, fix));
    }

    /// Every entry read, without duplicates.
    fn list<T: PartialEq>(
        &mut self,
        field: &str,
        entries: &[String],
        read: impl Fn(&str, &str) -> Result<T, Problem>,
    ) -> Vec<T> {
        if entries.len() > MAX_ENTRIES {
            let rule = format!(
                "There are at most {MAX_ENTRIES} entries; here are {}.",
                entries.len()
            );
            self.refuse(field, rule, "Use wildcards in the bound ARNs.");
            return Vec::new();
        }
        let mut all = Vec::new();
        for entry in entries {
            if let Some(one) = self.keep(read(field, entry))
                && !all.contains(&one)
            {
                all.push(one);
            }
        }
        all
    }

    fn ips(&mut self, field: &str, entries: &[String]) -> IpBounds {
        IpBounds::parse(field, &split_list(entries)).unwrap_or_else(|problems| {
            self.problems.extend(problems);
            IpBounds::default()
        })
    }

    fn name(&mut self, text: &str) -> (Option<Folder>, Option<Slug>) {
        let text = text.trim();
        let (folder, name) = text.rsplit_once('/').unwrap_or(("", text));
        let folder = self.keep(Folder::parse("name", folder));
        (folder, self.keep(Slug::parse("name", name)))
    }

    fn description(&mut self, text: &str) {
        let count = text.chars().count();
        if count > 1024 || text.chars().any(|c| c.is_control() && c != '\n') {
            let rule =
                format!("A description has at most 1024 printable characters; this has {count}.");
            self.refuse(
                "description",
                rule,
                "Shorten it, and leave out what cannot be seen.",
            );
        }
    }

    fn expiry(&mut self, draft: &AuthMethodDraft) -> Option<Moment> {
        if draft.access_expires == 0 {
            if !draft.expiration_event_in.is_empty() {
                self.refuse(
                    "expiration_event_in",
                    "There is no expiry to be told about.",
                    "Set access-expires as well.",
                );
            }
            return None;
        }
        if draft
            .expiration_event_in
            .iter()
            .any(|days| !(1..=365).contains(days))
        {
            self.refuse(
                "expiration_event_in",
                "Notices come 1 to 365 days before the expiry.",
                "Write days, for example 7.",
            );
        }
        let at = expiry_of(draft);
        if at.is_none() {
            self.refuse(
                "access_expires",
                "The expiry is not a moment in Unix seconds.",
                "Write seconds, not milliseconds.",
            );
        }
        at
    }

    /// What holds only while a draft is being saved.
    fn in_time(&mut self, draft: &AuthMethodDraft, limits: Limits, now: DateTime<Utc>) {
        if expiry_of(draft).is_some_and(|at| at.datetime() <= now) {
            self.refuse(
                "access_expires",
                "The expiry is in the past.",
                "Write a later moment in Unix seconds, or 0 for none.",
            );
        }
        let (max, minutes) = (limits.max_token_minutes, draft.jwt_ttl);
        if minutes > max {
            self.refuse(
                "jwt_ttl",
                format!("A token lives at most {max} minutes here; this says {minutes}."),
                format!(
                    "Write {max} or less, in minutes; 0 is {}.",
                    limits.default_token_minutes
                ),
            );
        }
    }

    fn bounds(&mut self, draft: &AuthMethodDraft, hosts: &Hosts) -> Bounds {
        let accounts = self.list(
            "bound_aws_account_id",
            &split_list(&draft.bound_aws_account_id),
            AccountId::parse,
        );
        if split_list(&draft.bound_aws_account_id).is_empty() {
            self.refuse(
                "bound_aws_account_id",
                "Without an account id everybody with an AWS account could log in.",
                "Give at least one account id.",
            );
        }
        let role_name = |field: &str, text: &str| bounds::name(field, "a role", text, 64);
        let session = |field: &str, text: &str| bounds::name(field, "a session", text, 64);
        let user_name = |field: &str, text: &str| bounds::name(field, "a user", text, 64);
        let role_id = |field: &str, text: &str| bounds::unique_id(field, "AROA", "a role", text);
        let user_id = |field: &str, text: &str| bounds::unique_id(field, "AIDA", "a user", text);
        let region = |field: &str, text: &str| bounds::region(field, hosts, text);
        let bounds = Bounds {
            arns: self.list("bound_arn", &draft.bound_arn, ArnPattern::parse),
            role_names: self.list("bound_role_name", &draft.bound_role_name, role_name),
            role_ids: self.list("bound_role_id", &split_list(&draft.bound_role_id), role_id),
            resource_ids: self.list("bound_resource_id", &draft.bound_resource_id, session),
            user_names: self.list("bound_user_name", &draft.bound_user_name, user_name),
            user_ids: self.list("bound_user_id", &split_list(&draft.bound_user_id), user_id),
            sts_regions: self.list(
                "bound_sts_region",
                &split_list(&draft.bound_sts_region),
                region,
            ),
            accounts,
        };
        if !bounds.accounts.is_empty() {
            self.arns_without_account(&bounds);
        }
        bounds
    }

    /// An ARN in an account that is not bound would never let anybody in.
    fn arns_without_account(&mut self, bounds: &Bounds) {
        for arn in &bounds.arns {
            let is_bound = bounds
                .accounts
                .iter()
                .any(|account| glob(arn.account(), account.as_str()));
            if !is_bound {
                let account = clip(arn.account(), 40);
                let fix = if is_glob(arn.account()) {
                    "Write the account of the ARN, or bind more account ids.".to_owned()
                } else {
                    format!("Add {account} to the bound account ids, or remove the ARN.")
                };
                self.refuse(
                    "bound_arn",
                    format!("`{arn}` can never match: no bound account id fits {account}."),
                    fix,
                );
            }
        }
    }
}

/// The moment that was typed; `None` for none, and for one beyond the year 9999.
fn expiry_of(draft: &AuthMethodDraft) -> Option<Moment> {
    i64::try_from(draft.access_expires)
        .ok()
        .filter(|seconds| (1..=253_402_300_799).contains(seconds))
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .map(Moment::from)
}
