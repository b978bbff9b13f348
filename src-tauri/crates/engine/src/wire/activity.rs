//! The activity log on the wire.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One line of the activity log. Never a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ActivityEntry {
    /// Its place in the log, from 1, without gaps.
    #[ts(type = "number")]
    pub seq: i64,
    /// When it was written, by this computer's clock.
    pub at: DateTime<Utc>,
    /// What it is about: one of the words of [`ActivityKind`], such as `lease.active`.
    pub kind: String,
    /// Who did it: `window`, `cli`, `timer`, …
    pub actor: String,
    /// How it went.
    pub outcome: Outcome,
    /// The lease, where it is about one.
    pub lease_id: Option<String>,
    /// Name of the dynamic secret, where it is about one.
    pub secret: Option<String>,
    /// Id of the dynamic secret; none in lines from before it was noted.
    pub secret_id: Option<String>,
    /// Name of the connection, where it is about one.
    pub connection: Option<String>,
    /// The AWS account, where it is about one.
    pub account_id: Option<String>,
    /// A sentence.
    pub text: String,
    /// What was asked of AWS since the line before of the same work, with AWS's request ids.
    pub calls: Vec<ActivityCall>,
    /// SHA-256 over this line and the hash of the one before, in hexadecimal.
    pub hash: String,
}

/// One AWS call in the activity log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ActivityCall {
    /// `iam:CreateUser`
    pub action: String,
    /// `user/name`, an ARN, …
    pub resource: Option<String>,
    /// AWS's error code; none when AWS did it.
    pub code: Option<String>,
    /// AWS's request id, as CloudTrail has it.
    pub request_id: Option<String>,
}

/// What a line of the activity log is about: the closed list of its words.
///
/// A word that begins with `lease.` is about a lease; without that beginning it is what the lease's
/// own history shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ActivityKind {
    /// `lease.refused`: a lease was asked for and refused before AWS was.
    Refused,
    /// `lease.recorded`: a lease was asked for and written down.
    Recorded,
    /// `lease.tags_left_out`: the managing user may not tag users.
    TagsLeftOut,
    /// `lease.user_created`: AWS made the user.
    UserCreated,
    /// `lease.active`: every guard was acknowledged and the key handed out.
    Active,
    /// `lease.usable`: the key works.
    Usable,
    /// `lease.not_usable`: the key did not work for as long as it was tried.
    NotUsable,
    /// `lease.key_kept`: its key was sealed to be handed out again.
    KeyKept,
    /// `lease.key_forgotten`: its kept key was removed.
    KeyForgotten,
    /// `lease.handed_out`: its kept key was handed out again.
    HandedOut,
    /// `lease.console`: a link that signs a browser in to the AWS console was made.
    ConsoleOpened,
    /// `lease.renew_refused`: a renewal was asked for and refused before AWS was.
    RenewRefused,
    /// `lease.renewing`: a renewal was asked for and written down.
    Renewing,
    /// `lease.renewed`: AWS has the new end.
    Renewed,
    /// `lease.renewal_failed`: the lease ends when it would have.
    RenewalFailed,
    /// `lease.as_recorded`: compared with the account, all is as recorded again.
    AsRecorded,
    /// `lease.drift`: somebody changed its user.
    Drift,
    /// `lease.found`: what keeps its user from being deleted was found on it.
    Found,
    /// `lease.taken_away`: that was removed.
    TakenAway,
    /// `lease.put_right`: what was not as recorded was put back.
    PutRight,
    /// `lease.ledger_behind`: AWS had a later end than the ledger, which took it over.
    LedgerBehind,
    /// `lease.alarm`: something was found that a person must look at.
    Alarm,
    /// `lease.acknowledged`: a person has seen its alarm.
    Acknowledged,
    /// `lease.adopted`: a user of ours without a lease became one again.
    Adopted,
    /// `lease.revoke_asked`: its end was asked for, and comes when its turn does.
    RevokeAsked,
    /// `lease.revoke_called_off`: that was taken back before its turn came.
    RevokeCalledOff,
    /// `lease.revoke_refused`: its end was asked for and could not be begun.
    RevokeRefused,
    /// `lease.retry_asked`: another try was asked for now. Not in the lease's own history.
    RetryAsked,
    /// `lease.revoking`: it is being ended.
    Revoking,
    /// `lease.cut`: its key does not work any more.
    Cut,
    /// `lease.retry`: a try failed; the next one is due later.
    Retry,
    /// `lease.ends_by_itself`: nothing can end its session before its time.
    EndsByItself,
    /// `lease.ended`: AWS confirmed that nothing is left, or its session ended by itself.
    Ended,
    /// `lease.late_user`: AWS made the user after the lease had been given up.
    LateUser,
    /// `lease.forgotten`: a person gave it up without AWS.
    Forgotten,
    /// `lease.calls`: what was asked of AWS on the way. Not in the lease's own history.
    Calls,
    /// `lease.unreadable`: its row cannot be read.
    Unreadable,
    /// `connection.added`
    ConnectionAdded,
    /// `connection.refused`: one was to be added, and AWS or the keychain refused.
    ConnectionRefused,
    /// `connection.checked`
    ConnectionChecked,
    /// `connection.check_failed`
    ConnectionCheckFailed,
    /// `connection.reconciled`: its account was compared with the ledger.
    ConnectionReconciled,
    /// `connection.removing`: its key is about to leave the keychain.
    ConnectionRemoving,
    /// `connection.rotating`: its managing key is about to be replaced.
    ConnectionRotating,
    /// `connection.rotated`: its managing key was replaced, and the old one deleted.
    ConnectionRotated,
    /// `connection.rotate_failed`: its managing key could not be replaced, or not yet wholly.
    ConnectionRotateFailed,
    /// `connection.removed`
    ConnectionRemoved,
    /// `secret.added`
    SecretAdded,
    /// `secret.edited`
    SecretEdited,
    /// `secret.removing`: it goes when the last of its leases has ended.
    SecretRemoving,
    /// `secret.removed`
    SecretRemoved,
    /// `secret.preflight`: whether its leases could be made and ended was tried.
    SecretPreflight,
    /// `secret.canary`: the whole life of a lease of it was tried.
    SecretCanary,
    /// `environment.added`
    EnvironmentAdded,
    /// `environment.renamed`
    EnvironmentRenamed,
    /// `environment.removed`
    EnvironmentRemoved,
    /// `environment.reordered`
    EnvironmentReordered,
    /// `settings.changed`
    SettingsChanged,
    /// `gateway.started`: it listens.
    GatewayStarted,
    /// `gateway.stopped`: it does not listen any more.
    GatewayStopped,
    /// `gateway.failed`: it could not listen. Told once for each reason.
    GatewayFailed,
    /// `practice.skipped`: the practice account's clock was moved.
    PracticeSkipped,
    /// `practice.reset`: the practice account was emptied.
    PracticeReset,
    /// `break_glass.written`: the break-glass kit was written to a folder.
    BreakGlassWritten,
    /// `keychain.exported`: keys were written to an encrypted file.
    KeychainExported,
    /// `keychain.importing`: keys are about to be read from an encrypted file into the keychain.
    KeychainImporting,
    /// `keychain.imported`
    KeychainImported,
    /// `activity.exported`: lines of this log were taken along.
    ActivityExported,
}

impl ActivityKind {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "lease.refused",
            Self::Recorded => "lease.recorded",
            Self::TagsLeftOut => "lease.tags_left_out",
            Self::UserCreated => "lease.user_created",
            Self::Active => "lease.active",
            Self::Usable => "lease.usable",
            Self::NotUsable => "lease.not_usable",
            Self::KeyKept => "lease.key_kept",
            Self::KeyForgotten => "lease.key_forgotten",
            Self::HandedOut => "lease.handed_out",
            Self::ConsoleOpened => "lease.console",
            Self::RenewRefused => "lease.renew_refused",
            Self::Renewing => "lease.renewing",
            Self::Renewed => "lease.renewed",
            Self::RenewalFailed => "lease.renewal_failed",
            Self::AsRecorded => "lease.as_recorded",
            Self::Drift => "lease.drift",
            Self::Found => "lease.found",
            Self::TakenAway => "lease.taken_away",
            Self::PutRight => "lease.put_right",
            Self::LedgerBehind => "lease.ledger_behind",
            Self::Alarm => "lease.alarm",
            Self::Acknowledged => "lease.acknowledged",
            Self::Adopted => "lease.adopted",
            Self::RevokeAsked => "lease.revoke_asked",
            Self::RevokeCalledOff => "lease.revoke_called_off",
            Self::RevokeRefused => "lease.revoke_refused",
            Self::RetryAsked => "lease.retry_asked",
            Self::Revoking => "lease.revoking",
            Self::Cut => "lease.cut",
            Self::Retry => "lease.retry",
            Self::EndsByItself => "lease.ends_by_itself",
            Self::Ended => "lease.ended",
            Self::LateUser => "lease.late_user",
            Self::Forgotten => "lease.forgotten",
            Self::Calls => "lease.calls",
            Self::Unreadable => "lease.unreadable",
            Self::ConnectionAdded => "connection.added",
            Self::ConnectionRefused => "connection.refused",
            Self::ConnectionChecked => "connection.checked",
            Self::ConnectionCheckFailed => "connection.check_failed",
            Self::ConnectionReconciled => "connection.reconciled",
            Self::ConnectionRemoving => "connection.removing",
            Self::ConnectionRotating => "connection.rotating",
            Self::ConnectionRotated => "connection.rotated",
            Self::ConnectionRotateFailed => "connection.rotate_failed",
            Self::ConnectionRemoved => "connection.removed",
            Self::SecretAdded => "secret.added",
            Self::SecretEdited => "secret.edited",
            Self::SecretRemoving => "secret.removing",
            Self::SecretRemoved => "secret.removed",
            Self::SecretPreflight => "secret.preflight",
            Self::SecretCanary => "secret.canary",
            Self::EnvironmentAdded => "environment.added",
            Self::EnvironmentRenamed => "environment.renamed",
            Self::EnvironmentRemoved => "environment.removed",
            Self::EnvironmentReordered => "environment.reordered",
            Self::SettingsChanged => "settings.changed",
            Self::GatewayStarted => "gateway.started",
            Self::GatewayStopped => "gateway.stopped",
            Self::GatewayFailed => "gateway.failed",
            Self::PracticeSkipped => "practice.skipped",
            Self::PracticeReset => "practice.reset",
            Self::BreakGlassWritten => "break_glass.written",
            Self::KeychainExported => "keychain.exported",
            Self::KeychainImporting => "keychain.importing",
            Self::KeychainImported => "keychain.imported",
            Self::ActivityExported => "activity.exported",
        }
    }

    /// How what it is about went, unless the line says otherwise.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Recorded
            | Self::Renewing
            | Self::RevokeAsked
            | Self::RetryAsked
            | Self::Revoking
            | Self::EndsByItself
            | Self::ConnectionRemoving
            | Self::KeychainImporting
            | Self::SecretRemoving => Outcome::Begun,
            Self::Refused
            | Self::NotUsable
            | Self::RenewRefused
            | Self::RenewalFailed
            | Self::RevokeRefused
            | Self::Retry
            | Self::ConnectionRefused
            | Self::GatewayFailed
            | Self::ConnectionCheckFailed => Outcome::Failed,
            Self::Drift | Self::Found | Self::Alarm | Self::Unreadable => Outcome::Alarm,
            _ => Outcome::Done,
        }
    }
}

/// How something went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was asked for, or begun.
    Begun,
    /// It was done.
    Done,
    /// It was refused or failed.
    Failed,
    /// Something was found that a person must look at.
    Alarm,
}

impl Outcome {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Alarm => "alarm",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Begun, Self::Done, Self::Failed, Self::Alarm]
            .into_iter()
            .find(|outcome| outcome.as_str() == word)
    }
}

/// Lines of the log, newest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ActivityPage {
    /// At most as many as were asked for.
    pub entries: Vec<ActivityEntry>,
    /// Ask for lines before this one to go on; none at the end.
    #[ts(type = "number | null")]
    pub before: Option<i64>,
}

/// Which lines to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct ActivityQuery {
    /// Not older than this.
    pub since: Option<DateTime<Utc>>,
    /// Not newer than this.
    pub until: Option<DateTime<Utc>>,
    /// Only of this lease.
    pub lease_id: Option<String>,
    /// Only over this connection (its name).
    pub connection: Option<String>,
    /// Only of dynamic secrets of this name.
    pub secret: Option<String>,
    /// Only of this dynamic secret (its id), whatever others are called.
    pub secret_id: Option<String>,
    /// Only with these outcomes; all when empty.
    pub outcomes: Vec<Outcome>,
    /// Only with this text somewhere in it: words, user names, request ids.
    pub search: Option<String>,
    /// Only lines before this one.
    #[ts(type = "number | null")]
    pub before: Option<i64>,
    /// At most so many, 1 to 1000; 100 where nothing is said.
    pub limit: Option<u32>,
}

/// What a check of the whole log found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ActivityCheck {
    /// Lines that were looked at.
    #[ts(type = "number")]
    pub entries: i64,
    /// Hash of the newest line: keep it elsewhere to be sure that none was taken from the end.
    pub head: String,
    /// The first line that is not as it was written, and how, where there is one.
    pub fault: Option<ActivityFault>,
}

/// A line that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ActivityFault {
    /// The line.
    #[ts(type = "number")]
    pub seq: i64,
    /// Edited, removed, added or moved.
    pub text: String,
}
