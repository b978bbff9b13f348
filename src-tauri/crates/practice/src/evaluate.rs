//! Decides requests by policy, with the evaluator library, and says which kind of policy refused.

use std::collections::HashMap;

use awsim_iam_policy::{
    AuthzRequest, ContextValue, Decision, DecisionReason, EvalContext, PolicyAttributions,
    PolicyDocument, PolicySource, evaluate, evaluate_detailed, explain,
};
use chrono::{DateTime, Utc};

use crate::prepare::{mask, prepared};

/// The request context: condition keys in lower case and their values.
#[derive(Clone, Default)]
pub(crate) struct Context(pub HashMap<String, ContextValue>);

impl Context {
    pub fn text(&mut self, key: &str, value: impl Into<String>) {
        self.0.insert(
            key.to_lowercase(),
            ContextValue::String(mask(&value.into())),
        );
    }

    pub fn texts(&mut self, key: &str, values: impl IntoIterator<Item = String>) {
        let values = values.into_iter().map(|value| mask(&value)).collect();
        self.0
            .insert(key.to_lowercase(), ContextValue::StringList(values));
    }

    pub fn flag(&mut self, key: &str, value: bool) {
        self.0.insert(key.to_lowercase(), ContextValue::Bool(value));
    }

    pub fn time(&mut self, key: &str, value: DateTime<Utc>) {
        self.0.insert(key.to_lowercase(), ContextValue::Date(value));
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds since 1970 fit an f64 exactly"
    )]
    pub fn number(&mut self, key: &str, value: i64) {
        self.0
            .insert(key.to_lowercase(), ContextValue::Number(value as f64));
    }

    pub fn address(&mut self, key: &str, value: &str) {
        self.0
            .insert(key.to_lowercase(), ContextValue::Ip(value.to_owned()));
    }

    /// The value a policy variable takes.
    pub fn first(&self, key: &str) -> Option<String> {
        Some(match self.0.get(key)? {
            ContextValue::String(text) | ContextValue::Ip(text) => text.clone(),
            ContextValue::StringList(list) => list.first()?.clone(),
            ContextValue::Number(number) => format!("{number}"),
            ContextValue::Bool(flag) => flag.to_string(),
            ContextValue::Date(date) => date.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        })
    }
}

/// The question put to the policies.
pub(crate) struct Question<'a> {
    pub principal_arn: &'a str,
    pub action: &'a str,
    pub resource: &'a str,
    pub context: &'a Context,
}

/// The documents that have a say, as text.
#[derive(Default)]
pub(crate) struct Policies<'a> {
    pub identity: Vec<&'a str>,
    pub boundary: Option<&'a str>,
    /// All session policies count as one: what any of them allows.
    pub session: Option<Vec<&'a str>>,
}

/// The outcome, with AWS's distinction of who refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    /// An explicit `Deny` in a policy of this kind.
    Denied(Layer),
    /// No policy of this kind allows.
    NotAllowed(Layer),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layer {
    Identity,
    Boundary,
    Session,
}

impl Layer {
    /// "an identity-based policy", as error messages have it after "explicit deny in".
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Identity => "identity-based policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
        }
    }
}

/// Decides a question.
pub(crate) fn decide(question: &Question<'_>, policies: &Policies<'_>) -> Verdict {
    let read = |text: &&str| prepared(text, question.context);
    let identity: Vec<PolicyDocument> = policies.identity.iter().map(read).collect();
    let boundary = policies.boundary.as_ref().map(read);
    let session = policies.session.as_ref().map(|texts| {
        let statements = texts
            .iter()
            .map(read)
            .flat_map(|policy| policy.statements)
            .collect();
        PolicyDocument {
            version: None,
            id: None,
            statements,
        }
    });
    let context = EvalContext {
        identity_policies: &identity,
        permissions_boundary: boundary.as_ref(),
        session_policy: session.as_ref(),
        ..EvalContext::default()
    };
    let resource = mask(question.resource);
    let request = question.ask(&resource);
    match evaluate(&request, &context) {
        Decision::Allow => Verdict::Allowed,
        decision => match explain(&request, &context, &PolicyAttributions::default()) {
            DecisionReason::ExplicitDeny { source, .. } => Verdict::Denied(layer(&source)),
            DecisionReason::BoundaryNoAllow => Verdict::NotAllowed(Layer::Boundary),
            DecisionReason::SessionNoAllow => Verdict::NotAllowed(Layer::Session),
            _ if decision == Decision::ExplicitDeny => Verdict::Denied(Layer::Identity),
            _ => Verdict::NotAllowed(Layer::Identity),
        },
    }
}

/// Condition keys, in lower case, that statements about the question ask for and it does not have.
pub(crate) fn missing_keys(question: &Question<'_>, policies: &Policies<'_>) -> Vec<String> {
    let read = |text: &&str| prepared(text, question.context);
    let identity: Vec<PolicyDocument> = policies
        .identity
        .iter()
        .chain(&policies.boundary)
        .map(read)
        .collect();
    let context = EvalContext {
        identity_policies: &identity,
        ..EvalContext::default()
    };
    let resource = mask(question.resource);
    let request = question.ask(&resource);
    evaluate_detailed(&request, &context, &PolicyAttributions::default()).missing_context_values
}

impl Question<'_> {
    fn ask<'b>(&'b self, masked_resource: &'b str) -> AuthzRequest<'b> {
        AuthzRequest {
            principal_arn: self.principal_arn,
            principal_account: crate::account::ACCOUNT_ID,
            action: self.action,
            resource_arn: masked_resource,
            context: &self.context.0,
        }
    }
}

fn layer(source: &PolicySource) -> Layer {
    match source {
        PolicySource::PermissionsBoundary => Layer::Boundary,
        PolicySource::Session => Layer::Session,
        _ => Layer::Identity,
    }
}

/// How a resource-based policy (a role's trust) answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    Denied,
    Silent,
    /// It names the account, so the caller's own policies must allow as well.
    Account,
    /// It names the caller, which is enough within one account.
    Caller,
}

/// What a trust policy says to any of the ARNs under which a caller is known.
pub(crate) fn trust(document: &str, question: &Question<'_>, known_as: &[&str]) -> Trust {
    let policy = prepared(document, question.context);
    let resource = mask(question.resource);
    let decide = |principal: &str, account: &str| {
        let context = EvalContext {
            resource_policy: Some(&policy),
            ..EvalContext::default()
        };
        let request = AuthzRequest {
            principal_arn: principal,
            principal_account: account,
            ..question.ask(&resource)
        };
        // Trust policies have no Resource; an account-less ARN keeps the question in one account.
        evaluate(
            &AuthzRequest {
                resource_arn: "arn:aws:sts:::trust",
                ..request
            },
            &context,
        )
    };
    let account = decide("", crate::account::ACCOUNT_ID);
    // A number that no policy names leaves only the caller's own ARNs and `*`.
    let own: Vec<Decision> = known_as.iter().map(|arn| decide(arn, "none")).collect();
    if account == Decision::ExplicitDeny || own.contains(&Decision::ExplicitDeny) {
        Trust::Denied
    } else if own.contains(&Decision::Allow) {
        Trust::Caller
    } else if account == Decision::Allow {
        Trust::Account
    } else {
        Trust::Silent
    }
}
