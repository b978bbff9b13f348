//! Leases of a kit that are sessions of STS: cut by the same policy that Leasehold would put on their role, or
//! left to their own end, which is said.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use leasehold_domain::{InstallationId, session};
use leasehold_store::LeaseRow;

use super::list::{cell, code};
use super::script::{commented, quoted};
use super::utc;
use crate::leases::session as sts;

/// One open lease that is a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OpenSession {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) access_key_id: Option<String>,
    pub(super) place: String,
    pub(super) ends_at: DateTime<Utc>,
    /// The policy that denies it everything. None of a federated user's.
    pub(super) cut: Option<Cut>,
}

/// What ends a session before its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) role: String,
    pub(super) policy: String,
    pub(super) document: String,
}

/// Where a lease can be ended: a session of a role is, by whoever may put a policy on it, in the role's account,
/// which need not be the connection's.
pub(super) fn account_of(row: &LeaseRow) -> String {
    let role = sts::role(row);
    role.map_or_else(
        || row.account_id.clone(),
        |role| role.account().as_str().to_owned(),
    )
}

impl OpenSession {
    pub(super) fn of(row: &LeaseRow, installation: &InstallationId) -> Self {
        let folder = row.folder.trim_end_matches('/');
        let cut = sts::role(row).map(|role| Cut {
            role: role.name().to_owned(),
            policy: session::cut_policy_name(installation, &row.id),
            document: session::cut_policy_document(row.user_id.as_deref(), &row.user_name),
        });
        Self {
            name: row.user_name.clone(),
            arn: row.user_arn.clone(),
            access_key_id: row.access_key_id.clone(),
            place: format!("{}:{folder}/{}", row.environment, row.secret_name),
            ends_at: row.expires_at,
            cut,
        }
    }

    /// Its line in the script.
    pub(super) fn call(&self) -> String {
        let nothing = String::new();
        let (role, policy, document) = match &self.cut {
            Some(cut) => (&cut.role, &cut.policy, &cut.document),
            None => (&nothing, &nothing, &nothing),
        };
        let ends = utc(self.ends_at);
        let seconds = self.ends_at.timestamp().to_string();
        let words = [
            &self.name,
            role,
            policy,
            document,
            &self.place,
            &ends,
            &seconds,
        ];
        let words = words.map(|word| quoted(word)).join(" ");
        let key = self.access_key_id.as_deref().unwrap_or("no key known");
        format!(
            "        # {}\n        session {words}\n",
            commented(&format!("{key}, a session, ends by itself: {ends}"))
        )
    }

    /// Its block in the list.
    pub(super) fn block(&self) -> String {
        let key = self.access_key_id.as_deref();
        let mut text = format!(
            "\n### {}\n\n| | |\n|---|---|\n| dynamic secret | {} |\n| ends by itself | {} |\n\
             | access key id | {} |\n| session | {} |\n",
            code(&self.name),
            cell(&self.place),
            utc(self.ends_at),
            key.map_or_else(|| "not known".to_owned(), code),
            code(&self.arn),
        );
        let _ = match &self.cut {
            Some(cut) => write!(
                text,
                "\nTo end it now: **Roles**, {}, **Add permissions**, **Create inline policy**, **JSON**, with \
                 the name {} and this document. Delete it when the session is over.\n\n```json\n{}\n```\n",
                code(&cut.role),
                code(&cut.policy),
                cut.document
            ),
            None => write!(text, "\nNothing can end it before its time.\n"),
        };
        text
    }
}
