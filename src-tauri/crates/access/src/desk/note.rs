//! Lines of the activity log about auth methods, roles, sessions and logins.

use leasehold_domain::Problem;
use leasehold_store::ActivityLine;

use super::Desk;

/// What a line is about. A word is never renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    MethodCreated,
    MethodUpdated,
    MethodEnabled,
    MethodDisabled,
    MethodDeleted,
    MethodDeleteRefused,
    MethodExpires,
    RoleCreated,
    RoleDeleted,
    RuleSet,
    RuleDeleted,
    Associated,
    Dissociated,
    SessionRevoked,
    SessionEnded,
    LoginAccepted,
    LoginRefused,
    LoginAsked,
    CallMade,
    CallRefused,
    RevokeAsked,
    Approved,
    Denied,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::MethodCreated => "auth_method.created",
            Self::MethodUpdated => "auth_method.updated",
            Self::MethodEnabled => "auth_method.enabled",
            Self::MethodDisabled => "auth_method.disabled",
            Self::MethodDeleted => "auth_method.deleted",
            Self::MethodDeleteRefused => "auth_method.delete_refused",
            Self::MethodExpires => "auth_method.expires",
            Self::RoleCreated => "role.created",
            Self::RoleDeleted => "role.deleted",
            Self::RuleSet => "role.rule_set",
            Self::RuleDeleted => "role.rule_deleted",
            Self::Associated => "role.associated",
            Self::Dissociated => "role.dissociated",
            Self::SessionRevoked => "session.revoked",
            Self::SessionEnded => "session.ended",
            Self::LoginAccepted => "login.accepted",
            Self::LoginRefused => "login.refused",
            Self::LoginAsked => "login.asked",
            Self::CallMade => "call.made",
            Self::CallRefused => "call.refused",
            Self::RevokeAsked => "lease.revoke_asked",
            Self::Approved => "approval.allowed",
            Self::Denied => "approval.denied",
        }
    }

    fn outcome(self) -> &'static str {
        match self {
            Self::RevokeAsked => "begun",
            Self::MethodDeleteRefused | Self::LoginRefused | Self::CallRefused => "failed",
            _ => "done",
        }
    }
}

impl Desk {
    /// The line as it is stored, to be written together with the change it tells of.
    pub(crate) fn line(&self, kind: Kind, text: impl Into<String>) -> ActivityLine {
        ActivityLine {
            at: self.now(),
            kind: kind.as_str().to_owned(),
            actor: self.actor.clone(),
            outcome: kind.outcome().to_owned(),
            lease_id: None,
            secret: None,
            secret_id: None,
            connection: None,
            account_id: None,
            text: text.into(),
            calls: Vec::new(),
        }
    }

    /// Writes a line that stands for itself.
    pub(crate) fn note(&self, kind: Kind, text: impl Into<String>) -> Result<(), Problem> {
        self.store.activity().add(&self.line(kind, text))?;
        Ok(())
    }
}
