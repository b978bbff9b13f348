//! Auth methods: made, changed, switched, deleted; whoever is kept out by it is out at once.

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_domain::{Code, Moment, Problem, clip};
use leasehold_store::{AuthMethodRow, StoreError, WayIn};

use super::note::Kind;
use super::shut::{Closed, Leases, Whose};
use super::view::{AuthMethodCheck, AuthMethodView, ExpiryNotice};
use super::{Desk, Refused};
use crate::endpoint::StsEndpoint;
use crate::method::{
    AccessId, AuthMethod, AuthMethodDraft, Saved, notices, protected, reload, validate,
};

/// The word for the only kind there is.
const ACCESS_TYPE: &str = "aws_iam";

/// An end that is nearer than this is near, whether or not its owner wanted to be told.
const SOON: TimeDelta = TimeDelta::days(7);

/// The auth methods of a home.
#[derive(Debug, Clone, Copy)]
pub struct AuthMethods<'a>(pub(super) &'a Desk);

impl AuthMethods<'_> {
    /// All of them, by folder and name.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn list(&self) -> Result<Vec<AuthMethodView>, Problem> {
        let rows = self.0.store.auth_methods().all()?;
        rows.into_iter().map(|row| self.view(row)).collect()
    }

    /// The one with this name or access id.
    ///
    /// # Errors
    /// There is none.
    pub fn show(&self, name: &str) -> Result<AuthMethodView, Problem> {
        self.view(self.row(name)?)
    }

    /// What would be refused about a draft and what may surprise, of a new method or of a change to the
    /// one with this name or access id.
    ///
    /// # Errors
    /// There is none of this name, or the state file cannot be read. Refusals are the answer.
    pub fn check(
        &self,
        draft: &AuthMethodDraft,
        edited: Option<&str>,
    ) -> Result<AuthMethodCheck, Problem> {
        let own = edited.map(|name| self.row(name)).transpose()?;
        let own = own.as_ref().map(|row| row.access_id.as_str());
        let saved = match self.judge(draft) {
            Ok(saved) => saved,
            Err(Refused(problems)) => {
                return Ok(AuthMethodCheck {
                    problems,
                    ..AuthMethodCheck::default()
                });
            }
        };
        let taken = match self.free(&saved.method.path(), own) {
            Ok(()) => None,
            Err(problem) if problem.code == Code::NameTaken => Some(problem),
            Err(problem) => return Err(problem),
        };
        Ok(AuthMethodCheck {
            problems: taken.into_iter().collect(),
            notices: saved.notices,
            banner: saved.method.endpoint.warning(),
        })
    }

    /// Makes one. Its folders need not be there before.
    ///
    /// # Errors
    /// Every problem of the form; nothing is kept then.
    pub fn create(&self, draft: &AuthMethodDraft) -> Result<AuthMethodView, Refused> {
        let saved = self.judge(draft)?;
        self.free(&saved.method.path(), None)?;
        let now = self.0.now();
        let row = AuthMethodRow {
            access_id: AccessId::generate()?.as_str().to_owned(),
            name: saved.method.path(),
            draft: text_of(draft)?,
            enabled: true,
            protected: saved.method.delete_protection,
            expires_at: saved.method.access_expires.map(Moment::datetime),
            notified_days: Vec::new(),
            created_at: now,
            updated_at: now,
        };
        let text = format!(
            "Auth method {} ({}) was made.{}",
            row.name,
            row.access_id,
            asserted(&saved.method)
        );
        let line = self.0.line(Kind::MethodCreated, text);
        self.0.store.auth_methods().noting(&line).insert(&row)?;
        Ok(self.view(row)?)
    }

    /// Changes one from the form that was `seen` to what the form says now. Whoever logged in by it logs
    /// in again, unless only what it is called, noted and protected by has changed.
    ///
    /// # Errors
    /// There is none of this name, every problem of the form, or somebody else has changed it since it
    /// was seen: nothing is written then, and nobody's bound is lost.
    pub fn update(
        &self,
        name: &str,
        seen: &AuthMethodDraft,
        draft: &AuthMethodDraft,
    ) -> Result<AuthMethodView, Refused> {
        let mut row = self.row(name)?;
        if draft_of(&row).is_ok_and(|now| now != *seen) {
            return Err(StoreError::Outdated { name: row.name }.into());
        }
        let stored = row.draft.clone();
        let before = self.read(&row).ok();
        let saved = self.judge(draft)?;
        self.free(&saved.method.path(), Some(&row.access_id))?;
        let is_stricter = before
            .as_ref()
            .is_none_or(|before| access_of(before) != access_of(&saved.method));
        let expires_at = saved.method.access_expires.map(Moment::datetime);
        let called = match row.name == saved.method.path() {
            true => row.name.clone(),
            false => format!("{}, now {},", row.name, saved.method.path()),
        };
        let moved = match before {
            Some(before) if before.endpoint != saved.method.endpoint => {
                format!(
                    " Identities are verified elsewhere now.{}",
                    asserted(&saved.method)
                )
            }
            _ => String::new(),
        };
        let ended = match is_stricter {
            true => " Its sessions were ended.",
            false => "",
        };
        let text = format!(
            "Auth method {called} ({}) was changed.{moved}{ended}",
            row.access_id
        );
        row = AuthMethodRow {
            name: saved.method.path(),
            draft: text_of(draft)?,
            protected: saved.method.delete_protection,
            expires_at,
            updated_at: self.0.now(),
            ..row
        };
        let line = self.0.line(Kind::MethodUpdated, text);
        let methods = self.0.store.auth_methods().noting(&line);
        methods.update(&row, &stored, is_stricter)?;
        Ok(self.show(&row.access_id)?)
    }

    /// Switches one on.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn enable(&self, name: &str) -> Result<AuthMethodView, Problem> {
        let row = self.row(name)?;
        let line = self.0.line(
            Kind::MethodEnabled,
            format!("{} was switched on.", told(&row)),
        );
        let methods = self.0.store.auth_methods().noting(&line);
        methods.enable(&row.access_id, self.0.now())?;
        self.show(&row.access_id)
    }

    /// Switches one off, with its sessions and, where that is wanted, the leases that were got by it.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn disable(&self, name: &str, leases: Leases) -> Result<Closed<AuthMethodView>, Problem> {
        let row = self.row(name)?;
        let text = format!("{} was switched off. Its sessions were ended.", told(&row));
        let line = self.0.line(Kind::MethodDisabled, text);
        let way = WayIn::Method {
            access_id: &row.access_id,
            now: self.0.now(),
        };
        let leases = self.0.shut(way, &line, (leases, whose(&row)))?;
        let way = self.show(&row.access_id)?;
        Ok(Closed { way, leases })
    }

    /// Deletes one, with its sessions, its ways to roles and, where that is wanted, the leases that were
    /// got by it. The answer is its name.
    ///
    /// # Errors
    /// There is none of this name, or it is protected.
    pub fn delete(&self, name: &str, leases: Leases) -> Result<Closed<String>, Problem> {
        let row = self.row(name)?;
        if row.protected {
            self.0.note(
                Kind::MethodDeleteRefused,
                format!("{} was to be deleted, and is protected.", told(&row)),
            )?;
            return Err(protected(&row.name));
        }
        let text = format!("{} was deleted. Its sessions were ended.", told(&row));
        let line = self.0.line(Kind::MethodDeleted, text);
        let way = WayIn::MethodForGood {
            access_id: &row.access_id,
        };
        let leases = self.0.shut(way, &line, (leases, whose(&row)))?;
        Ok(Closed {
            way: row.name,
            leases,
        })
    }

    /// What the owner is to be told of methods that end soon, each once: it is noted as told.
    ///
    /// # Errors
    /// The state file cannot be read or written.
    pub fn expiry_notices(&self) -> Result<Vec<ExpiryNotice>, Problem> {
        let now = self.0.now();
        let mut told = Vec::new();
        for row in self.0.store.auth_methods().all()? {
            let (Some(end), Ok(method)) = (row.expires_at, self.read(&row)) else {
                continue;
            };
            let due: Vec<u32> = method
                .expiry_notices()
                .into_iter()
                .filter(|(at, days)| at.datetime() <= now && !row.notified_days.contains(days))
                .map(|(_, days)| days)
                .collect();
            if due.is_empty() {
                continue;
            }
            let days = [row.notified_days.as_slice(), &due].concat();
            let text = match end > now {
                true => format!(
                    "The auth method {} stops working at {}.",
                    row.name,
                    Moment::from(end)
                ),
                false => format!("The auth method {} has stopped working.", row.name),
            };
            let line = self.0.line(Kind::MethodExpires, text.clone());
            let methods = self.0.store.auth_methods().noting(&line);
            // Another process may tell it at this moment: one of us does.
            if !methods.set_notified(&row, &days)? {
                continue;
            }
            told.push(ExpiryNotice {
                access_id: row.access_id,
                name: row.name,
                expires_at: end,
                text,
            });
        }
        Ok(told)
    }

    /// When [`Self::expiry_notices`] has something to tell next, as far as is known now.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn next_expiry_notice(&self) -> Result<Option<DateTime<Utc>>, Problem> {
        let mut next = None;
        for row in self.0.store.auth_methods().all()? {
            let Ok(method) = self.read(&row) else {
                continue;
            };
            let waiting = method
                .expiry_notices()
                .into_iter()
                .filter(|(_, days)| !row.notified_days.contains(days))
                .map(|(at, _)| at.datetime())
                .min();
            next = next.into_iter().chain(waiting).min();
        }
        Ok(next)
    }

    /// The one with this name or access id, as it is kept.
    pub(super) fn row(&self, name: &str) -> Result<AuthMethodRow, Problem> {
        let name = name.trim();
        let methods = self.0.store.auth_methods();
        let found = match methods.find(name)? {
            None if !name.starts_with('/') => methods.find(&format!("/{name}"))?,
            found => found,
        };
        found.ok_or_else(|| {
            Problem::new(
                Code::NotFound,
                format!("There is no auth method `{}`.", clip(name, 80)),
            )
            .with_hint("`leasehold auth-method list` shows the names.")
            .at("name")
        })
    }

    /// The method that a row holds, as today's rules read it.
    pub(crate) fn read(&self, row: &AuthMethodRow) -> Result<AuthMethod, Vec<Problem>> {
        let draft = draft_of(row).map_err(|problem| vec![problem])?;
        reload(&draft, &self.0.hosts, self.0.limits)
    }

    /// Whether anybody gets in by it now.
    pub(super) fn works(&self, row: &AuthMethodRow) -> bool {
        let is_over = row.expires_at.is_some_and(|end| end <= self.0.now());
        row.enabled && !is_over && self.read(row).is_ok()
    }

    /// Whether it ends within a week, or within the first of the days at which its owner is told.
    fn ends_soon(&self, method: &AuthMethod) -> bool {
        let first = method.expiry_notices().first().map_or(0, |(_, days)| *days);
        let soon = TimeDelta::days(i64::from(first)).max(SOON);
        method
            .access_expires
            .is_some_and(|end| end.datetime() - self.0.now() <= soon)
    }

    fn judge(&self, draft: &AuthMethodDraft) -> Result<Saved, Refused> {
        validate(draft, &self.0.hosts, self.0.limits, self.0.now()).map_err(Refused)
    }

    fn free(&self, path: &str, own: Option<&str>) -> Result<(), Problem> {
        match self.0.store.auth_methods().find(path)? {
            Some(row) if own != Some(row.access_id.as_str()) => Err(Problem::new(
                Code::NameTaken,
                format!("There is an auth method {} already.", row.name),
            )
            .with_hint("Choose another name or folder.")
            .at("name")),
            _ => Ok(()),
        }
    }

    fn view(&self, row: AuthMethodRow) -> Result<AuthMethodView, Problem> {
        let mut view = AuthMethodView {
            access_type: ACCESS_TYPE.to_owned(),
            enabled: row.enabled,
            expired: row.expires_at.is_some_and(|end| end <= self.0.now()),
            expires_at: row.expires_at,
            expires_soon: false,
            banner: None,
            open_leases: self.0.open_leases(whose(&row))?,
            method: AuthMethodDraft {
                name: row.name.clone(),
                ..AuthMethodDraft::default()
            },
            roles: Vec::new(),
            notices: Vec::new(),
            problems: Vec::new(),
            created_at: row.created_at,
            updated_at: row.updated_at,
            access_id: row.access_id.clone(),
            name: row.name.clone(),
        };
        // One that cannot be read lets nobody in, and hides no other.
        match draft_of(&row) {
            Ok(draft) => view.method = draft,
            Err(problem) => view.problems.push(problem),
        }
        if view.problems.is_empty() {
            match reload(&view.method, &self.0.hosts, self.0.limits) {
                Ok(method) => {
                    view.notices = notices(&method);
                    view.banner = method.endpoint.warning();
                    view.expires_soon = !view.expired && self.ends_soon(&method);
                }
                Err(problems) => view.problems = problems,
            }
        }
        if view.expired {
            view.notices
                .push("Its time is over: nobody logs in by it.".into());
        }
        let ways = self
            .0
            .store
            .role_associations()
            .of_method(&view.access_id)?;
        let bare = ways.iter().filter(|way| way.sub_claims.is_empty()).count();
        if view.method.force_sub_claims && bare > 0 {
            view.notices.push(format!(
                "{bare} of its roles are associated without sub-claims, and nobody gets them any more."
            ));
        }
        let roles = self.0.store.access_roles().all()?;
        view.roles = roles
            .into_iter()
            .filter(|role| ways.iter().any(|way| way.role_id == role.id))
            .map(|role| role.name)
            .collect();
        Ok(view)
    }
}

/// It, for a line of the activity log.
fn told(row: &AuthMethodRow) -> String {
    format!("Auth method {} ({})", row.name, row.access_id)
}

fn whose(row: &AuthMethodRow) -> Whose<'_> {
    Whose {
        access_id: &row.access_id,
        identity: None,
    }
}

/// Everything about a method that decides who comes in, from where and until when.
fn access_of(method: &AuthMethod) -> AuthMethod {
    let plain = method.clone();
    AuthMethod {
        description: String::new(),
        expiration_event_in: Vec::new(),
        audit_claims: Vec::new(),
        unique_identifier: None,
        delete_protection: false,
        ..plain
    }
    .at_no_place()
}

fn asserted(method: &AuthMethod) -> String {
    match &method.endpoint {
        StsEndpoint::Aws | StsEndpoint::OneOfAws(_) => String::new(),
        pinned @ StsEndpoint::Pinned(_) => pinned
            .warning()
            .map_or_else(String::new, |warning| format!(" {warning}")),
    }
}

fn text_of(draft: &AuthMethodDraft) -> Result<String, Problem> {
    serde_json::to_string(draft).map_err(|error| {
        Problem::new(
            Code::Internal,
            format!("The auth method could not be written out: {error}."),
        )
    })
}

pub(super) fn draft_of(row: &AuthMethodRow) -> Result<AuthMethodDraft, Problem> {
    serde_json::from_str(&row.draft).map_err(|error| {
        Problem::new(
            Code::StoreDamaged,
            format!("The auth method {} cannot be read: {error}.", row.name),
        )
        .with_hint("Delete it and make it anew.")
    })
}
