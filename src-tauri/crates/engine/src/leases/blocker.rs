//! What keeps AWS from deleting a user besides what leases are made of: looked for, taken away
//! where that is allowed, and named with the missing permission where it is not.
//!
//! Self-protection keeps a holder from making any of it; somebody with more rights can. Only the
//! user whose `UserId` this try has just compared is asked about, and only what AWS lists for that
//! user is touched, so that nobody's credentials can be slipped in.

use futures::future::join_all;
use leasehold_aws::{AwsError, AwsErrorKind};
use leasehold_domain::{Code, Problem};

use super::fault::Fault;
use super::work::Work;
use crate::wire::ActivityKind;

/// What is looked for ("Removing or deactivating an IAM user", IAM User Guide).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    LoginProfile,
    MfaDevice,
    Certificate,
    SshKey,
    ServiceCredential,
}

impl Kind {
    pub(super) const ALL: [Self; 5] = [
        Self::LoginProfile,
        Self::MfaDevice,
        Self::Certificate,
        Self::SshKey,
        Self::ServiceCredential,
    ];

    fn words(self) -> &'static str {
        match self {
            Self::LoginProfile => "login profile",
            Self::MfaDevice => "MFA device",
            Self::Certificate => "signing certificate",
            Self::SshKey => "SSH public key",
            Self::ServiceCredential => "service-specific credential",
        }
    }

    /// The actions that take it away, the decisive one first, and the one that finds it last.
    fn actions(self) -> &'static [&'static str] {
        match self {
            Self::LoginProfile => &["iam:DeleteLoginProfile", "iam:GetLoginProfile"],
            Self::MfaDevice => &[
                "iam:DeactivateMFADevice",
                "iam:DeleteVirtualMFADevice",
                "iam:ListMFADevices",
            ],
            Self::Certificate => &[
                "iam:DeleteSigningCertificate",
                "iam:ListSigningCertificates",
            ],
            Self::SshKey => &["iam:DeleteSSHPublicKey", "iam:ListSSHPublicKeys"],
            Self::ServiceCredential => &[
                "iam:DeleteServiceSpecificCredential",
                "iam:ListServiceSpecificCredentials",
            ],
        }
    }
}

/// What AWS says is in the way, where it says so: "Cannot delete entity, must delete login profile
/// first." SSH keys and service credentials are "referenced objects" to it.
pub(super) fn named(refusal: &AwsError) -> Option<&'static [Kind]> {
    let said = refusal.message.to_ascii_lowercase();
    let kinds: [(&str, &'static [Kind]); 6] = [
        ("login profile", &[Kind::LoginProfile]),
        ("mfa", &[Kind::MfaDevice]),
        ("certificate", &[Kind::Certificate]),
        ("ssh", &[Kind::SshKey]),
        ("service", &[Kind::ServiceCredential]),
        (
            "referenced objects",
            &[Kind::SshKey, Kind::ServiceCredential],
        ),
    ];
    let found = kinds.into_iter().find(|(word, _)| said.contains(word));
    found.map(|(_, kinds)| kinds)
}

/// Whether AWS's words are about what every lease has: keys, policies, groups.
pub(super) fn is_like_ours(refusal: &AwsError) -> bool {
    let said = refusal.message.to_ascii_lowercase();
    ["access key", "polic", "group"]
        .iter()
        .any(|word| said.contains(word))
}

/// What a look found.
#[derive(Default)]
struct Found {
    there: Vec<(Kind, String)>,
    /// What AWS denies to list.
    unseen: Vec<Kind>,
}

/// What became of what was found.
pub(super) struct Taken {
    /// Whether anything was taken away.
    pub(super) any: bool,
    /// What AWS denies to list.
    pub(super) unseen: Vec<Kind>,
}

/// Looks for all of it and takes away what may be taken away.
///
/// # Errors
/// Something is known to be there and may not be removed: then the row names it.
pub(super) async fn take_away(work: &mut Work<'_>) -> Result<Taken, Fault> {
    let Found { there, mut unseen } = look(work).await?;
    if !there.is_empty() && work.row.blocked_by.is_none() {
        // Written down first: a device that is deactivated is listed nowhere by this user.
        let names: Vec<_> = there.iter().map(|(kind, id)| shown(*kind, id)).collect();
        let text = format!("The user has what leases have not: {}.", names.join(", "));
        work.save(ActivityKind::Found, &text)?;
    }
    let (mut taken, mut denied) = (Vec::new(), Vec::new());
    let answers = join_all(there.iter().map(|(kind, id)| take(work, *kind, id))).await;
    for ((kind, id), answer) in there.iter().zip(answers) {
        match answer {
            Ok(Left::Nothing) => taken.push(shown(*kind, id)),
            Ok(Left::Device) => taken.push(format!(
                "{} (the device itself stays in the account without a user and opens nothing)",
                shown(*kind, id)
            )),
            Err(Fault::Aws(error)) if is_denial(&error) => denied.push((*kind, error)),
            Err(fault) => return Err(fault),
        }
    }
    if unseen.contains(&Kind::LoginProfile) {
        // It can be removed without being seen.
        let user = work.row.user_name.as_str();
        match work.steady(|| work.aws.delete_login_profile(user)).await {
            Ok(()) => taken.push(shown(Kind::LoginProfile, user)),
            Err(fault) if fault.is_gone_from_user() => {
                unseen.retain(|kind| *kind != Kind::LoginProfile);
            }
            Err(Fault::Aws(error)) if is_denial(&error) => {}
            Err(fault) => return Err(fault),
        }
    }
    if !taken.is_empty() {
        work.row.attempts = 0;
        let text = format!("Taken away: {}.", taken.join(", "));
        work.save(ActivityKind::TakenAway, &text)?;
    }
    if denied.is_empty() {
        work.row.blocked_by = None;
        work.row.missing_action = None;
        let any = !taken.is_empty();
        return Ok(Taken { any, unseen });
    }
    let kinds: Vec<Kind> = denied.iter().map(|(kind, _)| *kind).collect();
    let actions = denied.iter().filter_map(|(_, error)| denied_action(error));
    let actions = actions.collect();
    let refusal = denied.first().map(|(_, error)| error);
    Err(blocked(work, &kinds, actions, refusal))
}

/// For a refusal that is not explained by what was found: AWS denies the looking, or it lags.
pub(super) fn unexplained(work: &mut Work<'_>, refusal: AwsError, unseen: &[Kind]) -> Fault {
    let kinds = named(&refusal).unwrap_or_default().iter().copied();
    let kinds: Vec<Kind> = kinds.filter(|kind| unseen.contains(kind)).collect();
    if kinds.is_empty() {
        work.row.blocked_by = Some(words_of(&refusal.message));
        let hint = "Leasehold lists the user again and goes on by itself. Where it does not get \
                    past this, look in the AWS console at what else hangs on the user. The \
                    leased key is gone already.";
        return Fault::Other(Problem::from(refusal).with_hint(hint));
    }
    let actions = kinds.iter().flat_map(|kind| kind.actions());
    let actions = actions.map(|action| (*action).to_owned()).collect();
    blocked(work, &kinds, actions, None)
}

/// All kinds at once.
async fn look(work: &Work<'_>) -> Result<Found, Fault> {
    let mut found = Found::default();
    let answers = join_all(Kind::ALL.map(|kind| list(work, kind))).await;
    for (kind, answer) in Kind::ALL.into_iter().zip(answers) {
        match answer {
            Ok(ids) => found.there.extend(ids.into_iter().map(|id| (kind, id))),
            Err(Fault::Aws(error)) if is_denial(&error) => found.unseen.push(kind),
            Err(fault) => return Err(fault),
        }
    }
    Ok(found)
}

async fn list(work: &Work<'_>, kind: Kind) -> Result<Vec<String>, Fault> {
    let (aws, user) = (&work.aws, work.row.user_name.as_str());
    match kind {
        Kind::LoginProfile => {
            let has = work.steady(|| aws.has_login_profile(user)).await?;
            Ok(has.then(|| user.to_owned()).into_iter().collect())
        }
        Kind::MfaDevice => work.steady(|| aws.list_mfa_devices(user)).await,
        Kind::Certificate => work.steady(|| aws.list_signing_certificates(user)).await,
        Kind::SshKey => work.steady(|| aws.list_ssh_public_keys(user)).await,
        Kind::ServiceCredential => {
            work.steady(|| aws.list_service_specific_credentials(user))
                .await
        }
    }
}

/// What is left of a thing that was taken from a user.
enum Left {
    Nothing,
    /// A virtual MFA device that AWS did not delete. Without a user it opens nothing and is in
    /// nobody's way.
    Device,
}

/// Takes one thing away; what is not there any more is done.
async fn take(work: &Work<'_>, kind: Kind, id: &str) -> Result<Left, Fault> {
    let (aws, user) = (&work.aws, work.row.user_name.as_str());
    let taken = match kind {
        Kind::LoginProfile => work.steady(|| aws.delete_login_profile(user)).await,
        Kind::MfaDevice => work.steady(|| aws.deactivate_mfa_device(user, id)).await,
        Kind::Certificate => {
            work.steady(|| aws.delete_signing_certificate(user, id))
                .await
        }
        Kind::SshKey => work.steady(|| aws.delete_ssh_public_key(user, id)).await,
        Kind::ServiceCredential => {
            work.steady(|| aws.delete_service_specific_credential(user, id))
                .await
        }
    };
    match taken {
        Err(fault) if !fault.is_gone_from_user() => return Err(fault),
        _ => {}
    }
    if kind != Kind::MfaDevice || !is_virtual(work, id) {
        return Ok(Left::Nothing);
    }
    match work.steady(|| aws.delete_virtual_mfa_device(id)).await {
        Ok(()) => Ok(Left::Nothing),
        Err(Fault::Lost) => Err(Fault::Lost),
        Err(fault) if fault.is_gone_from_user() => Ok(Left::Nothing),
        Err(_) => Ok(Left::Device),
    }
}

/// Virtual devices have an ARN of the account for a serial number; tokens have a printed one, and
/// security keys an ARN of another kind and end with their deactivation.
fn is_virtual(work: &Work<'_>, serial: &str) -> bool {
    let account = &work.row.account_id;
    serial.starts_with(&format!("arn:{}:iam::{account}:mfa/", work.row.partition))
}

fn shown(kind: Kind, id: &str) -> String {
    match kind {
        Kind::LoginProfile => "a login profile".to_owned(),
        kind => format!("{} {id}", kind.words()),
    }
}

fn is_denial(error: &AwsError) -> bool {
    matches!(error.kind, AwsErrorKind::Denied { .. })
}

fn denied_action(error: &AwsError) -> Option<String> {
    match &error.kind {
        AwsErrorKind::Denied { action, .. } => Some(action.clone()),
        _ => None,
    }
}

/// Writes into the row what is in the way and what is missing, and says it with what would help.
fn blocked(
    work: &mut Work<'_>,
    kinds: &[Kind],
    mut actions: Vec<String>,
    refusal: Option<&AwsError>,
) -> Fault {
    let mut words: Vec<_> = kinds.iter().map(|kind| kind.words()).collect();
    words.dedup();
    let joint = if refusal.is_some() { " and " } else { " or " };
    let words = words.join(joint);
    let mut once = Vec::new();
    actions.retain(|action| {
        let new = !once.contains(action);
        once.push(action.clone());
        new
    });
    work.row.blocked_by = Some(words.clone());
    work.row.missing_action = actions.first().cloned();
    let message = format!(
        "AWS does not delete the user while it has a {words}, and the managing user may not take \
         that away ({}).",
        actions.join(", ")
    );
    // A statement helps nothing against these.
    let other_fix = refusal
        .filter(|e| {
            ["explicit deny", "permissions boundary", "service control"]
                .iter()
                .any(|why| e.message.contains(why))
        })
        .and_then(|error| Problem::from(error).hint);
    let fix = other_fix.unwrap_or_else(|| {
        format!(
            "Add to the managing user's policy: {}",
            statements(work, &actions)
        )
    });
    let hint = format!(
        "{fix} Or remove the {words} in the AWS console. Leasehold then goes on by itself. The \
         leased key is gone already, and everything is denied to the user."
    );
    Fault::Other(Problem::new(Code::AwsConflict, message).with_hint(hint))
}

/// What to add, for all leases of this path: virtual MFA devices are resources of their own.
fn statements(work: &Work<'_>, actions: &[String]) -> String {
    let (partition, account) = (&work.row.partition, &work.row.account_id);
    let arn = |what: &str| format!("arn:{partition}:iam::{account}:{what}*");
    let (devices, of_user): (Vec<&String>, Vec<&String>) = actions
        .iter()
        .partition(|action| *action == "iam:DeleteVirtualMFADevice");
    let statement = |actions: Vec<&String>, resource: String| {
        serde_json::json!({"Effect": "Allow", "Action": actions, "Resource": resource}).to_string()
    };
    let mut all = Vec::new();
    if !of_user.is_empty() {
        all.push(statement(
            of_user,
            arn(&format!("user{}", work.row.iam_path)),
        ));
    }
    if !devices.is_empty() {
        all.push(statement(devices, arn("mfa/")));
    }
    all.join(", ")
}

/// "Cannot delete entity, must remove something new first."
fn words_of(message: &str) -> String {
    let words = message
        .split_once("must ")
        .map_or(message, |(_, rest)| rest)
        .trim_start_matches("delete ")
        .trim_start_matches("remove ")
        .trim_start_matches("detach ")
        .trim_end_matches('.')
        .trim_end_matches(" first");
    words.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use leasehold_aws::FailedCall;

    fn refusal(message: &str) -> AwsError {
        let failed = FailedCall {
            kind: AwsErrorKind::DeleteConflict,
            action: "iam:DeleteUser",
            resource: None,
            code: "DeleteConflict".into(),
            message: message.into(),
            request_id: None,
            maybe_done: false,
        };
        failed.into()
    }

    #[test]
    fn what_aws_names_is_told_apart() {
        let cannot = |what: &str| refusal(&format!("Cannot delete entity, must {what} first."));
        for (what, kinds) in [
            ("delete login profile", [Kind::LoginProfile].as_slice()),
            ("delete MFA device", &[Kind::MfaDevice]),
            ("delete certificates", &[Kind::Certificate]),
            ("remove SSH public keys", &[Kind::SshKey]),
            (
                "delete service specific credentials",
                &[Kind::ServiceCredential],
            ),
            (
                "remove referenced objects",
                &[Kind::SshKey, Kind::ServiceCredential],
            ),
        ] {
            assert_eq!(named(&cannot(what)), Some(kinds), "{what}");
            assert!(!is_like_ours(&cannot(what)), "{what}");
        }
        for what in [
            "delete access keys",
            "detach all policies",
            "delete policies",
            "remove users from group",
        ] {
            assert_eq!(named(&cannot(what)), None, "{what}");
            assert!(is_like_ours(&cannot(what)), "{what}");
        }
    }

    #[test]
    fn an_unknown_blocker_is_repeated_as_aws_says_it() {
        let said = "Cannot delete entity, must remove its new thing first.";
        assert_eq!(words_of(said), "its new thing");
        assert_eq!(words_of("no idea"), "no idea");
    }
}
