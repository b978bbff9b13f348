//! STS: who is calling, and taking on a role.

use chrono::TimeDelta;

use crate::access::{context_of, verdict};
use crate::account::{ACCOUNT_ID, sts_arn};
use crate::answer::Node;
use crate::caller::Kind;
use crate::document::{Use, check};
use crate::evaluate::{Context, Question, Trust, Verdict, trust};
use crate::fault::Fault;
use crate::handle::{Call, Outcome};
use crate::rules;
use crate::state::{Role, Session, SessionKind};

/// How many temporary credentials are remembered; the ones that end first are dropped.
const MOST_SESSIONS: usize = 2_000;

/// "No permissions are required to perform this operation", and no `Deny` stops it either.
pub(super) fn get_caller_identity(call: &mut Call<'_>) -> Outcome {
    Ok(Some(Node::Fields(vec![
        ("Arn", (&call.caller.arn).into()),
        ("UserId", (&call.caller.user_id).into()),
        ("Account", ACCOUNT_ID.into()),
    ])))
}

pub(super) fn get_access_key_info(call: &mut Call<'_>) -> Outcome {
    let id = rules::key_id(call.params)?;
    call.allow("sts:GetAccessKeyInfo", "*", &Context::default())?;
    if call.state.key(id).is_none() && !call.state.sessions.contains_key(id) {
        return Err(Fault::validation(
            "The access key ID provided does not exist.",
        ));
    }
    Ok(Some(Node::Fields(vec![("Account", ACCOUNT_ID.into())])))
}

pub(super) fn assume_role(call: &mut Call<'_>) -> Outcome {
    let arn = call.params.need("RoleArn")?;
    rules::length(arn, "roleArn", 20, 2_048)?;
    let name = session_name(call, "RoleSessionName", 64)?.to_owned();
    let seconds = call.params.number("DurationSeconds", 900, 43_200)?;
    if !arn.starts_with("arn:") || arn.split(':').count() < 6 {
        return Err(Fault::validation(format!("{arn} is invalid")));
    }
    let policies = session_policies(call)?;
    let tags = rules::tags(call.params)?;
    check_packed(call, &tags)?;

    if matches!(call.caller.kind, Kind::Federated) {
        return Err(Fault::denied(
            "Cannot call AssumeRole with federation credentials",
        ));
    }
    let refused = || {
        Fault::denied(format!(
            "User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}",
            call.caller.arn
        ))
    };
    let role = call
        .state
        .roles
        .values()
        .find(|role| role.arn() == arn)
        .ok_or_else(refused)?;
    if !may_assume(call, role, "sts:AssumeRole", &name, &tags) {
        return Err(refused());
    }
    if !tags.is_empty() && !may_assume(call, role, "sts:TagSession", &name, &tags) {
        return Err(Fault::denied(format!(
            "User: {} is not authorized to perform: sts:TagSession on resource: {arn}",
            call.caller.arn
        )));
    }
    if call.caller.kind == Kind::RoleSession && seconds.is_some_and(|s| s > 3_600) {
        return Err(Fault::validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by \
             role chaining.",
        ));
    }
    if seconds.is_some_and(|s| s > role.max_session) {
        return Err(Fault::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    let (role_id, role_name) = (role.id.clone(), role.name.clone());
    let kind = SessionKind::Role {
        role_id: role_id.clone(),
        name: name.clone(),
    };
    let limits = (policies.clone(), tags);
    let credentials = open_session(call, kind, limits, seconds.unwrap_or(3_600));
    let assumed = Node::Fields(vec![
        ("AssumedRoleId", format!("{role_id}:{name}").into()),
        (
            "Arn",
            sts_arn(&format!("assumed-role/{role_name}/{name}")).into(),
        ),
    ]);
    let mut fields = vec![("Credentials", credentials), ("AssumedRoleUser", assumed)];
    if let Some(policies) = &policies {
        fields.push(("PackedPolicySize", packed(policies)));
    }
    Ok(Some(Node::Fields(fields)))
}

/// Trust and the caller's own policies together, as one account combines them.
fn may_assume(
    call: &Call<'_>,
    role: &Role,
    action: &str,
    session: &str,
    tags: &[(String, String)],
) -> bool {
    let caller = call.caller;
    let mut extra = Context::default();
    extra.text("sts:RoleSessionName", session);
    for (key, value) in tags {
        extra.text(&format!("aws:RequestTag/{key}"), value);
    }
    if let Some(id) = call.params.get("ExternalId") {
        extra.text("sts:ExternalId", id);
    }
    let mut context = context_of(caller, call.now);
    context.0.extend(extra.0.clone());
    let arn = role.arn();
    let question = Question {
        principal_arn: &caller.principal_arn,
        action,
        resource: &arn,
        context: &context,
    };
    let unique_id = caller.user_id.split(':').next().unwrap_or_default();
    let known_as: Vec<&str> = [caller.principal_arn.as_str(), caller.arn.as_str()]
        .into_iter()
        .filter(|arn| role.trusted.get(*arn).is_none_or(|id| id == unique_id))
        .collect();
    let trusted = trust(&role.trust, &question, &known_as);
    let own = verdict(caller, call.now, action, &arn, &extra);
    match (trusted, own) {
        (Trust::Denied | Trust::Silent, _) | (_, Verdict::Denied(_)) => false,
        (_, Verdict::Allowed) => true,
        // A trust that names the user itself is enough; session limits of a role still count.
        (Trust::Caller, Verdict::NotAllowed(_)) => caller.kind == Kind::User,
        (Trust::Account, Verdict::NotAllowed(_)) => false,
    }
}

/// A session's name: letters, digits and `+=,.@_-`.
pub(super) fn session_name<'a>(
    call: &Call<'a>,
    parameter: &str,
    longest: usize,
) -> Result<&'a str, Fault> {
    let text = call.params.need(parameter)?;
    let field = crate::request::field_name(parameter);
    rules::length(text, &field, 2, longest)?;
    if text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b))
    {
        return Ok(text);
    }
    let rule = r"Member must satisfy regular expression pattern: [\w+=,.@-]*";
    Err(Fault::constraint(text, &field, rule))
}

/// `Policy` and `PolicyArns` of a request, as documents.
pub(super) fn session_policies(call: &Call<'_>) -> Result<Option<Vec<String>>, Fault> {
    let mut found = Vec::new();
    if let Some(text) = call.params.get("Policy") {
        rules::length(text, "policy", 1, 2_048)?;
        check(text, "policy", Use::Identity)?;
        found.push(text.to_owned());
    }
    let arns = call.params.members("PolicyArns", ".arn");
    if arns.len() > 10 {
        return Err(Fault::validation(
            "At most 10 session policy ARNs can be passed.",
        ));
    }
    for arn in arns {
        let arn = rules::policy_arn(arn, "PolicyArns")?;
        let document = call
            .state
            .managed_document(arn)
            .ok_or_else(|| Fault::malformed(format!("The policy ARN {arn} is not valid.")))?;
        found.push(document.to_owned());
    }
    Ok((!found.is_empty()).then_some(found))
}

/// Session policies and tags, packed, have a limit of their own. How AWS packs is its own secret: here
/// every character counts as one of 4,096.
pub(super) fn check_packed(call: &Call<'_>, tags: &[(String, String)]) -> Result<(), Fault> {
    let tags = tags.iter().map(|(key, value)| key.len() + value.len());
    let size = call.params.get("Policy").map_or(0, str::len) + tags.sum::<usize>();
    let percent = (size * 100).div_ceil(4_096);
    if percent <= 100 {
        return Ok(());
    }
    Err(Fault::new(
        400,
        "PackedPolicyTooLarge",
        format!("Packed size of session tags and policies consumes {percent}% of allotted space."),
    ))
}

/// How much of the packed size limit session policies use, in percent, roughly.
pub(super) fn packed(policies: &[String]) -> Node {
    let size: usize = policies.iter().map(|text| rules::counted_size(text)).sum();
    Node::Int(
        i64::try_from((size * 100).div_ceil(4_096))
            .unwrap_or(100)
            .min(100),
    )
}

/// Makes temporary credentials and remembers them.
pub(super) fn open_session(
    call: &mut Call<'_>,
    kind: SessionKind,
    (policies, tags): (Option<Vec<String>>, Vec<(String, String)>),
    seconds: i64,
) -> Node {
    let now = call.now;
    let state = &mut *call.state;
    state
        .sessions
        .retain(|_, session| session.expires + TimeDelta::hours(1) > now);
    while state.sessions.len() >= MOST_SESSIONS {
        let first = state
            .sessions
            .iter()
            .min_by_key(|(_, session)| session.expires);
        let Some(id) = first.map(|(id, _)| id.clone()) else {
            break;
        };
        state.sessions.remove(&id);
    }
    let id = state.new_key_id("ASIA");
    let session = Session {
        secret: state.dice.secret(),
        token: state.dice.token(),
        issued: now,
        expires: now + TimeDelta::seconds(seconds),
        kind,
        policies,
        tags,
    };
    let node = Node::Fields(vec![
        ("AccessKeyId", (&id).into()),
        ("SecretAccessKey", (&session.secret).into()),
        ("SessionToken", (&session.token).into()),
        ("Expiration", session.expires.into()),
    ]);
    state.sessions.insert(id, session);
    state.changed = true;
    node
}
