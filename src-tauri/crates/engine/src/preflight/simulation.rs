//! Asking AWS's policy simulator, where the managing user may.
//!
//! It judges the managing user's own policies for the very user, group and policy a lease would have, so
//! that it knows more than any call about things that do not exist. Its answers can differ from the live
//! ones ("Testing IAM policies with the IAM policy simulator", IAM User Guide), which every note says.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::try_join_all;
use leasehold_aws::{AwsError, AwsErrorKind, Simulated, Simulation};
use leasehold_domain::{Arn, Problem};

use super::Flight;
use super::judge::Answer;
use super::needs::{Question, Subject};

const SIMULATED: &str = "AWS's policy simulator";
const MAY_DIFFER: &str = "Its answers may differ from the live ones.";

/// The simulator's answers; nothing about questions that it cannot answer, and at least why it cannot
/// be asked.
pub(super) async fn ask(
    flight: &Flight<'_>,
    questions: &BTreeSet<Question>,
) -> Result<BTreeMap<Question, Answer>, Problem> {
    let itself = Question {
        action: "iam:SimulatePrincipalPolicy",
        subject: Subject::Caller,
    };
    let mut answers = BTreeMap::new();
    if !is_user(&flight.caller.arn) {
        let note = "Only an IAM user can be simulated by the ARN that its calls have.";
        answers.insert(itself, Answer::unknown(note));
        return Ok(answers);
    }
    let mut by_subject: BTreeMap<&Subject, Vec<&'static str>> = BTreeMap::new();
    for question in questions {
        if !matches!(question.subject, Subject::Caller | Subject::Path) {
            by_subject
                .entry(&question.subject)
                .or_default()
                .push(question.action);
        }
    }
    let asked = by_subject.into_iter().map(|(subject, actions)| async move {
        let simulated = simulate(flight, subject, &actions).await?;
        Ok::<_, AwsError>((subject, actions, simulated))
    });
    match try_join_all(asked).await {
        Ok(all) => {
            answers.insert(itself, Answer::allowed("AWS's policy simulator answered."));
            for (subject, actions, simulated) in all {
                for action in actions {
                    let found = simulated
                        .iter()
                        .find(|one| one.action.eq_ignore_ascii_case(action));
                    let answer = found.and_then(|found| judge(flight, subject, found));
                    let question = Question {
                        action,
                        subject: subject.clone(),
                    };
                    answers.extend(answer.map(|answer| (question, answer)));
                }
            }
        }
        Err(error) => {
            answers.insert(itself, unavailable(error)?);
        }
    }
    Ok(answers)
}

fn unavailable(error: AwsError) -> Result<Answer, Problem> {
    match error.kind {
        AwsErrorKind::Denied { .. } => Ok(Answer::denied(
            "AWS denied it; what needs it was asked in other ways.",
        )),
        AwsErrorKind::Unreachable
        | AwsErrorKind::WrongKey
        | AwsErrorKind::NoKey(_)
        | AwsErrorKind::Clock
            if error.code == "NoConnection" || error.kind != AwsErrorKind::Unreachable =>
        {
            Err(Problem::from(error))
        }
        // An endpoint that has no simulator answers in many ways.
        _ => Ok(Answer::unknown(format!(
            "The simulator could not be asked ({}).",
            error.code
        ))),
    }
}

async fn simulate(
    flight: &Flight<'_>,
    subject: &Subject,
    actions: &[&'static str],
) -> Result<Vec<Simulated>, AwsError> {
    let arns = format!(
        "arn:{}:iam::{}",
        flight.connection.partition, flight.connection.account_id
    );
    let mut context = Vec::new();
    let resource = match subject {
        Subject::Group(name) => format!("{arns}:group/{name}"),
        Subject::Device => format!("{arns}:mfa/leasehold-preflight"),
        Subject::Role(arn) => arn.clone(),
        Subject::Federated => format!(
            "arn:{}:sts::{}:federated-user/lh-preflight",
            flight.connection.partition, flight.connection.account_id
        ),
        _ => {
            context = context_of(flight);
            if let Subject::Policy(arn) = subject {
                context.push(("iam:PolicyARN".to_owned(), vec![arn.clone()]));
            }
            // A name as the recipe makes them, since policies may ask for a beginning.
            let user = flight.recipe.user();
            let name = user.and_then(|user| {
                let secrets = crate::secrets::Secrets(flight.core);
                secrets.user_name(flight.recipe, user).ok()
            });
            let name = name.map_or_else(|| "user".to_owned(), |name| name.to_string());
            let path = user.map_or("/", |user| user.iam_path.as_str());
            format!("{arns}:user{path}{name}")
        }
    };
    let asked = Simulation {
        principal_arn: &flight.caller.arn,
        actions,
        resource_arn: &resource,
        context: &context,
    };
    flight.reached.aws.simulate(&asked).await
}

/// What a request about a lease's user carries beside the resource.
fn context_of(flight: &Flight<'_>) -> Vec<(String, Vec<String>)> {
    let mut context = Vec::new();
    let Some(user) = flight.recipe.user() else {
        return context;
    };
    if let Some(arn) = &user.boundary {
        context.push(("iam:PermissionsBoundary".to_owned(), vec![arn.to_string()]));
    }
    for tag in &user.tags {
        for key in ["aws:RequestTag", "aws:ResourceTag", "iam:ResourceTag"] {
            context.push((format!("{key}/{}", tag.key), vec![tag.value.clone()]));
        }
    }
    if !user.tags.is_empty() {
        let keys = user.tags.iter().map(|tag| tag.key.clone()).collect();
        context.push(("aws:TagKeys".to_owned(), keys));
    }
    context
}

/// `None` where a call can tell more.
fn judge(flight: &Flight<'_>, subject: &Subject, found: &Simulated) -> Option<Answer> {
    // What a lease's own requests lack too is no gap.
    let user = flight.recipe.user();
    let lacks_boundary = user.is_none_or(|user| user.boundary.is_none());
    let about_tags = |key: &str| {
        let key = key.to_ascii_lowercase();
        let of = [
            "aws:requesttag/",
            "aws:resourcetag/",
            "iam:resourcetag/",
            "aws:tagkeys",
        ];
        of.iter().any(|prefix| key.starts_with(prefix))
    };
    let open: Vec<&str> = found
        .missing_context
        .iter()
        .map(String::as_str)
        .filter(|key| !(lacks_boundary && key.eq_ignore_ascii_case("iam:PermissionsBoundary")))
        .filter(|key| !about_tags(key))
        .collect();
    let policy = match subject {
        Subject::Policy(arn) => format!(" with {arn}"),
        // It judges who asks, not who is asked.
        Subject::Role(_) if found.action.eq_ignore_ascii_case("sts:AssumeRole") => {
            ", as far as the managing user's own policies go; the role's trust policy is not looked at"
                .to_owned()
        }
        _ => String::new(),
    };
    match (found.allowed, open.is_empty()) {
        (true, true) => Some(Answer::allowed(format!(
            "{SIMULATED} allows it{policy}. {MAY_DIFFER}"
        ))),
        (true, false) => Some(Answer::allowed(format!(
            "{SIMULATED} allows it{policy}, without knowing {}. {MAY_DIFFER}",
            open.join(", ")
        ))),
        // A group has a path of its own, which nobody told us; AWS knows it.
        (false, _) if matches!(subject, Subject::Group(_)) => None,
        (false, true) => Some(Answer::denied(format!(
            "{SIMULATED} denies it{policy}. {MAY_DIFFER}"
        ))),
        (false, false) => Some(Answer::unknown(format!(
            "{SIMULATED} denies it{policy}, without knowing {}, on which the policies depend.",
            open.join(", ")
        ))),
    }
}

fn is_user(arn: &str) -> bool {
    Arn::parse("caller_arn", arn)
        .is_ok_and(|arn| arn.service == "iam" && arn.resource.starts_with("user/"))
}
