//! The policy simulator: what would be allowed, and by which statement.

use crate::access::policies_of;
use crate::answer::Node;
use crate::caller::{Caller, Source, of_role, of_user};
use crate::document::{Use, check};
use crate::evaluate::{Context, Policies, Question, Verdict, decide, missing_keys};
use crate::fault::Fault;
use crate::handle::{Call, Outcome};
use crate::page::page;
use crate::rules;

/// The most questions one request may ask.
const MOST_QUESTIONS: usize = 1_000;
/// The most policy text, in bytes, that one request may have read, counted once per question.
const MOST_TEXT: usize = 8 * 1024 * 1024;

pub(super) fn simulate_principal_policy(call: &mut Call<'_>) -> Outcome {
    let arn = call.params.need("PolicySourceArn")?;
    rules::length(arn, "policySourceArn", 20, 2_048)?;
    let actions = call.params.members("ActionNames", "");
    if actions.is_empty() {
        return Err(Fault::missing("actionNames"));
    }
    let mut resources = call.params.members("ResourceArns", "");
    if resources.is_empty() {
        resources.push("*");
    }
    if actions.len() * resources.len() > MOST_QUESTIONS {
        return Err(Fault::invalid_input(
            "Too many actions and resources to simulate at once.",
        ));
    }
    let given = call.params.members("PolicyInputList", "");
    let size: usize = given.iter().map(|document| document.len()).sum();
    if size * actions.len() * resources.len() > MOST_TEXT {
        return Err(Fault::invalid_input(
            "Too much policy text for so many questions.",
        ));
    }
    call.allow("iam:SimulatePrincipalPolicy", arn, &Context::default())?;
    let subject = subject(call, arn, given)?;
    let context = context_entries(call)?;

    let mut items = Vec::new();
    for action in actions {
        if action
            .split_once(':')
            .is_none_or(|(vendor, name)| vendor.is_empty() || name.is_empty())
        {
            return Err(Fault::invalid_input(format!("Invalid action: {action}")));
        }
        for resource in &resources {
            let place = format!("{:06}", items.len());
            items.push((place, answer(&subject, action, resource, &context)));
        }
    }
    Ok(Some(Node::Fields(page(call, "EvaluationResults", items)?)))
}

/// The identity whose policies are asked, with the documents given on top.
fn subject(call: &Call<'_>, arn: &str, given: Vec<&str>) -> Result<Caller, Fault> {
    let state = &*call.state;
    let user = state.users.values().find(|user| user.arn() == arn);
    let role = state.roles.values().find(|role| role.arn() == arn);
    let mut subject = match (user, role) {
        (Some(user), _) => of_user(state, user),
        (None, Some(role)) => of_role(state, role, "simulation"),
        (None, None) => {
            return Err(Fault::not_there(format!(
                "The entity {arn} cannot be found."
            )));
        }
    };
    for (index, document) in given.into_iter().enumerate() {
        check(document, "policyInputList", Use::Identity)?;
        subject.identity.push(Source {
            name: format!("PolicyInputList.{}", index + 1),
            kind: "IAM Policy",
            document: document.to_owned(),
        });
    }
    Ok(subject)
}

/// The simulator knows only the condition keys it is given, and the caller's own.
fn context_entries(call: &Call<'_>) -> Result<Context, Fault> {
    let mut context = Context::default();
    for (index, key) in call
        .params
        .members("ContextEntries", ".ContextKeyName")
        .into_iter()
        .enumerate()
    {
        let prefix = format!("ContextEntries.member.{}.ContextKeyValues", index + 1);
        let values = call.params.members(&prefix, "");
        match values.as_slice() {
            [] => return Err(Fault::missing("contextKeyValues")),
            [one] => context.text(key, *one),
            many => context.texts(key, many.iter().map(|value| (*value).to_owned())),
        }
    }
    Ok(context)
}

fn answer(subject: &Caller, action: &str, resource: &str, given: &Context) -> Node {
    let mut context = given.clone();
    context.text("aws:PrincipalArn", &subject.principal_arn);
    context.text("aws:userid", &subject.user_id);
    if let Some(name) = &subject.user_name {
        context.text("aws:username", name);
    }
    let question = Question {
        principal_arn: &subject.principal_arn,
        action,
        resource,
        context: &context,
    };
    let verdict = decide(&question, &policies_of(subject));
    let missing = missing_keys(&question, &policies_of(subject));
    let missing = missing.into_iter().map(Node::Text).collect();
    let decision = match verdict {
        Verdict::Allowed => "allowed",
        Verdict::Denied(_) => "explicitDeny",
        Verdict::NotAllowed(_) => "implicitDeny",
    };
    let mut fields = vec![
        ("EvalActionName", action.into()),
        ("EvalResourceName", resource.into()),
        ("EvalDecision", decision.into()),
        (
            "MatchedStatements",
            Node::Members(matched(subject, &question, verdict)),
        ),
        ("MissingContextValues", Node::Members(missing)),
    ];
    if let Some(boundary) = &subject.boundary {
        let alone = Policies {
            identity: vec![boundary.document.as_str()],
            ..Policies::default()
        };
        let allowed = decide(&question, &alone) == Verdict::Allowed;
        fields.push((
            "PermissionsBoundaryDecisionDetail",
            Node::Fields(vec![("AllowedByPermissionsBoundary", allowed.into())]),
        ));
    }
    Node::Fields(fields)
}

/// The policies that by themselves give the verdict.
fn matched(subject: &Caller, question: &Question<'_>, verdict: Verdict) -> Vec<Node> {
    let decisive = |source: &&Source| {
        let alone = Policies {
            identity: vec![source.document.as_str()],
            ..Policies::default()
        };
        let answer = decide(question, &alone);
        match verdict {
            Verdict::Allowed => answer == Verdict::Allowed,
            Verdict::Denied(_) => matches!(answer, Verdict::Denied(_)),
            Verdict::NotAllowed(_) => false,
        }
    };
    subject
        .identity
        .iter()
        .chain(&subject.boundary)
        .filter(decisive)
        .map(|source| {
            Node::Fields(vec![
                ("SourcePolicyId", (&source.name).into()),
                ("SourcePolicyType", source.kind.into()),
            ])
        })
        .collect()
}
