//! Connections: how an account is reached, and by whom.

mod kinds;
mod known_profiles;
mod partition;

use chrono::TimeDelta;
use leasehold_aws::{CallLog, Limiter};
use leasehold_domain::{
    AccessKeyId, AccountId, Code, Partition, Problem, Region, Slug, managing_policy,
};
use leasehold_store::{ConnectionKind, ConnectionRow, ConnectionState, SourceRow};
use secrecy::SecretString;

use crate::core::{Core, keychain_name};
use crate::draft::Needs;
use crate::environments::count;
use crate::key_input::{check_secret, endpoint_url};
use crate::note::Note;
use crate::reach::Reached;
use crate::wire::{self, ActivityKind, ConnectionView, ManagingPolicy};

pub use kinds::{AddProfile, AddRole, RoleFrom};

pub(crate) const DEFAULT_REGION: &str = "us-east-1";
/// Longer than the keyring waits for its user: an older connection that is still being added was
/// left by a crash.
const ADDING: TimeDelta = TimeDelta::minutes(2);

/// What a connection with an access key needs.
#[derive(Debug)]
pub struct AddAccessKey {
    /// A name of one's own for it.
    pub name: String,
    /// `AKIA…`
    pub access_key_id: String,
    /// Goes into the keychain and nowhere else.
    pub secret_access_key: SecretString,
    /// `us-east-1` where nothing is said.
    pub region: Option<String>,
    /// For anything that speaks IAM and STS; AWS's own where nothing is said.
    pub endpoint_url: Option<String>,
}

/// The connections of this home.
#[derive(Debug, Clone, Copy)]
pub struct Connections<'a>(pub(crate) &'a Core);

impl Connections<'_> {
    /// All of them, by name.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn list(&self) -> Result<Vec<ConnectionView>, Problem> {
        let mut views = Vec::new();
        for row in self.0.store.connections().all()? {
            if row.state == ConnectionState::Ready {
                views.push(self.view(row)?);
            }
        }
        views.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(views)
    }

    /// The names of those that somebody must log in to, and what each says of it.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn that_need_login(&self) -> Result<Vec<(String, Problem)>, Problem> {
        let all = self.0.store.connections().all()?;
        let waiting = all.into_iter().filter_map(|row| {
            let problem = login_needed(&row)?;
            Some((row.name, problem))
        });
        Ok(waiting.collect())
    }

    /// One of them.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn show(&self, name: &str) -> Result<ConnectionView, Problem> {
        self.view(self.0.connection(name)?)
    }

    /// Adds a connection with an access key: asks AWS who it is first, then keeps the secret in
    /// the keychain. Nothing stays behind on a refusal.
    ///
    /// # Errors
    /// A field breaks a rule, the name is taken, AWS does not know the key, or the keychain
    /// cannot take it.
    pub async fn add_access_key(&self, asked: AddAccessKey) -> Result<ConnectionView, Problem> {
        let name = self.free_name(&asked.name).await?;
        let id = AccessKeyId::parse_managing("access_key_id", asked.access_key_id.trim())?;
        check_secret(&asked.secret_access_key)?;
        let region = region(asked.region.as_deref())?;
        let endpoint_url = endpoint(asked.endpoint_url.as_deref())?;
        let region = region.unwrap_or_else(|| DEFAULT_REGION.to_owned());
        let mut row = self.blank(&name, ConnectionKind::AccessKey, region);
        row.access_key_id = Some(id.as_str().to_owned());
        row.endpoint_url = endpoint_url;
        let endpoint = self.0.endpoint(&row)?;
        let reached = self.0.client(
            id.as_str(),
            &asked.secret_access_key,
            None,
            &endpoint,
            0,
            Limiter::unshared(),
        );
        let log = CallLog::listening();
        if let Err(problem) = self.identify(&mut row, &reached, &log).await {
            self.0.note_after(refusal(&row, &problem).calls(log.take()));
            return Err(problem);
        }

        // Intent, act, result: a row that is still pending at the next start takes its keychain
        // entry with it.
        self.0.store.connections().insert(&row)?;
        let kept = self
            .0
            .keychain_set(&keychain_name(&row), asked.secret_access_key)
            .await;
        if let Err(problem) = kept {
            // A keyring that waited for its user may take the key after all: where it cannot be
            // told to let go of it now, the next start does.
            row.state = ConnectionState::Removing;
            let line = self.0.line(refusal(&row, &problem).calls(log.take()));
            self.0.store.connections().noting(&line).update(&row)?;
            if let Err(later) = self.finish_removal(&row, &self.0.requester).await {
                tracing::warn!(code = ?later.code, "a connection that was not added waits");
            }
            return Err(problem);
        }
        row.state = ConnectionState::Ready;
        let line = self.0.line(added(&row).calls(log.take()));
        self.0.store.connections().noting(&line).update(&row)?;
        self.changed();
        self.view(row)
    }

    /// Adds the practice account under a name.
    ///
    /// # Errors
    /// The name is not a slug or is taken, there is one already, or its state cannot be read.
    pub async fn add_practice(&self, name: &str) -> Result<ConnectionView, Problem> {
        let name = Slug::parse("name", name.trim())?;
        self.free(name.as_str())?;
        if let Some(other) = self.list()?.into_iter().find(|view| view.practice) {
            return Err(Problem::new(
                Code::Refused,
                format!(
                    "The practice account is connected already, as `{}`.",
                    other.name
                ),
            )
            .with_hint("Use that connection; there is one practice account."));
        }
        let mut row = self.blank(
            name.as_str(),
            ConnectionKind::Practice,
            DEFAULT_REGION.to_owned(),
        );
        let reached = self.0.reach(&row).await?;
        row.access_key_id = Some(self.0.practice()?.manager_keys().0);
        let log = CallLog::listening();
        let identified = self.identify(&mut row, &reached, &log).await;
        self.0.unreach(&row.id);
        identified?;
        row.state = ConnectionState::Ready;
        let line = self.0.line(added(&row).calls(log.take()));
        self.0.store.connections().noting(&line).insert(&row)?;
        self.changed();
        self.view(row)
    }

    /// Asks AWS again who the managing key belongs to.
    ///
    /// # Errors
    /// There is none of that name, the keychain or AWS cannot be asked, or the key now belongs to
    /// another account. What was found is also shown with the connection.
    pub async fn check(&self, name: &str) -> Result<ConnectionView, Problem> {
        let row = self.0.connection(name)?;
        // A session that took a person's code is not thrown away to ask them for another.
        if !self.0.has_session_by_code(&row) {
            self.0.unreach(&row.id);
        }
        let log = CallLog::listening();
        let answer = self.ask(&row, &log).await;
        // What else was written meanwhile stays.
        let mut row = self.0.connection(&row.id)?;
        match &answer {
            Ok(found) => {
                row.partition.clone_from(&found.partition);
                row.caller_arn.clone_from(&found.caller_arn);
                row.verified_at = found.verified_at;
                row.clock_offset_ms = found.clock_offset_ms;
                row.problem_json = None;
            }
            Err(problem) => row.problem_json = serde_json::to_string(problem).ok(),
        }
        let note = match &answer {
            Ok(found) => Note::new(
                ActivityKind::ConnectionChecked,
                format!("AWS says that `{}` is {}.", row.name, found.caller_arn),
            ),
            Err(problem) => Note::refusal(ActivityKind::ConnectionCheckFailed, problem),
        };
        let line = self.0.line(note.over(&row).calls(log.take()));
        self.0.store.connections().noting(&line).update(&row)?;
        self.changed();
        answer?;
        self.view(row)
    }

    /// What AWS says of a connection's key, which must belong to the account it always did.
    async fn ask(&self, row: &ConnectionRow, log: &CallLog) -> Result<ConnectionRow, Problem> {
        let reached = self.0.reach(row).await?;
        let mut found = row.clone();
        self.identify(&mut found, &reached, log).await?;
        if found.account_id == row.account_id {
            return Ok(found);
        }
        Err(Problem::new(
            Code::AwsForeign,
            format!(
                "Connection `{}` now leads to account {}, not {}.",
                row.name, found.account_id, row.account_id
            ),
        )
        .with_hint("Add the other account as a connection of its own."))
    }

    /// The policy to give the managing user, scoped to the dynamic secrets that use it.
    ///
    /// # Errors
    /// There is none of that name, or what is stored of its secrets cannot be read.
    pub fn policy(&self, name: &str) -> Result<ManagingPolicy, Problem> {
        let row = self.0.connection(name)?;
        let (mut users, mut sessions) = (Vec::new(), Vec::new());
        for secret in self.0.store.secrets().all()? {
            if secret.connection_id == row.id {
                match crate::draft::scope(&secret, &row)? {
                    Needs::Users(scope) => users.push(scope),
                    Needs::Sessions(scope) => sessions.push(scope),
                }
            }
        }
        // What is open must be ended whatever the recipes say today.
        for lease in self.0.store.leases().open()? {
            if lease.connection_id != row.id {
                continue;
            }
            match crate::draft::scope_of_lease(&lease) {
                Some(Needs::Users(scope)) => {
                    let same = |one: &managing_policy::Scope| {
                        one.iam_path == scope.iam_path && one.boundary == scope.boundary
                    };
                    if !users.iter().any(same) {
                        users.push(scope);
                    }
                }
                Some(Needs::Sessions(scope)) => sessions.push(scope),
                None => {}
            }
        }
        let partition = Partition::parse("partition", &row.partition)?;
        let account = AccountId::parse("account_id", &row.account_id)?;
        let made = managing_policy::generate(&partition, &account, &users, &sessions);
        let caller = &row.caller_arn;
        Ok(ManagingPolicy {
            document: made.document,
            notes: made.notes,
            optional: managing_policy::optional(&partition, &account, &users, &sessions, caller),
        })
    }

    /// Removes a connection that nothing uses any more, and its key from the keychain.
    ///
    /// # Errors
    /// Dynamic secrets or open leases still need it, or the keychain cannot be asked.
    pub async fn remove(&self, name: &str) -> Result<(), Problem> {
        let mut row = self.0.connection(name)?;
        let view = self.view(row.clone())?;
        if view.secrets > 0 || view.open_leases > 0 {
            return Err(Problem::new(
                Code::Refused,
                format!(
                    "Connection `{}` is needed by {} dynamic secrets and {} open leases.",
                    view.name, view.secrets, view.open_leases
                ),
            )
            .with_hint("Remove the dynamic secrets and revoke the leases first.")
            .at("connection"));
        }
        let roles = self.roles_from(&row.id)?;
        if !roles.is_empty() {
            return Err(Problem::new(
                Code::Refused,
                format!(
                    "The role of connection `{}` is assumed from `{}`.",
                    roles.join("`, `"),
                    row.name
                ),
            )
            .with_hint("Remove that connection first.")
            .at("connection"));
        }
        if crate::rotate::is_at_work(self.0, &row.id).await? {
            return Err(crate::rotate::busy(&row.name));
        }
        row.state = ConnectionState::Removing;
        let text = format!("Connection `{}` and its key are to go.", row.name);
        let line = self
            .0
            .line(Note::new(ActivityKind::ConnectionRemoving, text).over(&row));
        self.0.store.connections().noting(&line).update(&row)?;
        self.finish_removal(&row, &self.0.requester).await
    }

    /// Finishes what a crash left of adding or removing connections. One that another process may
    /// be adding right now is left alone.
    pub(crate) async fn take_up(&self, actor: &str) -> Result<(), Problem> {
        let now = self.0.clock.now();
        for row in self.0.store.connections().all()? {
            let left = match row.state {
                ConnectionState::Ready => false,
                ConnectionState::Pending => now - row.created_at > ADDING,
                ConnectionState::Removing => true,
            };
            if left {
                self.finish_removal(&row, actor).await?;
            }
        }
        Ok(())
    }

    async fn finish_removal(&self, row: &ConnectionRow, actor: &str) -> Result<(), Problem> {
        let text = match row.kind {
            ConnectionKind::AccessKey => {
                self.0.keychain_remove(&keychain_name(row)).await?;
                let left = crate::rotate::forget(self.0, row).await?;
                format!(
                    "Connection `{}` was removed, and its key with it.{left}",
                    row.name
                )
            }
            _ => format!("Connection `{}` was removed.", row.name),
        };
        self.0.unreach(&row.id);
        let note = Note::new(ActivityKind::ConnectionRemoved, text).by(actor);
        let line = self.0.line(note.over(row));
        self.0.store.connections().noting(&line).remove(&row.id)?;
        self.changed();
        Ok(())
    }

    /// Writes into `row` who AWS says the key is.
    async fn identify(
        &self,
        row: &mut ConnectionRow,
        reached: &Reached,
        log: &CallLog,
    ) -> Result<(), Problem> {
        let caller = reached.aws.noted_in(log.clone()).caller_identity().await?;
        let arn = leasehold_domain::Arn::parse("caller_arn", &caller.arn).map_err(|problem| {
            Problem::new(
                Code::AwsUnexpected,
                format!("AWS named the caller in a way that cannot be read: {problem}"),
            )
            .with_hint("Check the connection's endpoint URL.")
        })?;
        if row.endpoint_url.is_none() && row.kind != ConnectionKind::Practice {
            // An endpoint of somebody's own may call itself what it likes.
            partition::agrees("region", &arn, &row.region)?;
        }
        row.partition = arn.partition.as_str().to_owned();
        row.account_id = AccountId::parse("account_id", &caller.account)
            .map_err(|problem| Problem::new(Code::AwsUnexpected, problem.message))?
            .as_str()
            .to_owned();
        row.caller_arn = caller.arn;
        row.verified_at = self.0.clock.now();
        row.clock_offset_ms = reached.offset.get();
        Ok(())
    }

    fn blank(&self, name: &str, kind: ConnectionKind, region: String) -> ConnectionRow {
        let now = self.0.clock.now();
        ConnectionRow {
            id: uuid::Uuid::new_v4().to_string(),
            name: name.to_owned(),
            kind,
            state: ConnectionState::Pending,
            access_key_id: None,
            region,
            endpoint_url: None,
            account_id: String::new(),
            partition: String::new(),
            caller_arn: String::new(),
            verified_at: now,
            created_at: now,
            clock_offset_ms: 0,
            problem_json: None,
            source: SourceRow::default(),
            key_entry: None,
            key_at: None,
        }
    }

    fn changed(&self) {
        self.0.activity_grew();
        self.0.catalog_changed();
    }

    /// A name that nobody has.
    async fn free_name(&self, name: &str) -> Result<String, Problem> {
        let name = Slug::parse("name", name.trim())?;
        if self.0.store.connections().by_name(name.as_str())?.is_some() {
            // The name may be kept by one that a crash left.
            self.take_up(&self.0.requester).await?;
        }
        self.free(name.as_str())?;
        Ok(name.as_str().to_owned())
    }

    fn free(&self, name: &str) -> Result<(), Problem> {
        if self.0.store.connections().by_name(name)?.is_some() {
            return Err(Problem::new(
                Code::NameTaken,
                format!("There is a connection named `{name}` already."),
            )
            .with_hint("Choose another name.")
            .at("name"));
        }
        Ok(())
    }

    pub(crate) fn view(&self, row: ConnectionRow) -> Result<ConnectionView, Problem> {
        let secrets = self.0.store.secrets().all()?;
        let open = self.0.store.leases().open()?;
        let offset = self.0.offset(&row);
        let from = match &row.source.connection_id {
            Some(id) => self.0.store.connections().by_id(id)?,
            None => None,
        };
        Ok(ConnectionView {
            secrets: count(secrets.iter().filter(|s| s.connection_id == row.id)),
            open_leases: count(open.iter().filter(|l| l.connection_id == row.id)),
            practice: row.kind == ConnectionKind::Practice,
            clock_offset_ms: offset.num_milliseconds(),
            problem: row
                .problem_json
                .and_then(|text| serde_json::from_str(&text).ok()),
            kind: match row.kind {
                ConnectionKind::AccessKey => wire::ConnectionKind::AccessKey,
                ConnectionKind::Profile => wire::ConnectionKind::Profile,
                ConnectionKind::Role => wire::ConnectionKind::Role,
                ConnectionKind::Practice => wire::ConnectionKind::Practice,
            },
            key_rotated_at: row.key_at,
            key_added_at: (row.kind == ConnectionKind::AccessKey)
                .then(|| row.key_at.unwrap_or(row.created_at)),
            from: from.map(|source| source.name),
            profile: row.source.profile,
            role_arn: row.source.role_arn,
            external_id: row.source.external_id,
            mfa_serial: row.source.mfa_serial,
            session_name: row.source.session_name,
            session_seconds: row.source.session_s,
            session_ends_at: self.0.session_end(&row.id),
            rotation: crate::rotate::view(self.0, &row.id)?,
            id: row.id,
            name: row.name,
            access_key_id: row.access_key_id,
            region: row.region,
            endpoint_url: row.endpoint_url,
            account_id: row.account_id,
            partition: row.partition,
            caller_arn: row.caller_arn,
            verified_at: row.verified_at,
            created_at: row.created_at,
        })
    }
}

/// Why somebody must log in to a connection, as it was found the last time.
pub(crate) fn login_needed(row: &ConnectionRow) -> Option<Problem> {
    let problem: Problem = serde_json::from_str(row.problem_json.as_deref()?).ok()?;
    (problem.code == Code::LoginNeeded).then_some(problem)
}

/// A region that was typed.
fn region(typed: Option<&str>) -> Result<Option<String>, Problem> {
    match typed.map(str::trim) {
        None | Some("") => Ok(None),
        Some(region) => Ok(Some(Region::parse("region", region)?.as_str().to_owned())),
    }
}

/// An endpoint that was typed.
fn endpoint(typed: Option<&str>) -> Result<Option<String>, Problem> {
    match typed.map(str::trim) {
        None | Some("") => Ok(None),
        Some(url) => endpoint_url(url).map(Some),
    }
}

fn added(row: &ConnectionRow) -> Note {
    let text = format!(
        "Connection `{}` was added; to AWS it is {}.",
        row.name, row.caller_arn
    );
    Note::new(ActivityKind::ConnectionAdded, text).over(row)
}

fn refusal(row: &ConnectionRow, problem: &Problem) -> Note {
    Note::refusal(ActivityKind::ConnectionRefused, problem).over(row)
}
