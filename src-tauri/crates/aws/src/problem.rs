//! AWS's errors as sentences for a person, each with what to do.

use leasehold_domain::{Code, Problem};

use crate::error::{AwsError, AwsErrorKind, Entity};

impl From<AwsError> for Problem {
    fn from(error: AwsError) -> Self {
        Self::from(&error)
    }
}

impl From<&AwsError> for Problem {
    fn from(error: &AwsError) -> Self {
        if let AwsErrorKind::NoKey(problem) = &error.kind {
            return problem.clone();
        }
        let problem = Self::new(error.problem_code(), error.sentence());
        match error.hint() {
            Some(hint) => problem.with_hint(hint),
            None => problem,
        }
    }
}

impl AwsError {
    fn problem_code(&self) -> Code {
        match &self.kind {
            AwsErrorKind::Denied { .. } => Code::AwsDenied,
            AwsErrorKind::NotThere(_) => Code::AwsNotThere,
            AwsErrorKind::AlreadyThere => Code::AwsAlreadyThere,
            AwsErrorKind::Conflict | AwsErrorKind::Concurrent | AwsErrorKind::DeleteConflict => {
                Code::AwsConflict
            }
            AwsErrorKind::Limit => Code::AwsLimit,
            AwsErrorKind::Malformed => Code::AwsMalformed,
            AwsErrorKind::Throttled => Code::AwsThrottled,
            AwsErrorKind::Unreachable => Code::AwsUnreachable,
            AwsErrorKind::WrongKey => Code::AwsWrongKey,
            AwsErrorKind::NoKey(problem) => problem.code,
            AwsErrorKind::Clock => Code::AwsClock,
            AwsErrorKind::Unexpected => Code::AwsUnexpected,
        }
    }

    /// What happened, to what, and AWS's own words.
    fn sentence(&self) -> String {
        let what = match &self.resource {
            Some(resource) => format!("{} on {resource}", self.action),
            None => self.action.to_owned(),
        };
        let happened = match &self.kind {
            AwsErrorKind::Denied {
                action,
                resource: Some(resource),
            } => {
                format!("AWS denied {action} on {resource}")
            }
            AwsErrorKind::Denied {
                action,
                resource: None,
            } => format!("AWS denied {action}"),
            AwsErrorKind::NotThere(entity) => {
                format!("AWS says that {} does not exist ({what})", entity.words())
            }
            AwsErrorKind::AlreadyThere => {
                format!("AWS says that what {what} would make exists already")
            }
            AwsErrorKind::Conflict => format!("AWS cannot do {what} in the present state"),
            AwsErrorKind::Concurrent => {
                format!("AWS cannot do {what} while something else changes the same user")
            }
            AwsErrorKind::DeleteConflict => {
                format!("AWS cannot do {what} while something is still attached")
            }
            AwsErrorKind::Limit => format!("An AWS quota does not allow {what}"),
            AwsErrorKind::Malformed => format!("AWS cannot accept {what} as it was asked"),
            AwsErrorKind::Throttled => format!("AWS throttles this account's calls ({what})"),
            AwsErrorKind::Unreachable => format!("AWS gave no usable answer to {what}"),
            AwsErrorKind::WrongKey => format!("AWS does not accept the access key ({what})"),
            AwsErrorKind::NoKey(problem) => return problem.message.clone(),
            AwsErrorKind::Clock => {
                format!("AWS does not accept the time {} was signed at", self.action)
            }
            AwsErrorKind::Unexpected => format!("AWS answered {what} with something unforeseen"),
        };
        let said = self.message.trim_end_matches('.');
        match (said.is_empty(), self.is_from_aws()) {
            (true, true) => format!("{happened} ({}).", self.code),
            (true, false) => format!("{happened}."),
            (false, true) => format!("{happened}. AWS said: {said}."),
            (false, false) => format!("{happened}: {said}."),
        }
    }

    /// Whether the words are AWS's and not ours.
    fn is_from_aws(&self) -> bool {
        let ours = [
            "NotSent",
            "NoConnection",
            "TimedOut",
            "UnexpectedAnswer",
            "Unknown",
        ];
        !ours.contains(&self.code.as_str()) && !self.code.starts_with("HTTP")
    }

    fn hint(&self) -> Option<String> {
        let hint = match &self.kind {
            AwsErrorKind::Denied { action, resource } => {
                let resource = resource.as_deref();
                return Some(self.denied_hint(action, resource));
            }
            AwsErrorKind::NotThere(Entity::Policy) => {
                "Check the policy's ARN: it must exist in this account or be one of AWS's own."
            }
            AwsErrorKind::NotThere(Entity::Group) => {
                "Check the group's name: it must exist in this account."
            }
            AwsErrorKind::NotThere(_) => "It may have been removed outside Leasehold.",
            AwsErrorKind::AlreadyThere => "Try again; a new name is made each time.",
            AwsErrorKind::Conflict | AwsErrorKind::Concurrent => "Try again in a few minutes.",
            AwsErrorKind::DeleteConflict => {
                "Look in the AWS console at what else is attached to the user, and remove it."
            }
            AwsErrorKind::Limit => {
                "Remove what is no longer needed, or have the quota raised in AWS Service Quotas."
            }
            AwsErrorKind::Malformed if self.code == "NotSent" => {
                "Check the connection's region and endpoint URL."
            }
            AwsErrorKind::Malformed => "Correct what AWS names, then try again.",
            AwsErrorKind::Throttled => {
                "Try again in a minute. Every program that uses IAM in this account shares the \
                 same allowance."
            }
            AwsErrorKind::Unreachable if self.message.contains("certificate") => {
                "Check this computer's clock and whether a proxy intercepts TLS."
            }
            AwsErrorKind::Unreachable if self.message.contains("web page") => {
                "Something between this computer and AWS answers instead: sign in to the network, \
                 or check the proxy and the endpoint URL."
            }
            AwsErrorKind::Unreachable => {
                "Check the network and the connection's endpoint URL, then try again."
            }
            AwsErrorKind::WrongKey if self.code.starts_with("ExpiredToken") => {
                "These are temporary credentials, and they have ended. Enter a key that lasts."
            }
            AwsErrorKind::WrongKey if self.code.starts_with("SignatureDoesNotMatch") => {
                "The secret access key does not belong to this access key id: enter both again."
            }
            AwsErrorKind::WrongKey => {
                "Check in the AWS console that the key exists and is active, and that it belongs \
                 to this partition (AWS, China or GovCloud). A key made seconds ago may need a \
                 moment."
            }
            AwsErrorKind::NoKey(problem) => return problem.hint.clone(),
            AwsErrorKind::Clock => "Set this computer's clock, or switch on its time service.",
            AwsErrorKind::Unexpected => {
                "Check that the connection's endpoint URL leads to IAM and STS."
            }
        };
        Some(hint.to_owned())
    }

    fn denied_hint(&self, action: &str, resource: Option<&str>) -> String {
        let on = resource
            .map(|resource| format!(" on {resource}"))
            .unwrap_or_default();
        let why = self.message.as_str();
        if self.code == "OptInRequired" {
            "Enable the service or the region for this account first.".to_owned()
        } else if why.contains("explicit deny") {
            format!("A policy denies it explicitly: take {action}{on} out of that Deny.")
        } else if why.contains("no permissions boundary allows") {
            format!("Allow {action}{on} in the permission boundary of the managing user.")
        } else if why.contains("service control policy") {
            format!("Have {action}{on} allowed in the organization's service control policy.")
        } else {
            format!("Allow {action}{on} for the managing user.")
        }
    }
}

impl Entity {
    fn words(self) -> &'static str {
        match self {
            Self::User => "the user",
            Self::Key => "the access key",
            Self::Policy => "the policy",
            Self::Group => "the group",
            Self::Other => "what was named",
        }
    }
}
