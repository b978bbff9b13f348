//! Opening a session: one call to STS for a row that is there already.

use chrono::TimeDelta;
use leasehold_aws::{AwsError, AwsErrorKind, KeySet, NewSession};
use leasehold_domain::{Code, Credential, EndReason, Moment, Problem, RoleArn, Ttl, session};

use super::super::end;
use super::super::fault::Fault;
use super::super::plan::seconds;
use super::super::work::Work;
use super::{by_itself, may_last_from_now};

/// AWS counts whole seconds, and a call takes some.
const AS_ASKED: TimeDelta = TimeDelta::seconds(60);

/// One round trip. On `Ok` the row holds what AWS said, and is written by whoever makes it active.
/// The answer's second half is what the history says of it.
pub(in super::super) async fn open(work: &mut Work<'_>) -> Result<(KeySet, String), Fault> {
    let asked = NewSession {
        name: work.row.user_name.clone(),
        seconds: i32::try_from(work.row.ttl_s).unwrap_or(i32::MAX),
        policy: work.row.documents.first().cloned(),
        policy_arns: work.row.policy_arns.clone(),
        tags: work.row.tags.clone(),
    };
    let began = work.aws_now();
    let aws = &work.aws;
    let opened = match &work.row.credential {
        Credential::AssumedRole {
            role_arn,
            external_id,
        } => {
            let id = external_id.as_deref();
            work.steady(|| aws.open_role_session(role_arn, id, &asked))
                .await?
        }
        Credential::FederationToken => work.steady(|| aws.open_federated_session(&asked)).await?,
        Credential::IamUser => {
            let text = "A user was asked of STS.";
            return Err(Fault::Other(Problem::new(Code::Internal, text)));
        }
    };
    let ttl = seconds(work.row.ttl_s);
    // STS always says it; without it the row's own guess stands.
    let ends_at = opened.key.ends_at.unwrap_or(work.row.expires_at);
    work.row.user_arn = opened.arn;
    work.row.user_id = Some(opened.user_id);
    work.row.issued_at = Some(Moment::from(began).datetime());
    work.row.expires_at = ends_at;
    work.row.max_expires_at = ends_at;
    let mut text = format!(
        "STS opened the session; AWS ends it by itself at {}.",
        Moment::from(ends_at).document()
    );
    let other = (ends_at - (began + ttl)).abs() > AS_ASKED;
    if other {
        let asked = Ttl::from_secs(work.row.ttl_s);
        text += &format!(" {asked} was asked for: what AWS gave counts.");
    }
    Ok((opened.key, text))
}

/// Nothing can be taken back from STS: what a refusal proves that there never was is at rest at once, and
/// what may have been opened ends by itself.
pub(in super::super) async fn undo(work: &mut Work<'_>, fault: Fault) -> Problem {
    if matches!(fault, Fault::Lost) {
        return fault.into();
    }
    let is_refusal = matches!(&fault, Fault::Aws(error) if !error.maybe_done);
    let nothing_made = is_refusal && work.row.user_id.is_none();
    let mut problem = explained(work, fault).await;
    work.row.hint.clone_from(&problem.hint);
    if nothing_made {
        work.row.reason = Some(problem.message.clone());
        if let Err(fault) = end::rest_without_user(work) {
            let left = Problem::from(fault);
            tracing::error!(lease = %work.row.id, %left, "a refused lease is not written down");
        }
        work.release();
        return problem;
    }
    if work.row.user_id.is_none() {
        may_last_from_now(work);
    }
    let begun = work.begin_end(EndReason::IssueFailed, &problem.message);
    let settled = begun.and_then(|()| super::settle(work));
    if let Err(fault) = settled {
        let left = Problem::from(fault);
        tracing::error!(lease = %work.row.id, %left, "the timer goes on with it");
    }
    work.release();
    let then = format!(
        "AWS may have opened a session, but nobody has its key. {}",
        by_itself(&work.row)
    );
    let hint = problem.hint.take();
    problem.hint = Some(hint.map_or(then.clone(), |hint| format!("{hint} {then}")));
    problem
}

/// The refusal with the field that it is about, and with what helps.
async fn explained(work: &Work<'_>, fault: Fault) -> Problem {
    let Fault::Aws(error) = fault else {
        return fault.into();
    };
    let said = error.message.as_str();
    if said.contains("MaxSessionDuration") {
        return too_long_for_role(work, &error).await;
    }
    let problem = Problem::from(&error);
    if said.contains("role chaining") {
        return problem
            .with_hint(
                "AWS gives a role assumed from a session at most an hour: ask for 1h or less, or use a \
                 connection with an access key.",
            )
            .at("ttl");
    }
    match (&error.kind, error.code.as_str()) {
        (AwsErrorKind::Limit, code) if code.starts_with("PackedPolicyTooLarge") => problem
            .with_hint(
                "AWS packs the session policy, the policy ARNs and the tags together, and that has a \
                 limit of its own: shorten the document, or take tags or ARNs away.",
            )
            .at("policy_documents"),
        (AwsErrorKind::Malformed, code) if code.starts_with("MalformedPolicyDocument") => {
            let field = match said.contains("ARN") || said.contains("arn:") {
                true => "policy_arns",
                false => "policy_documents",
            };
            problem.at(field)
        }
        (AwsErrorKind::Denied { action, .. }, _) if action == "sts:TagSession" => problem
            .with_hint(
                "Session tags need sts:TagSession: allow it for the managing user, and in the trust \
                 policy of the role.",
            )
            .at("tags"),
        (AwsErrorKind::Denied { .. }, _) => denied(work, problem),
        _ => problem,
    }
}

/// AWS does not say what of a trust policy was not met.
fn denied(work: &Work<'_>, problem: Problem) -> Problem {
    let Credential::AssumedRole {
        role_arn,
        external_id,
    } = &work.row.credential
    else {
        return problem
            .with_hint(format!(
                "Allow sts:GetFederationToken for the managing user, on \
                 arn:{}:sts::{}:federated-user/lh-*. AWS gives these tokens only to the long-term key of \
                 an IAM user.",
                work.row.partition, work.row.account_id
            ))
            .at("connection");
    };
    let about_id = match external_id {
        Some(_) => "that the external id is the one the trust policy asks for",
        None => "whether the trust policy asks for an external id",
    };
    problem
        .with_hint(format!(
            "Check that the trust policy of {role_arn} names {}, that this may call sts:AssumeRole on \
             it, and {about_id}.",
            work.connection.caller_arn
        ))
        .at("role_arn")
}

/// What the role gives at most, where that can be learned.
async fn too_long_for_role(work: &Work<'_>, error: &AwsError) -> Problem {
    let asked = Ttl::from_secs(work.row.ttl_s);
    let Credential::AssumedRole { role_arn, .. } = &work.row.credential else {
        return Problem::from(error);
    };
    let Some(role) = super::own_role(&work.row) else {
        let name = RoleArn::parse("role_arn", role_arn).map(|role| role.name().to_owned());
        return too_long(&name.unwrap_or_default(), asked, None);
    };
    let limit = work.call(work.aws.role_limit(role.name())).await.ok();
    let limit = limit.filter(|(arn, _)| arn == role_arn);
    too_long(
        role.name(),
        asked,
        limit.map(|(_, secs)| Ttl::from_secs(secs)),
    )
}

fn too_long(role: &str, asked: Ttl, most: Option<Ttl>) -> Problem {
    let shortest = session::SHORTEST;
    let problem = match most {
        Some(most) => Problem::new(
            Code::AwsLimit,
            format!("The role `{role}` gives sessions of at most {most}; {asked} was asked for."),
        )
        .with_hint(format!(
            "Ask for {most} or less, set the Max TTL to that, or raise the maximum session duration of the \
             role."
        )),
        None => Problem::new(
            Code::AwsLimit,
            format!("The role `{role}` gives no sessions of {asked}."),
        )
        .with_hint(format!(
            "Ask for less, down to {shortest}, or raise the maximum session duration of the role. With \
             iam:GetRole on it Leasehold can say how much it gives."
        )),
    };
    problem.at("ttl")
}
