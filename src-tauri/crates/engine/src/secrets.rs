//! Dynamic secrets: recipes for IAM users and for sessions of STS.

use leasehold_domain::recipe::{self, Recipe, UserRecipe};
use leasehold_domain::{
    Code, CredentialType, LeaseState, Problem, TemplateContext, lint, managing_policy,
};
use leasehold_store::{ActivityLine, ConnectionKind, EnvironmentRow, LeaseFilter, SecretRow};

use crate::connections::{AddAccessKey, Connections};
use crate::core::Core;
use crate::draft::{Accepted, Place, draft_of, first, recipe_draft, row};
use crate::environments::{Environments, count};
use crate::leases::Leases;
use crate::note::Note;
use crate::reference::{full_name, resolve};
use crate::wire::{
    ActivityKind, BudgetView, DraftCheck, PolicyMark, Preflight, RevokeReport, SecretDraft,
    SecretView,
};

/// The dynamic secrets of this home.
#[derive(Debug, Clone, Copy)]
pub struct Secrets<'a>(pub(crate) &'a Core);

impl Secrets<'_> {
    /// Says everything about a draft that can be said without AWS.
    ///
    /// # Errors
    /// The state file cannot be read. What is wrong with the draft is in the answer.
    pub fn check(&self, draft: &SecretDraft, editing: Option<&str>) -> Result<DraftCheck, Problem> {
        let connection = self.0.connection(draft.connection.trim()).ok();
        let place = Place::of(connection.as_ref());
        let form = recipe_draft(draft);
        let budget = recipe::draft_budget(&form, &place.partition, &place.account);
        let mut check = DraftCheck {
            problems: Vec::new(),
            warnings: Vec::new(),
            marks: Vec::new(),
            budget: BudgetView {
                documents: budget.documents,
                guards: budget.guards,
                limit: budget.limit,
            },
            user_name_example: None,
            summary: Vec::new(),
        };
        let accepted = self.accept(draft, editing);
        let valid = accepted.as_ref().ok().map(|one| (&one.recipe, budget));
        let found = lint::lint(&form, valid);
        check.warnings = found.iter().map(Problem::from).collect();
        check.marks = found.iter().filter_map(PolicyMark::of).collect();
        match accepted {
            Ok(accepted) => {
                check.summary = recipe::summary(&accepted.recipe);
                let user = accepted.recipe.user();
                let example = user.and_then(|user| self.user_name(&accepted.recipe, user).ok());
                check.user_name_example = example.map(|name| name.as_str().to_owned());
            }
            Err(problems) => check.problems = problems,
        }
        Ok(check)
    }

    /// Adds one.
    ///
    /// # Errors
    /// The first of the draft's problems; [`Self::check`] has them all.
    pub fn add(&self, draft: &SecretDraft) -> Result<SecretView, Problem> {
        let accepted = self.accept(draft, None).map_err(first)?;
        let now = self.0.clock.now();
        let row = row(accepted, uuid::Uuid::new_v4().to_string(), now, now);
        let text = format!("Dynamic secret `{}` was added.", full_name(&row));
        let line = self.line(ActivityKind::SecretAdded, text, &row);
        self.0.store.secrets().noting(&line).insert(&row)?;
        self.changed();
        self.view(row)
    }

    /// Adds one together with the connection for an access key entered on the spot. The draft is
    /// judged before the key is sent anywhere; a connection that was made for a secret that is
    /// then refused is removed again.
    ///
    /// # Errors
    /// As [`Self::add`] and [`Connections::add_access_key`].
    pub async fn add_with_key(
        &self,
        draft: &SecretDraft,
        key: AddAccessKey,
    ) -> Result<SecretView, Problem> {
        let mut draft = draft.clone();
        draft.connection.clone_from(&key.name);
        let early = self.accept(&draft, None).err().unwrap_or_default();
        let about_connection =
            |problem: &Problem| matches!(problem.field.as_deref(), Some("connection"));
        if let Some(problem) = early.into_iter().find(|problem| !about_connection(problem)) {
            return Err(problem);
        }
        let connections = Connections(self.0);
        let made = connections.add_access_key(key).await?;
        match self.add(&draft) {
            Ok(view) => Ok(view),
            Err(problem) => {
                connections.remove(&made.name).await?;
                Err(problem)
            }
        }
    }

    /// All of them, by environment, folder and name.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn list(&self) -> Result<Vec<SecretView>, Problem> {
        let mut rows = self.0.store.secrets().all()?;
        rows.sort_by(|a, b| {
            (&a.environment, &a.folder, &a.name).cmp(&(&b.environment, &b.folder, &b.name))
        });
        rows.into_iter().map(|row| self.view(row)).collect()
    }

    /// The pinned ones, then the others; of each those that were used last, the latest first, then
    /// those that never were.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn recent(&self, most: u32) -> Result<Vec<SecretView>, Problem> {
        let rows = self.0.store.secrets().recent(most)?;
        rows.into_iter().map(|row| self.view(row)).collect()
    }

    /// The one that `reference` names.
    ///
    /// # Errors
    /// None or more than one does.
    pub fn show(&self, reference: &str) -> Result<SecretView, Problem> {
        self.view(resolve(&self.0.store, reference)?)
    }

    /// Replaces its recipe. Leases that exist keep what they were made with.
    ///
    /// # Errors
    /// The first of the draft's problems.
    pub fn edit(&self, reference: &str, draft: &SecretDraft) -> Result<SecretView, Problem> {
        let old = resolve(&self.0.store, reference)?;
        if old.deleting {
            return Err(deleting(&old));
        }
        let accepted = self.accept(draft, Some(&old.id)).map_err(first)?;
        let kind = old.credential.kind();
        if accepted.recipe.credential_type() != kind {
            return Err(other_type(kind));
        }
        let row = SecretRow {
            pinned_at: old.pinned_at,
            ..row(accepted, old.id.clone(), old.created_at, self.0.clock.now())
        };
        let text = format!(
            "Dynamic secret `{}` was edited: {}.",
            full_name(&old),
            changed_fields(&old, &row)
        );
        let line = self.line(ActivityKind::SecretEdited, text, &row);
        self.0.store.secrets().noting(&line).update(&row)?;
        self.changed();
        self.view(row)
    }

    /// Pins one, or takes the pin off. Its recipe, and what a pre-flight found of it, stay.
    ///
    /// # Errors
    /// There is no such secret.
    pub fn pin(&self, reference: &str, pinned: bool) -> Result<SecretView, Problem> {
        let row = resolve(&self.0.store, reference)?;
        if row.pinned_at.is_some() != pinned {
            let at = pinned.then(|| self.0.clock.now());
            self.0.store.secrets().pin(&row.id, at)?;
            self.0.catalog_changed();
        }
        self.show(&row.id)
    }

    /// Removes one. With open leases it is refused, unless they are to be revoked first: then
    /// it goes as soon as AWS confirmed the last of them, however long that takes.
    ///
    /// # Errors
    /// It has open leases and `revoke_leases` is false.
    pub async fn remove(
        &self,
        reference: &str,
        revoke_leases: bool,
    ) -> Result<RevokeReport, Problem> {
        let row = resolve(&self.0.store, reference)?;
        let open = self.open_leases(&row.id)?;
        if open.is_empty() {
            let text = format!("Dynamic secret `{}` was removed.", full_name(&row));
            let line = self.line(ActivityKind::SecretRemoved, text, &row);
            self.0.store.secrets().noting(&line).remove(&row.id)?;
            self.changed();
            return Ok(RevokeReport::default());
        }
        if !revoke_leases {
            return Err(Problem::new(
                Code::Refused,
                format!(
                    "Dynamic secret `{}` has {} open leases.",
                    row.name,
                    open.len()
                ),
            )
            .with_hint("Revoke them first, or ask for both: `--revoke-leases`."));
        }
        let text = format!(
            "Dynamic secret `{}` is removed once its {} open leases have ended.",
            full_name(&row),
            open.len()
        );
        let line = self.line(ActivityKind::SecretRemoving, text, &row);
        let now = self.0.clock.now();
        let secrets = self.0.store.secrets();
        secrets.noting(&line).begin_removal(&row.id, now)?;
        self.changed();
        let report = Leases(self.0).revoke(&open).await?;
        self.finish_removals()?;
        Ok(report)
    }

    /// Finds out whether leases of this secret could be made, renewed and ended: with calls that
    /// change nothing, or with a canary, the whole life of one lease whose key nobody sees.
    ///
    /// # Errors
    /// There is no such secret, or AWS cannot be reached. What AWS denies is in the answer.
    pub async fn preflight(&self, reference: &str, canary: bool) -> Result<Preflight, Problem> {
        crate::preflight::run(self.0, reference, canary).await
    }

    /// Removes the secrets that waited for their leases and wait no longer.
    pub(crate) fn finish_removals(&self) -> Result<(), Problem> {
        self.finish_removals_by(&self.0.requester)
    }

    pub(crate) fn finish_removals_by(&self, actor: &str) -> Result<(), Problem> {
        for row in self.0.store.secrets().all()? {
            self.finish_removal_of(&row, actor)?;
        }
        Ok(())
    }

    /// The same for the secret of a lease that has just come to rest.
    pub(crate) fn finish_removal_by(&self, secret_id: &str, actor: &str) -> Result<(), Problem> {
        match self.0.store.secrets().by_id(secret_id)? {
            Some(row) => self.finish_removal_of(&row, actor),
            None => Ok(()),
        }
    }

    fn finish_removal_of(&self, row: &SecretRow, actor: &str) -> Result<(), Problem> {
        if row.deleting && self.0.store.leases().count(&open_of(&row.id))? == 0 {
            let text = format!(
                "Dynamic secret `{}` was removed; its last lease has ended.",
                full_name(row)
            );
            let note = Note::new(ActivityKind::SecretRemoved, text).by(actor);
            let line = self.0.line(note.of_secret(row));
            self.0.store.secrets().noting(&line).remove(&row.id)?;
            self.changed();
        }
        Ok(())
    }

    /// A line about a secret and the connection it uses.
    pub(crate) fn line(&self, kind: ActivityKind, text: String, row: &SecretRow) -> ActivityLine {
        let mut note = Note::new(kind, text).of_secret(row);
        if let Ok(Some(connection)) = self.0.store.connections().by_id(&row.connection_id) {
            note = note.over(&connection);
        }
        self.0.line(note)
    }

    pub(crate) fn changed(&self) {
        self.0.activity_grew();
        self.0.catalog_changed();
    }

    fn open_leases(&self, secret_id: &str) -> Result<Vec<String>, Problem> {
        let filter = open_of(secret_id);
        Ok(self
            .0
            .store
            .leases()
            .list(&filter)?
            .into_iter()
            .map(|lease| lease.id)
            .collect())
    }

    /// Judges a draft; the answer holds every problem there is.
    fn accept(&self, draft: &SecretDraft, editing: Option<&str>) -> Result<Accepted, Vec<Problem>> {
        let environment = Environments(self.0).named(draft.environment.trim());
        self.accept_in(environment, draft, editing)
    }

    /// The same for an environment that may not be there yet.
    pub(crate) fn accept_in(
        &self,
        environment: Result<EnvironmentRow, Problem>,
        draft: &SecretDraft,
        editing: Option<&str>,
    ) -> Result<Accepted, Vec<Problem>> {
        let mut problems = Vec::new();
        let connection = match self.0.connection(draft.connection.trim()) {
            Ok(row) => Some(row),
            Err(_) if draft.connection.trim().is_empty() => {
                problems.push(Problem::refused_input(
                    "connection",
                    "A dynamic secret needs a connection to make its leases over.",
                    "Choose one, or add one with an access key.",
                ));
                None
            }
            Err(problem) => {
                problems.push(problem);
                None
            }
        };
        let environment = match environment {
            Ok(row) => Some(row),
            Err(problem) => {
                problems.push(problem);
                None
            }
        };
        let place = Place::of(connection.as_ref());
        let recipe = match recipe::validate(&recipe_draft(draft), place.ground()) {
            Ok(recipe) => Some(recipe),
            Err(more) => {
                problems.extend(more);
                None
            }
        };
        let user = recipe.as_ref().and_then(Recipe::user);
        if let (Some(user), Some(connection)) = (user, &connection)
            && managing_policy::covers(&user.iam_path, &connection.caller_arn)
        {
            // Every user has the path `/`, the manager too; that is a warning there, not a refusal.
            if user.iam_path.as_str() != "/" {
                problems.push(Problem::refused_input(
                    "iam_path",
                    format!(
                        "The path `{}` also covers the managing user itself, {}.",
                        user.iam_path.as_str(),
                        connection.caller_arn
                    ),
                    "Choose a path of its own for leased users, such as `/leases/`.",
                ));
            }
        }
        if let (Some(recipe), Some(environment)) = (&recipe, &environment) {
            match self.taken(recipe, &environment.name, editing) {
                Ok(None) => {}
                Ok(Some(problem)) | Err(problem) => problems.push(problem),
            }
        }
        match (recipe, environment, connection) {
            (Some(recipe), Some(environment), Some(connection)) if problems.is_empty() => {
                Ok(Accepted {
                    recipe,
                    environment,
                    connection,
                })
            }
            _ => Err(problems),
        }
    }

    fn taken(
        &self,
        recipe: &Recipe,
        environment: &str,
        editing: Option<&str>,
    ) -> Result<Option<Problem>, Problem> {
        let (folder, name) = (recipe.folder.as_str(), recipe.name.as_str());
        let found = self
            .0
            .store
            .secrets()
            .find(Some(environment), Some(folder), name)?;
        if found.iter().all(|row| Some(row.id.as_str()) == editing) {
            return Ok(None);
        }
        Ok(Some(
            Problem::new(
                Code::NameTaken,
                format!("There is a dynamic secret `{name}` in {environment}:{folder} already."),
            )
            .with_hint("Choose another name or another folder.")
            .at("name"),
        ))
    }

    /// A user name as the recipe makes them.
    pub(crate) fn user_name(
        &self,
        recipe: &Recipe,
        user: &UserRecipe,
    ) -> Result<leasehold_domain::UserName, Problem> {
        let context = TemplateContext {
            secret: recipe.name.as_str(),
            identity: &self.0.requester,
            unix_timestamp: self.0.clock.now().timestamp(),
        };
        // The system's randomness fails on no supported platform once the process runs; where it
        // did, the name would fall short of its random bits, so the failure is kept and answered.
        let mut failed = None;
        let name = user.template.render(&context, &mut |bytes: &mut [u8]| {
            if let Err(problem) = leasehold_domain::random_bytes(bytes) {
                failed = Some(problem);
            }
        });
        failed.map_or(name, Err)
    }

    fn view(&self, row: SecretRow) -> Result<SecretView, Problem> {
        let connection = self.0.store.connections().by_id(&row.connection_id)?;
        let filter = LeaseFilter {
            secret_id: Some(row.id.clone()),
            open_only: true,
            ..LeaseFilter::default()
        };
        let leases = self.0.store.leases().list(&filter)?;
        let offset = connection
            .as_ref()
            .map(|c| self.0.offset(c))
            .unwrap_or_default();
        // Past its expiry AWS denies the key, whatever the row says.
        let aws_now = self.0.clock.now() + offset;
        let active: Vec<_> = leases
            .iter()
            .filter(|lease| lease.state == LeaseState::Active && lease.expires_at > aws_now)
            .filter(|lease| !crate::preflight::is_canary(lease))
            .collect();
        let next = active.iter().min_by_key(|lease| lease.expires_at);
        Ok(SecretView {
            account_id: connection
                .as_ref()
                .map(|c| c.account_id.clone())
                .unwrap_or_default(),
            practice: connection
                .as_ref()
                .is_some_and(|c| c.kind == ConnectionKind::Practice),
            open_leases: count(leases.iter()),
            active_leases: count(active.iter()),
            next_issued_at: next.and_then(|lease| lease.issued_at),
            next_expires_at: next.map(|lease| lease.expires_at),
            clock_offset_ms: offset.num_milliseconds(),
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleting: row.deleting,
            pinned: row.pinned_at.is_some(),
            preflight: crate::preflight::view(self.0, &row, connection.as_ref())?,
            draft: SecretDraft {
                connection: connection.map(|c| c.name).unwrap_or_default(),
                ..draft_of(&row)
            },
            id: row.id,
        })
    }
}

/// What is to be known of a draft that broke no rule.
pub(crate) fn advice(draft: &SecretDraft, accepted: &Accepted) -> Vec<Problem> {
    let place = Place::of(Some(&accepted.connection));
    let form = recipe_draft(draft);
    let budget = recipe::draft_budget(&form, &place.partition, &place.account);
    let found = lint::lint(&form, Some((&accepted.recipe, budget)));
    found.iter().map(Problem::from).collect()
}

fn open_of(secret_id: &str) -> LeaseFilter {
    LeaseFilter {
        secret_id: Some(secret_id.to_owned()),
        open_only: true,
        ..LeaseFilter::default()
    }
}

/// What a secret gives out does not change under those who use it.
pub(crate) fn other_type(kind: CredentialType) -> Problem {
    Problem::refused_input(
        "credential_type",
        format!("The leases of this dynamic secret are of type {kind}, and stay so."),
        "Add another dynamic secret, and remove this one when nobody uses it any more.",
    )
}

pub(crate) fn deleting(row: &SecretRow) -> Problem {
    Problem::new(
        Code::Refused,
        format!(
            "Dynamic secret `{}` is being removed; its last leases are ending.",
            row.name
        ),
    )
    .with_hint("`leasehold lease list` shows what it waits for.")
}

/// Names of what an edit changed; what it says now is not for a log.
pub(crate) fn changed_fields(old: &SecretRow, new: &SecretRow) -> String {
    let fields = [
        ("environment", old.environment_id != new.environment_id),
        ("folder", old.folder != new.folder),
        ("name", old.name != new.name),
        ("connection", old.connection_id != new.connection_id),
        ("default TTL", old.default_ttl_s != new.default_ttl_s),
        ("max TTL", old.max_ttl_s != new.max_ttl_s),
        ("region", old.region != new.region),
        ("credentials", old.credential != new.credential),
        ("IAM path", old.iam_path != new.iam_path),
        ("permission boundary", old.boundary != new.boundary),
        ("groups", old.groups != new.groups),
        ("managed policies", old.policy_arns != new.policy_arns),
        ("policy documents", old.documents != new.documents),
        (
            "user-name template",
            old.username_template != new.username_template,
        ),
        ("tags", old.tags != new.tags),
    ];
    let changed: Vec<_> = fields
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect();
    match changed.is_empty() {
        true => "nothing was changed".to_owned(),
        false => changed.join(", "),
    }
}
