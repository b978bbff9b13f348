//! ARNs of callers with wildcards: six parts, each compared by itself, refused when they never match.

mod resource;

use std::fmt;

use crate::suggest::clip;
use crate::{AccountId, Arn, Problem, glob, is_glob};

/// An ARN with `*` and `?`, for the principals that `sts:GetCallerIdentity` names.
///
/// Each part is compared by itself and with case: `*` crosses `/`, never `:` ("Resource ARNs and
/// wildcards" in "IAM JSON policy elements: Resource").
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArnPattern {
    partition: String,
    service: String,
    account: String,
    resource: String,
}

impl ArnPattern {
    /// Reads a pattern; white space around it does not count.
    ///
    /// # Errors
    /// The named field. What could never match is refused, with the form that was probably meant: a
    /// missing region field, a region (callers' ARNs have none), a role's path (which STS does not
    /// tell), a session's ARN without a session.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let shown = clip(text, 100);
        let refuse = |rule: String, fix: String| Err(Problem::refused_input(field, rule, fix));
        if text.len() > 2048
            || text.contains(",arn:")
            || !text.bytes().all(|b| b.is_ascii_graphic())
        {
            return refuse(
                format!(
                    "`{shown}` is not one ARN: that is at most 2048 characters without spaces."
                ),
                "Give each ARN as an entry of its own.".into(),
            );
        }
        if matches!(text, "*" | "arn:*") {
            return refuse(
                "A single * bounds nothing.".into(),
                "Leave the ARNs out to admit every principal of the bound accounts, or write \
                 arn:aws:sts::123456789012:assumed-role/* for every role."
                    .into(),
            );
        }
        let parts: Vec<&str> = text.split(':').collect();
        let ["arn", partition, service, region, account, resource] = parts[..] else {
            return refuse(wrong_count(&shown, &parts), with_six_parts(&parts));
        };
        if !region.is_empty() {
            return refuse(
                format!(
                    "`{shown}` names a region, and can never match: the ARNs of callers have an \
                     empty fourth part."
                ),
                format!(
                    "Write arn:{partition}:{service}::{account}:{resource}. To say in which regions \
                     the identity may be proved, put {} into the allowed STS regions.",
                    clip(region, 40)
                ),
            );
        }
        let partition_char = |b: u8| b.is_ascii_lowercase() || matches!(b, b'-' | b'*' | b'?');
        if partition.is_empty() || !partition.bytes().all(partition_char) {
            return refuse(
                format!("`{shown}` has no partition of AWS in its second part."),
                "Write aws, aws-cn or aws-us-gov there.".into(),
            );
        }
        if text.contains(['{', '}', '<', '>', '$']) {
            return refuse(
                format!("`{shown}` still has a placeholder in it."),
                "Put your own values in place of what stands in braces.".into(),
            );
        }
        if is_glob(account) {
            if !account
                .bytes()
                .all(|b| b.is_ascii_digit() || matches!(b, b'*' | b'?'))
            {
                return refuse(
                    format!("`{shown}` has something else than digits, * and ? in its fifth part."),
                    "Write the twelve digits of the account.".into(),
                );
            }
        } else {
            AccountId::parse(field, account)?;
        }
        resource::check(field, partition, service, account, resource)?;
        Ok(Self {
            partition: partition.to_owned(),
            service: service.to_owned(),
            account: account.to_owned(),
            resource: resource.to_owned(),
        })
    }

    /// Whether this ARN is one of those described.
    #[must_use]
    pub fn matches(&self, arn: &Arn) -> bool {
        arn.region.is_empty()
            && self.service == arn.service
            && glob(&self.partition, arn.partition.as_str())
            && glob(&self.account, &arn.account)
            && glob(&self.resource, &arn.resource)
    }

    /// The fifth part, which may have wildcards.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The sixth part, which may have wildcards.
    #[must_use]
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// What to know about a pattern that is valid and may still surprise.
    #[must_use]
    pub fn notice(&self) -> Option<String> {
        resource::notice(&self.to_string(), &self.resource)
    }
}

impl fmt::Display for ArnPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            partition,
            service,
            account,
            resource,
        } = self;
        write!(f, "arn:{partition}:{service}::{account}:{resource}")
    }
}

fn wrong_count(shown: &str, parts: &[&str]) -> String {
    match parts {
        ["arn", _, "iam" | "sts", account, _] if !account.is_empty() => format!(
            "`{shown}` has five parts between colons and can never match: the region field before the \
             account is missing. It is there and empty."
        ),
        ["arn", ..] => format!(
            "`{shown}` is not an ARN of a caller: that has six parts between colons, this has {}.",
            parts.len()
        ),
        _ => format!("`{shown}` is not an ARN: that begins with arn:."),
    }
}

/// What was probably meant by an ARN with too few or too many parts.
fn with_six_parts(parts: &[&str]) -> String {
    const EXAMPLE: &str = "Write arn:aws:sts::123456789012:assumed-role/role-name/session-name, \
                           arn:aws:iam::123456789012:role/role-name or \
                           arn:aws:iam::123456789012:user/user-name.";
    let write = |partition: &str, service: &str, account: &str, resource: &str| {
        format!(
            "Write arn:{}:{service}::{}:{}.",
            clip(partition, 32),
            clip(account, 32),
            clip(resource, 200)
        )
    };
    match parts {
        [
            "arn",
            partition,
            service @ ("iam" | "sts"),
            account,
            resource,
        ] if !account.is_empty() => write(partition, service, account, resource),
        ["arn", first, account, resource] => match resource::service_of(resource) {
            Some(service) => {
                let partition = if first.starts_with("aws") {
                    first
                } else {
                    "aws"
                };
                write(partition, service, account, resource)
            }
            None => EXAMPLE.into(),
        },
        ["arn", _, _, _, _, _, ..] => {
            "Write the ARN without a colon after the account's; no caller's name has one.".into()
        }
        [name] if !name.is_empty() && !name.contains('/') => {
            format!("{EXAMPLE} A bare name belongs into the role names or the user names.")
        }
        _ => EXAMPLE.into(),
    }
}

#[cfg(test)]
mod tests;
