//! Finding permissions out with calls that change nothing, whatever exists.
//!
//! Three kinds of calls:
//!
//! * *Reads of a lease's own user*, where one is open: AWS judges the very ARN that counts.
//! * *Calls about a user that cannot exist.* IAM takes names of up to 128 characters where it looks a
//!   user up and of up to 64 where it makes one (IAM API Reference, `existingUserNameType` and
//!   `userNameType`), so that a longer name belongs to nobody, ever. Where a call takes only 64, the name
//!   has 128 random bits and the call names a managed policy that nobody has, or only reads.
//! * *`CreateUser` with the managing user's own name and a boundary that does not exist*: the name is
//!   taken and the boundary is not there, so that nothing can come of it.
//!
//! A user that does not exist has no path in AWS's eyes. A denial therefore proves nothing to a recipe with
//! a path of its own, and the note says so.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use leasehold_aws::{Aws, AwsError, AwsErrorKind, Entity, NewUser};
use leasehold_domain::recipe::UserRecipe;
use leasehold_domain::{Arn, IamPath, LeaseState, Problem, guard};
use leasehold_store::LeaseFilter;

use super::Flight;
use super::judge::{Answer, judge};
use super::needs::{Question, Subject};
use super::sessions;
use crate::secrets::Secrets;

const CANARY: &str = "The canary finds out.";

/// Names that nothing has.
struct Nobody {
    /// The path of the recipe's users.
    path: IamPath,
    /// Longer than any user's name.
    impossible: String,
    /// 128 random bits, short enough for every call.
    improbable: String,
    /// A managed policy of the account.
    policy_arn: String,
    /// An access key, an SSH key, a certificate or a service's credential.
    key_id: String,
    /// ARN of a virtual MFA device.
    device: String,
    /// The user of an open lease of this secret.
    leased: Option<String>,
    /// Why a denial about a user that does not exist proves nothing, if it does not.
    why_not: Option<String>,
}

/// Asks AWS everything that is still open.
pub(super) async fn ask(
    flight: &Flight<'_>,
    questions: Vec<Question>,
) -> Result<BTreeMap<Question, Answer>, Problem> {
    let nobody = match flight.recipe.user() {
        Some(user) => Nobody::of(flight, user)?,
        None => return of_session(flight, questions).await,
    };
    let asked = questions.into_iter().map(|question| async {
        let answer = one(flight, &nobody, &question).await?;
        Ok::<_, Problem>((question, answer))
    });
    Ok(try_join_all(asked).await?.into_iter().collect())
}

async fn of_session(
    flight: &Flight<'_>,
    questions: Vec<Question>,
) -> Result<BTreeMap<Question, Answer>, Problem> {
    let asked = questions.into_iter().map(|question| async {
        let answer = match &question.subject {
            Subject::Role(role) => sessions::ask(flight, question.action, role).await?,
            Subject::Federated => Answer::unknown(CANARY),
            _ => Answer::unknown("It was not asked."),
        };
        Ok::<_, Problem>((question, answer))
    });
    Ok(try_join_all(asked).await?.into_iter().collect())
}

async fn one(flight: &Flight<'_>, nobody: &Nobody, question: &Question) -> Result<Answer, Problem> {
    let aws = &flight.reached.aws;
    match &question.subject {
        Subject::User => on_user(flight, nobody, question.action).await,
        Subject::Policy(arn) => on_policy(aws, nobody, question.action, arn).await,
        Subject::Group(group) => on_group(aws, nobody, question.action, group).await,
        Subject::Path => {
            let answer = aws.may_list_users(nobody.path.as_str()).await;
            judge(answer, "a look at the users under the path", None)
        }
        Subject::Device => {
            let answer = aws.delete_virtual_mfa_device(&nobody.device).await;
            judge(answer, "it for a device that does not exist", None)
        }
        Subject::Caller | Subject::Role(_) | Subject::Federated => {
            Ok(Answer::unknown("It was not asked."))
        }
    }
}

async fn on_user(
    flight: &Flight<'_>,
    nobody: &Nobody,
    action: &'static str,
) -> Result<Answer, Problem> {
    let aws = &flight.reached.aws;
    if let Some(leased) = &nobody.leased
        && let Some(answer) = read(aws, action, leased).await
    {
        match &answer {
            // It ended meanwhile; ask as if there were none.
            Err(error) if error.kind == AwsErrorKind::NotThere(Entity::User) => {}
            _ => return judge(answer, "a look at the user of an open lease", None),
        }
    }
    let user = nobody.impossible.as_str();
    let answer = match action {
        "iam:CreateUser" => return create_user(flight, nobody).await,
        "iam:ListAttachedUserPolicies"
        | "iam:GetLoginProfile"
        | "iam:ListSSHPublicKeys"
        | "iam:ListServiceSpecificCredentials" => read(aws, action, &nobody.improbable).await,
        "iam:PutUserPolicy" => Some(
            aws.put_user_policy(user, "leasehold-preflight", &guard::cut_document())
                .await,
        ),
        "iam:CreateAccessKey" => Some(aws.create_access_key(user).await.map(drop)),
        "iam:DeleteAccessKey" => Some(aws.delete_access_key(user, &nobody.key_id).await),
        "iam:DeleteUserPolicy" => Some(aws.delete_user_policy(user, "leasehold-preflight").await),
        "iam:DetachUserPolicy" => Some(
            aws.detach_user_policy(&nobody.improbable, &nobody.policy_arn)
                .await,
        ),
        "iam:DeleteUser" => Some(aws.delete_user(user).await),
        "iam:TagUser" => Some(aws.tag_user(user, "leasehold-preflight", "1").await),
        _ => match unblock(aws, nobody, action).await {
            Some(answer) => Some(answer),
            None => read(aws, action, user).await,
        },
    };
    match answer {
        Some(answer) => judge(
            answer,
            "it for a user that cannot exist",
            nobody.why_not.as_deref(),
        ),
        None => Ok(Answer::unknown("It was not asked.")),
    }
}

/// The calls that only look. `None` for any other.
async fn read(aws: &Aws, action: &str, user: &str) -> Option<Result<(), AwsError>> {
    Some(match action {
        "iam:GetUser" => aws.get_user(user).await.map(drop),
        "iam:ListAccessKeys" => aws.list_access_keys(user).await.map(drop),
        "iam:ListUserPolicies" => aws.list_user_policies(user).await.map(drop),
        "iam:ListAttachedUserPolicies" => aws.list_attached_user_policies(user).await.map(drop),
        "iam:ListGroupsForUser" => aws.list_groups_for_user(user).await.map(drop),
        "iam:GetLoginProfile" => aws.has_login_profile(user).await.map(drop),
        "iam:ListMFADevices" => aws.list_mfa_devices(user).await.map(drop),
        "iam:ListSSHPublicKeys" => aws.list_ssh_public_keys(user).await.map(drop),
        "iam:ListSigningCertificates" => aws.list_signing_certificates(user).await.map(drop),
        "iam:ListServiceSpecificCredentials" => {
            aws.list_service_specific_credentials(user).await.map(drop)
        }
        _ => return None,
    })
}

/// The calls that clear away what blocks a clean-up. `None` for any other.
async fn unblock(aws: &Aws, nobody: &Nobody, action: &str) -> Option<Result<(), AwsError>> {
    let (long, short, id) = (&nobody.impossible, &nobody.improbable, &nobody.key_id);
    Some(match action {
        "iam:DeleteLoginProfile" => aws.delete_login_profile(short).await,
        "iam:DeactivateMFADevice" => aws.deactivate_mfa_device(long, &nobody.device).await,
        "iam:DeleteSSHPublicKey" => aws.delete_ssh_public_key(short, id).await,
        "iam:DeleteSigningCertificate" => aws.delete_signing_certificate(long, id).await,
        "iam:DeleteServiceSpecificCredential" => {
            aws.delete_service_specific_credential(short, id).await
        }
        _ => return None,
    })
}

async fn create_user(flight: &Flight<'_>, nobody: &Nobody) -> Result<Answer, Problem> {
    let Some(own_name) = own_name(&flight.caller.arn) else {
        return Ok(Answer::unknown(format!(
            "The managing caller is no IAM user, whose name would be taken. {CANARY}"
        )));
    };
    let user = NewUser {
        name: own_name,
        path: nobody.path.to_string(),
        boundary: Some(nobody.policy_arn.clone()),
        tags: Vec::new(),
    };
    let why_not = format!(
        "it was asked with a name that is taken and a boundary that does not exist, and policies may \
         ask for others. {CANARY}"
    );
    let answer = flight.reached.aws.create_user(&user).await.map(drop);
    judge(answer, "it for a name that is taken", Some(&why_not))
}

async fn on_policy(
    aws: &Aws,
    nobody: &Nobody,
    action: &'static str,
    arn: &str,
) -> Result<Answer, Problem> {
    if action == "iam:DetachUserPolicy" {
        let answer = aws.detach_user_policy(&nobody.improbable, arn).await;
        return judge(
            answer,
            "it for a user that does not exist",
            nobody.why_not.as_deref(),
        );
    }
    let why_not = format!(
        "it was asked for a managed policy that does not exist, and policies may name the ones that \
         may be attached. {CANARY}"
    );
    let answer = aws
        .attach_user_policy(&nobody.improbable, &nobody.policy_arn)
        .await;
    judge(
        answer,
        "it for a user and a policy that do not exist",
        Some(&why_not),
    )
}

/// Membership is authorized on the group, which exists, so that a denial counts.
async fn on_group(
    aws: &Aws,
    nobody: &Nobody,
    action: &'static str,
    group: &str,
) -> Result<Answer, Problem> {
    let user = nobody.impossible.as_str();
    let answer = match action {
        "iam:AddUserToGroup" => aws.add_user_to_group(user, group).await,
        _ => aws.remove_user_from_group(user, group).await,
    };
    let no_group = matches!(
        &answer,
        Err(error) if error.kind == AwsErrorKind::NotThere(Entity::Group)
    );
    let mut answer = judge(answer, "it for a user that cannot exist", None)?;
    if no_group {
        answer.note =
            format!("AWS allowed it, and there is no group {group}: no lease can be made.");
    }
    Ok(answer)
}

impl Nobody {
    fn of(flight: &Flight<'_>, user: &UserRecipe) -> Result<Self, Problem> {
        let mut bytes = [0_u8; 16];
        leasehold_domain::random_bytes(&mut bytes)?;
        let random: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        // Begins as the recipe's names do, since policies may ask for a beginning.
        let name = Secrets(flight.core)
            .user_name(flight.recipe, user)?
            .to_string();
        let head: String = name.chars().take(31).collect();
        let connection = flight.connection;
        Ok(Self {
            path: user.iam_path.clone(),
            impossible: format!("{head}.{random}.{random}"),
            improbable: format!("{head}.{random}"),
            policy_arn: format!(
                "arn:{}:iam::{}:policy/leasehold-preflight-{random}",
                connection.partition, connection.account_id
            ),
            device: format!(
                "arn:{}:iam::{}:mfa/leasehold-preflight-{random}",
                connection.partition, connection.account_id
            ),
            // Ids have 20 characters; this is none that AWS gives.
            key_id: format!("AKIA{}", random.to_uppercase()),
            leased: leased(flight, user)?,
            why_not: why_not(user),
        })
    }
}

/// The user of an open lease whose path and connection are the recipe's.
fn leased(flight: &Flight<'_>, user: &UserRecipe) -> Result<Option<String>, Problem> {
    let filter = LeaseFilter {
        secret_id: Some(flight.secret.id.clone()),
        states: vec![LeaseState::Active],
        ..LeaseFilter::default()
    };
    let open = flight.core.store.leases().list(&filter)?;
    let alike = open.into_iter().find(|row| {
        row.iam_path == user.iam_path.as_str()
            && row.connection_id == flight.connection.id
            && row.account_id == flight.connection.account_id
    });
    Ok(alike.map(|row| row.user_name))
}

fn why_not(recipe: &UserRecipe) -> Option<String> {
    if !recipe.iam_path.is_root() {
        return Some(format!(
            "a user that does not exist has no path, so that a policy for {} does not reach it. {CANARY}",
            recipe.iam_path
        ));
    }
    if recipe.boundary.is_some() || !recipe.tags.is_empty() {
        return Some(format!(
            "a user that does not exist has neither boundary nor tags, which policies may ask for. {CANARY}"
        ));
    }
    None
}

/// The name in `arn:…:user/path/name`.
fn own_name(arn: &str) -> Option<String> {
    let arn = Arn::parse("caller_arn", arn).ok()?;
    let user = arn
        .resource
        .strip_prefix("user/")
        .filter(|_| arn.service == "iam")?;
    user.rsplit('/').next().map(str::to_owned)
}
