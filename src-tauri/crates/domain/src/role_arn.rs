//! The role that a session is of, and what its trust policy asks for from a third party.

use std::fmt;

use crate::names::is_iam_name_char;
use crate::suggest::clip;
use crate::{AccountId, Arn, Partition, Problem};

const EXAMPLE: &str = "arn:aws:iam::123456789012:role/deployer";

/// ARN of a role, without wildcards.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoleArn {
    text: String,
    partition: Partition,
    account: AccountId,
}

/// What the trust policy of a role asks for (`sts:ExternalId`): 2 to 1224 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExternalId(String);

impl RoleArn {
    /// Reads `arn:<partition>:iam::<account>:role/<path><name>`.
    ///
    /// # Errors
    /// The named field, with the rule and a fix that fits what was given in its place.
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let refuse = |rule: String, fix: &str| Err(Problem::refused_input(field, rule, fix));
        let shown = clip(text, 80);
        if text.is_empty() {
            return refuse(
                "An assumed role needs the ARN of the role.".into(),
                &format!("Write it, for example {EXAMPLE}."),
            );
        }
        let arn = Arn::parse(field, text).map_err(|problem| {
            problem.with_hint(format!("Write the role's ARN, for example {EXAMPLE}."))
        })?;
        if arn.service == "sts" && arn.resource.starts_with("assumed-role/") {
            return refuse(
                format!("`{shown}` is the ARN of a session, not of the role itself."),
                &format!("Write the role's own ARN, for example {EXAMPLE}."),
            );
        }
        let Some(rest) = arn
            .resource
            .strip_prefix("role/")
            .filter(|_| arn.service == "iam" && arn.region.is_empty())
        else {
            return refuse(
                format!("`{shown}` is not the ARN of a role."),
                &format!("Write an ARN with :role/ in it, for example {EXAMPLE}."),
            );
        };
        let (path, name) = rest.rsplit_once('/').unwrap_or(("", rest));
        // "IAM and AWS STS quotas": role names have up to 64 characters.
        if name.is_empty() || name.len() > 64 || !name.chars().all(is_iam_name_char) {
            return refuse(
                format!("`{shown}` does not end in the name of a role."),
                "End it with a name of 1 to 64 letters, digits and + = , . @ _ -, without wildcards.",
            );
        }
        let path_char = |c: char| matches!(c, '\u{21}'..='\u{7e}') && !matches!(c, '*' | '?');
        let has_empty_part = rest.starts_with('/') || rest.contains("//");
        if path.len() + 2 > 512 || !path.chars().all(path_char) || has_empty_part {
            return refuse(
                format!("`{shown}` has something else than an IAM path before the name."),
                "Use printable ASCII without wildcards and without empty parts.",
            );
        }
        if path == "aws-service-role" || path.starts_with("aws-service-role/") {
            return refuse(
                format!("`{shown}` is a service-linked role; only its service assumes it."),
                "Choose a role whose trust policy names the managing user.",
            );
        }
        let account = AccountId::parse(field, &arn.account)?;
        Ok(Self {
            text: text.to_owned(),
            partition: arn.partition,
            account,
        })
    }

    /// As [`RoleArn::parse`], in this partition. The account may be another one.
    ///
    /// # Errors
    /// The named field, with the rule and a fix.
    pub fn parse_for(field: &str, text: &str, partition: &Partition) -> Result<Self, Problem> {
        let arn = Self::parse(field, text)?;
        if arn.partition == *partition {
            return Ok(arn);
        }
        Err(Problem::refused_input(
            field,
            format!(
                "`{}` is in partition {}, the connection is in {partition}; no role is assumed across \
                 partitions.",
                clip(&arn.text, 80),
                arn.partition
            ),
            format!("Begin the ARN with arn:{partition}:, or choose another connection."),
        ))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The account that the role is in.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The role's name, without its path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or_default()
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl ExternalId {
    /// Reads one.
    ///
    /// # Errors
    /// The named field, with the rule of `AssumeRole` (API reference: 2 to 1224 of `[\w+=,.@:\/-]`).
    pub fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c);
        if let Some(wrong) = text.chars().find(|c| !allowed(*c)) {
            let wrong = clip(&wrong.to_string(), 1);
            return Err(Problem::refused_input(
                field,
                format!(
                    "An external id has letters, digits and _ + = , . @ : / - only; `{wrong}` is none \
                     of them."
                ),
                "Write it as the role's trust policy has it.",
            ));
        }
        let count = text.len();
        if !(2..=1224).contains(&count) {
            return Err(Problem::refused_input(
                field,
                format!("An external id has 2 to 1224 characters; this has {count}."),
                "Write it as the role's trust policy has it.",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_read_with_its_account_and_its_bare_name() {
        let arn = RoleArn::parse(
            "role_arn",
            " arn:aws:iam::123456789012:role/ops/deep/deployer ",
        );
        let arn = arn.unwrap();
        assert_eq!(arn.name(), "deployer");
        assert_eq!(arn.account().as_str(), "123456789012");
    }

    #[test]
    fn what_is_no_role_is_refused_with_the_field() {
        for wrong in [
            "",
            "deployer",
            "arn:aws:iam::123456789012:user/deployer",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:role/*",
            "arn:aws:iam::aws:role/deployer",
            "arn:aws:iam:eu-west-1:123456789012:role/deployer",
            "arn:aws:sts::123456789012:assumed-role/deployer/me",
            "arn:aws:iam::123456789012:role/aws-service-role/s.amazonaws.com/AWSServiceRoleForX",
            "arn:aws:iam::123456789012:role//deployer",
        ] {
            let problem = RoleArn::parse("role_arn", wrong).unwrap_err();
            assert_eq!(problem.field.as_deref(), Some("role_arn"), "{wrong}");
            assert!(problem.hint.is_some(), "{wrong}");
        }
        let china = Partition::parse("p", "aws-cn").unwrap();
        assert!(RoleArn::parse_for("role_arn", EXAMPLE, &china).is_err());
    }

    #[test]
    fn an_external_id_keeps_to_the_rule_of_assume_role() {
        assert_eq!(
            ExternalId::parse("external_id", "a:b/c-1")
                .unwrap()
                .as_str(),
            "a:b/c-1"
        );
        for wrong in ["", "x", "a b", "ü1", &"x".repeat(1225)] {
            assert!(ExternalId::parse("external_id", wrong).is_err(), "{wrong}");
        }
    }
}
