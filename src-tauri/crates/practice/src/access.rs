//! Asks the policies before an operation acts, and words refusals as AWS does.

use chrono::{DateTime, SubsecRound, Utc};

use crate::caller::{Caller, Kind};
use crate::evaluate::{Context, Policies, Question, Verdict, decide};
use crate::fault::Fault;

/// Refuses unless the caller's policies allow `action` on `resource`.
pub(crate) fn authorize(
    caller: &Caller,
    now: DateTime<Utc>,
    action: &str,
    resource: &str,
    extra: &Context,
) -> Result<(), Fault> {
    match verdict(caller, now, action, resource, extra) {
        Verdict::Allowed => Ok(()),
        refused => Err(Fault::denied(refusal(caller, action, resource, refused))),
    }
}

/// What the caller's policies say.
pub(crate) fn verdict(
    caller: &Caller,
    now: DateTime<Utc>,
    action: &str,
    resource: &str,
    extra: &Context,
) -> Verdict {
    let mut context = context_of(caller, now);
    context.0.extend(extra.0.clone());
    let question = Question {
        principal_arn: &caller.principal_arn,
        action,
        resource,
        context: &context,
    };
    decide(&question, &policies_of(caller))
}

/// The documents that have a say over a caller.
pub(crate) fn policies_of(caller: &Caller) -> Policies<'_> {
    Policies {
        identity: caller
            .identity
            .iter()
            .map(|source| source.document.as_str())
            .collect(),
        boundary: caller
            .boundary
            .as_ref()
            .map(|source| source.document.as_str()),
        session: caller.session.as_ref().map(|sources| {
            sources
                .iter()
                .map(|source| source.document.as_str())
                .collect()
        }),
    }
}

fn refusal(caller: &Caller, action: &str, resource: &str, verdict: Verdict) -> String {
    let arn = &caller.arn;
    let start =
        format!("User: {arn} is not authorized to perform: {action} on resource: {resource}");
    match verdict {
        Verdict::Denied(layer) => {
            let phrase = layer.phrase();
            let article = if phrase.starts_with('i') { "an" } else { "a" };
            format!("{start} with an explicit deny in {article} {phrase}")
        }
        Verdict::NotAllowed(layer) => {
            format!(
                "{start} because no {} allows the {action} action",
                layer.phrase()
            )
        }
        Verdict::Allowed => start,
    }
}

/// The condition keys that every request carries.
pub(crate) fn context_of(caller: &Caller, now: DateTime<Utc>) -> Context {
    let mut context = Context::default();
    // AWS's clock keys count whole seconds.
    context.time("aws:CurrentTime", now.trunc_subsecs(0));
    context.number("aws:EpochTime", now.timestamp());
    context.text("aws:PrincipalArn", &caller.principal_arn);
    context.text("aws:PrincipalAccount", crate::account::ACCOUNT_ID);
    context.text("aws:userid", &caller.user_id);
    if let Some(name) = &caller.user_name {
        context.text("aws:username", name);
    }
    context.text(
        "aws:PrincipalType",
        match caller.kind {
            Kind::User | Kind::UserSession => "User",
            Kind::RoleSession => "AssumedRole",
            Kind::Federated => "FederatedUser",
        },
    );
    for (key, value) in &caller.tags {
        context.text(&format!("aws:PrincipalTag/{key}"), value);
    }
    // Nothing ever reaches the practice account from elsewhere.
    context.address("aws:SourceIp", "127.0.0.1");
    context.flag("aws:SecureTransport", true);
    context.flag("aws:ViaAWSService", false);
    context.flag("aws:PrincipalIsAWSService", false);
    context.text("aws:RequestedRegion", &caller.region);
    if let Some(issued) = caller.token_issued {
        // Present with temporary credentials only; there is no MFA here.
        context.time("aws:TokenIssueTime", issued.trunc_subsecs(0));
        context.flag("aws:MultiFactorAuthPresent", false);
    }
    context
}
