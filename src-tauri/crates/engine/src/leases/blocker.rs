//! What AWS says is in the way of deleting a user, and who could take it away.

use leasehold_aws::AwsError;
use leasehold_domain::Problem;

/// What may hang on a user that the managing policy cannot remove, by AWS's words for it, and the
/// action that removes it ("Removing or deactivating an IAM user", IAM User Guide).
const REMOVED_BY: [(&str, &str); 6] = [
    ("login profile", "iam:DeleteLoginProfile"),
    ("mfa", "iam:DeactivateMFADevice"),
    ("ssh", "iam:DeleteSSHPublicKey"),
    ("signing certificate", "iam:DeleteSigningCertificate"),
    ("service specific", "iam:DeleteServiceSpecificCredential"),
    ("service-specific", "iam:DeleteServiceSpecificCredential"),
];

/// The blocker in few words, and the refusal with what would help.
pub(super) fn explain(error: AwsError) -> (String, Problem) {
    let name = name(&error.message);
    let lower = name.to_ascii_lowercase();
    let action = REMOVED_BY
        .iter()
        .find(|(word, _)| lower.contains(word))
        .map(|(_, action)| *action);
    let hint = match action {
        Some(action) => format!(
            "Remove the user's {name} in the AWS console, or with a key that may do `{action}`; \
             Leasehold then goes on by itself. The leased key is gone already."
        ),
        None => "Leasehold lists the user again and tries by itself. A login profile \
                 (iam:DeleteLoginProfile), an MFA device (iam:DeactivateMFADevice), SSH keys, \
                 certificates and service credentials must be removed in the AWS console. The \
                 leased key is gone already."
            .to_owned(),
    };
    (name, Problem::from(error).with_hint(hint))
}

/// "Cannot delete entity, must remove login profile first."
fn name(message: &str) -> String {
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
    use leasehold_aws::{AwsErrorKind, FailedCall};

    fn explained(message: &str) -> (String, String) {
        let failed = FailedCall {
            kind: AwsErrorKind::DeleteConflict,
            action: "iam:DeleteUser",
            resource: None,
            code: "DeleteConflict".into(),
            message: message.into(),
            request_id: None,
            maybe_done: false,
        };
        let (name, problem) = explain(failed.into());
        (name, problem.hint.unwrap())
    }

    #[test]
    fn the_blocker_is_named_in_few_words_with_the_action_that_removes_it() {
        for (message, name, action) in [
            (
                "Cannot delete entity, must delete login profile first.",
                "login profile",
                "iam:DeleteLoginProfile",
            ),
            (
                "Cannot delete entity, must delete MFA device first.",
                "MFA device",
                "iam:DeactivateMFADevice",
            ),
            (
                "Cannot delete entity, must delete signing certificate first.",
                "signing certificate",
                "iam:DeleteSigningCertificate",
            ),
            (
                "Cannot delete entity, must remove SSH public keys first.",
                "SSH public keys",
                "iam:DeleteSSHPublicKey",
            ),
            (
                "Cannot delete entity, must delete service specific credentials first.",
                "service specific credentials",
                "iam:DeleteServiceSpecificCredential",
            ),
        ] {
            let (found, hint) = explained(message);
            assert_eq!(found, name);
            assert!(hint.contains(&format!("`{action}`")), "{hint}");
        }
    }

    #[test]
    fn an_unknown_blocker_is_repeated_as_aws_says_it() {
        let (name, hint) = explained("Cannot delete entity, must remove referenced objects first.");
        assert_eq!(name, "referenced objects");
        assert!(hint.contains("iam:DeleteLoginProfile"));
        assert_eq!(explained("no idea").0, "no idea");
    }
}
