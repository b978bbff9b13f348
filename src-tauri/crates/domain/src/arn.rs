//! Amazon resource names, as far as Leasehold reads and writes them.

use std::fmt;

use crate::names::is_iam_name_char;
use crate::suggest::clip;
use crate::{GroupName, IamPath, Problem};

/// A partition of AWS: `aws`, `aws-cn`, `aws-us-gov`, …
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Partition(String);

/// A twelve-digit account id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(String);

/// An ARN in its six parts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Arn {
    /// `aws`, `aws-cn`, …
    pub partition: Partition,
    /// `iam`, `sts`, `s3`, …
    pub service: String,
    /// Empty for global services.
    pub region: String,
    /// Twelve digits, `aws`, or empty.
    pub account: String,
    /// Everything after the fifth colon.
    pub resource: String,
}

/// ARN of a managed policy, which may also serve as a permission boundary.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PolicyArn {
    text: String,
    partition: Partition,
    account: Option<AccountId>,
}

impl Partition {
    /// The commercial partition.
    #[must_use]
    pub fn aws() -> Self {
        Self("aws".into())
    }

    /// Reads a partition: `aws`, or `aws-` and words.
    ///
    /// # Errors
    /// The named field, with the rule and a fix.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        let mut words = text.split('-');
        let known = words.next() == Some("aws")
            && words.all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
            && text.len() <= 32;
        if known {
            return Ok(Self(text.to_owned()));
        }
        Err(Problem::refused_input(
            field,
            format!("`{}` is not a partition of AWS.", clip(text, 40)),
            "Write aws, aws-cn or aws-us-gov.",
        ))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AccountId {
    /// Reads an account id; dashes as the console shows them are refused with the plain form.
    ///
    /// # Errors
    /// The named field, with the rule and a fix.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        if is_account(text) {
            return Ok(Self(text.to_owned()));
        }
        let plain: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
        let fix = if is_account(&plain) {
            format!("Write {plain}.")
        } else {
            "Write the twelve digits, for example 123456789012.".into()
        };
        Err(Problem::refused_input(
            field,
            format!(
                "`{}` is not an account id: that is twelve digits.",
                clip(text, 40)
            ),
            fix,
        ))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Arn {
    /// Reads an ARN without wildcards: `arn:partition:service:region:account:resource`.
    ///
    /// # Errors
    /// The named field, with the rule and a fix.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        let refuse = |rule: String| {
            Err(Problem::refused_input(
                field,
                rule,
                "Write arn:partition:service:region:account:resource, for example \
                 arn:aws:iam::123456789012:user/name.",
            ))
        };
        let shown = clip(text, 80);
        if text.len() > 2048 {
            return refuse(format!(
                "An ARN has at most 2048 characters; this has {}.",
                text.len()
            ));
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return refuse(format!(
                "`{shown}` has white space in it, which an ARN never has."
            ));
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [scheme, partition, service, region, account, resource] = parts[..] else {
            return refuse(format!(
                "`{shown}` is not an ARN: that has six parts between colons."
            ));
        };
        if scheme != "arn" {
            return refuse(format!("`{shown}` is not an ARN: that begins with arn:."));
        }
        let partition = Partition::parse(field, partition)?;
        let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if service.is_empty() || !service.chars().all(lower) {
            return refuse(format!("`{shown}` names no service in its third part."));
        }
        if !region.chars().all(lower) {
            return refuse(format!(
                "`{shown}` has something else than a region in its fourth part."
            ));
        }
        if !(account.is_empty() || account == "aws" || is_account(account)) {
            return refuse(format!(
                "`{shown}` has no twelve-digit account id in its fifth part."
            ));
        }
        if resource.is_empty() {
            return refuse(format!(
                "`{shown}` names no resource after the fifth colon."
            ));
        }
        Ok(Self {
            partition,
            service: service.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
            resource: resource.to_owned(),
        })
    }
}

impl PolicyArn {
    /// Reads the ARN of a managed policy: `arn:<partition>:iam::<account or aws>:policy/<path><name>`.
    ///
    /// # Errors
    /// The named field, with the rule and a fix that fits what was given in its place.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        const EXAMPLE: &str = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
        let text = text.trim();
        let refuse = |rule: String, fix: String| Err(Problem::refused_input(field, rule, fix));
        let shown = clip(text, 80);
        if !text.is_empty() && text.chars().all(is_iam_name_char) {
            return refuse(
                format!("`{shown}` is a name; a managed policy is given by its ARN."),
                format!(
                    "Write arn:aws:iam::aws:policy/{shown} for a policy of AWS, or the ARN with your \
                     account id for one of your own."
                ),
            );
        }
        let arn = Arn::parse(field, text).map_err(|problem| {
            problem.with_hint(format!("Write the policy's ARN, for example {EXAMPLE}."))
        })?;
        if arn.service != "iam" {
            return refuse(
                format!(
                    "`{shown}` belongs to {}, not to IAM.",
                    clip(&arn.service, 40)
                ),
                format!("Write the ARN of a managed policy, for example {EXAMPLE}."),
            );
        }
        if !arn.region.is_empty() {
            return refuse(
                format!("`{shown}` names a region; IAM is global and has none."),
                format!(
                    "Write {}.",
                    clip(
                        &format!(
                            "arn:{}:iam::{}:{}",
                            arn.partition, arn.account, arn.resource
                        ),
                        200
                    )
                ),
            );
        }
        let Some(rest) = arn.resource.strip_prefix("policy/") else {
            let kind = arn.resource.split(['/', ':']).next().unwrap_or_default();
            return refuse(
                format!(
                    "`{shown}` is the ARN of a {}, not of a managed policy.",
                    clip(kind, 24)
                ),
                format!("Write an ARN with :policy/ in it, for example {EXAMPLE}."),
            );
        };
        if arn.account.is_empty() {
            return refuse(
                format!("`{shown}` names no account."),
                "Write your account id between iam:: and :policy, or aws for a policy of AWS."
                    .into(),
            );
        }
        let (path, name) = rest.rsplit_once('/').unwrap_or(("", rest));
        if name.is_empty() || name.len() > 128 || !name.chars().all(is_iam_name_char) {
            return refuse(
                format!("`{shown}` does not end in the name of a policy."),
                "End it with a name of 1 to 128 letters, digits and + = , . @ _ -, without \
                 wildcards."
                    .into(),
            );
        }
        let path_char = |c: char| matches!(c, '\u{21}'..='\u{7e}') && !matches!(c, '*' | '?');
        let has_empty_part = rest.starts_with('/') || rest.contains("//");
        if path.len() + 2 > 512 || !path.chars().all(path_char) || has_empty_part {
            return refuse(
                format!("`{shown}` has something else than an IAM path before the name."),
                "Use printable ASCII without wildcards and without empty parts.".into(),
            );
        }
        let account = match arn.account.as_str() {
            "aws" => None,
            own => Some(AccountId(own.to_owned())),
        };
        Ok(Self {
            text: text.to_owned(),
            partition: arn.partition,
            account,
        })
    }

    /// As [`PolicyArn::parse`], and usable in this account: the same partition, and the policy is
    /// AWS's or the account's own.
    ///
    /// # Errors
    /// The named field, with the rule and a fix.
    pub fn parse_for(
        field: &str,
        text: &str,
        partition: &Partition,
        account: &AccountId,
    ) -> Result<Self, Problem> {
        let arn = Self::parse(field, text)?;
        if arn.partition != *partition {
            return Err(Problem::refused_input(
                field,
                format!(
                    "`{}` is in partition {}, the connection is in {partition}.",
                    clip(&arn.text, 80),
                    arn.partition
                ),
                format!("Begin the ARN with arn:{partition}:, or choose another connection."),
            ));
        }
        if let Some(own) = arn.account.as_ref().filter(|own| *own != account) {
            return Err(Problem::refused_input(
                field,
                format!(
                    "`{}` is a policy of account {own}; the connection reaches {account}, and IAM \
                     attaches no policy of another account.",
                    clip(&arn.text, 80)
                ),
                format!("Use a policy of account {account} or one of AWS's own."),
            ));
        }
        Ok(arn)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The partition.
    #[must_use]
    pub fn partition(&self) -> &Partition {
        &self.partition
    }

    /// The account whose policy it is; `None` for AWS's own.
    #[must_use]
    pub fn account(&self) -> Option<&AccountId> {
        self.account.as_ref()
    }

    /// The policy's name, without its path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or_default()
    }
}

macro_rules! display {
    ($($name:ident $field:tt)*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.$field)
            }
        }
    )*};
}
display!(Partition 0 AccountId 0 PolicyArn text);

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            partition,
            service,
            region,
            account,
            resource,
        } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

/// ARN of an IAM user.
#[must_use]
pub fn user_arn(partition: &Partition, account: &AccountId, path: &IamPath, name: &str) -> String {
    format!("arn:{partition}:iam::{account}:user{path}{name}")
}

/// ARN of an IAM group at a path.
#[must_use]
pub fn group_arn(
    partition: &Partition,
    account: &AccountId,
    path: &IamPath,
    name: &GroupName,
) -> String {
    format!("arn:{partition}:iam::{account}:group{path}{name}")
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests;
