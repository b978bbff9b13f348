//! The steps of replacing a key, each of which can be done again after a crash in the middle of it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use leasehold_aws::{Aws, AwsError, AwsErrorKind, CallLog, KeyFacts, Limiter, NewKey};
use leasehold_domain::{Code, Problem};
use leasehold_store::{ConnectionRow, KeySwitch, RotationRow, RotationStep, StoreError};
use secrecy::{ExposeSecret as _, SecretString};

use super::first_look::{MOST_KEYS, denied, full};
use super::{Outcome, with_key};
use crate::core::{Core, keychain_name_of, lock};
use crate::leases::{Patience, backoff};
use crate::note::Note;
use crate::sources::lasting;
use crate::wire::{ActivityKind, Event};

/// For so long a new key is tried: AWS's regions learn of it within seconds.
const UNTIL_IT_WORKS: Duration = Duration::from_secs(60);
/// So often in a row it must work, because AWS answers from several copies.
const IN_A_ROW: u32 = 3;
/// So many tries of that length it gets before it is taken back: what AWS does not know by then, or what a
/// keychain gave back otherwise than it was given, never works.
const MOST_TRIALS: u32 = 3;
/// So often a key whose making was not answered is cleared away and made anew.
const MOST_TRIES: u32 = 3;
/// A call takes no longer than this, and AWS's clock and the ledger's agree better.
const ABOUT_THEN: TimeDelta = TimeDelta::minutes(3);

/// Why the steps stopped.
pub(super) enum Stop {
    /// Another process has taken it over.
    Lost,
    /// To be tried again.
    Failed(Problem),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

impl From<AwsError> for Stop {
    fn from(error: AwsError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// A rotation that is ours to carry on.
pub(super) struct Work<'a> {
    core: &'a Core,
    row: RotationRow,
    connection: ConnectionRow,
    actor: &'a str,
    log: CallLog,
    /// The new secret, in the process that was given it.
    fresh: Option<SecretString>,
    /// Why it is being undone.
    undoing: Option<Problem>,
    tries: u32,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        core: &'a Core,
        row: RotationRow,
        connection: ConnectionRow,
        actor: &'a str,
    ) -> Self {
        Self {
            core,
            row,
            connection,
            actor,
            log: CallLog::listening(),
            fresh: None,
            undoing: None,
            tries: 0,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.connection.name
    }

    pub(super) async fn run(&mut self) -> Result<Outcome, Stop> {
        loop {
            match self.row.step {
                RotationStep::Clearing => self.clear().await?,
                RotationStep::Creating => {
                    if let Some(outcome) = self.create().await? {
                        return Ok(outcome);
                    }
                }
                RotationStep::Made => self.keep().await?,
                RotationStep::Kept => self.switch().await?,
                RotationStep::Switched => return self.retire().await,
                RotationStep::Undoing => {
                    if let Some(outcome) = self.undo().await? {
                        return Ok(outcome);
                    }
                }
            }
        }
    }

    /// Deletes the key that a person chose.
    async fn clear(&mut self) -> Result<(), Stop> {
        if let Some(id) = self.row.remove_key_id.clone() {
            let aws = self.aws().await?;
            gone(aws.delete_access_key(&self.row.user_name, &id).await)?;
        }
        self.row.remove_key_id = None;
        self.go_on(RotationStep::Creating)
    }

    async fn create(&mut self) -> Result<Option<Outcome>, Stop> {
        let aws = self.aws().await?;
        let user = self.row.user_name.clone();
        let mut keys = aws.list_access_keys(&user).await?;
        if let Some(asked_at) = self.row.asked_at {
            // AWS may have made one that nobody got the secret of.
            self.remove_unheard(&aws, &mut keys, asked_at).await?;
        }
        if keys.len() >= MOST_KEYS {
            let others: Vec<&KeyFacts> = keys
                .iter()
                .filter(|key| key.id != self.row.old_key_id)
                .collect();
            let problem = full(self.core, &self.connection, &user, &others, &aws).await;
            return self.give_up(problem).map(Some);
        }
        self.row.known_keys = keys.into_iter().map(|key| key.id).collect();
        self.row.asked_at = Some(self.core.aws_now(&self.connection));
        self.save()?;
        let made = match self.make(&aws).await {
            Ok(made) => made,
            Err(error) if error.maybe_done => {
                self.tries += 1;
                if self.tries < MOST_TRIES {
                    return Ok(None); // Looks what AWS made, and tries anew.
                }
                return Err(error.into());
            }
            Err(error) if is_final(&error) => {
                let problem = match &error.kind {
                    AwsErrorKind::Denied { .. } => {
                        denied(self.core, &self.connection, &[error.action])
                    }
                    _ => error.into(),
                };
                return self.give_up(problem).map(Some);
            }
            Err(error) => return Err(error.into()),
        };
        self.row.new_key_id = Some(made.access_key_id);
        self.fresh = Some(made.secret);
        self.go_on(RotationStep::Made)?;
        Ok(None)
    }

    /// Asks for the key. What AWS certainly did not do is asked again for a while.
    async fn make(&self, aws: &Aws) -> Result<NewKey, AwsError> {
        let mut patience = Patience::new();
        loop {
            match aws.create_access_key(&self.row.user_name).await {
                Err(error) if !error.maybe_done && passes(&error) && patience.left() => {
                    patience.pause().await;
                }
                answer => return answer,
            }
        }
    }

    /// Removes keys that came into being when one was asked for and no answer arrived. Others are
    /// somebody else's.
    async fn remove_unheard(
        &self,
        aws: &Aws,
        keys: &mut Vec<KeyFacts>,
        asked_at: DateTime<Utc>,
    ) -> Result<(), Stop> {
        let mut theirs = Vec::new();
        for key in std::mem::take(keys) {
            if self.row.known_keys.contains(&key.id) || key.id == self.row.old_key_id {
                keys.push(key);
                continue;
            }
            let is_from_then = key
                .created_at
                .is_some_and(|made| (made - asked_at).abs() <= ABOUT_THEN);
            let used = match aws.access_key_last_used(&key.id).await {
                Ok(used) => used.at.is_some(),
                Err(_) => false,
            };
            if is_from_then && !used {
                gone(aws.delete_access_key(&self.row.user_name, &key.id).await)?;
            } else {
                theirs.push(key);
            }
        }
        keys.extend(theirs);
        Ok(())
    }

    /// Puts the new key into the keychain, for every connection that has the old one.
    async fn keep(&mut self) -> Result<(), Stop> {
        let new = self.new_key()?;
        let rows = with_key(self.core, &self.row.old_key_id)?;
        let entries: Vec<_> = rows
            .iter()
            .map(|row| keychain_name_of(&row.id, &new))
            .collect();
        let secret = match self.fresh.clone() {
            Some(secret) => Some(secret),
            None => self.found(&entries).await?,
        };
        let Some(secret) = secret else {
            // Nobody has its secret.
            return self.go_on(RotationStep::Undoing);
        };
        for entry in entries {
            if let Err(problem) = self.core.keychain_set(&entry, secret.clone()).await {
                self.undoing = Some(problem);
                return self.go_on(RotationStep::Undoing);
            }
        }
        self.go_on(RotationStep::Kept)
    }

    /// The new secret, where an earlier process put it.
    async fn found(&self, entries: &[String]) -> Result<Option<SecretString>, Stop> {
        for entry in entries {
            match self.core.keychain_get(entry).await {
                Ok(secret) => return Ok(Some(secret)),
                Err(problem) if problem.code == Code::KeychainNoEntry => {}
                Err(problem) => return Err(problem.into()),
            }
        }
        Ok(None)
    }

    /// Tries the new key until it works, then uses it everywhere.
    async fn switch(&mut self) -> Result<(), Stop> {
        let new = self.new_key()?;
        let rows = with_key(self.core, &self.row.old_key_id)?;
        let entry = keychain_name_of(&self.connection.id, &new);
        let secret = match self.core.keychain_get(&entry).await {
            Ok(secret) => secret,
            Err(problem) if problem.code == Code::KeychainNoEntry => {
                // A keychain that forgets what it has just taken would forget the next one too.
                self.undoing = self.fresh.is_some().then_some(problem);
                return self.go_on(RotationStep::Undoing);
            }
            Err(problem) => return Err(problem.into()),
        };
        let is_other = |fresh: &SecretString| fresh.expose_secret() != secret.expose_secret();
        if self.fresh.as_ref().is_some_and(is_other) {
            self.undoing = Some(Problem::new(
                Code::KeychainFailed,
                "The keychain gave back another key than it was given.",
            ));
            return self.go_on(RotationStep::Undoing);
        }
        let aws = self.aws_of(&new, &secret)?;
        match self.try_out(&aws).await {
            Err(Stop::Failed(problem)) if self.is_hopeless(&problem) => {
                self.undoing = Some(problem);
                return self.go_on(RotationStep::Undoing);
            }
            tried => tried?,
        }
        let to: Vec<_> = rows
            .iter()
            .map(|row| KeySwitch {
                connection_id: row.id.clone(),
                entry: keychain_name_of(&row.id, &new),
            })
            .collect();
        self.row.step = RotationStep::Switched;
        self.touch();
        let line = self.core.line(
            Note::new(
                ActivityKind::ConnectionRotating,
                format!(
                    "Connection `{}` uses the key {new} now; {} is to go.",
                    self.connection.name, self.row.old_key_id
                ),
            )
            .over(&self.connection)
            .by(self.actor)
            .calls(self.log.take()),
        );
        let rotations = self.core.store.rotations().noting(&line);
        if !rotations.switch(&self.row, &to, self.core.clock.now())? {
            return Err(Stop::Lost);
        }
        self.tell();
        // Work that is under way goes on with it.
        for one in &to {
            let reached = lock(&self.core.reached).get(&one.connection_id).cloned();
            if let Some(reached) = reached {
                let key = lasting(new.clone(), secret.clone());
                reached.aws.session().set(key);
            }
        }
        Ok(())
    }

    /// Whether AWS will never take the new key.
    fn is_hopeless(&self, problem: &Problem) -> bool {
        problem.code == Code::AwsWrongKey && self.row.attempts + 1 >= MOST_TRIALS
    }

    async fn try_out(&self, aws: &Aws) -> Result<(), Stop> {
        let mut patience = Patience::lasting(UNTIL_IT_WORKS);
        let mut in_a_row = 0;
        loop {
            let failed = match self.try_once(aws).await {
                Ok(()) => {
                    in_a_row += 1;
                    if in_a_row == IN_A_ROW {
                        return Ok(());
                    }
                    continue;
                }
                Err(failed) => failed,
            };
            in_a_row = 0;
            // A key that is not known yet is not denied anything.
            if failed.code == Code::AwsDenied || !patience.left() {
                return Err(Stop::Failed(failed));
            }
            patience.pause().await;
        }
    }

    /// Both services must know it, and it must be the same user's.
    async fn try_once(&self, aws: &Aws) -> Result<(), Problem> {
        let caller = aws.caller_identity().await?;
        if caller.arn != self.connection.caller_arn {
            return Err(Problem::new(
                Code::AwsForeign,
                format!("AWS says that the new key is of {}.", caller.arn),
            ));
        }
        aws.list_access_keys(&self.row.user_name).await?;
        Ok(())
    }

    /// Switches the old key off, sees that the new one does without it, and deletes it.
    async fn retire(&mut self) -> Result<Outcome, Stop> {
        let connection = self.core.connection(&self.connection.id)?;
        self.connection = connection;
        let (user, old) = (self.row.user_name.clone(), self.row.old_key_id.clone());
        let mut aws = self.aws().await?;
        if aws.session().key_id().as_deref() == Some(&old) {
            // Another process switched, and this one has not read the state since.
            self.core.forget_client(&self.connection.id);
            aws = self.aws().await?;
        }
        gone(aws.set_access_key_active(&user, &old, false).await)?;
        self.try_once(&aws).await?;
        gone(aws.delete_access_key(&user, &old).await)?;
        for entry in self.row.old_entries.clone() {
            self.core.keychain_remove(&entry).await?;
        }
        let new = self.row.new_key_id.clone().unwrap_or_default();
        let text = format!(
            "The key {old} of connection `{}` was replaced by {new} and deleted.",
            self.connection.name
        );
        self.end(Note::new(ActivityKind::ConnectionRotated, text))?;
        Ok(Outcome::Done)
    }

    /// Removes the new key: of the keychain, and of AWS.
    async fn undo(&mut self) -> Result<Option<Outcome>, Stop> {
        let new = self.new_key()?;
        let aws = self.aws().await?;
        gone(aws.delete_access_key(&self.row.user_name, &new).await)?;
        for row in with_key(self.core, &self.row.old_key_id)? {
            let entry = keychain_name_of(&row.id, &new);
            if let Err(problem) = self.core.keychain_remove(&entry).await {
                // A dead key in a keychain that cannot be asked harms nobody.
                tracing::warn!(entry, %problem, "an entry stays in the keychain");
            }
        }
        match self.undoing.take() {
            Some(problem) => self.give_up(problem).map(Some),
            None => {
                self.row.new_key_id = None;
                self.row.asked_at = None;
                self.go_on(RotationStep::Creating)?;
                Ok(None)
            }
        }
    }

    /// Nothing was made, or nothing is left of it.
    fn give_up(&mut self, problem: Problem) -> Result<Outcome, Stop> {
        self.end(Note::refusal(
            ActivityKind::ConnectionRotateFailed,
            &problem,
        ))?;
        Ok(Outcome::Undone(problem))
    }

    fn end(&mut self, note: Note) -> Result<(), Stop> {
        let note = note
            .over(&self.connection)
            .by(self.actor)
            .calls(self.log.take());
        let line = self.core.line(note);
        match self.core.store.rotations().noting(&line).end(&self.row)? {
            true => Ok(()),
            false => Err(Stop::Lost),
        }
    }

    /// Records a failed try, and lets go.
    pub(super) fn put_off(&mut self, problem: &Problem) -> Result<(), Problem> {
        let now = self.core.clock.now();
        self.row.attempts = self.row.attempts.saturating_add(1);
        self.row.problem_json = serde_json::to_string(problem).ok();
        self.row.next_attempt_at = Some(now + backoff(self.row.attempts));
        let note = Note::refusal(ActivityKind::ConnectionRotateFailed, problem)
            .over(&self.connection)
            .by(self.actor)
            .calls(self.log.take());
        let line = self.core.line(note);
        self.core.store.rotations().noting(&line).save(&self.row)?;
        Ok(())
    }

    fn go_on(&mut self, step: RotationStep) -> Result<(), Stop> {
        self.row.step = step;
        self.save()
    }

    fn save(&mut self) -> Result<(), Stop> {
        self.touch();
        match self.core.store.rotations().save(&self.row)? {
            true => {
                self.tell();
                Ok(())
            }
            false => Err(Stop::Lost),
        }
    }

    /// How far it is, to whoever looks on.
    fn tell(&self) {
        self.core.events.tell(Event::RotationProgress {
            connection: self.connection.name.clone(),
            step: self.row.step.as_str().to_owned(),
        });
    }

    fn touch(&mut self) {
        self.row.problem_json = None;
        self.row.next_attempt_at = None;
    }

    fn new_key(&self) -> Result<String, Stop> {
        self.row.new_key_id.clone().ok_or_else(|| {
            Stop::Failed(Problem::new(
                Code::Internal,
                "The rotation does not name its new key.",
            ))
        })
    }

    /// The connection's client.
    async fn aws(&self) -> Result<Aws, Stop> {
        let reached = self.core.reach(&self.connection).await?;
        Ok(reached.aws.noted_in(self.log.clone()))
    }

    fn aws_of(&self, id: &str, secret: &SecretString) -> Result<Aws, Stop> {
        let endpoint = self.core.endpoint(&self.connection)?;
        let offset = self.core.offset(&self.connection).num_milliseconds();
        let limiter = Limiter::unshared();
        let reached = self
            .core
            .client(id, secret, None, &endpoint, offset, limiter);
        Ok(reached.aws.noted_in(self.log.clone()))
    }
}

/// What is gone already is as good as deleted.
fn gone(answer: Result<(), AwsError>) -> Result<(), AwsError> {
    match answer {
        Err(error) if matches!(error.kind, AwsErrorKind::NotThere(_)) => Ok(()),
        answer => answer,
    }
}

fn passes(error: &AwsError) -> bool {
    matches!(
        error.kind,
        AwsErrorKind::Throttled | AwsErrorKind::Clock | AwsErrorKind::Concurrent
    )
}

/// Another try would be answered in the same way.
fn is_final(error: &AwsError) -> bool {
    matches!(
        error.kind,
        AwsErrorKind::Denied { .. }
            | AwsErrorKind::Limit
            | AwsErrorKind::Malformed
            | AwsErrorKind::NotThere(_)
    )
}
